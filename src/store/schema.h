#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

/* "RHRS": tells our files from other SQLite files (PRAGMA application_id). */
#define STORE_APPLICATION_ID 0x52485253
/* PRAGMA user_version; a reader refuses files with a higher one. */
#define STORE_FORMAT_VERSION 1

/* Tables and views, run once on a fresh file. */
extern const char store_schema[];
/* The index that finds a session's segments: runs have it from the start, captures from store_finish on. */
extern const char store_schema_index[];

#endif
