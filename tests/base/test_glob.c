#include "support/check.h"

#include "rehearse/base/glob.h"

static void test_glob__stars_stand_for_any_run_of_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool matches, folded;
    } rows[] = {
        { "abc", "abc", true, true },
        { "abc", "ABC", false, true },
        { "abc", "abcd", false, false },
        { "a*", "a", true, true },
        { "a*c", "abcbc", true, true },
        { "a*c", "abcb", false, false },
        { "*", "", true, true },
        { "*ab*", "xxaab", true, true },
        { "a*b*c", "a1b2c", true, true },
        { "a*b*c", "acb", false, false },
        { "*Token", "page_token", false, true },
        { "*token", "page_token", true, true },
        { "", "", true, true },
        { "", "a", false, false },
        { "**a", "ba", true, true },
        { "a*", "", false, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct span pattern = span_of(rows[i].pattern), text = span_of(rows[i].text);
        check_row(glob_matches(pattern, text) == rows[i].matches, rows[i].pattern);
        check_row(glob_imatches(pattern, text) == rows[i].folded, rows[i].pattern);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_glob__stars_stand_for_any_run_of_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
