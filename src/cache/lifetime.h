#ifndef REHEARSE_SRC_CACHE_LIFETIME_H
#define REHEARSE_SRC_CACHE_LIFETIME_H

#include "rehearse/cache/judged.h"

/* No rule knows the time: years of two digits are those around the first day of 2020. */
#define DATES_AROUND_S INT64_C(1577836800)

/* The numbers behind freshness.h, without their reasons: what the hot path asks for. */
struct lifetime {
    int64_t s;
    enum freshness_source source;
    bool bounded; /* by the cache's own bounds, from what the source says */
};
struct lifetime lifetime_of(const struct cache_policy *policy, const struct judged_response *judged,
                            int64_t received_s);
struct reason lifetime_reason(const struct judged_response *judged, struct lifetime life);
/* The field that set it; SPAN_NONE when none did. */
struct span lifetime_field(const struct judged_response *judged, enum freshness_source source);
/* May a lifetime be guessed for this status? RFC 9110 section 15.1, unless the policy lists its
 * own. */
bool any_status_is_permitted(const struct cache_policy *policy, unsigned says);
bool status_may_be_guessed(const struct cache_policy *policy, int status);
/* Section 4.2.3. */
int64_t age_at(const struct cache_policy *policy, const struct judged_response *judged,
               struct exchange_times times, int64_t now_s);

/* How long past its lifetime it may be served. `forbidden`: NULL, or why not at all. */
struct stale_windows {
    int64_t while_revalidate_s, if_error_s;
    const struct reason *forbidden; /* its field is not set: it is judged->field */
};
struct stale_windows stale_windows_of(const struct cache_policy *policy,
                                      const struct judged_response *judged);
/* to - from, held in bounds. */
int64_t seconds_between(int64_t from_s, int64_t to_s);

#endif
