#ifndef REHEARSE_SESSION_CSV_H
#define REHEARSE_SESSION_CSV_H

#include "rehearse/base/arena.h"
#include "rehearse/base/err.h"

/*
 * Comma-separated records as spreadsheets write them (RFC 4180): values in double
 * quotes may hold commas, line breaks and doubled quotes. Empty lines and lines
 * that begin with '#' are passed over.
 */
enum { CSV_MAX_COLUMNS = 64 };

struct csv {
    struct span rest;
    const char *path; /* for error texts */
    size_t line;      /* of the record last given, from 1 */
    size_t next_line;
    struct arena *arena; /* for unquoted values */
};

struct csv csv_make(struct span text, const char *path, struct arena *arena);
/*
 * The next record into `ret`, CSV_MAX_COLUMNS long. Returns how many values it
 * has, 0 at the end, or a negative code. No error text quotes a value.
 */
int csv_next(struct csv *csv, struct span *ret, struct err *err);

#endif
