#include "rehearse/cache/decision.h"
#include "rehearse/cache/no_vary_search.h"

/* Which targets one stored response answers. */

static struct span query_of(struct span target, struct span *ret_path)
{
    struct span query = target;
    *ret_path = span_cut(&query, '?');
    return query;
}

static struct no_vary_search said(const struct cache_policy *policy,
                                  const struct http_fields *response, struct arena *arena)
{
    if (!policy->reads_no_vary_search)
        return (struct no_vary_search){ 0 };
    return no_vary_search_of(response, NO_VARY_ANY_DIALECT, arena);
}

bool cache_target_matches(const struct cache_policy *policy, const struct http_fields *response,
                          const struct http_request *asked, const struct http_request *request,
                          struct arena *arena)
{
    struct span a_path, b_path;
    if (span_eq(asked->target, request->target))
        return true;
    if (!policy->reads_no_vary_search)
        return false;
    struct span a = query_of(asked->target, &a_path);
    struct span b = query_of(request->target, &b_path);
    if (!span_eq(a_path, b_path))
        return false;
    struct no_vary_search n = said(policy, response, arena);
    return no_vary_search_equal(&n, a, b);
}
