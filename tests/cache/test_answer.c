#include "support/fields.h"

#include "rehearse/cache/decision.h"

/* The fields that go to the origin, into the store and to the client. */

/* "Name: value" lines, to be compared as text. */
static struct span text_of(const struct http_fields *fields, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    for (uint32_t i = 0; i < fields->len; i++) {
        strbuf_add_span(&out, fields->at[i].name);
        strbuf_add_str(&out, ": ");
        strbuf_add_span(&out, fields->at[i].value);
        strbuf_add_str(&out, "\n");
    }
    return arena_copy(arena, strbuf_span(&out));
}

static void check_fields(struct http_fields found, const char *expected, struct arena *arena)
{
    check_span(text_of(&found, arena), expected);
}

/* RFC 9111 section 3.1. */
static void test_store__leaves_out_what_is_of_the_connection_or_named(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_fields came =
        fields_from("Connection: x-a, keep-alive\nX-A: 1\nX-B: 2\nKeep-Alive: timeout=5\n"
                    "Proxy-Authenticate: Basic\nTransfer-Encoding: chunked\nSet-Cookie: a=b\n"
                    "Cache-Control: max-age=9, no-cache=\"x-c, x-d\", private=\"x-e\"\n"
                    "X-C: 3\nX-D: 4\nX-E: 5\nX-F: 6",
                    &arena);
    check_fields(cache_fields_to_store(&cache_policy_rfc, &came, &arena),
                 "X-B: 2\nSet-Cookie: a=b\n"
                 "Cache-Control: max-age=9, no-cache=\"x-c, x-d\", private=\"x-e\"\nX-F: 6\n",
                 &arena);
    struct cache_policy policy = cache_policy_rfc;
    policy.drops_set_cookie = true;
    struct http_fields kept = cache_fields_to_store(&policy, &came, &arena);
    assert_null(http_fields_first(&kept, SPAN("Set-Cookie")));
}

/* RFC 9111 sections 3.2 and 4.2.3. */
static void test_update__replaces_what_the_304_says_and_keeps_what_the_bytes_need(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_fields stored =
        fields_from("Date: Sat, 07 Mar 2026 12:00:00 GMT\nAge: 30\nX-Kept: 1\nX-Twice: 1\n"
                    "X-Twice: 2\nContent-Length: 10\nContent-Encoding: gzip\nETag: \"a\"\n"
                    "Cache-Control: max-age=1",
                    &arena);
    struct http_fields fresh =
        fields_from("Date: Sat, 07 Mar 2026 13:00:00 GMT\nX-Twice: 3\nX-New: 1\nX-New: 2\n"
                    "Content-Length: 0\nContent-Encoding: br\nCache-Control: max-age=2\n"
                    "Connection: x-hop\nX-Hop: 1",
                    &arena);
    check_fields(cache_fields_update(&cache_policy_rfc, &stored, &fresh, &arena),
                 "X-Kept: 1\nContent-Length: 10\nContent-Encoding: gzip\nETag: \"a\"\n"
                 "Date: Sat, 07 Mar 2026 13:00:00 GMT\nX-Twice: 3\nX-New: 1\nX-New: 2\n"
                 "Cache-Control: max-age=2\n",
                 &arena);
}

/* A 304 without Date and Age: what the old ones say would make it old at once. */
static void test_update__forgets_how_old_it_was(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_fields stored = fields_from(
        "Date: Sat, 07 Mar 2026 12:00:00 GMT\nAge: 30\nCache-Control: max-age=60", &arena);
    struct http_fields fresh = { 0 };
    check_fields(cache_fields_update(&cache_policy_rfc, &stored, &fresh, &arena),
                 "Cache-Control: max-age=60\n", &arena);
}

/* Every name of ten thousand against every field of as many would take a minute. */
static void test_fields__of_any_number_are_told_apart_at_once(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    enum { MANY = 10000 };
    for (int i = 0; i < MANY; i++)
        strbuf_addf(&text, "X-%d: 1\n", i);
    strbuf_add_str(&text, "Connection: a");
    for (int i = 0; i < MANY; i += 2)
        strbuf_addf(&text, ", x-%d", i);
    strbuf_add_str(&text, "\nCache-Control: max-age=9, no-cache=\"b");
    for (int i = 0; i < MANY; i += 4)
        strbuf_addf(&text, ", X-%d", i + 1);
    strbuf_add_str(&text, "\"\n");
    struct http_fields fields = fields_from(text.buf, &arena);
    struct http_fields kept = cache_fields_to_store(&cache_policy_rfc, &fields, &arena);
    assert_int_equal(kept.len, MANY / 4 + 1);
    check_span(kept.at[0].name, "X-3");
    struct http_fields updated = cache_fields_update(&cache_policy_rfc, &kept, &fields, &arena);
    assert_int_equal(updated.len, MANY / 4 + 1);
}

/* RFC 9111 section 4.3.1. */
static void test_forward__carries_the_caches_condition_in_place_of_the_clients(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    static const struct {
        const char *stored;
        enum cache_step step;
        const char *sent;
    } rows[] = {
        { "ETag: \"a\"\nLast-Modified: x", CACHE_VALIDATE,
          "Accept: a\nIf-None-Match: \"a\"\nIf-Modified-Since: x\n" },
        { "ETag: W/\"a\"", CACHE_VALIDATE, "Accept: a\nIf-None-Match: W/\"a\"\n" },
        { "Last-Modified: x", CACHE_VALIDATE, "Accept: a\nIf-Modified-Since: x\n" },
        { "ETag: \"a\"", CACHE_FORWARD, "Accept: a\nIf-None-Match: \"b\"\nRange: bytes=1-2\n" },
        { "ETag: \"a\"", CACHE_PASS, "Accept: a\nIf-None-Match: \"b\"\nRange: bytes=1-2\n" },
        { "ETag: \"a\"", CACHE_COMPLETE, "Accept: a\nRange: bytes=4-\nIf-Range: \"a\"\n" },
        { "ETag: W/\"a\"", CACHE_COMPLETE, "Accept: a\nRange: bytes=4-\n" },
    };
    struct http_request request = { .method = SPAN("GET") };
    request.fields = fields_from("Accept: a\nIf-None-Match: \"b\"\nRange: bytes=1-2\n"
                                 "Connection: close\nTE: trailers",
                                 &arena);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_response held = { .status = 200,
                                      .fields = fields_from(rows[i].stored, &arena) };
        struct stored_response stored = { .response = &held };
        struct cache_decision d = { .step = rows[i].step, .first = 4, .last = -1 };
        check_fields(cache_forward_fields(&cache_policy_rfc, &request, &d, &stored, &arena),
                     rows[i].sent, &arena);
    }
}

/* What the cache asks for itself, or stores whole, has none of the client's conditions. */
static void test_forward__leaves_the_clients_conditions_out_of_its_own_requests(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_request request = { .method = SPAN("GET") };
    struct http_response held = { .status = 200 };
    struct stored_response stored = { .response = &held };
    request.fields = fields_from("Accept: a\nIf-None-Match: \"b\"\nRange: bytes=1-2\n"
                                 "Authorization: x\nCache-Control: no-store",
                                 &arena);
    struct cache_decision d = cache_refresh(&cache_policy_rfc, &stored);
    assert_int_equal(d.step, CACHE_FORWARD);
    check_fields(cache_forward_fields(&cache_policy_rfc, &request, &d, &stored, &arena),
                 "Accept: a\n", &arena);

    held.fields = fields_from("ETag: \"a\"", &arena);
    d = cache_refresh(&cache_policy_rfc, &stored);
    assert_int_equal(d.step, CACHE_VALIDATE);
    check_fields(cache_forward_fields(&cache_policy_rfc, &request, &d, &stored, &arena),
                 "Accept: a\nIf-None-Match: \"a\"\n", &arena);
    request.method = SPAN("HEAD"); /* an answer to HEAD has nothing to refresh it with */
    check_span(cache_forward_method(&cache_policy_rfc, &request, &d), "GET");
    request.method = SPAN("GET");

    struct cache_policy policy = cache_policy_rfc;
    policy.strips_conditions = true;
    d = cache_decide(&policy, &request, NULL, 0, 0);
    check_fields(cache_forward_fields(&policy, &request, &d, NULL, &arena),
                 "Accept: a\nAuthorization: x\nCache-Control: no-store\n", &arena);
}

#define HELD                                                                                       \
    "Date: Sat, 07 Mar 2026 12:00:00 GMT\nAge: 3\nContent-Type: text/plain\nETag: \"a\"\n"         \
    "Vary: x\nContent-Length: 10\nCache-Control: max-age=60"

static void test_answer__has_the_form_that_was_decided(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    static const struct {
        struct cache_decision d;
        int status;
        const char *sent;
    } rows[] = {
        { { .step = CACHE_SERVE, .age_s = 7 },
          200,
          "Date: Sat, 07 Mar 2026 12:00:00 GMT\nAge: 7\nContent-Type: text/plain\nETag: \"a\"\n"
          "Vary: x\nContent-Length: 10\nCache-Control: max-age=60\n" },
        { { .step = CACHE_SERVE, .settled = true },
          200,
          "Date: Sat, 07 Mar 2026 12:00:00 GMT\nContent-Type: text/plain\nETag: \"a\"\n"
          "Vary: x\nContent-Length: 10\nCache-Control: max-age=60\n" },
        { { .step = CACHE_SERVE, .settled = true, .age_s = 2 },
          200,
          "Date: Sat, 07 Mar 2026 12:00:00 GMT\nAge: 2\nContent-Type: text/plain\nETag: \"a\"\n"
          "Vary: x\nContent-Length: 10\nCache-Control: max-age=60\n" },
        { { .step = CACHE_NOT_MODIFIED },
          304,
          "Date: Sat, 07 Mar 2026 12:00:00 GMT\nETag: \"a\"\nVary: x\n"
          "Cache-Control: max-age=60\nAge: 0\n" },
        { { .step = CACHE_PART, .from = 2, .to = 5, .first = 2, .last = 4, .complete = 10 },
          206,
          "Date: Sat, 07 Mar 2026 12:00:00 GMT\nAge: 0\nContent-Type: text/plain\nETag: \"a\"\n"
          "Vary: x\nContent-Length: 3\nCache-Control: max-age=60\n"
          "Content-Range: bytes 2-4/10\n" },
        { { .step = CACHE_UNSATISFIABLE, .complete = 10 },
          416,
          "Date: Sat, 07 Mar 2026 12:00:00 GMT\nVary: x\nContent-Range: bytes */10\n"
          "Content-Length: 0\nAge: 0\n" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_response held = { .status = 200, .fields = fields_from(HELD, &arena) };
        struct stored_response stored = { .response = &held };
        int status;
        check_fields(cache_answer_fields(&cache_policy_rfc, &stored, &rows[i].d, &arena, &status),
                     rows[i].sent, &arena);
        assert_int_equal(status, rows[i].status);
    }
}

/* RFC 9110 section 15.4.5. */
static void test_answer__a_304_repeats_what_the_200_said(void **state)
{
    (void)state;
    static const char *const repeated[] = {
        "Cache-Control", "Content-Location", "Date", "ETag", "Expires", "Vary",
    };
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_response held = { .status = 200 };
    held.fields = fields_from("cache-control: max-age=1\nContent-Type: a/b\nDate: Sat, 07 Mar 2026 "
                              "12:00:00 GMT\nContent-Location: /a.en\nETag: W/\"a\"\n"
                              "Expires: 0\nvary: Cookie\nVary: x",
                              &arena);
    struct stored_response stored = { .response = &held };
    struct cache_decision d = { .step = CACHE_NOT_MODIFIED };
    int status;
    struct http_fields sent = cache_answer_fields(&cache_policy_rfc, &stored, &d, &arena, &status);
    for (size_t i = 0; i < sizeof repeated / sizeof *repeated; i++) {
        struct span name = span_of(repeated[i]);
        struct span said = http_fields_joined(&held.fields, name, &arena);
        check_row(span_eq(http_fields_joined(&sent, name, &arena), said), repeated[i]);
    }
    assert_null(http_fields_first(&sent, SPAN("Content-Type")));
}

/* RFC 9111 section 1.2.2. */
static void test_answer__age_is_no_larger_than_a_cache_can_say(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_response held = { .status = 200 };
    struct stored_response stored = { .response = &held };
    struct cache_decision d = { .step = CACHE_SERVE, .age_s = INT64_MAX };
    int status;
    check_fields(cache_answer_fields(&cache_policy_rfc, &stored, &d, &arena, &status),
                 "Age: 2147483648\n", &arena);
}

static void test_target__is_the_same_to_a_response_that_says_so(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    static const struct {
        const char *field, *a, *b;
        bool same;
    } rows[] = {
        { "", "/a?x=1", "/a?x=1", true },
        { "", "/a?x=1", "/a?x=2", false },
        { "No-Vary-Search: params=(\"x\")", "/a?x=1&y=2", "/a?y=2&x=9", true },
        { "No-Vary-Search: params=(\"x\")", "/a?x=1", "/a", true },
        { "No-Vary-Search: params=(\"x\")", "/a?x=1", "/b?x=1", false },
        { "No-Vary-Search: key-order", "/a?x=1&y=2", "/a?y=2&x=1", true },
        { "No-Vary-Search: params=1", "/a?x=1", "/a?x=2", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_fields fields = fields_from(rows[i].field, &arena);
        struct http_request a = { .target = span_of(rows[i].a) };
        struct http_request b = { .target = span_of(rows[i].b) };
        const struct cache_policy *p = &cache_policy_optimal;
        check_row(cache_target_matches(p, &fields, &a, &b, &arena) == rows[i].same, rows[i].b);
        bool equal = span_eq(a.target, b.target);
        check_row(cache_target_matches(&cache_policy_rfc, &fields, &a, &b, &arena) == equal,
                  rows[i].b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_store__leaves_out_what_is_of_the_connection_or_named),
        cmocka_unit_test(test_update__replaces_what_the_304_says_and_keeps_what_the_bytes_need),
        cmocka_unit_test(test_update__forgets_how_old_it_was),
        cmocka_unit_test(test_fields__of_any_number_are_told_apart_at_once),
        cmocka_unit_test(test_forward__carries_the_caches_condition_in_place_of_the_clients),
        cmocka_unit_test(test_forward__leaves_the_clients_conditions_out_of_its_own_requests),
        cmocka_unit_test(test_answer__has_the_form_that_was_decided),
        cmocka_unit_test(test_answer__a_304_repeats_what_the_200_said),
        cmocka_unit_test(test_answer__age_is_no_larger_than_a_cache_can_say),
        cmocka_unit_test(test_target__is_the_same_to_a_response_that_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
