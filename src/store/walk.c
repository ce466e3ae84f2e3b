/* Sessions: one by its id, or all of them in an order. */
#include <stdlib.h>

#include "handle.h"

#include "rehearse/base/mem.h"

struct store_sessions {
    struct store *store; /* borrowed */
    enum store_order order;
    sqlite3_stmt *ids;  /* owned: several walks may be under way in one file */
    bool upper;         /* by id: ids from 2^63 on are negative to SQLite, and come second */
    struct arena arena; /* of the session last given */
};

/* What a session is, from its segments: the highest attempt's, and the last word written on how and
 * who. */
static int gather(struct store *store, uint64_t id, struct store_session *ret, uint32_t notes[2],
                  struct err *err)
{
    enum { ATTEMPT, FIRST, LAST, N, HOW, IDENTITY, OUTCOME, ID };
    int64_t noted[2] = { 0, 0 };
    sqlite3_stmt *row;
    int rc = statement_of(store, NOTES_OF_SESSION, &row, err);
    if (rc < 0)
        return rc;
    sqlite3_bind_int64(row, 1, (sqlite3_int64)id);
    *ret = (struct store_session){ .id = id };
    while ((rc = statement_step(store, row, err)) == 1) {
        uint32_t attempt = (uint32_t)sqlite3_column_int64(row, ATTEMPT);
        if (attempt > ret->attempt)
            *ret = (struct store_session){ .id = id, .attempt = attempt };
        uint32_t n = (uint32_t)sqlite3_column_int64(row, N);
        int64_t first = sqlite3_column_int64(row, FIRST), last = sqlite3_column_int64(row, LAST);
        if (n && (!ret->exchanges || first < ret->first_us))
            ret->first_us = first;
        if (n && (!ret->exchanges || last > ret->last_us))
            ret->last_us = last;
        ret->exchanges += n;
        ret->ended |= sqlite3_column_int64(row, OUTCOME) != 0;
        for (int i = 0; i < 2; i++)
            if (sqlite3_column_int64(row, HOW + i) && sqlite3_column_int64(row, ID) > noted[i]) {
                notes[i] = (uint32_t)sqlite3_column_int64(row, HOW + i);
                noted[i] = sqlite3_column_int64(row, ID);
            }
    }
    return rc;
}

static int find(struct store *store, uint64_t id, struct store_session *ret, struct arena *arena,
                struct err *err)
{
    uint32_t notes[2] = { 0, 0 };
    struct store_session session;
    int rc = gather(store, id, &session, notes, err);
    if (rc == 0)
        rc = text_cache_get(store, notes[0], &session.how, err);
    if (rc == 0)
        rc = text_cache_get(store, notes[1], &session.identity, err);
    if (rc < 0)
        return rc;
    /* Out of the cache: that is emptied by the next store_load_session. */
    session.how = arena_copy(arena, session.how);
    session.identity = arena_copy(arena, session.identity);
    *ret = session;
    return 0;
}

int store_find_session(struct store *store, uint64_t id, struct store_session *ret,
                       struct arena *arena, struct err *err)
{
    struct store_session session;
    int rc = find(store, id, &session, arena, err);
    if (rc < 0)
        return rc;
    if (session.attempt == 0)
        return err_set(err, E_NOT_FOUND, "%s: no session %016llx", store->path,
                       (unsigned long long)id);
    *ret = session;
    return 0;
}

static void bind_half(struct store_sessions *walk)
{
    sqlite3_bind_int64(walk->ids, 1, walk->upper ? INT64_MIN : 0);
    sqlite3_bind_int64(walk->ids, 2, walk->upper ? -1 : INT64_MAX);
}

int store_sessions_open(struct store_sessions **ret, struct store *store, enum store_order order,
                        struct err *err)
{
    sqlite3_stmt *ids;
    int rc = statement_fresh(store, order == STORE_BY_ID ? SESSIONS_BY_ID : SESSIONS_BY_START, &ids,
                             err);
    if (rc < 0)
        return rc;
    struct store_sessions *walk = xcalloc(1, sizeof *walk);
    walk->store = store;
    walk->order = order;
    walk->ids = ids;
    if (order == STORE_BY_ID)
        bind_half(walk);
    store->texts.walking |= order == STORE_BY_START;
    *ret = walk;
    return 0;
}

int store_sessions_next(struct store_sessions *walk, struct store_session *ret, struct err *err)
{
    int rc = statement_step(walk->store, walk->ids, err);
    if (rc == 0 && walk->order == STORE_BY_ID && !walk->upper) {
        walk->upper = true;
        bind_half(walk);
        rc = statement_step(walk->store, walk->ids, err);
    }
    if (rc <= 0)
        return rc;
    arena_clear(&walk->arena);
    rc = find(walk->store, (uint64_t)sqlite3_column_int64(walk->ids, 0), ret, &walk->arena, err);
    return rc < 0 ? rc : 1;
}

void store_sessions_close(struct store_sessions *walk)
{
    if (!walk)
        return;
    sqlite3_finalize(walk->ids);
    arena_release(&walk->arena);
    free(walk);
}

int store_each_how(struct store *store, store_how_fn *fn, void *ctx, struct err *err)
{
    sqlite3_stmt *row;
    int rc = statement_of(store, EACH_HOW, &row, err);
    if (rc < 0)
        return rc;
    while ((rc = statement_step(store, row, err)) == 1)
        if ((rc = fn(ctx, statement_column(row, 0), (uint64_t)sqlite3_column_int64(row, 1))) != 0)
            break;
    statement_done(row);
    return rc;
}
