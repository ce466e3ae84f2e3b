#include "rehearse/cache/storability.h"

#include "lifetime.h"
#include "question.h"
#include "rehearse/cache/decision.h"
#include "rehearse/http/url.h"

/* Section numbers without a name are those of RFC 9111. */
#define SECTION_3 "RFC 9111 section 3"

static bool among(int status, const int *statuses, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (status == statuses[i])
            return true;
    return false;
}

#define COUNT(table) (sizeof(table) / sizeof *(table))

bool status_is_heuristically_cacheable(int status)
{
    static const int statuses[] = { 200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501 };
    return status == 200 || among(status, statuses, COUNT(statuses));
}

/* What every rule looks at. */
struct subject {
    const struct cache_policy *policy;
    const struct http_request *request;
    const struct judged_request *asked;
    const struct http_response *response;
    const struct judged_response *judged;
    unsigned says;
};

/* A final status this room knows what to do with: must-understand asks for that (section 5.2.2.3).
 */
static bool is_understood(int status)
{
    static const int statuses[] = { 200, 203, 204, 300, 301, 302, 303,
                                    307, 308, 404, 405, 410, 414, 501 };
    return among(status, statuses, COUNT(statuses));
}

/* Each answers: does this rule forbid storing? */
static bool no_response(const struct subject *s)
{
    return s->judged->status == 0;
}

/* Explicit, in the sense of RFC 9110 section 9.3.3. */
static bool has_explicit_lifetime(const struct subject *s)
{
    return s->says & (SAYS_MAX_AGE | SAYS_S_MAXAGE | SAYS_EXPIRES);
}

static bool is_own_uri(const struct http_request *request, struct span reference)
{
    struct url url;
    if (span_eq(reference, request->target))
        return true;
    return url_parse(&url, reference) && span_ieq(url.authority, request->authority) &&
           span_eq(url.target, request->target);
}

static bool method_not_understood(const struct subject *s)
{
    if (s->asked->method == METHOD_GET || s->asked->method == METHOD_HEAD)
        return false;
    if (s->asked->method != METHOD_POST || !s->policy->stores_post)
        return true;
    struct span own = http_fields_value(&s->response->fields, SPAN("Content-Location"));
    return !has_explicit_lifetime(s) || span_is_none(own) ||
           !is_own_uri(s->request, span_trim(own));
}

static bool not_final(const struct subject *s)
{
    return s->judged->status < 200;
}

static bool partial_or_not_modified(const struct subject *s)
{
    struct held_part part;
    if (s->judged->status == 206)
        return !s->policy->stores_partial || s->asked->method != METHOD_GET ||
               !held_part_of(s->response, &part);
    return s->judged->status == 304;
}

static bool status_not_understood(const struct subject *s)
{
    return s->says & SAYS_MUST_UNDERSTAND && !is_understood(s->judged->status);
}

static bool status_not_configured(const struct subject *s)
{
    if (s->policy->no_content_is_not_stored && s->judged->status == 204)
        return true;
    if (s->says & SAYS_CONFIGURED && s->judged->configured_s < 0)
        return true;
    return s->policy->statuses &&
           !among(s->judged->status, s->policy->statuses, s->policy->status_count);
}

static bool not_eligible(const struct subject *s)
{
    return s->policy->is_eligible &&
           !s->policy->is_eligible(s->request, s->response, has_explicit_lifetime(s));
}

static bool request_no_store(const struct subject *s)
{
    return s->asked->asks & ASKS_NO_STORE;
}

/* Section 5.2.2.3: who understands the status passes over no-store beside must-understand. */
static bool no_store(const struct subject *s)
{
    return s->says & SAYS_NO_STORE && !(s->says & SAYS_MUST_UNDERSTAND);
}

static bool is_private(const struct subject *s)
{
    return s->says & SAYS_PRIVATE;
}

static bool no_cache_keeps_out(const struct subject *s)
{
    return s->policy->no_cache_forbids_storing && s->says & SAYS_NO_CACHE;
}

static bool number_keeps_out(const struct subject *s)
{
    return s->policy->bad_number == BAD_NUMBER_NO_CACHE && s->says & SAYS_LIFETIME_BAD;
}

/* Section 3.5. */
bool authorization_keeps_out(const struct cache_policy *policy, unsigned asks, unsigned says)
{
    if (!(asks & ASKS_AUTHORIZED) || policy->authorized == AUTHORIZED_IS_STORED)
        return false;
    if (policy->authorized == AUTHORIZED_NEEDS_PUBLIC)
        return !(says & SAYS_PUBLIC);
    return policy->authorized == AUTHORIZED_PASSES || policy->authorized == AUTHORIZED_FORBIDS ||
           !(says & (SAYS_MUST_REVALIDATE | SAYS_PUBLIC | SAYS_S_MAXAGE_NUMBER));
}

static bool authorized(const struct subject *s)
{
    return authorization_keeps_out(s->policy, s->asked->asks, s->says);
}

static bool sets_cookie(const struct subject *s)
{
    return s->policy->set_cookie_forbids_storing && s->says & SAYS_SET_COOKIE &&
           !(s->says & (SAYS_COOKIE_LISTED | SAYS_CONFIGURED));
}

static bool varies_on_everything(const struct subject *s)
{
    return s->says & SAYS_VARY_ANY && s->policy->vary != VARY_IGNORED;
}

static bool varies_beyond(const struct subject *s)
{
    return s->policy->vary == VARY_FORBIDS && s->says & SAYS_VARY_OTHER;
}

/* The last bullet of section 3, each permission in turn. */
static bool expires_counts(const struct subject *s)
{
    return s->says & SAYS_EXPIRES;
}

static bool heuristic_status(const struct subject *s)
{
    return !s->policy->needs_lifetime && status_may_be_guessed(s->policy, s->judged->status);
}

static bool configured(const struct subject *s)
{
    struct lifetime life = lifetime_of(s->policy, s->judged, 0);
    return life.source == FRESHNESS_DEFAULT;
}

static bool is_public(const struct subject *s)
{
    return s->says & SAYS_PUBLIC && !s->policy->needs_lifetime;
}

static bool is_permitted(const struct subject *s)
{
    return any_status_is_permitted(s->policy, s->says);
}

/* Where this cache wants to be told, it does not guess. */
static bool has_to_be_told(const struct subject *s)
{
    return (s->policy->ok_needs_lifetime && s->judged->status == 200) ||
           (s->policy->query_needs_lifetime && span_find_char(s->request->target, '?') >= 0);
}

static bool nothing_permits(const struct subject *s)
{
    if (s->says & SAYS_CONFIGURED)
        return false;
    if (has_to_be_told(s))
        return !has_explicit_lifetime(s);
    return !has_explicit_lifetime(s) && !is_public(s) && !is_permitted(s) && !heuristic_status(s) &&
           !configured(s);
}

/* As of the moment it was made: a lifetime of nothing, or used up before it came. */
static bool stale_on_arrival(const struct subject *s)
{
    if (!s->policy->stale_is_not_stored || s->says & SAYS_CONFIGURED)
        return false;
    struct lifetime life = lifetime_of(s->policy, s->judged, 0);
    /* Held against the cache's clock, which is not known here. */
    if (life.source == FRESHNESS_EXPIRES && !(s->says & SAYS_EXPIRES_BAD) &&
        s->policy->ignores_response & RESPONSE_DATE_IN_EXPIRES)
        return false;
    return life.s <= s->judged->age_s;
}

static bool has_s_maxage(const struct subject *s)
{
    return s->says & SAYS_S_MAXAGE;
}

static bool has_max_age(const struct subject *s)
{
    return s->says & SAYS_MAX_AGE;
}

/* The fields a rule may name; field_obeyed is where the directives obeyed came from. */
static const struct span field_none = { NULL, 0 };
static const struct span field_obeyed = { "", 0 };
static const struct span field_request_cc = { "Cache-Control", 13 };
static const struct span field_authorization = { "Authorization", 13 };
static const struct span field_set_cookie = { "Set-Cookie", 10 };
static const struct span field_vary = { "Vary", 4 };
static const struct span field_expires = { "Expires", 7 };

struct rule {
    bool (*applies)(const struct subject *s);
    const char *id;
    const struct span *field;
    const char *section;
    const char *sentence;
};

/*
 * The ids are those of cdn.md B.1; from B-S8 on they are ours for what caches do
 * beyond the RFC.
 */
static const struct rule forbidding[] = {
    { no_response, "B-S0", &field_none, "", "No response is known." },
    { method_not_understood, "B-S1", &field_none, SECTION_3,
      "Shared caches store answers to GET and HEAD only." },
    { not_final, "B-S2", &field_none, SECTION_3, "An interim (1xx) response is never stored." },
    { partial_or_not_modified, "B-S3", &field_none, "RFC 9111 section 3.3",
      "A 206 or 304 adds to a stored response and is none by itself." },
    { status_not_understood, "B-S3", &field_obeyed, "RFC 9111 section 5.2.2.3",
      "must-understand, and the status is not one the cache understands." },
    { status_not_configured, "B-S11", &field_none, "",
      "This cache is not set up to store answers of that status." },
    { not_eligible, "B-S15", &field_none, "",
      "This cache does not keep this kind of content unless it is configured to." },
    { request_no_store, "B-S4", &field_request_cc, "RFC 9111 section 5.2.1.5",
      "The request said no-store." },
    { no_store, "B-S4", &field_obeyed, "RFC 9111 section 5.2.2.5",
      "no-store keeps it out of every cache." },
    { is_private, "B-S5", &field_obeyed, "RFC 9111 section 5.2.2.7",
      "private keeps it out of shared caches." },
    { no_cache_keeps_out, "B-S12", &field_obeyed, "",
      "no-cache: this cache does not store what it would have to ask about every time." },
    { number_keeps_out, "B-S13", &field_obeyed, "",
      "The lifetime is no number, and this cache then stores nothing." },
    { authorized, "B-S6", &field_authorization, "RFC 9111 section 3.5",
      "The request carried Authorization, and the response has none of public, "
      "must-revalidate and s-maxage." },
    { sets_cookie, "B-S8", &field_set_cookie, "",
      "Set-Cookie: most shared caches refuse to store a response that sets a cookie." },
    { varies_on_everything, "B-S9", &field_vary, "RFC 9111 section 4.1",
      "Vary: * matches no later request, so storing it is of no use." },
    { varies_beyond, "B-S10", &field_vary, "",
      "Vary names a field by which this cache keeps no variants." },
    { nothing_permits, "B-S7", &field_none, SECTION_3,
      "No explicit lifetime, and the status may not be stored without one." },
    { stale_on_arrival, "B-S14", &field_obeyed, "",
      "It is stale as it comes, and this cache keeps only what it can serve." },
};

/* In the order of weight: what a report should name first. */
static const struct rule permitting[] = {
    { has_s_maxage, "B-S7", &field_obeyed, "RFC 9111 section 5.2.2.10",
      "s-maxage gives shared caches a lifetime." },
    { has_max_age, "B-S7", &field_obeyed, "RFC 9111 section 5.2.2.1", "max-age gives a lifetime." },
    { expires_counts, "B-S7", &field_expires, "RFC 9111 section 5.3", "Expires gives a lifetime." },
    { is_public, "B-S7", &field_obeyed, "RFC 9111 section 5.2.2.9", "public permits storing it." },
    { heuristic_status, "B-S7", &field_none, "RFC 9110 section 15.1",
      "The status may be stored without an explicit lifetime." },
    { is_permitted, "B-S7", &field_obeyed, "", "This cache takes that for a permission to store." },
    { configured, "B-S7", &field_none, "", "The cache's configuration gives it a lifetime." },
};

static struct reason reason_of(const struct rule *rule, const struct subject *s)
{
    return (struct reason){
        .rule = rule->id,
        .field = rule->field == &field_obeyed ? s->judged->field : *rule->field,
        .section = rule->section,
        .sentence = rule->sentence,
    };
}

struct storability storability_judged(const struct cache_policy *policy,
                                      const struct http_request *request,
                                      const struct judged_request *asked,
                                      const struct http_response *response,
                                      const struct judged_response *judged)
{
    struct subject s = { policy, request, asked, response, judged, judged->says };

    for (size_t i = 0; i < COUNT(forbidding); i++)
        if (forbidding[i].applies(&s))
            return (struct storability){ false, reason_of(&forbidding[i], &s) };
    size_t i = 0;
    while (!permitting[i].applies(&s))
        i++; /* nothing_permits() was false, so one of them does */
    return (struct storability){ true, reason_of(&permitting[i], &s) };
}

struct storability storability_of(const struct cache_policy *policy,
                                  const struct http_request *request,
                                  const struct http_response *response)
{
    struct judged_request asked;
    struct judged_response judged;
    judge_request(&asked, policy, request);
    judge_response(&judged, policy, response);
    return storability_judged(policy, request, &asked, response, &judged);
}
