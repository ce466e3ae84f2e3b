#include <math.h>

#include "cache_traffic.h"
#include "rehearse/base/hash.h"
#include "support/check.h"

static uint16_t kept_for(struct effects *effects, int64_t lifetime_s)
{
    const struct cache_effect e = { .keeps = KEEPS_FRESH,
                                    .lifetime_s = lifetime_s,
                                    .why = { "B-F1", SPAN("Cache-Control"), "", "kept" } };
    return effects_number(effects, &e);
}

static struct traffic_request ask(uint32_t time_s, uint32_t route, uint64_t key, uint16_t effect)
{
    return (struct traffic_request){ .time_s = time_s,
                                     .route = route,
                                     .path = (uint32_t)hash_mix(key, 7),
                                     .effect = { effect, effect },
                                     .key = { key, key } };
}

static void test_traffic__comes_in_order_of_time_however_it_was_noted(void **state)
{
    (void)state;
    struct traffic t = TRAFFIC_INIT;
    struct effects effects = { 0 };
    uint16_t minute = kept_for(&effects, 60);
    /* Two sessions: 0, 50, 100 and 30, 80, 130. In order: miss, hit, hit, expired, hit, hit. */
    static const uint32_t times[] = { 1000, 1050, 1100, 1030, 1080, 1130 };
    for (size_t i = 0; i < 6; i++) {
        const struct traffic_request r = ask(times[i], 0, 42, minute);
        traffic_note(&t, &r);
    }
    traffic_run(&t, &effects);
    assert_int_equal(t.total.requests, 6);
    assert_int_equal(t.total.hits[0], 4);
    assert_int_equal(t.total.origin_requests[0], 2);
    assert_int_equal(t.total.objects[0], 1);
    traffic_release(&t);
    effects_release(&effects);
}

static void test_traffic__staging_as_production_is_not_played_twice_and_counts_alike(void **state)
{
    (void)state;
    struct traffic t = TRAFFIC_INIT;
    struct effects effects = { 0 };
    uint16_t minute = kept_for(&effects, 60), second = kept_for(&effects, 1);
    for (uint32_t i = 0; i < 100; i++) {
        struct traffic_request same = ask(1000 + i, 0, i % 5, minute);
        struct traffic_request other = ask(1000 + i, 1, 100 + i % 5, minute);
        other.effect[1] = second;
        traffic_note(&t, &same);
        traffic_note(&t, &other);
    }
    traffic_run(&t, &effects);
    const struct cache_forecast same = traffic_forecast_of(&t, 0, false);
    const struct cache_forecast other = traffic_forecast_of(&t, 1, false);
    assert_int_equal(same.hits[0], same.hits[1]);
    assert_int_equal(same.origin_requests[1], 10); /* five objects, twice each */
    assert_int_equal(other.origin_requests[0], 10);
    assert_int_equal(other.origin_requests[1], 100);
    assert_int_equal(traffic_forecast_of(&t, 0, true).requests, 0);
    assert_int_equal(traffic_forecast_of(&t, 9, false).requests, 0);
    traffic_release(&t);
    effects_release(&effects);
}

static void test_traffic__splits_alone_leave_merges_and_lifetimes_out(void **state)
{
    (void)state;
    struct traffic t = TRAFFIC_INIT;
    struct effects effects = { 0 };
    uint16_t minute = kept_for(&effects, 60), none = kept_for(&effects, 0);
    for (uint32_t i = 0; i < 60; i++) {
        struct traffic_request r = ask(1000, 0, 0, minute);
        r.key[0] = i % 2;            /* production: two objects */
        r.key[1] = 10 + (i / 2) % 3; /* staging: three, across them */
        r.effect[1] = none;
        traffic_note(&t, &r);
    }
    traffic_run(&t, &effects);
    const struct cache_forecast alone = traffic_forecast_of(&t, 0, true);
    assert_int_equal(alone.objects[0], 2);
    assert_int_equal(alone.objects[1], 6);
    assert_int_equal(alone.origin_requests[1], 6);
    assert_int_equal(t.total.origin_requests[1], 60);
    traffic_release(&t);
    effects_release(&effects);
}

static void test_traffic__past_its_room_a_sample_of_paths_says_the_same(void **state)
{
    (void)state;
    enum { PATHS = 500000, ROUNDS = 3 };
    struct traffic t = TRAFFIC_INIT;
    struct effects effects = { 0 };
    uint16_t minute = kept_for(&effects, 60);
    for (uint32_t round = 0; round < ROUNDS; round++)
        for (uint32_t path = 0; path < PATHS; path++) {
            const struct traffic_request r = ask(1000 + round, path % 3, path, minute);
            traffic_note(&t, &r);
        }
    assert_true(t.len <= TRAFFIC_REQUESTS_MAX);
    assert_true(traffic_sampled(&t) < 1);
    traffic_run(&t, &effects);
    assert_int_equal(t.total.requests, PATHS * ROUNDS);
    double ratio = (double)t.total.hits[0] / (double)t.total.requests;
    assert_true(fabs(ratio - 2.0 / 3) < 0.001);
    assert_true(fabs((double)t.total.objects[0] - PATHS) < PATHS / 1000.0);
    traffic_release(&t);
    effects_release(&effects);
}

static void test_traffic__one_path_that_fills_all_the_room_goes_and_memory_stays(void **state)
{
    (void)state;
    struct traffic t = TRAFFIC_INIT;
    struct effects effects = { 0 };
    uint16_t minute = kept_for(&effects, 60);
    for (uint32_t i = 0; i < TRAFFIC_REQUESTS_MAX + 1000; i++) {
        const struct traffic_request r = ask(1000, 0, 5, minute);
        traffic_note(&t, &r);
    }
    assert_true(t.len <= TRAFFIC_REQUESTS_MAX);
    traffic_run(&t, &effects);
    assert_int_equal(t.total.requests, t.len ? TRAFFIC_REQUESTS_MAX + 1000 : 0);
    traffic_release(&t);
    effects_release(&effects);
}

static void test_effects__are_few_and_past_their_room_unknown(void **state)
{
    (void)state;
    struct effects effects = { 0 };
    assert_int_equal(kept_for(&effects, 60), kept_for(&effects, 60));
    assert_int_not_equal(kept_for(&effects, 60), kept_for(&effects, 61));
    for (int64_t s = 0; s < 2 * EFFECTS_MAX; s++)
        kept_for(&effects, s);
    assert_int_equal(kept_for(&effects, 3 * EFFECTS_MAX), EFFECT_UNKNOWN);
    assert_int_not_equal(kept_for(&effects, 60), EFFECT_UNKNOWN);
    effects_release(&effects);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_traffic__comes_in_order_of_time_however_it_was_noted),
        cmocka_unit_test(test_traffic__staging_as_production_is_not_played_twice_and_counts_alike),
        cmocka_unit_test(test_traffic__splits_alone_leave_merges_and_lifetimes_out),
        cmocka_unit_test(test_traffic__past_its_room_a_sample_of_paths_says_the_same),
        cmocka_unit_test(test_traffic__one_path_that_fills_all_the_room_goes_and_memory_stays),
        cmocka_unit_test(test_effects__are_few_and_past_their_room_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
