/* What is known of single requests beside what was sent and answered: bindings and remarks. */
#include "handle.h"

#include <stdlib.h>

#include "rehearse/base/mem.h"

int store_put_binding(struct store *store, uint64_t session, const struct store_binding *binding,
                      struct err *err)
{
    sqlite3_stmt *statement;
    int rc = store_begin_write(store, err);
    if (rc == 0)
        rc = statement_of(store, PUT_BINDING, &statement, err);
    if (rc < 0)
        return rc;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)session);
    sqlite3_bind_int64(statement, 2, binding->seq);
    statement_bind_span(statement, 3, binding->sink);
    sqlite3_bind_int64(statement, 4, binding->source_seq);
    statement_bind_span(statement, 5, binding->source);
    return statement_run(store, statement, err);
}

static struct store_binding read_binding(sqlite3_stmt *statement, struct arena *arena)
{
    return (struct store_binding){
        .seq = (uint32_t)sqlite3_column_int64(statement, 0),
        .sink = arena_copy(arena, statement_column(statement, 1)),
        .source_seq = (uint32_t)sqlite3_column_int64(statement, 2),
        .source = arena_copy(arena, statement_column(statement, 3)),
    };
}

int store_load_bindings(struct store *store, uint64_t session, struct store_binding **ret,
                        size_t *ret_count, struct arena *arena, struct err *err)
{
    sqlite3_stmt *statement;
    struct store_binding *all = NULL;
    size_t len = 0, cap = 0;
    int rc = statement_of(store, BINDINGS_OF_SESSION, &statement, err);
    if (rc < 0)
        return rc;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)session);
    while ((rc = statement_step(store, statement, err)) == 1) {
        all = array_room(all, &cap, len + 1, sizeof *all);
        all[len++] = read_binding(statement, arena);
    }
    if (rc == 0 && len) {
        *ret = arena_alloc(arena, len * sizeof *all);
        memcpy(*ret, all, len * sizeof *all);
    }
    *ret_count = rc == 0 ? len : 0;
    free(all);
    return rc;
}

int store_most_bound(struct store *store, uint64_t *ret_session, struct err *err)
{
    sqlite3_stmt *statement;
    *ret_session = 0;
    int rc = statement_of(store, MOST_BOUND, &statement, err);
    if (rc < 0)
        return rc;
    rc = statement_step(store, statement, err);
    if (rc == 1) {
        *ret_session = (uint64_t)sqlite3_column_int64(statement, 0);
        statement_done(statement);
    }
    return rc < 0 ? rc : 0;
}

int store_put_remark(struct store *store, uint64_t session, uint32_t attempt, uint32_t seq,
                     struct span kind, struct span value, struct err *err)
{
    sqlite3_stmt *statement;
    int rc = store_begin_write(store, err);
    if (rc == 0)
        rc = statement_of(store, PUT_REMARK, &statement, err);
    if (rc < 0)
        return rc;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)session);
    sqlite3_bind_int64(statement, 2, attempt);
    sqlite3_bind_int64(statement, 3, seq);
    statement_bind_span(statement, 4, kind);
    statement_bind_span(statement, 5, value);
    return statement_run(store, statement, err);
}

int store_each_remark(struct store *store, const char *kind, store_remark_fn *fn, void *ctx,
                      struct err *err)
{
    sqlite3_stmt *statement;
    int rc = statement_of(store, EACH_REMARK, &statement, err);
    if (rc < 0)
        return rc;
    statement_bind_span(statement, 1, span_of(kind));
    while ((rc = statement_step(store, statement, err)) == 1)
        if ((rc = fn(ctx, (uint64_t)sqlite3_column_int64(statement, 0),
                     (uint32_t)sqlite3_column_int64(statement, 1),
                     statement_column(statement, 2))) != 0)
            break;
    statement_done(statement);
    return rc;
}
