#include "support/fields.h"

#include "rehearse/cache/freshness.h"
#include "rehearse/key/key_source.h"
#include "rehearse/cache/storability.h"

static const struct cache_policy base = { .name = "test" };

static struct cache_policy policy_of(const char *text, struct arena *arena)
{
    struct err err = ERR_INIT;
    struct key_source source;
    int rc = key_from_text(&source, "f", span_of(text), arena, &err);
    check_row(rc == 0, err.text);
    return key_source_policy(&source, &base, arena);
}

/* How long a response of that status and these fields is fresh; -1: it is not stored. */
static int64_t lifetime_of(const struct cache_policy *policy, int status, const char *fields,
                           struct arena *arena)
{
    struct http_request request = { .method = SPAN("GET"), .target = SPAN("/") };
    struct http_response response = { .status = status, .fields = fields_from(fields, arena) };
    if (!storability_of(policy, &request, &response).storable)
        return -1;
    return freshness_on_arrival(policy, &response, INT64_C(1700000000)).lifetime_s;
}

static void test_lifetimes__of_a_file_decide_how_long(void **state)
{
    (void)state;
    static const char cloudfront[] = "{\"MinTTL\":10,\"DefaultTTL\":60,\"MaxTTL\":100,"
                                     "\"ParametersInCacheKeyAndForwardedToOrigin\":{}}";
    static const char respectful[] = "{\"MinTTL\":0,\"DefaultTTL\":60,\"MaxTTL\":100,"
                                     "\"ParametersInCacheKeyAndForwardedToOrigin\":{}}";
    static const char cloudflare[] = "{\"edge_ttl\":{\"mode\":\"override_origin\",\"default\":7}}";
    static const char nginx[] = "proxy_cache z; proxy_cache_valid 404 1m; proxy_cache_valid any 5;";
    static const struct {
        const char *file;
        int status;
        const char *fields;
        int64_t lifetime_s;
    } rows[] = {
        { cloudfront, 200, "Cache-Control: max-age=5\n", 10 },
        { cloudfront, 200, "Cache-Control: max-age=50\n", 50 },
        { cloudfront, 200, "Cache-Control: max-age=500\n", 100 },
        { cloudfront, 200, "", 60 },
        { cloudfront, 200, "Cache-Control: no-store, max-age=5\n", 10 },
        { respectful, 200, "Cache-Control: no-store\n", -1 },
        { respectful, 200, "Cache-Control: private\n", -1 },
        { cloudflare, 200, "Cache-Control: max-age=50\n", 7 },
        { cloudflare, 200, "Cache-Control: private, no-store\n", 7 },
        { nginx, 200, "Cache-Control: max-age=50\n", 50 },
        { nginx, 200, "", 5 },
        { nginx, 404, "", 60 },
        { nginx, 500, "", 5 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct cache_policy policy = policy_of(rows[i].file, &arena);
        int64_t found = lifetime_of(&policy, rows[i].status, rows[i].fields, &arena);
        if (found != rows[i].lifetime_s)
            print_error("row %zu: %lld\n", i, (long long)found);
        assert_int_equal(found, rows[i].lifetime_s);
    }
}

static void test_lifetimes__that_are_not_said_leave_the_rules_alone(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct cache_policy before = { .min_lifetime_s = 1,
                                   .max_lifetime_s = 2,
                                   .default_lifetime_s = 3,
                                   .ignores_response = RESPONSE_AGE };
    struct key_source source = *key_preset(SPAN("nginx"));
    struct cache_policy after = key_source_policy(&source, &before, &arena);
    assert_int_equal(after.min_lifetime_s, 1);
    assert_int_equal(after.max_lifetime_s, 2);
    assert_int_equal(after.default_lifetime_s, 3);
    assert_int_equal(after.ignores_response, RESPONSE_AGE);
    assert_null(after.defaults);
}

static void test_lifetimes__first_of_a_status_counts(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct cache_policy policy =
        policy_of("{\"edge_ttl\":{\"status_code_ttl\":[{\"status_code\":404,\"value\":9},"
                  "{\"status_code_range\":{\"from\":400,\"to\":405},\"value\":-1},"
                  "{\"status_code_range\":{},\"value\":3}]}}",
                  &arena);
    assert_int_equal(policy.default_count, 7);
    assert_int_equal(policy.defaults[0].status, 404);
    assert_int_equal(policy.defaults[0].lifetime_s, 9);
    assert_int_equal(policy.defaults[1].status, 400);
    assert_int_equal(policy.defaults[1].lifetime_s, 0);
    assert_int_equal(policy.defaults[6].status, 0);
    assert_int_equal(policy.defaults[6].lifetime_s, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lifetimes__of_a_file_decide_how_long),
        cmocka_unit_test(test_lifetimes__that_are_not_said_leave_the_rules_alone),
        cmocka_unit_test(test_lifetimes__first_of_a_status_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
