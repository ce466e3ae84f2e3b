#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "rehearse/base/json_cursor.h"
#include "rehearse/base/strbuf.h"

static void check_span(struct span got, const char *want)
{
    assert_int_equal(got.len, strlen(want));
    assert_memory_equal(got.ptr, want, got.len);
}

static void test_members__come_in_order_with_their_values(void **state)
{
    (void)state;
    struct json_cursor c = json_cursor_make(SPAN(
        " {\"a\" : 1 , \"b\":\"x y\",\"c\":[1,{\"d\":2}],\"e\":true,\"f\":null,\"g\":-1.5e3} "));
    static const struct {
        const char *key;
        enum json_type type;
        const char *raw;
    } want[] = {
        { "a", JSON_NUMBER, "1" },
        { "b", JSON_STRING, "x y" },
        { "c", JSON_ARRAY, "[1,{\"d\":2}]" },
        { "e", JSON_TRUE, "true" },
        { "f", JSON_NULL, "null" },
        { "g", JSON_NUMBER, "-1.5e3" },
    };
    struct span key;
    size_t i = 0;
    assert_true(json_enter_object(&c));
    while (json_next_member(&c, &key)) {
        check_span(key, want[i].key);
        assert_int_equal(json_peek(&c), want[i].type);
        struct json_value v = json_take(&c);
        assert_int_equal(v.type, want[i].type);
        check_span(v.raw, want[i].raw);
        i++;
    }
    assert_int_equal(i, 6);
    assert_false(c.failed);
    assert_int_equal(c.depth, 0);
    assert_int_equal(json_peek(&c), JSON_NONE);
}

static void test_values__left_out_or_bare_are_tolerated(void **state)
{
    (void)state;
    struct json_cursor c = json_cursor_make(SPAN("{\"a\":,\"b\":-,\"c\":NaN,\"d\":}"));
    static const char *const want[] = { "", "-", "NaN", "" };
    struct span key;
    size_t i = 0;
    assert_true(json_enter_object(&c));
    while (json_next_member(&c, &key)) {
        struct json_value v = json_take(&c);
        assert_int_equal(v.type, JSON_BARE);
        check_span(v.raw, want[i++]);
    }
    assert_int_equal(i, 4);
    assert_false(c.failed);
}

/* Walk everything, depth first; false when the text is damaged. */
static bool walk(struct json_cursor *c)
{
    struct span key;
    switch (json_peek(c)) {
    case JSON_OBJECT:
        json_enter_object(c);
        while (json_next_member(c, &key))
            if (!walk(c))
                return false;
        return !c->failed;
    case JSON_ARRAY:
        json_enter_array(c);
        while (json_next_element(c))
            if (!walk(c))
                return false;
        return !c->failed;
    default:
        json_skip(c);
        return !c->failed;
    }
}

static void test_damage__is_found_at_its_column(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int column;
    } rows[] = {
        { "{\"a\":1", 7 }, { "{\"a\" 1}", 6 },     { "{\"a\":1 \"b\":2}", 8 },
        { "{a:1}", 2 },    { "{\"a\":\"x", 6 },    { "{\"a\":\"x\\", 6 },
        { "[1 2]", 4 },    { "[1,]", 4 },          { "{\"a\":1,}", 8 },
        { "{", 2 },        { "{\"a\":[1,2}", 10 }, { "[}", 2 },
        { "[,1]", 2 },     { "[1,,2]", 4 },        { "[:", 2 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct json_cursor c = json_cursor_make(span_of(rows[i].text));
        assert_false(walk(&c));
        assert_true(c.failed);
        assert_int_equal(c.at - c.start + 1, rows[i].column);
    }
}

static void test_skipping__checks_brackets(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool fits;
    } rows[] = {
        { "[[{}],{\"]\":\"}\"}]", true },
        { "[}", false },
        { "{]", false },
        { "[[]", false },
        { "{\"a", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct json_cursor c = json_cursor_make(span_of(rows[i].text));
        json_skip(&c);
        assert_int_equal(!c.failed, rows[i].fits);
    }
}

static void test_depth__is_bounded(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf deep = STRBUF_INIT;
    for (int i = 0; i < JSON_MAX_DEPTH; i++)
        strbuf_add_char(&deep, '[');
    for (int i = 0; i < JSON_MAX_DEPTH; i++)
        strbuf_add_char(&deep, ']');
    struct json_cursor c = json_cursor_make(strbuf_span(&deep));
    json_skip(&c);
    assert_false(c.failed);

    strbuf_clear(&deep);
    for (int i = 0; i < 1000000; i++)
        strbuf_add_char(&deep, '[');
    c = json_cursor_make(strbuf_span(&deep));
    json_skip(&c);
    assert_true(c.failed);
    c = json_cursor_make(strbuf_span(&deep));
    assert_false(walk(&c));
    assert_int_equal(c.depth, JSON_MAX_DEPTH);
}

static void test_nothing__is_none_and_not_a_failure(void **state)
{
    (void)state;
    struct json_cursor c = json_cursor_make(SPAN_NONE);
    assert_int_equal(json_peek(&c), JSON_NONE);
    assert_int_equal(json_take(&c).type, JSON_NONE);
    assert_false(json_enter_object(&c));
    assert_true(c.failed);
}

static void test_unescape__undoes_what_json_and_nginx_write(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    static const struct {
        const char *raw, *want;
    } rows[] = {
        { "plain", "plain" },
        { "", "" },
        { "a\\\"b\\\\c\\/d", "a\"b\\c/d" },
        { "\\b\\f\\n\\r\\t", "\b\f\n\r\t" },
        { "\\u0041\\u00e9\\u20ac", "A\xc3\xa9\xe2\x82\xac" },
        { "\\ud83d\\ude00!", "\xf0\x9f\x98\x80!" },
        { "\\ud83dx", "\xef\xbf\xbdx" },
        { "\\x22q\\xE9", "\"q\xe9" },
        { "\\q\\u12", "\\q\\u12" },
        { "end\\", "end\\" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_span(json_unescape(span_of(rows[i].raw), &arena), rows[i].want);
    struct span same = SPAN("same");
    assert_ptr_equal(json_unescape(same, &arena).ptr, same.ptr);
}

static void test_strings__of_any_length_end_at_their_quote(void **state)
{
    (void)state;
    char text[64];
    for (size_t len = 0; len < 40; len++) {
        memset(text, 'x', sizeof text);
        text[0] = '"';
        text[len + 1] = '"';
        struct json_cursor c = json_cursor_make(span_make(text, sizeof text));
        assert_int_equal(json_take(&c).raw.len, len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members__come_in_order_with_their_values),
        cmocka_unit_test(test_values__left_out_or_bare_are_tolerated),
        cmocka_unit_test(test_damage__is_found_at_its_column),
        cmocka_unit_test(test_skipping__checks_brackets),
        cmocka_unit_test(test_depth__is_bounded),
        cmocka_unit_test(test_nothing__is_none_and_not_a_failure),
        cmocka_unit_test(test_unescape__undoes_what_json_and_nginx_write),
        cmocka_unit_test(test_strings__of_any_length_end_at_their_quote),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
