#include "support/fields.h"

#include "rehearse/cache/directives.h"

/* One line of that field. */
static struct directives read_as(const char *field, const char *value)
{
    struct http_field line = { .name = span_of(field), .value = span_of(value) };
    struct http_fields fields = { .at = &line, .len = 1 };
    return directives_of(&fields, line.name);
}

static struct directives read(const char *value)
{
    return read_as("Cache-Control", value);
}

static void test_directives__are_cut_at_commas_outside_of_quotes(void **state)
{
    (void)state;
    struct directives d =
        read("max-age=60, private=\"set-cookie, x-a\" ,,no-store , a = \"b\\\"c\"");
    assert_int_equal(d.max_age.s, 60);
    assert_int_equal(d.private_fields.len, 1);
    check_span(d.private_fields.lists[0], "set-cookie, x-a");
    assert_true(d.no_store);
    assert_int_equal(d.unknown_len, 1);
    check_span(d.unknown[0], "a");
    d = read_as("Surrogate-Control", "content = \"b\\\", c\", no-store");
    check_span(d.content, "b\\\", c");
    assert_true(d.no_store);
}

static void test_directives__seconds_are_read_as_rfc_9111_says(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        bool given, valid;
        int64_t s;
        unsigned faults;
    } rows[] = {
        { "max-age=60", true, true, 60, 0 },
        { "Max-Age=60", true, true, 60, 0 },
        { "max-age=0060", true, true, 60, 0 },
        { "max-age=\"60\"", true, true, 60, DIRECTIVE_QUOTED_NUMBER },
        { "max-age=60, max-age=5", true, true, 60, DIRECTIVE_DUPLICATE },
        { "max-age=1.5", true, false, 0, DIRECTIVE_BAD_NUMBER },
        { "max-age=-1", true, false, 0, DIRECTIVE_BAD_NUMBER },
        { "max-age=x", true, false, 0, DIRECTIVE_BAD_NUMBER },
        { "max-age=", true, false, 0, DIRECTIVE_BAD_NUMBER },
        { "max-age", true, false, 0, DIRECTIVE_BAD_NUMBER },
        { "max-age=2147483648", true, true, DELTA_MAX, 0 },
        { "max-age=99999999999999999999999999999999", true, true, DELTA_MAX, DIRECTIVE_OVERFLOW },
        { "x-max-age=60", false, false, 0, 0 },
        { "", false, false, 0, 0 },
        { "max-age=60;x", true, false, 0, DIRECTIVE_BAD_NUMBER },
        { "a=\"max-age=60", false, false, 0, DIRECTIVE_OPEN_QUOTE },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct directives d = read(rows[i].value);
        check_row(d.present, rows[i].value);
        check_row(d.max_age.given == rows[i].given && d.max_age.valid == rows[i].valid &&
                      d.max_age.s == rows[i].s && d.faults == rows[i].faults,
                  rows[i].value);
    }
}

static void test_directives__flags_of_any_case(void **state)
{
    (void)state;
    struct directives d = read("Public, NO-STORE, no-cache, must-revalidate, proxy-revalidate, "
                               "Immutable, must-understand, no-transform, only-if-cached");
    assert_true(d.is_public && d.no_store && d.no_cache && d.must_revalidate);
    assert_true(d.proxy_revalidate && d.immutable && d.must_understand && d.no_transform);
    assert_true(d.only_if_cached);
    assert_int_equal(d.faults, DIRECTIVE_CONFLICT);
    assert_int_equal(d.unknown_len, 0);
}

static void test_directives__qualified_forms_name_fields_only(void **state)
{
    (void)state;
    struct directives d = read("private=\"Set-Cookie, X-A\", no-cache=x-b, private=\"X-C\"");
    assert_false(d.is_private);
    assert_false(d.no_cache);
    assert_true(directive_fields_have(&d.private_fields, SPAN("set-cookie")));
    assert_true(directive_fields_have(&d.private_fields, SPAN("x-c")));
    assert_false(directive_fields_have(&d.private_fields, SPAN("x")));
    assert_true(directive_fields_have(&d.no_cache_fields, SPAN("X-B")));
    assert_int_equal(d.faults, DIRECTIVE_UNQUOTED_FIELDS);
}

static void test_directives__the_stricter_form_wins(void **state)
{
    (void)state;
    assert_true(read("private=\"a\", private").is_private);
    assert_true(read("no-cache=\"\"").no_cache);
    assert_true(
        read("private=\"a\",private=\"b\",private=\"c\",private=\"d\",private=\"e\"").is_private);
    assert_int_equal(read("public, private").faults, DIRECTIVE_CONFLICT);
    assert_int_equal(read("max-age=5, no-store").faults, DIRECTIVE_CONFLICT);
    assert_int_equal(read("max-age=0, s-maxage=0, no-store").faults, 0);
    assert_int_equal(read("s-maxage=1, no-cache").faults, DIRECTIVE_CONFLICT);
    assert_int_equal(read("private, max-age=5").faults, 0);
    assert_int_equal(read("no-store=1").faults, DIRECTIVE_NEEDLESS_VALUE);
}

static void test_directives__stale_windows_need_a_number(void **state)
{
    (void)state;
    struct directives d = read("stale-while-revalidate=30, stale-if-error=60");
    assert_int_equal(d.stale_while_revalidate.s, 30);
    assert_int_equal(d.stale_if_error.s, 60);
    d = read("s-maxage=1, stale-while-revalidate");
    assert_false(d.stale_while_revalidate.given);
    assert_int_equal(d.faults, DIRECTIVE_NO_WINDOW);
}

static void test_directives__requests_may_take_any_staleness(void **state)
{
    (void)state;
    assert_int_equal(read("max-stale").max_stale.s, INT64_MAX);
    assert_int_equal(read("max-stale=5").max_stale.s, 5);
    assert_int_equal(read("min-fresh=7").min_fresh.s, 7);
}

static void test_directives__unknown_ones_are_listed(void **state)
{
    (void)state;
    struct directives d = read("none, community=\"UCI\", max-age=1");
    assert_int_equal(d.unknown_len, 2);
    check_span(d.unknown[0], "none");
    check_span(d.unknown[1], "community");
    d = read("a,b,c,d,e,f,g,h,i,j");
    assert_int_equal(d.unknown_len, 10);
    check_span(d.unknown[DIRECTIVES_UNKNOWN - 1], "h");
}

static void test_directives__lines_add_up(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_fields f =
        fields_from("Cache-Control: max-age=5\nCACHE-CONTROL: public, max-age=9\n", &arena);
    struct directives d = directives_of(&f, SPAN("Cache-Control"));
    assert_true(d.is_public);
    assert_int_equal(d.max_age.s, 5);
    assert_int_equal(d.faults, DIRECTIVE_DUPLICATE);
    assert_false(directives_of(&f, SPAN("CDN-Cache-Control")).present);
}

/* RFC 9213 section 2.1: a structured dictionary, or nothing. */
static void test_targeted__is_strict(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        bool present, no_store;
        bool has_max_age;
        int64_t max_age_s;
    } rows[] = {
        { "CDN-Cache-Control: max-age=60", true, false, true, 60 },
        { "CDN-Cache-Control: max-age=60;x=1, no-store", true, true, true, 60 },
        { "CDN-Cache-Control: max-age=60, max-age=5", true, false, true, 5 },
        { "CDN-Cache-Control: max-age=1.5", true, false, false, 0 },
        { "CDN-Cache-Control: max-age=\"60\"", true, false, false, 0 },
        { "CDN-Cache-Control: no-store=?0", true, false, false, 0 },
        { "CDN-Cache-Control: none", true, false, false, 0 },
        { "CDN-Cache-Control: Max-Age=60", false, false, false, 0 },
        { "CDN-Cache-Control: max-age=60,", false, false, false, 0 },
        { "CDN-Cache-Control: max-age=60;", false, false, false, 0 },
        { "CDN-Cache-Control: ", false, false, false, 0 },
        { "CDN-Cache-Control: max-age=60\nCDN-Cache-Control: X", false, false, false, 0 },
    };
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_fields f = fields_from(rows[i].line, &arena);
        struct directives d = directives_of(&f, SPAN("CDN-Cache-Control"));
        check_row(d.present == rows[i].present && d.no_store == rows[i].no_store &&
                      d.max_age.given == rows[i].has_max_age && d.max_age.s == rows[i].max_age_s,
                  rows[i].line);
    }
}

static void test_targeted__qualified_no_cache_is_kept(void **state)
{
    (void)state;
    struct directives d = read_as("CDN-Cache-Control", "no-cache=\"Set-Cookie\", max-age=-5");
    assert_false(d.no_cache);
    assert_true(directive_fields_have(&d.no_cache_fields, SPAN("set-cookie")));
    assert_true(d.max_age.given);
    assert_false(d.max_age.valid);
}

static void test_targeted__private_is_a_flag_a_string_or_a_token(void **state)
{
    (void)state;
    struct directives d = read_as("CDN-Cache-Control", "private, no-cache=?1");
    assert_true(d.is_private && d.no_cache);
    d = read_as("CDN-Cache-Control", "private=x-a, no-cache=7");
    assert_false(d.is_private || d.no_cache);
    assert_true(directive_fields_have(&d.private_fields, SPAN("X-A")));
    d = read_as("CDN-Cache-Control", "private, private=?0, max-age=1, x=2");
    assert_false(d.is_private);
    assert_int_equal(d.unknown_len, 1);
}

static void test_surrogate__may_give_extra_time_and_name_its_target(void **state)
{
    (void)state;
    struct directives d =
        read_as("Surrogate-Control", "max-age=60+30;edge, content=\"ESI/1.0;x\", no-store;inner");
    assert_int_equal(d.max_age.s, 60);
    assert_int_equal(d.stale_while_revalidate.s, 30);
    check_span(d.content, "ESI/1.0;x");
    assert_true(d.no_store);
}

static void test_obeyed__the_target_before_cache_control(void **state)
{
    (void)state;
    static const struct {
        const char *fields;
        const char *rfc, *cdn; /* the field that decides */
    } rows[] = {
        { "Cache-Control: max-age=1\nCDN-Cache-Control: max-age=9", "Cache-Control",
          "CDN-Cache-Control" },
        { "Cache-Control: max-age=1\nCDN-Cache-Control: MAX-AGE=9", "Cache-Control",
          "Cache-Control" },
        { "CDN-Cache-Control: none\nSurrogate-Control: max-age=1", "Cache-Control",
          "CDN-Cache-Control" },
        { "Cache-Control: no-store\nSurrogate-Control: max-age=5", "Cache-Control",
          "Surrogate-Control" },
        { "Cache-Control: max-age=1\nSurrogate-Control: content=\"ESI/1.0\"", "Cache-Control",
          "Cache-Control" },
        { "", "Cache-Control", "Cache-Control" },
    };
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_fields f = fields_from(rows[i].fields, &arena);
        check_span(directives_obeyed(&cache_policy_rfc, &f).field, rows[i].rfc);
        check_span(directives_obeyed(&cache_policy_cdn, &f).field, rows[i].cdn);
    }
}

static void test_dialect__is_told_by_the_name(void **state)
{
    (void)state;
    assert_int_equal(directive_dialect_of(SPAN("cache-control")), DIALECT_CACHE_CONTROL);
    assert_int_equal(directive_dialect_of(SPAN("CDN-Cache-Control")), DIALECT_TARGETED);
    assert_int_equal(directive_dialect_of(SPAN("vercel-cdn-cache-control")), DIALECT_TARGETED);
    assert_int_equal(directive_dialect_of(SPAN("Content-Security-Policy")), DIALECT_CACHE_CONTROL);
    assert_int_equal(directive_dialect_of(SPAN("Surrogate-Control")), DIALECT_SURROGATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_directives__are_cut_at_commas_outside_of_quotes),
        cmocka_unit_test(test_directives__seconds_are_read_as_rfc_9111_says),
        cmocka_unit_test(test_directives__flags_of_any_case),
        cmocka_unit_test(test_directives__qualified_forms_name_fields_only),
        cmocka_unit_test(test_directives__the_stricter_form_wins),
        cmocka_unit_test(test_directives__stale_windows_need_a_number),
        cmocka_unit_test(test_directives__requests_may_take_any_staleness),
        cmocka_unit_test(test_directives__unknown_ones_are_listed),
        cmocka_unit_test(test_directives__lines_add_up),
        cmocka_unit_test(test_targeted__is_strict),
        cmocka_unit_test(test_targeted__qualified_no_cache_is_kept),
        cmocka_unit_test(test_targeted__private_is_a_flag_a_string_or_a_token),
        cmocka_unit_test(test_surrogate__may_give_extra_time_and_name_its_target),
        cmocka_unit_test(test_obeyed__the_target_before_cache_control),
        cmocka_unit_test(test_dialect__is_told_by_the_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
