#include "profiles_measured.h"

#include <string.h>

const struct measured_cache measured_caches[] = {
    { "apache", "apache", NULL },
    { NULL, NULL, NULL },
};

const struct measured_cache *measured_cache_named(const char *name)
{
    for (const struct measured_cache *c = measured_caches; c->name; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

struct cache_policy measured_policy(const struct measured_cache *cache)
{
    struct cache_policy policy = cache_policy_rfc;
    if (cache->configure)
        cache->configure(&policy);
    return policy;
}
