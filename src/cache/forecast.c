#include "rehearse/cache/forecast.h"

#include <stdlib.h>

#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"

enum { ROUTES_MAX = 1u << 16, SIDES = 2 };

/* A request, as production answered it and as staging did. */
struct pair {
    struct model_request sides[SIDES];
    uint64_t order; /* as they came: for those of the same moment */
};

struct forecast {
    struct forecast_side sides[SIDES];
    struct variant_space *space;
    struct model_reader *readers[SIDES];
    struct pair *pairs; /* owned */
    size_t len, cap;
    uint64_t added;
    unsigned sampled;              /* one key in 2^sampled is kept */
    struct forecast_route *routes; /* owned */
    size_t route_len, route_cap;
};

struct forecast *forecast_new(const struct forecast_side *production,
                              const struct forecast_side *staging)
{
    struct forecast *f = xcalloc(1, sizeof *f);
    f->space = variant_space_new();
    f->sides[0] = *production;
    f->sides[1] = *staging;
    for (int i = 0; i < SIDES; i++)
        f->readers[i] = model_reader_new(&(struct model_reader_options){
            .policy = f->sides[i].policy, .key = f->sides[i].key, .space = f->space });
    return f;
}

void forecast_free(struct forecast *forecast)
{
    if (!forecast)
        return;
    for (int i = 0; i < SIDES; i++)
        model_reader_free(forecast->readers[i]);
    variant_space_free(forecast->space);
    free(forecast->pairs);
    free(forecast->routes);
    free(forecast);
}

/* ---- gathering ---- */

static bool in_sample(const struct forecast *f, uint64_t key)
{
    uint64_t mask = (UINT64_C(1) << f->sampled) - 1;
    return (hash_mix(key, 1) & mask) == 0;
}

static void thin_out(struct forecast *f)
{
    size_t kept = 0;
    f->sampled++;
    for (size_t i = 0; i < f->len; i++)
        if (in_sample(f, f->pairs[i].sides[0].key))
            f->pairs[kept++] = f->pairs[i];
    f->len = kept;
}

static enum cache_outcome logged_outcome(const struct exchange *x)
{
    enum cache_outcome outcome = cache_outcome_of_text(x->cache);
    return outcome == OUTCOME_UNKNOWN ? cache_outcome_of(&x->response.fields).outcome : outcome;
}

void forecast_add(struct forecast *f, uint32_t route, const struct exchange *production,
                  const struct exchange *staging)
{
    struct pair pair = { .order = f->added++ };
    const struct exchange *answered[SIDES] = { production, staging ? staging : production };
    for (int i = 0; i < SIDES; i++) {
        const struct model_reading reading = {
            .asked = production,
            .answered = answered[i],
            .logged = logged_outcome(answered[i]),
            .route = route < ROUTES_MAX ? route : ROUTES_MAX - 1,
        };
        if (!model_reader_read(f->readers[i], &reading, &pair.sides[i]))
            return;
    }
    /* Staging stands elsewhere: how far away its origin is says nothing about production's. */
    pair.sides[1].fetch_us = pair.sides[0].fetch_us;
    if (!in_sample(f, pair.sides[0].key))
        return;
    if (f->len == FORECAST_REQUESTS_MAX)
        thin_out(f);
    f->pairs = array_room(f->pairs, &f->cap, f->len + 1, sizeof *f->pairs);
    f->pairs[f->len++] = pair;
}

/* ---- running ---- */

static int by_time(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    if (x->sides[0].at_us != y->sides[0].at_us)
        return x->sides[0].at_us < y->sides[0].at_us ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static struct forecast_route *route_at(struct forecast *f, uint32_t route)
{
    size_t need = (size_t)route + 1;
    f->routes = array_room(f->routes, &f->route_cap, need, sizeof *f->routes);
    for (; f->route_len < need; f->route_len++)
        f->routes[f->route_len] = (struct forecast_route){ 0 };
    return &f->routes[route];
}

static void run_side(struct forecast *f, int side)
{
    AUTO(model_freep) struct model *model = model_new(&f->sides[side].model, f->space);
    model_reader_teach(f->readers[side], model);
    for (size_t i = 0; i < f->len; i++) {
        const struct model_request *r = &f->pairs[i].sides[side];
        struct forecast_route *route = route_at(f, r->route);
        model_count(side ? &route->staging : &route->production, model_step(model, r), r->bytes);
    }
}

static void scale_up(struct model_counts *counts, unsigned by)
{
    counts->requests <<= by;
    counts->fetches <<= by;
    counts->hit_bytes <<= by;
    counts->fetched_bytes <<= by;
    for (size_t i = 0; i < MODEL_OUTCOMES; i++)
        counts->outcomes[i] <<= by;
}

const struct forecast_route *forecast_finish(struct forecast *f, size_t *ret_count,
                                             struct forecast_route *ret_total)
{
    if (f->len)
        qsort(f->pairs, f->len, sizeof *f->pairs, by_time);
    for (int side = 0; side < SIDES; side++)
        run_side(f, side);
    *ret_total = (struct forecast_route){ 0 };
    for (size_t i = 0; i < f->route_len; i++) {
        scale_up(&f->routes[i].production, f->sampled);
        scale_up(&f->routes[i].staging, f->sampled);
        model_counts_add(&ret_total->production, &f->routes[i].production);
        model_counts_add(&ret_total->staging, &f->routes[i].staging);
    }
    *ret_count = f->route_len;
    return f->routes;
}
