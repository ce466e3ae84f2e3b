#include "rehearse/simulate/simulate.h"

#include <math.h>
#include <stdlib.h>

#include "reading.h"
#include "reasons.h"
#include "rehearse/base/map.h"
#include "rehearse/base/mem.h"

enum { SIDES = 2, NODES_MAX = 1024, MOMENTS = 60 };

/* The models of both sides, and what they and the log say. */
struct run {
    const struct simulate_options *options;
    struct reading reading;
    struct model **models[SIDES]; /* owned; one a node */
    unsigned nodes[SIDES];
    struct simulate_route *routes; /* owned; by number */
    size_t route_len, route_cap;
    struct simulate_moment *moments; /* owned */
    size_t moment_len;
    int64_t first_us, last_us;
    struct reason_counts reasons[SIDES];
    struct map seen; /* keys of production that were asked for */
};

static int open_models(struct run *run, struct err *err)
{
    for (int side = 0; side < SIDES; side++) {
        const struct simulate_cache *cache = &run->options->caches[side];
        run->nodes[side] = cache->nodes ? cache->nodes : 1;
        if (run->nodes[side] > NODES_MAX)
            return err_set(err, E_USAGE, "%u nodes, expected at most %d", cache->nodes, NODES_MAX);
        run->models[side] = xcalloc(run->nodes[side], sizeof *run->models[side]);
        for (unsigned i = 0; i < run->nodes[side]; i++)
            run->models[side][i] = model_new(&cache->model, run->reading.space);
    }
    return 0;
}

static int open_moments(struct run *run, struct err *err)
{
    struct store_totals totals;
    int rc = store_totals(run->reading.production, &totals, err);
    if (rc < 0)
        return rc;
    unsigned wanted = run->options->moments ? run->options->moments : MOMENTS;
    run->moment_len = wanted < SIMULATE_MOMENTS_MAX ? wanted : SIMULATE_MOMENTS_MAX;
    run->moments = xcalloc(run->moment_len, sizeof *run->moments);
    run->first_us = totals.first_us;
    run->last_us = totals.last_us;
    return 0;
}

static void close_run(struct run *run)
{
    for (int side = 0; side < SIDES; side++) {
        for (unsigned i = 0; run->models[side] && i < run->nodes[side]; i++)
            model_free(run->models[side][i]);
        free(run->models[side]);
        reason_counts_release(&run->reasons[side]);
    }
    reading_close(&run->reading);
    map_release(&run->seen);
    free(run->routes);
    free(run->moments);
}

/* ---- counting ---- */

static struct simulate_route *route_at(struct run *run, uint32_t route)
{
    size_t need = (size_t)route + 1;
    run->routes = array_room(run->routes, &run->route_cap, need, sizeof *run->routes);
    for (; run->route_len < need; run->route_len++)
        run->routes[run->route_len] = (struct simulate_route){ 0 };
    return &run->routes[route];
}

static struct simulate_moment *moment_at(struct run *run, int64_t at_us)
{
    double whole = (double)run->last_us - (double)run->first_us + 1;
    double at = ((double)at_us - (double)run->first_us) / whole * (double)run->moment_len;
    size_t i = at > 0 ? (size_t)at : 0;
    return &run->moments[i < run->moment_len ? i : run->moment_len - 1];
}

/* Words that tell neither a hit nor a fetch (errors, answers made by the edge) are held against
 * nothing. */
static bool tells(enum cache_outcome logged)
{
    return logged != OUTCOME_UNKNOWN && logged != OUTCOME_ERROR && logged != OUTCOME_SYNTH;
}

static void check(struct simulate_check *check, enum cache_outcome logged,
                  struct model_result model)
{
    if (!tells(logged) || model.outcome == MODEL_UNKNOWN)
        return;
    bool log_hit = cache_outcome_is_hit(logged);
    bool model_hit = model_outcome_is_hit((enum model_outcome)model.outcome);
    check->requests++;
    check->both_hit += log_hit && model_hit;
    check->only_model_hit += !log_hit && model_hit;
    check->only_log_hit += log_hit && !model_hit;
    check->neither_hit += !log_hit && !model_hit;
}

static void count_moment(struct simulate_moment *m, enum cache_outcome logged,
                         const struct model_result results[SIDES])
{
    m->requests++;
    for (int side = 0; side < SIDES; side++) {
        m->known[side] += results[side].outcome != MODEL_UNKNOWN;
        m->hits[side] += model_outcome_is_hit((enum model_outcome)results[side].outcome);
    }
    m->logged += tells(logged);
    m->logged_hits += tells(logged) && cache_outcome_is_hit(logged);
}

/* Only the first request of a key tells what the cache held before. */
static void settle_start(struct run *run, struct step *step)
{
    bool first;
    map_put(&run->seen, step->sides[0].key, 0, &first);
    for (int side = 0; side < SIDES; side++) {
        struct model_request *r = &step->sides[side];
        if ((first && !run->options->cold) || !(r->flags & MODEL_WAS_THERE))
            continue;
        r->flags &= ~(uint32_t)MODEL_WAS_THERE;
        r->age_s = 0;
    }
}

/* When the answer to the write is there. */
static void invalidate(struct model *model, const struct step *step, int side)
{
    const struct model_request *r = &step->sides[side];
    for (size_t i = 0; i < INVALIDATED_MAX && step->invalid[side][i]; i++)
        model_invalidate(model, step->invalid[side][i], r->at_us + r->fetch_us);
}

static void take_step(struct run *run, struct step *step)
{
    struct model_result results[SIDES];
    settle_start(run, step);
    for (int side = 0; side < SIDES; side++) {
        struct model *model = run->models[side][step->node % run->nodes[side]];
        model_reader_teach(run->reading.readers[side], model);
        results[side] = model_step(model, &step->sides[side]);
        invalidate(model, step, side);
        reason_counts_add(&run->reasons[side], &step->sides[side], results[side]);
    }
    struct simulate_route *route = route_at(run, step->sides[0].route);
    model_count(&route->production, results[0], step->sides[0].bytes);
    model_count(&route->staging, results[1], step->sides[1].bytes);
    check(&route->check, step->logged, results[0]);
    count_moment(moment_at(run, step->sides[0].at_us), step->logged, results);
}

/* ---- what comes out ---- */

static void add_check(struct simulate_check *into, const struct simulate_check *more)
{
    into->requests += more->requests;
    into->both_hit += more->both_hit;
    into->only_model_hit += more->only_model_hit;
    into->only_log_hit += more->only_log_hit;
    into->neither_hit += more->neither_hit;
}

static int by_requests(const void *a, const void *b)
{
    const struct simulate_route *x = a, *y = b;
    if (x->production.requests != y->production.requests)
        return x->production.requests < y->production.requests ? 1 : -1;
    return span_cmp(x->route, y->route);
}

static void put_routes(struct run *run, struct simulation *ret)
{
    size_t kept = 0;
    for (size_t i = 0; i < run->route_len; i++) {
        struct simulate_route *route = &run->routes[i];
        if (!route->production.requests)
            continue;
        route->route = arena_copy(&ret->arena, routes_name(run->reading.routes, (uint32_t)i));
        model_counts_add(&ret->total.production, &route->production);
        model_counts_add(&ret->total.staging, &route->staging);
        add_check(&ret->total.check, &route->check);
        run->routes[kept++] = *route;
    }
    ret->total.route = SPAN("*");
    if (kept)
        qsort(run->routes, kept, sizeof *run->routes, by_requests);
    ret->routes = arena_alloc(&ret->arena, (kept + 1) * sizeof *ret->routes);
    for (size_t i = 0; i < kept; i++)
        ret->routes[i] = run->routes[i];
    ret->route_count = kept;
}

static void put_moments(const struct run *run, struct simulation *ret)
{
    ret->moments = arena_alloc(&ret->arena, run->moment_len * sizeof *ret->moments);
    for (size_t i = 0; i < run->moment_len; i++)
        ret->moments[i] = run->moments[i];
    ret->moment_count = run->moment_len;
    ret->first_us = run->first_us;
    ret->last_us = run->last_us;
}

static void put_sizes(const struct run *run, struct simulation *ret)
{
    for (int side = 0; side < SIDES; side++)
        for (unsigned i = 0; i < run->nodes[side]; i++) {
            struct model_size size = model_size(run->models[side][i]);
            struct model_size *sum = &ret->sizes[side];
            sum->objects += size.objects;
            sum->bytes += size.bytes;
            sum->peak_objects += size.peak_objects;
            sum->peak_bytes += size.peak_bytes;
            sum->evicted += size.evicted;
            sum->memory += size.memory;
        }
}

static struct span file_name(const char *path)
{
    struct span name = span_of(path);
    return path ? span_from(name, (size_t)(span_rfind_char(name, '/') + 1)) : SPAN_NONE;
}

static void put_result(struct run *run, struct simulation *ret)
{
    const struct simulate_options *o = run->options;
    ret->production = arena_copy(&ret->arena, file_name(o->production));
    ret->staging = arena_copy(&ret->arena, file_name(o->staging));
    for (int side = 0; side < SIDES; side++)
        ret->caches[side] = o->caches[side];
    ret->change_count = o->change_count;
    ret->not_seen = run->reading.not_seen;
    ret->pairing = run->reading.pairing;
    ret->gaps = model_reader_gaps(run->reading.readers[0]);
    reasons_put(ret, run->reasons, run->reading.readers);
    put_routes(run, ret);
    put_moments(run, ret);
    put_sizes(run, ret);
}

/* A run that answers none of the requests would be forecast as if nothing changed. */
static int check_pairing(const struct run *run, struct err *err)
{
    const struct simulate_pairing *p = &run->reading.pairing;
    if (!run->options->staging || p->own || !run->route_len)
        return 0;
    return err_set(err, E_USAGE,
                   "%s: holds no answer to any request of %s, expected a run of it; make one with: "
                   "rehearse replay",
                   run->options->staging, run->options->production);
}

int simulate(const struct simulate_options *options, struct simulation *ret, struct err *err)
{
    struct run run = { .options = options, .seen = MAP_INIT };
    struct step step;
    *ret = (struct simulation){ .arena = ARENA_INIT };
    int rc = reading_open(&run.reading, options, err);
    if (rc == 0)
        rc = open_models(&run, err);
    if (rc == 0)
        rc = open_moments(&run, err);
    while (rc == 0 && (rc = reading_next(&run.reading, &step, err)) == 1) {
        take_step(&run, &step);
        rc = 0;
    }
    if (rc == 0)
        rc = check_pairing(&run, err);
    if (rc == 0)
        put_result(&run, ret);
    close_run(&run);
    return rc;
}

void simulation_release(struct simulation *simulation)
{
    arena_release(&simulation->arena);
}

double simulate_check_model(const struct simulate_check *check)
{
    return check->requests
               ? (double)(check->both_hit + check->only_model_hit) / (double)check->requests
               : (double)NAN;
}

double simulate_check_log(const struct simulate_check *check)
{
    return check->requests
               ? (double)(check->both_hit + check->only_log_hit) / (double)check->requests
               : (double)NAN;
}

double simulate_check_error(const struct simulate_check *check)
{
    double more = (double)check->only_model_hit - (double)check->only_log_hit;
    return check->requests ? more / (double)check->requests * 100 : (double)NAN;
}
