#include <assert.h>

#include "rehearse/cache/decision.h"
#include "rehearse/cache/directives.h"
#include "rehearse/cache/faults.h"
#include "rehearse/cache/profile.h"
#include "rehearse/cache/storability.h"

/*
 * The rules as a whole: two requests and two responses out of the input, parts by an
 * empty line; the first byte chooses policy, methods, statuses and moment. What must
 * hold whatever comes is asserted; what a person reads is always there.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct scene {
    struct arena *arena;
    const struct cache_policy *policy;
    bool by_rfc; /* the policy breaks no rule: no product's own ways */
    struct http_request asked, request;
    struct http_response held, came;
    int64_t stored_s, now_s;
};

static void check_reason(const struct reason *why)
{
    assert(why->rule && why->rule[0] && why->section && why->sentence && why->sentence[0]);
}

/* No cache that goes by the RFC stores what says no-store, but where must-understand excuses it. */
static void check_storing(const struct scene *s)
{
    struct judged_request asked;
    struct judged_response judged;
    judge_request(&asked, s->policy, &s->asked);
    judge_response(&judged, s->policy, &s->held);
    struct storability a = storability_of(s->policy, &s->asked, &s->held);
    struct storability b = storability_judged(s->policy, &s->asked, &asked, &s->held, &judged);
    assert(a.storable == b.storable);
    check_reason(&a.why);
    struct cache_fault faults[CACHE_FAULTS_MAX];
    size_t count = cache_faults_of(s->policy, &s->held, s->arena, faults, CACHE_FAULTS_MAX);
    for (size_t i = 0; i < count; i++)
        assert(faults[i].field.len && faults[i].sentence);
    assert(!judged.faults || count > 0);
    if (!s->by_rfc)
        return;
    unsigned keeps_out = SAYS_NO_STORE | SAYS_PRIVATE;
    if (judged.says & SAYS_MUST_UNDERSTAND)
        keeps_out = SAYS_PRIVATE;
    assert(!a.storable || !(judged.says & keeps_out));
    assert(!a.storable || !(asked.asks & ASKS_NO_STORE));
    assert(judged.age_s >= 0 && judged.max_age_s >= 0 && judged.s_maxage_s >= 0);
}

/* Strict mode, whatever the policy of the scene: the words alone keep it out. */
static void check_no_store(const struct scene *s)
{
    struct directives d = directives_of(&s->held.fields, SPAN("Cache-Control"));
    struct storability strict = storability_of(&cache_policy_rfc, &s->asked, &s->held);
    assert(!strict.storable || !d.no_store || d.must_understand);
}

static void check_served(const struct scene *s, const struct cache_decision *d,
                         const struct stored_response *stored, const struct judged_response *judged)
{
    assert(d->age_s >= 0 && !stored->invalidated);
    assert(!(judged->says & (SAYS_NO_CACHE | SAYS_PRIVATE)));
    assert(!(judged->says & SAYS_NO_STORE) || judged->says & SAYS_MUST_UNDERSTAND);
    assert(d->stale == (d->lifetime_s <= d->age_s));
    if (d->stale) /* section 4.2.4 */
        assert(!(judged->says & (SAYS_MUST_REVALIDATE | SAYS_PROXY_REVALIDATE)));
    assert(!d->refresh || d->stale);
    if (d->step == CACHE_PART)
        assert(0 <= d->from && d->from <= d->to && d->to <= (int64_t)s->held.body.len &&
               d->first <= d->last);
    else
        assert(d->step != CACHE_SERVE || !stored->part.partial);
}

static void check_decision(const struct scene *s, const struct stored_response *stored,
                           struct cache_decision *ret)
{
    struct judged_request asked;
    struct judged_response judged;
    struct stored_response known = *stored;
    judge_request(&asked, s->policy, &s->request);
    judge_response(&judged, s->policy, &s->held);
    known.judged = &judged;
    struct cache_decision d = cache_decide(s->policy, &s->request, stored, 1, s->now_s);
    struct cache_decision e =
        cache_decide_judged(s->policy, &s->request, &asked, &known, 1, s->now_s);
    assert(d.step == e.step && d.age_s == e.age_s && d.forwarded == e.forwarded);
    check_reason(&d.why);
    assert(cache_step_is_hit(d.step) == (d.forwarded == FORWARDED_NOT));
    if (s->by_rfc && cache_step_is_hit(d.step))
        check_served(s, &d, stored, &judged);
    *ret = d;
}

static void check_fields(const struct scene *s, const struct stored_response *stored,
                         const struct cache_decision *d)
{
    int status;
    struct http_fields out = cache_fields_to_store(s->policy, &s->came.fields, s->arena);
    assert(out.len <= s->came.fields.len);
    cache_fields_update(s->policy, &s->held.fields, &s->came.fields, s->arena);
    cache_forward_fields(s->policy, &s->request, d, stored, s->arena);
    cache_answer_fields(s->policy, stored, d, s->arena, &status);
    struct cache_decision settled = cache_settle(s->policy, &s->request, stored, s->now_s);
    assert(settled.step == CACHE_SERVE || settled.step == CACHE_NOT_MODIFIED ||
           settled.step == CACHE_PART || settled.step == CACHE_UNSATISFIABLE ||
           stored->part.partial || s->held.status == 206);
    cache_answer_fields(s->policy, stored, &settled, s->arena, &status);
    cache_target_matches(s->policy, &s->held.fields, &s->asked, &s->request, s->arena);
}

static void check_arrival(const struct scene *s, const struct stored_response *stored,
                          const struct cache_decision *d)
{
    struct exchange_times times = { s->now_s, s->now_s };
    const struct stored_response *chosen = d->candidate < 0 ? NULL : stored;
    struct cache_reception r =
        cache_receive(s->policy, &s->request, d, chosen, &s->came, times, s->now_s);
    check_reason(&r.why);
    assert(r.taking != CACHE_STORE || d->step != CACHE_PASS);
    assert(r.taking != CACHE_FRESHEN || chosen);
    assert(r.taking != CACHE_SERVE_STALE || chosen);
    assert(r.taking != CACHE_COMBINE || stored->part.partial);
    r = cache_receive(s->policy, &s->request, d, chosen, NULL, times, s->now_s);
    assert(r.taking == CACHE_SERVE_STALE || r.taking == CACHE_FAIL);
    struct cache_invalidation i = cache_invalidation_of(s->policy, &s->request, &s->came, s->arena);
    assert(i.count <= INVALIDATED_MAX);
}

static void check_scene(const struct scene *s)
{
    struct stored_response stored = { .asked = &s->asked,
                                      .response = &s->held,
                                      .times = { s->stored_s, s->stored_s } };
    struct cache_decision d;
    if (s->held.status == 206 && !held_part_of(&s->held, &stored.part))
        stored.part = (struct held_part){ true, 0, 3, -1 };
    check_storing(s);
    check_no_store(s);
    check_decision(s, &stored, &d);
    check_fields(s, &stored, &d);
    check_arrival(s, &stored, &d);
}

static struct span take_part(struct span *rest)
{
    ptrdiff_t at = span_find(*rest, SPAN("\n\n"));
    struct span part = at < 0 ? *rest : span_head(*rest, (size_t)at + 1);
    *rest = at < 0 ? SPAN("") : span_from(*rest, (size_t)at + 2);
    return part;
}

static struct http_fields fields_of(struct span *rest, struct arena *arena)
{
    struct http_fields fields = { 0 };
    size_t bad;
    (void)http_fields_parse(&fields, take_part(rest), arena, &bad);
    return fields;
}

static const struct cache_policy *const policies[] = { &cache_policy_rfc, &cache_policy_cdn,
                                                       &cache_policy_optimal };
static const int statuses[] = { 200, 206, 304, 404, 503, 0, 599, 301 };
static const struct span methods[] = { { "GET", 3 }, { "HEAD", 4 }, { "POST", 4 }, { "X", 1 } };

static void run(const uint8_t *how, struct span rest, struct arena *arena)
{
    size_t count;
    const struct cache_profile *const *profiles = cache_profiles(&count);
    struct scene s = { .arena = arena, .policy = policies[how[0] % 3], .by_rfc = true };
    if (how[1] & 64) {
        unsigned at = how[1] / 128u + how[0] % 3u * 2 + how[2] * 6u;
        s.policy = profiles[at % count]->policy;
        s.by_rfc = s.policy == &cache_policy_rfc;
    }
    s.asked = (struct http_request){ .method = SPAN("GET"),
                                     .scheme = SPAN("https"),
                                     .authority = SPAN("a.example"),
                                     .target = SPAN("/a?b=1&c=2"),
                                     .body_bytes = -1 };
    s.request = s.asked;
    s.request.method = methods[how[0] / 3 % 4];
    s.request.target = how[0] & 128 ? SPAN("/a?c=2&b=1") : s.asked.target;
    s.held = (struct http_response){ .status = statuses[how[1] % 8], .body = SPAN("0123456789") };
    s.came = (struct http_response){ .status = statuses[how[1] / 8 % 8], .body_bytes = -1 };
    s.stored_s = how[2] == 255 ? INT64_MIN : INT64_C(1772884800);
    s.now_s = how[2] == 254 ? INT64_MAX : INT64_C(1772884800) + how[2] * how[2];
    s.asked.fields = fields_of(&rest, arena);
    s.held.fields = fields_of(&rest, arena);
    s.request.fields = fields_of(&rest, arena);
    s.came.fields = fields_of(&rest, arena);
    check_scene(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    if (size >= 3)
        run(data, span_make((const char *)data + 3, size - 3), &arena);
    return 0;
}
