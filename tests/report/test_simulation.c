#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/check.h"

#include "rehearse/base/file.h"
#include "rehearse/report/simulation.h"

static struct simulation simulation_of(struct simulate_route *routes, size_t count,
                                       struct simulate_moment *moments, size_t moment_count)
{
    struct simulation s = {
        .production = SPAN("<b>.capture"),
        .staging = SPAN("staging.run"),
        .caches = { { .name = "varnish" }, { .name = "varnish" } },
        .first_us = 1772884800000000,
        .last_us = 1772888400000000,
        .routes = routes,
        .route_count = count,
        .moments = moments,
        .moment_count = moment_count,
    };
    s.total.route = SPAN("*");
    for (size_t i = 0; i < count; i++) {
        model_counts_add(&s.total.production, &routes[i].production);
        model_counts_add(&s.total.staging, &routes[i].staging);
    }
    return s;
}

static struct simulate_route route_of(const char *name)
{
    return (struct simulate_route){
        .route = span_of(name),
        .production = { .requests = 4,
                        .outcomes = { [MODEL_HIT] = 3, [MODEL_MISS] = 1 },
                        .fetches = 1 },
        .staging = { .requests = 4,
                     .outcomes = { [MODEL_HIT] = 1, [MODEL_MISS] = 3 },
                     .fetches = 3 },
    };
}

static void test_simulation__a_page_shows_both_sides_over_time_and_by_route(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf page = STRBUF_INIT;
    struct simulate_route routes[] = { route_of("/products/:id") };
    struct simulate_moment moments[] = { { 2, { 2, 2 }, { 1, 0 }, 0, 0 },
                                         { 0 },
                                         { 2, { 2, 2 }, { 2, 1 }, 0, 0 } };
    struct simulation s = simulation_of(routes, 1, moments, 3);
    simulation_add_page(&s, &page);
    check_contains(page.buf, "answers 75.00 % itself with production's headers and 25.00 %");
    check_contains(page.buf, "the origin is asked 3 times instead of 1");
    check_contains(page.buf, "/products/:id");
    check_contains(page.buf, "-50.00");
    check_contains(page.buf, "logged no hits or misses");
    /* A moment without requests is a gap, no zero: two pieces, each begun with M. */
    check_contains(page.buf, "<path class=\"production\" d=\"M201.3 142.0M798.7 16.0\"/>");
}

static void test_simulation__names_from_outside_are_inert(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf page = STRBUF_INIT;
    struct simulate_route routes[] = { route_of("/<script>alert(1)</script>\x1b[2J") };
    struct simulation s = simulation_of(routes, 1, NULL, 0);
    simulation_add_page(&s, &page);
    assert_null(strstr(page.buf, "<script"));
    assert_null(strstr(page.buf, "<b>"));
    assert_null(strchr(page.buf, '\x1b'));
    check_contains(page.buf, "&lt;script&gt;");
}

static void test_simulation__a_thousand_routes_are_cut_and_counted(void **state)
{
    (void)state;
    enum { ROUTES = 1000 };
    AUTO(strbuf_release) struct strbuf page = STRBUF_INIT;
    static struct simulate_route routes[ROUTES];
    for (int i = 0; i < ROUTES; i++)
        routes[i] = route_of("/a");
    struct simulation s = simulation_of(routes, ROUTES, NULL, 0);
    simulation_add_page(&s, &page);
    check_contains(page.buf, "And 700 more routes, in simulation.json.");
}

static void test_simulation__nothing_at_all_is_a_page_too(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf page = STRBUF_INIT;
    struct simulation s = { .production = SPAN("a"), .caches = { { .name = "cdn" }, { 0 } } };
    simulation_add_page(&s, &page);
    check_contains(page.buf, "Of 0 requests");
    check_contains(page.buf, "</html>");
    assert_null(strstr(page.buf, "nan"));
}

static void test_simulation__is_written_as_page_and_json(void **state)
{
    (void)state;
    char folder[] = "/tmp/rehearse-simulation-XXXXXX", path[64];
    struct err err = ERR_INIT;
    struct simulate_route routes[] = { route_of("/a") };
    struct simulation s = simulation_of(routes, 1, NULL, 0);
    assert_non_null(mkdtemp(folder));
    assert_int_equal(simulation_write(&s, folder, &err), 0);
    static const char *const files[] = { "simulation.html", "simulation.json" };
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_simulation__a_page_shows_both_sides_over_time_and_by_route),
        cmocka_unit_test(test_simulation__names_from_outside_are_inert),
        cmocka_unit_test(test_simulation__a_thousand_routes_are_cut_and_counted),
        cmocka_unit_test(test_simulation__nothing_at_all_is_a_page_too),
        cmocka_unit_test(test_simulation__is_written_as_page_and_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
