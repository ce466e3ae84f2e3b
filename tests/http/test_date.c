#include "support/check.h"

#include "rehearse/http/date.h"

static void test_http_date__reads_all_three_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t s;
    } rows[] = {
        { "Sun, 06 Nov 1994 08:49:37 GMT", 784111777 },
        { "Sunday, 06-Nov-94 08:49:37 GMT", 784111777 },
        { "Sun Nov  6 08:49:37 1994", 784111777 },
        { "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
        { "Wed, 31 Dec 1969 23:59:59 GMT", -1 },
        { "Thu, 29 Feb 2024 12:00:00 GMT", 1709208000 },
        { "Tue, 01 Jan 2069 00:00:00 GMT", 3124224000 },
        { " Sun, 06 Nov 1994 08:49:37 gmt ", 784111777 },
        { "Saturday, 01-Jan-70 00:00:00 GMT", 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t s = 42;
        check_row(http_date_parse(span_of(rows[i].text), &s) && s == rows[i].s, rows[i].text);
    }
}

static void test_http_date__refuses_what_is_no_date(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "0",
        "-1",
        "now",
        "Sun, 06 Nov 1994 08:49:37 PST",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 29 Feb 1900 00:00:00 GMT",
        "Sun, 06 Nox 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 06 Nov 99999 08:49:37 GMT",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t s;
        check_row(!http_date_parse(span_of(rows[i]), &s), rows[i]);
    }
}

/* 2026-11-23T12:00:00Z */
#define NOW INT64_C(1795435200)

static void test_date_read__says_what_it_tolerated(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned oddities;
    } rows[] = {
        { "Sun, 06 Nov 1994 08:49:37 GMT", 0 },
        { "Sunday, 06-Nov-94 08:49:37 GMT", HTTP_DATE_RFC850 },
        { "Sun Nov  6 08:49:37 1994", HTTP_DATE_ASCTIME },
        { "Sun Nov 06 08:49:37 1994", HTTP_DATE_ASCTIME },
        { "SUN, 06 Nov 1994 08:49:37 GMT", HTTP_DATE_CASE },
        { "Sun, 06 NOV 1994 08:49:37 GMT", HTTP_DATE_CASE },
        { "Sun, 06 Nov 1994 08:49:37 gMT", HTTP_DATE_CASE },
        { "sunday, 06-nov-94 08:49:37 gmt", HTTP_DATE_RFC850 | HTTP_DATE_CASE },
        { "Mon, 06 Nov 1994 08:49:37 GMT", HTTP_DATE_DAY_NAME },
        { "Foo, 06 Nov 1994 08:49:37 GMT", HTTP_DATE_DAY_NAME },
        { "Sunday, 06 Nov 1994 08:49:37 GMT", HTTP_DATE_DAY_NAME },
        { "Sun, 06-Nov-94 08:49:37 GMT", HTTP_DATE_RFC850 | HTTP_DATE_DAY_NAME },
        { "06 Nov 1994 08:49:37 GMT", HTTP_DATE_NO_DAY_NAME },
        { ", 06 Nov 1994 08:49:37 GMT", HTTP_DATE_NO_DAY_NAME | HTTP_DATE_COMMA },
        { "Sun 06 Nov 1994 08:49:37 GMT", HTTP_DATE_COMMA },
        { "Sun, Nov  6 08:49:37 1994", HTTP_DATE_ASCTIME | HTTP_DATE_COMMA },
        { "Sun, 06  Nov  1994 08:49:37 GMT", HTTP_DATE_SPACES },
        { "Sun,\t06 Nov 1994 08:49:37 GMT", HTTP_DATE_SPACES },
        { "Sun Nov   6 08:49:37 1994", HTTP_DATE_ASCTIME | HTTP_DATE_SPACES | HTTP_DATE_ONE_DIGIT },
        { "Sun, 06-Nov-1994 08:49:37 GMT", HTTP_DATE_DASHES },
        { "Sun, 06 Nov 1994 08.49.37 GMT", HTTP_DATE_DOTS },
        { "Sun, 06 Nov 1994 8:49:37 GMT", HTTP_DATE_ONE_DIGIT },
        { "Sun, 6 Nov 1994 08:49:37 GMT", HTTP_DATE_ONE_DIGIT },
        { "Sun Nov 6 08:49:37 1994", HTTP_DATE_ASCTIME | HTTP_DATE_ONE_DIGIT },
        { "Sun, 06 Nov 94 08:49:37 GMT", HTTP_DATE_SHORT_YEAR },
        { "Sun, 06 Nov 01994 08:49:37 GMT", HTTP_DATE_LONG_YEAR },
        { "Sun, 06 Nov 1994 08:49:37 UTC", HTTP_DATE_UTC },
        { "Sun, 06 Nov 1994 08:49:37 +0000", HTTP_DATE_UTC },
        { "Sun, 06 Nov 1994 09:49:37 +0100", HTTP_DATE_OFFSET },
        { "Sun, 06 Nov 1994 01:19:37 -0730", HTTP_DATE_OFFSET },
        { "Sun, 06 Nov 1994 08:49:37 AEST", HTTP_DATE_OTHER_ZONE },
        { "Sun, 06 Nov 1994 08:49:37", HTTP_DATE_NO_ZONE },
        { "Sun, 06 Nov 1994 08:49:37 UT", HTTP_DATE_UTC },
        { "Sun, 06 Nov 1994 08:49:37 z", HTTP_DATE_UTC },
        { "Sun, 06 Nov 1994 08:49:37 ACWST", HTTP_DATE_OTHER_ZONE },
        { "Mon, 07 Nov 1994 07:48:37 +2259", HTTP_DATE_OFFSET },
        { "Mon, 07 Nov 1994 08:48:37 +2359", HTTP_DATE_OFFSET },
        { "Foo 6-NOV-01994 9.49.37  +0100",
          HTTP_DATE_DAY_NAME | HTTP_DATE_COMMA | HTTP_DATE_ONE_DIGIT | HTTP_DATE_DASHES |
              HTTP_DATE_CASE | HTTP_DATE_LONG_YEAR | HTTP_DATE_DOTS | HTTP_DATE_SPACES |
              HTTP_DATE_OFFSET },
        { "sun\t06 nov 94 08:49:37", HTTP_DATE_CASE | HTTP_DATE_COMMA | HTTP_DATE_SPACES |
                                         HTTP_DATE_SHORT_YEAR | HTTP_DATE_NO_ZONE },
        { "Sun  06-nov-94 08:49:37 gmt", HTTP_DATE_RFC850 | HTTP_DATE_DAY_NAME | HTTP_DATE_CASE |
                                             HTTP_DATE_COMMA | HTTP_DATE_SPACES },
        { "Sun,  06 Nov 1994 08.49.37 utc", HTTP_DATE_SPACES | HTTP_DATE_DOTS | HTTP_DATE_UTC },
        { "Sun 06 Nov 1994 08:49:37 pst", HTTP_DATE_COMMA | HTTP_DATE_OTHER_ZONE },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t s = 42;
        unsigned oddities = ~0u;
        check_row(http_date_read(span_of(rows[i].text), NOW, &s, &oddities), rows[i].text);
        check_row(s == 784111777 && oddities == rows[i].oddities, rows[i].text);
        bool strict = http_date_parse(span_of(rows[i].text), &s);
        check_row(strict == !(oddities & ~HTTP_DATE_BY_RFC), rows[i].text);
    }
}

static void test_date_read__every_oddity_has_a_sentence(void **state)
{
    (void)state;
    for (unsigned i = 0; i < HTTP_DATE_ODDITIES; i++)
        assert_true(http_date_oddity_sentence(1u << i)[0]);
    assert_string_equal(http_date_oddity_sentence(0), "");
    assert_string_equal(http_date_oddity_sentence(1u << HTTP_DATE_ODDITIES), "");
    assert_int_equal(HTTP_DATE_NO_ZONE, 1u << (HTTP_DATE_ODDITIES - 1));
}

static void test_date_read__refuses_what_no_cache_takes(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "0",
        "Sun",
        "Sun,",
        "Sun, ",
        "Sun, 06",
        "Sun,06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 194 08:49:37 GMT",
        "Sun, 06 Nov 4 08:49:37 GMT",
        "Sun, 06 Nov 1994999 08:49:37 GMT",
        "Sun, 06-Nov 94 08:49:37 GMT",
        "Sun, 006 Nov 1994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Thu, 29 Feb 2100 00:00:00 GMT",
        "Sun, 06 November 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 1994 08:49 GMT",
        "Sun, 06 Nov 1994 :49:37 GMT",
        "Sun, 06 Nov 1994 08:49: GMT",
        "Sun, 06 Nov 1994 08:49: ",
        "Sun, 06 Nov 1994 08-49-37 GMT",
        "Sun, 06 Nov 1994 08:49:037 GMT",
        "Sun, 06 Nov 1994 GMT",
        "Sun, 06 Nov",
        "Sun, 06 Nov 1994",
        "Sun, 06 Nov 1994 ",
        "Sun, 06-Nov-1994",
        "Sun, 06/Nov/1994 08:49:37 GMT",
        "Sun, 06 Nox 1994 08:49:37 GMT",
        "Sun, -06 Nov 1994 08:49:37 GMT",
        "Sun Nox  6 08:49:37 1994",
        "Sun Nov",
        "Sun Nov-06 08:49:37 1994",
        "Sun Nov   08:49:37 1994",
        "Sun Nov  6 1994",
        "Sun Nov  6 08:49 1994",
        "Sun Nov  6 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 +2400",
        "Sun, 06 Nov 1994 08:49:37 +0060",
        "Sun, 06 Nov 1994 08:49:37 ?",
        "Sun, 06 Nov 1994 08:49:37 GMTXYZ",
        "Sun, 06 Nov 1994 08:49:37 GMT+1",
        "Sun, 06 Nov 1994 08:49:37 +01:00",
        "Sun, 06 Nov 1994 08:49:37 +9900",
        "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:38 GMT",
        "Sun Nov  6 08:49:37 94",
        "Sun Nov  6 08:49:37 1994 GMT",
        "1994-11-06T08:49:37Z",
        "784111777",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t s = 42;
        unsigned oddities = 42;
        check_row(!http_date_read(span_of(rows[i]), NOW, &s, &oddities), rows[i]);
        check_row(s == 42 && oddities == 42, rows[i]);
    }
}

/* RFC 9110, section 5.6.7: not more than 50 years in the future, to the second. */
static void test_date_read__two_digit_years(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t now_year, year;
    } rows[] = {
        { "Monday, 01-Jan-76 00:00:00 GMT", 2026, 2076 },
        { "Monday, 01-Jan-76 00:00:01 GMT", 2026, 1976 },
        { "Monday, 01-Jan-77 00:00:00 GMT", 2026, 1977 },
        { "Monday, 01-Jan-50 00:00:00 GMT", 2026, 2050 },
        { "Monday, 01-Jan-00 00:00:00 GMT", 2026, 2000 },
        { "Monday, 01-Jan-99 00:00:00 GMT", 2026, 1999 },
        { "Monday, 01-Jan-99 00:00:00 GMT", 1980, 1999 },
        { "Monday, 01-Jan-30 00:00:00 GMT", 1980, 2030 },
        { "Monday, 01-Jan-31 00:00:00 GMT", 1980, 1931 },
        { "Monday, 01-Jan-10 00:00:00 GMT", 2080, 2110 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t s = 0;
        unsigned oddities;
        int64_t now_s = date_days(rows[i].now_year, 1, 1) * 86400;
        check_row(http_date_read(span_of(rows[i].text), now_s, &s, &oddities), rows[i].text);
        check_row(s / 86400 == date_days(rows[i].year, 1, 1), rows[i].text);
    }
}

static void test_date_read__the_ends_of_time(void **state)
{
    (void)state;
    int64_t s = 0;
    unsigned oddities;
    assert_true(http_date_parse(SPAN("Mon, 01 Jan 0001 00:00:00 GMT"), &s));
    assert_int_equal(s, -62135596800);
    assert_true(http_date_parse(SPAN("Fri, 31 Dec 9999 23:59:59 GMT"), &s));
    assert_int_equal(s, 253402300799);
    assert_false(http_date_parse(SPAN("Mon, 01 Jan 99999 00:00:00 GMT"), &s));
    assert_true(http_date_read(SPAN("Fri, 01 Jan 99999 00:00:00 GMT"), NOW, &s, &oddities));
    assert_int_equal(s, date_days(99999, 1, 1) * 86400);
    assert_int_equal(oddities, HTTP_DATE_LONG_YEAR);
    /* A leap second is the second before it (RFC 9111, section 4.2). */
    assert_true(http_date_parse(SPAN("Sat, 31 Dec 2016 23:59:60 GMT"), &s));
    assert_int_equal(s, 1483228799);
    assert_true(http_date_read(SPAN("Sat, 31 Dec 2016 23:59:60 GMT"), NOW, &s, &oddities));
    assert_int_equal(s, 1483228799);
    assert_int_equal(oddities, HTTP_DATE_LEAP_SECOND);
    assert_true(http_date_read(SPAN("sun, 31 Dec 2016 23.59.60"), NOW, &s, &oddities));
    assert_int_equal(oddities, HTTP_DATE_CASE | HTTP_DATE_DAY_NAME | HTTP_DATE_DOTS |
                                   HTTP_DATE_LEAP_SECOND | HTTP_DATE_NO_ZONE);
    assert_true(http_date_read(SPAN("Monday, 01-Jan-70 00:00:00 GMT"), INT64_MIN, &s, &oddities));
    assert_true(http_date_read(SPAN("Monday, 01-Jan-70 00:00:00 GMT"), INT64_MAX, &s, &oddities));
}

static void test_http_date__written_reads_back(void **state)
{
    (void)state;
    static const int64_t moments[] = { 0,         -1,           784111777,   1709208000,
                                       951782400, -62135596800, 253402300799 };
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        int64_t s = 42;
        strbuf_clear(&out);
        http_date_add(&out, moments[i]);
        check_row(http_date_parse(strbuf_span(&out), &s) && s == moments[i], out.buf);
    }
    strbuf_clear(&out);
    http_date_add(&out, 784111777);
    assert_string_equal(out.buf, "Sun, 06 Nov 1994 08:49:37 GMT");
}

/* Eight centuries, day by day: what is written reads back, and days follow each other. */
static void test_http_date__every_day_reads_back(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    int64_t last = date_days(2400, 1, 1);
    for (int64_t day = date_days(1600, 1, 1); day < last; day++) {
        int64_t s = 0, us = 0;
        strbuf_clear(&out);
        http_date_add(&out, day * 86400 + 43199);
        check_row(http_date_parse(strbuf_span(&out), &s) && s == day * 86400 + 43199, out.buf);
        unsigned oddities = ~0u;
        strbuf_clear(&out);
        http_date_add(&out, day * 86400);
        check_row(http_date_read(strbuf_span(&out), 0, &s, &oddities) && s == day * 86400 &&
                      oddities == 0, /* so the day's name is right */
                  out.buf);
        strbuf_clear(&out);
        iso_time_add(&out, day * 86400000000);
        check_row(iso_time_parse(strbuf_span(&out), &us) && us == day * 86400000000, out.buf);
    }
}

static void test_date_days__months_have_their_length(void **state)
{
    (void)state;
    static const unsigned lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    for (int64_t year = -401; year < 2401; year++)
        for (unsigned month = 1; month <= 12; month++) {
            bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            int64_t next = month == 12 ? date_days(year + 1, 1, 1) : date_days(year, month + 1, 1);
            assert_int_equal(next - date_days(year, month, 1),
                             lengths[month - 1] + (month == 2 && leap));
        }
    assert_int_equal(date_days(1970, 1, 1), 0);
}

/* A date with any one of its separators spoiled is none. */
static void test_date__every_separator_is_wanted(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "1970-01-01T00:00:00Z",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[40];
        size_t len = strlen(rows[i]);
        for (size_t at = 3; at < len; at++) {
            int64_t s;
            memcpy(text, rows[i], len + 1);
            if (char_is_alpha(text[at]) && i == 1 && at < 6)
                continue; /* the day's name is not believed */
            text[at] = '~';
            struct span spoiled = span_make(text, len);
            check_row(!http_date_parse(spoiled, &s) && !iso_time_parse(spoiled, &s), text);
        }
    }
}

static void test_month_names__and_the_days_at_their_ends(void **state)
{
    (void)state;
    static const char *const names[] = { "Jan", "feb", "MAR", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    for (unsigned i = 0; i < 12; i++)
        assert_int_equal(date_month(span_of(names[i])), i + 1);
    assert_int_equal(date_month(SPAN("Mai")), 0);
    assert_int_equal(date_month(SPAN("June")), 0);
    int64_t us;
    assert_true(iso_time_parse(SPAN("2026-12-31T23:59:60Z"), &us));
    assert_false(iso_time_parse(SPAN("2026-11-31T23:59:59Z"), &us));
    assert_false(iso_time_parse(SPAN("2026-12-31T23:59:61Z"), &us));
}

static void test_iso_time__reads_fractions_and_zones(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t us;
    } rows[] = {
        { "1970-01-01T00:00:00Z", 0 },
        { "1970-01-01T00:00:00.114Z", 114000 },
        { "1970-01-01T00:00:00.123456789Z", 123456 },
        { "1970-01-01T01:00:00+01:00", 0 },
        { "1970-01-01T00:00:00-0530", 19800000000 },
        { "1970-01-01T02:00:00+02", 0 },
        { "1970-01-01 00:00:01", 1000000 },
        { "1970-01-01 00:00:01 UTC", 1000000 },
        { "1970-01-01t00:00:00,5z", 500000 },
        { "1969-12-31T23:59:59.5Z", -500000 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t us = 42;
        check_row(iso_time_parse(span_of(rows[i].text), &us) && us == rows[i].us, rows[i].text);
    }
}

static void test_iso_time__refuses_what_is_no_time(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "1970-01-01",
        "1970-01-01T00:00",
        "1970-13-01T00:00:00Z",
        "1970-01-01T00:00:00.Z",
        "1970-01-01T00:00:00+1",
        "1970-01-01T00:00:00+99:00",
        "1970-01-01T00:00:00 CET",
        "1970-01-01T00:00:00+01:0x",
        "19700101T000000Z",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t us;
        check_row(!iso_time_parse(span_of(rows[i]), &us), rows[i]);
    }
}

static void test_iso_time__is_written_as_short_as_it_is_exact(void **state)
{
    (void)state;
    static const struct {
        int64_t us;
        const char *text;
    } rows[] = {
        { 0, "1970-01-01T00:00:00Z" },
        { 114000, "1970-01-01T00:00:00.114Z" },
        { 1, "1970-01-01T00:00:00.000001Z" },
        { -500000, "1969-12-31T23:59:59.500Z" },
    };
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        strbuf_clear(&out);
        iso_time_add(&out, rows[i].us);
        assert_string_equal(out.buf, rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_http_date__reads_all_three_forms),
        cmocka_unit_test(test_http_date__refuses_what_is_no_date),
        cmocka_unit_test(test_date_read__says_what_it_tolerated),
        cmocka_unit_test(test_date_read__every_oddity_has_a_sentence),
        cmocka_unit_test(test_date_read__refuses_what_no_cache_takes),
        cmocka_unit_test(test_date_read__two_digit_years),
        cmocka_unit_test(test_date_read__the_ends_of_time),
        cmocka_unit_test(test_http_date__written_reads_back),
        cmocka_unit_test(test_http_date__every_day_reads_back),
        cmocka_unit_test(test_date_days__months_have_their_length),
        cmocka_unit_test(test_date__every_separator_is_wanted),
        cmocka_unit_test(test_month_names__and_the_days_at_their_ends),
        cmocka_unit_test(test_iso_time__reads_fractions_and_zones),
        cmocka_unit_test(test_iso_time__refuses_what_is_no_time),
        cmocka_unit_test(test_iso_time__is_written_as_short_as_it_is_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
