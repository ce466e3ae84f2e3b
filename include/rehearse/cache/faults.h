#ifndef REHEARSE_CACHE_FAULTS_H
#define REHEARSE_CACHE_FAULTS_H

#include "rehearse/cache/judged.h"

/*
 * What a response's cache fields have wrong, and how a cache took it: everything
 * that was tolerated on the way to an answer, for a report.
 */
struct cache_fault {
    struct span field;    /* static, or the policy's */
    const char *sentence; /* static: "Age is no number of seconds." */
};
#define CACHE_FAULTS_MAX 64
/*
 * Of the fields that this policy reads, and of Cache-Status and Set-Cookie, in a fixed
 * order; at most `max`. What is odd about a date is told by what http/date.h has to say of it.
 */
size_t cache_faults_of(const struct cache_policy *policy, const struct http_response *response,
                       struct arena *arena, struct cache_fault *ret, size_t max);

#endif
