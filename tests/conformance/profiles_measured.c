#include "profiles_measured.h"

#include <string.h>

#include "rehearse/cache/profile.h"

/* docker/apache/apache.conf: CacheDefaultExpire 0, CacheIgnoreNoLastMod and CacheStoreExpired On.
 */
static void as_measured_apache(struct cache_policy *policy)
{
    policy->default_lifetime_s = 0;
    policy->stale_is_not_stored = false;
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
    policy->needs_lifetime = true;
    policy->default_stale_while_revalidate_s = 0;
}

/* profiles_real: max-age 3600. */
static void as_measured_haproxy(struct cache_policy *policy)
{
    policy->max_lifetime_s = 3600;
    policy->default_lifetime_s = 3600;
}

/* The service that was measured had a default TTL of 0: freshness-none says so. */
static void as_measured_fastly(struct cache_policy *policy)
{
    policy->default_lifetime_s = 0;
    policy->needs_lifetime = true;
}

/* 4.13, where the profile is of 5.7: min-fresh did not count yet. */
static void as_squid_4(struct cache_policy *policy)
{
    policy->ignores_request |= REQUEST_MIN_FRESH;
}

/* 8.0.8, where the profile is of 9.2. */
static void as_trafficserver_8(struct cache_policy *policy)
{
    policy->seconds_wrap = true;
    policy->vary_star = VARY_STAR_SAYS_NOTHING;
    policy->invalidates_on_failure = true;
}

const struct measured_cache measured_caches[] = {
    { "apache", "apache", as_measured_apache, NULL },
    { "fastly", "fastly", as_measured_fastly, NULL },
    { "haproxy", "haproxy", as_measured_haproxy, NULL },
    { "nginx", "nginx", as_measured_nginx, NULL },
    { "nuster", "nuster", NULL, NULL },
    { "squid", "squid", NULL, as_squid_4 },
    { "trafficserver", "trafficserver", NULL, as_trafficserver_8 },
    { "varnish", "varnish", as_measured_varnish, NULL },
    { NULL, NULL, NULL, NULL },
};

const struct measured_cache *measured_cache_named(const char *name)
{
    for (const struct measured_cache *c = measured_caches; c->name; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

struct cache_policy measured_policy(const struct measured_cache *cache, enum measured_how how)
{
    struct cache_policy policy = *cache_profile_named(span_of(cache->profile))->policy;
    if (how != AS_SHIPPED && cache->configure)
        cache->configure(&policy);
    if (how == AS_PUBLISHED && cache->as_published)
        cache->as_published(&policy);
    return policy;
}
