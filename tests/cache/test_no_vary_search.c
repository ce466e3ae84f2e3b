#include "support/fields.h"

#include "rehearse/base/strbuf.h"
#include "rehearse/cache/no_vary_search.h"

/* The tables are those of draft-ietf-httpbis-no-vary-search; the section is named at each. */

static struct no_vary_search read(const char *value, unsigned dialects, struct arena *arena)
{
    return no_vary_search_read(span_of(value), dialects, arena);
}

/* The names joined by a bar. */
static struct span names(const struct no_vary_search *n, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    for (size_t i = 0; i < n->len; i++) {
        strbuf_add_span(&out, n->names[i]);
        strbuf_add_char(&out, '|');
    }
    return arena_copy(arena, strbuf_span(&out));
}

static void test_read__valid_forms(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        bool effective, any_order, only_named;
        const char *names;
        unsigned dialects, faults;
    } rows[] = {
        { "params=(\"a\")", true, false, false, "a|", NO_VARY_ANY_DIALECT, 0 },
        { "except=(\"x\")", true, false, true, "x|", NO_VARY_LATEST, 0 },
        { "params=()", false, false, false, "", NO_VARY_ANY_DIALECT, 0 },
        { "except=()", true, false, true, "", NO_VARY_LATEST, 0 },
        { "key-order", true, true, false, "", NO_VARY_ANY_DIALECT, NO_VARY_KEY_ORDER_ALONE },
        { "key-order=?1", true, true, false, "", NO_VARY_ANY_DIALECT, NO_VARY_KEY_ORDER_ALONE },
        { "key-order=?0", false, false, false, "", NO_VARY_ANY_DIALECT, 0 },
        { "except=(\"x\"), key-order", true, true, true, "x|", NO_VARY_LATEST, 0 },
        { "params=(\"b\" \"a\" \"b\"), key-order", true, true, false, "a|b|", NO_VARY_ANY_DIALECT,
          0 },
        { "params", true, false, true, "", NO_VARY_WITH_FLAG, 0 },
        { "params=?1", true, false, true, "", NO_VARY_WITH_FLAG, 0 },
        { "params=?0", false, false, false, "", NO_VARY_WITH_FLAG, 0 },
        { "params, except=(\"id\")", true, false, true, "id|", NO_VARY_WITH_FLAG, 0 },
        { "params=(\"a\"), later=1", true, false, false, "a|", NO_VARY_ANY_DIALECT,
          NO_VARY_UNKNOWN_KEY },
        { "key-order, later", true, true, false, "", NO_VARY_ANY_DIALECT,
          NO_VARY_KEY_ORDER_ALONE | NO_VARY_UNKNOWN_KEY },
        { "params=1, params=(\"a\")", true, false, false, "a|", NO_VARY_ANY_DIALECT, 0 },
        { "params=(\"a\";q);x", true, false, false, "a|", NO_VARY_ANY_DIALECT, 0 },
        { "params=(\"%C3%A9+%E6%B0%97\")", true, false, false, "\u00e9 \u6c17|",
          NO_VARY_ANY_DIALECT, 0 },
        { "params=(\"a\\\"b\")", true, false, false, "a\"b|", NO_VARY_ANY_DIALECT, 0 },
        { "", false, false, false, "", NO_VARY_ANY_DIALECT, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct no_vary_search n = read(rows[i].value, NO_VARY_ANY_DIALECT, &arena);
        check_row(n.effective == rows[i].effective && n.any_order == rows[i].any_order &&
                      n.only_named == rows[i].only_named && n.dialects == rows[i].dialects &&
                      n.faults == rows[i].faults,
                  rows[i].value);
        check_span(names(&n, &arena), rows[i].names);
    }
}

static void test_read__invalid_forms_leave_the_default(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        unsigned dialects, faults;
    } rows[] = {
        { "key-order=\"not a boolean\"", NO_VARY_ANY_DIALECT, NO_VARY_BAD_KEY_ORDER },
        { "params=\"not an inner list\"", NO_VARY_ANY_DIALECT, NO_VARY_BAD_PARAMS },
        { "params=(not-a-string)", NO_VARY_ANY_DIALECT, NO_VARY_BAD_PARAMS },
        { "params=?0", NO_VARY_LATEST, NO_VARY_OTHER_DIALECT },
        { "params=?1", NO_VARY_LATEST, NO_VARY_OTHER_DIALECT },
        { "params=?1, except=(\"x\")", NO_VARY_LATEST, NO_VARY_OTHER_DIALECT },
        { "except=(\"x\")", NO_VARY_WITH_FLAG, NO_VARY_OTHER_DIALECT },
        { "params=(\"a\"), except=(\"x\")", NO_VARY_ANY_DIALECT, NO_VARY_PARAMS_AND_EXCEPT },
        { "params=(), except=()", NO_VARY_ANY_DIALECT, NO_VARY_PARAMS_AND_EXCEPT },
        { "params=?0, except=()", NO_VARY_ANY_DIALECT, NO_VARY_PARAMS_AND_EXCEPT },
        { "except=\"not an inner list\"", NO_VARY_ANY_DIALECT, NO_VARY_BAD_EXCEPT },
        { "except=(not-a-string)", NO_VARY_ANY_DIALECT, NO_VARY_BAD_EXCEPT },
        { "except=?1", NO_VARY_ANY_DIALECT, NO_VARY_BAD_EXCEPT },
        { "key-order=1, params=(\"a\")", NO_VARY_ANY_DIALECT, NO_VARY_BAD_KEY_ORDER },
        { "params=(\"a\"", NO_VARY_ANY_DIALECT, NO_VARY_NOT_STRUCTURED },
        { "key-order=1, params=a, except=b", NO_VARY_ANY_DIALECT,
          NO_VARY_BAD_KEY_ORDER | NO_VARY_BAD_PARAMS | NO_VARY_BAD_EXCEPT |
              NO_VARY_PARAMS_AND_EXCEPT },
        { "except=(\"a\"), later", NO_VARY_WITH_FLAG, NO_VARY_OTHER_DIALECT | NO_VARY_UNKNOWN_KEY },
        { "Params=(\"a\")", NO_VARY_ANY_DIALECT, NO_VARY_NOT_STRUCTURED },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct no_vary_search n = read(rows[i].value, rows[i].dialects, &arena);
        check_row(!n.effective && n.faults == rows[i].faults, rows[i].value);
        check_row(n.dialects == 0 || n.faults & NO_VARY_OTHER_DIALECT, rows[i].value);
        check_row(!no_vary_search_equal(&n, SPAN("a=1"), SPAN("a=2")), rows[i].value);
    }
}

static void check_pair(const char *value, const char *a, const char *b, bool same)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct no_vary_search n = read(value, NO_VARY_ANY_DIALECT, &arena);
    struct span left = span_of(a), right = span_of(b);
    if (no_vary_search_equal(&n, left, right) == same &&
        no_vary_search_equal(&n, right, left) == same)
        return;
    fail_msg("%s: ?%s and ?%s", value, a ? a : "(none)", b ? b : "(none)");
}

static void test_equal__forms_that_read_the_same(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
    } rows[] = {
        { NULL, "" },
        { "a=x", "%61=%78" },
        { "a=\u00e9", "a=%C3%A9" },
        { "a=%f6", "a=%ef%bf%bd" },
        { "a=x&&&&", "a=x" },
        { "a=", "a" },
        { "a=%20", "a= &" },
        { "a=+", "a= &" },
        { "a=%e2%82", "a=%ef%bf%bd" },
        { "a=%e2%28", "a=\ufffd(" },
        { "a=%ed%a0%80", "a=\ufffd\ufffd\ufffd" },
        { "a=%f0%9f%98x", "a=\ufffdx" },
        { "a=%80", "a=\ufffd" },
        { "a=%c1%80", "a=\ufffd\ufffd" },
        { "a=%c2%c2", "a=\ufffd\ufffd" },
        { "a=%e0%9f", "a=\ufffd\ufffd" },
        { "a=%e0%a0", "a=\ufffd" },
        { "a=%e1%80", "a=\ufffd" },
        { "a=%e1%bf", "a=\ufffd" },
        { "a=%e1%7f", "a=\ufffd%7f" },
        { "a=%e1%c0", "a=\ufffd\ufffd" },
        { "a=%ed%9f", "a=\ufffd" },
        { "a=%ed%a0", "a=\ufffd\ufffd" },
        { "a=%f0%8f", "a=\ufffd\ufffd" },
        { "a=%f0%90%80", "a=\ufffd" },
        { "a=%f0%90%7f", "a=\ufffd%7f" },
        { "a=%f4%8f%bf", "a=\ufffd" },
        { "a=%f4%90", "a=\ufffd\ufffd" },
        { "a=%f5%80", "a=\ufffd\ufffd" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_pair("key-order", rows[i].a, rows[i].b, true);
        check_pair("params=(\"z\")", rows[i].a, rows[i].b, true);
        check_pair("params=()", rows[i].a, rows[i].b, false);
    }
}

static void test_equal__what_counts_and_in_which_order(void **state)
{
    (void)state;
    static const struct {
        const char *value, *a, *b;
        bool same;
    } rows[] = {
        { "params=(\"utm\")", "id=1&utm=a", "id=1", true },
        { "params=(\"utm\")", "utm=a&id=1&utm=b", "id=1", true },
        { "params=(\"utm\")", "id=1&utm=a", "id=2&utm=a", false },
        { "params=(\"utm\")", "a=1&b=2", "b=2&a=1", false },
        { "params=(\"utm\"), key-order", "a=1&b=2&utm", "b=2&a=1", true },
        { "params=(\"%C3%A9+%E6%B0%97\")", "\u00e9 \u6c17=1", "%C3%A9+%E6%B0%97=4", true },
        { "params=(\"UTM\")", "utm=1", "utm=2", false },
        { "except=(\"id\")", "id=1&x=2", "y=3&id=1", true },
        { "except=(\"id\")", "id=1", "id=2", false },
        { "except=(\"id\")", "id=1", NULL, false },
        { "except=()", "id=1", NULL, true },
        { "params", "id=1", NULL, true },
        { "params, except=(\"id\")", "id=1&x", "id=1", true },
        { "key-order", "a=1&b=2", "b=2&a=1", true },
        { "key-order", "a=1&a=2", "a=2&a=1", false },
        { "key-order", "b=3&a=1&a=2", "a=1&b=3&a=2", true },
        { "key-order", "a=1%262", "a=1&2", false },
        { "key-order", "a%3D=1", "a==1", false },
        { "key-order", "=", "", false },
        { "", "a", "a", true },
        { "", NULL, "", false },
        { "", NULL, NULL, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_pair(rows[i].value, rows[i].a, rows[i].b, rows[i].same);
}

static void test_fault__every_one_has_a_sentence(void **state)
{
    (void)state;
    for (unsigned bit = 1; bit <= NO_VARY_UNKNOWN_KEY; bit <<= 1)
        assert_true(no_vary_search_fault_sentence(bit)[0]);
    assert_string_equal(no_vary_search_fault_sentence(0), "");
}

static void test_field__lines_join_and_absence_is_the_default(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_fields f =
        fields_from("No-Vary-Search: params=(\"a\")\nno-vary-search: key-order\n", &arena);
    struct no_vary_search n = no_vary_search_of(&f, NO_VARY_ANY_DIALECT, &arena);
    assert_true(n.effective && n.any_order && n.len == 1);
    f = fields_from("Vary: a\n", &arena);
    n = no_vary_search_of(&f, NO_VARY_ANY_DIALECT, &arena);
    assert_false(n.effective);
    assert_int_equal(n.faults, 0);
}

static void test_equal__ten_thousand_names_and_parameters(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(strbuf_release) struct strbuf value = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf query = STRBUF_INIT;
    strbuf_add_str(&value, "params=(");
    for (unsigned i = 0; i < 10000; i++) {
        strbuf_addf(&value, " \"p%u\"", i);
        strbuf_addf(&query, "&p%u=%u", i, i);
    }
    strbuf_add_str(&value, ")");
    struct no_vary_search n = read(value.buf, NO_VARY_ANY_DIALECT, &arena);
    assert_int_equal(n.len, 10000);
    assert_true(no_vary_search_equal(&n, strbuf_span(&query), SPAN_NONE));
    strbuf_add_str(&query, "&q=1");
    assert_false(no_vary_search_equal(&n, strbuf_span(&query), SPAN_NONE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read__valid_forms),
        cmocka_unit_test(test_read__invalid_forms_leave_the_default),
        cmocka_unit_test(test_equal__forms_that_read_the_same),
        cmocka_unit_test(test_equal__what_counts_and_in_which_order),
        cmocka_unit_test(test_fault__every_one_has_a_sentence),
        cmocka_unit_test(test_field__lines_join_and_absence_is_the_default),
        cmocka_unit_test(test_equal__ten_thousand_names_and_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
