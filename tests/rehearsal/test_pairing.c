#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "pairing.h"
#include "support/check.h"

static char folder[] = "/tmp/rehearse-pairing-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static struct store *new_store(const char *name, enum store_kind kind)
{
    char path[64];
    struct store *store = NULL;
    struct err err = ERR_INIT;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(store_create(&store, path, kind, true, &err), 0);
    return store;
}

static void put(struct store *store, uint64_t session, uint32_t planned, int status, uint32_t marks)
{
    struct exchange x = exchange_blank();
    struct err err = ERR_INIT;
    x.session = session;
    x.seq = x.planned = planned;
    x.start_us = 1772874932000000 + planned * 1000;
    x.marks = marks;
    x.request.method = SPAN("GET");
    x.request.scheme = SPAN("https");
    x.request.authority = SPAN("shop.example");
    x.request.target = SPAN("/a");
    x.response.status = status;
    assert_int_equal(store_put_exchange(store, &x, 1, &err), 0);
}

static void drop(struct store *store)
{
    char path[64];
    snprintf(path, sizeof path, "%s", store_path(store));
    store_close(store);
    unlink(path);
}

/* Planned and compared, of what the two files hold. */
static struct comparison_summary walk(struct store *baseline, struct store *run,
                                      struct findings *findings)
{
    struct routes *routes = routes_new();
    struct err err = ERR_INIT;
    struct comparison_summary summary;
    routes_learn(routes, SPAN("/a"));
    routes_settle(routes);
    const struct comparison_options options = { .routes = routes };
    struct comparison *comparison = comparison_new(&options);
    struct pairing pairing = { .baseline = baseline, .run = run, .comparison = comparison };
    assert_int_equal(store_finish(baseline, &err), 0);
    assert_int_equal(store_finish(run, &err), 0);
    assert_int_equal(pairing_walk(&pairing, &err), 0);
    assert_int_equal(comparison_finish(comparison, findings, &summary, &err), 0);
    comparison_free(comparison);
    routes_free(routes);
    return summary;
}

static void test_pairing__what_the_baseline_lacks_is_planned_all_the_same(void **state)
{
    (void)state;
    AUTO(findings_release) struct findings findings = FINDINGS_INIT;
    struct store *baseline = new_store("b", STORE_BASELINE), *run = new_store("r", STORE_RUN);
    put(baseline, 7, 1, 200, MARK_ALL_RESPONSE_FIELDS);
    put(baseline, 7, 3, 200, MARK_ALL_RESPONSE_FIELDS);
    for (uint32_t planned = 0; planned < 5; planned++)
        put(run, 7, planned, 200, MARK_ALL_RESPONSE_FIELDS);
    put(run, 9, 0, 200, MARK_ALL_RESPONSE_FIELDS); /* a session the baseline does not know */
    struct comparison_summary summary = walk(baseline, run, &findings);
    assert_int_equal(summary.planned, 6);
    assert_int_equal(summary.compared, 2);
    drop(baseline);
    drop(run);
}

static void test_pairing__hops_are_not_planned(void **state)
{
    (void)state;
    AUTO(findings_release) struct findings findings = FINDINGS_INIT;
    struct store *baseline = new_store("b", STORE_BASELINE), *run = new_store("r", STORE_RUN);
    put(baseline, 7, 0, 200, MARK_ALL_RESPONSE_FIELDS);
    put(run, 7, 0, 200, MARK_ALL_RESPONSE_FIELDS);
    struct exchange hop = exchange_blank();
    hop.session = 7;
    hop.seq = 1;
    hop.planned = 0;
    hop.marks = MARK_HOP;
    hop.request.method = SPAN("GET");
    hop.request.target = SPAN("/a");
    hop.response.status = 200;
    assert_int_equal(store_put_exchange(run, &hop, 1, NULL), 0);
    assert_int_equal(walk(baseline, run, &findings).planned, 1);
    drop(baseline);
    drop(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairing__what_the_baseline_lacks_is_planned_all_the_same),
        cmocka_unit_test(test_pairing__hops_are_not_planned),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
