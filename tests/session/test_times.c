/* Which values of a request are times that move with the replay. */
#include "rehearse/http/date.h"
#include "rehearse/session/times.h"
#include "support/check.h"

/* Recorded on 2026-03-07 at 09:15:32, replayed two days and an hour later. */
#define RECORDED_US 1772874932000000
#define LATER_US (49ll * 3600 * 1000000)

static void test_times__move_by_as_much_as_the_replay_came_later(void **state)
{
    (void)state;
    static const struct {
        const char *method, *target, *body, *expected;
    } rows[] = {
        { "GET", "/a?expires=1772878532", NULL, "/a?expires=1773054932" },
        { "GET", "/a?expires_at=1772878532000", NULL, "/a?expires_at=1773054932000" },
        { "GET", "/a?valid_until=2026-03-08T10:00:00.5%2B01:00", NULL,
          "/a?valid_until=2026-03-10T11%3A00%3A00.5%2B01%3A00" },
        { "POST", "/a", "delivery_date=2026-03-09&name=x", "delivery_date=2026-03-11&name=x" },
        /* Read, a day names what was asked for; and what lies behind the visitor stays there. */
        { "GET", "/a?date=2026-03-09", NULL, "/a?date=2026-03-09" },
        { "POST", "/a", "date=2026-02-01", "date=2026-02-01" },
        /* A number of ten digits by another name, and one from another time. */
        { "GET", "/a?phone=1772878532", NULL, "/a?phone=1772878532" },
        { "GET", "/a?expires=2772878532", NULL, "/a?expires=2772878532" },
        { "GET", "/a?expires=17728785", NULL, "/a?expires=17728785" },
        /* Signed: another time would break it. */
        { "GET", "/a?Expires=1772878532&Signature=ab", NULL, "/a?Expires=1772878532&Signature=ab" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena arena = ARENA_INIT;
        struct http_request request = { .method = span_of(rows[i].method),
                                        .target = span_of(rows[i].target),
                                        .body = SPAN_NONE };
        if (rows[i].body) {
            http_fields_add(&request.fields, &arena, SPAN("Content-Type"),
                            SPAN("application/x-www-form-urlencoded"));
            request.body = span_of(rows[i].body);
        }
        times_shift(&request, RECORDED_US, RECORDED_US + LATER_US, &arena);
        struct span got = rows[i].body ? request.body : request.target;
        check_span(got, rows[i].expected);
        arena_release(&arena);
    }
}

static void test_times__stay_when_nothing_is_known_or_no_time_went_by(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct http_request request = { .method = SPAN("GET"),
                                    .target = SPAN("/a?expires=1772878532") };
    assert_int_equal(times_shift(&request, 0, RECORDED_US, &arena), 0);
    assert_int_equal(times_shift(&request, RECORDED_US, RECORDED_US + 1000000, &arena), 0);
    check_span(request.target, "/a?expires=1772878532");
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times__move_by_as_much_as_the_replay_came_later),
        cmocka_unit_test(test_times__stay_when_nothing_is_known_or_no_time_went_by),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
