#include "rehearse/cache/judged.h"

#include "rehearse/cache/field_kind.h"
#include "if_said.h"
#include "lifetime.h"
#include "obeyed.h"
#include "rehearse/cache/directives.h"
#include "rehearse/http/date.h"
#include "rehearse/http/token.h"

/*
 * One pass over the fields: a line's name is looked up once (field_kind.h), its
 * value is read once. Section numbers without a name are those of RFC 9111.
 */

#define IMF_FIXDATE_BYTES 29

static bool read_any_date(struct span text, const struct cache_policy *policy, int64_t *ret_s,
                          unsigned *faults)
{
    unsigned oddities;
    int64_t s;
    unsigned refused = policy->dates_refused;
    if (!refused && http_date_parse(text, ret_s)) {
        *faults |= text.len == IMF_FIXDATE_BYTES ? 0 : FAULT_DATE_LOOSE;
        return true;
    }
    if ((!policy->dates_tolerated && !refused) ||
        !http_date_read(text, DATES_AROUND_S, &s, &oddities) ||
        oddities & (~(HTTP_DATE_BY_RFC | policy->dates_tolerated) | refused))
        return false;
    *faults |= oddities ? FAULT_DATE_LOOSE : 0;
    *ret_s = s;
    return true;
}

/* Section 1.2.2: digits only; what is too large is 2147483648. False when it is none. */
static bool seconds_of(struct span text, int64_t *ret_s)
{
    int64_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!char_is_digit(text.ptr[i]))
            return false;
        n = n > DELTA_MAX ? n : n * 10 + (text.ptr[i] - '0');
    }
    *ret_s = n > DELTA_MAX ? DELTA_MAX : n;
    return text.len > 0;
}

/* The digits in front, as strtol(3) takes them. */
static struct span digits_in_front(struct span text)
{
    size_t n = 0;
    while (n < text.len && char_is_digit(text.ptr[n]))
        n++;
    return span_head(text, n);
}

/*
 * Section 5.1: one number; of a list the first, and what is no number does not
 * count. Two lines, and a list written as joined lines are ("3, 4"), were said by
 * two caches of which the second should have replaced what the first said.
 */
static void read_age(struct judged_response *r, const struct cache_policy *policy, struct span text,
                     bool again)
{
    if (policy->ignores_response & RESPONSE_AGE)
        return;
    struct span rest = text;
    struct span first = span_trim(span_cut(&rest, ','));
    bool joined = again || (rest.len && (rest.ptr[0] == ' ' || rest.ptr[0] == '\t'));
    if (again || !span_is_none(rest))
        r->faults |= FAULT_AGE_LIST;
    if (policy->doubtful_age == DOUBTFUL_AGE_DIGITS)
        first = digits_in_front(first);
    int64_t s;
    bool good = seconds_of(first, &s);
    if (!good)
        r->faults |= FAULT_AGE_BAD;
    if (policy->doubtful_age == DOUBTFUL_AGE_STALE && (joined || !good))
        r->says |= SAYS_AGE_DOUBTFUL;
    if (good && !again)
        r->age_s = s;
}

static void read_expires(struct judged_response *r, const struct cache_policy *policy,
                         struct span text)
{
    if (r->says & (SAYS_EXPIRES | SAYS_EXPIRES_BAD)) {
        r->faults |= FAULT_EXPIRES_TWICE;
        return;
    }
    r->says |= SAYS_EXPIRES;
    if (read_any_date(text, policy, &r->expires_s, &r->faults))
        return;
    if (policy->bad_expires_is_absent) {
        r->says &= ~(unsigned)SAYS_EXPIRES;
        r->faults |= FAULT_EXPIRES_BAD;
        return;
    }
    r->says |= SAYS_EXPIRES_BAD; /* "0" and friends: already expired, section 5.3 */
    r->faults |= FAULT_EXPIRES_BAD;
}

static void read_date(struct judged_response *r, const struct cache_policy *policy,
                      struct span text)
{
    if (r->says & SAYS_DATE)
        return;
    if (read_any_date(text, policy, &r->date_s, &r->faults))
        r->says |= SAYS_DATE;
    else
        r->faults |= FAULT_DATE_BAD;
}

static void read_last_modified(struct judged_response *r, const struct cache_policy *policy,
                               struct span text)
{
    if (!span_is_none(r->last_modified))
        return;
    r->last_modified = text;
    if (read_any_date(text, policy, &r->last_modified_s, &r->faults))
        r->says |= SAYS_LAST_MODIFIED;
    else
        r->faults |= FAULT_MODIFIED_BAD;
}

static void read_etag(struct judged_response *r, struct span text)
{
    if (r->says & SAYS_ETAG || text.len == 0)
        return;
    r->says |= SAYS_ETAG;
    r->etag = text;
    if (text.ptr[text.len - 1] != '"')
        r->faults |= FAULT_ETAG_UNQUOTED;
}

static bool is_vary_name_of(const struct cache_policy *policy, struct span name)
{
    for (size_t i = 0; i < policy->vary_name_count; i++)
        if (span_ieq(policy->vary_names[i], name))
            return true;
    return false;
}

static void read_vary_name(struct judged_response *r, const struct cache_policy *policy,
                           struct span name, bool alone)
{
    if (span_eq(name, SPAN("*"))) {
        if (policy->vary_star == VARY_STAR_SAYS_NOTHING ||
            (policy->vary_star != VARY_STAR_MATCHES_NOTHING && !alone))
            return;
        r->says |= SAYS_VARY_ANY;
    } else if (!http_is_token(name)) {
        r->faults |= FAULT_VARY_BAD;
    } else {
        r->says |= is_vary_name_of(policy, name) ? SAYS_VARY : SAYS_VARY | SAYS_VARY_OTHER;
        if (r->vary_names++ == VARY_NAMES_MAX) {
            r->says |= SAYS_VARY_ANY;
            r->faults |= FAULT_VARY_LONG;
        }
    }
}

static void read_vary(struct judged_response *r, const struct cache_policy *policy,
                      struct span rest)
{
    bool alone = span_eq(span_trim(rest), SPAN("*"));
    while (!span_is_none(rest)) {
        struct span name = span_trim(span_cut(&rest, ','));
        if (name.len)
            read_vary_name(r, policy, name, alone);
    }
}

static void read_response_line(struct judged_response *r, const struct cache_policy *policy,
                               enum field_kind kind, struct span value, bool again)
{
    switch (kind) {
    case FIELD_AGE:
        read_age(r, policy, value, again);
        break;
    case FIELD_DATE:
        read_date(r, policy, value);
        break;
    case FIELD_EXPIRES:
        read_expires(r, policy, value);
        break;
    case FIELD_ETAG:
        read_etag(r, value);
        break;
    case FIELD_LAST_MODIFIED:
        read_last_modified(r, policy, value);
        break;
    case FIELD_VARY:
        read_vary(r, policy, value);
        break;
    case FIELD_SET_COOKIE:
        r->says |= SAYS_SET_COOKIE;
        break;
    case FIELD_CONTENT_RANGE:
        r->says |= SAYS_CONTENT_RANGE;
        break;
    case FIELD_PRAGMA:
        if (span_ifind(value, SPAN("no-cache")) >= 0)
            r->says |= SAYS_PRAGMA_NO_CACHE;
        break;
    default:
        break;
    }
}

/* What the policy does not obey was not said. */
static unsigned unobeyed(unsigned ignores)
{
    static const struct {
        unsigned ignored, says;
    } rows[] = {
        { RESPONSE_S_MAXAGE, SAYS_S_MAXAGE | SAYS_S_MAXAGE_NUMBER },
        { RESPONSE_MAX_AGE, SAYS_MAX_AGE },
        { RESPONSE_EXPIRES, SAYS_EXPIRES | SAYS_EXPIRES_BAD },
        { RESPONSE_NO_STORE, SAYS_NO_STORE },
        { RESPONSE_PRIVATE, SAYS_PRIVATE },
        { RESPONSE_NO_CACHE, SAYS_NO_CACHE },
        { RESPONSE_MUST_REVALIDATE, SAYS_MUST_REVALIDATE | SAYS_PROXY_REVALIDATE },
        { RESPONSE_MUST_UNDERSTAND, SAYS_MUST_UNDERSTAND },
    };
    unsigned says = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        says |= ignores & rows[i].ignored ? rows[i].says : 0;
    return says;
}

static unsigned flags_of(const struct directives *d)
{
    return if_said(d->no_store, SAYS_NO_STORE) | if_said(d->is_private, SAYS_PRIVATE) |
           if_said(d->no_cache, SAYS_NO_CACHE) | if_said(d->must_revalidate, SAYS_MUST_REVALIDATE) |
           if_said(d->proxy_revalidate, SAYS_PROXY_REVALIDATE) |
           if_said(d->is_public, SAYS_PUBLIC) | if_said(d->must_understand, SAYS_MUST_UNDERSTAND) |
           if_said(d->immutable, SAYS_IMMUTABLE) | if_said(d->s_maxage.given, SAYS_S_MAXAGE) |
           if_said(d->s_maxage.valid, SAYS_S_MAXAGE_NUMBER) |
           if_said(d->max_age.given, SAYS_MAX_AGE);
}

/* no-cache="a" and private="a", sections 5.2.2.4 and 5.2.2.7. */
static unsigned lists_of(const struct directives *d, const struct cache_policy *policy,
                         unsigned says)
{
    const struct directive_fields *no_cache = &d->no_cache_fields, *private = &d->private_fields;
    struct span cookie = SPAN("Set-Cookie");
    if ((no_cache->len == 0 && private->len == 0) ||
        policy->ignores_response & RESPONSE_FIELD_LISTS)
        return 0;
    if (policy->ignores_response & RESPONSE_FIELD_LISTS_BROAD)
        return if_said(no_cache->len, SAYS_NO_CACHE) | if_said(private->len, SAYS_PRIVATE);
    return SAYS_FIELD_LISTS |
           if_said(says & SAYS_SET_COOKIE && (directive_fields_have(no_cache, cookie) ||
                                              directive_fields_have(private, cookie)),
                   SAYS_COOKIE_LISTED);
}

static void take_directives(struct judged_response *r, const struct cache_policy *policy,
                            const struct obeyed_directives *obeyed)
{
    const struct directives *d = &obeyed->d;
    unsigned ignores = policy->ignores_response;
    r->field = obeyed->field;
    r->faults |= d->faults;
    r->says |= flags_of(d) | lists_of(d, policy, r->says) |
               if_said(obeyed->targeted, SAYS_TARGETED) |
               if_said(d->no_store_remote && policy->surrogate_is_remote, SAYS_NO_STORE);
    if (d->s_maxage.given ? !d->s_maxage.valid : d->max_age.given && !d->max_age.valid)
        r->says |= SAYS_LIFETIME_BAD;
    r->s_maxage_s = d->s_maxage.s;
    r->max_age_s = d->max_age.s;
    bool zero =
        (d->max_age.valid && d->max_age.s == 0) || (d->s_maxage.valid && d->s_maxage.s == 0);
    if (zero && policy->zero_forbids_storing)
        r->says |= SAYS_NO_STORE;
    if (!(ignores & RESPONSE_STALE_WHILE)) {
        r->stale_while_revalidate_s = d->stale_while_revalidate.s;
        r->says |= if_said(d->stale_while_revalidate.valid, SAYS_STALE_WHILE);
    }
    if (!(ignores & RESPONSE_STALE_IF_ERROR)) {
        r->stale_if_error_s = d->stale_if_error.s;
        r->says |= if_said(d->stale_if_error.valid, SAYS_STALE_IF_ERROR);
    }
}

/*
 * Only a response with a field that holds directives pays for reading them. A name
 * of a target is not in field_kind.h: any name that ends in "-Control" may be one.
 */
static bool may_be_targeted(struct span name, enum field_kind kind)
{
    return kind == FIELD_SURROGATE_CONTROL ||
           (kind == FIELD_OTHER && name.len > 8 && (name.ptr[name.len - 1] | 0x20) == 'l' &&
            span_ieq(span_from(name, name.len - 8), SPAN("-Control")));
}

/* Section 5.4 gives Pragma no meaning in responses; some caches do. */
static void heed_pragma(struct judged_response *r)
{
    if (!(r->says & SAYS_PRAGMA_NO_CACHE))
        return;
    r->says |= SAYS_NO_CACHE;
    r->field = SPAN("Pragma");
}

static void search_prohibitions(struct judged_response *r, const struct http_fields *fields)
{
    for (uint32_t i = 0; i < fields->len; i++) {
        struct span value = fields->at[i].value;
        if (field_kind_of(fields->at[i].name) != FIELD_CACHE_CONTROL || span_is_none(value))
            continue;
        r->says |= if_said(span_ifind(value, SPAN("no-cache")) >= 0, SAYS_NO_CACHE) |
                   if_said(span_ifind(value, SPAN("no-store")) >= 0, SAYS_NO_STORE) |
                   if_said(span_ifind(value, SPAN("private")) >= 0, SAYS_PRIVATE);
    }
}

/* nginx: "60", "0" and "@1767225600"; "off" and what is no number say nothing. */
static void heed_accel_expires(struct judged_response *r, const struct http_fields *fields)
{
    struct span value = span_trim(http_fields_value(fields, SPAN("X-Accel-Expires")));
    bool moment = value.len && value.ptr[0] == '@';
    int64_t s;
    if (!seconds_of(moment ? span_from(value, 1) : value, &s))
        return;
    r->says &= ~(unsigned)(SAYS_NO_STORE | SAYS_NO_CACHE | SAYS_PRIVATE | SAYS_S_MAXAGE |
                           SAYS_S_MAXAGE_NUMBER | SAYS_EXPIRES | SAYS_EXPIRES_BAD |
                           SAYS_LIFETIME_BAD | SAYS_MAX_AGE);
    r->field = SPAN("X-Accel-Expires");
    r->says |= moment ? SAYS_EXPIRES : s ? SAYS_MAX_AGE : SAYS_NO_STORE;
    r->expires_s = s;
    r->max_age_s = s;
}

/* Only its prohibition counts, and that there is one. */
static void heed_surrogate(struct judged_response *r, const struct http_fields *fields)
{
    const struct http_field *f = http_fields_first(fields, SPAN("Surrogate-Control"));
    if (!f)
        return;
    r->says &= ~(unsigned)(SAYS_NO_STORE | SAYS_NO_CACHE | SAYS_PRIVATE);
    if (span_ifind(f->value, SPAN("no-store")) < 0)
        return;
    r->says |= SAYS_NO_STORE;
    r->field = SPAN("Surrogate-Control");
}

/* The configuration's own lifetime: what the response says of lifetimes and storing is passed over.
 */
static void configure(struct judged_response *r, int64_t lifetime_s)
{
    r->says &= ~(unsigned)(SAYS_NO_STORE | SAYS_NO_CACHE | SAYS_PRIVATE | SAYS_S_MAXAGE |
                           SAYS_S_MAXAGE_NUMBER | SAYS_MAX_AGE | SAYS_EXPIRES | SAYS_EXPIRES_BAD |
                           SAYS_LIFETIME_BAD | SAYS_STALE_WHILE | SAYS_STALE_IF_ERROR);
    r->says |= SAYS_CONFIGURED;
    r->configured_s = lifetime_s;
}

static void configure_status(struct judged_response *r, const struct cache_policy *policy)
{
    for (size_t i = 0; i < policy->own_lifetime_count; i++)
        if (policy->own_lifetimes[i].status == r->status || policy->own_lifetimes[i].status == 0) {
            configure(r, policy->own_lifetimes[i].lifetime_s);
            return;
        }
}

/* Which lines there were. */
struct lines_seen {
    bool age, targeted, cache_control;
    unsigned vary;
};

/* Where a product goes its own way with what was read; each knob of the policy in turn. */
static void take_own_ways(struct judged_response *r, const struct cache_policy *policy,
                          const struct http_fields *fields, const struct lines_seen *seen)
{
    if (seen->cache_control && policy->permissions)
        r->says |= SAYS_CONTROL;
    if (seen->cache_control && policy->searches_for_prohibitions)
        search_prohibitions(r, fields);
    if (policy->reads_accel_expires)
        heed_accel_expires(r, fields);
    if (policy->ignores_response)
        r->says &= ~unobeyed(policy->ignores_response);
    if (policy->vary_star == VARY_STAR_ONLY && seen->vary > 1 && !(r->faults & FAULT_VARY_LONG))
        r->says &= ~(unsigned)SAYS_VARY_ANY;
    if (policy->surrogate_control_forbids_storing &&
        http_fields_first(fields, SPAN("Surrogate-Control")))
        r->says |= SAYS_NO_STORE;
    if (policy->heeds_surrogate_no_store && seen->targeted)
        heed_surrogate(r, fields);
    if (policy->pragma == PRAGMA_COUNTS ||
        (policy->pragma == PRAGMA_STANDS_IN && !seen->cache_control))
        heed_pragma(r);
    if (policy->prohibitions_give_min && r->says & (SAYS_NO_STORE | SAYS_PRIVATE | SAYS_NO_CACHE))
        configure(r, policy->min_lifetime_s);
    configure_status(r, policy);
}

void judge_response(struct judged_response *ret, const struct cache_policy *policy,
                    const struct http_response *response)
{
    struct lines_seen seen = { 0 };
    *ret = (struct judged_response){ .status = response->status, .field = SPAN("Cache-Control") };
    for (uint32_t i = 0; i < response->fields.len; i++) {
        const struct http_field *f = &response->fields.at[i];
        enum field_kind kind = field_kind_of(f->name);
        if (span_is_none(f->value))
            continue;
        seen.targeted |= may_be_targeted(f->name, kind);
        if (kind == FIELD_OTHER)
            continue;
        read_response_line(ret, policy, kind, f->value, seen.age);
        seen.age |= kind == FIELD_AGE;
        seen.vary += kind == FIELD_VARY;
        seen.cache_control |= kind == FIELD_CACHE_CONTROL;
    }
    if (seen.targeted || seen.cache_control) {
        struct obeyed_directives obeyed;
        directives_obey(&obeyed, policy, &response->fields, seen.targeted);
        take_directives(ret, policy, &obeyed);
    }
    take_own_ways(ret, policy, &response->fields, &seen);
    if (ret->says & SAYS_TARGETED) /* RFC 9213 section 2.2 */
        ret->says &= ~(unsigned)(SAYS_EXPIRES | SAYS_EXPIRES_BAD);
}
