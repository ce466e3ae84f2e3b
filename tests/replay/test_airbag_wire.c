/*
 * The airbag against real sockets: a production and a staging on loopback that keep
 * every byte they are sent, and a DNS of the test's own that says where production is.
 */
#include <pthread.h>

#include "capture_kit.h"
#include "hostile_server.h"
#include "resolve.h"

struct fixture {
    struct kit kit;
    struct hostile_server *production, *staging;
};

/* ---- a DNS that says production is on loopback ---- */

static size_t answer(const struct resolver *self, const char *host, struct ip_address *ret)
{
    (void)self;
    (void)host;
    return ip_parse(ret, SPAN("127.0.0.1"));
}

static const struct resolver on_loopback = { answer };

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->production = hostile_start();
    f->staging = hostile_start();
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    kit_close(&f->kit);
    hostile_stop(f->production);
    hostile_stop(f->staging);
    free(f);
    return 0;
}

static unsigned bytes_at(struct hostile_server *server)
{
    pthread_mutex_lock(&server->lock);
    unsigned bytes = (unsigned)server->received;
    pthread_mutex_unlock(&server->lock);
    return bytes;
}

/* All methods and overrides, GraphQL mutations by GET, Server Actions. */
static void put_everything_unsafe(struct kit *kit)
{
    static const struct {
        const char *method, *target, *name, *value;
    } rows[] = {
        { "POST", "/cart/add", "", "" },
        { "PUT", "/things/1", "", "" },
        { "DELETE", "/things/1", "", "" },
        { "PATCH", "/things/1", "", "" },
        { "PROPPATCH", "/things/1", "", "" },
        { "FROBNICATE", "/things/1", "", "" },
        { "post", "/things/1", "", "" },
        { "GET", "/things/1", "X-HTTP-Method-Override", "DELETE" },
        { "GET", "/things/1", "x-http-method", "patch" },
        { "GET", "/things/1", "X_Method_Override", "PUT" },
        { "HEAD", "/things/1", "X-Method-Override", "PUT" },
        { "GET", "/things/1?_method=DELETE", "", "" },
        { "GET", "/things/1?%5Fmethod=delete", "", "" },
        { "GET", "/graphql?query=mutation%7Bbuy%7D", "", "" },
        { "GET", "/products/1", "Next-Action", "7f3a" },
        { "POST", "/products/1", "Next-Action", "7f3a" },
        { "GET", "/safe", "X-Original-URL", "/logout" },
        { "GET", "/log%6Fut", "", "" },
        { "OPTIONS", "/?add-to-cart=1", "", "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct exchange x = kit_exchange(1, (int64_t)i * 10, rows[i].target);
        x.request.method = span_of(rows[i].method);
        if (rows[i].name[0])
            kit_field(kit, &x, rows[i].name, rows[i].value);
        kit_put(kit, &x);
    }
}

static void test_unsafe_requests__never_reach_production(void **state)
{
    struct fixture *f = *state;
    char place[64];
    kit_open(&f->kit, f->production->port);
    target_free(f->kit.target);
    f->kit.target = target_new("production", true);
    snprintf(place, sizeof place, "http://127.0.0.1:%d", f->production->port);
    kit_must(target_add_host(f->kit.target, "shop.example", place, &f->kit.err), &f->kit.err);
    f->kit.options.target = f->kit.target;
    put_everything_unsafe(&f->kit);
    kit_seal(&f->kit);
    kit_must(kit_replay(&f->kit), &f->kit.err);
    assert_int_equal(f->kit.summary.sent, 0);
    assert_int_equal(f->kit.summary.skipped, f->kit.summary.planned);
    assert_int_equal(bytes_at(f->production), 0);
}

static void test_a_host_shared_with_production__gets_safe_requests_only(void **state)
{
    struct fixture *f = *state;
    char place[64], name[64];
    kit_open(&f->kit, f->production->port);
    target_free(f->kit.target);
    f->kit.target = target_new("staging", false);
    snprintf(place, sizeof place, "http://localhost:%d", f->production->port);
    snprintf(name, sizeof name, "LOCALHOST.:%d", f->production->port);
    kit_must(target_add_host(f->kit.target, "shop.example", place, &f->kit.err), &f->kit.err);
    kit_must(target_set_mutations(f->kit.target, MUTATIONS_ALLOW, &f->kit.err), &f->kit.err);
    const char *const names[] = { name };
    f->kit.options.target = f->kit.target;
    f->kit.options.production =
        (struct production_facts){ .names = names, .name_count = 1, .shared = SHARES_HOST };
    put_everything_unsafe(&f->kit);
    kit_get(&f->kit, 2, 500, "/seen");
    kit_seal(&f->kit);
    kit_must(kit_replay(&f->kit), &f->kit.err);
    assert_int_equal(f->kit.summary.sent, 1);
    assert_int_equal(f->production->requests, 1);
}

/* A session that goes to staging, where the address turns out to be production's. */
static int replay_to_address_of_production(struct fixture *f, const struct production_facts *facts,
                                           const struct resolver *resolver)
{
    f->kit.options.production = *facts;
    f->kit.options.resolver = resolver;
    kit_get(&f->kit, 1, 0, "/a");
    kit_seal(&f->kit);
    return kit_replay(&f->kit);
}

static void test_a_name_that_leads_to_productions_address__gets_no_byte(void **state)
{
    struct fixture *f = *state;
    char place[64], address[64];
    kit_open(&f->kit, f->staging->port);
    target_free(f->kit.target);
    f->kit.target = target_new("staging", false);
    snprintf(place, sizeof place, "http://localhost:%d", f->production->port);
    snprintf(address, sizeof address, "127.0.0.1:%d", f->production->port);
    kit_must(target_add_host(f->kit.target, "shop.example", place, &f->kit.err), &f->kit.err);
    f->kit.options.target = f->kit.target;
    const char *const addresses[] = { address };
    const struct production_facts facts = { .addresses = addresses, .address_count = 1 };
    assert_int_equal(replay_to_address_of_production(f, &facts, NULL), E_STOPPED);
    check_contains(f->kit.err.text, "airbag: localhost:");
    assert_int_equal(bytes_at(f->production), 0);
    assert_int_equal(f->kit.summary.answered, 0);
}

static void test_production_at_stagings_address_by_dns__gets_no_byte(void **state)
{
    struct fixture *f = *state;
    char place[64], name[64];
    kit_open(&f->kit, f->staging->port);
    target_free(f->kit.target);
    f->kit.target = target_new("staging", false);
    snprintf(place, sizeof place, "http://localhost:%d", f->production->port);
    snprintf(name, sizeof name, "moved.test:%d", f->production->port);
    kit_must(target_add_host(f->kit.target, "shop.example", place, &f->kit.err), &f->kit.err);
    f->kit.options.target = f->kit.target;
    const char *const names[] = { name };
    const struct production_facts facts = { .names = names, .name_count = 1 };
    assert_int_equal(replay_to_address_of_production(f, &facts, &on_loopback), E_STOPPED);
    check_contains(f->kit.err.text, "an address of production (moved.test)");
    assert_int_equal(bytes_at(f->production), 0);
}

static void test_a_redirect_to_production__is_not_followed(void **state)
{
    struct fixture *f = *state;
    static const char *const leads[] = {
        "http://127.0.0.1",   "//127.0.0.1",          "http://2130706433",
        "http://0x7f.1",      "http://0177.0.0.1",    "http://[::ffff:127.0.0.1]",
        "http://LOCALHOST",   "http://localhost.",    "http://staging@127.0.0.1",
        "http:\\\\127.0.0.1", "http://a:b@127.0.0.1",
    };
    kit_open(&f->kit, f->staging->port);
    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++) {
        char location[64], target[128];
        snprintf(location, sizeof location, "%s:%d/x", leads[i], f->production->port);
        snprintf(target, sizeof target, "/lead?%s", location);
        kit_get(&f->kit, i + 1, 0, arena_copy(&f->kit.arena, span_of(target)).ptr);
    }
    kit_seal(&f->kit);
    kit_must(kit_replay(&f->kit), &f->kit.err);
    assert_int_equal(f->kit.summary.answered, sizeof leads / sizeof *leads);
    assert_int_equal(bytes_at(f->production), 0);
}

static void test_a_proxy_of_the_environment__is_not_used(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = { "http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY",
                                         "all_proxy" };
    char proxy[64];
    snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", f->production->port);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        setenv(names[i], proxy, 1);
    kit_open(&f->kit, f->staging->port);
    kit_get(&f->kit, 1, 0, "/a");
    kit_seal(&f->kit);
    int rc = kit_replay(&f->kit);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unsetenv(names[i]);
    kit_must(rc, &f->kit.err);
    assert_int_equal(f->kit.summary.answered, 1);
    assert_int_equal(bytes_at(f->production), 0);
}

static void test_a_proxy_of_the_scenario_at_productions_address__gets_no_byte(void **state)
{
    struct fixture *f = *state;
    char proxy[64], address[64];
    snprintf(proxy, sizeof proxy, "http://localhost:%d", f->production->port);
    snprintf(address, sizeof address, "[::ffff:127.0.0.1]:%d", f->production->port);
    kit_open(&f->kit, f->staging->port);
    kit_must(target_set_proxy(f->kit.target, proxy, &f->kit.err), &f->kit.err);
    const char *const addresses[] = { address };
    const struct production_facts facts = { .addresses = addresses, .address_count = 1 };
    assert_int_equal(replay_to_address_of_production(f, &facts, NULL), E_STOPPED);
    assert_int_equal(bytes_at(f->production), 0);
    assert_int_equal(bytes_at(f->staging), 0);
}

static void test_a_proxy_of_the_scenario__is_asked_instead(void **state)
{
    struct fixture *f = *state;
    char proxy[64];
    snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", f->staging->port);
    kit_open(&f->kit,
             f->production->port); /* which is only a name here: the proxy answers itself */
    kit_must(target_set_proxy(f->kit.target, proxy, &f->kit.err), &f->kit.err);
    kit_get(&f->kit, 1, 0, "/a");
    kit_seal(&f->kit);
    kit_replay(&f->kit);
    assert_true(bytes_at(f->staging) > 0);
    assert_int_equal(bytes_at(f->production), 0);
}

static void test_a_write_budget__skips_what_is_over_it(void **state)
{
    struct fixture *f = *state;
    kit_open(&f->kit, f->staging->port);
    target_set_write_budget(f->kit.target, 2);
    for (int i = 0; i < 5; i++) {
        struct exchange x = kit_exchange(1, i * 10, "/cart/add");
        x.request.method = SPAN("POST");
        kit_put(&f->kit, &x);
    }
    kit_get(&f->kit, 1, 100, "/cart");
    kit_seal(&f->kit);
    kit_must(kit_replay(&f->kit), &f->kit.err);
    assert_int_equal(f->kit.summary.sent, 3);
    struct exchange *x;
    assert_int_equal(kit_session(&f->kit, 1, &x), 6);
    check_span(x[2].note, "guard: the write budget is used up (the method is not a safe one)");
}

/* The first Idempotency-Key of each request that has come, in order. */
static struct span next_key(struct span *log)
{
    ptrdiff_t at = span_ifind(*log, SPAN("idempotency-key: "));
    if (at < 0)
        return SPAN_NONE;
    *log = span_from(*log, (size_t)at + 17);
    return span_cut(log, '\r');
}

static void
test_an_idempotency_key__is_the_same_after_a_resume_and_another_in_another_run(void **state)
{
    struct fixture *f = *state;
    kit_open(&f->kit, f->staging->port);
    for (int i = 0; i < 2; i++) {
        struct exchange x = kit_exchange(1, i * 10, "/orders");
        x.request.method = SPAN("POST");
        kit_field(&f->kit, &x, "Idempotency-Key", i ? "key-abcdef2" : "key-abcdef1");
        kit_put(&f->kit, &x);
    }
    kit_seal(&f->kit);
    f->kit.options.request_budget = 1;
    assert_int_equal(kit_replay(&f->kit), E_STOPPED);
    f->kit.options.request_budget = 0;
    f->kit.options.resume = true;
    kit_must(kit_replay(&f->kit), &f->kit.err);
    store_close(f->kit.run);
    f->kit.options.resume = false;
    kit_must(store_create(&f->kit.run, f->kit.run_path, STORE_RUN, true, &f->kit.err), &f->kit.err);
    kit_must(kit_replay(&f->kit), &f->kit.err);

    struct span log = strbuf_span(&f->staging->log), keys[6];
    for (size_t i = 0; i < 6; i++)
        keys[i] = next_key(&log);
    assert_true(keys[4].len == 11 && span_is_none(keys[5]));
    assert_true(span_eq(keys[0], keys[1]));  /* stopped, and resumed */
    assert_false(span_eq(keys[0], keys[2])); /* another key */
    assert_false(span_eq(keys[0], SPAN("key-abcdef1")));
    bool both_again = span_eq(keys[0], keys[3]) && span_eq(keys[2], keys[4]);
    assert_false(both_again); /* another run; one of ten digits may come again */
}

#define with_servers(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_servers(test_unsafe_requests__never_reach_production),
        with_servers(test_a_host_shared_with_production__gets_safe_requests_only),
        with_servers(test_a_name_that_leads_to_productions_address__gets_no_byte),
        with_servers(test_production_at_stagings_address_by_dns__gets_no_byte),
        with_servers(test_a_redirect_to_production__is_not_followed),
        with_servers(test_a_proxy_of_the_environment__is_not_used),
        with_servers(test_a_proxy_of_the_scenario_at_productions_address__gets_no_byte),
        with_servers(test_a_proxy_of_the_scenario__is_asked_instead),
        with_servers(test_a_write_budget__skips_what_is_over_it),
        with_servers(
            test_an_idempotency_key__is_the_same_after_a_resume_and_another_in_another_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
