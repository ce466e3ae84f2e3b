#ifndef SRC_COMPARE_CACHE_TRAFFIC_H
#define SRC_COMPARE_CACHE_TRAFFIC_H

#include "cache_effect.h"
#include "rehearse/compare/finding.h"

/*
 * What a shared cache would have made of the traffic, on production's word and on
 * staging's: every request that was compared is noted in a few numbers, put in
 * order of time at the end, and goes through the cache room's model twice.
 *
 * Past REQUESTS_MAX only a sample is kept: all requests of some paths, chosen by
 * hash (Waldspurger et al., SHARDS, FAST 2015). What one cache holds of a path
 * says nothing about another path, so a sample of paths has the hits of the whole,
 * which a sample of requests has not.
 */
enum { TRAFFIC_REQUESTS_MAX = 1u << 20 };

struct traffic_request {
    uint32_t time_s; /* Unix */
    uint32_t route;
    uint32_t path;         /* hash: what the sample is chosen by */
    uint32_t validator[2]; /* hash; 0 none. Production's, staging's, as below */
    uint16_t effect[2];
    uint64_t key[2]; /* hash of the key and the variant */
};

struct traffic_of_route {
    uint64_t noted;   /* kept or not */
    bool keys_differ; /* some request is filed under another key on staging */
    bool differs;     /* that, or some answer has another effect */
    struct cache_forecast all, alone;
};

struct traffic {
    struct traffic_request *at; /* owned */
    size_t len, cap;
    uint32_t below;                  /* paths whose hash is not above it are kept */
    uint64_t noted;                  /* all, kept or not */
    struct traffic_of_route *routes; /* owned; by route number */
    size_t route_len, route_cap;
    struct cache_forecast total; /* after traffic_run */
};

#define TRAFFIC_INIT                                                                               \
    {                                                                                              \
        .below = UINT32_MAX                                                                        \
    }

void traffic_release(struct traffic *f);
void traffic_note(struct traffic *f, const struct traffic_request *request);
/*
 * Sort, and let the model run. Where a sample was kept, counts are scaled up to all of the
 * route's requests.
 */
void traffic_run(struct traffic *f, const struct effects *effects);
/* Share of the noted requests that the numbers come from. */
double traffic_sampled(const struct traffic *f);
/* Of one route; `alone`: staging with production's answers, where only objects are split. No
 * requests when there is none. */
struct cache_forecast traffic_forecast_of(const struct traffic *f, uint32_t route, bool alone);
void cache_forecast_add(struct cache_forecast *into, const struct cache_forecast *more);

#endif
