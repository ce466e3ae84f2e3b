/* What a file holds beside its sessions: facts, counts, variants, the contract. */
#include "handle.h"

/* Bind the spans in order and run a statement that gives no rows. `last` is bound behind them
 * unless negative. */
static int put_row(struct store *store, enum statement which, const struct span *values, int count,
                   int64_t last, struct err *err)
{
    int rc = store_begin_write(store, err);
    if (rc < 0)
        return rc;
    sqlite3_stmt *statement;
    rc = statement_of(store, which, &statement, err);
    if (rc < 0)
        return rc;
    for (int i = 0; i < count; i++)
        statement_bind_span(statement, i + 1, values[i]);
    if (last >= 0)
        sqlite3_bind_int64(statement, count + 1, last);
    return statement_run(store, statement, err);
}

int store_put_meta(struct store *store, const char *key, struct span value, struct err *err)
{
    return put_row(store, PUT_META, (struct span[]){ span_of(key), value }, 2, -1, err);
}

int store_get_meta(struct store *store, const char *key, struct span *ret, struct arena *arena,
                   struct err *err)
{
    sqlite3_stmt *statement;
    int rc = statement_of(store, GET_META, &statement, err);
    if (rc < 0)
        return rc;
    statement_bind_span(statement, 1, span_of(key));
    rc = statement_step(store, statement, err);
    if (rc < 0)
        return rc;
    *ret = rc ? arena_copy(arena, statement_column(statement, 0)) : SPAN_NONE;
    statement_done(statement);
    return 0;
}

int store_each_meta(struct store *store, const char *prefix, store_meta_fn *fn, void *ctx,
                    struct err *err)
{
    sqlite3_stmt *statement;
    int rc = statement_of(store, EACH_META, &statement, err);
    if (rc < 0)
        return rc;
    statement_bind_span(statement, 1, span_of(prefix));
    while ((rc = statement_step(store, statement, err)) == 1) {
        struct span key = statement_column(statement, 0);
        rc = span_starts(key, span_of(prefix)) ? fn(ctx, key, statement_column(statement, 1)) : 0;
        if (rc != 0 || !span_starts(key, span_of(prefix)))
            break;
    }
    statement_done(statement);
    return rc;
}

int store_count_skipped(struct store *store, struct span source, struct span outcome,
                        struct span reason, uint64_t by, struct err *err)
{
    return put_row(store, COUNT_SKIPPED, (struct span[]){ source, outcome, reason }, 3, (int64_t)by,
                   err);
}

int store_put_variant(struct store *store, struct span name, struct span pseudonym,
                      struct span value, uint64_t sessions, struct err *err)
{
    return put_row(store, PUT_VARIANT, (struct span[]){ name, pseudonym, value }, 3,
                   (int64_t)sessions, err);
}

int store_put_contract(struct store *store, struct span route, struct span field, struct span shape,
                       struct err *err)
{
    return put_row(store, PUT_CONTRACT, (struct span[]){ route, field, shape }, 3, -1, err);
}

int store_each_target(struct store *store, store_text_fn *fn, void *ctx, struct err *err)
{
    sqlite3_stmt *statement;
    int rc = statement_of(store, EACH_TARGET, &statement, err);
    if (rc < 0)
        return rc;
    while ((rc = statement_step(store, statement, err)) == 1)
        if ((rc = fn(ctx, statement_column(statement, 0))) != 0)
            break;
    statement_done(statement);
    return rc;
}

int store_each_field_line(struct store *store, const char *name, store_text_fn *fn, void *ctx,
                          struct err *err)
{
    AUTO(strbuf_release) struct strbuf pattern = STRBUF_INIT;
    sqlite3_stmt *statement;
    int rc = statement_of(store, EACH_FIELD_LINE, &statement, err);
    if (rc < 0)
        return rc;
    strbuf_addf(&pattern, "%s: %%", name);
    statement_bind_span(statement, 1, strbuf_span(&pattern));
    while ((rc = statement_step(store, statement, err)) == 1)
        if ((rc = fn(ctx, statement_column(statement, 0))) != 0)
            break;
    statement_done(statement);
    return rc;
}

int store_each_variant(struct store *store, store_variant_fn *fn, void *ctx, struct err *err)
{
    sqlite3_stmt *statement;
    int rc = statement_of(store, EACH_VARIANT, &statement, err);
    if (rc < 0)
        return rc;
    while ((rc = statement_step(store, statement, err)) == 1)
        if ((rc = fn(ctx, statement_column(statement, 0), statement_column(statement, 1),
                     statement_column(statement, 2))) != 0)
            break;
    statement_done(statement);
    return rc;
}

int store_each_skipped(struct store *store, store_skipped_fn *fn, void *ctx, struct err *err)
{
    sqlite3_stmt *statement;
    int rc = statement_of(store, EACH_SKIPPED, &statement, err);
    if (rc < 0)
        return rc;
    while ((rc = statement_step(store, statement, err)) == 1)
        if ((rc = fn(ctx, statement_column(statement, 0), statement_column(statement, 1),
                     statement_column(statement, 2),
                     (uint64_t)sqlite3_column_int64(statement, 3))) != 0)
            break;
    statement_done(statement);
    return rc;
}

/* One row of integers. */
static int numbers(struct store *store, enum statement which, int64_t *ret, int count,
                   struct err *err)
{
    sqlite3_stmt *statement;
    int rc = statement_of(store, which, &statement, err);
    if (rc < 0)
        return rc;
    rc = statement_step(store, statement, err);
    if (rc < 0)
        return rc;
    for (int i = 0; i < count; i++)
        ret[i] = sqlite3_column_int64(statement, i);
    statement_done(statement);
    return 0;
}

int store_totals(struct store *store, struct store_totals *ret, struct err *err)
{
    enum { SESSIONS, EXCHANGES, ATTEMPTS, FIRST, LAST, ALL };
    int64_t all[ALL], superseded = 0, skipped[2];
    int rc = numbers(store, TOTALS, all, ALL, err);
    if (rc == 0 && all[ATTEMPTS] > 1)
        rc = numbers(store, TOTALS_SUPERSEDED, &superseded, 1, err);
    if (rc == 0)
        rc = numbers(store, TOTALS_SKIPPED, skipped, 2, err);
    if (rc < 0)
        return rc;
    *ret = (struct store_totals){
        .sessions = (uint64_t)all[SESSIONS],
        .exchanges = (uint64_t)(all[EXCHANGES] - superseded),
        .superseded = (uint64_t)superseded,
        .skipped = (uint64_t)skipped[0],
        .rejected = (uint64_t)skipped[1],
        .first_us = all[FIRST],
        .last_us = all[LAST],
    };
    return 0;
}
