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
        "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",      "10/Oct/2000:13:55:36 -0700",
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
            check_row(!http_date_parse(spoiled, &s) && !iso_time_parse(spoiled, &s) &&
                          !ncsa_time_parse(spoiled, &s),
                      text);
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
    assert_true(ncsa_time_parse(SPAN("31/Dec/2026:23:59:60 +0000"), &us));
    assert_false(ncsa_time_parse(SPAN("31/Nov/2026:23:59:59 +0000"), &us));
    assert_false(ncsa_time_parse(SPAN("31/Dec/2026:23:59:61 +0000"), &us));
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

static void test_ncsa_time__counts_the_zone(void **state)
{
    (void)state;
    int64_t us;
    assert_true(ncsa_time_parse(SPAN("10/Oct/2000:13:55:36 -0700"), &us));
    assert_int_equal(us, INT64_C(971211336000000));
    assert_true(ncsa_time_parse(SPAN("07/Mar/2026:10:15:32 +0100"), &us));
    assert_int_equal(us, INT64_C(1772874932000000));
}

static void test_ncsa_time__refuses_what_is_no_time(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "-",
        "10/Oct/2000:13:55:36",
        "10/Oct/2000:13:55:36 0700",
        "00/Oct/2000:13:55:36 +0000",
        "32/Oct/2000:13:55:36 +0000",
        "10/Okt/2000:13:55:36 +0000",
        "10/Oct/2000:25:55:36 +0000",
        "10/Oct/2000:13:55:36 +00000",
        "[10/Oct/2000:13:55:36 +000",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t us;
        check_row(!ncsa_time_parse(span_of(rows[i]), &us), rows[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_http_date__reads_all_three_forms),
        cmocka_unit_test(test_http_date__refuses_what_is_no_date),
        cmocka_unit_test(test_http_date__written_reads_back),
        cmocka_unit_test(test_http_date__every_day_reads_back),
        cmocka_unit_test(test_date_days__months_have_their_length),
        cmocka_unit_test(test_date__every_separator_is_wanted),
        cmocka_unit_test(test_month_names__and_the_days_at_their_ends),
        cmocka_unit_test(test_iso_time__reads_fractions_and_zones),
        cmocka_unit_test(test_iso_time__refuses_what_is_no_time),
        cmocka_unit_test(test_iso_time__is_written_as_short_as_it_is_exact),
        cmocka_unit_test(test_ncsa_time__counts_the_zone),
        cmocka_unit_test(test_ncsa_time__refuses_what_is_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
