#ifndef STORE_HANDLE_H
#define STORE_HANDLE_H

#include <sqlite3.h>

#include "rehearse/store/store.h"

#include "intern.h"
#include "pending.h"
#include "text_cache.h"

/* Every statement the program ever runs more than once; the SQL is in statement.c. */
enum statement {
    PUT_META,
    GET_META,
    EACH_META,
    PUT_TEXT,
    GET_TEXTS,
    EACH_TEXT,
    MAX_TEXT,
    EACH_TARGET,
    EACH_FIELD_LINE,
    PUT_BODY,
    GET_BODY,
    FIND_BODY,
    PUT_SEGMENT,
    SEGMENTS_OF_SESSION,
    NOTES_OF_SESSION,
    SESSIONS_BY_ID,
    SESSIONS_BY_START,
    EACH_HOW,
    TOTALS,
    TOTALS_SUPERSEDED,
    COUNT_SKIPPED,
    EACH_SKIPPED,
    TOTALS_SKIPPED,
    PUT_VARIANT,
    EACH_VARIANT,
    PUT_CONTRACT,
    PUT_BINDING,
    BINDINGS_OF_SESSION,
    MOST_BOUND,
    PUT_REMARK,
    EACH_REMARK,
    STATEMENTS,
};

struct store {
    sqlite3 *db;
    char *path; /* owned */
    enum store_kind kind;
    bool writable;
    bool in_transaction;
    bool snapshot; /* by_session is a table: see schema.h */
    bool failed;   /* a write failed: what was not committed is lost, nothing more is taken */
    bool finished; /* by store_finish: closing makes one file of it */
    sqlite3_stmt *statements[STATEMENTS]; /* prepared at first use */
    struct strbuf record;                 /* scratch: one exchange, encoded */
    struct strbuf segment;                /* scratch: one segment, collected */
    uint32_t *field_ids; /* owned; scratch: the field lines of one exchange, and their keys */
    struct intern_key *field_keys; /* owned */
    size_t field_ids_cap, field_keys_cap;
    struct intern intern;
    struct pending pending;
    struct text_cache texts;
};

/*
 * A statement ready to be bound, the store's own. The caller resets it with
 * statement_done, or runs it with statement_run.
 */
int statement_of(struct store *store, enum statement which, sqlite3_stmt **ret, struct err *err);
/* The same, but the caller's own: it finalizes it. */
int statement_fresh(struct store *store, enum statement which, sqlite3_stmt **ret, struct err *err);
void statement_bind_span(sqlite3_stmt *statement, int place, struct span value);
/* Borrowed until the next step or reset; an SQL NULL gives SPAN_NONE. */
struct span statement_column(sqlite3_stmt *statement, int column);
/* Like sqlite3_step: 1 with a row, 0 at the end, negative on failure. Resets at the end and on
 * failure. */
int statement_step(struct store *store, sqlite3_stmt *statement, struct err *err);
/* Step a statement that gives no rows, and reset it. A failure is remembered in store->failed. */
int statement_run(struct store *store, sqlite3_stmt *statement, struct err *err);
void statement_done(sqlite3_stmt *statement);
/* Run SQL text that gives no rows. */
int store_execute(struct store *store, const char *sql, struct err *err);
/* What SQLite's last failure means for a person, with the path. */
int store_failure(const struct store *store, struct err *err);
int store_damaged(const struct store *store, const char *what, struct err *err);

/* Called before every write: refuses read-only and failed stores, begins the transaction. */
int store_begin_write(struct store *store, struct err *err);
/* Write each pending session as a segment and drop it from the pool. */
int store_flush_all(struct store *store, struct err *err);

#endif
