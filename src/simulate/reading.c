#include "reading.h"

#include <stdlib.h>

#include "rehearse/base/hash.h"

/* ---- before the first request ---- */

static int learn_target(void *ctx, struct span target)
{
    routes_learn(ctx, target);
    return 0;
}

static int learn_routes(struct reading *r, struct err *err)
{
    const struct simulate_options *o = r->options;
    r->routes = routes_new();
    for (size_t i = 0; i < o->route_count; i++)
        routes_add_rule(r->routes, &o->routes[i]);
    int rc = store_each_target(r->production, learn_target, r->routes, err);
    routes_settle(r->routes);
    return rc;
}

struct vary_lines {
    struct variant_space *space;
    struct arena arena;
};

/* All that selects anywhere is known before the first request is told apart by it. */
static int learn_vary(void *ctx, struct span line)
{
    struct vary_lines *lines = ctx;
    struct http_fields fields = { 0 };
    struct span value = line;
    arena_clear(&lines->arena);
    span_cut(&value, ':');
    http_fields_add(&fields, &lines->arena, SPAN("Vary"), span_trim(value));
    struct vary vary = vary_of(&fields, &lines->arena);
    variant_space_set(lines->space, &vary);
    return 0;
}

static int learn_vary_lines(struct reading *r, struct err *err)
{
    struct vary_lines lines = { r->space, ARENA_INIT };
    int rc = store_each_field_line(r->production, "Vary", learn_vary, &lines, err);
    if (rc == 0 && r->staging)
        rc = store_each_field_line(r->staging, "Vary", learn_vary, &lines, err);
    for (size_t i = 0; rc == 0 && i < r->options->change_count; i++)
        if (span_ieq(r->options->changes[i].field, SPAN("Vary")) &&
            !span_is_none(r->options->changes[i].value)) {
            struct span line =
                arena_printf(&r->arenas[0], "Vary: %.*s", SPAN_ARG(r->options->changes[i].value));
            learn_vary(&lines, line);
        }
    arena_release(&lines.arena);
    return rc;
}

static int advance(struct reading *r, struct err *err)
{
    int rc = store_sessions_next(r->walk, &r->session, err);
    r->more = rc == 1;
    return rc < 0 ? rc : 0;
}

static int open_files(struct reading *r, struct err *err)
{
    struct store_totals totals;
    int rc = store_open(&r->production, r->options->production, false, err);
    if (rc == 0 && r->options->staging)
        rc = store_open(&r->staging, r->options->staging, false, err);
    if (rc == 0 && r->staging && store_kind(r->staging) == STORE_CAPTURE)
        rc = err_set(err, E_USAGE,
                     "%s: is a capture, expected staging's run; make one with: rehearse replay",
                     store_path(r->staging));
    if (rc == 0)
        rc = store_totals(r->production, &totals, err);
    if (rc < 0)
        return rc;
    r->progress = (struct progress_state){ .doing = "simulate",
                                           .unit = "requests",
                                           .total = totals.exchanges };
    return store_sessions_open(&r->walk, r->production, STORE_BY_START, err);
}

int reading_open(struct reading *reading, const struct simulate_options *options, struct err *err)
{
    *reading = (struct reading){ .options = options };
    reading->space = variant_space_new();
    for (int side = 0; side < 2; side++)
        reading->readers[side] = model_reader_new(&(struct model_reader_options){
            .policy = options->caches[side].policy,
            .key = options->caches[side].key,
            .space = reading->space,
        });
    int rc = open_files(reading, err);
    if (rc == 0)
        rc = learn_routes(reading, err);
    if (rc == 0)
        rc = learn_vary_lines(reading, err);
    return rc < 0 ? rc : advance(reading, err);
}

void reading_close(struct reading *reading)
{
    store_sessions_close(reading->walk);
    store_close(reading->production);
    store_close(reading->staging);
    timeline_release(&reading->timeline);
    for (int side = 0; side < 2; side++) {
        model_reader_free(reading->readers[side]);
        arena_release(&reading->arenas[side]);
    }
    variant_space_free(reading->space);
    routes_free(reading->routes);
}

/* ---- one session ---- */

/* Which captured request it is. */
static uint32_t planned_of(const struct reading *r, const struct exchange *x)
{
    return store_kind(r->production) == STORE_CAPTURE ? x->seq : x->planned;
}

struct twins {
    struct exchange *at; /* staging's, by the request they answer */
    size_t count, next;
};

static const struct exchange *twin_of(struct twins *twins, uint32_t planned)
{
    while (twins->next < twins->count && twins->at[twins->next].planned < planned)
        twins->next++;
    if (twins->next == twins->count)
        return NULL;
    const struct exchange *x = &twins->at[twins->next];
    return x->planned == planned && !exchange_is_extra(x) &&
                   !(x->marks & (MARK_NOT_SENT | MARK_FAILED))
               ? x
               : NULL;
}

static enum cache_outcome logged_outcome(const struct exchange *x)
{
    enum cache_outcome outcome = cache_outcome_of_text(x->cache);
    return outcome == OUTCOME_UNKNOWN ? cache_outcome_of(&x->response.fields).outcome : outcome;
}

/* With the fields the user put in place of what was answered. */
static struct exchange changed(const struct reading *r, const struct exchange *x, uint32_t route,
                               struct arena *arena)
{
    struct exchange out = *x;
    out.response.fields = (struct http_fields){ 0 };
    for (uint32_t i = 0; i < x->response.fields.len; i++)
        http_fields_add(&out.response.fields, arena, x->response.fields.at[i].name,
                        x->response.fields.at[i].value);
    for (size_t i = 0; i < r->options->change_count; i++) {
        const struct simulate_change *c = &r->options->changes[i];
        if (c->route.len && !span_eq(c->route, routes_name(r->routes, route)))
            continue;
        http_fields_remove(&out.response.fields, c->field);
        /* A line without a value: known to be absent. */
        http_fields_add(&out.response.fields, arena, c->field, c->value);
    }
    return out;
}

/* Staging's side of a step whose production side is there. */
static void read_staging(struct reading *r, const struct exchange *x, const struct exchange *twin,
                         uint32_t route, struct step *step)
{
    struct model_request *ret = &step->sides[1];
    enum model_guess guess = GUESS_NONE;
    struct exchange other;
    r->pairing.own += twin != NULL;
    if (!twin && r->staging) {
        guess = model_reader_guess(r->readers[1], x, route, ret);
        r->pairing.same_key += guess == GUESS_BY_KEY;
        r->pairing.as_route += guess == GUESS_BY_ROUTE;
    }
    if (guess == GUESS_NONE) {
        r->pairing.as_production += !twin;
        other = twin ? *twin : *x;
        if (r->options->change_count)
            other = changed(r, &other, route, &r->arenas[1]);
        const struct model_reading reading = {
            .asked = x,
            .answered = &other,
            .logged = twin ? logged_outcome(twin) : step->logged,
            .route = route,
        };
        model_reader_read(r->readers[1], &reading, ret);
    }
    if (guess == GUESS_NONE)
        model_reader_invalidated(r->readers[1], x, &other.response, step->invalid[1]);
    /* Both begin with what production's cache held; how far staging's origin is says nothing. */
    if (ret->flags & MODEL_WAS_THERE)
        ret->age_s = 0;
    ret->flags &= ~(uint32_t)MODEL_WAS_THERE;
    if (step->sides[0].flags & MODEL_WAS_THERE) {
        ret->flags |= MODEL_WAS_THERE;
        ret->age_s = step->sides[0].age_s;
    }
    ret->fetch_us = step->sides[0].fetch_us;
}

static void read_exchange(struct reading *r, const struct exchange *x, const struct exchange *twin)
{
    uint32_t route = routes_match(r->routes, x->request.target);
    struct step step = { .logged = logged_outcome(x), .node = (uint32_t)hash64(x->client) };
    const struct model_reading reading = { x, x, step.logged, route };
    if (!model_reader_read(r->readers[0], &reading, &step.sides[0])) {
        r->not_seen++;
        return;
    }
    model_reader_invalidated(r->readers[0], x, &x->response, step.invalid[0]);
    read_staging(r, x, twin, route, &step);
    timeline_add(&r->timeline, &step);
}

static int load_twins(struct reading *r, struct twins *ret, struct err *err)
{
    if (!r->staging)
        return 0;
    int rc = store_load_session(r->staging, r->session.id, false, &ret->at, &ret->count,
                                &r->arenas[1], err);
    if (rc == 0 && ret->count)
        qsort(ret->at, ret->count, sizeof *ret->at, exchange_by_planned);
    return rc;
}

static int read_session(struct reading *r, struct err *err)
{
    struct exchange *exchanges;
    struct twins twins = { 0 };
    size_t count = 0;
    for (int side = 0; side < 2; side++)
        arena_clear(&r->arenas[side]);
    int rc = store_load_session(r->production, r->session.id, false, &exchanges, &count,
                                &r->arenas[0], err);
    if (rc == 0)
        rc = load_twins(r, &twins, err);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        const struct exchange *x = &exchanges[i];
        if (!exchange_is_extra(x))
            read_exchange(r, x, twin_of(&twins, planned_of(r, x)));
    }
    r->progress.done += count;
    if (r->options->progress)
        progress_report(r->options->progress, &r->progress);
    return rc < 0 ? rc : advance(r, err);
}

int reading_next(struct reading *r, struct step *ret, struct err *err)
{
    for (;;) {
        int64_t before_us = r->more ? r->session.first_us : INT64_MAX;
        if (timeline_next(&r->timeline, before_us, ret))
            return 1;
        if (!r->more)
            return 0;
        int rc = read_session(r, err);
        if (rc < 0)
            return rc;
    }
}
