#include "check.h"
#include "rehearse/replay/target.h"

static struct target *with_map(void)
{
    struct err err = ERR_INIT;
    struct target *target = target_new("staging", false);
    assert_int_equal(target_add_host(target, "Shop.Example", "http://127.0.0.1:8080", &err), 0);
    assert_int_equal(target_add_host(target, "www.shop.example", "www.staging.test", &err), 0);
    assert_int_equal(
        target_add_host(target, "api.shop.example:8443", "https://api.staging.test:443/", &err), 0);
    return target;
}

static void test_place_of__translates_by_the_map(void **state)
{
    (void)state;
    static const struct {
        const char *scheme, *authority, *place_scheme, *place;
    } rows[] = {
        { "https", "shop.example", "http", "127.0.0.1:8080" },
        { "https", "shop.example:443", "http", "127.0.0.1:8080" },
        { "http", "shop.example:80", "http", "127.0.0.1:8080" },
        { "http", "www.shop.example", "http", "www.staging.test" },
        { NULL, "www.shop.example", "https", "www.staging.test" },
        { "https", "api.shop.example:8443", "https", "api.staging.test" },
        { "https", "api.shop.example", NULL, NULL },
        { "https", "shop.example:8080", NULL, NULL },
        { "https", "evil.example", NULL, NULL },
        { "https", NULL, NULL, NULL },
    };
    struct target *target = with_map();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct target_place place;
        struct http_request r = { .scheme = span_of(rows[i].scheme),
                                  .authority = span_of(rows[i].authority) };
        bool found = target_place_of(target, &r, &place);
        assert_int_equal(found, rows[i].place != NULL);
        if (found) {
            check_span(place.scheme, rows[i].place_scheme);
            check_span(place.authority, rows[i].place);
        }
    }
    target_free(target);
}

static void test_a_star__takes_all_others_and_those_without_a_host(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct target_place place;
    struct target *target = with_map();
    assert_int_equal(target_add_host(target, "*", "http://127.0.0.1:9", &err), 0);
    assert_true(target_place_of(
        target, &(struct http_request){ .authority = SPAN("other.example") }, &place));
    check_span(place.authority, "127.0.0.1:9");
    assert_true(target_place_of(target, &(struct http_request){ .target = SPAN("/") }, &place));
    check_span(place.authority, "127.0.0.1:9");
    target_free(target);
}

static void test_a_map_of_one__takes_requests_without_a_host(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct target_place place;
    struct target *target = target_new("staging", false);
    assert_int_equal(target_add_host(target, "shop.example", "http://127.0.0.1:8080", &err), 0);
    assert_true(target_place_of(target, &(struct http_request){ .target = SPAN("/") }, &place));
    check_span(place.authority, "127.0.0.1:8080");
    target_free(target);
}

static void test_holds__only_the_places_of_the_map(void **state)
{
    (void)state;
    static const struct {
        const char *authority;
        bool holds;
        const char *production;
    } rows[] = {
        { "127.0.0.1:8080", true, "shop.example" },
        { "127.0.0.1", false, NULL },
        { "www.staging.test", true, "www.shop.example" },
        { "WWW.staging.test:443", true, "www.shop.example" },
        { "www.staging.test:8080", false, NULL },
        { "api.staging.test:443", true, "api.shop.example:8443" },
        { "shop.example", false, NULL },
        { "", false, NULL },
    };
    struct target *target = with_map();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_row(target_holds(target, span_of(rows[i].authority)) == rows[i].holds,
                  rows[i].authority);
        check_span(target_production_name(target, span_of(rows[i].authority)), rows[i].production);
    }
    target_free(target);
}

static void test_places__that_are_no_places_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "ftp://a", "http://", "http://a/b", "http://user@a", "a b", "http://a?x", "*"
    };
    struct target *target = target_new("staging", false);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err err = ERR_INIT;
        check_row(target_add_host(target, "shop.example", bad[i], &err) == E_USAGE, bad[i]);
        assert_true(err.text[0] != '\0');
    }
    target_free(target);
}

static void test_a_host_twice__is_refused(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct target *target = with_map();
    assert_int_equal(target_add_host(target, "SHOP.example", "http://127.0.0.1:1", &err), E_USAGE);
    target_free(target);
}

static void test_production__is_never_given_mutations(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct target *target = target_new("production", true);
    assert_int_equal(target_set_mutations(target, MUTATIONS_ALLOW, &err), E_USAGE);
    assert_int_equal(target_mutations(target), MUTATIONS_REFUSE);
    target_free(target);
}

static void test_connect__is_found_with_and_without_the_default_port(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct target *target = with_map();
    assert_int_equal(target_add_connect(target, "www.staging.test:443", "127.0.0.1:8443", &err), 0);
    assert_string_equal(target_connect_address(target, SPAN("www.staging.test")), "127.0.0.1:8443");
    assert_null(target_connect_address(target, SPAN("api.staging.test")));
    assert_int_equal(target_add_connect(target, "a", "no-port", &err), E_USAGE);
    assert_int_equal(target_add_connect(target, "a", "b:0", &err), E_USAGE);
    assert_int_equal(target_add_connect(target, "a", "b:70000", &err), E_USAGE);
    target_free(target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_place_of__translates_by_the_map),
        cmocka_unit_test(test_a_star__takes_all_others_and_those_without_a_host),
        cmocka_unit_test(test_a_map_of_one__takes_requests_without_a_host),
        cmocka_unit_test(test_holds__only_the_places_of_the_map),
        cmocka_unit_test(test_places__that_are_no_places_are_refused),
        cmocka_unit_test(test_a_host_twice__is_refused),
        cmocka_unit_test(test_production__is_never_given_mutations),
        cmocka_unit_test(test_connect__is_found_with_and_without_the_default_port),
    };
    return cmocka_run_group_tests_name("target", tests, NULL, NULL);
}
