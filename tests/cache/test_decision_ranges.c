/* Ranges: cut from what is stored, or completed. */
#include "decision_kit.h"

/* RFC 9110 section 8.8.2.2: within its second a date does not tell two versions apart. */
static void test_decide__a_date_of_the_same_second_guards_no_range(void **state)
{
    (void)state;
    struct scene s = { .arena = ARENA_INIT };
    set_scene(&s, "Range: bytes=0-1\nIf-Range: Sat, 07 Mar 2026 12:00:00 GMT",
              "Cache-Control: max-age=60\nLast-Modified: Sat, 07 Mar 2026 12:00:00 GMT\n"
              "Date: Sat, 07 Mar 2026 12:00:00 GMT");
    assert_int_equal(decide(&s, &cache_policy_rfc, 0).step, CACHE_SERVE);
    arena_release(&s.arena);
}

/* RFC 9110 section 14.2. The stored body is "0123456789". */
static void test_decide__ranges_are_cut_from_what_is_stored(void **state)
{
    (void)state;
    static const struct {
        const char *request;
        enum cache_step step;
        int64_t from, to, first, last;
    } rows[] = {
        { "Range: bytes=0-1", CACHE_PART, 0, 2, 0, 1 },
        { "Range: bytes=4-", CACHE_PART, 4, 10, 4, 9 },
        { "Range: bytes=-3", CACHE_PART, 7, 10, 7, 9 },
        { "Range: bytes=-30", CACHE_PART, 0, 10, 0, 9 },
        { "Range: bytes=8-99999999999", CACHE_PART, 8, 10, 8, 9 },
        { "Range: Bytes = 8-9", CACHE_PART, 8, 10, 8, 9 },
        { "Range: bytes=10-", CACHE_UNSATISFIABLE, 0, 0, 0, 0 },
        { "Range: bytes=-0", CACHE_UNSATISFIABLE, 0, 0, 0, 0 },
        { "Range: bytes=5-4", CACHE_SERVE, 0, 0, 0, 0 },
        { "Range: bytes=0-1,4-5", CACHE_SERVE, 0, 0, 0, 0 },
        { "Range: bytes=-", CACHE_SERVE, 0, 0, 0, 0 },
        { "Range: bytes=99999999999999999999-", CACHE_SERVE, 0, 0, 0, 0 },
        { "Range: lines=0-1", CACHE_SERVE, 0, 0, 0, 0 },
        { "Range: bytes=0-1\nIf-Range: \"a\"", CACHE_PART, 0, 2, 0, 1 },
        { "Range: bytes=0-1\nIf-Range: W/\"a\"", CACHE_SERVE, 0, 0, 0, 0 },
        { "Range: bytes=0-1\nIf-Range: \"x\"", CACHE_SERVE, 0, 0, 0, 0 },
        { "Range: bytes=0-1\nIf-Range: Fri, 06 Mar 2026 09:15:32 GMT", CACHE_PART, 0, 2, 0, 1 },
        { "Range: bytes=0-1\nIf-Range: Fri, 06 Mar 2026 09:15:33 GMT", CACHE_SERVE, 0, 0, 0, 0 },
        { "If-Range: \"x\"", CACHE_SERVE, 0, 0, 0, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s = { .arena = ARENA_INIT };
        set_scene(&s, rows[i].request, TAGGED);
        struct cache_decision d = decide(&s, &cache_policy_rfc, 0);
        check_row(d.step == rows[i].step, rows[i].request);
        if (d.step == CACHE_PART)
            check_row(d.from == rows[i].from && d.to == rows[i].to && d.first == rows[i].first &&
                          d.last == rows[i].last && d.complete == 10,
                      rows[i].request);
        arena_release(&s.arena);
    }
}

/* Bytes 4 to 7 of 10 are held, with or without a strong tag. */
static void test_decide__a_part_answers_what_lies_in_it_and_is_completed(void **state)
{
    (void)state;
    static const struct {
        const char *request, *tag;
        struct held_part part;
        enum cache_step step;
        int64_t first, last;
    } rows[] = {
        { "Range: bytes=5-6", "", { true, 4, 7, 10 }, CACHE_PART, 5, 6 },
        { "Range: bytes=3-6", "", { true, 4, 7, 10 }, CACHE_FORWARD, 0, 0 },
        { "Range: bytes=-3", "", { true, 4, 7, 10 }, CACHE_FORWARD, 0, 0 },
        { "Range: bytes=-3", "", { true, 6, 9, 10 }, CACHE_PART, 7, 9 },
        { "Range: bytes=-3", "", { true, 6, 9, -1 }, CACHE_FORWARD, 0, 0 },
        { "Range: bytes=5-", "", { true, 4, 7, -1 }, CACHE_FORWARD, 0, 0 },
        { "Range: bytes=12-", "", { true, 4, 7, 10 }, CACHE_UNSATISFIABLE, 0, 0 },
        { "", "ETag: \"a\"\n", { true, 0, 3, 10 }, CACHE_COMPLETE, 4, -1 },
        { "", "ETag: \"a\"\n", { true, 6, 9, 10 }, CACHE_COMPLETE, 0, 5 },
        { "", "ETag: \"a\"\n", { true, 4, 7, 10 }, CACHE_FORWARD, 0, 0 },
        { "", "ETag: W/\"a\"\n", { true, 0, 3, 10 }, CACHE_FORWARD, 0, 0 },
        { "", "", { true, 0, 3, 10 }, CACHE_FORWARD, 0, 0 },
        { "", "ETag: \"a\"\n", { true, 0, 3, 4 }, CACHE_FORWARD, 0, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s = { .arena = ARENA_INIT };
        struct span fields = arena_printf(&s.arena, "%sCache-Control: max-age=60", rows[i].tag);
        set_scene(&s, rows[i].request, fields.ptr);
        s.response.status = 206;
        s.response.body = SPAN("4567");
        s.stored.part = rows[i].part;
        struct cache_decision d = decide(&s, &cache_policy_rfc, 0);
        check_row(d.step == rows[i].step, rows[i].request);
        if (d.step == CACHE_PART || d.step == CACHE_COMPLETE)
            check_row(d.first == rows[i].first && d.last == rows[i].last, rows[i].request);
        arena_release(&s.arena);
    }
}

/* RFC 9111 section 4.3.2: its tag stands for a part only where the range lies in that. */
static void test_decide__a_stale_part_is_asked_about_for_its_own_range(void **state)
{
    (void)state;
    static const struct {
        const char *request;
        enum cache_step step;
    } rows[] = {
        { "Range: bytes=5-6", CACHE_VALIDATE },
        { "Range: bytes=5-8", CACHE_FORWARD },
        { "", CACHE_FORWARD },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s = { .arena = ARENA_INIT };
        set_scene(&s, rows[i].request, "ETag: \"a\"\nCache-Control: max-age=60");
        s.response.status = 206;
        s.response.body = SPAN("4567");
        s.stored.part = (struct held_part){ true, 4, 7, 10 };
        check_row(decide(&s, &cache_policy_rfc, 60).step == rows[i].step, rows[i].request);
        arena_release(&s.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decide__a_date_of_the_same_second_guards_no_range),
        cmocka_unit_test(test_decide__ranges_are_cut_from_what_is_stored),
        cmocka_unit_test(test_decide__a_part_answers_what_lies_in_it_and_is_completed),
        cmocka_unit_test(test_decide__a_stale_part_is_asked_about_for_its_own_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
