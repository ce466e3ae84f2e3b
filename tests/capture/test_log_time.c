#include "support/check.h"

#include "log_time.h"

static void test_time__is_read_in_every_spelling(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t us;
    } rows[] = {
        { "07/Mar/2026:10:15:32 +0100", 1772874932000000 },
        { "[07/Mar/2026:10:15:32 +0100]", 1772874932000000 },
        { "07/Mar/2026:09:15:32.114", 1772874932114000 },
        { "07/Mar/2026 10:15:32.5 +01:00", 1772874932500000 },
        { "07/Mar/2026:04:15:32 -0500", 1772874932000000 },
        { "10/Oct/2000:13:55:36 -0700", 971211336000000 },
        { "31/Dec/2026:23:59:60 +0000", 1798761600000000 },
        { "29/Feb/2024:00:00:00 +0000", 1709164800000000 },
        { "2026-03-07T09:15:32Z", 1772874932000000 },
        { "2026-03-07 10:15:32.114512+01:00", 1772874932114512 },
        { "2026-03-07T09:15:32", 1772874932000000 },
        { "Sat, 07 Mar 2026 09:15:32 GMT", 1772874932000000 },
        { "1772874932", 1772874932000000 },
        { "1772874932.114", 1772874932114000 },
        { "1772874932114", 1772874932114000 },
        { "1772874932114.25", 1772874932114000 },
        { "1772874932114512", 1772874932114512 },
        { "1772874932114512999", 1772874932114512 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t us = -1;
        check_row(log_time_parse(span_of(rows[i].text), 0, &us) && us == rows[i].us, rows[i].text);
    }
}

static void test_time__refuses_what_is_none(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "-",
        "yesterday",
        "[]",
        "07/Mar/2026:10:15",
        "41/Mar/2026:10:15:32 +0100",
        "07/Xxx/2026:10:15:32 +0100",
        "07/Mar/2026:24:15:32",
        "07/Mar/2026:10:15:32 0100",
        "07/Mar/2026:10:15:32 +01",
        "2026-13-07T09:15:32Z",
        "1e9",
        "-5",
        "1772874932.x",
        "99999999999999999999",
        "07/Mar/-026:10:15:32",
        "00/Oct/2000:13:55:36 +0000",
        "31/Nov/2026:13:55:36 +0000",
        "29/Feb/2026:13:55:36 +0000",
        "32/Dec/2026:13:55:36 +0000",
        "10/Okt/2000:13:55:36 +0000",
        "10/Oct/2000:13:55:61 +0000",
        "10/Oct/2000:13:55:36 +00000",
        "[10/Oct/2000:13:55:36 +000",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t us = -1;
        check_row(!log_time_parse(span_of(rows[i]), 0, &us), rows[i]);
    }
}

/* A time with any one of its separators spoiled is none. */
static void test_time__every_separator_is_wanted(void **state)
{
    (void)state;
    static const char whole[] = "10/Oct/2000:13:55:36 -0700";
    for (size_t at = 0; at < sizeof whole - 1; at++) {
        char text[sizeof whole];
        int64_t us;
        memcpy(text, whole, sizeof whole);
        text[at] = '~';
        check_row(!log_time_parse(span_make(text, sizeof whole - 1), 0, &us), text);
    }
}

static void test_time__takes_the_offset_where_no_zone_is_written(void **state)
{
    (void)state;
    int64_t us;
    assert_true(log_time_parse(SPAN("07/Mar/2026:10:15:32"), 3600, &us));
    assert_int_equal(us, 1772874932000000);
    assert_true(log_time_parse(SPAN("2026-03-07T10:15:32"), 3600, &us));
    assert_int_equal(us, 1772874932000000);
    assert_true(log_time_parse(SPAN("2026-03-07T09:15:32Z"), 3600, &us));
    assert_int_equal(us, 1772874932000000);
}

static void test_memo__answers_for_the_text_it_holds_only(void **state)
{
    (void)state;
    struct time_memo memo = { .len = 0 };
    int64_t us;
    assert_false(time_memo_parse(&memo, SPAN(""), 0, &us));
    assert_true(time_memo_parse(&memo, SPAN("1772874932"), 0, &us));
    assert_true(time_memo_parse(&memo, SPAN("1772874932"), 0, &us));
    assert_int_equal(us, 1772874932000000);
    assert_false(time_memo_parse(&memo, SPAN("177287493x"), 0, &us));
    assert_true(time_memo_parse(&memo, SPAN("1772874933"), 0, &us));
    assert_int_equal(us, 1772874933000000);
}

static void test_duration__has_its_unit_written_or_given(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum time_unit unit;
        int64_t us; /* -1: refused */
    } rows[] = {
        { "0.011", UNIT_S, 11000 },
        { "11", UNIT_MS, 11000 },
        { "11.5", UNIT_MS, 11500 },
        { "11300", UNIT_US, 11300 },
        { "11300000", UNIT_NS, 11300 },
        { "11ms", UNIT_S, 11000 },
        { "0.011s", UNIT_MS, 11000 },
        { "1.2e-05", UNIT_S, 12 },
        { "-1", UNIT_MS, -1 },
        { "-", UNIT_S, -1 },
        { "", UNIT_S, -1 },
        { "x", UNIT_S, -1 },
        { "0.010, 0.020", UNIT_S, -1 },
        { "s", UNIT_S, -1 },
        { "1e300", UNIT_S, -1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t us = -1;
        bool read = log_duration_parse(span_of(rows[i].text), rows[i].unit, &us);
        check_row(read == (rows[i].us >= 0) && (!read || us == rows[i].us), rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time__is_read_in_every_spelling),
        cmocka_unit_test(test_time__refuses_what_is_none),
        cmocka_unit_test(test_time__every_separator_is_wanted),
        cmocka_unit_test(test_time__takes_the_offset_where_no_zone_is_written),
        cmocka_unit_test(test_memo__answers_for_the_text_it_holds_only),
        cmocka_unit_test(test_duration__has_its_unit_written_or_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
