#include "lifetime.h"

#include "rehearse/cache/directives.h"
#include "rehearse/cache/storability.h"

/* Section numbers without a name are those of RFC 9111. */

/* A rule that applies sets *ret_s and says true. */
typedef bool lifetime_rule(const struct cache_policy *policy, const struct judged_response *r,
                           int64_t received_s, int64_t *ret_s);

static int64_t at_least_zero(int64_t s)
{
    return s > 0 ? s : 0;
}

/* A caller may give any two moments, so the difference is held in bounds. */
int64_t seconds_between(int64_t from_s, int64_t to_s)
{
    int64_t between;
    if (__builtin_sub_overflow(to_s, from_s, &between))
        return to_s > from_s ? DELTA_MAX : -DELTA_MAX;
    return between;
}

/* Date, or when it was received (RFC 9110 section 6.6.1). */
static int64_t date_of(const struct judged_response *r, int64_t received_s)
{
    return r->says & SAYS_DATE ? r->date_s : received_s;
}

static bool from_s_maxage(const struct cache_policy *policy, const struct judged_response *r,
                          int64_t received_s, int64_t *ret_s)
{
    (void)policy;
    (void)received_s;
    *ret_s = r->s_maxage_s; /* 0 when not a number: section 4.2.1 asks for stale */
    return r->says & SAYS_S_MAXAGE;
}

static bool from_max_age(const struct cache_policy *policy, const struct judged_response *r,
                         int64_t received_s, int64_t *ret_s)
{
    (void)policy;
    (void)received_s;
    *ret_s = r->max_age_s;
    return r->says & SAYS_MAX_AGE;
}

static bool from_expires(const struct cache_policy *policy, const struct judged_response *r,
                         int64_t received_s, int64_t *ret_s)
{
    int64_t from_s = policy->ignores_response & RESPONSE_DATE_IN_EXPIRES && received_s
                         ? received_s
                         : date_of(r, received_s);
    if (r->says & SAYS_EXPIRES_BAD) /* "0" and friends: already expired, section 5.3 */
        *ret_s = 0;
    else
        *ret_s = at_least_zero(seconds_between(from_s, r->expires_s));
    return r->says & SAYS_EXPIRES;
}

bool any_status_is_permitted(const struct cache_policy *policy, unsigned says)
{
    return (policy->permissions & PERMISSION_CONTROL && says & SAYS_CONTROL) ||
           (policy->permissions & PERMISSION_REVALIDATE &&
            says & (SAYS_MUST_REVALIDATE | SAYS_PROXY_REVALIDATE));
}

bool status_may_be_guessed(const struct cache_policy *policy, int status)
{
    if (!policy->guessed_statuses)
        return status_is_heuristically_cacheable(status);
    for (size_t i = 0; i < policy->guessed_count; i++)
        if (policy->guessed_statuses[i] == status)
            return true;
    return false;
}

/* The cache's configuration: by status first, then for all that RFC 9110 section 15.1 lets be
 * guessed. */
static bool from_configuration(const struct cache_policy *policy, const struct judged_response *r,
                               int64_t received_s, int64_t *ret_s)
{
    (void)received_s;
    if (r->says & SAYS_CONFIGURED) {
        *ret_s = at_least_zero(r->configured_s);
        return true;
    }
    for (size_t i = 0; i < policy->default_count; i++)
        if (policy->defaults[i].status == r->status || policy->defaults[i].status == 0) {
            *ret_s = policy->defaults[i].lifetime_s;
            return true;
        }
    /* Who guesses does so where there is something to guess from. */
    if (r->says & SAYS_LAST_MODIFIED && policy->heuristic_percent)
        return false;
    if (policy->default_needs_validator && r->status == 200 &&
        !(r->says & (SAYS_ETAG | SAYS_LAST_MODIFIED)))
        return false;
    *ret_s = policy->default_lifetime_s;
    return policy->default_lifetime_s > 0 &&
           (status_may_be_guessed(policy, r->status) || any_status_is_permitted(policy, r->says));
}

/* Section 4.2.2: for a status that permits it, or public. */
static bool from_last_modified(const struct cache_policy *policy, const struct judged_response *r,
                               int64_t received_s, int64_t *ret_s)
{
    if (policy->heuristic_percent == 0 || !(r->says & SAYS_LAST_MODIFIED))
        return false;
    if (!status_may_be_guessed(policy, r->status) && !(r->says & SAYS_PUBLIC))
        return false;
    int64_t age = at_least_zero(seconds_between(r->last_modified_s, date_of(r, received_s)));
    int64_t share =
        age / 100 * policy->heuristic_percent + age % 100 * policy->heuristic_percent / 100;
    *ret_s = share < policy->heuristic_max_s ? share : policy->heuristic_max_s;
    if (*ret_s < policy->heuristic_min_s)
        *ret_s = policy->heuristic_min_s;
    return true;
}

static const struct span field_expires = { "Expires", 7 };
static const struct span field_last_modified = { "Last-Modified", 13 };
static const struct span field_none = { NULL, 0 };

/* The first rule that applies wins: the order of section 4.2.1. */
static const struct {
    enum freshness_source source;
    lifetime_rule *applies;
    const struct span *field; /* NULL: the one the directives came from */
    const char *rule, *section, *sentence;
} rules[] = {
    { FRESHNESS_S_MAXAGE, from_s_maxage, NULL, "B-F1", "RFC 9111 section 4.2.1",
      "s-maxage sets the lifetime in shared caches." },
    { FRESHNESS_MAX_AGE, from_max_age, NULL, "B-F2", "RFC 9111 section 4.2.1",
      "max-age sets the lifetime." },
    { FRESHNESS_EXPIRES, from_expires, &field_expires, "B-F3", "RFC 9111 section 5.3",
      "Expires minus Date is the lifetime; an Expires that is no date has passed." },
    { FRESHNESS_DEFAULT, from_configuration, &field_none, "B-F5", "",
      "No lifetime is given: the cache's configuration sets one." },
    { FRESHNESS_HEURISTIC, from_last_modified, &field_last_modified, "B-F4",
      "RFC 9111 section 4.2.2", "No explicit lifetime: the cache guesses one from Last-Modified." },
};

struct lifetime lifetime_of(const struct cache_policy *policy, const struct judged_response *judged,
                            int64_t received_s)
{
    struct lifetime life = { 0, FRESHNESS_NONE, false };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        int64_t s;
        if (!rules[i].applies(policy, judged, received_s, &s))
            continue;
        life = (struct lifetime){ s, rules[i].source, false };
        break;
    }
    int64_t said = life.s;
    if (policy->max_lifetime_s && life.s > policy->max_lifetime_s)
        life.s = policy->max_lifetime_s;
    if (life.s < policy->min_lifetime_s)
        life.s = policy->min_lifetime_s;
    life.bounded = life.s != said;
    if (judged->says & SAYS_AGE_DOUBTFUL)
        life.s = 0;
    return life;
}

struct span lifetime_field(const struct judged_response *judged, enum freshness_source source)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].source == source)
            return rules[i].field ? *rules[i].field : judged->field;
    return SPAN_NONE;
}

struct reason lifetime_reason(const struct judged_response *judged, struct lifetime life)
{
    if (judged->says & SAYS_AGE_DOUBTFUL)
        return (struct reason){ "B-F7", SPAN("Age"), "RFC 9111 section 4.2.1",
                                "Age does not say how old it is, so it counts as stale." };
    if (judged->says & SAYS_CONFIGURED)
        return (struct reason){ "B-F9", SPAN_NONE, "",
                                "The cache's configuration sets the lifetime, whatever the "
                                "response says." };
    if (life.bounded)
        return (struct reason){ "B-F8", lifetime_field(judged, life.source), "",
                                "The cache's configuration bounds the lifetime." };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].source == life.source)
            return (struct reason){ rules[i].rule, rules[i].field ? *rules[i].field : judged->field,
                                    rules[i].section, rules[i].sentence };
    return (struct reason){ "B-F0", SPAN_NONE, "RFC 9111 section 4.2.2",
                            "No lifetime is given and none can be guessed." };
}

/* Keeping the RFC's own names so the two can be read together. */
int64_t age_at(const struct cache_policy *policy, const struct judged_response *judged,
               struct exchange_times t, int64_t now_s)
{
    int64_t apparent_age =
        policy->ignores_response & RESPONSE_DATE
            ? 0
            : at_least_zero(seconds_between(date_of(judged, t.received_s), t.received_s));
    int64_t response_delay = at_least_zero(seconds_between(t.requested_s, t.received_s));
    if (response_delay > DELTA_MAX)
        response_delay = DELTA_MAX;
    bool by_max_age = judged->says & (SAYS_MAX_AGE | SAYS_S_MAXAGE);
    bool by_expires = judged->says & SAYS_EXPIRES && !by_max_age;
    bool uncounted = (by_max_age && policy->max_age_counts_from_receipt) ||
                     (by_expires && policy->ignores_response & RESPONSE_AGE_IN_EXPIRES);
    int64_t age_value = uncounted ? 0 : judged->age_s;
    int64_t corrected_age_value = age_value + response_delay;
    int64_t corrected_initial_age =
        apparent_age > corrected_age_value ? apparent_age : corrected_age_value;
    int64_t resident_time = at_least_zero(seconds_between(t.received_s, now_s));
    int64_t age;
    if (__builtin_add_overflow(corrected_initial_age, resident_time, &age))
        age = INT64_MAX;
    return age;
}

/* Section 4.2.4: what forbids serving it past its lifetime, the strictest first. NULL: nothing
 * does. */
static const struct reason *stale_forbidden(const struct cache_policy *policy, unsigned says)
{
    static const struct {
        unsigned says;
        struct reason why;
    } rows[] = {
        { SAYS_NO_CACHE,
          { "B-R3",
            { NULL, 0 },
            "RFC 9111 section 5.2.2.4",
            "no-cache: the origin is asked every time." } },
        { SAYS_MUST_REVALIDATE,
          { "B-R4",
            { NULL, 0 },
            "RFC 9111 section 5.2.2.2",
            "must-revalidate forbids stale answers." } },
        { SAYS_PROXY_REVALIDATE,
          { "B-R4",
            { NULL, 0 },
            "RFC 9111 section 5.2.2.8",
            "proxy-revalidate forbids stale answers from shared caches." } },
        { SAYS_S_MAXAGE,
          { "B-R5",
            { NULL, 0 },
            "RFC 9111 section 5.2.2.10",
            "s-maxage implies proxy-revalidate: no stale answers from shared caches." } },
    };
    if (policy->serves_stale_beside_s_maxage)
        says &= ~(unsigned)SAYS_S_MAXAGE;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (says & rows[i].says)
            return &rows[i].why;
    return NULL;
}

/* What the response says of itself counts alone; the cache's own window is for those that say
 * nothing. */
struct stale_windows stale_windows_of(const struct cache_policy *policy,
                                      const struct judged_response *judged)
{
    struct stale_windows w = { .forbidden = stale_forbidden(policy, judged->says) };
    if (w.forbidden)
        return w;
    w.while_revalidate_s = judged->says & SAYS_STALE_WHILE
                               ? judged->stale_while_revalidate_s
                               : policy->default_stale_while_revalidate_s;
    w.if_error_s = judged->says & SAYS_STALE_IF_ERROR ? judged->stale_if_error_s
                                                      : policy->default_stale_if_error_s;
    return w;
}
