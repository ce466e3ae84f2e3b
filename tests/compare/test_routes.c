#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>

#include "rehearse/compare/route.h"

static void check_name(struct routes *r, const char *target, const char *name)
{
    struct span found = routes_name(r, routes_match(r, span_of(target)));
    char text[512];
    snprintf(text, sizeof text, "%.*s", SPAN_ARG(found));
    assert_string_equal(text, name);
}

static void test_routes__numbers_dates_and_hashes_are_parameters(void **state)
{
    (void)state;
    struct routes *r = routes_new();
    static const char *const learned[] = { "/",
                                           "/products/1",
                                           "/products/22/reviews?page=2",
                                           "/api/orders/550e8400-e29b-41d4-a716-446655440000",
                                           "/news/2026-03-07",
                                           "/static/app.3f9a12bc4d.js",
                                           "/static/3f9a12bc4d.js",
                                           "/about" };
    for (size_t i = 0; i < sizeof learned / sizeof *learned; i++)
        routes_learn(r, span_of(learned[i]));
    routes_settle(r);
    check_name(r, "/?utm_source=x", "/");
    check_name(r, "/products/777", "/products/:id");
    check_name(r, "/products/5/reviews", "/products/:id/reviews");
    check_name(r, "/api/orders/650e8400-e29b-41d4-a716-446655440001", "/api/orders/:id");
    check_name(r, "/news/2026-03-08", "/news/:date");
    check_name(r, "/static/aa9a12bc4d.js", "/static/:id.js");
    check_name(r, "/about;jsessionid=1#top", "/about");
    check_name(r, "https://shop.example/products/8?x=/", "/products/:id");
    routes_free(r);
}

static void test_routes__many_words_that_continue_alike_are_one(void **state)
{
    (void)state;
    struct routes *r = routes_new();
    char target[64];
    for (int i = 0; i < 26; i++) {
        snprintf(target, sizeof target, "/products/word%c", 'a' + i);
        routes_learn(r, span_of(target));
        snprintf(target, sizeof target, "/shop/brand%c/sale", 'a' + i);
        routes_learn(r, span_of(target));
    }
    routes_learn(r, SPAN("/help/contact"));
    routes_learn(r, SPAN("/help/terms"));
    routes_settle(r);
    check_name(r, "/products/worda", "/products/:name");
    check_name(r, "/products/never-seen", "/products/:name");
    check_name(r, "/shop/brandx/sale", "/shop/:name/sale");
    check_name(r, "/help/contact", "/help/contact");
    check_name(r, "/help/unseen", "/help/unseen");
    routes_free(r);
}

static void test_routes__given_rules_come_first(void **state)
{
    (void)state;
    struct routes *r = routes_new();
    routes_add_rule(r, &(struct route_rule){ .match = SPAN("/products/:sku"),
                                             .owner = SPAN("platform"),
                                             .stale_at_most_s = 60 });
    routes_add_rule(r, &(struct route_rule){ .match = SPAN("/blog/*"), .stale_at_most_s = -1 });
    routes_learn(r, SPAN("/products/1"));
    routes_settle(r);
    uint32_t route = routes_match(r, SPAN("/products/red?x"));
    assert_true(span_eq(routes_name(r, route), SPAN("/products/:sku")));
    assert_int_equal(routes_rule(r, route)->stale_at_most_s, 60);
    check_name(r, "/blog/2026/a/b", "/blog/*");
    check_name(r, "/products/1/x", "/products/:id/x");
    assert_null(routes_rule(r, routes_match(r, SPAN("/else"))));
    routes_free(r);
}

static void test_routes__memory_is_bounded_and_every_target_has_one(void **state)
{
    (void)state;
    struct routes *r = routes_new();
    char target[256];
    for (int i = 0; i < 200000; i++) {
        snprintf(target, sizeof target, "/w%c%c%c%c/x%c%c%c", 'a' + i % 26, 'a' + i / 26 % 26,
                 'a' + i / 676 % 26, 'g' + i / 17576 % 20, 'k' + i % 7, 'b' + i % 11, 'a' + i % 13);
        routes_learn(r, span_of(target));
    }
    routes_settle(r);
    for (int i = 0; i < 20000; i++) {
        snprintf(target, sizeof target, "/new%c%c%c/y%c", 'a' + i % 26, 'a' + i / 26 % 26,
                 'a' + i / 676 % 26, 'a' + i % 9);
        assert_true(routes_match(r, span_of(target)) < routes_count(r));
    }
    assert_true(routes_count(r) < 20000);
    memset(target, '/', sizeof target - 1);
    target[sizeof target - 1] = '\0';
    assert_true(routes_match(r, span_of(target)) < routes_count(r));
    assert_true(routes_match(r, SPAN("*")) < routes_count(r));
    assert_true(routes_match(r, SPAN("")) < routes_count(r));
    routes_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_routes__numbers_dates_and_hashes_are_parameters),
        cmocka_unit_test(test_routes__many_words_that_continue_alike_are_one),
        cmocka_unit_test(test_routes__given_rules_come_first),
        cmocka_unit_test(test_routes__memory_is_bounded_and_every_target_has_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
