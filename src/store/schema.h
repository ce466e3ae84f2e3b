#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

/* "RHRS": tells our files from other SQLite files (PRAGMA application_id). */
#define STORE_APPLICATION_ID 0x52485253
/* PRAGMA user_version; a reader refuses files with a higher one. */
#define STORE_FORMAT_VERSION 2

/* Tables, then the views that people look through; each run once on a fresh file. */
extern const char store_schema[];
extern const char store_schema_shown[];
/*
 * The index that finds a session's segments, made by store_finish. Not before: session
 * numbers are random, so keeping it while exchanges arrive would write a page of it
 * for almost every one of them.
 */
extern const char store_schema_index[];
/*
 * `by_session`, of a connection: all of a segment but its exchanges. A view where
 * there is the index; else a table made by reading all segments once, which shows
 * the file as it was then.
 */
extern const char store_schema_view[];
extern const char store_schema_snapshot[];

#endif
