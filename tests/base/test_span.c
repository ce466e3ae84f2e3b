#include "support/check.h"

static void test_none__is_not_empty(void **state)
{
    (void)state;
    assert_true(span_is_none(SPAN_NONE));
    assert_false(span_is_none(SPAN("")));
    assert_true(span_is_none(span_of(NULL)));
    assert_true(span_eq(SPAN_NONE, SPAN("")));
    assert_true(span_is_none(span_from(SPAN_NONE, 3)));
}

static void test_compare__folds_ascii_only(void **state)
{
    (void)state;
    assert_true(span_ieq(SPAN("Content-Type"), SPAN("cONTENT-tYPE")));
    assert_false(span_ieq(SPAN("[a"), SPAN("{a")));
    assert_false(span_ieq(SPAN("\xc3\x84"), SPAN("\xc3\xa4")));
    assert_true(span_istarts(SPAN("__Host-a"), SPAN("__host-")));
    assert_false(span_istarts(SPAN("a"), SPAN("ab")));
    assert_true(span_starts(SPAN("ab"), SPAN("")));
    assert_true(span_ends(SPAN("a.har"), SPAN(".har")));
    assert_false(span_ends(SPAN("har"), SPAN(".har")));
}

static void test_cmp__orders_bytes_and_prefixes(void **state)
{
    (void)state;
    assert_true(span_cmp(SPAN("a"), SPAN("ab")) < 0);
    assert_true(span_cmp(SPAN("b"), SPAN("ab")) > 0);
    assert_true(span_cmp(SPAN("a"), SPAN("\xff")) < 0);
    assert_int_equal(span_cmp(SPAN("a"), SPAN("a")), 0);
    assert_int_equal(span_cmp(SPAN_NONE, SPAN("")), 0);
}

static void test_find__gives_the_place_or_minus_one(void **state)
{
    (void)state;
    assert_int_equal(span_find(SPAN("abcbc"), SPAN("bc")), 1);
    assert_int_equal(span_find(SPAN("abc"), SPAN("x")), -1);
    assert_int_equal(span_find(SPAN("abc"), SPAN("")), 0);
    assert_int_equal(span_find(SPAN(""), SPAN("a")), -1);
    assert_int_equal(span_ifind(SPAN("xABC"), SPAN("bc")), 2);
    assert_int_equal(span_find_char(SPAN("a,b,c"), ','), 1);
    assert_int_equal(span_rfind_char(SPAN("a,b,c"), ','), 3);
    assert_int_equal(span_rfind_char(SPAN_NONE, ','), -1);
}

static void test_cut__walks_a_list_to_its_end(void **state)
{
    (void)state;
    struct span rest = SPAN("a,,b,");
    check_span(span_cut(&rest, ','), "a");
    check_span(span_cut(&rest, ','), "");
    check_span(span_cut(&rest, ','), "b");
    check_span(span_cut(&rest, ','), "");
    check_span(rest, NULL);
    check_span(span_cut(&rest, ','), NULL);
}

static void test_parts__never_leave_the_span(void **state)
{
    (void)state;
    check_span(span_from(SPAN("abc"), 2), "c");
    check_span(span_from(SPAN("abc"), 9), "");
    check_span(span_head(SPAN("abc"), 2), "ab");
    check_span(span_head(SPAN("abc"), 9), "abc");
    check_span(span_trim(SPAN(" \t\r\na b\n ")), "a b");
    check_span(span_trim(SPAN("   ")), "");
}

static void test_to_u64__takes_digits_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
        uint64_t n;
    } rows[] = {
        { "0", true, 0 },
        { "0042", true, 42 },
        { "18446744073709551615", true, UINT64_MAX },
        { "18446744073709551616", false, 0 },
        { "99999999999999999999", false, 0 },
        { "", false, 0 },
        { "+1", false, 0 },
        { "-1", false, 0 },
        { " 1", false, 0 },
        { "1x", false, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t n = 0;
        check_row(span_to_u64(span_of(rows[i].text), &n) == rows[i].good && n == rows[i].n,
                  rows[i].text);
    }
}

static void test_to_i64__takes_one_sign(void **state)
{
    (void)state;
    int64_t n;
    assert_true(span_to_i64(SPAN("-9223372036854775807"), &n) && n == -INT64_MAX);
    assert_true(span_to_i64(SPAN("9223372036854775807"), &n) && n == INT64_MAX);
    assert_false(span_to_i64(SPAN("9223372036854775808"), &n));
    assert_false(span_to_i64(SPAN("-"), &n));
    assert_false(span_to_i64(SPAN("--1"), &n));
}

static void test_to_double__takes_plain_numbers(void **state)
{
    (void)state;
    static const char *const bad[] = { "", "x", "1x", "nan", "inf", "0x10", "1e", ".", "1e999" };
    double d;
    assert_true(span_to_double(SPAN("-0.034"), &d));
    assert_true(d > -0.0341 && d < -0.0339);
    assert_true(span_to_double(SPAN("1e3"), &d));
    assert_true(d > 999 && d < 1001);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check_row(!span_to_double(span_of(bad[i]), &d), bad[i]);
}

static void test_to_scaled__cuts_and_never_rounds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
        int64_t n;
    } rows[] = {
        { "1.5", true, 1500000 },
        { "-0.034", true, -34000 },
        { "7", true, 7000000 },
        { ".5", true, 500000 },
        { "1.", true, 1000000 },
        { "0.9999999", true, 999999 },
        { "1772874932.114", true, 1772874932114000 },
        { "9223372036854", true, 9223372036854000000 },
        { "9223372036855", false, 0 },
        { "", false, 0 },
        { ".", false, 0 },
        { "-", false, 0 },
        { "--0", false, 0 },
        { "1.5x", false, 0 },
        { "1.123456x", false, 0 },
        { "1e3", false, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t n = 0;
        check_row(span_to_scaled(span_of(rows[i].text), 6, &n) == rows[i].good && n == rows[i].n,
                  rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none__is_not_empty),
        cmocka_unit_test(test_compare__folds_ascii_only),
        cmocka_unit_test(test_cmp__orders_bytes_and_prefixes),
        cmocka_unit_test(test_find__gives_the_place_or_minus_one),
        cmocka_unit_test(test_cut__walks_a_list_to_its_end),
        cmocka_unit_test(test_parts__never_leave_the_span),
        cmocka_unit_test(test_to_u64__takes_digits_and_nothing_else),
        cmocka_unit_test(test_to_i64__takes_one_sign),
        cmocka_unit_test(test_to_double__takes_plain_numbers),
        cmocka_unit_test(test_to_scaled__cuts_and_never_rounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
