#include <stdio.h>

#include "support/check.h"

#include "jar_cookies.h"

/* Noon of some day; the jar knows no clock. */
static const int64_t noon = 1772884800;

/* A jar, and the places requests go to, written as URLs. */
struct place {
    struct span scheme, authority, target;
};

static struct place place_of(const char *url)
{
    struct span rest = span_of(url);
    struct place p = { span_cut(&rest, ':'), SPAN_NONE, SPAN("/") };
    rest = span_from(rest, 2);
    ptrdiff_t slash = span_find_char(rest, '/');
    p.authority = slash < 0 ? rest : span_head(rest, (size_t)slash);
    if (slash >= 0)
        p.target = span_from(rest, (size_t)slash);
    return p;
}

static enum jar_outcome set_at(struct jar *jar, const char *url, const char *line, int64_t now)
{
    struct place p = place_of(url);
    return jar_set(jar, span_of(line), p.scheme, p.authority, p.target, now, NULL);
}

static enum jar_outcome set(struct jar *jar, const char *url, const char *line)
{
    return set_at(jar, url, line, noon);
}

static void check_line_at(const struct jar *jar, const char *url, int64_t now, const char *expected)
{
    AUTO(strbuf_release) struct strbuf line = STRBUF_INIT;
    struct place p = place_of(url);
    jar_add_cookie_line(jar, &line, p.scheme, p.authority, p.target, now);
    assert_string_equal(line.buf, expected);
}

static void check_line(const struct jar *jar, const char *url, const char *expected)
{
    check_line_at(jar, url, noon, expected);
}

/* Is this one of the cookies that go there? */
static bool sends(const struct jar *jar, const char *url, const char *cookie)
{
    AUTO(strbuf_release) struct strbuf line = STRBUF_INIT;
    struct place p = place_of(url);
    jar_add_cookie_line(jar, &line, p.scheme, p.authority, p.target, noon);
    for (struct span rest = strbuf_span(&line); !span_is_none(rest);)
        if (span_eq(span_trim(span_cut(&rest, ';')), span_of(cookie)))
            return true;
    return false;
}

static unsigned replay_line(const struct jar *jar, const char *url, const char *recorded,
                            const char *expected)
{
    AUTO(strbuf_release) struct strbuf line = STRBUF_INIT;
    struct place p = place_of(url);
    unsigned unresolved = 99;
    jar_add_replay_line(jar, &line, span_of(recorded), p.scheme, p.authority, p.target, noon,
                        &unresolved);
    assert_string_equal(line.buf, expected);
    return unresolved;
}

static void test_jar__the_examples_of_the_rfc(void **state)
{
    (void)state;
    AUTO(jar_freep) struct jar *jar = jar_new();
    /* Section 3.1, with the renewals and the deletion. */
    assert_int_equal(set(jar, "https://site.example/", "SID=31d4d96e407aad42"), JAR_STORED);
    check_line(jar, "https://site.example/any", "SID=31d4d96e407aad42");
    check_line(jar, "https://www.site.example/", "");
    set(jar, "https://site.example/", "SID=31d4d96e407aad42; Path=/; Domain=site.example");
    check_line(jar, "https://www.site.example/", "SID=31d4d96e407aad42");

    AUTO(jar_freep) struct jar *other = jar_new();
    set(other, "https://site.example/", "SID=31d4d96e407aad42; Path=/; Secure; HttpOnly");
    set(other, "https://site.example/", "lang=en-US; Path=/; Domain=site.example");
    check_line(other, "https://site.example/", "SID=31d4d96e407aad42; lang=en-US");
    assert_int_equal(set(other, "https://site.example/",
                         "lang=; Expires=Sun, 06 Nov 1994 08:49:37 GMT; "
                         "Path=/; Domain=site.example"),
                     JAR_DELETED);
    check_line(other, "https://site.example/", "SID=31d4d96e407aad42");
}

static void test_jar__refuses_what_the_rules_refuse(void **state)
{
    (void)state;
    static const struct {
        const char *url, *line, *why;
    } rows[] = {
        { "https://a.example/", "x=1; Domain=b.example", "Domain is not the host's" },
        { "https://a.example/", "x=1; Domain=www.a.example", "Domain is not the host's" },
        { "https://a.example/", "x=1; Domain=example", "Domain is a public suffix" },
        { "https://shop.co.uk/", "x=1; Domain=co.uk", "Domain is a public suffix" },
        { "https://me.github.io/", "x=1; Domain=github.io", "Domain is a public suffix" },
        { "https://10.0.0.1/", "x=1; Domain=0.0.1", "Domain is not the host's" },
        { "https://aexample.test/", "x=1; Domain=example.test", "Domain is not the host's" },
        { "http://a.example/", "x=1; Secure", "Secure over plain http" },
        { "https://a.example/", "x=1; SameSite=None", "SameSite=None without Secure" },
        { "https://a.example/", "__Secure-x=1", "a __Secure- cookie needs" },
        { "https://a.example/", "__host-x=1; Secure", "a __Host- cookie needs" },
        { "https://a.example/", "__Host-x=1; Secure; Path=/; Domain=a.example",
          "a __Host- cookie needs" },
        { "https://a.example/", "__Host-x=1; Secure; Path=/cart", "a __Host- cookie needs" },
        { "https://a.example/", "=__Host-x=1; Secure; Path=/", "poses as a prefixed name" },
        { "https://a.example/", "__Http-x=1; Secure", "a __Http- cookie needs" },
        { "https://a.example/", "__Host-Http-x=1; Secure; Path=/", "a __Host-Http- cookie needs" },
        { "https://a.example/", "__Host-Http-x=1; Secure; HttpOnly", "a __Host- cookie needs" },
        { "https://a.example/", "__Secure-", "poses as a prefixed name" },
        { "https://a.example/", "x=1; Partitioned", "Partitioned without Secure" },
        { "https://a.example/", "x=1; Domain=\xc3\xbc.a.example", "Domain is no host name" },
        { "https://a.example/", "=", "both empty" },
        { "https://a.example/", "; Path=/", "both empty" },
        { "https://a.example/", "x=\x01", "a control byte" },
        { "https://a.example/", "x=1; Path=/\x7f", "a control byte" },
        { "https://a b/", "x=1", "no host name" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(jar_freep) struct jar *jar = jar_new();
        struct place p = place_of(rows[i].url);
        const char *why = "";
        check_row(jar_set(jar, span_of(rows[i].line), p.scheme, p.authority, p.target, noon,
                          &why) == JAR_REFUSED,
                  rows[i].line);
        check_contains(why, rows[i].why);
        assert_int_equal(jar->len, 0);
    }
}

/* RFC 6265bis, section 5.4: "would be rejected by a conformant user agent", and "accepted". */
static void test_jar__the_prefix_examples_of_the_rfc(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        enum jar_outcome outcome;
    } rows[] = {
        { "__Secure-SID=12345; Domain=site.example", JAR_REFUSED },
        { "__secure-SID=12345; Domain=site.example", JAR_REFUSED },
        { "__SECURE-SID=12345; Domain=site.example", JAR_REFUSED },
        { "__Host-SID=12345", JAR_REFUSED },
        { "__host-SID=12345; Secure", JAR_REFUSED },
        { "__host-SID=12345; Domain=site.example", JAR_REFUSED },
        { "__HOST-SID=12345; Domain=site.example; Path=/", JAR_REFUSED },
        { "__Host-SID=12345; Secure; Domain=site.example; Path=/", JAR_REFUSED },
        { "__host-SID=12345; Secure; Domain=site.example; Path=/", JAR_REFUSED },
        { "__HOST-SID=12345; Secure; Domain=site.example; Path=/", JAR_REFUSED },
        { "__Secure-SID=12345; Domain=site.example; Secure", JAR_STORED },
        { "__secure-SID=12345; Domain=site.example; Secure", JAR_STORED },
        { "__SECURE-SID=12345; Domain=site.example; Secure", JAR_STORED },
        { "__Host-SID=12345; Secure; Path=/", JAR_STORED },
        { "__host-SID=12345; Secure; Path=/", JAR_STORED },
        { "__HOST-SID=12345; Secure; Path=/", JAR_STORED },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(jar_freep) struct jar *jar = jar_new();
        check_row(set(jar, "https://site.example/a/b", rows[i].line) == rows[i].outcome,
                  rows[i].line);
        check_row(set(jar, "http://site.example/", rows[i].line) == JAR_REFUSED, rows[i].line);
    }
}

/* Section 5.5. */
static void test_jar__no_cookie_lives_longer_than_400_days(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "x=1; Max-Age=34560001",
        "x=1; Max-Age=99999999999999999999999999",
        "x=1; Expires=Fri, 31 Dec 9999 23:59:59 GMT",
    };
    const int64_t limit = noon + INT64_C(400) * 86400;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        AUTO(jar_freep) struct jar *jar = jar_new();
        assert_int_equal(set(jar, "https://a.example/", lines[i]), JAR_STORED);
        check_line_at(jar, "https://a.example/", limit - 1, "x=1");
        check_line_at(jar, "https://a.example/", limit, "");
    }
}

static void test_jar__stores_what_keeps_its_promise(void **state)
{
    (void)state;
    static const struct {
        const char *url, *line;
    } rows[] = {
        { "https://a.example/", "__Host-x=1; Secure; Path=/" },
        { "https://a.example/", "__Secure-x=1; Secure; Domain=a.example" },
        { "https://a.example/", "x=1; SameSite=None; Secure" },
        { "https://www.a.example/", "x=1; Domain=.A.Example" },
        { "http://localhost:8080/", "x=1; Secure" },
        { "http://127.0.0.1:8080/", "__Host-x=1; Secure; Path=/" },
        { "http://[::1]:8080/", "x=1; Secure" },
        { "http://shop.localhost/", "x=1; Secure" },
        { "http://localhost/", "x=1; Domain=localhost" },
        { "https://127.0.0.1/", "x=1; Domain=127.0.0.1" },
        { "https://github.io/", "x=1; Domain=github.io" },
        { "https://github.io/", "__Host-x=1; Secure; Path=/; Domain=github.io" },
        { "https://a.example/", "__Http-x=1; Secure; HttpOnly" },
        { "https://a.example/", "__Host-Http-x=1; Secure; HttpOnly; Path=/" },
        { "https://a.example/", "__Host-x=1; Secure; Path=/; Domain=; Partitioned" },
        { "https://a.example/", "x__Host-=1" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(jar_freep) struct jar *jar = jar_new();
        check_row(set(jar, rows[i].url, rows[i].line) == JAR_STORED, rows[i].line);
        AUTO(strbuf_release) struct strbuf line = STRBUF_INIT;
        struct place p = place_of(rows[i].url);
        jar_add_cookie_line(jar, &line, p.scheme, p.authority, p.target, noon);
        check_row(line.len > 0, rows[i].line);
    }
}

static void test_jar__a_public_suffix_of_its_own_makes_a_host_only_cookie(void **state)
{
    (void)state;
    AUTO(jar_freep) struct jar *jar = jar_new();
    set(jar, "https://github.io/", "x=1; Domain=github.io");
    check_line(jar, "https://github.io/", "x=1");
    check_line(jar, "https://me.github.io/", "");
}

static void test_jar__paths_match_by_segments(void **state)
{
    (void)state;
    static const struct {
        const char *set_at, *line, *asked, *expected;
    } rows[] = {
        { "https://a.example/shop/cart?x=/y/", "x=1", "https://a.example/shop/", "x=1" },
        { "https://a.example/shop/cart", "x=1", "https://a.example/shop", "x=1" },
        { "https://a.example/shop/cart", "x=1", "https://a.example/shopping", "" },
        { "https://a.example/shop/cart", "x=1", "https://a.example/", "" },
        { "https://a.example/shop", "x=1", "https://a.example/anything", "x=1" },
        { "https://a.example/", "x=1; Path=/a", "https://a.example/a?b", "x=1" },
        { "https://a.example/", "x=1; Path=/a/", "https://a.example/a", "" },
        { "https://a.example/deep/down", "x=1; Path=relative", "https://a.example/deep/", "x=1" },
        { "https://a.example/deep/down", "x=1; Path=", "https://a.example/", "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(jar_freep) struct jar *jar = jar_new();
        assert_int_equal(set(jar, rows[i].set_at, rows[i].line), JAR_STORED);
        check_line(jar, rows[i].asked, rows[i].expected);
    }
}

static void test_jar__longer_paths_go_first_then_older_cookies(void **state)
{
    (void)state;
    AUTO(jar_freep) struct jar *jar = jar_new();
    set(jar, "https://a.example/", "a=1");
    set(jar, "https://a.example/", "b=2");
    set(jar, "https://a.example/", "c=3; Path=/shop");
    set(jar, "https://a.example/", "a=4"); /* keeps its creation-time: step 23.3 */
    check_line(jar, "https://a.example/shop", "c=3; a=4; b=2");
    assert_int_equal(jar->len, 3);
}

static void test_jar__secure_cookies_stay_off_plain_http(void **state)
{
    (void)state;
    AUTO(jar_freep) struct jar *jar = jar_new();
    set(jar, "https://a.example/", "s=1; Secure");
    set(jar, "https://a.example/", "p=2");
    check_line(jar, "http://a.example/", "p=2");
    assert_int_equal(set(jar, "http://a.example/", "s=evil"), JAR_REFUSED);
    assert_int_equal(set(jar, "http://a.example/", "s=evil; Domain=a.example"), JAR_REFUSED);
    check_line(jar, "https://a.example/", "s=1; p=2");
}

static void test_jar__max_age_beats_expires_and_the_end_comes(void **state)
{
    (void)state;
    AUTO(jar_freep) struct jar *jar = jar_new();
    set(jar, "https://a.example/", "x=1; Max-Age=60; Expires=Sun, 06 Nov 1994 08:49:37 GMT");
    check_line_at(jar, "https://a.example/", noon + 59, "x=1");
    check_line_at(jar, "https://a.example/", noon + 60, "");
    /* An Expires that cannot be read is none. */
    assert_int_equal(set(jar, "https://a.example/", "y=1; Expires=0"), JAR_STORED);
    /* 400 days and no longer: section 5.5. */
    set(jar, "https://a.example/", "z=1; Max-Age=99999999999");
    check_line_at(jar, "https://a.example/", noon + 399 * 86400, "y=1; z=1");
    check_line_at(jar, "https://a.example/", noon + 401 * 86400, "y=1");
}

static void test_jar__is_bounded_whatever_a_server_sets(void **state)
{
    (void)state;
    AUTO(jar_freep) struct jar *jar = jar_new();
    for (int i = 0; i < 5000; i++) {
        char url[64], line[64];
        snprintf(url, sizeof url, "https://h%d.example.test/", i % 40);
        snprintf(line, sizeof line, "c%d=%d", i, i);
        set(jar, url, line);
    }
    assert_true(jar->len <= 600);
    assert_true(sends(jar, "https://h39.example.test/", "c4999=4999"));
}

static void test_jar__a_full_domain_drops_cookies_without_secure_first(void **state)
{
    (void)state;
    AUTO(jar_freep) struct jar *jar = jar_new();
    set(jar, "https://a.example/", "keep=1; Secure");
    for (int i = 0; i < 400; i++) {
        char line[64];
        snprintf(line, sizeof line, "c%d=%d", i, i);
        set(jar, "https://a.example/", line);
    }
    assert_true(sends(jar, "https://a.example/", "keep=1"));
    assert_true(sends(jar, "https://a.example/", "c399=399"));
    assert_false(sends(jar, "https://a.example/", "c0=0"));
}

#define P1 "p~AAAAAAAAAAAAAAAAAAAAAA"
#define P2 "p~BBBBBBBBBBBBBBBBBBBBBB"

static void test_replay_line__stagings_value_takes_the_recorded_place(void **state)
{
    (void)state;
    AUTO(jar_freep) struct jar *jar = jar_new();
    set(jar, "https://a.example/", "flag=on");
    set(jar, "https://a.example/", "sid=staging");
    assert_int_equal(replay_line(jar, "https://a.example/", "locale=de; sid=" P1 "; theme=dark",
                                 "locale=de; sid=staging; theme=dark; flag=on"),
                     0);
}

static void test_replay_line__pseudonyms_without_a_twin_are_counted_and_left_out(void **state)
{
    (void)state;
    AUTO(jar_freep) struct jar *jar = jar_new();
    assert_int_equal(
        replay_line(jar, "https://a.example/", "sid=" P1 "; x=" P2 "; locale=de", "locale=de"), 2);
    assert_int_equal(replay_line(jar, "https://a.example/", NULL, ""), 0);
}

static void test_replay_line__cookies_of_the_way_are_left_out_uncounted(void **state)
{
    (void)state;
    AUTO(jar_freep) struct jar *jar = jar_new();
    assert_int_equal(replay_line(jar, "https://a.example/",
                                 "_ga=" P1 "; AWSALB=" P2 "; __cf_bm=" P1 "; BIGipServerx=1.2", ""),
                     0);
}

static void test_replay_line__what_staging_deleted_is_not_sent(void **state)
{
    (void)state;
    AUTO(jar_freep) struct jar *jar = jar_new();
    set(jar, "https://www.a.example/", "sid=staging");
    set(jar, "https://www.a.example/", "sid=; Max-Age=0");
    set(jar, "https://www.a.example/", "locale=; Max-Age=0; Domain=a.example");
    assert_int_equal(replay_line(jar, "https://www.a.example/", "sid=" P1 "; locale=de", ""), 0);
    assert_int_equal(replay_line(jar, "https://other.example/", "locale=de", "locale=de"), 0);
    set(jar, "https://www.a.example/", "sid=again");
    assert_int_equal(replay_line(jar, "https://www.a.example/", "sid=" P1, "sid=again"), 0);
}

static void test_replay_line__twins_have_other_prefixes_and_suffixes(void **state)
{
    (void)state;
    AUTO(jar_freep) struct jar *jar = jar_new();
    set(jar, "http://a.example/", "authjs.session-token=staging");
    set(jar, "http://a.example/", "wordpress_logged_in_1111=wp");
    assert_int_equal(replay_line(jar, "http://a.example/",
                                 "__Secure-authjs.session-token=" P1
                                 "; wordpress_logged_in_2222=" P2,
                                 "authjs.session-token=staging; wordpress_logged_in_1111=wp"),
                     0);
    /* ASP.NET's cookies share a beginning and are different things. */
    set(jar, "http://a.example/", ".AspNetCore.Session=s");
    assert_int_equal(replay_line(jar, "http://a.example/x", ".AspNetCore.Cookies=" P1,
                                 "authjs.session-token=staging; wordpress_logged_in_1111=wp; "
                                 ".AspNetCore.Session=s"),
                     1);
}

static void test_replay_line__nothing_recorded_ends_the_field_early(void **state)
{
    (void)state;
    AUTO(jar_freep) struct jar *jar = jar_new();
    assert_int_equal(
        replay_line(jar, "https://a.example/", "a=1\r\nX-Evil: 1; b\x01=2; c=3", "c=3"), 0);
}

static void test_replay_line__a_huge_recorded_line_is_cut(void **state)
{
    (void)state;
    AUTO(jar_freep) struct jar *jar = jar_new();
    AUTO(strbuf_release) struct strbuf recorded = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf line = STRBUF_INIT;
    unsigned unresolved;
    for (int i = 0; i < 100000; i++)
        strbuf_addf(&recorded, "c%d=v; ", i);
    jar_add_replay_line(jar, &line, strbuf_span(&recorded), SPAN("https"), SPAN("a.example"),
                        SPAN("/"), noon, &unresolved);
    assert_true(line.len > 0 && line.len < recorded.len / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jar__the_examples_of_the_rfc),
        cmocka_unit_test(test_jar__refuses_what_the_rules_refuse),
        cmocka_unit_test(test_jar__the_prefix_examples_of_the_rfc),
        cmocka_unit_test(test_jar__no_cookie_lives_longer_than_400_days),
        cmocka_unit_test(test_jar__stores_what_keeps_its_promise),
        cmocka_unit_test(test_jar__a_public_suffix_of_its_own_makes_a_host_only_cookie),
        cmocka_unit_test(test_jar__paths_match_by_segments),
        cmocka_unit_test(test_jar__longer_paths_go_first_then_older_cookies),
        cmocka_unit_test(test_jar__secure_cookies_stay_off_plain_http),
        cmocka_unit_test(test_jar__max_age_beats_expires_and_the_end_comes),
        cmocka_unit_test(test_jar__is_bounded_whatever_a_server_sets),
        cmocka_unit_test(test_jar__a_full_domain_drops_cookies_without_secure_first),
        cmocka_unit_test(test_replay_line__stagings_value_takes_the_recorded_place),
        cmocka_unit_test(test_replay_line__pseudonyms_without_a_twin_are_counted_and_left_out),
        cmocka_unit_test(test_replay_line__cookies_of_the_way_are_left_out_uncounted),
        cmocka_unit_test(test_replay_line__what_staging_deleted_is_not_sent),
        cmocka_unit_test(test_replay_line__twins_have_other_prefixes_and_suffixes),
        cmocka_unit_test(test_replay_line__nothing_recorded_ends_the_field_early),
        cmocka_unit_test(test_replay_line__a_huge_recorded_line_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
