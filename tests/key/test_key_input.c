/* What of headers, cookies and parameters enters a key, and how paths and queries are spelt in it.
 */
#include "support/fields.h"

#include "rehearse/key/key.h"
#include "rehearse/key/observed_key.h"

static void check_line(struct key_input input, const char *target, const char *fields,
                       const char *expected)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct key_policy policy = { .inputs = &input,
                                 .input_count = 1,
                                 .ignore_host = true,
                                 .path = KEY_PATH_NONE,
                                 .query = KEY_QUERY_NONE };
    struct http_request request = { .target = span_of(target),
                                    .fields = fields_from(fields, &arena) };
    struct span key = arena_printf(&arena, "\n%s\n", expected);
    check_span(key_of(&policy, &request, &arena), key.ptr);
}

static void test_input__rules_of_values(void **state)
{
    (void)state;
    static const struct span values[] = { { "off", 3 }, { "on", 2 } };
    static const struct {
        enum key_rule rule;
        const char *fields, *line;
    } rows[] = {
        { KEY_VALUE, "x:  A b \n", "header.x=A b" },
        { KEY_VALUE, "x:\n", "header.x=" },
        { KEY_VALUE, "", "header.x" },
        { KEY_TEXT, "x:\n", "header.x" },
        { KEY_TEXT, "x: 1\n", "header.x=1" },
        { KEY_FOLDED, "x: A b \n", "header.x=a b" },
        { KEY_FOLDED, "", "header.x" },
        { KEY_PRESENCE, "x: 1\n", "header.x=*" },
        { KEY_PRESENCE, "x:\n", "header.x=*" },
        { KEY_PRESENCE, "y: 1\n", "header.x" },
        { KEY_CONTAINS, "x: turned ON\n", "header.x=true" },
        { KEY_CONTAINS, "x: 1\n", "header.x=false" },
        { KEY_CONTAINS, "", "header.x" },
        { KEY_UNLESS, "x: OFF\n", "header.x" },
        { KEY_UNLESS, "x: offline\n", "header.x=offline" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_line(
            (struct key_input){
                .name = SPAN("X"), .rule = rows[i].rule, .values = values, .value_count = 2 },
            "/", rows[i].fields, rows[i].line);
}

/* RFC 4647 section 3.4, and the weights of RFC 9110 section 12.4.2. */
static void test_input__language_is_looked_up_in_the_list(void **state)
{
    (void)state;
    static const struct span values[] = {
        { "en", 2 }, { "de", 2 }, { "zh-Hant", 7 }, { "fr-CA", 5 }
    };
    static const char *const rows[][2] = {
        { "", "en" },
        { "Accept-Language: de\n", "de" },
        { "Accept-Language: DE-at-1996, en;q=0.9\n", "de" },
        { "Accept-Language: en;q=0.3, de;q=0.4\n", "de" },
        { "Accept-Language: de;q=0.4, en;q=0.4\n", "de" },
        { "Accept-Language: nl, de;q=0.1\n", "de" },
        { "Accept-Language: de;q=0, nl\n", "en" },
        { "Accept-Language: *, de\n", "de" },
        { "Accept-Language: zh-Hant-TW\n", "zh-Hant" },
        { "Accept-Language: zh-Hant-x-private\n", "zh-Hant" },
        { "Accept-Language: zh\n", "en" }, /* lookup shortens what is asked, not what there is */
        { "Accept-Language: fr\n", "en" },
        { "Accept-Language: de;q=x\n", "de" },
        { "Accept-Language: ;q=1,,,\n", "en" },
        { "Accept-Language: nl\nAccept-Language: de\n", "de" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        check_line((struct key_input){ .name = SPAN("Accept-Language"),
                                       .rule = KEY_LANGUAGE,
                                       .values = values,
                                       .value_count = 4 },
                   "/", rows[i][0],
                   arena_printf(&arena, "header.accept-language=%s", rows[i][1]).ptr);
    }
}

static void test_input__first_language(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "Accept-Language: DE-at, en\n", "language=de" },
        { "Accept-Language: *\n", "language=" },
        { "", "language=" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_line((struct key_input){ .name = SPAN("Accept-Language"),
                                       .rule = KEY_FIRST_LANGUAGE,
                                       .title = SPAN("language") },
                   "/", rows[i][0], rows[i][1]);
}

static void test_input__encodings_are_normalised(void **state)
{
    (void)state;
    static const struct span values[] = { { "br", 2 }, { "gzip", 4 } };
    static const struct {
        const char *field, *best, *all;
    } rows[] = {
        { "gzip, deflate, br", "=br", "=br,gzip" },
        { "deflate, gzip", "=gzip", "=gzip" },
        { "x-gzip", "=gzip", "=gzip" },
        { "br;q=0, GZIP;q=0.1", "=gzip", "=gzip" },
        { "*", "=br", "=br,gzip" },
        { "br;q=0.0, *", "=gzip", "=gzip" },
        { "*;q=0", "", "" },
        { "identity", "", "" },
        { "", "", "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        const char *fields = arena_printf(&arena, "Accept-Encoding: %s\n", rows[i].field).ptr;
        struct key_input input = { .name = SPAN("accept-encoding"),
                                   .rule = KEY_ENCODING,
                                   .values = values,
                                   .value_count = 2 };
        check_line(input, "/", fields,
                   arena_printf(&arena, "header.accept-encoding%s", rows[i].best).ptr);
        input.rule = KEY_ENCODINGS;
        check_line(input, "/", fields,
                   arena_printf(&arena, "header.accept-encoding%s", rows[i].all).ptr);
    }
}

static void test_input__device_classes(void **state)
{
    (void)state;
    static const struct span all[] = { { "mobile", 6 }, { "tablet", 6 }, { "bot", 3 } };
    static const struct span mobile[] = { { "mobile", 6 } };
    static const struct {
        const char *agent, *three, *with_bots, *mobile;
    } rows[] = {
        { "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Mobile/15E148 Safari", "mobile", "mobile",
          "mobile" },
        { "Mozilla/5.0 (iPad; CPU OS 17_0) Mobile/15E148", "tablet", "tablet", "desktop" },
        { "Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/131 Mobile Safari", "mobile", "mobile",
          "mobile" },
        { "Mozilla/5.0 (Linux; Android 14; SM-X910) Chrome/131 Safari", "tablet", "tablet",
          "desktop" },
        { "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "desktop", "desktop", "desktop" },
        { "Mozilla/5.0 (compatible; Googlebot/2.1)", "desktop", "bot", "desktop" },
        { "Mozilla/5.0 (Linux; Android 6) Mobile (compatible; Googlebot/2.1)", "mobile", "bot",
          "mobile" },
        { "curl/8.5.0", "desktop", "bot", "desktop" },
        { "", "desktop", "desktop", "desktop" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        const char *fields = arena_printf(&arena, "User-Agent: %s\n", rows[i].agent).ptr;
        struct key_input input = { .name = SPAN("User-Agent"),
                                   .rule = KEY_DEVICE,
                                   .title = SPAN("device") };
        check_line(input, "/", fields, arena_printf(&arena, "device=%s", rows[i].three).ptr);
        input.values = all;
        input.value_count = 3;
        check_line(input, "/", fields, arena_printf(&arena, "device=%s", rows[i].with_bots).ptr);
        input.values = mobile;
        input.value_count = 1;
        check_line(input, "/", fields, arena_printf(&arena, "device=%s", rows[i].mobile).ptr);
        input.rule = KEY_IS_DEVICE;
        check_line(input, "/", fields,
                   strcmp(rows[i].mobile, "mobile") == 0 ? "device=true" : "device=false");
    }
}

static void test_input__cookies_and_parameters_have_their_places(void **state)
{
    (void)state;
    static const struct {
        enum key_place place;
        bool any_case;
        const char *target, *fields, *line;
    } rows[] = {
        { KEY_COOKIE, false, "/", "Cookie: X=1; x=2\n", "cookie.x=2" },
        { KEY_COOKIE, true, "/", "Cookie: X=1; x=2\n", "cookie.x=1" },
        { KEY_COOKIE, false, "/", "Cookie: a=1\nX: 1\nCookie: x=3\n", "cookie.x=3" },
        { KEY_PARAMETER, false, "/?X=1&x=2&x=3", "", "parameter.x=2" },
        { KEY_PARAMETER, true, "/?X=1&x=2", "", "parameter.x=1" },
        { KEY_PARAMETER, false, "/?x", "", "parameter.x=" },
        { KEY_PARAMETER, true, "/?x", "", "parameter.x" },
        { KEY_PARAMETER, false, "/x", "", "parameter.x" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_line((struct key_input){ .name = SPAN("x"),
                                       .place = rows[i].place,
                                       .any_case = rows[i].any_case },
                   rows[i].target, rows[i].fields, rows[i].line);
}

static void check_target(const struct key_policy *policy, const char *target, const char *expected)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_request request = { .method = SPAN("GET"), .target = span_of(target) };
    struct span key = arena_printf(&arena, "%s\n", expected);
    check_span(key_of(policy, &request, &arena), key.ptr);
}

static void test_path__spellings_that_are_the_same(void **state)
{
    (void)state;
    static const struct {
        unsigned path;
        const char *target, *key;
    } rows[] = {
        { KEY_PATH_FOLD, "/A%2fb", "/a%2fb" },
        { KEY_PATH_PERCENT, "/%61%2f%zz%", "/a%2F%zz%" },
        { KEY_PATH_PERCENT, "/%7e%20?%61", "/~%20?%61" },
        { KEY_PATH_DECODE, "/a%2Fb%0A", "/a/b\n\t" },
        { KEY_PATH_DECODE, "/a%250A", "/a%0A" },
        { KEY_PATH_SLASHES, "//a///b//", "/a/b/" },
        { KEY_PATH_DOTS, "/a/./b/../c", "/a/c" },
        { KEY_PATH_DOTS, "/a/b/..", "/a/" },
        { KEY_PATH_DOTS, "/a/.", "/a/" },
        { KEY_PATH_DOTS, "/../../a", "/a" },
        { KEY_PATH_DOTS, "/..", "/" },
        { KEY_PATH_DOTS, "/a//../b", "/a/b" },
        { KEY_PATH_DOTS, "/a..b/.c/...", "/a..b/.c/..." },
        { KEY_PATH_DOTS, "*", "*" },
        { KEY_PATH_DOTS, "", "" },
        { KEY_PATH_TRAILING, "/a/", "/a" },
        { KEY_PATH_TRAILING, "/", "/" },
        { KEY_PATH_NONE, "/a?b", "?b" },
        { KEY_PATH_LEADING, "///a//b", "/a//b" },
        { KEY_PATH_PERCENT | KEY_PATH_DOTS, "/a/%2e%2E/b", "/b" },
        { KEY_PATH_DECODE | KEY_PATH_SLASHES | KEY_PATH_DOTS, "/a%2F%2F../b", "/b" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct key_policy policy = { .path = rows[i].path, .ignore_host = true };
        check_target(&policy, rows[i].target, rows[i].key);
    }
}

static void test_query__spellings_that_are_the_same(void **state)
{
    (void)state;
    static const struct {
        struct key_policy policy;
        const char *target, *key;
    } rows[] = {
        { { .query_empty = true }, "/p?", "/p" },
        { { .query_percent = true }, "/p?%61=%2f", "/p?a=%2F" },
        { { .query_fold = true }, "/P?A=B", "/P?a=b" },
        { { .query_sort = true, .query_values = true }, "/p?b=2&a=9&b=1&b", "/p?a=9&b&b=1&b=2" },
        { { .query_sort = true }, "/p?b=2&a=9&b=1&b", "/p?a=9&b=2&b=1&b" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct key_policy policy = rows[i].policy;
        policy.ignore_host = true;
        check_target(&policy, rows[i].target, rows[i].key);
    }
}

static void test_query__many_items_are_sorted_as_few_are(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf target = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf sorted = STRBUF_INIT;
    strbuf_add_str(&target, "/p");
    strbuf_add_str(&sorted, "/p");
    for (int i = 0; i < 300; i++) {
        strbuf_addf(&target, "%c%03d=x", i ? '&' : '?', 299 - i);
        strbuf_addf(&sorted, "%c%03d=x", i ? '&' : '?', i);
    }
    struct key_policy policy = { .query_sort = true, .ignore_host = true };
    check_target(&policy, target.buf, sorted.buf);
}

static void test_name__may_hold_stars_anywhere(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *name;
        bool matches;
    } rows[] = {
        { "a", "a", true },        { "a", "ab", false },     { "utm_*", "utm_source", true },
        { "utm_*", "utm", false }, { "*_id", "a_id", true }, { "a*c", "abc", true },
        { "a*c", "abd", false },   { "*", "", true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(key_name_matches(span_of(rows[i].pattern), span_of(rows[i].name)) ==
                      rows[i].matches,
                  rows[i].pattern);
}

static void test_method__that_is_neither_get_nor_head_may_be_apart(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct key_policy policy = { .method = KEY_METHOD_HEAD_IS_GET, .ignore_host = true };
    struct http_request request = { .method = SPAN("HEAD"), .target = SPAN("/") };
    check_span(key_of(&policy, &request, &arena), "/\n");
    request.method = SPAN("OPTIONS");
    check_span(key_of(&policy, &request, &arena), "/\nmethod=OPTIONS\n");
}

static void test_host__aliases_may_hold_stars(void **state)
{
    (void)state;
    static const struct key_host hosts[] = { { { "*.shop.example", 14 }, { "shop.example", 12 } } };
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct key_policy policy = { .hosts = hosts, .host_count = 1 };
    struct http_request request = { .authority = SPAN("WWW.Shop.example"), .target = SPAN("/") };
    check_span(key_of(&policy, &request, &arena), "shop.example/\n");
    request.authority = SPAN("other.example");
    check_span(key_of(&policy, &request, &arena), "other.example/\n");
}

static void test_words__say_what_is_in_a_key(void **state)
{
    (void)state;
    static const struct span names[] = { { "a", 1 }, { "utm_*", 5 } };
    static const struct key_input inputs[] = {
        { .name = { "Accept-Language", 15 },
          .rule = KEY_LANGUAGE,
          .values = names,
          .value_count = 2 },
        { .name = { "sid", 3 }, .place = KEY_COOKIE, .rule = KEY_PRESENCE },
        { .name = { "User-Agent", 10 }, .rule = KEY_DEVICE },
        { .name = { "q", 1 }, .place = KEY_PARAMETER },
    };
    static const struct {
        struct key_policy policy;
        const char *words;
    } rows[] = {
        { { .query = KEY_QUERY_ALL }, "host; path; query" },
        { { .scheme = true,
            .method = KEY_METHOD_YES,
            .ignore_host = true,
            .path = KEY_PATH_FOLD | KEY_PATH_DOTS,
            .query = KEY_QUERY_DROP,
            .query_names = names,
            .query_count = 2,
            .query_sort = true },
          "method; scheme; path whatever its case, dot segments; query without a, utm_* in any "
          "order" },
        { { .ignore_host = true,
            .path = KEY_PATH_NONE,
            .query = KEY_QUERY_NONE,
            .inputs = inputs,
            .input_count = 4,
            .cookie_mode = KEY_COOKIES_DROP,
            .cookies = names,
            .cookie_count = 1 },
          "no query; header Accept-Language as the best of a, utm_*; whether there is cookie sid; "
          "class of device of header User-Agent; query parameter q; all cookies but a" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
        key_policy_add_words(&out, &rows[i].policy);
        check_span(strbuf_span(&out), rows[i].words);
    }
}

static void test_question__is_known_for_products_that_want_one(void **state)
{
    (void)state;
    size_t count;
    const struct key_question *q = key_questions(SPAN("Akamai"), &count);
    assert_int_equal(count, 1);
    check_span(q->name, "Pragma");
    check_contains(q->value.ptr, "akamai-x-get-cache-key");
    check_span(key_questions(SPAN("fastly"), &count)->name, "Fastly-Debug");
    check_span(key_questions(SPAN("trafficserver"), &count)->value, "X-Cache-Key");
    assert_null(key_questions(SPAN("varnish"), &count));
    assert_int_equal(count, 0);
    assert_non_null(key_questions(SPAN_NONE, &count));
    assert_int_equal(count, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_input__rules_of_values),
        cmocka_unit_test(test_input__language_is_looked_up_in_the_list),
        cmocka_unit_test(test_input__first_language),
        cmocka_unit_test(test_input__encodings_are_normalised),
        cmocka_unit_test(test_input__device_classes),
        cmocka_unit_test(test_input__cookies_and_parameters_have_their_places),
        cmocka_unit_test(test_path__spellings_that_are_the_same),
        cmocka_unit_test(test_query__spellings_that_are_the_same),
        cmocka_unit_test(test_query__many_items_are_sorted_as_few_are),
        cmocka_unit_test(test_name__may_hold_stars_anywhere),
        cmocka_unit_test(test_method__that_is_neither_get_nor_head_may_be_apart),
        cmocka_unit_test(test_host__aliases_may_hold_stars),
        cmocka_unit_test(test_words__say_what_is_in_a_key),
        cmocka_unit_test(test_question__is_known_for_products_that_want_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
