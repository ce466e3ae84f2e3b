#include "support/check.h"

#include "rehearse/report/leaks.h"

static struct report_leak found[] = {
    { { "/account|<b>", 12 }, { "name", 4 }, { "Member 1's name, <script>.", 26 }, 3, 2, false },
};
static const struct report_leaks leaking = { .watched = true,
                                             .members = 4,
                                             .marks = 12,
                                             .answers = 1234,
                                             .pairs = 5,
                                             .pairs_in_all = 6,
                                             .routes = 8,
                                             .routes_covered = 4,
                                             .leaks = found,
                                             .leak_count = 1 };

typedef void section_fn(struct strbuf *out, const struct report_leaks *leaks);

static void check_section(section_fn *add, const struct report_leaks *leaks, const char *part,
                          bool there)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    add(&out, leaks);
    bool holds = span_find(strbuf_span(&out), span_of(part)) >= 0;
    if (holds != there)
        print_error("%s\n", out.len ? out.buf : "");
    check_row(holds == there, part);
}

static void test_leaks__are_told_inert_in_every_report(void **state)
{
    (void)state;
    static const struct {
        section_fn *add;
        const char *part;
        bool there;
    } rows[] = {
        { leaks_add_html, "5 of 6 pairs", true },
        { leaks_add_html, "4 of 8 routes (50.0 %)", true },
        { leaks_add_html, "<script>", false },
        { leaks_add_html, "&lt;script&gt;", true },
        { leaks_add_markdown, "1,234 answers", true },
        { leaks_add_markdown, "<script>", false },
        { leaks_add_json, "\"pairs\":5", true },
        { leaks_add_json, "\"from_cache\":2", true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_section(rows[i].add, &leaking, rows[i].part, rows[i].there);
}

static void test_leaks__say_nothing_where_nobody_was_watched(void **state)
{
    (void)state;
    static const struct report_leaks unwatched = { .watched = false };
    static section_fn *const sections[] = { leaks_add_html, leaks_add_markdown };
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        for (int none = 0; none < 2; none++) {
            AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
            sections[i](&out, none ? NULL : &unwatched);
            assert_int_equal(out.len, 0);
        }
    check_section(leaks_add_json, NULL, "null", true);
    check_section(leaks_add_json, &unwatched, "null", true);
}

static void test_leaks__say_that_there_were_none(void **state)
{
    (void)state;
    struct report_leaks quiet = leaking;
    quiet.leak_count = 0;
    quiet.shown_by_production = 2;
    quiet.beyond = 3;
    check_section(leaks_add_html, &quiet, "Nothing of one member was shown", true);
    check_section(leaks_add_html, &quiet, "2 times it was something that production shows", true);
    check_section(leaks_add_html, &quiet, "3 more were found than are kept", true);
    check_section(leaks_add_html, &quiet, "<table>", false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leaks__are_told_inert_in_every_report),
        cmocka_unit_test(test_leaks__say_nothing_where_nobody_was_watched),
        cmocka_unit_test(test_leaks__say_that_there_were_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
