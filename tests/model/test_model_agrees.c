#include "support/cache_names.h"
#include "support/fields.h"

#include "rehearse/base/random.h"
#include "rehearse/cache/decision.h"
#include "rehearse/model/model_reader.h"
#include "rehearse/cache/profile.h"
#include "rehearse/http/date.h"

/*
 * The model in numbers (model.h) against the rules in words (decision.h): the same
 * traffic through both, under each policy, has the same end, request by request.
 * What the rules say is stored is kept here as a list; that is all a cache is.
 *
 * Moments are even seconds and lifetimes odd ones, so that no request falls on the
 * very end of a lifetime, where the model's microseconds and a cache's seconds differ.
 */
enum { REQUESTS = 4000, PAGES = 38, STORED_MAX = 256 };
static const int64_t START_S = 1772884800; /* Sat, 07 Mar 2026 12:00:00 GMT */

/*
 * What a page's origin says each time, with another status than 200 in front. %V: a
 * version, which changes now and then; %E and %M: Expires and Last-Modified.
 */
static const char *const pages[PAGES] = {
    "Cache-Control: max-age=61",
    "Cache-Control: max-age=61\nETag: \"%V\"",
    "Cache-Control: max-age=61\nETag: W/\"%V\"",
    "Cache-Control: public, s-maxage=121, max-age=0\nETag: \"%V\"",
    "Cache-Control: max-age=31, stale-while-revalidate=60\nETag: \"%V\"",
    "Cache-Control: max-age=31, stale-while-revalidate=60",
    "Cache-Control: s-maxage=31, stale-while-revalidate=60\nETag: \"%V\"",
    "Cache-Control: max-age=31, stale-while-revalidate=60, must-revalidate\nETag: \"%V\"",
    "Cache-Control: no-cache, max-age=601\nETag: \"%V\"",
    "Cache-Control: no-cache",
    "Cache-Control: no-store",
    "Cache-Control: private, max-age=601",
    "Cache-Control: max-age=601, private=\"x-user\"",
    "Cache-Control: max-age=0",
    "Cache-Control: public",
    "",
    "ETag: \"%V\"",
    "Set-Cookie: a=%V\nCache-Control: max-age=601",
    "Vary: Accept-Language\nCache-Control: max-age=601\nETag: \"%V\"",
    "Vary: Accept-Language, X-Other\nCache-Control: max-age=61",
    "Vary: *\nCache-Control: max-age=601",
    "CDN-Cache-Control: max-age=601\nCache-Control: no-store",
    "Surrogate-Control: max-age=61\nCache-Control: max-age=601",
    "Cache-Control: max-age=100000000000000000000000000000001",
    "Expires: %E",
    "Expires: 0\nETag: \"%V\"",
    "Expires: %E\nCache-Control: max-age=31",
    "Last-Modified: %M",
    "Last-Modified: %M\nCache-Control: must-revalidate",
    "Pragma: no-cache\nExpires: %E",
    "Cache-Control: max-age=x\nETag: \"%V\"",
    "Cache-Control: max-age=61, max-age=601",
    "404 Cache-Control: max-age=61",
    "404 ETag: \"%V\"",
    "302 Location: /0",
    "302 Cache-Control: max-age=61",
    "301 Last-Modified: %M",
    "500 Cache-Control: no-cache",
};
static const char *const askers[] = {
    "",
    "",
    "",
    "",
    "Accept-Language: de",
    "Accept-Language: en",
    "Cache-Control: no-cache",
    "Cache-Control: no-store",
    "Cache-Control: max-age=0",
    "Pragma: no-cache",
    "Cookie: a=b",
    "Authorization: Basic x",
};

struct traffic {
    struct arena arena;
    struct exchange at[REQUESTS];
};

static void add_moment(struct strbuf *out, const char *name, int64_t s)
{
    strbuf_add_str(out, name);
    http_date_add(out, s);
}

static struct http_fields answer_of(struct traffic *t, const char *page, unsigned version,
                                    int64_t now_s)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    add_moment(&text, "Date: ", now_s);
    strbuf_add_str(&text, "\n");
    for (const char *c = page; *c; c++) {
        if (*c != '%')
            strbuf_add_char(&text, *c);
        else if (*++c == 'V')
            strbuf_addf(&text, "%u", version);
        else
            add_moment(&text, "", *c == 'E' ? now_s + 121 : now_s - 1215);
    }
    return fields_from(arena_copy(&t->arena, strbuf_span(&text)).ptr, &t->arena);
}

static void make_traffic(struct traffic *t, uint64_t seed)
{
    struct random random = { seed };
    int64_t now_s = START_S;
    for (int i = 0; i < REQUESTS; i++) {
        struct exchange *x = &t->at[i];
        unsigned page = (unsigned)random_below(&random, PAGES);
        now_s += 2 + 2 * (int64_t)random_below(&random, 3);
        *x = exchange_blank();
        x->marks = MARK_ALL_REQUEST_FIELDS | MARK_ALL_RESPONSE_FIELDS;
        x->start_us = now_s * 1000000;
        x->first_byte_us = x->duration_us = 0;
        x->request.method = random_below(&random, 6) ? SPAN("GET") : SPAN("HEAD");
        x->request.scheme = SPAN("https");
        x->request.authority = SPAN("shop.example");
        x->request.target = arena_printf(&t->arena, "/%u", page);
        size_t asker = (size_t)random_below(&random, sizeof askers / sizeof *askers);
        x->request.fields = fields_from(askers[asker], &t->arena);
        const char *says = pages[page];
        bool other = says[0] >= '0' && says[0] <= '9';
        x->response.status = other ? (says[0] - '0') * 100 + (says[2] - '0') : 200;
        x->response.body_bytes = 1000;
        x->response.fields =
            answer_of(t, other ? says + 4 : says, (unsigned)((now_s - START_S) / 400), now_s);
    }
}

/* ---- by the rules ---- */

struct kept {
    const struct exchange *by; /* what fetched or freshened it last */
    const struct exchange *asked;
    struct stored_response stored;
    struct judged_response judged;
};

struct keeper {
    const struct cache_policy *policy;
    struct reason why; /* of the last decision, for the failing case */
    enum cache_taking taking;
    struct kept at[STORED_MAX];
    size_t len;
};

static size_t candidates_of(struct keeper *k, const struct exchange *x,
                            struct stored_response *candidates, size_t *which)
{
    size_t count = 0;
    for (size_t i = 0; i < k->len; i++)
        if (span_eq(k->at[i].asked->request.target, x->request.target)) {
            which[count] = i;
            candidates[count++] = k->at[i].stored;
        }
    return count;
}

static void keep(struct keeper *k, size_t at, const struct exchange *x)
{
    int64_t now_s = x->start_us / 1000000;
    struct kept *kept = &k->at[at];
    assert_true(at < STORED_MAX);
    kept->by = kept->asked = x;
    judge_response(&kept->judged, k->policy, &x->response);
    kept->stored = (struct stored_response){ .asked = &x->request,
                                             .response = &x->response,
                                             .judged = &kept->judged,
                                             .times = { now_s, now_s } };
    if (at == k->len)
        k->len++;
}

/* The variant that the answer to this request is to replace; the end of the list when it is new. */
static size_t place_of(const struct keeper *k, const struct exchange *x)
{
    for (size_t i = 0; i < k->len; i++)
        if (span_eq(k->at[i].asked->request.target, x->request.target) &&
            vary_selects(k->policy, &k->at[i].stored.response->fields, &k->at[i].asked->request,
                         &x->request))
            return i;
    return k->len;
}

static bool holds_still(const struct exchange *stored, const struct exchange *now)
{
    struct span a = http_fields_value(&stored->response.fields, SPAN("ETag"));
    struct span b = http_fields_value(&now->response.fields, SPAN("ETag"));
    return a.len && span_eq(a, b);
}

/* The origin's answer is taken: a 304 where it is asked about what it still says. */
static enum model_outcome fetch(struct keeper *k, const struct exchange *x,
                                const struct cache_decision *d, ptrdiff_t chosen)
{
    int64_t now_s = x->start_us / 1000000;
    struct exchange_times times = { now_s, now_s };
    const struct kept *held = chosen < 0 ? NULL : &k->at[chosen];
    struct http_response came = x->response;
    struct http_request sent = x->request;
    sent.method = cache_forward_method(k->policy, &x->request, d);
    if (d->step == CACHE_VALIDATE && holds_still(held->by, x))
        came.status = 304;
    struct cache_reception r =
        cache_receive(k->policy, &sent, d, held ? &held->stored : NULL, &came, times, now_s);
    k->taking = r.taking;
    if (r.taking == CACHE_FRESHEN)
        keep(k, (size_t)chosen, x);
    else if (r.taking == CACHE_STORE)
        keep(k, place_of(k, x), x);
    else if (r.outdates && span_eq(sent.method, SPAN("HEAD")))
        k->at[chosen].stored.invalidated = true;
    return r.taking == CACHE_SERVE_STALE                     ? MODEL_STALE_HIT
           : came.status == 304 && r.taking == CACHE_FRESHEN ? MODEL_REVALIDATED
                                                             : MODEL_MISS;
}

static enum model_outcome by_rules(struct keeper *k, const struct exchange *x)
{
    struct stored_response candidates[STORED_MAX];
    size_t which[STORED_MAX];
    size_t count = candidates_of(k, x, candidates, which);
    struct cache_decision d =
        cache_decide(k->policy, &x->request, candidates, count, x->start_us / 1000000);
    k->why = d.why;
    ptrdiff_t chosen = d.candidate < 0 ? -1 : (ptrdiff_t)which[d.candidate];
    if (d.refresh) {
        struct cache_decision refresh = cache_refresh(k->policy, &k->at[chosen].stored);
        fetch(k, x, &refresh, chosen);
    }
    if (cache_step_is_hit(d.step))
        return d.stale ? MODEL_STALE_HIT : MODEL_HIT;
    return fetch(k, x, &d, chosen);
}

/* ---- both ---- */

static enum model_outcome only_hits(enum model_outcome outcome)
{
    return model_outcome_is_hit(outcome) ? outcome : MODEL_MISS;
}

static unsigned compare(const struct traffic *t, const struct cache_policy *policy)
{
    struct keeper keeper = { .policy = policy };
    struct key_policy key = { 0 };
    AUTO(variant_space_freep) struct variant_space *space = variant_space_new();
    struct model_reader_options reading = { policy, &key, space };
    AUTO(model_reader_freep) struct model_reader *reader = model_reader_new(&reading);
    struct model_options options = model_options_of(policy);
    AUTO(model_freep) struct model *model = model_new(&options, space);
    static struct model_request requests[REQUESTS];
    unsigned different = 0;
    for (int round = 0; round < 2; round++) /* in the second one all names of Vary are known */
        for (int i = 0; i < REQUESTS; i++) {
            struct model_reading r = { .asked = &t->at[i], .answered = &t->at[i] };
            assert_true(model_reader_read(reader, &r, &requests[i]));
        }
    model_reader_teach(reader, model);
    for (int i = 0; i < REQUESTS; i++) {
        enum model_outcome rules = by_rules(&keeper, &t->at[i]);
        enum model_outcome modelled = (enum model_outcome)model_step(model, &requests[i]).outcome;
        if (only_hits(modelled) == only_hits(rules))
            continue;
        if (different++ < 3)
            print_error(
                "%s, request %d, %.*s [%.*s]: %s by the rules (%s; then %s), %s by the model\n",
                policy->name, i, SPAN_ARG(t->at[i].request.target),
                SPAN_ARG(t->at[i].request.fields.len ? t->at[i].request.fields.at[0].value
                                                     : SPAN("")),
                model_outcome_name(rules), keeper.why.sentence, cache_taking_name(keeper.taking),
                model_outcome_name(modelled));
    }
    return different;
}

/* Lifetimes that count whatever is said: CloudFront's MinTTL and Cloudflare's status_code_ttl. */
static unsigned compare_configured(const struct traffic *t)
{
    static const struct status_lifetime own[] = { { 200, 61 }, { 301, 0 }, { 404, -1 } };
    struct cache_policy least = *cache_profile_named(SPAN("cloudfront"))->policy;
    struct cache_policy by_status = *cache_profile_named(SPAN("cloudflare"))->policy;
    least.default_lifetime_s = 121;
    least.min_lifetime_s = 31;
    least.max_lifetime_s = 601;
    least.prohibitions_give_min = true;
    by_status.is_eligible = NULL;
    by_status.own_lifetimes = own;
    by_status.own_lifetime_count = sizeof own / sizeof *own;
    by_status.default_count = 0;
    return compare(t, &least) + compare(t, &by_status);
}

static unsigned compare_all(const struct traffic *t)
{
    size_t count;
    const struct cache_profile *const *profiles = cache_profiles(&count);
    unsigned different = compare(t, &cache_policy_rfc) + compare(t, &cache_policy_cdn) +
                         compare_configured(t);
    for (size_t i = 0; i < count; i++) {
        struct cache_policy odd = *profiles[i]->policy; /* all its lifetimes */
        struct status_lifetime defaults[32];
        assert_true(odd.default_count <= 32);
        for (size_t k = 0; k < odd.default_count; k++) {
            defaults[k] = odd.defaults[k];
            defaults[k].lifetime_s |= defaults[k].lifetime_s > 0;
        }
        odd.defaults = defaults;
        odd.default_lifetime_s |= odd.default_lifetime_s > 0;
        odd.max_lifetime_s |= odd.max_lifetime_s > 0;
        odd.min_lifetime_s |= odd.min_lifetime_s > 0;
        odd.heuristic_min_s |= odd.heuristic_min_s > 0;
        different += compare(t, &odd);
    }
    return different;
}

static void test_model__does_what_the_rules_say_under_every_policy(void **state)
{
    (void)state;
    static struct traffic t = { .arena = ARENA_INIT };
    for (uint64_t seed = 1; seed <= 3; seed++) {
        make_traffic(&t, seed);
        assert_int_equal(compare_all(&t), 0);
        arena_clear(&t.arena);
    }
    arena_release(&t.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_model__does_what_the_rules_say_under_every_policy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
