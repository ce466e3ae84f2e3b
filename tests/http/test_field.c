#include "support/check.h"
#include "support/fields.h"

#include "rehearse/base/strbuf.h"
#include "rehearse/http/exchange.h"

static void test_fields__are_found_case_folded_and_keep_their_spelling(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_fields f =
        fields_from("vary: Cookie\r\nX-A: 1\r\nVARY: Accept\r\n\r\nrest", &arena);
    assert_int_equal(f.len, 3);
    check_span(f.at[2].name, "VARY");
    check_span(http_fields_value(&f, SPAN("Vary")), "Cookie");
    check_span(http_fields_joined(&f, SPAN("Vary"), &arena), "Cookie, Accept");
    check_span(http_fields_value(&f, SPAN("Va")), NULL);
    assert_null(http_fields_first(&f, SPAN("Age")));
}

static void test_fields__joining_one_line_copies_nothing(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_fields f = fields_from("Age: 7\n", &arena);
    assert_ptr_equal(http_fields_joined(&f, SPAN("age"), &arena).ptr, f.at[0].value.ptr);
    check_span(http_fields_joined(&f, SPAN("Date"), &arena), NULL);
}

/* RFC 9110, section 5.3: each line stands between commas, so a list that may hold no empty member
 * (RFC 9651) sees that there was one, wherever it stood. */
static void test_fields__an_empty_line_joins_as_an_empty_member(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_fields f = fields_from("A:\nA: x\nA:\n", &arena);
    check_span(http_fields_joined(&f, SPAN("A"), &arena), ", x, ");
}

static void test_fields__a_line_known_to_be_absent_is_no_value(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_fields f = { 0 };
    http_fields_add(&f, &arena, SPAN("Vary"), SPAN_NONE);
    http_fields_add(&f, &arena, SPAN("Vary"), SPAN("Cookie"));
    assert_non_null(http_fields_first(&f, SPAN("vary")));
    check_span(http_fields_joined(&f, SPAN("Vary"), &arena), "Cookie");
}

static void test_fields__set_replaces_the_first_and_drops_the_rest(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_fields f = fields_from("A: 1\nB: 2\na: 3\n", &arena);
    http_fields_set(&f, &arena, SPAN("A"), SPAN("9"));
    assert_int_equal(f.len, 2);
    check_span(f.at[0].value, "9");
    http_fields_set(&f, &arena, SPAN("C"), SPAN("4"));
    assert_int_equal(f.len, 3);
    assert_int_equal(http_fields_remove(&f, SPAN("b")), 1);
    assert_int_equal(http_fields_remove(&f, SPAN("b")), 0);
    assert_int_equal(f.len, 2);
}

static void test_fields__grow_beyond_any_first_guess(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_fields f = { 0 };
    for (int i = 0; i < 1000; i++)
        http_fields_add(&f, &arena, arena_printf(&arena, "N%d", i), SPAN("v"));
    assert_int_equal(f.len, 1000);
    check_span(f.at[999].name, "N999");
}

static void test_fields_parse__says_how_much_it_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        ptrdiff_t read;
        uint32_t fields;
        size_t bad;
    } rows[] = {
        { "", 0, 0, 0 },
        { "\r\n", 2, 0, 0 },
        { "A: b\r\n\r\nbody", 8, 1, 0 },
        { "A: b\nC:d", 8, 2, 0 },
        { "A:\r\n", 4, 1, 0 },
        { "A: b\r\n  c\r\n\td\r\nE: f\r\n", 21, 2, 0 },
        { "A: b\r\nC : d\r\n", -1, 1, 6 },
        { "A: b\r\nno colon\r\n", -1, 1, 6 },
        { ": x\r\n", -1, 0, 0 },
        { " A: b\r\n", -1, 0, 0 },
        { "A\x80: b\r\n", -1, 0, 0 },
    };
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_fields f = { 0 };
        size_t bad = 0;
        ptrdiff_t read = http_fields_parse(&f, span_of(rows[i].text), &arena, &bad);
        check_row(read == rows[i].read && f.len == rows[i].fields && bad == rows[i].bad,
                  rows[i].text);
    }
}

static void test_fields_parse__joins_folded_lines_with_a_space(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_fields f = fields_from("A: b\r\n  c \r\n\td\r\nE:\r\n f\r\n \r\nG: h", &arena);
    check_span(f.at[0].value, "b c d");
    check_span(f.at[1].value, "f");
    check_span(f.at[2].value, "h");
}

static void test_exchange_copy__owes_nothing_to_the_original(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena kept = ARENA_INIT;
    struct arena gone = ARENA_INIT;
    struct exchange x = exchange_blank();
    x.request.method = arena_copy(&gone, SPAN("GET"));
    x.response.status = 200;
    http_fields_add(&x.response.fields, &gone, arena_copy(&gone, SPAN("Age")),
                    arena_copy(&gone, SPAN("7")));
    x.response.fields.at[0].id = 3;
    x.note = arena_copy(&gone, SPAN("why"));

    struct exchange copy = exchange_copy(&x, &kept);
    arena_release(&gone);
    check_span(copy.request.method, "GET");
    check_span(http_fields_value(&copy.response.fields, SPAN("age")), "7");
    assert_int_equal(copy.response.fields.at[0].id, 3);
    check_span(copy.note, "why");
    check_span(copy.user, NULL);
    assert_int_equal(copy.duration_us, -1);
    assert_int_equal(copy.response.body_bytes, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields__are_found_case_folded_and_keep_their_spelling),
        cmocka_unit_test(test_fields__joining_one_line_copies_nothing),
        cmocka_unit_test(test_fields__an_empty_line_joins_as_an_empty_member),
        cmocka_unit_test(test_fields__a_line_known_to_be_absent_is_no_value),
        cmocka_unit_test(test_fields__set_replaces_the_first_and_drops_the_rest),
        cmocka_unit_test(test_fields__grow_beyond_any_first_guess),
        cmocka_unit_test(test_fields_parse__says_how_much_it_read),
        cmocka_unit_test(test_fields_parse__joins_folded_lines_with_a_space),
        cmocka_unit_test(test_exchange_copy__owes_nothing_to_the_original),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
