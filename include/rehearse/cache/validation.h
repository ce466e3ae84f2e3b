#ifndef REHEARSE_CACHE_VALIDATION_H
#define REHEARSE_CACHE_VALIDATION_H

#include "rehearse/cache/policy.h"
#include "rehearse/cache/reason.h"
#include "rehearse/http/exchange.h"

/*
 * Asking the origin whether a stored response still holds (RFC 9111 section 4.3),
 * and what an unsafe request makes of it (section 4.4). No clock, no I/O.
 */

enum precondition {
    PRECONDITION_NONE = 0,     /* the request is not conditional, or its condition cannot be read */
    PRECONDITION_NOT_MODIFIED, /* 304 is the answer */
    PRECONDITION_MODIFIED,     /* the whole response is */
};
struct precondition_answer {
    enum precondition answer;
    struct reason why;
};
/*
 * If-None-Match and If-Modified-Since of a GET or HEAD against a stored response
 * that came at `received_s` (RFC 9110 section 13.2.2, RFC 9111 section 4.3.2), as
 * this cache answers them: cache_policy.conditions.
 */
struct precondition_answer precondition_judge(const struct cache_policy *policy,
                                              const struct http_request *request,
                                              const struct http_response *stored,
                                              int64_t received_s);

/* Does a stored response take this field over from a 304 (RFC 9111 section 3.2)? */
bool field_is_refreshed(struct span name);
/* May a cache store and pass on this field of that message (RFC 9111 section 3.1)? */
bool field_is_stored(const struct http_fields *fields, struct span name);

/*
 * Does this exchange make stored responses of its URI invalid: an unsafe method
 * that did not fail (RFC 9111 section 4.4)? Most CDNs do not do it: never_invalidates,
 * invalidates_by_known_methods, invalidates_on_failure.
 */
bool exchange_invalidates_for(const struct cache_policy *policy, const struct http_request *request,
                              const struct http_response *response, struct reason *ret_why);
/*
 * The URIs it makes invalid: its own, then those of Location and Content-Location
 * when they have the same origin. Absolute, in the arena; how many, at most 3.
 */
#define INVALIDATED_MAX 3
size_t invalidated_uris(const struct http_request *request, const struct http_response *response,
                        struct arena *arena, struct span ret[INVALIDATED_MAX]);

#endif
