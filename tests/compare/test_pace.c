/*
 * Times of answers: a busy machine, a smaller one or another pace slows every route, and is
 * nobody's finding; a route that is slower than that is one.
 */
#include "scene.h"

#include <math.h>

#include "rehearse/base/random.h"

/* Medians in milliseconds, as a rehearsal of the demo's release against itself showed them while
 * other programs kept the machine busy. */
static const struct {
    const char *path;
    double production, staging;
    unsigned requests;
} busy[] = {
    { "/products", 19.6, 50.4, 292 },     { "/", 25.4, 52.4, 140 },
    { "/login", 28.6, 70.4, 130 },        { "/assets", 17.0, 41.1, 128 },
    { "/category", 16.9, 44.0, 124 },     { "/account", 27.9, 68.4, 90 },
    { "/account/orders", 31.2, 71.6, 76 }, { "/wishlist", 28.0, 72.5, 76 },
    { "/api/orders", 31.4, 71.6, 76 },    { "/cart", 26.7, 69.4, 72 },
    { "/api/products", 21.5, 65.3, 64 },  { "/cart/add", 30.9, 82.5, 52 },
    { "/sale", 14.5, 39.3, 40 },          { "/go", 27.6, 79.9, 40 },
    { "/guide", 12.9, 38.9, 40 },         { "/stores", 25.3, 77.5, 36 },
    { "/live", 110.9, 196.1, 36 },        { "/api/search", 32.9, 72.6, 36 },
    { "/search", 27.9, 103.3, 36 },       { "/api/session", 30.3, 78.4, 36 },
    { "/checkout", 40.4, 86.6, 36 },
};
enum { BUSY = sizeof busy / sizeof *busy };

/* Half to double the median, as times go. */
static int64_t around(struct random *r, double median_ms)
{
    return (int64_t)(median_ms * 1000 * exp2(2 * random_unit(r) - 1));
}

static void add_timed(struct scene *s, const char *path, int64_t production_us, int64_t staging_us)
{
    char request[64];
    snprintf(request, sizeof request, "GET %s", path);
    struct exchange p = read_exchange(s, request, "200\nContent-Type: text/html\n", false);
    struct exchange t = read_exchange(s, request, "200\nContent-Type: text/html\n", true);
    p.duration_us = production_us;
    t.duration_us = staging_us;
    add_exchanges(s, &p, &t, NULL, 0);
}

static void add_route(struct scene *s, struct random *r, size_t i, double delay_ms)
{
    for (unsigned n = 0; n < busy[i].requests; n++)
        add_timed(s, busy[i].path, around(r, busy[i].production),
                  around(r, busy[i].staging) + (int64_t)(delay_ms * 1000));
    next_session(s);
}

static void test_pace__a_busy_machine_is_no_finding(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct random r = { seed * 7919 };
        struct scene s;
        scene_open(&s);
        for (size_t i = 0; i < BUSY; i++)
            add_route(&s, &r, i, 0);
        check_none(&s);
    }
}

static void test_pace__a_slow_route_shows_on_a_busy_machine(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct random r = { seed * 7919 };
        struct scene s;
        scene_open(&s);
        for (size_t i = 0; i < BUSY; i++)
            add_route(&s, &r, i, strcmp(busy[i].path, "/stores") == 0 ? 150 : 0);
        check_one(&s, "latency", "", "/stores", SEVERITY_MINOR);
        scene_close(&s);
    }
}

/* A slower network adds the same to all, however quick they were. */
static void test_pace__a_longer_way_is_no_finding(void **state)
{
    (void)state;
    struct random r = { 5 };
    struct scene s;
    scene_open(&s);
    for (size_t i = 0; i < BUSY; i++)
        for (unsigned n = 0; n < 40; n++) {
            int64_t us = around(&r, busy[i].production);
            add_timed(&s, busy[i].path, us, us + 80000);
        }
    scene_finish(&s);
    assert_int_equal(s.findings.len, 0);
    /* It is no finding, and said all the same. */
    assert_int_equal(s.summary.note_count, 1);
    assert_true(span_find(s.summary.notes[0].text, SPAN("the route in the middle")) >= 0);
    assert_int_equal(s.summary.notes[0].exchanges, BUSY * 40);
    scene_close(&s);
}

/* Of two slow routes and one that kept its pace, each slow one is told. */
static void test_pace__two_of_three_are_still_told(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    for (int n = 0; n < 40; n++) {
        add_timed(&s, "/a", 20000 + n * 400, 220000 + n * 500);
        add_timed(&s, "/b", 30000 + n * 400, 330000 + n * 500);
        add_timed(&s, "/c", 25000 + n * 400, 25100 + n * 390);
    }
    const struct finding *f = check_one(&s, "latency", "", "/a", SEVERITY_MAJOR);
    assert_int_equal(f->exchanges, 80); /* both routes, by one cause perhaps */
    scene_close(&s);
}

/* Nothing else to hold it against. */
static void test_pace__the_only_route_is_judged_by_itself(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    for (int n = 0; n < 40; n++)
        add_timed(&s, "/a", 20000 + n * 400, 220000 + n * 500);
    check_one(&s, "latency", "", "/a", SEVERITY_MAJOR);
    scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pace__a_busy_machine_is_no_finding),
        cmocka_unit_test(test_pace__a_slow_route_shows_on_a_busy_machine),
        cmocka_unit_test(test_pace__a_longer_way_is_no_finding),
        cmocka_unit_test(test_pace__two_of_three_are_still_told),
        cmocka_unit_test(test_pace__the_only_route_is_judged_by_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
