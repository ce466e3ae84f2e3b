#include "rehearse/cache/field_kind.h"
#include "if_said.h"
#include "range.h"
#include "rehearse/cache/directives.h"
#include "rehearse/cache/judged.h"
#include "rehearse/http/date.h"
#include "rehearse/http/method.h"

/* What a request asks of a cache. Section numbers without a name are those of RFC 9111. */

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
    if (ret->asks & ASKS_NO_STORE && policy->request_no_store_reloads)
        ret->asks |= ASKS_RELOAD;
    if (ret->asks & (ASKS_MAX_AGE | ASKS_MIN_FRESH | ASKS_MAX_STALE) && policy->request_ages_reload)
        ret->asks |= ASKS_RELOAD;
    /* Section 5.4: Pragma speaks for clients that know no Cache-Control. */
    bool pragma_speaks = !has_cache_control || policy->pragma_counts_beside_control;
    if (ret->asks & ASKS_PRAGMA && pragma_speaks && !(ignores & REQUEST_PRAGMA))
        ret->asks |= ASKS_NO_CACHE;
}
