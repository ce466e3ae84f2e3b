#include "cache_traffic.h"

#include <math.h>
#include <stdlib.h>

#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"
#include "rehearse/model/model.h"

void traffic_release(struct traffic *f)
{
    free(f->at);
    free(f->routes);
    *f = (struct traffic)TRAFFIC_INIT;
}

/* ---- noting ---- */

static struct traffic_of_route *route_of(struct traffic *f, uint32_t route)
{
    if (route >= f->route_len) {
        f->routes = array_room(f->routes, &f->route_cap, route + 1, sizeof *f->routes);
        memset(f->routes + f->route_len, 0, (route + 1 - f->route_len) * sizeof *f->routes);
        f->route_len = route + 1;
    }
    return &f->routes[route];
}

/* Half of the paths go, until there is room. One path that fills it all by itself goes too. */
static void make_room(struct traffic *f)
{
    while (f->len >= TRAFFIC_REQUESTS_MAX) {
        size_t kept = 0;
        f->below /= 2;
        for (size_t i = 0; i < f->len; i++)
            if (f->at[i].path <= f->below)
                f->at[kept++] = f->at[i];
        f->len = kept;
        if (f->below == 0)
            f->len = 0;
    }
}

void traffic_note(struct traffic *f, const struct traffic_request *request)
{
    struct traffic_of_route *route = route_of(f, request->route);
    f->noted++;
    route->noted++;
    route->keys_differ |= request->key[0] != request->key[1];
    route->differs |= request->key[0] != request->key[1] ||
                      request->effect[0] != request->effect[1] ||
                      !request->validator[0] != !request->validator[1];
    if (request->path > f->below)
        return;
    if (f->len >= TRAFFIC_REQUESTS_MAX)
        make_room(f);
    if (request->path > f->below)
        return;
    f->at = array_room(f->at, &f->cap, f->len + 1, sizeof *f->at);
    f->at[f->len++] = *request;
}

double traffic_sampled(const struct traffic *f)
{
    return f->noted ? (double)f->len / (double)f->noted : 1;
}

/* ---- in order of time ---- */

/* The moment above, the place below: sorting by the moment alone keeps those of one moment as they
 * came. */
static uint64_t *by_place(const struct traffic *f)
{
    uint64_t *order = xmalloc((f->len + 1) * sizeof *order);
    for (size_t i = 0; i < f->len; i++)
        order[i] = (uint64_t)f->at[i].time_s << 32 | i;
    return order;
}

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS };

static void sort_by_digit(const uint64_t *from, uint64_t *to, size_t len, unsigned shift)
{
    uint32_t starts[DIGITS + 1] = { 0 };
    for (size_t i = 0; i < len; i++)
        starts[(from[i] >> shift & (DIGITS - 1)) + 1]++;
    for (size_t d = 0; d < DIGITS; d++)
        starts[d + 1] += starts[d];
    for (size_t i = 0; i < len; i++)
        to[starts[from[i] >> shift & (DIGITS - 1)]++] = from[i];
}

/* Owned by the caller. */
static uint64_t *in_order_of_time(const struct traffic *f)
{
    uint64_t *order = by_place(f), *other = xmalloc((f->len + 1) * sizeof *other);
    for (unsigned shift = 32; shift < 64; shift += DIGIT_BITS) {
        sort_by_digit(order, other, f->len, shift);
        uint64_t *swap = order;
        order = other;
        other = swap;
    }
    free(other);
    return order;
}

/* ---- the model ---- */

/* Which side's keys, and which side's answers, go into the model. */
struct play {
    struct traffic *traffic;
    const uint64_t *order;
    const struct effects *effects;
    int keys, answers;
    bool alone; /* both keys together: what either tells apart */
};

static struct model_answer answer_of(const struct cache_effect *e)
{
    enum { SECOND_US = 1000000 };
    return (struct model_answer){
        .lifetime_us = e->lifetime_s > 0 ? e->lifetime_s * SECOND_US : 0,
        .stale_us = e->stale_s * SECOND_US,
        .storable = e->keeps != KEEPS_NOT && !e->cookie_keeps_out,
        .validate = e->validate,
    };
}

static uint32_t flags_of(uint16_t effect)
{
    static const uint32_t flags[] = {
        [0] = 0,
        [EFFECT_NOT_READ >> 14] = MODEL_ASKS_ORIGIN | MODEL_ASKS_ANEW,
        [EFFECT_NOT_STORED >> 14] = MODEL_ASKS_NO_STORE,
        [(EFFECT_NOT_READ | EFFECT_NOT_STORED) >> 14] = MODEL_ASKS_PASS,
    };
    return flags[effect >> 14];
}

/* Routes on which staging does as production does need no second look. */
static bool is_played(const struct play *p, const struct traffic_of_route *route)
{
    if (p->alone)
        return route->keys_differ;
    return p->keys == 0 || route->differs;
}

static void count(const struct play *p, uint32_t number, struct model_result result)
{
    struct traffic_of_route *route = &p->traffic->routes[number];
    struct cache_forecast *c = p->alone ? &route->alone : &route->all;
    enum model_outcome outcome = (enum model_outcome)result.outcome;
    int side = p->keys;
    c->requests += side == 0;
    c->hits[side] += model_outcome_is_hit(outcome);
    c->origin_requests[side] += result.fetches;
    c->objects[side] += outcome == MODEL_MISS;
}

enum { BATCH = 256 };

static void play_batch(const struct play *p, struct model *model,
                       const struct model_request requests[BATCH], size_t len)
{
    struct model_result results[BATCH];
    model_run(model, requests, len, results);
    for (size_t i = 0; i < len; i++)
        count(p, requests[i].route, results[i]);
}

static void play(const struct play *p)
{
    AUTO(variant_space_freep) struct variant_space *space = variant_space_new();
    AUTO(model_freep) struct model *model = model_new(&(struct model_options){ 0 }, space);
    struct model_request requests[BATCH];
    size_t len = 0;
    for (uint32_t i = 0; i < p->effects->len; i++) {
        const struct model_answer answer = answer_of(&p->effects->at[i]);
        model_set_answer(model, i, &answer);
    }
    for (size_t i = 0; i < p->traffic->len; i++) {
        const struct traffic_request *r = &p->traffic->at[(uint32_t)p->order[i]];
        if (!is_played(p, &p->traffic->routes[r->route]))
            continue;
        requests[len++] =
            (struct model_request){ .at_us = (int64_t)r->time_s * 1000000,
                                    .key =
                                        p->alone ? hash_mix(r->key[0], r->key[1]) : r->key[p->keys],
                                    .answer = r->effect[p->answers] & (EFFECTS_MAX - 1),
                                    .bytes = 1,
                                    .validator = r->validator[p->answers],
                                    .flags = flags_of(r->effect[p->answers]),
                                    .route = r->route };
        if (len == BATCH) {
            play_batch(p, model, requests, len);
            len = 0;
        }
    }
    play_batch(p, model, requests, len);
}

/* ---- the sums ---- */

static void scale(struct cache_forecast *c, double factor)
{
    c->requests = (uint64_t)llround((double)c->requests * factor);
    for (int side = 0; side < 2; side++) {
        c->hits[side] = (uint64_t)llround((double)c->hits[side] * factor);
        c->origin_requests[side] = (uint64_t)llround((double)c->origin_requests[side] * factor);
        c->objects[side] = (uint64_t)llround((double)c->objects[side] * factor);
    }
}

static void copy_side(struct cache_forecast *to, int to_side, const struct cache_forecast *from,
                      int from_side)
{
    to->hits[to_side] = from->hits[from_side];
    to->origin_requests[to_side] = from->origin_requests[from_side];
    to->objects[to_side] = from->objects[from_side];
}

static void settle_route(struct traffic_of_route *route)
{
    double factor = route->all.requests ? (double)route->noted / (double)route->all.requests : 1;
    if (!route->differs)
        copy_side(&route->all, 1, &route->all, 0);
    if (route->keys_differ) {
        route->alone.requests = route->all.requests;
        copy_side(&route->alone, 0, &route->all, 0);
        scale(&route->alone, factor);
    }
    scale(&route->all, factor);
}

void cache_forecast_add(struct cache_forecast *into, const struct cache_forecast *more)
{
    into->requests += more->requests;
    for (int side = 0; side < 2; side++) {
        into->hits[side] += more->hits[side];
        into->origin_requests[side] += more->origin_requests[side];
        into->objects[side] += more->objects[side];
    }
}

void traffic_run(struct traffic *f, const struct effects *effects)
{
    AUTO(freep) uint64_t *order = in_order_of_time(f);
    struct play p = { .traffic = f, .order = order, .effects = effects };
    bool differs = false, keys_differ = false;
    for (size_t i = 0; i < f->route_len; i++) {
        differs |= f->routes[i].differs;
        keys_differ |= f->routes[i].keys_differ;
    }
    play(&p);
    p.keys = p.answers = 1;
    if (differs)
        play(&p);
    p.answers = 0;
    p.alone = true;
    if (keys_differ)
        play(&p);
    for (size_t i = 0; i < f->route_len; i++) {
        settle_route(&f->routes[i]);
        cache_forecast_add(&f->total, &f->routes[i].all);
    }
}

struct cache_forecast traffic_forecast_of(const struct traffic *f, uint32_t route, bool alone)
{
    if (route >= f->route_len)
        return (struct cache_forecast){ 0 };
    return alone ? f->routes[route].alone : f->routes[route].all;
}
