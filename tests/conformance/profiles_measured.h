#ifndef REHEARSE_TESTS_CONFORMANCE_PROFILES_MEASURED_H
#define REHEARSE_TESTS_CONFORMANCE_PROFILES_MEASURED_H

#include "rehearse/cache/policy.h"

/*
 * The caches whose results are known, each with its profile and with what whoever
 * measured it had configured away from the product's defaults.
 */
struct measured_cache {
    const char *name;    /* as in the suite's results; NULL ends the list */
    const char *profile; /* of rehearse/cache/profile.h */
    void (*configure)(struct cache_policy *policy); /* NULL: nothing */
    /* What the version in the published results did otherwise; NULL: nothing. */
    void (*as_published)(struct cache_policy *policy);
};

extern const struct measured_cache measured_caches[];
/* NULL when there is none of that name. */
const struct measured_cache *measured_cache_named(const char *name);
enum measured_how {
    AS_SHIPPED,   /* the product's own defaults */
    AS_MEASURED,  /* as the suite's docker folder configures it */
    AS_PUBLISHED, /* the same in the version of the published results */
};
struct cache_policy measured_policy(const struct measured_cache *cache, enum measured_how how);

#endif
