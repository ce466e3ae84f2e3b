#include "rehearse/cache/judged.h"

#include "field_kind.h"
#include "range.h"
#include "rehearse/cache/directives.h"
#include "rehearse/http/cookie.h"
#include "rehearse/http/date.h"
#include "rehearse/http/method.h"

/*
 * One pass over the fields: a line's name is looked up once (field_kind.h), its
 * value is read once. Section numbers without a name are those of RFC 9111.
 */

static bool any_form_of_date(struct span text, const struct cache_policy *policy, int64_t *ret_s,
                             unsigned *faults)
{
    if (http_date_parse(text, ret_s))
        return true;
    if (!policy->loose_dates || !cookie_date_parse(text, ret_s))
        return false;
    *faults |= FAULT_DATE_LOOSE;
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
    if (any_form_of_date(text, policy, &r->expires_s, &r->faults))
        return;
    r->says |= SAYS_EXPIRES_BAD; /* "0" and friends: already expired, section 5.3 */
    r->faults |= FAULT_EXPIRES_BAD;
}

static void read_date(struct judged_response *r, const struct cache_policy *policy,
                      struct span text)
{
    if (r->says & SAYS_DATE)
        return;
    if (any_form_of_date(text, policy, &r->date_s, &r->faults))
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
    if (any_form_of_date(text, policy, &r->last_modified_s, &r->faults))
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

static void read_vary(struct judged_response *r, const struct cache_policy *policy,
                      struct span rest)
{
    while (!span_is_none(rest)) {
        struct span name = span_trim(span_cut(&rest, ','));
        if (span_eq(name, SPAN("*")))
            r->says |= SAYS_VARY_ANY;
        else if (vary_name_ok(name))
            r->says |= is_vary_name_of(policy, name) ? SAYS_VARY : SAYS_VARY | SAYS_VARY_OTHER;
        else if (name.len)
            r->faults |= FAULT_VARY_BAD;
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

static unsigned if_said(bool said, unsigned bit)
{
    return said ? bit : 0;
}

static void take_directives(struct judged_response *r, const struct cache_policy *policy,
                            const struct obeyed_directives *obeyed)
{
    const struct directives *d = &obeyed->d;
    (void)policy;
    r->field = obeyed->field;
    r->says |=
        if_said(d->no_store, SAYS_NO_STORE) | if_said(d->is_private, SAYS_PRIVATE) |
        if_said(d->no_cache, SAYS_NO_CACHE) | if_said(d->must_revalidate, SAYS_MUST_REVALIDATE) |
        if_said(d->proxy_revalidate, SAYS_PROXY_REVALIDATE) | if_said(d->is_public, SAYS_PUBLIC) |
        if_said(d->must_understand, SAYS_MUST_UNDERSTAND) | if_said(d->immutable, SAYS_IMMUTABLE) |
        if_said(d->s_maxage.given, SAYS_S_MAXAGE) |
        if_said(d->s_maxage.valid, SAYS_S_MAXAGE_NUMBER) | if_said(d->max_age.given, SAYS_MAX_AGE) |
        if_said(d->no_cache_fields.len || d->private_fields.len, SAYS_FIELD_LISTS) |
        if_said(obeyed->targeted, SAYS_TARGETED);
    r->faults |= d->faults;
    r->s_maxage_s = d->s_maxage.s;
    r->max_age_s = d->max_age.s;
    r->stale_while_revalidate_s = d->stale_while_revalidate.s;
    r->stale_if_error_s = d->stale_if_error.s;
    if (obeyed->targeted) /* RFC 9213 section 2.2 */
        r->says &= ~(unsigned)(SAYS_EXPIRES | SAYS_EXPIRES_BAD);
    if (r->says & SAYS_FIELD_LISTS && r->says & SAYS_SET_COOKIE &&
        (directive_fields_have(&d->no_cache_fields, SPAN("Set-Cookie")) ||
         directive_fields_have(&d->private_fields, SPAN("Set-Cookie"))))
        r->says |= SAYS_COOKIE_LISTED;
}

void judge_response(struct judged_response *ret, const struct cache_policy *policy,
                    const struct http_response *response)
{
    *ret = (struct judged_response){ .status = response->status };
    bool seen_age = false;
    for (uint32_t i = 0; i < response->fields.len; i++) {
        const struct http_field *f = &response->fields.at[i];
        enum field_kind kind = field_kind_of(f->name);
        if (kind == FIELD_OTHER || span_is_none(f->value))
            continue;
        read_response_line(ret, policy, kind, f->value, seen_age);
        seen_age |= kind == FIELD_AGE;
    }
    struct obeyed_directives obeyed = directives_obeyed(policy, &response->fields);
    take_directives(ret, policy, &obeyed);
}

static enum judged_method method_of(struct span method)
{
    if (span_eq(method, SPAN("GET")))
        return METHOD_GET;
    if (span_eq(method, SPAN("HEAD")))
        return METHOD_HEAD;
    if (span_eq(method, SPAN("POST")))
        return METHOD_POST;
    return method_is_safe(method) ? METHOD_SAFE : METHOD_UNSAFE;
}

static void take_request_directives(struct judged_request *r, const struct directives *d)
{
    r->asks |= if_said(d->no_store, ASKS_NO_STORE) | if_said(d->no_cache, ASKS_NO_CACHE) |
               if_said(d->max_age.given, ASKS_MAX_AGE) |
               if_said(d->max_stale.valid, ASKS_MAX_STALE) |
               if_said(d->min_fresh.valid, ASKS_MIN_FRESH) |
               if_said(d->only_if_cached, ASKS_ONLY_IF_CACHED) |
               if_said(d->stale_if_error.valid, ASKS_STALE_IF_ERROR);
    r->faults |= d->faults;
    r->max_age_s = d->max_age.s;
    r->max_stale_s = d->max_stale.s;
    r->min_fresh_s = d->min_fresh.s;
    r->stale_if_error_s = d->stale_if_error.s;
}

static void read_range(struct judged_request *r, struct span value)
{
    r->asks |= ASKS_RANGES;
    if (r->method == METHOD_GET && range_parse(value, &r->range))
        r->asks |= ASKS_RANGE;
    else
        r->faults |= FAULT_RANGE_BAD;
}

static void read_request_line(struct judged_request *r, enum field_kind kind, struct span value)
{
    switch (kind) {
    case FIELD_AUTHORIZATION:
        r->asks |= ASKS_AUTHORIZED;
        break;
    case FIELD_COOKIE:
        r->asks |= if_said(value.len > 0, ASKS_COOKIE);
        break;
    case FIELD_IF_NONE_MATCH:
        r->asks |= ASKS_IF_NONE_MATCH;
        break;
    case FIELD_IF_MODIFIED_SINCE:
        if (http_date_parse(value, &r->if_modified_since_s))
            r->asks |= ASKS_IF_MODIFIED_SINCE;
        else
            r->faults |= FAULT_DATE_BAD;
        break;
    case FIELD_IF_MATCH:
    case FIELD_IF_UNMODIFIED_SINCE:
        r->asks |= ASKS_OTHER_CONDITION;
        break;
    case FIELD_RANGE:
        read_range(r, value);
        break;
    case FIELD_IF_RANGE:
        r->asks |= ASKS_IF_RANGE;
        r->if_range = value;
        break;
    case FIELD_PRAGMA:
        if (span_ifind(value, SPAN("no-cache")) >= 0)
            r->asks |= ASKS_PRAGMA;
        break;
    default:
        break;
    }
}

/* What the policy does not listen to was not said. */
static unsigned unheard(unsigned ignores)
{
    static const struct {
        unsigned ignored, asks;
    } rows[] = {
        { REQUEST_MAX_AGE, ASKS_MAX_AGE },
        { REQUEST_MAX_STALE, ASKS_MAX_STALE },
        { REQUEST_MIN_FRESH, ASKS_MIN_FRESH },
        { REQUEST_NO_CACHE, ASKS_NO_CACHE },
        { REQUEST_NO_STORE, ASKS_NO_STORE },
        { REQUEST_ONLY_IF_CACHED, ASKS_ONLY_IF_CACHED },
        { REQUEST_STALE_IF_ERROR, ASKS_STALE_IF_ERROR },
        { REQUEST_CONDITIONS, ASKS_IF_NONE_MATCH | ASKS_IF_MODIFIED_SINCE },
        { REQUEST_RANGE, ASKS_RANGE | ASKS_IF_RANGE },
    };
    unsigned asks = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        asks |= ignores & rows[i].ignored ? rows[i].asks : 0;
    return asks;
}

void judge_request(struct judged_request *ret, const struct cache_policy *policy,
                   const struct http_request *request)
{
    bool has_cache_control = false;
    *ret = (struct judged_request){ .method = method_of(request->method) };
    for (uint32_t i = 0; i < request->fields.len; i++) {
        const struct http_field *f = &request->fields.at[i];
        enum field_kind kind = field_kind_of(f->name);
        if (kind == FIELD_OTHER || span_is_none(f->value))
            continue;
        has_cache_control |= kind == FIELD_CACHE_CONTROL;
        read_request_line(ret, kind, f->value);
    }
    if (has_cache_control) {
        struct directives d = directives_of(&request->fields, SPAN("Cache-Control"));
        take_request_directives(ret, &d);
    }
    unsigned ignores = policy->ignores_request;
    if (ignores)
        ret->asks &= ~unheard(ignores);
    /* Section 5.4: Pragma speaks for clients that know no Cache-Control. */
    if (ret->asks & ASKS_PRAGMA && !has_cache_control && !(ignores & REQUEST_PRAGMA))
        ret->asks |= ASKS_NO_CACHE;
}

const char *cache_fault_sentence(unsigned bit)
{
    static const struct {
        unsigned bit;
        const char *sentence;
    } rows[] = {
        { DIRECTIVE_QUOTED_NUMBER, "A number of seconds in quotes was read as if it had none." },
        { DIRECTIVE_BAD_NUMBER, "A number of seconds is none." },
        { DIRECTIVE_DUPLICATE, "A directive is there twice." },
        { DIRECTIVE_CONFLICT, "Directives contradict each other; the stricter one counts." },
        { DIRECTIVE_UNQUOTED_FIELDS,
          "A list of field names without quotes was read as if quoted." },
        { DIRECTIVE_NEEDLESS_VALUE, "A directive has a value that it does not take; passed over." },
        { DIRECTIVE_NO_WINDOW, "A window for stale answers without a number says nothing." },
        { DIRECTIVE_OPEN_QUOTE, "A quoted value is not closed." },
        { DIRECTIVE_NOT_STRUCTURED,
          "A targeted field is no structured dictionary and is ignored whole." },
        { DIRECTIVE_OVERFLOW, "A number of seconds is larger than 2147483648 and read as that." },
        { FAULT_AGE_LIST, "Age is there more than once." },
        { FAULT_AGE_BAD, "Age is no number of seconds." },
        { FAULT_DATE_BAD, "A date cannot be read." },
        { FAULT_EXPIRES_BAD, "Expires is no date, so it has passed." },
        { FAULT_EXPIRES_TWICE, "Expires is there twice; the first counts." },
        { FAULT_MODIFIED_BAD, "Last-Modified is no date, so it is not compared." },
        { FAULT_VARY_BAD, "A member of Vary is no field name; passed over." },
        { FAULT_RANGE_BAD, "A range cannot be read, so the whole is meant." },
        { FAULT_ETAG_UNQUOTED, "An entity tag without quotes is taken as it stands." },
        { FAULT_DATE_LOOSE,
          "A date in none of the three forms of HTTP was understood all the same." },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].bit == bit)
            return rows[i].sentence;
    return NULL;
}
