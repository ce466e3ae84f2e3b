#ifndef REHEARSE_CACHE_FRESHNESS_H
#define REHEARSE_CACHE_FRESHNESS_H

#include "rehearse/cache/policy.h"
#include "rehearse/cache/reason.h"
#include "rehearse/http/exchange.h"

/*
 * How long a stored response may be reused: RFC 9111 section 4.2 and RFC 5861.
 *
 * Arithmetic only. No clock, no I/O, no allocation: the caller says which moment
 * it asks about, so a unit test, a replay at 50x speed and a live run all take
 * the same path. Times are Unix seconds.
 */

/* Which rule set the lifetime. */
enum freshness_source {
    FRESHNESS_NONE = 0,
    FRESHNESS_S_MAXAGE,
    FRESHNESS_MAX_AGE,
    FRESHNESS_EXPIRES,
    FRESHNESS_HEURISTIC,
    FRESHNESS_DEFAULT, /* the cache's own configuration */
};

/* When the exchange happened, by our clock. */
struct exchange_times {
    int64_t requested_s;
    int64_t received_s;
};

struct freshness {
    enum freshness_source source;
    int64_t lifetime_s;
    int64_t age_s; /* corrected age at the moment asked about, section 4.2.3 */
    /* Unqualified no-cache: never without asking the origin, however fresh (section 5.2.2.4). */
    bool must_validate;
    /* How long past the lifetime it may still be served; 0: not at all. */
    int64_t stale_while_revalidate_s;
    int64_t stale_if_error_s;
    struct reason why;       /* of the lifetime */
    struct reason why_stale; /* what forbids or allows stale answers */
};

/* From what was judged before (judged.h). */
struct judged_response;
struct freshness freshness_judged(const struct cache_policy *policy,
                                  const struct judged_response *judged, struct exchange_times times,
                                  int64_t now_s);
/* The lifetime alone, as of the moment it was received: what a comparison of headers asks. age_s is
 * what Age and Date say. */
struct freshness freshness_on_arrival(const struct cache_policy *policy,
                                      const struct http_response *response, int64_t received_s);

#endif
