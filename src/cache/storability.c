#include "rehearse/cache/storability.h"

#include "rehearse/cache/directives.h"

/* Section numbers without a name are those of RFC 9111. */
#define SECTION_3 "RFC 9111 section 3"

bool status_is_heuristically_cacheable(int status)
{
    static const int statuses[] = { 200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501 };
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (status == statuses[i])
            return true;
    return false;
}

/* What every rule looks at. */
struct subject {
    const struct cache_policy *policy;
    const struct http_request *request;
    const struct http_response *response;
    struct obeyed_directives obeyed;
    bool asked_no_store; /* by the request's Cache-Control */
};

static bool has(const struct http_fields *fields, struct span name)
{
    return !span_is_none(http_fields_value(fields, name));
}

/* A final status this room knows what to do with: must-understand asks for that (section 5.2.2.3).
 */
static bool is_understood(int status)
{
    static const int statuses[] = { 200, 203, 204, 300, 301, 302, 303,
                                    307, 308, 404, 405, 410, 414, 501 };
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (status == statuses[i])
            return true;
    return false;
}

/* Each answers: does this rule forbid storing? */
static bool no_response(const struct subject *s)
{
    return s->response->status == 0;
}

static bool method_not_understood(const struct subject *s)
{
    return !span_eq(s->request->method, SPAN("GET")) && !span_eq(s->request->method, SPAN("HEAD"));
}

static bool not_final(const struct subject *s)
{
    return s->response->status < 200;
}

static bool partial_or_not_modified(const struct subject *s)
{
    return s->response->status == 206 || s->response->status == 304;
}

static bool status_not_understood(const struct subject *s)
{
    return s->obeyed.d.must_understand && !is_understood(s->response->status);
}

static bool request_no_store(const struct subject *s)
{
    return s->asked_no_store;
}

/* Section 5.2.2.3: who understands the status passes over no-store beside must-understand. */
static bool no_store(const struct subject *s)
{
    return s->obeyed.d.no_store && !s->obeyed.d.must_understand;
}

static bool is_private(const struct subject *s)
{
    return s->obeyed.d.is_private;
}

/* Section 3.5. */
static bool authorized(const struct subject *s)
{
    const struct directives *d = &s->obeyed.d;
    bool permitted = d->must_revalidate || d->is_public || d->s_maxage.valid;
    return !permitted && has(&s->request->fields, SPAN("Authorization"));
}

static bool sets_cookie(const struct subject *s)
{
    return s->policy->set_cookie_forbids_storing && has(&s->response->fields, SPAN("Set-Cookie")) &&
           !directive_fields_have(&s->obeyed.d.no_cache_fields, SPAN("Set-Cookie")) &&
           !directive_fields_have(&s->obeyed.d.private_fields, SPAN("Set-Cookie"));
}

static bool varies_on_everything(const struct subject *s)
{
    struct span rest;
    for (uint32_t i = 0; i < s->response->fields.len; i++) {
        if (!span_ieq(s->response->fields.at[i].name, SPAN("Vary")))
            continue;
        rest = s->response->fields.at[i].value;
        while (!span_is_none(rest))
            if (span_eq(span_trim(span_cut(&rest, ',')), SPAN("*")))
                return true;
    }
    return false;
}

/* The last bullet of section 3, each permission in turn. */
static bool expires_counts(const struct subject *s)
{
    return !s->obeyed.targeted && has(&s->response->fields, SPAN("Expires"));
}

static bool heuristic_status(const struct subject *s)
{
    return status_is_heuristically_cacheable(s->response->status);
}

static bool nothing_permits(const struct subject *s)
{
    const struct directives *d = &s->obeyed.d;
    return !d->is_public && !d->max_age.given && !d->s_maxage.given && !expires_counts(s) &&
           !heuristic_status(s);
}

static bool has_s_maxage(const struct subject *s)
{
    return s->obeyed.d.s_maxage.given;
}

static bool has_max_age(const struct subject *s)
{
    return s->obeyed.d.max_age.given;
}

static bool is_public(const struct subject *s)
{
    return s->obeyed.d.is_public;
}

/* The fields a rule may name; FIELD_OBEYED is the one directives_obeyed() chose. */
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

/* The ids are those of cdn.md B.1; B-S8 and B-S9 are ours for what caches do beyond the RFC. */
static const struct rule forbidding[] = {
    { no_response, "B-S0", &field_none, "", "No response is known." },
    { method_not_understood, "B-S1", &field_none, SECTION_3,
      "Shared caches store answers to GET and HEAD only." },
    { not_final, "B-S2", &field_none, SECTION_3, "An interim (1xx) response is never stored." },
    { partial_or_not_modified, "B-S3", &field_none, "RFC 9111 section 3.3",
      "A 206 or 304 adds to a stored response and is none by itself." },
    { status_not_understood, "B-S3", &field_obeyed, "RFC 9111 section 5.2.2.3",
      "must-understand, and the status is not one the cache understands." },
    { request_no_store, "B-S4", &field_request_cc, "RFC 9111 section 5.2.1.5",
      "The request said no-store." },
    { no_store, "B-S4", &field_obeyed, "RFC 9111 section 5.2.2.5",
      "no-store keeps it out of every cache." },
    { is_private, "B-S5", &field_obeyed, "RFC 9111 section 5.2.2.7",
      "private keeps it out of shared caches." },
    { authorized, "B-S6", &field_authorization, "RFC 9111 section 3.5",
      "The request carried Authorization, and the response has none of public, "
      "must-revalidate and s-maxage." },
    { sets_cookie, "B-S8", &field_set_cookie, "",
      "Set-Cookie: most shared caches refuse to store a response that sets a cookie." },
    { varies_on_everything, "B-S9", &field_vary, "RFC 9111 section 4.1",
      "Vary: * matches no later request, so storing it is of no use." },
    { nothing_permits, "B-S7", &field_none, SECTION_3,
      "No explicit lifetime, and the status may not be stored without one." },
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
};

static struct reason reason_of(const struct rule *rule, const struct subject *s)
{
    return (struct reason){
        .rule = rule->id,
        .field = rule->field == &field_obeyed ? s->obeyed.field : *rule->field,
        .section = rule->section,
        .sentence = rule->sentence,
    };
}

struct storability storability_of(const struct cache_policy *policy,
                                  const struct http_request *request,
                                  const struct http_response *response)
{
    struct span asked = SPAN("Cache-Control");
    struct subject s = { policy, request, response, directives_obeyed(policy, &response->fields),
                         has(&request->fields, asked) &&
                             directives_of(&request->fields, asked).no_store };

    for (size_t i = 0; i < sizeof forbidding / sizeof *forbidding; i++)
        if (forbidding[i].applies(&s))
            return (struct storability){ false, reason_of(&forbidding[i], &s) };
    size_t i = 0;
    while (!permitting[i].applies(&s))
        i++; /* nothing_permits() was false, so one of them does */
    return (struct storability){ true, reason_of(&permitting[i], &s) };
}
