/* Statements, their life, and what SQLite's failures mean for a person. */
#include "handle.h"

static const char *const sql[STATEMENTS] = {
    [PUT_META] = "INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)",
    [GET_META] = "SELECT value FROM meta WHERE key = ?",
    [EACH_META] = "SELECT key, value FROM meta WHERE key >= ? ORDER BY key",
    [PUT_TEXT] = "INSERT INTO text(id, kind, value) VALUES(?, ?, ?)",
    [GET_TEXTS] = "SELECT id, kind, value FROM text WHERE id BETWEEN ? AND ? ORDER BY id",
    [EACH_TEXT] = "SELECT id, kind, value FROM text ORDER BY id",
    [MAX_TEXT] = "SELECT coalesce(max(id), 0) FROM text",
    [EACH_TARGET] = "SELECT value FROM text WHERE kind = 2 GROUP BY value ORDER BY min(id)",
    [EACH_FIELD_LINE] =
        "SELECT value FROM text WHERE kind = 3 AND value LIKE ? GROUP BY value ORDER BY min(id)",
    [PUT_BODY] = "INSERT INTO body(hash, bytes, coded) VALUES(?, ?, ?)",
    [GET_BODY] = "SELECT bytes, coded FROM body WHERE id = ?",
    [FIND_BODY] = "SELECT id FROM body WHERE hash = ?",
    [PUT_SEGMENT] = "INSERT INTO segment(session, attempt, base_us, first_us, last_us, n, how,"
                    " identity, outcome, exchanges) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SEGMENTS_OF_SESSION] = "SELECT s.base_us, s.n, s.exchanges FROM by_session b"
                            " JOIN segment s ON s.id = b.id WHERE b.session = ?1 AND b.attempt ="
                            " (SELECT max(attempt) FROM by_session WHERE session = ?1)"
                            " AND b.n > 0 ORDER BY b.id",
    [NOTES_OF_SESSION] = "SELECT attempt, first_us, last_us, n, how, identity, outcome, id"
                         " FROM by_session WHERE session = ? ORDER BY attempt, id",
    [SESSIONS_BY_ID] = "SELECT DISTINCT session FROM by_session WHERE session BETWEEN ? AND ?"
                       " ORDER BY session",
    /* Session numbers are unsigned, SQLite's integers are not: the upper half sorts last. */
    [SESSIONS_BY_START] = "SELECT session FROM by_session GROUP BY session"
                          " ORDER BY min(CASE WHEN n > 0 THEN first_us END), session < 0, session",
    /* The last word on each session: SQLite gives a bare column the value of the row that max() is
       of. */
    [EACH_HOW] = "SELECT t.value, count(*) FROM (SELECT how, max(id) FROM by_session WHERE how > 0"
                 " GROUP BY session) s JOIN text t ON t.id = s.how GROUP BY t.value"
                 " ORDER BY count(*) DESC, t.value",
    [TOTALS] = "SELECT count(DISTINCT session), coalesce(sum(n), 0), coalesce(max(attempt), 1),"
               " min(CASE WHEN n > 0 THEN first_us END), max(CASE WHEN n > 0 THEN last_us END)"
               " FROM segment",
    [TOTALS_SUPERSEDED] = "SELECT coalesce(sum(n), 0) FROM by_session s WHERE attempt <"
                          " (SELECT max(attempt) FROM by_session WHERE session = s.session)",
    [COUNT_SKIPPED] = "INSERT INTO skipped(source, outcome, reason, count) VALUES(?, ?, ?, ?)"
                      " ON CONFLICT DO UPDATE SET count = count + excluded.count",
    [EACH_SKIPPED] = "SELECT source, outcome, reason, count FROM skipped"
                     " ORDER BY source, outcome, reason",
    [TOTALS_SKIPPED] = "SELECT coalesce(sum(count) FILTER (WHERE outcome <> 'rejected'), 0),"
                       " coalesce(sum(count) FILTER (WHERE outcome = 'rejected'), 0) FROM skipped",
    [PUT_VARIANT] = "INSERT OR REPLACE INTO variant(name, pseudonym, value, sessions)"
                    " VALUES(?, ?, ?, ?)",
    [EACH_VARIANT] = "SELECT name, pseudonym, value FROM variant ORDER BY name, pseudonym",
    [PUT_CONTRACT] = "INSERT OR REPLACE INTO contract(route, field, shape) VALUES(?, ?, ?)",
    [PUT_BINDING] = "INSERT OR REPLACE INTO binding(session, seq, sink, source_seq, source)"
                    " VALUES(?, ?, ?, ?, ?)",
    [BINDINGS_OF_SESSION] = "SELECT seq, sink, source_seq, source FROM binding WHERE session = ?"
                            " ORDER BY seq, sink",
    [MOST_BOUND] = "SELECT session FROM binding GROUP BY session ORDER BY count(*) DESC, session"
                   " LIMIT 1",
    [PUT_REMARK] = "INSERT INTO remark(session, attempt, seq, kind, value) VALUES(?, ?, ?, ?, ?)",
    [EACH_REMARK] = "SELECT r.session, r.seq, r.value FROM remark r WHERE r.kind = ? AND r.attempt ="
                    " (SELECT coalesce(max(attempt), r.attempt) FROM by_session"
                    " WHERE session = r.session) ORDER BY r.rowid",
};

int store_damaged(const struct store *store, const char *what, struct err *err)
{
    return err_set(err, E_DAMAGED,
                   "%s: this %s is damaged (%s): make it again, or use a copy of it", store->path,
                   store_kind_name(store->kind), what);
}

int store_failure(const struct store *store, struct err *err)
{
    /* A journal to be rolled back, which a reader must not do: a capture, or any file not yet
     * begun. */
    if (sqlite3_extended_errcode(store->db) == SQLITE_READONLY_ROLLBACK)
        return err_set(err, E_DAMAGED, "%s: its making was interrupted: make it again",
                       store->path);
    switch (sqlite3_errcode(store->db) & 0xff) {
    case SQLITE_FULL:
        return err_set(err, E_IO, "%s: the disk is full: free some space or write elsewhere",
                       store->path);
    case SQLITE_CORRUPT:
        return store_damaged(store, sqlite3_errmsg(store->db), err);
    case SQLITE_NOTADB:
        return err_set(err, E_FORMAT,
                       "%s: not a file of rehearse: expected a capture, run or baseline",
                       store->path);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return err_set(err, E_IO, "%s: another process is writing to it: wait for that to end",
                       store->path);
    case SQLITE_READONLY:
        return err_set(err, E_IO, "%s: may not be written to", store->path);
    case SQLITE_TOOBIG:
        return err_set(err, E_LIMIT, "%s: a value is larger than the file format takes (1 GB)",
                       store->path);
    default:
        return err_set(err, E_IO, "%s: %s", store->path, sqlite3_errmsg(store->db));
    }
}

int statement_fresh(struct store *store, enum statement which, sqlite3_stmt **ret, struct err *err)
{
    sqlite3_stmt *made = NULL;
    if (sqlite3_prepare_v3(store->db, sql[which], -1, SQLITE_PREPARE_PERSISTENT, &made, NULL) !=
        SQLITE_OK)
        return store_failure(store, err);
    *ret = made;
    return 0;
}

int statement_of(struct store *store, enum statement which, sqlite3_stmt **ret, struct err *err)
{
    sqlite3_stmt **held = &store->statements[which];
    int rc = *held ? 0 : statement_fresh(store, which, held, err);
    *ret = *held;
    return rc;
}

/* Borrowed by SQLite until the statement is reset: every statement_run ends so. */
void statement_bind_span(sqlite3_stmt *statement, int place, struct span value)
{
    sqlite3_bind_text64(statement, place, value.ptr ? value.ptr : "", value.len, SQLITE_STATIC,
                        SQLITE_UTF8);
}

struct span statement_column(sqlite3_stmt *statement, int column)
{
    const void *bytes = sqlite3_column_blob(statement, column);
    if (!bytes)
        return sqlite3_column_type(statement, column) == SQLITE_NULL ? SPAN_NONE : SPAN("");
    return span_make(bytes, (size_t)sqlite3_column_bytes(statement, column));
}

void statement_done(sqlite3_stmt *statement)
{
    sqlite3_reset(statement);
}

int statement_step(struct store *store, sqlite3_stmt *statement, struct err *err)
{
    int rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW)
        return 1;
    int failure = rc == SQLITE_DONE ? 0 : store_failure(store, err);
    sqlite3_reset(statement);
    return failure;
}

int statement_run(struct store *store, sqlite3_stmt *statement, struct err *err)
{
    int rc = statement_step(store, statement, err);
    if (rc < 0)
        store->failed = true;
    return rc < 0 ? rc : 0;
}

int store_execute(struct store *store, const char *text, struct err *err)
{
    if (sqlite3_exec(store->db, text, NULL, NULL, NULL) == SQLITE_OK)
        return 0;
    return store_failure(store, err);
}
