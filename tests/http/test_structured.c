#include "support/check.h"

#include <dirent.h>
#include <stdio.h>

#include "rehearse/base/file.h"
#include "rehearse/base/json_cursor.h"
#include "rehearse/http/structured.h"

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

/* One case of the public suite: the lines joined must read, or must not. */
struct suite_case {
    struct strbuf raw;
    struct span name, type;
    bool must_fail, can_fail;
};

static void read_raw(struct json_cursor *c, struct strbuf *raw, struct arena *arena)
{
    bool first = true;
    json_enter_array(c);
    while (json_next_element(c)) {
        if (!first)
            strbuf_add_str(raw, ", ");
        first = false;
        strbuf_add_span(raw, json_unescape(json_take(c).raw, arena));
    }
}

static void read_case(struct json_cursor *c, struct suite_case *ret, struct arena *arena)
{
    struct span key;
    json_enter_object(c);
    while (json_next_member(c, &key)) {
        if (span_eq(key, SPAN("raw")))
            read_raw(c, &ret->raw, arena);
        else if (span_eq(key, SPAN("header_type")))
            ret->type = json_take(c).raw;
        else if (span_eq(key, SPAN("name")))
            ret->name = json_take(c).raw;
        else if (span_eq(key, SPAN("must_fail")))
            ret->must_fail = json_take(c).type == JSON_TRUE;
        else if (span_eq(key, SPAN("can_fail")))
            ret->can_fail = json_take(c).type == JSON_TRUE;
        else
            json_skip(c);
    }
}

static bool case_reads(const struct suite_case *s)
{
    struct sf_member m;
    struct span raw = strbuf_span(&s->raw);
    if (span_eq(s->type, SPAN("item")))
        return sf_item(raw, &m);
    return span_eq(s->type, SPAN("list")) ? sf_list_valid(raw) : sf_dictionary_valid(raw);
}

static unsigned run_suite_file(const char *path)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct err err = ERR_INIT;
    unsigned cases = 0;
    assert_int_equal(file_read(&text, path, 64 << 20, &err), 0);
    struct json_cursor c = json_cursor_make(strbuf_span(&text));
    assert_true(json_enter_array(&c));
    while (json_next_element(&c)) {
        struct suite_case s = { .raw = STRBUF_INIT };
        read_case(&c, &s, &arena);
        bool reads = case_reads(&s);
        bool right = s.must_fail ? !reads : reads || s.can_fail;
        if (!right)
            print_error("%s: %.*s: \"%s\"\n", path, SPAN_ARG(s.name), s.raw.buf);
        strbuf_release(&s.raw);
        assert_true(right);
        cases++;
    }
    assert_false(c.failed);
    return cases;
}

/* What the suite calls valid reads, what it calls invalid does not. Skipped where the suite is not
 * there. */
static void test_suite__valid_and_invalid_are_told_apart(void **state)
{
    (void)state;
    unsigned cases = 0;
    DIR *folder = opendir(SUITES "/structured-fields");
    if (!folder)
        skip();
    for (struct dirent *e = readdir(folder); e; e = readdir(folder)) {
        char path[1024];
        if (!span_ends(span_of(e->d_name), SPAN(".json")))
            continue;
        snprintf(path, sizeof path, "%s/structured-fields/%s", SUITES, e->d_name);
        cases += run_suite_file(path);
    }
    closedir(folder);
    print_message("%u cases of the suite\n", cases);
    assert_true(cases > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_item__every_type_is_read),
        cmocka_unit_test(test_item__the_grammar_is_strict),
        cmocka_unit_test(test_dictionary__members_without_value_are_true),
        cmocka_unit_test(test_list__inner_items_and_parameters_are_walked),
        cmocka_unit_test(test_cursor__says_failed_and_stays_there),
        cmocka_unit_test(test_suite__valid_and_invalid_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
