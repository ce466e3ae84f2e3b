/* Causality and pace, with a clock that is a number. */
#include <stdio.h>

#include "check.h"
#include "schedule.h"

struct recorded {
    int64_t start_us, duration_us;
};

static struct schedule *make(const struct recorded *recorded, size_t count, double speed)
{
    struct exchange x[32];
    assert_true(count <= 32);
    for (size_t i = 0; i < count; i++) {
        x[i] = exchange_blank();
        x[i].start_us = recorded[i].start_us;
        x[i].duration_us = recorded[i].duration_us;
    }
    return schedule_new(x, count, speed, 1000);
}

static void check_due(struct schedule *s, int64_t now, size_t index)
{
    size_t found = 99;
    int64_t due;
    assert_int_equal(schedule_next(s, now, &found, &due), SCHEDULE_DUE);
    assert_int_equal(found, index);
}

static void check_later(struct schedule *s, int64_t now, int64_t expected)
{
    size_t index;
    int64_t due = -1;
    assert_int_equal(schedule_next(s, now, &index, &due), SCHEDULE_LATER);
    assert_int_equal(due, expected);
}

static void check_word(struct schedule *s, int64_t now, enum schedule_word word)
{
    size_t index;
    int64_t due;
    assert_int_equal(schedule_next(s, now, &index, &due), word);
}

static void test_a_request__waits_for_the_answer_it_followed(void **state)
{
    (void)state;
    static const struct recorded r[] = { { 0, 100 }, { 500, 100 } };
    struct schedule *s = make(r, 2, 0);
    check_due(s, 1000, 0);
    schedule_sent(s, 0, 1000);
    check_word(s, 999999, SCHEDULE_BLOCKED);
    schedule_done(s, 0, 3000);
    check_due(s, 3000, 1);
    schedule_free(s);
}

static void test_a_redirects_target__waits_for_the_redirect(void **state)
{
    (void)state;
    static const char *const locations[] = { "/account", "https://shop.example/account",
                                             "account" };
    for (size_t i = 0; i < 3; i++) {
        struct arena arena = ARENA_INIT;
        struct exchange x[2] = { exchange_blank(), exchange_blank() };
        x[0].duration_us = 500;
        x[0].request.method = SPAN("POST");
        x[0].request.target = SPAN("/login");
        x[0].response.status = 303;
        http_fields_add(&x[0].response.fields, &arena, SPAN("Location"), span_of(locations[i]));
        x[1].start_us = 400;
        x[1].request.method = SPAN("GET");
        x[1].request.target = SPAN("/account");
        struct schedule *s = schedule_new(x, 2, 0, 1000);
        schedule_sent(s, 0, 1000);
        check_word(s, 999999, SCHEDULE_BLOCKED);
        schedule_done(s, 0, 3000);
        check_due(s, 3000, 1);
        schedule_free(s);
        arena_release(&arena);
    }
}

static void test_requests_that_overlapped__go_out_together(void **state)
{
    (void)state;
    /* A page, then its two images at once, then the next page after both. */
    static const struct recorded r[] = { { 0, 100 }, { 110, 50 }, { 120, 80 }, { 400, 10 } };
    struct schedule *s = make(r, 4, 0);
    schedule_sent(s, 0, 1000);
    schedule_done(s, 0, 1100);
    check_due(s, 1100, 1);
    schedule_sent(s, 1, 1100);
    check_due(s, 1100, 2);
    schedule_sent(s, 2, 1100);
    schedule_done(s, 2, 1200);
    check_word(s, 1200, SCHEDULE_BLOCKED);
    schedule_done(s, 1, 1300);
    check_due(s, 1300, 3);
    schedule_sent(s, 3, 1300);
    check_word(s, 1300, SCHEDULE_OVER);
    assert_false(schedule_is_over(s));
    schedule_done(s, 3, 1400);
    assert_true(schedule_is_over(s));
    schedule_free(s);
}

static void test_think_time__counts_from_the_answer_as_it_came_here(void **state)
{
    (void)state;
    static const struct recorded r[] = { { 0, 1000 }, { 5000, 10 } };
    struct schedule *s = make(r, 2, 1);
    check_later(s, 0, 1000);
    check_due(s, 1000, 0);
    schedule_sent(s, 0, 1000);
    schedule_done(s, 0, 10000); /* staging is slower */
    check_later(s, 10000, 14000);
    check_due(s, 14000, 1);
    schedule_free(s);
}

static void test_speed__divides_the_think_time(void **state)
{
    (void)state;
    static const struct recorded r[] = { { 0, 1000 }, { 5000, 10 } };
    struct schedule *s = make(r, 2, 4);
    schedule_sent(s, 0, 1000);
    schedule_done(s, 0, 2000);
    check_later(s, 2000, 3000);
    schedule_free(s);
}

static void test_overlapping_requests__keep_their_distance(void **state)
{
    (void)state;
    static const struct recorded r[] = { { 0, 10000 }, { 300, 10000 } };
    struct schedule *s = make(r, 2, 1);
    schedule_sent(s, 0, 1000);
    check_later(s, 1000, 1300);
    schedule_free(s);
}

static void test_without_durations__one_follows_the_other(void **state)
{
    (void)state;
    static const struct recorded r[] = { { 0, -1 }, { 0, -1 }, { 0, -1 } };
    struct schedule *s = make(r, 3, 0);
    for (size_t i = 0; i < 3; i++) {
        check_due(s, 1000, i);
        schedule_sent(s, i, 1000);
        if (i < 2)
            check_word(s, 1000, SCHEDULE_BLOCKED);
        schedule_done(s, i, 1000);
    }
    assert_true(schedule_is_over(s));
    schedule_free(s);
}

static void test_times_that_cannot_be__do_no_harm(void **state)
{
    (void)state;
    static const struct recorded r[] = {
        { INT64_MIN, 5 }, { INT64_MAX - 5, INT64_MAX }, { -7, INT64_MAX }, { INT64_MIN, -9 }
    };
    struct schedule *s = make(r, 4, 0.001);
    size_t index;
    int64_t due, now = 1000;
    for (unsigned turns = 0; !schedule_is_over(s) && turns < 10; turns++) {
        enum schedule_word word = schedule_next(s, now, &index, &due);
        if (word == SCHEDULE_LATER)
            now = due;
        else if (word == SCHEDULE_DUE) {
            schedule_sent(s, index, now);
            schedule_done(s, index, now);
        }
    }
    assert_true(schedule_is_over(s));
    schedule_free(s);
}

static void test_in_flight__is_bounded_whatever_the_recording_says(void **state)
{
    (void)state;
    struct recorded r[32];
    for (int i = 0; i < 32; i++)
        r[i] = (struct recorded){ i, 1000000 };
    struct schedule *s = make(r, 32, 0);
    for (size_t i = 0; i < SCHEDULE_FLYING_MAX; i++) {
        check_due(s, 1000, i);
        schedule_sent(s, i, 1000);
    }
    check_word(s, 1000, SCHEDULE_BLOCKED);
    schedule_done(s, 5, 1001);
    check_due(s, 1001, SCHEDULE_FLYING_MAX);
    schedule_free(s);
}

static void test_an_empty_session__is_over(void **state)
{
    (void)state;
    struct schedule *s = make(NULL, 0, 1);
    check_word(s, 1000, SCHEDULE_OVER);
    assert_true(schedule_is_over(s));
    schedule_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_request__waits_for_the_answer_it_followed),
        cmocka_unit_test(test_a_redirects_target__waits_for_the_redirect),
        cmocka_unit_test(test_requests_that_overlapped__go_out_together),
        cmocka_unit_test(test_think_time__counts_from_the_answer_as_it_came_here),
        cmocka_unit_test(test_speed__divides_the_think_time),
        cmocka_unit_test(test_overlapping_requests__keep_their_distance),
        cmocka_unit_test(test_without_durations__one_follows_the_other),
        cmocka_unit_test(test_times_that_cannot_be__do_no_harm),
        cmocka_unit_test(test_in_flight__is_bounded_whatever_the_recording_says),
        cmocka_unit_test(test_an_empty_session__is_over),
    };
    return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
