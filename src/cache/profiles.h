#ifndef REHEARSE_SRC_CACHE_PROFILES_H
#define REHEARSE_SRC_CACHE_PROFILES_H

#include "rehearse/cache/profile.h"

/* The tables behind profile.h: profile_programs.c and profile_services.c. */
extern const struct cache_profile profile_rfc;
extern const struct cache_profile profile_apache, profile_haproxy, profile_nginx, profile_nuster,
    profile_squid, profile_trafficserver, profile_varnish;
extern const struct cache_profile profile_akamai, profile_cloudflare, profile_cloudfront,
    profile_fastly, profile_google, profile_vercel;

#define PROFILE_TEXT(literal)                                                                      \
    {                                                                                              \
        "" literal "", sizeof(literal) - 1                                                         \
    }
#define PROFILE_COUNT(table) (sizeof(table) / sizeof *(table))
#define PROFILE_FACTS(table) .facts = (table), .fact_count = PROFILE_COUNT(table)

#endif
