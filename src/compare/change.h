#ifndef SRC_COMPARE_CHANGE_H
#define SRC_COMPARE_CHANGE_H

#include "cluster.h"

/*
 * What a difference is called, how bad it is and what it does: one function a kind
 * of facet. The texts of the returned change are static, in `arena` or the facets'.
 */
struct difference_at {
    const struct comparison *comparison;
    const struct evidence *evidence;
    const struct cell *cell;
    bool only_bots; /* crawlers alone are answered so */
    struct arena *arena;
};
/* False: it is a difference, and no finding (production failed where staging did not). */
bool change_of(const struct difference_at *d, struct change *ret);
/* A number that was one constant in production and is another in staging. */
struct change change_of_constant(const struct difference_at *d);

struct change change_of_body(struct span *gone, size_t gone_len, struct span *came, size_t came_len,
                             struct arena *arena);
struct change change_of_size(double ratio, double production, double staging, struct arena *arena);
struct change change_of_latency(double production_us, double staging_us, struct arena *arena);
struct change change_of_hits(double production, double staging, struct arena *arena);

/* What is known of one rule of the cache key that changed: all inputs of one category. */
struct key_facts {
    bool merge;
    bool kept;            /* as in struct key_cause */
    struct span inputs;   /* "cookie currency, cookie locale" */
    struct span category; /* "cookie" */
    bool credential;      /* they carry a visitor's session or login */
    uint64_t events, alike, unlike, repeats, changed; /* as in struct key_cause */
    uint64_t visitors, credentials, own, common, objects, pieces;
};
struct change change_of_key(const struct key_facts *facts, struct arena *arena);

#endif
