#ifndef REHEARSE_CACHE_STORABILITY_H
#define REHEARSE_CACHE_STORABILITY_H

#include "rehearse/cache/policy.h"
#include "rehearse/cache/reason.h"
#include "rehearse/http/exchange.h"

/*
 * May a shared cache store this response to this request: RFC 9111 section 3.
 * Arithmetic only: no clock, no allocation. Judges what is recorded: where the
 * source left fields out (MARK_ALL_RESPONSE_FIELDS), the caller must say so.
 */
struct storability {
    bool storable;
    struct reason why; /* the rule that forbids it, or the one that permits it */
};

struct storability storability_of(const struct cache_policy *policy,
                                  const struct http_request *request,
                                  const struct http_response *response);

/* The same from what was judged before; `request` and `response` are what that was made from. */
struct judged_request;
struct judged_response;
struct storability storability_judged(const struct cache_policy *policy,
                                      const struct http_request *request,
                                      const struct judged_request *asked,
                                      const struct http_response *response,
                                      const struct judged_response *judged);

/* RFC 9110 section 15.1: may be stored without an explicit lifetime. */
bool status_is_heuristically_cacheable(int status);

#endif
