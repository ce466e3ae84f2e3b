#ifndef REHEARSE_CACHE_POLICY_H
#define REHEARSE_CACHE_POLICY_H

#include "rehearse/base/span.h"

/*
 * Which cache is asked. The rules of this room are those of RFC 9111 for a shared
 * cache; a policy says where a given cache goes its own way. Data, no code: a
 * profile of a product is one more constant. Zeroed: the RFC, without heuristics.
 */
struct cache_policy {
    const char *name;
    /* Fields that come before Cache-Control, best first (RFC 9213 section 2.2); the first usable
     * one wins alone. */
    const struct span *targets;
    size_t target_count;
    /* Surrogate-Control beats Cache-Control, comes behind the targets. */
    bool reads_surrogate_control;
    /* Set-Cookie keeps a response out, which no RFC asks for and most caches do. */
    bool set_cookie_forbids_storing;
    /* stale-while-revalidate counts beside s-maxage, although s-maxage implies proxy-revalidate. */
    bool serves_stale_beside_s_maxage;
    /* Lifetime without an explicit one: this share of Date - Last-Modified, at most so long. 0:
     * none. */
    unsigned heuristic_percent;
    int64_t heuristic_max_s;
};

/* RFC 9111 to the letter, with the heuristic it names as typical (section 4.2.2). */
extern const struct cache_policy cache_policy_rfc;
/*
 * What CDNs have in common: CDN-Cache-Control and Surrogate-Control before
 * Cache-Control, nothing stored with Set-Cookie, stale-while-revalidate honoured.
 */
extern const struct cache_policy cache_policy_cdn;

#endif
