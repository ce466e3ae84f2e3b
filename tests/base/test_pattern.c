#include "support/check.h"

#include "rehearse/base/pattern.h"

static void test_pattern__groups_that_took_no_part_are_none(void **state)
{
    (void)state;
    AUTO(pattern_freep) struct pattern *p = NULL;
    struct span groups[4];
    assert_int_equal(pattern_compile(&p, "^/(a)?(b|c)", false, NULL), 0);
    assert_true(pattern_match(p, SPAN("/cx"), groups, 4));
    check_span(groups[0], "/c");
    check_span(groups[1], NULL);
    check_span(groups[2], "c");
    check_span(groups[3], NULL);
    assert_false(pattern_match(p, SPAN("/x"), groups, 4));
    assert_true(pattern_match(p, SPAN("/ab"), groups, 1));
}

static void test_pattern__case_may_be_ignored(void **state)
{
    (void)state;
    AUTO(pattern_freep) struct pattern *exact = NULL, *folded = NULL;
    assert_int_equal(pattern_compile(&exact, "logout$", false, NULL), 0);
    assert_int_equal(pattern_compile(&folded, "logout$", true, NULL), 0);
    assert_false(pattern_matches(exact, SPAN("/LogOut")));
    assert_true(pattern_matches(folded, SPAN("/LogOut")));
    assert_false(pattern_matches(exact, SPAN_NONE));
}

static void test_pattern__a_broken_one_is_named_with_its_column(void **state)
{
    (void)state;
    struct pattern *p = NULL;
    struct err err = ERR_INIT;
    assert_int_equal(pattern_compile(&p, "a(b", false, &err), E_USAGE);
    assert_null(p);
    assert_non_null(strstr(err.text, "a(b"));
    assert_non_null(strstr(err.text, "column 4"));
}

static void test_pattern__backtracking_without_end_is_no_match(void **state)
{
    (void)state;
    AUTO(pattern_freep) struct pattern *p = NULL;
    char subject[200];
    memset(subject, 'a', sizeof subject);
    assert_int_equal(pattern_compile(&p, "^(a+)+$", false, NULL), 0);
    subject[sizeof subject - 1] = '!';
    assert_false(pattern_matches(p, span_make(subject, sizeof subject)));
    pattern_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pattern__groups_that_took_no_part_are_none),
        cmocka_unit_test(test_pattern__case_may_be_ignored),
        cmocka_unit_test(test_pattern__a_broken_one_is_named_with_its_column),
        cmocka_unit_test(test_pattern__backtracking_without_end_is_no_match),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
