#include "support/fields.h"

#include "rehearse/cache/decision.h"
#include "rehearse/cache/profile.h"
#include "rehearse/cache/validation.h"

/* What products send, keep and drop: to the client, to the origin, in the store. */
#define NOW_S INT64_C(1767225600) /* Thu, 01 Jan 2026 00:00:00 GMT */

static const struct cache_policy *policy_of(const char *profile)
{
    const struct cache_profile *p = cache_profile_named(span_of(profile));
    if (!p)
        fail_msg("there is no profile %s", profile);
    return p->policy;
}

/* The fields of an answer out of the store, ten seconds after it came. */
static struct http_fields answered(const char *profile, const char *stored_fields,
                                   int64_t lifetime_s, int status, int *ret_status,
                                   struct arena *arena)
{
    struct http_response response = { .status = status };
    response.fields = fields_from(stored_fields, arena);
    struct stored_response stored = { .response = &response, .times = { NOW_S, NOW_S } };
    struct cache_decision d = {
        .step = CACHE_SERVE, .age_s = 10, .lifetime_s = lifetime_s, .now_s = NOW_S + 10
    };
    return cache_answer_fields(policy_of(profile), &stored, &d, arena, ret_status);
}

static void test_answer__each_sends_its_own(void **state)
{
    (void)state;
    static const struct {
        const char *profile, *stored;
        int64_t lifetime_s;
        const char *field, *value; /* NULL: absent */
    } rows[] = {
        { "rfc", "", 60, "Age", "10" },
        { "nginx", "", 60, "Age", NULL },
        { "nginx", "Age: 3", 60, "Age", "3" },
        { "rfc", "Date: x", 60, "Date", "x" },
        { "nginx", "Date: x", 60, "Date", "Thu, 01 Jan 2026 00:00:10 GMT" },
        { "rfc", "", 5, "Warning", NULL },
        { "squid", "", 5, "Warning", "110 - \"Response is Stale\"" },
        { "squid", "", 60, "Warning", NULL },
        { "rfc", "Surrogate-Control: x", 60, "Surrogate-Control", "x" },
        { "fastly", "Surrogate-Control: x", 60, "Surrogate-Control", NULL },
        { "rfc", "Content-Range: x", 60, "Content-Range", "x" },
        { "varnish", "Content-Range: x", 60, "Content-Range", NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        int status;
        struct http_fields fields =
            answered(rows[i].profile, rows[i].stored, rows[i].lifetime_s, 200, &status, &arena);
        struct span found = http_fields_value(&fields, span_of(rows[i].field));
        bool holds = rows[i].value ? span_eq(found, span_of(rows[i].value)) : span_is_none(found);
        if (!holds)
            fail_msg("%s, %s: found \"%.*s\"", rows[i].profile, rows[i].field, SPAN_ARG(found));
    }
}

static void test_answer__apache_knows_no_status_without_a_name(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    int status;
    answered("apache", "", 60, 299, &status, &arena);
    assert_int_equal(status, 500);
    answered("apache", "", 60, 308, &status, &arena);
    assert_int_equal(status, 308);
    answered("rfc", "", 60, 299, &status, &arena);
    assert_int_equal(status, 299);
}

static void test_store__what_each_leaves_out(void **state)
{
    (void)state;
    static const struct {
        const char *profile, *fields, *field;
        bool kept;
    } rows[] = {
        { "rfc", "Set-Cookie: a=b", "Set-Cookie", true },
        { "squid", "Set-Cookie: a=b", "Set-Cookie", false },
        { "rfc", "Connection: X-A\nX-A: 1", "X-A", false },
        { "nginx", "Connection: X-A\nX-A: 1", "X-A", true },
        { "nginx", "Connection: X-A\nX-A: 1", "Connection", false },
        { "rfc", "Cache-Control: no-cache=\"x-a\"\nX-A: 1", "X-A", false },
        { "fastly", "Cache-Control: no-cache=\"x-a\"\nX-A: 1", "X-A", true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct http_fields all = fields_from(rows[i].fields, &arena);
        struct http_fields kept = cache_fields_to_store(policy_of(rows[i].profile), &all, &arena);
        check_row((http_fields_first(&kept, span_of(rows[i].field)) != NULL) == rows[i].kept,
                  rows[i].fields);
    }
}

static void test_304__changes_by_product(void **state)
{
    (void)state;
    static const struct {
        const char *profile, *field, *value;
    } rows[] = {
        { "rfc", "X-A", "new" },     { "rfc", "Content-Encoding", "old" },
        { "nginx", "X-A", "old" },   { "fastly", "X-A", "old" },
        { "squid", "X-A", "new" },   { "squid", "Content-Encoding", "new" },
        { "varnish", "X-A", "new" }, { "varnish", "Content-Length", "old" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct http_fields stored =
            fields_from("X-A: old\nContent-Encoding: old\nContent-Length: old", &arena);
        struct http_fields fresh =
            fields_from("X-A: new\nContent-Encoding: new\nContent-Length: new", &arena);
        struct http_fields now =
            cache_fields_update(policy_of(rows[i].profile), &stored, &fresh, &arena);
        struct span found = http_fields_value(&now, span_of(rows[i].field));
        if (!span_eq(found, span_of(rows[i].value)))
            fail_msg("%s, %s: found \"%.*s\"", rows[i].profile, rows[i].field, SPAN_ARG(found));
    }
}

static void test_origin__what_reaches_it(void **state)
{
    (void)state;
    static const struct {
        const char *profile, *field;
        bool sent;
    } rows[] = {
        { "rfc", "Authorization", true },         { "squid", "Authorization", false },
        { "cloudfront", "Authorization", false }, { "squid", "Surrogate-Capability", true },
        { "rfc", "Surrogate-Capability", false }, { "rfc", "If-None-Match", true },
        { "varnish", "If-None-Match", false },    { "varnish", "Range", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct http_request request = { .method = SPAN("HEAD"), .target = SPAN("/") };
        struct cache_decision d = { .step = CACHE_FORWARD, .candidate = -1 };
        request.fields =
            fields_from("Authorization: x\nIf-None-Match: \"a\"\nRange: bytes=0-1", &arena);
        const struct cache_policy *policy = policy_of(rows[i].profile);
        struct http_fields sent = cache_forward_fields(policy, &request, &d, NULL, &arena);
        check_row((http_fields_first(&sent, span_of(rows[i].field)) != NULL) == rows[i].sent,
                  rows[i].profile);
        check_span(cache_forward_method(policy, &request, &d),
                   strcmp(rows[i].profile, "varnish") == 0 ? "GET" : "HEAD");
    }
}

static void test_writes__what_they_make_invalid(void **state)
{
    (void)state;
    static const struct {
        const char *profile, *method;
        int status;
        size_t uris;
    } rows[] = {
        { "rfc", "POST", 200, 2 },     { "rfc", "POST", 500, 0 },
        { "rfc", "M-SEARCH", 200, 2 }, { "apache", "POST", 200, 1 },
        { "apache", "PATCH", 200, 0 }, { "haproxy", "PATCH", 200, 1 },
        { "nginx", "DELETE", 200, 0 }, { "varnish", "POST", 200, 0 },
        { "squid", "POST", 500, 0 },   { "squid", "PATCH", 500, 1 },
        { "fastly", "PUT", 200, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct http_request request = { .method = span_of(rows[i].method),
                                        .scheme = SPAN("http"),
                                        .authority = SPAN("a.test"),
                                        .target = SPAN("/a") };
        struct http_response response = { .status = rows[i].status };
        response.fields = fields_from("Location: /b", &arena);
        struct cache_invalidation gone =
            cache_invalidation_of(policy_of(rows[i].profile), &request, &response, &arena);
        if (gone.count != rows[i].uris)
            fail_msg("%s, %s %d: %zu", rows[i].profile, rows[i].method, rows[i].status, gone.count);
    }
}

static void test_vary__what_selects(void **state)
{
    (void)state;
    static const struct {
        const char *profile, *stored, *first, *then;
        bool same;
    } rows[] = {
        { "rfc", "Vary: Accept-Encoding", "Accept-Encoding: gzip", "Accept-Encoding: br", false },
        { "varnish", "Vary: Accept-Encoding", "Accept-Encoding: gzip", "", true },
        { "trafficserver", "Vary: Accept-Encoding", "Accept-Encoding: gzip", "", true },
        { "trafficserver", "Vary: Accept-Encoding\nContent-Encoding: gzip", "Accept-Encoding: gzip",
          "", false },
        { "rfc", "Vary: Foo", "Foo: a", "Foo: A", false },
        { "trafficserver", "Vary: Foo", "Foo: a", "Foo: A", true },
        { "rfc", "Vary: Foo", "Foo: a,b", "Foo: a, b", true },
        { "nginx", "Vary: Foo", "Foo: a,b", "Foo: a, b", false },
        { "rfc", "Vary: Foo", "Foo: a, b", "Foo: a\nFoo: b", true },
        { "varnish", "Vary: Foo", "Foo: a, b", "Foo: a\nFoo: b", false },
        { "cloudfront", "Vary: Foo", "Foo: a", "Foo: b", true },
        { "nginx", "Vary: *, Foo", "Foo: a", "Foo: a", true },
        { "rfc", "Vary: *, Foo", "Foo: a", "Foo: a", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct http_fields stored = fields_from(rows[i].stored, &arena);
        struct http_request first = { .fields = fields_from(rows[i].first, &arena) };
        struct http_request then = { .fields = fields_from(rows[i].then, &arena) };
        if (vary_selects(policy_of(rows[i].profile), &stored, &first, &then) != rows[i].same)
            fail_msg("%s, %s: %s and %s", rows[i].profile, rows[i].stored, rows[i].first,
                     rows[i].then);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer__each_sends_its_own),
        cmocka_unit_test(test_answer__apache_knows_no_status_without_a_name),
        cmocka_unit_test(test_store__what_each_leaves_out),
        cmocka_unit_test(test_304__changes_by_product),
        cmocka_unit_test(test_origin__what_reaches_it),
        cmocka_unit_test(test_writes__what_they_make_invalid),
        cmocka_unit_test(test_vary__what_selects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
