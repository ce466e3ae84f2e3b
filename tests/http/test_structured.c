#include "support/check.h"

#include "rehearse/http/structured.h"
#include "rehearse/http/structured_write.h"

static void test_item__every_type_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum sf_type type;
        int64_t number;
        const char *value;
    } rows[] = {
        { "42", SF_INTEGER, 42, "42" },
        { " -999999999999999 ", SF_INTEGER, -999999999999999, "-999999999999999" },
        { "1.5", SF_DECIMAL, 1500, "1.5" },
        { "-0.125;a", SF_DECIMAL, -125, "-0.125" },
        { "\"a \\\"b\\\\\"", SF_STRING, 0, "a \\\"b\\\\" },
        { "*t/k:n", SF_TOKEN, 0, "*t/k:n" },
        { ":aGVsbG8=:", SF_BYTES, 0, "aGVsbG8=" },
        { "?1", SF_BOOLEAN, 1, NULL },
        { "?0", SF_BOOLEAN, 0, NULL },
        { "@1659578233", SF_DATE, 1659578233, "1659578233" },
        { "%\"f%c3%bc\"", SF_DISPLAY, 0, "f%c3%bc" },
        { "%\"%e0%a0%80%e2%82%ac\"", SF_DISPLAY, 0, "%e0%a0%80%e2%82%ac" },
        { "%\"%7f%f4%8f%bf%bf\"", SF_DISPLAY, 0, "%7f%f4%8f%bf%bf" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sf_member m;
        check_row(sf_item(span_of(rows[i].text), &m), rows[i].text);
        check_row(m.value.type == rows[i].type && m.value.number == rows[i].number, rows[i].text);
        check_span(m.value.text, rows[i].value);
    }
}

static void test_item__the_grammar_is_strict(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "1000000000000000",
        "1.",
        "1.2345",
        "1234567890123.0",
        "-",
        "--1",
        "\"open",
        "\"\\n\"",
        "\"\x7f\"",
        ":a:",
        ":ab=c:",
        "?2",
        "?",
        "@1.5",
        "@",
        "%\"%C3%BC\"",
        "%\"%c3\"",
        "%\"%ed%a0%80\"",
        "%\"a%4\"",
        "%\"%g0\"",
        "%\"%0g\"",
        "%\"%0\"",
        "%\"%c3x\"",
        "a b",
        "1, 2",
        "(1)",
        "a;",
        "a;A=1",
        "a; b= 1",
        "\t1",
        "1\t",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sf_member m;
        check_row(!sf_item(span_of(rows[i]), &m), rows[i]);
    }
}

static void test_dictionary__members_without_value_are_true(void **state)
{
    (void)state;
    struct sf_cursor c = sf_cursor_make(SPAN("max-age=60;x, no-store ,\ta=?0, l=(1 \"b\";q);z=2"));
    static const char *const keys[] = { "max-age", "no-store", "a", "l" };
    static const enum sf_type types[] = { SF_INTEGER, SF_BOOLEAN, SF_BOOLEAN, SF_INNER_LIST };
    static const int64_t numbers[] = { 60, 1, 0, 0 };
    static const char *const parameters[] = { ";x", "", "", ";z=2" };
    struct sf_member m;
    for (size_t i = 0; i < 4; i++) {
        assert_true(sf_next_dictionary_member(&c, &m));
        check_span(m.key, keys[i]);
        assert_int_equal(m.value.type, types[i]);
        assert_int_equal(m.value.number, numbers[i]);
        check_span(m.parameters, parameters[i]);
    }
    check_span(m.value.text, "1 \"b\";q");
    assert_false(sf_next_dictionary_member(&c, &m));
    assert_false(c.failed);
}

static void test_list__inner_items_and_parameters_are_walked(void **state)
{
    (void)state;
    struct sf_cursor c = sf_cursor_make(SPAN("edge;hit;ttl=-5;ttl=7, ( a  b;q=1 )"));
    struct sf_member m, inner;
    assert_true(sf_next_list_member(&c, &m));
    check_span(m.value.text, "edge");
    assert_int_equal(sf_parameter(m.parameters, SPAN("ttl")).number, 7);
    assert_int_equal(sf_parameter(m.parameters, SPAN("hit")).number, 1);
    assert_int_equal(sf_parameter(m.parameters, SPAN("fwd")).type, SF_NONE);
    assert_true(sf_next_list_member(&c, &m));
    struct sf_cursor items = sf_cursor_make(m.value.text);
    assert_true(sf_next_inner_item(&items, &inner));
    check_span(inner.value.text, "a");
    assert_true(sf_next_inner_item(&items, &inner));
    check_span(inner.value.text, "b");
    assert_false(sf_next_inner_item(&items, &inner));
    assert_false(sf_next_list_member(&c, &m));
}

static void test_cursor__says_failed_and_stays_there(void **state)
{
    (void)state;
    struct sf_cursor c = sf_cursor_make(SPAN("a, b c, d"));
    struct sf_member m;
    assert_true(sf_next_list_member(&c, &m));
    assert_true(sf_next_list_member(&c, &m));
    assert_false(sf_next_list_member(&c, &m));
    assert_true(c.failed);
    assert_false(sf_next_list_member(&c, &m));
    assert_false(sf_next_dictionary_member(&c, &m));
    assert_false(sf_next_parameter(&c, &m));
    assert_false(sf_next_inner_item(&c, &m));
    assert_true(sf_list_valid(SPAN("")));
    assert_true(sf_dictionary_valid(SPAN("  ")));
    assert_false(sf_dictionary_valid(SPAN("a=1;")));
}

static void test_text__says_what_the_value_means(void **state)
{
    (void)state;
    static const struct {
        const char *text, *means;
    } rows[] = {
        { "\"plain\"", "plain" },
        { "\"a \\\"b\\\\c\"", "a \"b\\c" },
        { "\"\"", "" },
        { "*t/k:n", "*t/k:n" },
        { "12", "12" },
        { ":aGVsbG8=:", "hello" },
        { ":aGVsbG8:", "hello" },
        { ":aGVsbA==:", "hell" },
        { ":aGVs:", "hel" },
        { "::", "" },
        { ":iZ==:", "\x89" },
        { ":/+Ah:", "\xff\xe0!" },
        { "%\"f%c3%bc %25 \\ %22\"", "f\xc3\xbc % \\ \"" },
        { "%\"plain\"", "plain" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct sf_member m;
        check_row(sf_item(span_of(rows[i].text), &m), rows[i].text);
        check_span(sf_text(&m.value, &arena), rows[i].means);
    }
}

static void test_reader__megabytes_and_ten_thousand_members(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    for (unsigned i = 0; i < 10000; i++)
        strbuf_addf(&text, "%sk%u=(a;x b);y=\"%090u\";y", i ? ", " : "", i % 5000, i);
    assert_true(text.len > 1000000);
    assert_true(sf_dictionary_valid(strbuf_span(&text)));
    assert_true(sf_canonical_add(&out, strbuf_span(&text), SF_FIELD_DICTIONARY));
    assert_true(span_starts(strbuf_span(&out), SPAN("k0=(a;x b);y, k1=(a;x b);y, ")));
    strbuf_add_char(&text, ',');
    assert_false(sf_dictionary_valid(strbuf_span(&text)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_item__every_type_is_read),
        cmocka_unit_test(test_item__the_grammar_is_strict),
        cmocka_unit_test(test_dictionary__members_without_value_are_true),
        cmocka_unit_test(test_list__inner_items_and_parameters_are_walked),
        cmocka_unit_test(test_cursor__says_failed_and_stays_there),
        cmocka_unit_test(test_text__says_what_the_value_means),
        cmocka_unit_test(test_reader__megabytes_and_ten_thousand_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
