#include "support/check.h"

#include <math.h>

#include "rehearse/base/json_text.h"
#include "rehearse/base/text.h"

static void test_utf8__refuses_what_the_rfc_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned length;
    } rows[] = {
        { "a", 1 },
        { "\xc3\xbc", 2 },
        { "\xe2\x80\xa6", 3 },
        { "\xf0\x9f\x98\x80", 4 },
        { "\xf4\x8f\xbf\xbf", 4 },
        { "", 0 },
        { "\x80", 0 },
        { "\xc3", 0 },
        { "\xc0\x80", 0 },
        { "\xc1\xbf", 0 },
        { "\xe0\x80\x80", 0 },
        { "\xed\xa0\x80", 0 },
        { "\xf0\x80\x80\x80", 0 },
        { "\xf4\x90\x80\x80", 0 },
        { "\xf5\x80\x80\x80", 0 },
        { "\xe2\x80x", 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(utf8_length(span_of(rows[i].text)) == rows[i].length, rows[i].text);
    assert_true(utf8_valid(SPAN("h\xc3\xbct")));
    assert_false(utf8_valid(SPAN("h\xc3t")));
    assert_true(utf8_valid(SPAN("")));
}

static void test_printable__nothing_commands_the_terminal(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "plain \xc3\xbc", "plain \xc3\xbc" },
        { "\x1b[31mred", "\\x1b[31mred" },
        { "a\nb\tc\r", "a\\x0ab\\x09c\\x0d" },
        { "\x7f", "\\x7f" },
        { "\xff\xc3", "\\xff\\xc3" },
        { "\xc2\x9b", "\\xc2\\x9b" }, /* C1 */
        { "\xe2\x80\xae"
          "evil",
          "\\xe2\\x80\\xae"
          "evil" }, /* right-to-left override */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
        text_add_printable(&out, span_of(rows[i][0]), 100);
        assert_string_equal(out.buf, rows[i][1]);
    }
}

static void test_printable__says_where_it_cut(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    text_add_printable(&out, SPAN("abcdef"), 3);
    assert_string_equal(out.buf, "abc…");
    strbuf_clear(&out);
    text_add_printable(&out, SPAN("ab\xc3\xbc"), 3);
    assert_string_equal(out.buf, "ab…");
    strbuf_clear(&out);
    text_add_printable(&out, SPAN("abc"), 3);
    assert_string_equal(out.buf, "abc");
}

static void test_html__nothing_becomes_markup(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    text_add_html(&out, SPAN("<a href=\"x\" b='y'>&\x01"), 100);
    assert_string_equal(out.buf, "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;\\x01");
}

static void test_numbers__are_written_for_people(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    static const uint64_t counts[] = { 0, 999, 1000, 1234567 };
    for (size_t i = 0; i < 4; i++) {
        text_add_count(&out, counts[i]);
        strbuf_add_char(&out, ' ');
    }
    text_add_bytes(&out, 999);
    strbuf_add_char(&out, ' ');
    text_add_bytes(&out, 5242880);
    assert_string_equal(out.buf, "0 999 1,000 1,234,567 999 B 5.2 MB");
    strbuf_clear(&out);
    static const int64_t durations[] = { 34000, 1200000, 123000000, 3723000000, -500 };
    for (size_t i = 0; i < 5; i++) {
        text_add_duration(&out, durations[i]);
        strbuf_add_char(&out, ';');
    }
    assert_string_equal(out.buf, "34 ms;1.2 s;2 min 3 s;1 h 2 min;-500 µs;");
}

static void test_json_string__is_always_valid_json(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "plain", "\"plain\"" },
        { "a\"b\\c\n\t\r\x01", "\"a\\\"b\\\\c\\n\\t\\r\\u0001\"" },
        { "h\xc3\xbc\xff", "\"h\xc3\xbc\\ufffd\"" },
        { "\xc2\x9b"
          "31m\xc2\xa0",
          "\"\\u009b31m\xc2\xa0\"" },
        { "", "\"\"" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
        json_add_string(&out, span_of(rows[i][0]));
        assert_string_equal(out.buf, rows[i][1]);
    }
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    json_add_string_or_null(&out, SPAN_NONE);
    assert_string_equal(out.buf, "null");
}

static void test_json_key__puts_the_comma(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    bool first = true;
    json_add_key(&out, &first, "a");
    strbuf_add_char(&out, '1');
    json_add_key(&out, &first, "b");
    assert_string_equal(out.buf, "\"a\":1,\"b\":");
}

static void test_json_member__is_a_key_and_its_value(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    bool first = true;
    json_member_string(&out, &first, "a", SPAN("x\"y"));
    json_member_string_or_null(&out, &first, "b", SPAN_NONE);
    json_member_u64(&out, &first, "c", UINT64_MAX);
    json_member_double(&out, &first, "d", 0.5);
    assert_string_equal(out.buf,
                        "\"a\":\"x\\\"y\",\"b\":null,\"c\":18446744073709551615,\"d\":0.5");
}

static void test_json_double__is_short_and_exact(void **state)
{
    (void)state;
    static const struct {
        double d;
        const char *text;
    } rows[] = {
        { 0, "0" },        { 1.5, "1.5" }, { 0.1, "0.1" },
        { 1e21, "1e+21" }, { -2, "-2" },   { 0.1 + 0.2, "0.30000000000000004" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
        json_add_double(&out, rows[i].d);
        assert_string_equal(out.buf, rows[i].text);
    }
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    json_add_double(&out, (double)NAN);
    json_add_double(&out, (double)INFINITY);
    assert_string_equal(out.buf, "nullnull");
}

static void test_percent_and_points__say_when_there_is_none(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    text_add_percent(&out, 0.4427);
    strbuf_add_char(&out, '|');
    text_add_percent(&out, NAN);
    strbuf_add_char(&out, '|');
    text_add_points(&out, 0.154);
    strbuf_add_char(&out, '|');
    text_add_points(&out, -0.0);
    strbuf_add_char(&out, '|');
    text_add_points(&out, INFINITY);
    assert_string_equal(out.buf, "44.27 %|–|+0.15|+0.00|–");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8__refuses_what_the_rfc_refuses),
        cmocka_unit_test(test_printable__nothing_commands_the_terminal),
        cmocka_unit_test(test_printable__says_where_it_cut),
        cmocka_unit_test(test_html__nothing_becomes_markup),
        cmocka_unit_test(test_numbers__are_written_for_people),
        cmocka_unit_test(test_json_string__is_always_valid_json),
        cmocka_unit_test(test_json_key__puts_the_comma),
        cmocka_unit_test(test_json_member__is_a_key_and_its_value),
        cmocka_unit_test(test_json_double__is_short_and_exact),
        cmocka_unit_test(test_percent_and_points__say_when_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
