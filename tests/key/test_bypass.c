#include "support/fields.h"

#include "rehearse/key/bypass.h"

static const struct {
    struct bypass_rule rule;
    const char *method, *target, *fields;
    bool applies;
} rows[] = {
    { { .on = BYPASS_COOKIE, .name = { "sess*", 5 } }, "GET", "/", "Cookie: a=1; session=", true },
    { { .on = BYPASS_COOKIE, .name = { "sess*", 5 } },
      "GET",
      "/",
      "Cookie: a=1; Session=2",
      false },
    { { .on = BYPASS_COOKIE, .name = { "sid", 3 }, .any_case = true },
      "GET",
      "/",
      "Cookie: SID=1",
      true },
    { { .on = BYPASS_COOKIE, .when = BYPASS_TRUTHY, .name = { "sid", 3 } },
      "GET",
      "/",
      "Cookie: sid=0",
      false },
    { { .on = BYPASS_COOKIE, .when = BYPASS_TRUTHY, .name = { "sid", 3 } },
      "GET",
      "/",
      "Cookie: sid=\nCookie: sid=00",
      true },
    { { .on = BYPASS_COOKIE, .when = BYPASS_ABSENT, .name = { "sid", 3 } },
      "GET",
      "/",
      "Cookie: sid=0",
      false },
    { { .on = BYPASS_COOKIE, .when = BYPASS_ABSENT, .name = { "sid", 3 } }, "GET", "/", "", true },
    { { .on = BYPASS_HEADER, .name = { "authorization", 13 } },
      "GET",
      "/",
      "Authorization: x",
      true },
    { { .on = BYPASS_HEADER, .name = { "x-*", 3 } }, "GET", "/", "X-Any:", true },
    { { .on = BYPASS_HEADER, .name = { "authorization", 13 } }, "GET", "/", "Auth: x", false },
    { { .on = BYPASS_HEADER,
        .when = BYPASS_VALUE,
        .name = { "x-preview", 9 },
        .value = { "on*", 3 } },
      "GET",
      "/",
      "X-Preview: only",
      true },
    { { .on = BYPASS_HEADER,
        .when = BYPASS_VALUE,
        .name = { "x-preview", 9 },
        .value = { "on", 2 } },
      "GET",
      "/",
      "X-Preview: only",
      false },
    { { .on = BYPASS_PARAMETER, .name = { "nocache", 7 } }, "GET", "/p?a&nocache", "", true },
    { { .on = BYPASS_PARAMETER, .name = { "nocache", 7 } }, "GET", "/nocache", "", false },
    { { .on = BYPASS_PARAMETER, .when = BYPASS_TRUTHY, .name = { "n", 1 } },
      "GET",
      "/?n",
      "",
      false },
    { { .on = BYPASS_PATH, .name = { "/account*", 9 } }, "GET", "/account/x?y", "", true },
    { { .on = BYPASS_PATH, .name = { "/account", 8 } }, "GET", "/account/x", "", false },
    { { .on = BYPASS_PATH, .name = { "*.php", 5 } }, "GET", "/a/b.php?x", "", true },
    { { .on = BYPASS_METHOD, .name = { "HEAD", 4 } }, "HEAD", "/", "", true },
    { { .on = BYPASS_METHOD, .name = { "HEAD", 4 } }, "GET", "/", "", false },
};

static void test_bypass__rule_decides_which_requests_go_past(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct http_request request = { .method = span_of(rows[i].method),
                                        .target = span_of(rows[i].target),
                                        .fields = fields_from(rows[i].fields, &arena) };
        struct key_policy policy = { .bypass = &rows[i].rule, .bypass_count = 1 };
        struct bypass bypass = { .reads = true };
        bool past = bypass_of(&policy, &request, &bypass);
        check_row(past == rows[i].applies, rows[i].rule.name.ptr);
        if (!past)
            continue;
        assert_ptr_equal(bypass.rule, &rows[i].rule);
        assert_false(bypass.reads || bypass.stores);
        assert_true(bypass.why.rule && bypass.why.sentence[0]);
    }
}

static void test_bypass__way_in_and_way_out_add_up(void **state)
{
    (void)state;
    static const struct bypass_rule rules[] = {
        { .on = BYPASS_PARAMETER, .name = { "r", 1 }, .scope = BYPASS_READ },
        { .on = BYPASS_PARAMETER, .name = { "s", 1 }, .scope = BYPASS_STORE },
        { .on = BYPASS_PARAMETER, .name = { "b", 1 } },
    };
    static const struct {
        const char *method, *target;
        bool past, reads, stores;
    } asked[] = {
        { "GET", "/?r", true, false, true },    { "GET", "/?s", true, true, false },
        { "GET", "/?r&s", true, false, false }, { "GET", "/?b", true, false, false },
        { "GET", "/", false, false, false },    { "POST", "/?r", true, false, false },
    };
    struct key_policy policy = { .bypass = rules, .bypass_count = 3 };
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        struct http_request request = { .method = span_of(asked[i].method),
                                        .target = span_of(asked[i].target) };
        struct bypass bypass = { .rule = NULL };
        check_row(bypass_of(&policy, &request, &bypass) == asked[i].past, asked[i].target);
        check_row(bypass.reads == asked[i].reads, asked[i].target);
        check_row(bypass.stores == asked[i].stores, asked[i].target);
    }
}

static void test_bypass__other_methods_are_not_cached_unless_named(void **state)
{
    (void)state;
    static const struct span methods[] = { { "POST", 4 } };
    struct key_policy policy = { 0 };
    struct http_request request = { .method = SPAN("POST"), .target = SPAN("/") };
    struct bypass bypass;
    assert_true(bypass_of(&policy, &request, &bypass));
    assert_null(bypass.rule);
    assert_false(bypass.reads || bypass.stores);
    check_span(span_of(bypass.why.rule), "K-B6");
    policy.methods = methods;
    policy.method_count = 1;
    assert_false(bypass_of(&policy, &request, &bypass));
    request.method = SPAN("HEAD");
    assert_false(bypass_of(&policy, &request, &bypass));
}

static void test_bypass__rules_are_words_for_a_person(void **state)
{
    (void)state;
    static const struct {
        struct bypass_rule rule;
        const char *words;
    } said[] = {
        { { .name = { "s\x1b*", 3 } }, "cookie \"s\\x1b*\" is there" },
        { { .on = BYPASS_PATH, .name = { "/a*", 3 } }, "path \"/a*\"" },
        { { .on = BYPASS_HEADER, .when = BYPASS_VALUE, .name = { "X", 1 }, .value = { "1", 1 } },
          "header \"X\" is \"1\"" },
        { { .on = BYPASS_PARAMETER, .when = BYPASS_ABSENT, .name = { "v", 1 } },
          "query parameter \"v\" is not there" },
    };
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
        bypass_rule_add(&out, &said[i].rule);
        check_span(strbuf_span(&out), said[i].words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bypass__rule_decides_which_requests_go_past),
        cmocka_unit_test(test_bypass__way_in_and_way_out_add_up),
        cmocka_unit_test(test_bypass__other_methods_are_not_cached_unless_named),
        cmocka_unit_test(test_bypass__rules_are_words_for_a_person),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
