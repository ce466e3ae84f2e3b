#include "support/fields.h"

#include "rehearse/base/strbuf.h"
#include "rehearse/cache/cache_groups.h"

/* As a store asks that holds a response of that one group. */
static bool has(const struct cache_groups *groups, struct span name)
{
    return cache_groups_meet(groups, &(struct cache_groups){ .at = &name, .len = 1 });
}

static void test_read__strings_sorted_and_each_once(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_fields f = fields_from("Cache-Groups: \"scripts\";x=1, \"b\\\"c\"\n"
                                       "cache-groups: \"Scripts\" ,\"scripts\"\n",
                                       &arena);
    struct cache_groups g = cache_groups_of(&f, &arena);
    assert_int_equal(g.len, 3);
    assert_int_equal(g.faults, 0);
    check_span(g.at[0], "Scripts");
    check_span(g.at[1], "b\"c");
    check_span(g.at[2], "scripts");
    assert_true(has(&g, SPAN("b\"c")));
    assert_false(has(&g, SPAN("SCRIPTS")));
}

static void test_read__a_field_that_is_no_list_of_strings_is_ignored(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        unsigned faults;
    } rows[] = {
        { "\"a\", b", CACHE_GROUPS_NOT_STRINGS },  { "(\"a\" \"b\")", CACHE_GROUPS_NOT_STRINGS },
        { "1", CACHE_GROUPS_NOT_STRINGS },         { "%\"a\"", CACHE_GROUPS_NOT_STRINGS },
        { "\"a\",", CACHE_GROUPS_NOT_STRUCTURED }, { "\"a\" \"b\"", CACHE_GROUPS_NOT_STRUCTURED },
        { "b, \"a", CACHE_GROUPS_NOT_STRUCTURED },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct cache_groups g = cache_groups_read(span_of(rows[i].value), &arena);
        check_row(g.len == 0 && g.faults == rows[i].faults, rows[i].value);
        check_row(cache_groups_fault_sentence(g.faults)[0], rows[i].value);
        assert_false(has(&g, SPAN("a")));
    }
}

static void test_invalidated__only_by_unsafe_methods(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_fields f =
        fields_from("Cache-Group-Invalidation: \"eurovision-results\", \"australia\"\n", &arena);
    assert_int_equal(cache_groups_invalidated(&f, SPAN("POST"), &arena).len, 2);
    struct cache_groups g = cache_groups_invalidated(&f, SPAN("GET"), &arena);
    assert_int_equal(g.len, 0);
    assert_int_equal(g.faults, CACHE_GROUPS_SAFE_METHOD);
    assert_true(cache_groups_fault_sentence(g.faults)[0]);
    f = fields_from("Vary: a\n", &arena);
    assert_int_equal(cache_groups_invalidated(&f, SPAN("GET"), &arena).faults, 0);
}

static void test_meet__when_one_name_is_in_both(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool meet;
    } rows[] = {
        { "\"a\", \"c\"", "\"b\", \"c\"", true },
        { "\"z\"", "\"a\", \"z\"", true },
        { "\"a\"", "\"A\"", false },
        { "\"a\", \"c\"", "\"b\", \"d\"", false },
        { "", "\"a\"", false },
        { "", "", false },
        { "\"\"", "\"\"", true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct cache_groups a = cache_groups_read(span_of(rows[i].a), &arena);
        struct cache_groups b = cache_groups_read(span_of(rows[i].b), &arena);
        check_row(cache_groups_meet(&a, &b) == rows[i].meet, rows[i].a);
        check_row(cache_groups_meet(&b, &a) == rows[i].meet, rows[i].a);
    }
}

static void test_read__ten_thousand_groups(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(strbuf_release) struct strbuf value = STRBUF_INIT;
    for (unsigned i = 0; i < 10000; i++)
        strbuf_addf(&value, "%s\"group-%u\"", i ? ", " : "", i);
    struct cache_groups g = cache_groups_read(strbuf_span(&value), &arena);
    assert_int_equal(g.len, 10000);
    assert_true(has(&g, SPAN("group-9999")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read__strings_sorted_and_each_once),
        cmocka_unit_test(test_read__a_field_that_is_no_list_of_strings_is_ignored),
        cmocka_unit_test(test_invalidated__only_by_unsafe_methods),
        cmocka_unit_test(test_meet__when_one_name_is_in_both),
        cmocka_unit_test(test_read__ten_thousand_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
