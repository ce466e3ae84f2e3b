/* The lifetimes of a product's configuration, put into its rules. */
#include "rehearse/key/key_source.h"

/* What the origin says of lifetimes and storing. */
enum {
    ORIGIN_SAYS = RESPONSE_S_MAXAGE | RESPONSE_MAX_AGE | RESPONSE_EXPIRES | RESPONSE_NO_STORE |
                  RESPONSE_PRIVATE | RESPONSE_NO_CACHE,
};

enum { STATUS_END = 1000 };

static bool is_any(const struct range_lifetime *l)
{
    return l->first <= 100 && l->last >= STATUS_END - 1;
}

/* One line a status, "any other" last, as a policy wants them. What is said first of a status
 * counts. */
static const struct status_lifetime *by_status(const struct key_source *source, struct arena *arena,
                                               size_t *ret_count)
{
    struct status_lifetime *list = arena_calloc(arena, STATUS_END + 1, sizeof *list);
    const struct range_lifetime *any = NULL;
    bool said[STATUS_END] = { false };
    size_t len = 0;
    for (size_t i = 0; i < source->by_status_count; i++) {
        const struct range_lifetime *l = &source->by_status[i];
        if (is_any(l)) {
            any = any ? any : l;
            continue;
        }
        for (int status = l->first; status <= l->last && status < STATUS_END; status++) {
            if (!said[status])
                list[len++] = (struct status_lifetime){ status, l->lifetime_s };
            said[status] = true;
        }
    }
    if (any)
        list[len++] = (struct status_lifetime){ 0, any->lifetime_s };
    *ret_count = len;
    return list;
}

static void put_statuses(const struct key_source *source, struct cache_policy *policy,
                         struct arena *arena)
{
    if (!source->by_status_count)
        return;
    if (!source->lifetimes.statuses_override) {
        policy->defaults = by_status(source, arena, &policy->default_count);
        return;
    }
    policy->own_lifetimes = by_status(source, arena, &policy->own_lifetime_count);
    policy->drops_set_cookie = true; /* reference part A.2: cookie stripped, answer stored */
}

struct cache_policy key_source_policy(const struct key_source *source,
                                      const struct cache_policy *base, struct arena *arena)
{
    struct cache_policy policy = *base;
    const struct key_lifetimes *l = &source->lifetimes;
    if (l->min_s >= 0)
        policy.min_lifetime_s = l->min_s;
    if (l->max_s >= 0)
        policy.max_lifetime_s = l->max_s;
    if (l->default_s >= 0)
        policy.default_lifetime_s = l->default_s;
    if (l->drops_defaults) {
        policy.defaults = NULL;
        policy.default_count = 0;
    }
    /* CloudFront obeys no-store and its like only where the minimum is 0 (reference part A.3). */
    policy.prohibitions_give_min |= l->min_s > 0;
    if (l->overrides_origin && l->default_s >= 0) {
        policy.ignores_response |= ORIGIN_SAYS;
        policy.set_cookie_forbids_storing = false; /* reference part A.2 */
        policy.drops_set_cookie = true;
    }
    if (source->caches_everything)
        policy.is_eligible = NULL;
    put_statuses(source, &policy, arena);
    return policy;
}
