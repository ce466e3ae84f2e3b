#include "support/check.h"

#include "rehearse/http/cookie.h"

static void test_set_cookie__reads_every_attribute(void **state)
{
    (void)state;
    struct set_cookie c;
    assert_true(set_cookie_parse(&c, SPAN("sid = ab=c ; Domain=.Shop.example; path=/x; "
                                          "Expires=Wed, 21-Oct-2015 07:28:00 GMT; Max-Age=60; "
                                          "SameSite=lax; secure; HttpOnly; Partitioned")));
    check_span(c.name, "sid");
    check_span(c.value, "ab=c");
    check_span(c.domain, "Shop.example");
    check_span(c.path, "/x");
    assert_true(c.has_expires);
    assert_int_equal(c.expires_s, 1445412480);
    assert_true(c.has_max_age);
    assert_int_equal(c.max_age_s, 60);
    assert_int_equal(c.same_site, SAME_SITE_LAX);
    assert_true(c.secure && c.http_only && c.partitioned);
}

static void test_set_cookie__absent_attributes_are_none(void **state)
{
    (void)state;
    struct set_cookie c;
    assert_true(set_cookie_parse(&c, SPAN("a=")));
    check_span(c.value, "");
    check_span(c.domain, NULL);
    check_span(c.path, NULL);
    check_span(c.expires, NULL);
    assert_false(c.has_expires || c.has_max_age || c.secure || c.http_only || c.partitioned);
    assert_int_equal(c.same_site, SAME_SITE_ABSENT);
}

static void test_set_cookie__tolerates_what_browsers_tolerate(void **state)
{
    (void)state;
    static const struct {
        const char *line, *name, *value, *domain, *path;
        bool has_max_age;
        int64_t max_age_s;
    } rows[] = {
        { "plain", "", "plain", NULL, NULL, false, 0 },
        { "=v", "", "v", NULL, NULL, false, 0 },
        { "a=1; Path=x", "a", "1", NULL, NULL, false, 0 },
        { "a=1; Path=/a; Path=/b", "a", "1", NULL, "/b", false, 0 },
        { "a=1; Domain=x; Domain=", "a", "1", NULL, NULL, false, 0 },
        { "a=1; Max-Age=-5", "a", "1", NULL, NULL, true, -5 },
        { "a=1; Max-Age=5x", "a", "1", NULL, NULL, false, 0 },
        { "a=1; Max-Age=+5", "a", "1", NULL, NULL, false, 0 },
        { "a=1; Max-Age=-", "a", "1", NULL, NULL, false, 0 },
        { "a=1; Max-Age=99999999999999999999999", "a", "1", NULL, NULL, true, INT64_MAX },
        { "a=\"q, uoted\";;", "a", "\"q, uoted\"", NULL, NULL, false, 0 },
        { "a=%3D\tb", "a", "%3D\tb", NULL, NULL, false, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct set_cookie c;
        check_row(set_cookie_parse(&c, span_of(rows[i].line)), rows[i].line);
        check_span(c.name, rows[i].name);
        check_span(c.value, rows[i].value);
        check_span(c.domain, rows[i].domain);
        check_span(c.path, rows[i].path);
        check_row(c.has_max_age == rows[i].has_max_age && c.max_age_s == rows[i].max_age_s,
                  rows[i].line);
    }
}

static void test_set_cookie__refuses_what_sets_nothing(void **state)
{
    (void)state;
    static char large[4200];
    struct set_cookie c;
    assert_false(set_cookie_parse(&c, SPAN("")));
    assert_false(set_cookie_parse(&c, SPAN("=")));
    assert_false(set_cookie_parse(&c, SPAN("; Path=/")));
    assert_false(set_cookie_parse(&c, SPAN("a=b\x01")));
    check_contains(set_cookie_refusal(SPAN("a=b\x01")), "control byte");
    assert_false(set_cookie_parse(&c, SPAN("a=b\r\nX: y")));
    memset(large, 'x', sizeof large);
    large[1] = '=';
    assert_false(set_cookie_parse(&c, span_make(large, 4098)));
    assert_true(set_cookie_parse(&c, span_make(large, 4097)));
}

static void test_set_cookie__passes_over_an_overlong_attribute(void **state)
{
    (void)state;
    char line[1200] = "a=b; Path=/";
    memset(line + 11, 'x', 1100);
    struct set_cookie c;
    assert_true(set_cookie_parse(&c, span_make(line, 10 + 1025)));
    check_span(c.path, NULL);
    assert_int_equal(c.faults, SET_COOKIE_LONG_ATTRIBUTE);
    assert_true(set_cookie_parse(&c, span_make(line, 10 + 1024)));
    assert_int_equal(c.path.len, 1024);
}

static void test_set_cookie__prefixes_promise_something(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        bool holds;
    } rows[] = {
        { "sid=1", true },
        { "__Secure-a=1; Secure", true },
        { "__Secure-a=1", false },
        { "__SECURE-a=1", false },
        { "__Host-a=1; Secure; Path=/", true },
        { "__Host-a=1; Secure", false },
        { "__Host-a=1; Secure; Path=/; Domain=x", false },
        { "__Host-a=1; Path=/", false },
        { "__Host-a=1; Secure; Path=/; Domain=", true },
        { "__Http-a=1; Secure; HttpOnly", true },
        { "__http-a=1; Secure", false },
        { "__Http-a=1; HttpOnly", false },
        { "__Host-Http-a=1; Secure; HttpOnly; Path=/", true },
        { "__Host-Http-a=1; Secure; HttpOnly", false },
        { "__HOST-HTTP-a=1; Secure; Path=/", false },
        { "__Host-Http-a=1; Secure; HttpOnly; Path=/; Domain=x", false },
        { "__Http-", false },
        { "__Secure-a; Secure", false },
        { "__Hosta=1", true },
        { "=__Host-a=1; Secure; Path=/", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct set_cookie c;
        assert_true(set_cookie_parse(&c, span_of(rows[i].line)));
        check_row(!set_cookie_broken_promise(&c) == rows[i].holds, rows[i].line);
    }
}

static void test_set_cookie__says_what_browsers_put_up_with(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        unsigned faults;
    } rows[] = {
        { "SID=31d4d96e407aad42; Path=/; Secure; HttpOnly", 0 },
        { "lang=en-US; Expires=Wed, 09 Jun 2021 10:18:14 GMT", 0 },
        { "a=\"quoted\"; Max-Age=34560000; SameSite=none; Domain=a.example", 0 },
        { "a=", 0 },
        { "a=b ; Path = /x", 0 },
        { "a=b;", 0 },
        { "plain", SET_COOKIE_NO_NAME },
        { "a b=c", SET_COOKIE_BAD_NAME },
        { "a(=c", SET_COOKIE_BAD_NAME },
        { "a=b c", SET_COOKIE_BAD_VALUE },
        { "a=b,c", SET_COOKIE_BAD_VALUE },
        { "a=\"b", SET_COOKIE_BAD_VALUE },
        { "a=\"", SET_COOKIE_BAD_VALUE },
        { "a=\"\"", 0 },
        { "a=!~", 0 },
        { "a=b; SameSite=STRICT", 0 },
        { "a={\"b\":1}", SET_COOKIE_BAD_VALUE },
        { "a=b\\c", SET_COOKIE_BAD_VALUE },
        { "a=\xc3\xbc", SET_COOKIE_BAD_VALUE },
        { "a=b; Path=/; path=/x", SET_COOKIE_REPEATED },
        { "a=b; Priority=High", SET_COOKIE_UNKNOWN_ATTRIBUTE },
        { "a=b; Secure=false", SET_COOKIE_FLAG_VALUE },
        { "a=b; HttpOnly; Partitioned=1", SET_COOKIE_FLAG_VALUE },
        { "a=b; Expires=Wed, 09-Jun-2021 10:18:14 GMT", SET_COOKIE_LOOSE_EXPIRES },
        { "a=b; Expires=2021 Jun 9 1:2:3", SET_COOKIE_LOOSE_EXPIRES },
        { "a=b; Expires=0", SET_COOKIE_BAD_EXPIRES },
        { "a=b; Expires=", SET_COOKIE_BAD_EXPIRES },
        { "a=b; Max-Age=", SET_COOKIE_BAD_MAX_AGE },
        { "a=b; Max-Age", SET_COOKIE_BAD_MAX_AGE },
        { "a=b; Max-Age=1.5", SET_COOKIE_BAD_MAX_AGE },
        { "a=b; Max-Age=-1", SET_COOKIE_NEGATIVE_AGE },
        { "a=b; Max-Age=34560001", SET_COOKIE_LONG_AGE },
        { "a=b; Domain=.a.example", SET_COOKIE_DOMAIN_DOT },
        { "a=b; Domain=", SET_COOKIE_EMPTY_DOMAIN },
        { "a=b; Domain", SET_COOKIE_EMPTY_DOMAIN },
        { "a=b; Domain=.", SET_COOKIE_EMPTY_DOMAIN | SET_COOKIE_DOMAIN_DOT },
        { "a=b; Path=x", SET_COOKIE_BAD_PATH },
        { "a=b; SameSite=Sometimes", SET_COOKIE_BAD_SAME_SITE },
        { "b c; X; Path=; Path=x; Domain=.; Expires=2021 Jun 9 1:2:3; Expires=0; Max-Age=-1; "
          "Max-Age=34560001; Max-Age=x; SameSite=x; Secure=1",
          SET_COOKIE_NO_NAME | SET_COOKIE_BAD_VALUE | SET_COOKIE_UNKNOWN_ATTRIBUTE |
              SET_COOKIE_BAD_PATH | SET_COOKIE_REPEATED | SET_COOKIE_DOMAIN_DOT |
              SET_COOKIE_EMPTY_DOMAIN | SET_COOKIE_LOOSE_EXPIRES | SET_COOKIE_BAD_EXPIRES |
              SET_COOKIE_NEGATIVE_AGE | SET_COOKIE_LONG_AGE | SET_COOKIE_BAD_MAX_AGE |
              SET_COOKIE_BAD_SAME_SITE | SET_COOKIE_FLAG_VALUE },
        { "a b=c d; Y", SET_COOKIE_BAD_NAME | SET_COOKIE_BAD_VALUE | SET_COOKIE_UNKNOWN_ATTRIBUTE },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct set_cookie c;
        check_row(set_cookie_parse(&c, span_of(rows[i].line)), rows[i].line);
        check_row(c.faults == rows[i].faults, rows[i].line);
        check_row(set_cookie_refusal(span_of(rows[i].line)) == NULL, rows[i].line);
    }
    for (unsigned i = 0; i < SET_COOKIE_FAULTS; i++)
        assert_true(set_cookie_fault_sentence(1u << i)[0]);
    assert_string_equal(set_cookie_fault_sentence(1u << SET_COOKIE_FAULTS), "");
    assert_int_equal(SET_COOKIE_BAD_SAME_SITE, 1u << (SET_COOKIE_FAULTS - 1));
}

static void test_set_cookie__a_megabyte_is_read_once(void **state)
{
    (void)state;
    enum { SIZE = 1000000 };
    static char line[SIZE + 1];
    struct set_cookie c;
    memset(line, ';', SIZE);
    memcpy(line, "a=b", 3);
    assert_true(set_cookie_parse(&c, span_make(line, SIZE)));
    assert_int_equal(c.faults, 0);
    for (size_t i = 3; i + 6 <= SIZE; i += 6)
        memcpy(line + i, "; Path", 6);
    assert_true(set_cookie_parse(&c, span_make(line, SIZE)));
    assert_int_equal(c.faults, SET_COOKIE_REPEATED | SET_COOKIE_BAD_PATH);
    memset(line + 2, 'x', SIZE - 2);
    assert_false(set_cookie_parse(&c, span_make(line, SIZE)));
    assert_non_null(set_cookie_refusal(span_make(line, SIZE)));
    assert_true(span_is_none(cookie_value(span_make(line, SIZE), SPAN("b"))));
}

static void test_set_cookie__names_the_prefix_whose_promise_is_broken(void **state)
{
    (void)state;
    static const struct {
        const char *line, *prefix;
    } rows[] = {
        { "__Secure-a=1", "a __Secure- cookie" },
        { "__Host-a=1; Secure", "a __Host- cookie" },
        { "__Http-a=1; Secure", "a __Http- cookie" },
        { "__Host-Http-a=1; Secure; Path=/", "a __Host-Http- cookie" },
        { "__Host-Http-a=1; Secure; HttpOnly", "a __Host- cookie" },
        { "__http-a", "without a name" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct set_cookie c;
        assert_true(set_cookie_parse(&c, span_of(rows[i].line)));
        check_contains(set_cookie_broken_promise(&c), rows[i].prefix);
    }
}

static void test_cookie_date__takes_parts_in_any_order(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
        int64_t s;
    } rows[] = {
        { "Wed, 21 Oct 2015 07:28:00 GMT", true, 1445412480 },
        { "21-Oct-15 07:28:00", true, 1445412480 },
        { "2015 Oct 21 7:28:00", true, 1445412480 },
        { "07:28:00 October 21th 2015x", true, 1445412480 },
        { "Thu, 01-Jan-1970 00:00:00 GMT", true, 0 },
        { "01 Jan 70 00:00:00", true, 0 },
        { "01 Jan 69 00:00:00", true, 3124224000 },
        { "1 Jan 1970 0:0:59", true, 59 },
        { "31 Jan 1970 23:59:59", true, 2678399 },
        { "31 Dec 99 00:00:00", true, 946598400 },
        { "Wed`21[Oct{2015@07:28:00~", true, 1445412480 },
        { "21/Oct/2015\t07:28:00", true, 1445412480 },
        { ";21?Oct;2015;07:28:00", true, 1445412480 },
        { "1 Jan 1601 00:00:00", true, -11644473600 },
        { "21 Oct 100 07:28:00", false, 0 },
        { "31 Apr 2015 07:28:00", false, 0 },
        { "21 2015 07:28:00", false, 0 },
        { "21 Oct 07:28:00", false, 0 },
        { "21 Oct 2015 07:28:60", false, 0 },
        { "21 Oct 2015 07:60:00", false, 0 },
        { "21 Oct 2015 07:28", false, 0 },
        { "32 Oct 2015 07:28:00", false, 0 },
        { "0 Oct 2015 07:28:00", false, 0 },
        { "Wed, 30 Feb 2015 07:28:00 GMT", false, 0 },
        { "Wed, 21 Oct 1600 07:28:00 GMT", false, 0 },
        { "Wed, 21 Oct 2015 24:28:00 GMT", false, 0 },
        { "Wed, 21 Oct 2015", false, 0 },
        { "0", false, 0 },
        { "", false, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t s = 0;
        check_row(cookie_date_parse(span_of(rows[i].text), &s) == rows[i].good && s == rows[i].s,
                  rows[i].text);
    }
}

static void test_cookie__line_is_cut_into_pairs(void **state)
{
    (void)state;
    struct span rest = SPAN("a=1; b=x=y;; c ;=d; e=");
    static const char *const names[] = { "a", "b", "", "", "e" };
    static const char *const values[] = { "1", "x=y", "c", "d", "" };
    struct cookie_pair pair;
    for (size_t i = 0; i < 5; i++) {
        assert_true(cookie_next(&rest, &pair));
        check_span(pair.name, names[i]);
        check_span(pair.value, values[i]);
    }
    assert_false(cookie_next(&rest, &pair));
}

static void test_cookie_value__names_are_case_sensitive(void **state)
{
    (void)state;
    check_span(cookie_value(SPAN("SID=1; sid=2; sid=3"), SPAN("sid")), "2");
    check_span(cookie_value(SPAN("SID=1"), SPAN("sid")), NULL);
    check_span(cookie_value(SPAN_NONE, SPAN("sid")), NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_cookie__reads_every_attribute),
        cmocka_unit_test(test_set_cookie__absent_attributes_are_none),
        cmocka_unit_test(test_set_cookie__tolerates_what_browsers_tolerate),
        cmocka_unit_test(test_set_cookie__refuses_what_sets_nothing),
        cmocka_unit_test(test_set_cookie__passes_over_an_overlong_attribute),
        cmocka_unit_test(test_set_cookie__prefixes_promise_something),
        cmocka_unit_test(test_set_cookie__says_what_browsers_put_up_with),
        cmocka_unit_test(test_set_cookie__a_megabyte_is_read_once),
        cmocka_unit_test(test_set_cookie__names_the_prefix_whose_promise_is_broken),
        cmocka_unit_test(test_cookie_date__takes_parts_in_any_order),
        cmocka_unit_test(test_cookie__line_is_cut_into_pairs),
        cmocka_unit_test(test_cookie_value__names_are_case_sensitive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
