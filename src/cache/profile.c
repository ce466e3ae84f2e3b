#include "rehearse/cache/profile.h"

#include "profiles.h"

static const struct cache_profile *const all[] = {
    &profile_rfc,        &profile_akamai, &profile_apache, &profile_cloudflare,
    &profile_cloudfront, &profile_fastly, &profile_google, &profile_haproxy,
    &profile_nginx,      &profile_nuster, &profile_squid,  &profile_trafficserver,
    &profile_varnish,    &profile_vercel,
};
#define COUNT(table) (sizeof(table) / sizeof *(table))

/* Other names people use. */
static const struct {
    const char *said;
    const struct cache_profile *meant;
} other_names[] = {
    { "rfc9111", &profile_rfc },
    { "strict", &profile_rfc },
    { "ats", &profile_trafficserver },
    { "apache-httpd", &profile_apache },
    { "httpd", &profile_apache },
    { "mod_cache", &profile_apache },
    { "proxy_cache", &profile_nginx },
    { "amazon-cloudfront", &profile_cloudfront },
    { "cloud-cdn", &profile_google },
    { "gcp", &profile_google },
    { "google-cloud-cdn", &profile_google },
};

const struct cache_profile *cache_profile_named(struct span name)
{
    for (size_t i = 0; i < COUNT(all); i++)
        if (span_ieq(all[i]->name, name))
            return all[i];
    for (size_t i = 0; i < COUNT(other_names); i++)
        if (span_ieq(span_of(other_names[i].said), name))
            return other_names[i].meant;
    return NULL;
}

const struct cache_profile *const *cache_profiles(size_t *ret_count)
{
    *ret_count = COUNT(all);
    return all;
}

const char *profile_evidence_name(enum profile_evidence evidence)
{
    static const char *const names[] = {
        [PROFILE_MEASURED] = "measured",
        [PROFILE_SOURCE] = "source",
        [PROFILE_DOCUMENTED] = "documented",
        [PROFILE_ASSUMED] = "assumed",
    };
    return names[evidence];
}
