#include "support/fields.h"

#include "rehearse/cache/freshness.h"
#include "rehearse/cache/profile.h"
#include "rehearse/key/key_source.h"
#include "rehearse/cache/storability.h"

static const struct cache_policy base = { .name = "test" };

static struct cache_policy policy_on(const struct cache_policy *product, const char *text,
                                     struct arena *arena)
{
    struct err err = ERR_INIT;
    struct key_source source;
    int rc = key_from_text(&source, "f", span_of(text), arena, &err);
    check_row(rc == 0, err.text);
    return key_source_policy(&source, product, arena);
}

static struct cache_policy policy_of(const char *text, struct arena *arena)
{
    return policy_on(&base, text, arena);
}

/* How long a response of that status and these fields is fresh; -1: it is not stored, 0: the origin
 * is asked each time. */
static int64_t lifetime_of(const struct cache_policy *policy, int status, const char *fields,
                           struct arena *arena)
{
    struct http_request request = { .method = SPAN("GET"), .target = SPAN("/a.css") };
    struct http_response response = { .status = status, .fields = fields_from(fields, arena) };
    if (!storability_of(policy, &request, &response).storable)
        return -1;
    struct freshness f = freshness_on_arrival(policy, &response, INT64_C(1700000000));
    return f.must_validate ? 0 : f.lifetime_s;
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
    assert_int_equal(policy.default_count, 0);
    assert_int_equal(policy.own_lifetime_count, 7);
    assert_int_equal(policy.own_lifetimes[0].status, 404);
    assert_int_equal(policy.own_lifetimes[0].lifetime_s, 9);
    assert_int_equal(policy.own_lifetimes[1].status, 400);
    assert_int_equal(policy.own_lifetimes[1].lifetime_s, -1);
    assert_int_equal(policy.own_lifetimes[6].status, 0);
    assert_int_equal(policy.own_lifetimes[6].lifetime_s, 3);
}

static void check_lifetime(const char *profile, const char *file, int status, const char *fields,
                           int64_t expected)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct cache_policy policy =
        policy_on(cache_profile_named(span_of(profile))->policy, file, &arena);
    int64_t found = lifetime_of(&policy, status, fields, &arena);
    if (found != expected)
        fail_msg("%s: %d %s: %lld, expected %lld", file, status, fields, (long long)found,
                 (long long)expected);
}

/* The table of the CloudFront guide, "Managing how long content stays in the cache". */
static void test_lifetimes__cloudfront_bounds_what_the_origin_says(void **state)
{
    (void)state;
    enum {
        SILENT,
        MAX_AGE_5,
        MAX_AGE_50,
        MAX_AGE_500,
        S_MAXAGE_50,
        EXPIRES_50,
        PAST,
        NO_STORE,
        NO_CACHE,
        PRIVATE,
        LISTED,
        WORDS
    };
    static const char *const words[WORDS] = {
        [SILENT] = "",
        [MAX_AGE_5] = "Cache-Control: max-age=5\n",
        [MAX_AGE_50] = "Cache-Control: max-age=50\n",
        [MAX_AGE_500] = "Cache-Control: max-age=500\n",
        [S_MAXAGE_50] = "Cache-Control: max-age=5, s-maxage=50\n",
        [EXPIRES_50] =
            "Date: Tue, 14 Nov 2023 22:13:20 GMT\nExpires: Tue, 14 Nov 2023 22:14:10 GMT\n",
        [PAST] = "Expires: 0\n",
        [NO_STORE] = "Cache-Control: no-store, max-age=50\n",
        [NO_CACHE] = "Cache-Control: no-cache\n",
        [PRIVATE] = "Cache-Control: private, s-maxage=50\n",
        [LISTED] = "Cache-Control: no-cache=\"Set-Cookie\", max-age=50\n",
    };
    static const struct {
        const char *ttl; /* Min, Default, Max */
        int64_t lifetimes[WORDS];
    } rows[] = {
        { "\"MinTTL\":0,\"DefaultTTL\":60,\"MaxTTL\":100",
          { 60, 5, 50, 100, 50, 50, 0, -1, 0, -1, 50 } },
        { "\"MinTTL\":10,\"DefaultTTL\":60,\"MaxTTL\":100",
          { 60, 10, 50, 100, 50, 50, 10, 10, 10, 10, 50 } },
        { "\"MinTTL\":70,\"DefaultTTL\":60,\"MaxTTL\":100", /* the greater of the two */
          { 70, 70, 70, 100, 70, 70, 70, 70, 70, 70, 70 } },
        { "\"MinTTL\":0,\"DefaultTTL\":60,\"MaxTTL\":20",
          { 20, 5, 20, 20, 20, 20, 0, -1, 0, -1, 20 } },
        { "\"MinTTL\":0,\"DefaultTTL\":0,\"MaxTTL\":100",
          { 0, 5, 50, 100, 50, 50, 0, -1, 0, -1, 50 } },
        { "\"MinTTL\":0", { 86400, 5, 50, 500, 50, 50, 0, -1, 0, -1, 50 } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct span file = arena_printf(
            &arena, "{%s,\"ParametersInCacheKeyAndForwardedToOrigin\":{}}", rows[i].ttl);
        for (int word = 0; word < WORDS; word++)
            check_lifetime("cloudfront", file.ptr, 200, words[word], rows[i].lifetimes[word]);
    }
}

/* cloudflare-docs: cache rules, "Edge TTL"; "Cache by status code". -1 is not stored. */
static void test_lifetimes__cloudflare_by_mode_and_status(void **state)
{
    (void)state;
    static const char said[] = "Cache-Control: max-age=50\n",
                      forbidden[] = "Cache-Control: private\n";
    static const char cookie[] = "Set-Cookie: a=b\nCache-Control: max-age=50\n";
#define STATUSES                                                                                   \
    "\"status_code_ttl\":[{\"status_code\":200,\"value\":9},"                                      \
    "{\"status_code_range\":{\"from\":500},\"value\":-1},{\"status_code\":404,\"value\":0}]"
    static const char respects[] = "{\"edge_ttl\":{\"mode\":\"respect_origin\"}}";
    static const char bypasses[] = "{\"edge_ttl\":{\"mode\":\"bypass_by_default\"}}";
    static const char overrides[] = "{\"edge_ttl\":{\"mode\":\"override_origin\",\"default\":7}}";
    static const char respects_but[] = "{\"edge_ttl\":{\"mode\":\"respect_origin\"," STATUSES "}}";
    static const char bypasses_but[] =
        "{\"edge_ttl\":{\"mode\":\"bypass_by_default\"," STATUSES "}}";
    static const char overrides_but[] =
        "{\"edge_ttl\":{\"mode\":\"override_origin\",\"default\":7," STATUSES "}}";
    static const char words[] =
        "{\"edge_ttl\":{\"status_code_ttl\":[{\"status_code\":200,\"value\":\"no-store\"},"
        "{\"status_code\":404,\"value\":\"no-cache\"}]}}";
    static const struct {
        const char *file;
        int status;
        const char *fields;
        int64_t lifetime_s;
    } rows[] = {
        { respects, 200, "", 7200 },
        { respects, 200, said, 50 },
        { respects, 200, forbidden, -1 },
        { respects, 404, "", 180 },
        { bypasses, 200, "", -1 },
        { bypasses, 200, said, 50 },
        { bypasses, 404, "", -1 },
        { overrides, 200, "", 7 },
        { overrides, 200, said, 7 },
        { overrides, 200, forbidden, 7 },
        { overrides, 404, "", 7 },
        { respects, 200, cookie, -1 },
        { overrides, 200, cookie, 7 },
        /* A status of its own counts in every mode, whatever the origin says. */
        { respects_but, 200, "", 9 },
        { respects_but, 200, said, 9 },
        { respects_but, 200, forbidden, 9 },
        { respects_but, 200, cookie, 9 },
        { respects_but, 301, "", 7200 },
        { respects_but, 301, said, 50 },
        { respects_but, 301, cookie, -1 },
        { respects_but, 404, said, 0 },
        { respects_but, 503, said, -1 },
        { bypasses_but, 200, "", 9 },
        { bypasses_but, 301, "", -1 },
        { bypasses_but, 301, said, 50 },
        { overrides_but, 200, said, 9 },
        { overrides_but, 301, said, 7 },
        { overrides_but, 503, said, -1 },
        { words, 200, said, -1 },
        { words, 404, said, 0 },
    };
#undef STATUSES
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_lifetime("cloudflare", rows[i].file, rows[i].status, rows[i].fields,
                       rows[i].lifetime_s);
}

static void test_lifetimes__an_eligible_rule_caches_pages_too(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        bool pages;
    } rows[] = { { "{\"cache\":true}", true },
                 { "{\"cache_key\":{}}", false },
                 { "{\"edge_ttl\":{\"mode\":\"respect_origin\"}}", false } };
    struct http_request page = { .method = SPAN("GET"), .target = SPAN("/products/1") };
    struct http_response response = { .status = 200 };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct cache_policy policy =
            policy_on(cache_profile_named(SPAN("cloudflare"))->policy, rows[i].file, &arena);
        check_row(storability_of(&policy, &page, &response).storable == rows[i].pages,
                  rows[i].file);
    }
}

static void test_lifetimes__say_that_the_configuration_set_them(void **state)
{
    (void)state;
    static const struct {
        const char *profile, *file, *rule, *keeps_out;
        int status;
    } rows[] = {
        { "cloudfront", "{\"MinTTL\":10,\"ParametersInCacheKeyAndForwardedToOrigin\":{}}", "B-F9",
          NULL, 200 },
        { "cloudflare", "{\"edge_ttl\":{\"status_code_ttl\":[{\"status_code\":200,\"value\":5}]}}",
          "B-F9", NULL, 200 },
        { "cloudflare", "{\"edge_ttl\":{\"status_code_ttl\":[{\"status_code\":404,\"value\":-1}]}}",
          NULL, "B-S11", 404 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct cache_policy policy =
            policy_on(cache_profile_named(span_of(rows[i].profile))->policy, rows[i].file, &arena);
        struct http_request request = { .method = SPAN("GET"), .target = SPAN("/a.css") };
        struct http_response response = { .status = rows[i].status,
                                          .fields =
                                              fields_from("Cache-Control: no-store\n", &arena) };
        struct freshness f = freshness_on_arrival(&policy, &response, 0);
        struct storability s = storability_of(&policy, &request, &response);
        check_row(!rows[i].rule || span_eq(span_of(f.why.rule), span_of(rows[i].rule)),
                  rows[i].file);
        check_row(s.storable == !rows[i].keeps_out, rows[i].file);
        check_row(!rows[i].keeps_out || span_eq(span_of(s.why.rule), span_of(rows[i].keeps_out)),
                  rows[i].file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lifetimes__of_a_file_decide_how_long),
        cmocka_unit_test(test_lifetimes__that_are_not_said_leave_the_rules_alone),
        cmocka_unit_test(test_lifetimes__first_of_a_status_counts),
        cmocka_unit_test(test_lifetimes__cloudfront_bounds_what_the_origin_says),
        cmocka_unit_test(test_lifetimes__cloudflare_by_mode_and_status),
        cmocka_unit_test(test_lifetimes__an_eligible_rule_caches_pages_too),
        cmocka_unit_test(test_lifetimes__say_that_the_configuration_set_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
