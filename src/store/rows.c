/* A file seen as tables and values, whatever they mean: to be looked at, or written anew. */
#include <stdio.h>
#include <string.h>
#include <zstd.h>

#include "handle.h"
#include "schema.h"

#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"

enum { BODY_MAX = 1000000000, LEVEL = 3, COLUMNS_MAX = 32 };

/* The tables of the schema, in the order a copy fills them. */
static const char *const tables[] = { "meta",    "text",     "body",    "segment", "skipped",
                                      "variant", "contract", "binding", "remark" };

static int prepare(struct store *store, const char *sql, sqlite3_stmt **ret, struct err *err)
{
    return sqlite3_prepare_v2(store->db, sql, -1, ret, NULL) == SQLITE_OK ? 0
                                                                          : store_failure(store, err);
}

static void finalize(sqlite3_stmt **statement)
{
    sqlite3_finalize(*statement);
}

static int open_table(struct store *store, const char *table, sqlite3_stmt **ret, struct err *err)
{
    char sql[64];
    snprintf(sql, sizeof sql, "SELECT * FROM main.%s", table);
    return prepare(store, sql, ret, err);
}

/* ---- one row ---- */

struct row {
    struct store *store;
    sqlite3_stmt *statement;
    const char *table;
    struct strbuf plain; /* of a body */
    struct strbuf coded;
};

static bool is_body(const struct row *row, int column)
{
    return strcmp(row->table, "body") == 0 &&
           strcmp(sqlite3_column_name(row->statement, column), "coded") == 0;
}

static int uncompress(struct row *row, struct span coded, struct span *ret, struct err *err)
{
    unsigned long long bytes = ZSTD_getFrameContentSize(coded.ptr, coded.len);
    if (bytes > BODY_MAX) /* unknown and damaged are larger */
        return store_damaged(row->store, "a body does not decompress", err);
    strbuf_clear(&row->plain);
    size_t len = ZSTD_decompress(strbuf_room(&row->plain, (size_t)bytes + 1), (size_t)bytes,
                                 coded.ptr, coded.len);
    if (ZSTD_isError(len) || len != bytes)
        return store_damaged(row->store, "a body does not decompress", err);
    *ret = span_make(row->plain.buf, len);
    return 0;
}

/* 1 with a value that is text or bytes, 0 for anything else. */
static int read_value(struct row *row, int column, struct store_value *ret, struct err *err)
{
    int type = sqlite3_column_type(row->statement, column);
    if (type != SQLITE_TEXT && type != SQLITE_BLOB)
        return 0;
    bool has_id = strcmp(sqlite3_column_name(row->statement, 0), "id") == 0;
    *ret = (struct store_value){
        .table = span_of(row->table),
        .column = span_of(sqlite3_column_name(row->statement, column)),
        .id = has_id ? sqlite3_column_int64(row->statement, 0) : 0,
        .value = statement_column(row->statement, column),
    };
    if (is_body(row, column)) {
        int rc = uncompress(row, ret->value, &ret->value, err);
        if (rc < 0)
            return rc;
    }
    return 1;
}

static void row_release(struct row *row)
{
    strbuf_release(&row->plain);
    strbuf_release(&row->coded);
}

/* ---- looking ---- */

static int walk_table(struct store *store, const char *table, store_value_fn *fn, void *ctx,
                      struct err *err)
{
    AUTO(finalize) sqlite3_stmt *statement = NULL;
    int rc = open_table(store, table, &statement, err);
    if (rc < 0)
        return rc;
    AUTO(row_release) struct row row = { store, statement, table, STRBUF_INIT, STRBUF_INIT };
    while ((rc = statement_step(store, statement, err)) == 1)
        for (int i = 0; i < sqlite3_column_count(statement); i++) {
            struct store_value value;
            rc = read_value(&row, i, &value, err);
            if (rc > 0)
                rc = fn(ctx, &value);
            if (rc != 0)
                return rc;
        }
    return rc;
}

int store_each_value(struct store *store, store_value_fn *fn, void *ctx, struct err *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof tables / sizeof *tables; i++)
        rc = walk_table(store, tables[i], fn, ctx, err);
    return rc;
}

/* ---- copying ---- */

struct copying {
    struct store *from, *to;
    store_turn_fn *fn;
    void *ctx;
};

static int bind_body(struct copying *c, struct row *row, sqlite3_stmt *put, int column,
                     struct span body, struct err *err)
{
    size_t room = ZSTD_compressBound(body.len);
    strbuf_clear(&row->coded);
    size_t len = ZSTD_compress(strbuf_room(&row->coded, room), room, body.ptr, body.len, LEVEL);
    if (ZSTD_isError(len))
        return err_set(err, E_IO, "%s: a body does not compress: %s", c->to->path,
                       ZSTD_getErrorName(len));
    /* Its hash stands two columns before (schema.c), its length one. */
    struct hash128 hash = hash128(body);
    sqlite3_bind_blob(put, column - 1, &hash, sizeof hash, SQLITE_TRANSIENT);
    sqlite3_bind_int64(put, column, (sqlite3_int64)body.len);
    sqlite3_bind_blob64(put, column + 1, row->coded.buf, len, SQLITE_TRANSIENT);
    return 0;
}

static int copy_column(struct copying *c, struct row *row, sqlite3_stmt *put, int column,
                       struct err *err)
{
    struct store_value value;
    int rc = read_value(row, column, &value, err);
    if (rc < 0)
        return rc;
    struct span turned = rc ? c->fn(c->ctx, &value) : SPAN_NONE;
    if (span_is_none(turned))
        sqlite3_bind_value(put, column + 1, sqlite3_column_value(row->statement, column));
    else if (is_body(row, column))
        return bind_body(c, row, put, column, turned, err);
    else
        sqlite3_bind_text(put, column + 1, turned.ptr, (int)turned.len, SQLITE_TRANSIENT);
    return 0;
}

static int open_put(struct copying *c, const char *table, int columns, sqlite3_stmt **ret,
                    struct err *err)
{
    char sql[64 + 2 * COLUMNS_MAX];
    int len = snprintf(sql, sizeof sql, "INSERT OR REPLACE INTO main.%s VALUES(", table);
    if (columns > COLUMNS_MAX)
        return store_damaged(c->from, "a table has too many columns", err);
    for (int i = 0; i < columns; i++)
        len += snprintf(sql + len, sizeof sql - (size_t)len, i ? ",?" : "?");
    snprintf(sql + len, sizeof sql - (size_t)len, ")");
    return prepare(c->to, sql, ret, err);
}

static int copy_table(struct copying *c, const char *table, struct err *err)
{
    AUTO(finalize) sqlite3_stmt *statement = NULL;
    AUTO(finalize) sqlite3_stmt *put = NULL;
    int rc = open_table(c->from, table, &statement, err);
    if (rc == 0)
        rc = open_put(c, table, sqlite3_column_count(statement), &put, err);
    if (rc < 0)
        return rc;
    AUTO(row_release) struct row row = { c->from, statement, table, STRBUF_INIT, STRBUF_INIT };
    while ((rc = statement_step(c->from, statement, err)) == 1) {
        for (int i = 0; rc >= 0 && i < sqlite3_column_count(statement); i++)
            rc = copy_column(c, &row, put, i, err);
        if (rc >= 0)
            rc = statement_run(c->to, put, err);
        if (rc < 0)
            return rc;
    }
    return rc;
}

int store_make_single(struct store *store, struct err *err)
{
    int rc = store_commit(store, err);
    return rc < 0 ? rc : store_execute(store, "PRAGMA journal_mode=DELETE", err);
}

int store_copy_turned(struct store *store, const char *path, store_turn_fn *fn, void *ctx,
                      struct err *err)
{
    AUTO(store_closep) struct store *to = NULL;
    int rc = store_create(&to, path, store->kind, true, err);
    if (rc < 0)
        return rc;
    struct copying c = { .from = store, .to = to, .fn = fn, .ctx = ctx };
    rc = store_begin_write(to, err);
    for (size_t i = 0; rc == 0 && i < sizeof tables / sizeof *tables; i++)
        rc = copy_table(&c, tables[i], err);
    if (rc == 0 && !store->snapshot)
        rc = store_execute(to, store_schema_index, err);
    if (rc == 0)
        rc = store_make_single(to, err);
    if (rc < 0) {
        to->failed = true;
        store_close(to);
        to = NULL;
        store_remove(path);
    }
    return rc;
}
