#include "support/cache_names.h"
#include "support/fields.h"

#include "rehearse/cache/decision.h"
#include "rehearse/cache/freshness.h"
#include "rehearse/cache/profile.h"
#include "rehearse/cache/storability.h"

enum { HOUR_S = 3600, DAY_S = 86400, KEPT_OUT = -1 };
#define NOW_S INT64_C(1767225600) /* Thu, 01 Jan 2026 00:00:00 GMT */

static const struct cache_policy *policy_of(const char *profile)
{
    const struct cache_profile *p = cache_profile_named(span_of(profile));
    if (!p)
        fail_msg("there is no profile %s", profile);
    return p->policy;
}

/* A profile, an exchange, and for how long it is kept. */
struct row {
    const char *profile, *target, *request;
    int status;
    const char *response;
    int64_t lifetime_s; /* KEPT_OUT: it is not stored */
};

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        const struct cache_policy *policy = policy_of(rows[i].profile);
        struct http_request request = { .method = SPAN("GET"), .target = span_of(rows[i].target) };
        struct http_response response = { .status = rows[i].status };
        request.fields = fields_from(rows[i].request, &arena);
        response.fields = fields_from(rows[i].response, &arena);
        struct storability s = storability_of(policy, &request, &response);
        struct freshness f = freshness_on_arrival(policy, &response, NOW_S);
        int64_t found = s.storable ? f.lifetime_s : KEPT_OUT;
        if (found != rows[i].lifetime_s)
            fail_msg("%s, %s %s -> %d %s: found %lld s, expected %lld s; %s", rows[i].profile,
                     rows[i].target, rows[i].request, rows[i].status, rows[i].response,
                     (long long)found, (long long)rows[i].lifetime_s, s.why.sentence);
    }
}
#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof *(rows))

static void test_names__all_are_found_and_say_what_they_are(void **state)
{
    (void)state;
    size_t count;
    const struct cache_profile *const *all = cache_profiles(&count);
    assert_int_equal(count, 14);
    check_span(all[0]->name, "rfc");
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(cache_profile_named(all[i]->name), all[i]);
        assert_true(strlen(all[i]->title) > 10 && strlen(all[i]->about) > 20);
        assert_non_null(all[i]->policy);
        assert_true(all[i]->fact_count > 0);
        for (size_t k = 0; k < all[i]->fact_count; k++)
            check_row(all[i]->facts[k].sentence[strlen(all[i]->facts[k].sentence) - 1] == '.',
                      all[i]->facts[k].sentence);
        assert_true(i == 0 || strcmp(all[i]->policy->name, all[i]->name.ptr) == 0);
        assert_true(i < 2 || span_cmp(all[i - 1]->name, all[i]->name) < 0);
    }
}

static void test_names__any_case_and_the_names_in_use(void **state)
{
    (void)state;
    assert_ptr_equal(cache_profile_named(SPAN("Varnish")), cache_profile_named(SPAN("varnish")));
    assert_ptr_equal(cache_profile_named(SPAN("ats")), cache_profile_named(SPAN("trafficserver")));
    assert_ptr_equal(cache_profile_named(SPAN("httpd")), cache_profile_named(SPAN("apache")));
    assert_null(cache_profile_named(SPAN("varnis")));
    assert_null(cache_profile_named(SPAN_NONE));
}

static void test_lifetimes__what_each_makes_of_a_response_that_says_nothing(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "rfc", "/", "", 200, "", 0 },
        { "akamai", "/", "", 200, "", KEPT_OUT },
        { "apache", "/", "", 200, "", KEPT_OUT },
        { "apache", "/", "", 200, "ETag: \"a\"", HOUR_S },
        { "cloudflare", "/", "", 200, "", KEPT_OUT },
        { "cloudflare", "/a.css?v=1", "", 200, "", 7200 },
        { "cloudflare", "/a.css", "", 302, "", 1200 },
        { "cloudflare", "/a.css", "", 404, "", 180 },
        { "cloudflare", "/a.css", "", 500, "", KEPT_OUT },
        { "cloudfront", "/", "", 200, "", DAY_S },
        { "cloudfront", "/", "", 404, "", 10 },
        { "fastly", "/", "", 200, "", HOUR_S },
        { "google", "/", "", 200, "Content-Type: text/html", KEPT_OUT },
        { "google", "/", "", 200, "Content-Type: image/png", HOUR_S },
        { "haproxy", "/", "", 200, "", KEPT_OUT },
        { "haproxy", "/", "", 200, "ETag: \"a\"", 60 },
        { "nginx", "/", "", 200, "", KEPT_OUT },
        { "trafficserver", "/", "", 200, "", KEPT_OUT },
        { "varnish", "/", "", 200, "", 120 },
        { "varnish", "/", "", 404, "", 120 },
        { "varnish", "/", "", 500, "", KEPT_OUT },
        { "vercel", "/", "", 200, "", KEPT_OUT },
    };
    CHECK_ROWS(rows);
}

static void test_lifetimes__heuristics_are_the_products_own(void **state)
{
    (void)state;
    /* 100,000 s old. */
#define OLD "Date: Thu, 01 Jan 2026 00:00:00 GMT\nLast-Modified: Tue, 30 Dec 2025 20:13:20 GMT"
    static const struct row rows[] = {
        { "rfc", "/", "", 200, OLD, 10000 },      { "squid", "/", "", 200, OLD, 20000 },
        { "squid", "/", "", 404, OLD, KEPT_OUT }, { "trafficserver", "/", "", 410, OLD, 10000 },
        { "nginx", "/", "", 200, OLD, KEPT_OUT }, { "trafficserver", "/", "", 200, OLD, KEPT_OUT },
    };
    CHECK_ROWS(rows);
}

static void test_lifetimes__who_speaks_first(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "nginx", "/", "", 200, "X-Accel-Expires: 60\nCache-Control: max-age=1", 60 },
        { "nginx", "/", "", 200, "X-Accel-Expires: 0\nCache-Control: max-age=1", KEPT_OUT },
        { "nginx", "/", "", 200, "X-Accel-Expires: @1767225700", 100 },
        { "nginx", "/", "", 200, "X-Accel-Expires: off\nCache-Control: max-age=1", 1 },
        { "fastly", "/", "", 200, "Surrogate-Control: max-age=60\nCache-Control: max-age=1", 60 },
        { "varnish", "/", "", 200, "Surrogate-Control: max-age=60\nCache-Control: max-age=1", 1 },
        { "varnish", "/", "", 200, "Surrogate-Control: no-store\nCache-Control: max-age=1",
          KEPT_OUT },
        { "cloudflare", "/a.js", "", 200,
          "CDN-Cache-Control: max-age=60\nCache-Control: no-store\nCloudflare-CDN-Cache-Control: "
          "max-age=70",
          70 },
        { "vercel", "/", "", 200,
          "CDN-Cache-Control: max-age=60\nCache-Control: no-store\nVercel-CDN-Cache-Control: "
          "max-age=70",
          70 },
        { "haproxy", "/", "", 200, "Cache-Control: max-age=3600", 60 },
        { "google", "/", "", 200, "Cache-Control: max-age=999999", DAY_S },
        { "rfc", "/", "", 200, "CDN-Cache-Control: max-age=60\nCache-Control: max-age=1", 1 },
    };
    CHECK_ROWS(rows);
}

static void test_storing__cookies_authorization_and_vary(void **state)
{
    (void)state;
#define FRESH "Cache-Control: max-age=9\n"
    static const struct row rows[] = {
        { "rfc", "/", "", 200, FRESH "Set-Cookie: a=b", 9 },
        { "varnish", "/", "", 200, FRESH "Set-Cookie: a=b", KEPT_OUT },
        { "nginx", "/", "", 200, FRESH "Set-Cookie: a=b", KEPT_OUT },
        { "haproxy", "/", "", 200, FRESH "Set-Cookie: a=b", 9 },
        { "squid", "/", "", 200, FRESH "Set-Cookie: a=b", 9 },
        { "cloudfront", "/", "", 200, FRESH "Set-Cookie: a=b", 9 },
        { "rfc", "/", "Authorization: x", 200, FRESH, KEPT_OUT },
        { "rfc", "/", "Authorization: x", 200, "Cache-Control: s-maxage=9", 9 },
        { "nginx", "/", "Authorization: x", 200, FRESH, 9 },
        { "haproxy", "/", "Authorization: x", 200, "Cache-Control: s-maxage=9", KEPT_OUT },
        { "haproxy", "/", "Authorization: x", 200, "Cache-Control: public, max-age=9", 9 },
        { "apache", "/", "Authorization: x", 200, "Cache-Control: s-maxage=9", KEPT_OUT },
        { "varnish", "/", "Authorization: x", 200, "Cache-Control: s-maxage=9", KEPT_OUT },
        { "haproxy", "/", "", 200, FRESH "Vary: Cookie", KEPT_OUT },
        { "akamai", "/", "", 200, FRESH "Vary: Accept-Encoding", 9 },
        { "akamai", "/", "", 200, FRESH "Vary: User-Agent", KEPT_OUT },
        { "google", "/", "", 200, FRESH "Vary: Origin", 9 },
        { "google", "/", "", 200, FRESH "Vary: Cookie", KEPT_OUT },
        { "vercel", "/", "", 200, FRESH "Vary: RSC, cookie", KEPT_OUT },
        { "cloudfront", "/", "", 200, FRESH "Vary: *", 9 },
        { "nginx", "/", "", 200, FRESH "Vary: *", KEPT_OUT },
        { "nginx", "/", "", 200, FRESH "Vary: *, a", 9 },
        { "fastly", "/", "", 200, "Cache-Control: no-store, max-age=9", 9 },
        { "fastly", "/", "", 200, "Cache-Control: private, max-age=9", KEPT_OUT },
        { "cloudflare", "/page", "", 200, "Cache-Control: public, max-age=9", KEPT_OUT },
    };
    CHECK_ROWS(rows);
}

static void test_numbers__each_reads_them_its_own_way(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "rfc", "/", "", 200, "Cache-Control: max-age=\"60\"", 60 },
        { "nginx", "/", "", 200, "Cache-Control: max-age=\"60\"", KEPT_OUT },
        { "trafficserver", "/", "", 200, "Cache-Control: max-age=a60", 60 },
        { "varnish", "/", "", 200, "Cache-Control: max-age=60.5", 60 },
        { "rfc", "/", "", 200, "Cache-Control: max-age=1, max-age=60", 1 },
        { "apache", "/", "", 200, "Cache-Control: max-age=1, max-age=60", 60 },
        { "nginx", "/", "", 200, "Cache-Control: max-age=1, max-age=60", 1 },
        { "nginx", "/", "", 200, "Cache-Control: max-age=1\nCache-Control: max-age=60", 60 },
        { "squid", "/", "", 200, "Cache-Control: max-age=4294967301", 5 },
        { "rfc", "/", "", 200, "Cache-Control: MAX-AGE=60", 60 },
    };
    CHECK_ROWS(rows);
}

static struct cache_decision decide(const char *profile, const char *request_fields,
                                    const char *stored_fields, int64_t age_s, struct arena *arena)
{
    struct http_request request = { .method = SPAN("GET"), .target = SPAN("/") };
    struct http_response response = { .status = 200, .body = SPAN("x"), .body_bytes = 1 };
    request.fields = fields_from(request_fields, arena);
    response.fields = fields_from(stored_fields, arena);
    struct stored_response stored = { .response = &response, .times = { NOW_S, NOW_S } };
    return cache_decide(policy_of(profile), &request, &stored, 1, NOW_S + age_s);
}

static void test_requests__who_listens_to_them(void **state)
{
    (void)state;
    static const struct {
        const char *profile, *request;
        enum cache_step step;
    } rows[] = {
        { "rfc", "Cache-Control: no-cache", CACHE_VALIDATE },
        { "apache", "Cache-Control: no-cache", CACHE_FORWARD },
        { "varnish", "Cache-Control: no-cache", CACHE_SERVE },
        { "nginx", "Pragma: no-cache", CACHE_SERVE },
        { "haproxy", "Pragma: no-cache", CACHE_FORWARD },
        { "varnish", "Cookie: a=b", CACHE_PASS },
        { "nginx", "Cookie: a=b", CACHE_SERVE },
        { "nginx", "If-None-Match: \"e\"", CACHE_NOT_MODIFIED },
        { "varnish", "If-None-Match: \"d\", \"e\"", CACHE_SERVE },
        { "rfc", "If-None-Match: \"d\", \"e\"", CACHE_NOT_MODIFIED },
        { "nginx", "Range: bytes=0-0", CACHE_SERVE },
        { "rfc", "Range: bytes=0-0", CACHE_PART },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct cache_decision d = decide(rows[i].profile, rows[i].request,
                                         "Cache-Control: max-age=60\nETag: \"e\"", 10, &arena);
        if (d.step != rows[i].step)
            fail_msg("%s, %s: found %s, expected %s", rows[i].profile, rows[i].request,
                     cache_step_name(d.step), cache_step_name(rows[i].step));
    }
}

static void test_stale__varnish_serves_ten_seconds_of_grace(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    const char *stored = "Cache-Control: max-age=60\nETag: \"e\"";
    assert_true(decide("varnish", "", stored, 65, &arena).refresh);
    assert_int_equal(decide("varnish", "", stored, 71, &arena).step, CACHE_VALIDATE);
    assert_int_equal(decide("rfc", "", stored, 61, &arena).step, CACHE_VALIDATE);
    assert_int_equal(decide("nginx", "", stored, 60, &arena).step, CACHE_SERVE); /* inclusive */
    assert_int_equal(decide("nginx", "", stored, 61, &arena).step, CACHE_FORWARD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names__all_are_found_and_say_what_they_are),
        cmocka_unit_test(test_names__any_case_and_the_names_in_use),
        cmocka_unit_test(test_lifetimes__what_each_makes_of_a_response_that_says_nothing),
        cmocka_unit_test(test_lifetimes__heuristics_are_the_products_own),
        cmocka_unit_test(test_lifetimes__who_speaks_first),
        cmocka_unit_test(test_storing__cookies_authorization_and_vary),
        cmocka_unit_test(test_numbers__each_reads_them_its_own_way),
        cmocka_unit_test(test_requests__who_listens_to_them),
        cmocka_unit_test(test_stale__varnish_serves_ten_seconds_of_grace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
