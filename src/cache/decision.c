#include "rehearse/cache/decision.h"

#include "lifetime.h"
#include "question.h"
#include "range.h"

/* Section numbers without a name are those of RFC 9111. */

bool cache_step_is_hit(enum cache_step step)
{
    return step == CACHE_SERVE || step == CACHE_NOT_MODIFIED || step == CACHE_PART ||
           step == CACHE_UNSATISFIABLE;
}

const char *cache_forwarded_name(enum cache_forwarded forwarded)
{
    static const char *const names[] = {
        [FORWARDED_NOT] = "",
        [FORWARDED_URI_MISS] = "uri-miss",
        [FORWARDED_VARY_MISS] = "vary-miss",
        [FORWARDED_MISS] = "miss",
        [FORWARDED_STALE] = "stale",
        [FORWARDED_REQUEST] = "request",
        [FORWARDED_METHOD] = "method",
        [FORWARDED_PARTIAL] = "partial",
        [FORWARDED_BYPASS] = "bypass",
    };
    return names[forwarded];
}

static const struct judged_response *judged_of(const struct question *q,
                                               const struct stored_response *stored,
                                               struct judged_response *own)
{
    if (stored->judged)
        return stored->judged;
    judge_response(own, q->policy, stored->response);
    return own;
}

/* Section 4.1. */
static bool is_selected(const struct question *q, const struct stored_response *stored,
                        const struct judged_response *judged)
{
    if (!(judged->says & (SAYS_VARY | SAYS_VARY_ANY)) || !stored->asked)
        return true;
    return vary_selects(q->policy, &stored->response->fields, stored->asked, q->request);
}

/*
 * Of several that fit, those with Vary before those without (section 4.1), whole
 * ones before parts, valid ones before invalid ones; then the most recent (section 4).
 */
static bool is_better(const struct stored_response *a, const struct judged_response *ja,
                      const struct stored_response *b, const struct judged_response *jb)
{
    if (a->invalidated != b->invalidated)
        return b->invalidated;
    bool va = ja->says & SAYS_VARY, vb = jb->says & SAYS_VARY;
    if (va != vb)
        return va;
    if (a->part.partial != b->part.partial)
        return b->part.partial;
    return question_made_s(a, ja) > question_made_s(b, jb);
}

/* The best candidate, its index in *ret_at; false when Vary selects none. */
static bool choose(const struct question *q, const struct stored_response *candidates, size_t count,
                   struct choice *ret, ptrdiff_t *ret_at)
{
    *ret_at = -1;
    for (size_t i = 0; i < count; i++) {
        struct judged_response own;
        const struct judged_response *judged = judged_of(q, &candidates[i], &own);
        if (!is_selected(q, &candidates[i], judged))
            continue;
        if (*ret_at >= 0 && !is_better(&candidates[i], judged, ret->stored, ret->judged))
            continue;
        ret->stored = &candidates[i];
        ret->judged = judged;
        if (judged == &own) {
            ret->own = own;
            ret->judged = &ret->own;
        }
        *ret_at = (ptrdiff_t)i;
    }
    return *ret_at >= 0;
}

/* --- With nothing stored that can be used --- */

static struct cache_decision forward_or_refuse(const struct question *q,
                                               struct cache_decision forward)
{
    if (!(q->asked->asks & ASKS_ONLY_IF_CACHED))
        return forward;
    struct cache_decision refuse = question_decided(
        CACHE_REFUSE, forward.forwarded, "B-Q7", SPAN("Cache-Control"), "RFC 9111 section 5.2.1.7",
        "only-if-cached, and nothing stored may be used.");
    refuse.candidate = forward.candidate;
    return refuse;
}

static struct cache_decision nothing_stored(const struct question *q, bool any)
{
    if (any)
        return forward_or_refuse(q, question_decided(CACHE_FORWARD, FORWARDED_VARY_MISS, "B-K2",
                                                     SPAN("Vary"), "RFC 9111 section 4.1",
                                                     "Vary selects none of the stored variants."));
    return forward_or_refuse(q, question_decided(CACHE_FORWARD, FORWARDED_URI_MISS, "B-K1",
                                                 SPAN_NONE, "RFC 9111 section 4",
                                                 "Nothing is stored under its key."));
}

/* Requests that no stored response answers; true when this is one. */
static bool goes_past(const struct question *q, struct cache_decision *ret)
{
    const struct judged_request *a = q->asked;
    if (a->method == METHOD_POST && q->policy->stores_post)
        *ret = question_decided(CACHE_FORWARD, FORWARDED_METHOD, "B-M2", SPAN_NONE,
                                "RFC 9110 section 9.3.3",
                                "POST goes to the origin; its answer may serve later GETs.");
    else if (a->method != METHOD_GET && a->method != METHOD_HEAD)
        *ret =
            question_decided(CACHE_PASS, FORWARDED_METHOD, "B-M1", SPAN_NONE, "RFC 9111 section 4",
                             "Only GET and HEAD are answered from the store.");
    else if (a->asks & ASKS_COOKIE && q->policy->cookie_passes)
        *ret = question_decided(CACHE_PASS, FORWARDED_BYPASS, "B-P1", SPAN("Cookie"), "",
                                "This cache lets requests with cookies pass.");
    else if (a->asks & ASKS_AUTHORIZED && q->policy->authorized == AUTHORIZED_PASSES)
        *ret = question_decided(CACHE_PASS, FORWARDED_BYPASS, "B-P2", SPAN("Authorization"), "",
                                "This cache lets requests with Authorization pass.");
    else
        return false;
    return true;
}

/* --- With one chosen: may it be reused? --- */

/* How the chosen response stands at the moment. */
struct standing {
    struct lifetime life;
    int64_t age_s;
    struct stale_windows stale;
};

static struct standing standing_of(const struct question *q, const struct choice *c)
{
    return (struct standing){
        .life = lifetime_of(q->policy, c->judged, c->stored->times.received_s),
        .age_s = age_at(q->policy, c->judged, c->stored->times, q->now_s),
        .stale = stale_windows_of(q->policy, c->judged),
    };
}

static bool has_validator(const struct cache_policy *policy, const struct judged_response *r)
{
    if (policy->asks_by_strong_tags_only && span_starts(r->etag, SPAN("W/")))
        return r->says & SAYS_LAST_MODIFIED;
    return r->says & (SAYS_ETAG | SAYS_LAST_MODIFIED);
}

/* Section 4.3.2: a part is asked about only for a range that lies in it. */
static bool may_be_asked_about(const struct question *q, const struct choice *c)
{
    struct cache_decision unused;
    if (!has_validator(q->policy, c->judged) || q->policy->never_validates)
        return false;
    return !c->stored->part.partial ||
           (q->asked->asks & ASKS_RANGE &&
            range_fit(c->stored, q->asked->range, &unused) == RANGE_IS_HELD);
}

/* A 304 would be of no use: nothing of an answer to this request may be kept (section 3.5), unless
 * it is a full one that says more than the stored one does. */
static bool keeps_no_304(const struct question *q, const struct choice *c)
{
    return authorization_keeps_out(q->policy, q->asked->asks, c->judged->says);
}

/* What browsers send for a reload, hard or soft. */
static bool is_reload(const struct judged_request *a)
{
    return a->asks & (ASKS_NO_CACHE | ASKS_RELOAD) || (a->asks & ASKS_MAX_AGE && a->max_age_s == 0);
}

/* The origin is asked: with a condition when there is something to ask about. */
static struct cache_decision ask(const struct question *q, const struct choice *c,
                                 enum cache_forwarded forwarded, struct reason why)
{
    struct cache_decision d = { .forwarded = forwarded, .complete = -1, .why = why };
    bool anew =
        q->policy->reload_fetches_anew && (forwarded == FORWARDED_REQUEST || is_reload(q->asked));
    bool conditional = may_be_asked_about(q, c) && !anew && !keeps_no_304(q, c);
    if (q->asked->asks & ASKS_NO_STORE)
        d.step = CACHE_PASS; /* nothing that comes may be kept (section 5.2.1.5) */
    else
        d.step = conditional ? CACHE_VALIDATE : CACHE_FORWARD;
    return forward_or_refuse(q, d);
}

#define REQUEST_CC                                                                                 \
    {                                                                                              \
        "Cache-Control", 13                                                                        \
    }

/* What the request asks beyond freshness; NULL when the chosen response will do. */
static const struct reason *request_refuses(const struct judged_request *a,
                                            const struct standing *s)
{
    static const struct reason no_cache = { "B-Q1", REQUEST_CC, "RFC 9111 section 5.2.1.4",
                                            "The request wants the origin asked (no-cache)." };
    static const struct reason no_store = { "B-Q6", REQUEST_CC, "",
                                            "This cache takes a request's no-store for a reload." };
    static const struct reason pragma = { "B-Q2",
                                          { "Pragma", 6 },
                                          "RFC 9111 section 5.4",
                                          "The request wants the origin asked (Pragma)." };
    static const struct reason max_age = { "B-Q3", REQUEST_CC, "RFC 9111 section 5.2.1.1",
                                           "It is older than the request's max-age." };
    static const struct reason min_fresh = { "B-Q4", REQUEST_CC, "RFC 9111 section 5.2.1.3",
                                             "It is not fresh for as long as min-fresh asks." };
    if (a->asks & ASKS_RELOAD)
        return &no_store;
    if (a->asks & ASKS_NO_CACHE)
        return a->asks & ASKS_PRAGMA ? &pragma : &no_cache;
    if (a->asks & ASKS_MAX_AGE && s->age_s > a->max_age_s)
        return &max_age;
    if (a->asks & ASKS_MIN_FRESH && seconds_between(s->age_s, s->life.s) < a->min_fresh_s)
        return &min_fresh;
    return NULL;
}

/* May it be served past its lifetime, and with a refresh behind it? NULL: it may not. */
static const struct reason *stale_will_do(const struct judged_request *a, const struct standing *s,
                                          bool *ret_refresh)
{
    static const struct reason max_stale = { "B-Q5", REQUEST_CC, "RFC 9111 section 5.2.1.2",
                                             "Stale, and the request takes that (max-stale)." };
    static const struct reason window = {
        "B-R6", { NULL, 0 }, "RFC 5861 section 3", "Stale, within stale-while-revalidate."
    };
    int64_t staleness = seconds_between(s->life.s, s->age_s);
    *ret_refresh = false;
    if (s->stale.forbidden)
        return NULL;
    if (a->asks & ASKS_MAX_STALE && staleness <= a->max_stale_s)
        return &max_stale;
    if (a->asks & ASKS_MAX_AGE) /* without max-stale nothing stale is wanted: section 5.2.1.1 */
        return NULL;
    *ret_refresh = true;
    return staleness < s->stale.while_revalidate_s ? &window : NULL;
}

static bool has_ended(const struct question *q, const struct choice *c, const struct standing *s)
{
    bool past =
        s->life.source == FRESHNESS_EXPIRES && c->judged->expires_s < c->stored->times.received_s;
    if (q->policy->lifetime_is_inclusive && s->life.source != FRESHNESS_NONE && !past)
        return s->life.s < s->age_s;
    return s->life.s <= s->age_s;
}

static struct cache_decision with_numbers(const struct question *q, struct cache_decision d,
                                          const struct standing *s, ptrdiff_t at)
{
    d.candidate = at;
    d.now_s = q->now_s;
    d.age_s = s->age_s;
    d.lifetime_s = s->life.s;
    return d;
}

/* After a 304 said so (section 3.2): a caller that keeps it all the same does not serve it. */
static bool says_not_to_store(const struct judged_response *r)
{
    return r->says & SAYS_PRIVATE || (r->says & SAYS_NO_STORE && !(r->says & SAYS_MUST_UNDERSTAND));
}

static struct cache_decision fresh(const struct choice *c, const struct standing *s)
{
    static const char *const sentences[] = {
        [FRESHNESS_NONE] = "It is fresh.",
        [FRESHNESS_S_MAXAGE] = "It is fresh: younger than its s-maxage.",
        [FRESHNESS_MAX_AGE] = "It is fresh: younger than its max-age.",
        [FRESHNESS_EXPIRES] = "It is fresh: its Expires has not come.",
        [FRESHNESS_HEURISTIC] = "It is fresh, as the cache guesses from its Last-Modified.",
        [FRESHNESS_DEFAULT] = "It is fresh, by the cache's own configuration.",
    };
    return question_decided(CACHE_SERVE, FORWARDED_NOT, "B-R1",
                            lifetime_field(c->judged, s->life.source), "RFC 9111 section 4.2",
                            sentences[s->life.source]);
}

static bool authorized_is_refused(const struct question *q, const struct choice *c)
{
    enum authorized_answer answer = q->policy->authorized_answer;
    return q->asked->asks & ASKS_AUTHORIZED && answer != AUTHORIZED_GETS_ALL &&
           !(answer == AUTHORIZED_GETS_PUBLIC && c->judged->says & SAYS_PUBLIC);
}

static struct cache_decision reuse(const struct question *q, const struct choice *c,
                                   const struct standing *s)
{
    static const struct reason authorized = {
        "B-P3",
        { "Authorization", 13 },
        "",
        "This cache asks the origin when a request carries Authorization."
    };
    static const struct reason invalid = {
        "B-I1", { NULL, 0 }, "RFC 9111 section 4.4", "An unsafe request made it invalid."
    };
    static const struct reason not_stored = {
        "B-R9", { NULL, 0 }, "RFC 9111 section 3", "It has come to say that it may not be stored."
    };
    static const struct reason stale = { "B-R8",
                                         { NULL, 0 },
                                         "RFC 9111 section 4.2.4",
                                         "It is stale, and nothing permits serving it so." };
    if (c->stored->invalidated)
        return ask(q, c, FORWARDED_MISS, invalid);
    if (says_not_to_store(c->judged))
        return ask(q, c, FORWARDED_MISS, not_stored);
    if (c->judged->says & SAYS_NO_CACHE)
        return ask(q, c, FORWARDED_STALE, *s->stale.forbidden);
    if (authorized_is_refused(q, c))
        return ask(q, c, FORWARDED_REQUEST, authorized);
    const struct reason *refuses = request_refuses(q->asked, s);
    if (refuses)
        return ask(q, c, FORWARDED_REQUEST, *refuses);

    struct cache_decision d = fresh(c, s);
    bool refresh = false;
    if (has_ended(q, c, s)) {
        const struct reason *why = stale_will_do(q->asked, s, &refresh);
        if (!why || (refresh && q->policy->refreshes_in_front))
            return ask(q, c, FORWARDED_STALE, s->stale.forbidden ? *s->stale.forbidden : stale);
        d.why = *why;
        d.stale = true;
    }
    d = question_form(q, c, d);
    if (cache_step_is_hit(d.step)) {
        d.stale = has_ended(q, c, s);
        d.refresh = d.stale && refresh;
        return d;
    }
    return forward_or_refuse(q, d);
}

struct cache_decision cache_decide_judged(const struct cache_policy *policy,
                                          const struct http_request *request,
                                          const struct judged_request *judged,
                                          const struct stored_response *candidates, size_t count,
                                          int64_t now_s)
{
    struct question q = { policy, request, judged, now_s };
    struct cache_decision past;
    struct choice c;
    ptrdiff_t at;

    if (goes_past(&q, &past))
        return past;
    if (!choose(&q, candidates, count, &c, &at))
        return nothing_stored(&q, count > 0);
    struct standing s = standing_of(&q, &c);
    return with_numbers(&q, reuse(&q, &c, &s), &s, at);
}

struct cache_decision cache_decide(const struct cache_policy *policy,
                                   const struct http_request *request,
                                   const struct stored_response *candidates, size_t count,
                                   int64_t now_s)
{
    struct judged_request judged;
    judge_request(&judged, policy, request);
    return cache_decide_judged(policy, request, &judged, candidates, count, now_s);
}

struct cache_decision cache_refresh(const struct cache_policy *policy,
                                    const struct stored_response *stored)
{
    struct judged_response own;
    struct question q = { .policy = policy };
    const struct judged_response *judged = judged_of(&q, stored, &own);
    bool conditional =
        has_validator(policy, judged) && !policy->never_validates && !stored->part.partial;
    struct cache_decision d = question_decided(
        conditional ? CACHE_VALIDATE : CACHE_FORWARD, FORWARDED_STALE, "B-R6", judged->field,
        "RFC 5861 section 3", "It is brought up to date behind the answer.");
    d.candidate = 0;
    d.own_request = true;
    return d;
}

struct cache_decision cache_settle(const struct cache_policy *policy,
                                   const struct http_request *request,
                                   const struct stored_response *stored, int64_t now_s)
{
    struct judged_request judged;
    judge_request(&judged, policy, request);
    struct question q = { policy, request, &judged, now_s };
    struct choice c = { .stored = stored };
    c.judged = judged_of(&q, stored, &c.own);
    struct standing s = standing_of(&q, &c);
    struct cache_decision d =
        question_decided(CACHE_SERVE, FORWARDED_NOT, "B-V5", SPAN_NONE, "RFC 9111 section 4.3.3",
                         "The origin has just said so.");
    d = with_numbers(&q, question_form(&q, &c, d), &s, 0);
    d.settled = true;
    return d;
}
