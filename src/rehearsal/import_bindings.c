#include "import_bindings.h"

#include "rehearse/session/flow.h"

enum { PROGRESS_EVERY = 256 }; /* sessions */

struct search {
    struct store *store;
    const struct import_options *options;
    struct flow *flow;
    uint64_t sessions; /* of both rounds */
    uint64_t done;
    struct err *err;
};

static int keep(void *ctx, const struct flow_binding *found)
{
    struct search *search = ctx;
    const struct store_binding binding = { .seq = found->seq,
                                           .source_seq = found->source_seq == FLOW_NO_SOURCE
                                                             ? BINDING_NO_SOURCE
                                                             : found->source_seq,
                                           .sink = found->sink,
                                           .source = found->source };
    return store_put_binding(search->store, found->session, &binding, search->err);
}

static int load_body(void *ctx, struct exchange *x, struct arena *arena)
{
    struct search *search = ctx;
    return store_load_body(search->store, x->body_id, &x->response.body, arena, search->err);
}

static int look_up(struct search *search)
{
    const struct import_options *o = search->options;
    const struct progress_state state = {
        .doing = "bindings", .unit = "sessions", .done = search->done, .total = search->sessions
    };
    if (search->done++ % PROGRESS_EVERY)
        return 0;
    if (o->progress)
        progress_report(o->progress, &state);
    if (o->stop && *o->stop)
        return err_set(search->err, E_STOPPED, "the import was stopped: no capture was written");
    return 0;
}

static int take_session(struct search *search, uint64_t id, bool first_round, struct arena *arena)
{
    struct exchange *exchanges;
    size_t count;
    int rc = look_up(search);
    if (rc == 0)
        rc = store_load_session(search->store, id, /* bodies= */ false, &exchanges, &count, arena,
                                search->err);
    if (rc < 0)
        return rc;
    if (!first_round)
        return flow_search(search->flow, exchanges, count);
    flow_meet(search->flow, exchanges, count);
    return 0;
}

static int walk(struct search *search, bool first_round)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(store_sessions_closep) struct store_sessions *sessions = NULL;
    struct store_session session;
    int rc = store_sessions_open(&sessions, search->store, STORE_BY_START, search->err);
    while (rc == 0 && (rc = store_sessions_next(sessions, &session, search->err)) == 1) {
        rc = take_session(search, session.id, first_round, &arena);
        arena_clear(&arena);
    }
    return rc;
}

int import_find_bindings(struct store *store, const struct import_options *options, struct err *err)
{
    struct search search = { .store = store, .options = options, .err = err };
    const struct flow_options flow = { .found = keep, .body = load_body, .ctx = &search };
    struct store_totals totals;
    int rc = store_index(store, err);
    if (rc == 0)
        rc = store_totals(store, &totals, err);
    if (rc < 0)
        return rc;
    search.sessions = totals.sessions * 2;
    search.flow = flow_new(&flow);
    rc = walk(&search, /* first_round= */ true);
    if (rc == 0)
        rc = walk(&search, /* first_round= */ false);
    if (rc == 0)
        rc = flow_end(search.flow);
    flow_free(search.flow);
    return rc;
}
