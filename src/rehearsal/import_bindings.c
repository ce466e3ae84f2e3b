#include "import_bindings.h"

#include <stdlib.h>

#include "rehearse/base/mem.h"
#include "rehearse/session/flow.h"

enum { PROGRESS_EVERY = 256 }; /* sessions */

struct import_bindings {
    struct store *store;
    const struct import_options *options;
    struct flow *flow;
    uint64_t sessions, done, found;
    struct err *err; /* of the search under way */
};

static int keep(void *ctx, const struct flow_binding *found)
{
    struct import_bindings *b = ctx;
    const struct store_binding binding = { .seq = found->seq,
                                           .source_seq = found->source_seq == FLOW_NO_SOURCE
                                                             ? BINDING_NO_SOURCE
                                                             : found->source_seq,
                                           .sink = found->sink,
                                           .source = found->source };
    b->found++;
    return store_put_binding(b->store, found->session, &binding, b->err);
}

static int load_body(void *ctx, struct exchange *x, struct arena *arena)
{
    struct import_bindings *b = ctx;
    return store_load_body(b->store, x->body_id, &x->response.body, arena, b->err);
}

struct import_bindings *import_bindings_new(struct store *store,
                                            const struct import_options *options)
{
    struct import_bindings *b = xcalloc(1, sizeof *b);
    const struct flow_options flow = { .found = keep, .body = load_body, .ctx = b };
    b->store = store;
    b->options = options;
    b->flow = flow_new(&flow);
    return b;
}

void import_bindings_free(struct import_bindings *b)
{
    if (!b)
        return;
    flow_free(b->flow);
    free(b);
}

void import_bindings_meet(struct import_bindings *b, struct exchange *x, struct arena *arena)
{
    flow_meet(b->flow, x, arena);
}

static int look_up(struct import_bindings *b)
{
    const struct import_options *o = b->options;
    const struct progress_state state = {
        .doing = "bindings", .unit = "sessions", .done = b->done, .total = b->sessions
    };
    if (b->done++ % PROGRESS_EVERY)
        return 0;
    if (o->progress)
        progress_report(o->progress, &state);
    if (o->stop && *o->stop)
        return err_set(b->err, E_STOPPED, "the import was stopped: no capture was written");
    return 0;
}

static int search(struct import_bindings *b, uint64_t id, struct arena *arena)
{
    struct exchange *exchanges;
    size_t count;
    if (!flow_wants(b->flow, id))
        return 0;
    int rc =
        store_load_session(b->store, id, /* bodies= */ false, &exchanges, &count, arena, b->err);
    return rc < 0 ? rc : flow_search(b->flow, exchanges, count);
}

static int search_all(struct import_bindings *b)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(store_sessions_closep) struct store_sessions *sessions = NULL;
    struct store_session session;
    int rc = store_sessions_open(&sessions, b->store, STORE_BY_START, b->err);
    while (rc == 0 && (rc = store_sessions_next(sessions, &session, b->err)) == 1) {
        rc = look_up(b);
        if (rc == 0)
            rc = search(b, session.id, &arena);
        arena_clear(&arena);
    }
    return rc < 0 ? rc : flow_end(b->flow);
}

int import_bindings_find(struct import_bindings *b, uint64_t *ret_count, struct err *err)
{
    struct store_totals totals;
    *ret_count = 0;
    if (!flow_wants_any(b->flow))
        return 0;
    b->err = err;
    int rc = store_index(b->store, err);
    if (rc == 0)
        rc = store_totals(b->store, &totals, err);
    if (rc < 0)
        return rc;
    b->sessions = totals.sessions;
    rc = search_all(b);
    *ret_count = b->found;
    return rc;
}
