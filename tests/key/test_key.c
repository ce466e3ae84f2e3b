#include "support/fields.h"

#include "rehearse/key/key.h"
#include "rehearse/key/observed_key.h"

static void check_key(const struct key_policy *policy, const char *target, const char *fields,
                      const char *expected)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_request request = {
        .method = SPAN("GET"),
        .scheme = SPAN("https"),
        .authority = SPAN("WWW.shop.example:443"),
        .target = span_of(target),
        .fields = fields_from(fields, &arena),
    };
    check_span(key_of(policy, &request, &arena), expected);
}

static void test_key__zeroed_policy_is_host_path_and_query(void **state)
{
    (void)state;
    struct key_policy policy = { 0 };
    check_key(&policy, "/P/9?b=2&a=1&utm_source=x", "Cookie: a=1\n",
              "www.shop.example/P/9?b=2&a=1&utm_source=x\n");
    check_key(&policy, "/", "", "www.shop.example/\n");
    check_key(&policy, "/?", "", "www.shop.example/?\n");
}

static void test_key__query_rules(void **state)
{
    (void)state;
    static const struct span names[] = { { "utm_*", 5 }, { "a", 1 } };
    static const struct {
        enum key_query rule;
        bool sort;
        const char *target, *key;
    } rows[] = {
        { KEY_QUERY_NONE, false, "/p?a=1", "/p\n" },
        { KEY_QUERY_DROP, false, "/p?b=2&utm_x=1&a=1&c", "/p?b=2&c\n" },
        { KEY_QUERY_DROP, false, "/p?utm_source=1&a=1", "/p\n" },
        { KEY_QUERY_DROP, false, "/p?utm=1&aa=1", "/p?utm=1&aa=1\n" },
        { KEY_QUERY_KEEP, false, "/p?b=2&utm_x=1&a=1&c", "/p?utm_x=1&a=1\n" },
        { KEY_QUERY_KEEP, true, "/p?b=2&utm_x=1&a=1&c", "/p?a=1&utm_x=1\n" },
        { KEY_QUERY_ALL, true, "/p?b=1&a=2&a=1&b", "/p?a=2&a=1&b=1&b\n" },
        { KEY_QUERY_ALL, true, "/p?", "/p?\n" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct key_policy policy = { .query = rows[i].rule,
                                     .query_names = names,
                                     .query_count = 2,
                                     .query_sort = rows[i].sort,
                                     .ignore_host = true };
        check_key(&policy, rows[i].target, "", rows[i].key);
    }
}

static void test_key__headers_cookies_and_the_rest_are_lines_of_their_own(void **state)
{
    (void)state;
    static const struct key_input headers[] = { { .name = { "Accept-Language", 15 } },
                                                { .name = { "X-None", 6 } } };
    static const struct span cookies[] = { { "currency", 8 }, { "exp_*", 5 } };
    struct key_policy policy = { .inputs = headers,
                                 .input_count = 2,
                                 .cookies = cookies,
                                 .cookie_count = 2,
                                 .scheme = true,
                                 .method = KEY_METHOD_YES,
                                 .ignore_host = true };
    check_key(&policy, "/p", "accept-language: de\nCookie: sid=9; exp_b=2; currency=EUR; exp_a=1\n",
              "/p\nmethod=GET\nscheme=https\nheader.accept-language=de\nheader.x-none\n"
              "cookie.currency=EUR\ncookie.exp_a=1\ncookie.exp_b=2\n");
}

static void test_key__hosts_may_stand_for_one_another(void **state)
{
    (void)state;
    static const struct key_host hosts[] = { { { "www.shop.example", 16 },
                                               { "shop.example", 12 } } };
    struct key_policy policy = { .hosts = hosts, .host_count = 1, .path = KEY_PATH_FOLD };
    check_key(&policy, "/P?Q", "", "shop.example/p?Q\n");
}

static void test_key__only_the_port_that_the_scheme_implies_goes(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        { "https", "h:443", "h/\n" },         { "https", "h:80", "h:80/\n" },
        { "http", "h:80", "h/\n" },           { "http", "h:8080", "h:8080/\n" },
        { "https", "h:", "h:/\n" },           { "https", "h:x", "h:x/\n" },
        { NULL, "h:443", "h:443/\n" },        { "https", "[::1]", "[::1]/\n" },
        { "https", "[::1]:443", "[::1]/\n" },
    };
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct key_policy policy = { 0 };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_request request = { .scheme = span_of(rows[i][0]),
                                        .authority = span_of(rows[i][1]),
                                        .target = SPAN("/") };
        check_span(key_of(&policy, &request, &arena), rows[i][2]);
    }
}

static void test_key__lines_of_one_header_join(void **state)
{
    (void)state;
    static const struct key_input headers[] = { { .name = { "X", 1 } } };
    struct key_policy policy = { .inputs = headers, .input_count = 1, .ignore_host = true };
    check_key(&policy, "/", "X: a\nY: b\nx: c\nX: d\n", "/\nheader.x=a, c, d\n");
}

static void test_key__no_input_can_pose_as_two_lines(void **state)
{
    (void)state;
    static const struct key_input headers[] = { { .name = { "X", 1 } } };
    struct key_policy policy = { .inputs = headers, .input_count = 1, .ignore_host = true };
    check_key(&policy, "/p?a\nheader.x=1", "", "/p?a\n\theader.x=1\nheader.x\n");
    check_key(&policy, "/p?a%0Aheader.x=1", "", "/p?a%0Aheader.x=1\nheader.x\n");
}

static void test_key__no_host_can_pose_as_a_host_and_a_path(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    const struct key_policy policy = { 0 };
    const struct http_request honest = { .method = SPAN("GET"),
                                         .authority = SPAN("shop.example"),
                                         .target = SPAN("/a/b") };
    const struct http_request posing = { .method = SPAN("GET"),
                                         .authority = SPAN("shop.example/a"),
                                         .target = SPAN("/b") };
    assert_false(span_eq(key_of(&policy, &honest, &arena), key_of(&policy, &posing, &arena)));
}

static void test_key__cookies_of_several_lines_are_one_set(void **state)
{
    (void)state;
    static const struct span cookies[] = { { "*", 1 } };
    struct key_policy policy = { .cookies = cookies, .cookie_count = 1, .ignore_host = true };
    check_key(&policy, "/", "Cookie: b=2; a=9\nX: y\nCookie: a=1\n",
              "/\ncookie.a=9\ncookie.a=1\ncookie.b=2\n");
}

static void test_observed_key__is_found_where_products_show_it(void **state)
{
    (void)state;
    static const struct {
        const char *fields, *named, *key, *field;
    } rows[] = {
        { "Cache-Status: origin; key=a, \"edge\"; hit; key=\"GET|\\\"x\\\"\"", NULL, "GET|\"x\"",
          "Cache-Status" },
        { "Cache-Status: a; key=\"k, 1\"\nCache-Status: b; hit", NULL, "k, 1", "Cache-Status" },
        { "X-Cache-Key: S/L/2649/75069/6h/www.shop.example/a.css?x", NULL,
          "www.shop.example/a.css?x", "X-Cache-Key" },
        { "X-Cache-Key: /L/2649/75069/000/h/a/b", NULL, "h/a/b", "X-Cache-Key" },
        { "X-Cache-Key: /L/x/75069/000/h/a", NULL, "/L/x/75069/000/h/a", "X-Cache-Key" },
        { "X-Cache-Key: /L/1/x/000/h/a", NULL, "/L/1/x/000/h/a", "X-Cache-Key" },
        { "X-Cache-Key: /L/1/2/h/a/b", NULL, "/L/1/2/h/a/b", "X-Cache-Key" },
        { "X-Cache-Key: /LL/1/2/3d/h/a", NULL, "/LL/1/2/3d/h/a", "X-Cache-Key" },
        { "X-Cache-Key: ab/L/1/2/3d/h/a", NULL, "ab/L/1/2/3d/h/a", "X-Cache-Key" },
        { "X-Cache-Key: /L/1/2/3d/", NULL, "/L/1/2/3d/", "X-Cache-Key" },
        { "X-Cache-Key: /L/1/2", NULL, "/L/1/2", "X-Cache-Key" },
        { "X-Cache-Key: httpsbackend/p?x=1", NULL, "httpsbackend/p?x=1", "X-Cache-Key" },
        { "X-Cache-Key: /L/1/2/3d/h/a\nX-True-Cache-Key: /L/h/a vcd=1", NULL, "/L/h/a vcd=1",
          "X-True-Cache-Key" },
        { "Fastly-Debug-Digest: ab12", NULL, "ab12", "Fastly-Debug-Digest" },
        { "X-Cache-Key: a\nX-Hash: b", "x-hash", "b", "x-hash" },
        { "X-Cache-Key: a", "x-hash", "a", "X-Cache-Key" },
        { "Cache-Status: a; hit\nX-Cache-Key:", NULL, NULL, NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct http_fields f = fields_from(rows[i].fields, &arena);
        struct observed_key seen = { .key = SPAN_NONE, .field = SPAN_NONE };
        bool found = key_observed(&f, span_of(rows[i].named), &arena, &seen);
        check_row(found == (rows[i].key != NULL), rows[i].fields);
        check_span(seen.key, rows[i].key);
        check_span(seen.field, rows[i].field);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key__zeroed_policy_is_host_path_and_query),
        cmocka_unit_test(test_key__query_rules),
        cmocka_unit_test(test_key__headers_cookies_and_the_rest_are_lines_of_their_own),
        cmocka_unit_test(test_key__hosts_may_stand_for_one_another),
        cmocka_unit_test(test_key__only_the_port_that_the_scheme_implies_goes),
        cmocka_unit_test(test_key__lines_of_one_header_join),
        cmocka_unit_test(test_key__no_input_can_pose_as_two_lines),
        cmocka_unit_test(test_key__no_host_can_pose_as_a_host_and_a_path),
        cmocka_unit_test(test_key__cookies_of_several_lines_are_one_set),
        cmocka_unit_test(test_observed_key__is_found_where_products_show_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
