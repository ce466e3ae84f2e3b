/* What findings about shared caches say: how long, at what cost, what was tolerated, and whose
 * answers are kept. */
#include "cache_scene.h"
#include "rehearse/cache/profile.h"
#include "rehearse/key/bypass.h"

static void test_lifetime__forecast_counts_hits_and_requests_to_the_origin(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    for (int second = 0; second < 20; second++)
        pair(&s, "GET /api/items/1", "200\nCache-Control: s-maxage=300\n",
             "200\nCache-Control: s-maxage=5\n");
    const struct finding *f =
        check_one(&s, "cache.lifetime", "Cache-Control", "/api/items/:id", SEVERITY_MAJOR);
    assert_non_null(f->cache);
    assert_int_equal(f->cache->lifetime_s[0], 300);
    assert_int_equal(f->cache->lifetime_s[1], 5);
    assert_true(span_eq(f->cache->stored[1], SPAN("kept")));
    const struct cache_forecast *here = &f->cache->route;
    assert_int_equal(here->requests, 20);
    assert_int_equal(here->origin_requests[0], 1);
    assert_int_equal(here->origin_requests[1], 4);
    assert_int_equal(here->hits[0], 19);
    assert_int_equal(here->hits[1], 16);
    assert_int_equal(s.summary.forecast.requests, 20);
    says(f->effect, "80.0 % of the requests are answered from it, were 95.0 %");
    says(f->effect, "4 go to the origin, were 1");
    says(f->cache->why[1].section, "RFC 9111");
    scene_close(&s);
}

static void test_storability__says_which_rule_keeps_it_out(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    for (int i = 0; i < 6; i++)
        pair(&s, "GET /news", "200\nCache-Control: public, s-maxage=60\n",
             "200\nCache-Control: no-store\n");
    const struct finding *f =
        check_one(&s, "cache.storability", "Cache-Control", "/news", SEVERITY_MAJOR);
    assert_int_equal(f->cache->lifetime_s[1], -1);
    assert_true(span_eq(f->cache->stored[0], SPAN("kept")));
    assert_true(span_eq(f->cache->stored[1], SPAN("not kept")));
    says(f->cache->why[1].sentence, "no-store");
    says(f->effect, "0.0 % of the requests are answered from it, were 83.3 %");
    scene_close(&s);
}

/* A product's own rule keeps it out: other caches on the way do not know that rule. */
static void test_storability__names_what_is_left_to_other_caches(void **state)
{
    (void)state;
    static const struct key_policy plain = { .query = KEY_QUERY_ALL };
    const struct cache_policy *varnish = cache_profile_named(SPAN("varnish"))->policy;
    struct scene s;
    scene_open(&s);
    comparison_free(s.comparison);
    const struct comparison_options options = {
        .routes = s.routes,
        .hosts = scene_hosts,
        .host_count = 1,
        .caches = { { .policy = varnish, .key = &plain }, { .policy = varnish, .key = &plain } },
    };
    s.comparison = comparison_new(&options);
    for (int i = 0; i < 6; i++)
        pair(&s, "GET /news", "200\nCache-Control: s-maxage=60\n",
             "200\nCache-Control: s-maxage=60, no-cachee\n");
    const struct finding *f =
        check_one(&s, "cache.storability", "Cache-Control", "/news", SEVERITY_MAJOR);
    says(f->title, "This cache does not answer with it, other caches may; was kept");
    scene_close(&s);
}

static const struct tolerance_line *tolerated(const struct scene *s, const char *field,
                                              const char *words)
{
    for (size_t i = 0; i < s->summary.tolerance_count; i++) {
        const struct tolerance_line *line = &s->summary.tolerances[i];
        if (span_eq(line->field, span_of(field)) && span_find(line->sentence, span_of(words)) >= 0)
            return line;
    }
    fail_msg("nothing like \"%s\" is told of %s", words, field);
    return NULL;
}

static void test_tolerated__is_counted_on_each_side_and_new_where_only_staging_has_it(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    for (int i = 0; i < 5; i++)
        pair(&s, text_of(&s, "GET /p/%d", i), "200\nCache-Control: max-age=\"60\"\n",
             i < 3 ? "200\nCache-Control: max-age=\"60\"\nAge: 1, 2\n"
                   : "200\nCache-Control: max-age=60\n");
    scene_finish(&s);
    assert_int_equal(s.summary.tolerance_count, 2);
    assert_int_equal(s.summary.tolerances_beyond, 0);
    const struct tolerance_line *quotes = tolerated(&s, "Cache-Control", "in quotes");
    assert_int_equal(quotes->answers[0], 5);
    assert_int_equal(quotes->answers[1], 3);
    assert_false(quotes->is_new);
    says(quotes->value[0], "max-age=\"60\"");
    says(quotes->taken[0], "kept 60 s");
    const struct tolerance_line *age = tolerated(&s, "Age", "more than once");
    assert_true(age == &s.summary.tolerances[0]); /* the new ones first */
    assert_true(age->is_new);
    assert_int_equal(age->answers[0], 0);
    assert_int_equal(age->answers[1], 3);
    assert_true(span_is_none(age->value[0]));
    says(age->value[1], "1, 2");
    says(age->where[1], "GET shop.example/p/0");
    assert_int_equal(age->route_count, 1);
    says(age->routes[0], "/p/:id");
    scene_close(&s);
}

static void test_tolerated__is_not_new_where_the_recording_does_not_know_the_field(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    for (int i = 0; i < 3; i++) {
        struct exchange p = read_exchange(&s, "GET /p", "200\nContent-Type: text/html\n", false);
        struct exchange t =
            read_exchange(&s, "GET /p", "200\nContent-Type: text/html\nAge: x\n", true);
        p.marks = 0;
        add_exchanges(&s, &p, &t, NULL, 0);
    }
    scene_finish(&s);
    assert_false(tolerated(&s, "Age", "no number")->is_new);
    assert_int_equal(tolerated(&s, "Age", "no number")->answers[1], 3);
    scene_close(&s);
}

static void test_tolerated__shows_no_secret(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    const char *answer = "200\nSet-Cookie: sid=0123456789abcdef0123456789abcdef; Max-Age=soon\n";
    pair(&s, "GET /p", answer, answer);
    scene_finish(&s);
    assert_true(s.summary.tolerance_count > 0);
    for (size_t i = 0; i < s.summary.tolerance_count; i++)
        for (int side = 0; side < 2; side++)
            assert_true(span_find(s.summary.tolerances[i].value[side], SPAN("0123456789abc")) < 0);
    scene_close(&s);
}

static void test_bypass__requests_that_go_past_the_cache_are_forecast_so(void **state)
{
    (void)state;
    static const struct bypass_rule rules[] = { { .on = BYPASS_COOKIE, .name = { "sid", 3 } } };
    static const struct key_policy past = { .bypass = rules, .bypass_count = 1 };
    struct scene s;
    open_with(&s, &whole, &past);
    for (unsigned v = 0; v < 5; v++)
        pair(&s, "GET /menu\nCookie: sid=abc", "200\n" KEPT, "200\n" KEPT);
    scene_finish(&s);
    assert_int_equal(s.summary.forecast.hits[0], 4);
    assert_int_equal(s.summary.forecast.hits[1], 0);
    scene_close(&s);
}

static void test_bypass__on_the_way_in_alone_still_stores(void **state)
{
    (void)state;
    static const struct bypass_rule rules[] = {
        { .on = BYPASS_COOKIE, .scope = BYPASS_READ, .name = { "sid", 3 } }
    };
    static const struct key_policy past = { .bypass = rules, .bypass_count = 1 };
    struct scene s;
    open_with(&s, &whole, &past);
    pair(&s, "GET /menu\nCookie: sid=abc", "200\n" KEPT, "200\n" KEPT);
    pair(&s, "GET /menu\nCookie: sid=abc", "200\n" KEPT, "200\n" KEPT);
    pair(&s, "GET /menu", "200\n" KEPT, "200\n" KEPT);
    scene_finish(&s);
    assert_int_equal(s.summary.forecast.hits[0], 2);
    assert_int_equal(s.summary.forecast.hits[1], 1);
    assert_int_equal(s.summary.forecast.origin_requests[1], 2);
    scene_close(&s);
}

/* What goes past the cache of one side, in and out, shares no object there (yet); one way, it does.
 */
static void test_bypass__both_ways_merges_nothing_and_one_way_does(void **state)
{
    (void)state;
    static const struct {
        enum bypass_scope scope;
        bool merges;
    } rows[] = { { BYPASS_BOTH, false }, { BYPASS_READ, true }, { BYPASS_STORE, true } };
    static const struct span names[] = { { "currency", 8 } };
    static const struct key_policy by_currency = { .cookies = names, .cookie_count = 1 };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct bypass_rule rule = { .on = BYPASS_COOKIE,
                                          .scope = rows[i].scope,
                                          .name = { "currency", 8 } };
        const struct key_policy past = { .bypass = &rule, .bypass_count = 1 };
        struct scene s;
        open_with(&s, &by_currency, &past);
        for (int v = 0; v < 12; v++) {
            const char *answer = v % 2 ? "200\n" KEPT "\n<p>EUR</p>" : "200\n" KEPT "\n<p>USD</p>";
            pair(&s, v % 2 ? "GET /menu\nCookie: currency=EUR" : "GET /menu\nCookie: currency=USD",
                 answer, answer);
            next_session(&s);
        }
        scene_finish(&s);
        bool critical = false;
        for (size_t f = 0; f < s.findings.len; f++)
            critical |= span_eq(s.findings.at[f].kind, SPAN("cache.key-merge")) &&
                        s.findings.at[f].severity == SEVERITY_CRITICAL;
        assert_int_equal(critical, rows[i].merges);
        scene_close(&s);
    }
}

#define SETS_SESSION "Set-Cookie: sid=p~0123456789abcdef012345; Path=/; HttpOnly; Secure\n"

static void test_leak__a_kept_answer_that_begins_to_set_a_session(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    for (int v = 0; v < 6; v++) {
        pair(&s, "GET /welcome", "200\n" KEPT, "200\n" KEPT SETS_SESSION);
        next_session(&s);
    }
    const struct finding *f =
        check_one(&s, "cache.private-leak", "Cache-Control", "/welcome", SEVERITY_CRITICAL);
    says(f->effect, "sets a visitor's cookie");
    scene_close(&s);
}

static void test_leak__that_production_has_too_is_a_note_and_no_finding(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    for (int v = 0; v < 6; v++) {
        pair(&s, "GET /welcome", "200\n" KEPT SETS_SESSION, "200\n" KEPT SETS_SESSION);
        next_session(&s);
    }
    scene_finish(&s);
    assert_int_equal(s.findings.len, 0);
    assert_int_equal(s.summary.note_count, 1);
    assert_int_equal(s.summary.notes[0].exchanges, 6);
    scene_close(&s);
}

static void test_leak__a_session_no_longer_set_is_no_leak(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    for (int v = 0; v < 6; v++) {
        pair(&s, "GET /welcome", "200\n" KEPT SETS_SESSION, "200\n" KEPT);
        next_session(&s);
    }
    check_one(&s, "cookie.removed", "sid", "/welcome", SEVERITY_MAJOR);
    scene_close(&s);
}

static void test_leak__that_only_other_caches_than_ours_would_make_is_one_too(void **state)
{
    (void)state;
    static const struct cache_policy ours = { .name = "ours", .cookie_passes = true };
    struct scene s;
    scene_open(&s);
    comparison_free(s.comparison);
    const struct comparison_options options = {
        .routes = s.routes, .caches = { { .policy = &ours }, { .policy = &ours } }
    };
    s.comparison = comparison_new(&options);
    for (unsigned v = 0; v < 6; v++) {
        pair(&s, text_of(&s, "GET /account\nCookie: sid=p~%022u", v),
             "200\n" HTML "Cache-Control: private\n", "200\n" KEPT);
        next_session(&s);
    }
    check_one(&s, "cache.private-leak", "Cache-Control", "/account", SEVERITY_CRITICAL);
    scene_close(&s);
}

/* Visitors told apart by nothing that a request shows: an address, perhaps. */
static void visit_own(struct scene *s, bool own)
{
    for (unsigned v = 0; v < 6; v++) {
        for (int again = 0; again < 2; again++) {
            const char *body = text_of(s, "<p>Hello %u</p>", own ? v : 0);
            char before[200], after[200];
            snprintf(before, sizeof before, "200\n" HTML "Cache-Control: no-store\n\n%s", body);
            snprintf(after, sizeof after, "200\n" KEPT "\n%s", body);
            pair(s, "GET /near-you", before, after);
        }
        next_session(s);
    }
}

static void test_leak__content_of_ones_own_is_told_without_any_login(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    visit_own(&s, true);
    const struct finding *f =
        check_one(&s, "cache.private-leak", "Cache-Control", "/near-you", SEVERITY_CRITICAL);
    says(f->effect, "another answer for each visitor");
    scene_close(&s);
    scene_open(&s);
    visit_own(&s, false);
    check_one(&s, "cache.storability", "Cache-Control", "/near-you", SEVERITY_MAJOR);
    scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lifetime__forecast_counts_hits_and_requests_to_the_origin),
        cmocka_unit_test(test_storability__says_which_rule_keeps_it_out),
        cmocka_unit_test(test_storability__names_what_is_left_to_other_caches),
        cmocka_unit_test(test_tolerated__is_counted_on_each_side_and_new_where_only_staging_has_it),
        cmocka_unit_test(test_tolerated__is_not_new_where_the_recording_does_not_know_the_field),
        cmocka_unit_test(test_tolerated__shows_no_secret),
        cmocka_unit_test(test_bypass__requests_that_go_past_the_cache_are_forecast_so),
        cmocka_unit_test(test_bypass__on_the_way_in_alone_still_stores),
        cmocka_unit_test(test_bypass__both_ways_merges_nothing_and_one_way_does),
        cmocka_unit_test(test_leak__a_kept_answer_that_begins_to_set_a_session),
        cmocka_unit_test(test_leak__that_production_has_too_is_a_note_and_no_finding),
        cmocka_unit_test(test_leak__a_session_no_longer_set_is_no_leak),
        cmocka_unit_test(test_leak__that_only_other_caches_than_ours_would_make_is_one_too),
        cmocka_unit_test(test_leak__content_of_ones_own_is_told_without_any_login),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
