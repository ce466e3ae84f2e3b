#include "rehearse/cache/freshness.h"

#include "rehearse/cache/directives.h"
#include "rehearse/cache/storability.h"
#include "rehearse/http/date.h"

/* Section numbers without a name are those of RFC 9111. */

/* What the lifetime rules look at. */
struct subject {
    const struct cache_policy *policy;
    const struct http_response *response;
    const struct obeyed_directives *obeyed;
    int64_t date_s; /* Date, or when it was received (RFC 9110 section 6.6.1) */
};

/* A rule that applies sets *ret_s and says true. */
typedef bool lifetime_rule(const struct subject *s, int64_t *ret_s);

static int64_t at_least_zero(int64_t s)
{
    return s > 0 ? s : 0;
}

/* From one moment to another; a caller may give any two, so the difference is held in bounds. */
static int64_t span_of_time(int64_t from_s, int64_t to_s)
{
    int64_t between;
    if (__builtin_sub_overflow(to_s, from_s, &between))
        return to_s > from_s ? DELTA_MAX : -DELTA_MAX;
    return between;
}

static bool from_s_maxage(const struct subject *s, int64_t *ret_s)
{
    *ret_s = s->obeyed->d.s_maxage.s; /* 0 when not a number: section 4.2.1 asks for stale */
    return s->obeyed->d.s_maxage.given;
}

static bool from_max_age(const struct subject *s, int64_t *ret_s)
{
    *ret_s = s->obeyed->d.max_age.s;
    return s->obeyed->d.max_age.given;
}

static bool from_expires(const struct subject *s, int64_t *ret_s)
{
    struct span expires = http_fields_value(&s->response->fields, SPAN("Expires"));
    int64_t at;
    if (s->obeyed->targeted || span_is_none(expires))
        return false;
    /* "0" and friends: already expired, section 5.3. */
    *ret_s = http_date_parse(expires, &at) ? at_least_zero(span_of_time(s->date_s, at)) : 0;
    return true;
}

/* Section 4.2.2: for a status that permits it, or public. */
static bool from_last_modified(const struct subject *s, int64_t *ret_s)
{
    struct span text = http_fields_value(&s->response->fields, SPAN("Last-Modified"));
    int64_t at;
    if (s->policy->heuristic_percent == 0 || !http_date_parse(text, &at))
        return false;
    if (!status_is_heuristically_cacheable(s->response->status) && !s->obeyed->d.is_public)
        return false;
    int64_t age = at_least_zero(span_of_time(at, s->date_s));
    int64_t share = age / 100 * s->policy->heuristic_percent;
    *ret_s = share < s->policy->heuristic_max_s ? share : s->policy->heuristic_max_s;
    return true;
}

static const struct span field_expires = { "Expires", 7 };
static const struct span field_last_modified = { "Last-Modified", 13 };

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
    { FRESHNESS_HEURISTIC, from_last_modified, &field_last_modified, "B-F4",
      "RFC 9111 section 4.2.2",
      "No explicit lifetime: the cache guesses one from Last-Modified." },
};

static void set_lifetime(struct freshness *f, const struct subject *s)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        int64_t lifetime;
        if (!rules[i].applies(s, &lifetime))
            continue;
        f->source = rules[i].source;
        f->lifetime_s = lifetime;
        f->why = (struct reason){ rules[i].rule,
                                  rules[i].field ? *rules[i].field : s->obeyed->field,
                                  rules[i].section, rules[i].sentence };
        return;
    }
    f->why = (struct reason){ "B-F0", SPAN_NONE, "RFC 9111 section 4.2.2",
                              "No lifetime is given and none can be guessed." };
}

/* Section 5.1: one number; of a list the first, and what is no number does not count. */
static int64_t age_value(const struct http_response *response)
{
    struct span text = http_fields_value(&response->fields, SPAN("Age"));
    struct span first = span_trim(span_cut(&text, ','));
    int64_t n = 0;
    for (size_t i = 0; i < first.len; i++) {
        if (!char_is_digit(first.ptr[i]))
            return 0;
        n = n > DELTA_MAX ? n : n * 10 + (first.ptr[i] - '0');
    }
    return n > DELTA_MAX ? DELTA_MAX : n;
}

/* Section 4.2.3, keeping the RFC's own names so the two can be read together. */
static int64_t current_age(const struct http_response *response, struct exchange_times t,
                           int64_t date_value, int64_t now)
{
    int64_t apparent_age = at_least_zero(span_of_time(date_value, t.received_s));
    int64_t response_delay = at_least_zero(span_of_time(t.requested_s, t.received_s));
    if (response_delay > DELTA_MAX)
        response_delay = DELTA_MAX;
    int64_t corrected_age_value = age_value(response) + response_delay;
    int64_t corrected_initial_age =
        apparent_age > corrected_age_value ? apparent_age : corrected_age_value;
    int64_t resident_time = at_least_zero(span_of_time(t.received_s, now));
    int64_t age;
    if (__builtin_add_overflow(corrected_initial_age, resident_time, &age))
        age = INT64_MAX;
    return age;
}

/* Section 4.2.4: what forbids serving it past its lifetime, the strictest first. NULL: nothing does. */
static const struct reason *stale_forbidden(const struct cache_policy *policy,
                                            const struct directives *d)
{
    static const struct reason no_cache = { "B-R3", { NULL, 0 }, "RFC 9111 section 5.2.2.4",
                                            "no-cache: the origin is asked every time." };
    static const struct reason must_revalidate = { "B-R4", { NULL, 0 }, "RFC 9111 section 5.2.2.2",
                                                   "must-revalidate forbids stale answers." };
    static const struct reason proxy_revalidate = {
        "B-R4", { NULL, 0 }, "RFC 9111 section 5.2.2.8",
        "proxy-revalidate forbids stale answers from shared caches."
    };
    static const struct reason s_maxage = {
        "B-R5", { NULL, 0 }, "RFC 9111 section 5.2.2.10",
        "s-maxage implies proxy-revalidate: no stale answers from shared caches."
    };
    if (d->no_cache)
        return &no_cache;
    if (d->must_revalidate)
        return &must_revalidate;
    if (d->proxy_revalidate)
        return &proxy_revalidate;
    return d->s_maxage.given && !policy->serves_stale_beside_s_maxage ? &s_maxage : NULL;
}

static void set_stale(struct freshness *f, const struct cache_policy *policy,
                      const struct obeyed_directives *obeyed)
{
    const struct directives *d = &obeyed->d;
    const struct reason *forbidden = stale_forbidden(policy, d);
    if (forbidden) {
        f->why_stale = *forbidden;
    } else if (d->stale_while_revalidate.s || d->stale_if_error.s) {
        f->stale_while_revalidate_s = d->stale_while_revalidate.s;
        f->stale_if_error_s = d->stale_if_error.s;
        f->why_stale = (struct reason){ "B-R6", SPAN_NONE, "RFC 5861",
                                        "A window for stale answers is given." };
    } else {
        f->why_stale = (struct reason){ "B-R7", SPAN_NONE, "RFC 9111 section 4.2.4",
                                        "No window for stale answers is given." };
    }
    f->why_stale.field = obeyed->field;
}

struct freshness freshness_at(const struct cache_policy *policy,
                              const struct http_response *response, struct exchange_times times,
                              int64_t now_s)
{
    struct obeyed_directives obeyed = directives_obeyed(policy, &response->fields);
    struct subject s = { policy, response, &obeyed, times.received_s };
    struct freshness f = { .must_validate = obeyed.d.no_cache };

    int64_t date;
    if (http_date_parse(http_fields_value(&response->fields, SPAN("Date")), &date))
        s.date_s = date;
    set_lifetime(&f, &s);
    set_stale(&f, policy, &obeyed);
    f.age_s = current_age(response, times, s.date_s, now_s);
    return f;
}

struct freshness freshness_on_arrival(const struct cache_policy *policy,
                                      const struct http_response *response, int64_t received_s)
{
    struct exchange_times times = { received_s, received_s };
    return freshness_at(policy, response, times, received_s);
}

bool freshness_is_fresh(const struct freshness *f)
{
    return !f->must_validate && f->lifetime_s > f->age_s;
}

/* How long past its lifetime it is; a response without a lifetime is stale from the start. */
static bool within_window(const struct freshness *f, int64_t window_s)
{
    return !f->must_validate && window_s > 0 && span_of_time(f->lifetime_s, f->age_s) < window_s;
}

enum reuse freshness_reuse(const struct freshness *f)
{
    if (freshness_is_fresh(f))
        return REUSE_FRESH;
    return within_window(f, f->stale_while_revalidate_s) ? REUSE_STALE_WHILE_REVALIDATE
                                                         : REUSE_AFTER_VALIDATION;
}

bool freshness_covers_error(const struct freshness *f)
{
    return freshness_is_fresh(f) || within_window(f, f->stale_if_error_s);
}

const char *freshness_source_name(enum freshness_source source)
{
    static const char *const names[] = {
        [FRESHNESS_NONE] = "none",       [FRESHNESS_S_MAXAGE] = "s-maxage",
        [FRESHNESS_MAX_AGE] = "max-age", [FRESHNESS_EXPIRES] = "expires",
        [FRESHNESS_HEURISTIC] = "heuristic",
    };
    return names[source];
}
