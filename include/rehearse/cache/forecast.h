#ifndef REHEARSE_CACHE_FORECAST_H
#define REHEARSE_CACHE_FORECAST_H

#include "rehearse/cache/model_reader.h"

/*
 * What a change of headers, or of the key, does to a cache's hits: the same
 * requests through two models, one with what production answered, one with what
 * staging did. Exchanges come in any order and are put in that of time at the end.
 *
 * Memory is bounded: past FORECAST_REQUESTS_MAX only the requests of every second,
 * fourth, … key are kept, and counts are scaled up. Without a capacity keys do not
 * touch each other, so that a part of them tells the ratio of all.
 */
struct forecast;

#define FORECAST_REQUESTS_MAX (1u << 21)

struct forecast_side {
    const struct cache_policy *policy; /* borrowed */
    const struct key_policy *key;      /* borrowed */
    struct model_options model;
};

struct forecast *forecast_new(const struct forecast_side *production,
                              const struct forecast_side *staging);
void forecast_free(struct forecast *forecast);

/*
 * One request. `staging` is NULL when staging was not asked: it is taken to answer
 * as production did. `route` is a small number, as routes_match() gives them.
 */
void forecast_add(struct forecast *forecast, uint32_t route, const struct exchange *production,
                  const struct exchange *staging);

struct forecast_route {
    struct model_counts production, staging;
};
/*
 * Run the models. Routes by number, `*ret_count` of them, owned by the forecast;
 * `ret_total` is their sum. Nothing may be added afterwards.
 */
const struct forecast_route *forecast_finish(struct forecast *forecast, size_t *ret_count,
                                             struct forecast_route *ret_total);

AUTO_FREE(struct forecast, forecast_free);

#endif
