#include "profiles_measured.h"

#include <string.h>

#include "rehearse/cache/profile.h"

/* docker/apache/apache.conf: CacheDefaultExpire 0, CacheIgnoreNoLastMod On, CacheStoreExpired On.
 */
static void as_measured_apache(struct cache_policy *policy)
{
    policy->needs_lifetime = false;
    policy->default_lifetime_s = 0;
}

/* docker/nginx/nginx.conf: proxy_cache_revalidate on. */
static void as_measured_nginx(struct cache_policy *policy)
{
    policy->never_validates = false;
}

/* docker/serve.sh: default_ttl=0, default_grace=0, default_keep=3600. */
static void as_measured_varnish(struct cache_policy *policy)
{
    policy->default_lifetime_s = 0;
    policy->default_stale_while_revalidate_s = 0;
}

/* profiles_real: max-age 3600. */
static void as_measured_haproxy(struct cache_policy *policy)
{
    policy->max_lifetime_s = 3600;
}

const struct measured_cache measured_caches[] = {
    { "apache", "apache", as_measured_apache },
    { "fastly", "fastly", NULL },
    { "haproxy", "haproxy", as_measured_haproxy },
    { "nginx", "nginx", as_measured_nginx },
    { "nuster", "nuster", NULL },
    { "squid", "squid", NULL },
    { "trafficserver", "trafficserver", NULL },
    { "varnish", "varnish", as_measured_varnish },
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
    struct cache_policy policy = *cache_profile_named(span_of(cache->profile))->policy;
    if (cache->configure)
        cache->configure(&policy);
    return policy;
}
