#ifndef REHEARSE_HTTP_METHOD_H
#define REHEARSE_HTTP_METHOD_H

#include "rehearse/http/exchange.h"

/*
 * Safe (RFC 9110, section 9.2.1): GET, HEAD, OPTIONS, TRACE and QUERY. Anything
 * else, unknown methods too, may change what is behind it.
 */
bool method_is_safe(struct span method);
bool method_is_idempotent(struct span method);
/* The method that a server would go by: an override's (X-HTTP-Method-Override and its kin, _method
 * in the query or a form), else the method itself. Spelling kept. */
struct span method_effective(const struct http_request *request);

/*
 * Would sending this request change something, by all its signs: the method, a
 * method override (X-HTTP-Method-Override and its kin, _method), a GraphQL
 * mutation over GET, a Server Action, a path that is known to act on GET (/logout, ?add-to-cart=)?
 * Returns NULL when it looks safe, else the sign in a few words (static).
 */
const char *request_mutates(const struct http_request *request);

#endif
