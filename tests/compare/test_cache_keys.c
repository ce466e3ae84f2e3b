/* Keys that split what was one object, and keys that merge what was two. */
#include "cache_scene.h"

static void test_vary__cookie_splits_one_object_into_one_for_each_visitor(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    for (unsigned v = 0; v < 10; v++) {
        const char *request = text_of(&s, "GET /guide\nCookie: sid=p~%022u", v);
        for (int again = 0; again < 3; again++)
            pair(&s, request, "200\n" KEPT, "200\n" KEPT "Vary: Cookie\n");
        next_session(&s);
    }
    const struct finding *f = check_one(&s, "cache.vary", "Vary", "/guide", SEVERITY_MAJOR);
    assert_int_equal(f->cache->alone.objects[0], 1);
    assert_int_equal(f->cache->alone.objects[1], 10);
    says(f->effect, "1 object becomes 10, which alone takes 9 more requests to the origin");
    says(f->cache->why[1].section, "section 4.1");
    scene_close(&s);
}

static void test_vary__that_lost_the_cookie_makes_one_of_all_visitors(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    for (unsigned v = 0; v < 6; v++) {
        pair(&s, text_of(&s, "GET /guide\nCookie: sid=p~%022u", v), "200\n" KEPT "Vary: Cookie\n",
             "200\n" KEPT);
        next_session(&s);
    }
    const struct finding *f = check_one(&s, "cache.vary", "Vary", "/guide", SEVERITY_CRITICAL);
    says(f->effect, "Visitors became one");
    scene_close(&s);
}

static void test_keys__policies_that_differ_split_by_the_item_only_one_keeps(void **state)
{
    (void)state;
    static const struct span dropped[] = { { "utm_*", 5 } };
    static const struct key_policy without = { .query = KEY_QUERY_DROP,
                                               .query_names = dropped,
                                               .query_count = 1 };
    struct scene s;
    open_with(&s, &without, &whole);
    for (unsigned v = 0; v < 4; v++) {
        pair(&s, "GET /p/1?color=red", "200\n" KEPT, "200\n" KEPT);
        pair(&s, text_of(&s, "GET /p/1?color=red&utm_source=mail%u", v), "200\n" KEPT,
             "200\n" KEPT);
        next_session(&s);
    }
    const struct finding *f =
        check_one(&s, "cache.key-split", "query parameter utm_source", "/p/:id", SEVERITY_MAJOR);
    assert_int_equal(f->cache->objects[0], 1);
    assert_int_equal(f->cache->objects[1], 5);
    assert_int_equal(f->cache->alone.origin_requests[1] - f->cache->alone.origin_requests[0], 4);
    assert_int_equal(f->exchanges, 8);
    says(f->staging, "utm_source=mail0");
    says(f->examples[1].curl_production, "utm_source=mail0");
    scene_close(&s);
}

static void test_keys__one_policy_for_both_sides_finds_nothing(void **state)
{
    (void)state;
    struct scene s;
    open_with(&s, &whole, &whole);
    for (unsigned v = 0; v < 4; v++)
        pair(&s, text_of(&s, "GET /p/1?v=%u", v), "200\n" KEPT, "200\n" KEPT);
    scene_finish(&s);
    assert_int_equal(s.findings.len, 0);
    expect_coverage(&s, "cache keys", "made by the same rule on both sides", 4);
    scene_close(&s);
}

static void test_keys__of_answers_that_nobody_keeps_are_a_matter_for_later(void **state)
{
    (void)state;
    static const struct key_policy none = { .query = KEY_QUERY_NONE };
    struct scene s;
    open_with(&s, &whole, &none);
    for (unsigned v = 0; v < 4; v++)
        pair(&s, text_of(&s, "GET /search?q=%u", v), "200\nCache-Control: no-store\n",
             "200\nCache-Control: no-store\n");
    const struct finding *f =
        check_one(&s, "cache.key-merge", "query parameter q", "/search", SEVERITY_MAJOR);
    says(f->effect, "keep none of these answers now");
    assert_int_equal(f->severity, SEVERITY_MAJOR);
    scene_close(&s);
}

static void test_keys__what_is_kept_speaks_for_the_rule(void **state)
{
    (void)state;
    static const struct key_policy none = { .query = KEY_QUERY_NONE };
    struct scene s;
    open_with(&s, &whole, &none);
    for (unsigned v = 0; v < 4; v++) {
        pair(&s, text_of(&s, "GET /search?q=%u", v), "200\nCache-Control: no-store\n",
             "200\nCache-Control: no-store\n");
        pair(&s, text_of(&s, "GET /p/1?q=%u", v), "200\n" KEPT, "200\n" KEPT);
    }
    const struct finding *f =
        check_one(&s, "cache.key-merge", "query parameter q", "/p/:id", SEVERITY_MAJOR);
    assert_int_equal(f->cache->objects[0], 4);
    scene_close(&s);
}

static void test_keys__a_header_in_the_key_is_named(void **state)
{
    (void)state;
    static const struct key_input device[] = { { .name = { "X-Device", 8 } } };
    static const struct key_policy by_device = { .inputs = device, .input_count = 1 };
    struct scene s;
    open_with(&s, &whole, &by_device);
    for (unsigned v = 0; v < 6; v++)
        pair(&s, text_of(&s, "GET /p/1\nX-Device: kind%u", v % 3), "200\n" KEPT, "200\n" KEPT);
    const struct finding *f = check_one(&s, "cache.key-split", NULL, "/p/:id", SEVERITY_MAJOR);
    assert_true(span_ifind(f->field, SPAN("header x-device")) >= 0);
    scene_close(&s);
}

static const struct span currency[] = { { "currency", 8 } };
static const struct key_policy by_currency = { .cookies = currency, .cookie_count = 1 };

static void ask_by_currency(struct scene *s, unsigned visitors, bool prices_differ)
{
    static const char *const names[] = { "EUR", "USD", "GBP" };
    for (unsigned v = 0; v < visitors; v++) {
        char request[100], answer[200];
        snprintf(request, sizeof request, "GET /p/1\nCookie: currency=%s", names[v % 3]);
        snprintf(answer, sizeof answer, "200\n" KEPT "\n<p>%s</p>",
                 prices_differ ? names[v % 3] : "free");
        pair(s, request, answer, answer);
        next_session(s);
    }
}

static void test_merge__of_different_content_is_critical_and_shows_both_requests(void **state)
{
    (void)state;
    struct scene s;
    open_with(&s, &by_currency, &whole);
    ask_by_currency(&s, 12, true);
    const struct finding *f =
        check_one(&s, "cache.key-merge", "cookie currency", "/p/:id", SEVERITY_CRITICAL);
    assert_int_equal(f->cache->objects[0], 3);
    assert_int_equal(f->cache->objects[1], 1);
    says(f->effect, "Production's answers to them differ (8 of 8 times)");
    says(f->examples[0].curl_production, "Cookie: currency=EUR");
    says(f->examples[1].curl_production, "Cookie: currency=USD");
    says(f->production, "currency=EUR and ");
    scene_close(&s);
}

static void test_merge__of_equal_content_is_minor(void **state)
{
    (void)state;
    struct scene s;
    open_with(&s, &by_currency, &whole);
    ask_by_currency(&s, 24, false);
    const struct finding *f =
        check_one(&s, "cache.key-merge", "cookie currency", "/p/:id", SEVERITY_MINOR);
    assert_int_equal(f->severity, SEVERITY_MINOR);
    says(f->effect, "Different objects became one. ");
    says(f->effect, "the same each time");
    scene_close(&s);
}

static void test_merge__of_visitors_is_critical_whatever_was_seen(void **state)
{
    (void)state;
    static const struct span sid[] = { { "sid", 3 } };
    static const struct key_policy by_visitor = { .cookies = sid, .cookie_count = 1 };
    struct scene s;
    open_with(&s, &by_visitor, &whole);
    for (unsigned v = 0; v < 12; v++) {
        pair(&s, text_of(&s, "GET /menu\nCookie: sid=p~%022u", v), "200\n" KEPT "\n<p>a</p>",
             "200\n" KEPT "\n<p>a</p>");
        next_session(&s);
    }
    const struct finding *f =
        check_one(&s, "cache.key-merge", "cookie sid", "/menu", SEVERITY_CRITICAL);
    says(f->effect, "Visitors became one");
    says(f->production, "one for each visitor");
    assert_true(f->examples[0].session == 1 && f->examples[1].session == 2);
    for (size_t i = 0; i < f->example_count; i++)
        assert_true(span_find(f->examples[i].curl_production, SPAN("p~000")) < 0);
    scene_close(&s);
}

/* A key in other words: whose objects became one is told by who got which answer. */
static void ask_for_own_page(struct scene *s, unsigned visitors, bool own)
{
    for (unsigned v = 0; v < visitors; v++) {
        const char *request = text_of(s, "GET /badge\nX-Visitor: %u", v);
        unsigned content = own ? v : v % 2;
        const char *key = text_of(s, "%05u", own ? 70001 + v : 70001 + v % 2);
        for (int again = 0; again < 2; again++) {
            const char *answer = text_of(
                s, "200\n" KEPT "X-Cache-Key: shop.example/badge#%s\n\n<p>%u</p>", key, content);
            const char *merged =
                text_of(s, "200\n" KEPT "X-Cache-Key: shop.example/badge\n\n<p>%u</p>", content);
            pair(s, request, answer, merged);
        }
        next_session(s);
    }
}

static void test_merge__of_what_each_visitor_had_for_himself_is_told_without_a_name(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    ask_for_own_page(&s, 8, true);
    const struct finding *f =
        check_one(&s, "cache.key-merge", NULL, "/badge", SEVERITY_CRITICAL);
    says(f->effect, "Visitors became one");
    says(f->effect, "Each of production's keys was one visitor's (8 of 8).");
    says(f->effect, "differ (14 of 14 times)");
    scene_close(&s);
}

static void test_merge__of_what_several_visitors_had_in_common_is_of_objects(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    ask_for_own_page(&s, 8, false);
    const struct finding *f =
        check_one(&s, "cache.key-merge", NULL, "/badge", SEVERITY_CRITICAL);
    says(f->effect, "Different objects became one");
    scene_close(&s);
}

static void test_merge__tells_sessions_from_other_cookies(void **state)
{
    (void)state;
    static const struct span both[] = { { "currency", 8 }, { "sid", 3 } };
    static const struct key_policy by_both = { .cookies = both, .cookie_count = 2 };
    struct scene s;
    open_with(&s, &by_both, &whole);
    for (unsigned v = 0; v < 6; v++) {
        const char *answer = text_of(&s, "200\n" KEPT "\n<p>%u</p>", v);
        pair(&s, text_of(&s, "GET /menu\nCookie: sid=p~%022u", v), answer, answer);
        const char *price = text_of(&s, "200\n" KEPT "\n<p>%s</p>", v % 2 ? "EUR 1" : "USD 1");
        pair(&s, v % 2 ? "GET /p/1\nCookie: currency=EUR" : "GET /p/1\nCookie: currency=USD", price,
             price);
        next_session(&s);
    }
    scene_finish(&s);
    assert_int_equal(s.findings.len, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct finding *f = &s.findings.at[i];
        bool session = span_eq(f->field, SPAN("cookie sid"));
        assert_true(session || span_eq(f->field, SPAN("cookie currency")));
        assert_true(span_eq(f->route, session ? SPAN("/menu") : SPAN("/p/:id")));
        says(f->effect, session ? "Visitors became one" : "Different objects became one");
    }
    scene_close(&s);
}

/* Where both are gone from the key of one object, the session is what matters. */
static void test_merge__by_two_inputs_counts_the_objects_of_each(void **state)
{
    (void)state;
    static const struct span both[] = { { "currency", 8 }, { "sid", 3 } };
    static const struct key_policy by_both = { .cookies = both, .cookie_count = 2 };
    struct scene s;
    open_with(&s, &by_both, &whole);
    for (unsigned v = 0; v < 6; v++) {
        const char *answer = text_of(&s, "200\n" KEPT "\n<p>%u</p>", v);
        const char *chosen = v % 2 ? "EUR" : "USD";
        pair(&s, text_of(&s, "GET /menu\nCookie: currency=%s", chosen), answer, answer);
        pair(&s, text_of(&s, "GET /menu\nCookie: currency=%s; sid=p~%022u", chosen, v), answer,
             answer);
        next_session(&s);
    }
    scene_finish(&s);
    assert_int_equal(s.findings.len, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct finding *f = &s.findings.at[i];
        bool session = span_eq(f->field, SPAN("cookie sid"));
        assert_true(session || span_eq(f->field, SPAN("cookie currency")));
        assert_int_equal(f->cache->objects[0], session ? 7 : 2);
        assert_int_equal(f->cache->objects[1], 1);
    }
    scene_close(&s);
}

/* Keys that are hashes, and requests that differ in much besides: what the keys follow is named. */
static void test_keys__of_what_live_production_was_not_sent_are_not_compared(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    s.production_marks = MARK_CREDENTIAL_UNRESOLVED;
    for (int v = 0; v < 3; v++) {
        char staging[160];
        snprintf(staging, sizeof staging,
                 "200\nContent-Type: text/html\nCache-Status: edge; hit; key=\"/b|%d\"\n", v);
        pair(&s, "GET /b\nCookie: sid=p~AAAAAAAAAAAAAAAAAAAAAA",
             "200\nContent-Type: text/html\nCache-Status: edge; hit; key=\"/b\"\n", staging);
        next_session(&s);
    }
    check_none(&s);
}

static void test_split__by_an_unusual_header_is_named_when_the_keys_follow_it(void **state)
{
    (void)state;
    static const char *const markets[] = { "de", "fr", "it" };
    struct scene s;
    open_with(&s, NULL, NULL);
    for (unsigned v = 0; v < 24; v++) {
        const char *request =
            text_of(&s, "GET /menu\nUser-Agent: browser %u\nX-Market: %s\nX-Trace: %u\nX-Same: 1",
                    v / 2, markets[v % 3], v / 4);
        pair(&s, request, "200\n" KEPT "X-Cache-Key: 9f1c\n",
             text_of(&s, "200\n" KEPT "X-Cache-Key: %c7aa\n", "gkx"[v % 3]));
        next_session(&s);
    }
    check_one(&s, "cache.key-split", "header x-market", "/menu", SEVERITY_MAJOR);
    scene_close(&s);
}

/* Two differ whenever the keys do: none is named. */
static void test_split__that_two_headers_explain_names_none(void **state)
{
    (void)state;
    struct scene s;
    open_with(&s, NULL, NULL);
    for (unsigned v = 0; v < 12; v++) {
        pair(&s, text_of(&s, "GET /menu\nX-A: %u\nX-B: %u", v % 3, v % 3),
             "200\n" KEPT "X-Cache-Key: 9f1c\n",
             text_of(&s, "200\n" KEPT "X-Cache-Key: %c7aa\n", "gkx"[v % 3]));
        next_session(&s);
    }
    check_one(&s, "cache.key-split", "an input that the requests do not show", "/menu",
              SEVERITY_MAJOR);
    scene_close(&s);
}

static void test_hostile__ten_thousand_vary_names_are_bounded_and_said(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    AUTO(strbuf_release) struct strbuf answer = STRBUF_INIT;
    strbuf_add_str(&answer, "200\n" KEPT "Vary: ");
    for (int i = 0; i < 10000; i++)
        strbuf_addf(&answer, "X-Name-%d, ", i);
    for (int i = 0; i < 20; i++)
        pair(&s, "GET /p/1", "200\n" KEPT, answer.buf);
    scene_finish(&s);
    assert_int_equal(s.findings.len, 1);
    assert_true(span_starts(s.findings.at[0].kind, SPAN("cache.")));
    expect_coverage(&s, "variants",
                    "by the first names only: Vary names more fields than are looked at", 20);
    scene_close(&s);
}

static void test_hostile__keys_of_a_megabyte_are_compared_whole_and_shown_cut(void **state)
{
    (void)state;
    enum { LONG = 1 << 20 };
    struct scene s;
    scene_open(&s);
    char *one = malloc(LONG + 100), *other = malloc(LONG + 100);
    int head = snprintf(one, 100, "200\n" KEPT "Cache-Status: edge; hit; key=\"");
    memset(one + head, 'k', LONG);
    memcpy(one + head + LONG, "a\"\n", 4);
    memcpy(other, one, LONG + 100);
    other[head + LONG] = 'b';
    for (int i = 0; i < 3; i++) {
        pair(&s, "GET /p/1?x=1", one, one);
        pair(&s, "GET /p/1?x=2", one, other);
    }
    const struct finding *f = check_one(&s, "cache.key-split", NULL, "/p/:id", SEVERITY_MAJOR);
    assert_true(f->staging.len < 2000);
    says(f->field, "query parameter x"); /* nothing else differs between the two */
    free(one);
    free(other);
    scene_close(&s);
}

static void test_hostile__more_keys_than_there_is_room_for_are_said(void **state)
{
    (void)state;
    enum { KEYS = 40000 };
    static const struct key_policy none = { .query = KEY_QUERY_NONE };
    struct scene s;
    open_with(&s, &whole, &none);
    for (unsigned i = 0; i < KEYS; i++)
        pair(&s, text_of(&s, "GET /p/1?n=%u", i), "200\n" KEPT, "200\n" KEPT);
    scene_finish(&s);
    expect_coverage(&s, "cache keys", "beyond the number of keys compared", KEYS - 32768);
    assert_int_equal(s.findings.len, 1);
    assert_true(span_eq(s.findings.at[0].kind, SPAN("cache.key-merge")));
    assert_true(s.findings.at[0].example_count == FINDING_EXAMPLES);
    scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vary__cookie_splits_one_object_into_one_for_each_visitor),
        cmocka_unit_test(test_vary__that_lost_the_cookie_makes_one_of_all_visitors),
        cmocka_unit_test(test_keys__of_what_live_production_was_not_sent_are_not_compared),
        cmocka_unit_test(test_keys__policies_that_differ_split_by_the_item_only_one_keeps),
        cmocka_unit_test(test_keys__one_policy_for_both_sides_finds_nothing),
        cmocka_unit_test(test_keys__of_answers_that_nobody_keeps_are_a_matter_for_later),
        cmocka_unit_test(test_keys__what_is_kept_speaks_for_the_rule),
        cmocka_unit_test(test_keys__a_header_in_the_key_is_named),
        cmocka_unit_test(test_merge__of_different_content_is_critical_and_shows_both_requests),
        cmocka_unit_test(test_merge__of_equal_content_is_minor),
        cmocka_unit_test(test_merge__of_visitors_is_critical_whatever_was_seen),
        cmocka_unit_test(test_merge__of_what_each_visitor_had_for_himself_is_told_without_a_name),
        cmocka_unit_test(test_merge__of_what_several_visitors_had_in_common_is_of_objects),
        cmocka_unit_test(test_merge__tells_sessions_from_other_cookies),
        cmocka_unit_test(test_merge__by_two_inputs_counts_the_objects_of_each),
        cmocka_unit_test(test_split__by_an_unusual_header_is_named_when_the_keys_follow_it),
        cmocka_unit_test(test_split__that_two_headers_explain_names_none),
        cmocka_unit_test(test_hostile__ten_thousand_vary_names_are_bounded_and_said),
        cmocka_unit_test(test_hostile__keys_of_a_megabyte_are_compared_whole_and_shown_cut),
        cmocka_unit_test(test_hostile__more_keys_than_there_is_room_for_are_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
