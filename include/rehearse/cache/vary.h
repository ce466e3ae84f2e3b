#ifndef REHEARSE_CACHE_VARY_H
#define REHEARSE_CACHE_VARY_H

#include "rehearse/base/strbuf.h"
#include "rehearse/cache/policy.h"
#include "rehearse/http/exchange.h"

/*
 * Vary as a set of request field names, and the variant it selects: RFC 9111
 * section 4.1. Names are sorted, each once, lower case.
 */
struct vary {
    bool any;           /* "*": no later request matches */
    struct span *names; /* in the arena */
    size_t len;
};

/* All Vary lines of a response. Members that are no field names are passed over. */
struct vary vary_of(const struct http_fields *response, struct arena *arena);
bool vary_eq(const struct vary *a, const struct vary *b);

/*
 * Does the Vary of a stored response, fetched by `asked`, select it for `request`
 * (section 4.1)? Values are compared as they come, without memory of their own;
 * what policy->vary says of Vary and what it normalises counts. More than
 * VARY_NAMES_MAX names select nothing.
 */
#define VARY_NAMES_MAX 256
bool vary_selects(const struct cache_policy *policy, const struct http_fields *response,
                  const struct http_request *asked, const struct http_request *request);

/*
 * The variant a request selects, as text: one line a field, "name=value", or
 * "name" when the request has no such field. Equal texts select the same
 * variant. White space around commas does not count. Not for `any`.
 */
void variant_key_add(struct strbuf *out, const struct vary *vary,
                     const struct http_request *request);

#endif
