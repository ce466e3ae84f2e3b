#include "support/cache_names.h"
#include "support/fields.h"

#include "rehearse/cache/decision.h"

/* What comes back from the origin, and what the cache takes it for. */
static const int64_t NOON = 1772884800; /* Sat, 07 Mar 2026 12:00:00 GMT */

struct row {
    const char *method;
    const char *request; /* fields */
    const char *stored;  /* fields of the stored 200, an hour old; NULL: nothing is stored */
    int status;          /* that came; 0: nothing did */
    const char *response;
    enum cache_taking taking;
    const char *rule;
    bool outdates;
};

static struct http_request request_of(const char *method, const char *fields, struct arena *arena)
{
    return (struct http_request){ .method = span_of(method),
                                  .scheme = SPAN("https"),
                                  .authority = SPAN("shop.example"),
                                  .target = SPAN("/a"),
                                  .fields = fields_from(fields, arena),
                                  .body_bytes = -1 };
}

static void check_one(const struct cache_policy *policy, const struct row *row, size_t at)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_request request = request_of(row->method, row->request, &arena);
    struct http_response held = { .status = 200, .body = SPAN("0123456789"), .body_bytes = 10 };
    struct http_response came = { .status = row->status, .body_bytes = -1 };
    struct stored_response stored = { .asked = &request,
                                      .response = &held,
                                      .times = { NOON - 3600, NOON - 3600 } };
    struct exchange_times times = { NOON, NOON };
    held.fields = fields_from(row->stored ? row->stored : "", &arena);
    came.fields = fields_from(row->response, &arena);

    struct cache_decision d = cache_decide(policy, &request, &stored, row->stored != NULL, NOON);
    const struct stored_response *chosen = d.candidate < 0 ? NULL : &stored;
    struct cache_reception r =
        cache_receive(policy, &request, &d, chosen, row->status ? &came : NULL, times, NOON);
    if (r.taking != row->taking || strcmp(r.why.rule, row->rule) != 0 ||
        r.outdates != row->outdates)
        print_error("row %zu, %s [%s] on [%s], then %d [%s]: %s, %s (%s, %s): %s\n", at,
                    row->method, row->request, row->stored ? row->stored : "nothing", row->status,
                    row->response, cache_step_name(d.step), cache_taking_name(r.taking), r.why.rule,
                    r.outdates ? "outdates" : "outdates nothing", r.why.sentence);
    assert_int_equal(r.taking, row->taking);
    assert_string_equal(r.why.rule, row->rule);
    assert_int_equal(r.outdates, row->outdates);
    assert_true(strlen(r.why.sentence) > 10);
}

#define CHECK_ROWS(policy, rows)                                                                   \
    for (size_t at = 0; at < sizeof(rows) / sizeof *(rows); at++)                                  \
    check_one(policy, &(rows)[at], at)

#define STALE "Cache-Control: max-age=60\nETag: \"a\""

/* RFC 9111 sections 3 and 4.3.3. */
static void test_receive__a_full_answer_is_stored_where_it_may_be(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "GET", "", NULL, 200, "Cache-Control: max-age=60", CACHE_STORE, "B-S7", false },
        { "GET", "", NULL, 200, "Cache-Control: no-store", CACHE_PASS_ON, "B-S4", false },
        { "GET", "", NULL, 404, "", CACHE_STORE, "B-S7", false },
        { "GET", "", NULL, 500, "", CACHE_PASS_ON, "B-S7", false },
        { "GET", "", STALE, 200, "Cache-Control: max-age=60", CACHE_STORE, "B-S7", false },
        { "GET", "", STALE, 200, "Cache-Control: private", CACHE_PASS_ON, "B-S5", true },
        { "GET", "", STALE, 404, "Cache-Control: no-store", CACHE_PASS_ON, "B-S4", true },
        { "GET", "", STALE, 503, "", CACHE_PASS_ON, "B-S7", false },
        { "GET", "Cache-Control: no-store", STALE, 200, "Cache-Control: max-age=60", CACHE_PASS_ON,
          "B-P0", false },
        { "POST", "", NULL, 200, "Cache-Control: max-age=60", CACHE_PASS_ON, "B-P0", false },
        { "GET", "", NULL, 206, "Cache-Control: max-age=60\nContent-Range: bytes 0-3/9",
          CACHE_PASS_ON, "B-S3", false },
    };
    CHECK_ROWS(&cache_policy_rfc, rows);
}

/* Expires without Date: only the moment of receipt tells. */
static void test_receive__what_comes_stale_is_left_where_the_policy_says(void **state)
{
    (void)state;
    struct cache_policy policy = cache_policy_rfc;
    policy.stale_is_not_stored = true;
    static const struct row rows[] = {
        { "GET", "", NULL, 200, "Expires: Sat, 07 Mar 2026 11:59:59 GMT", CACHE_PASS_ON, "B-S14",
          false },
        { "GET", "", NULL, 200, "Expires: Sat, 07 Mar 2026 12:00:01 GMT", CACHE_STORE, "B-S7",
          false },
    };
    CHECK_ROWS(&policy, rows);
    static const struct row rfc[] = {
        { "GET", "", NULL, 200, "Expires: Sat, 07 Mar 2026 11:59:59 GMT", CACHE_STORE, "B-S7",
          false },
    };
    CHECK_ROWS(&cache_policy_rfc, rfc);
}

/* RFC 9111 section 4.3.4. */
static void test_receive__a_304_freshens_what_it_names(void **state)
{
    (void)state;
#define DATED "Cache-Control: max-age=60\nLast-Modified: Fri, 06 Mar 2026 09:15:32 GMT"
    static const struct row rows[] = {
        { "GET", "", STALE, 304, "ETag: \"a\"", CACHE_FRESHEN, "B-V4", false },
        { "GET", "", STALE, 304, "ETag: W/\"a\"", CACHE_FRESHEN, "B-V4", false },
        { "GET", "", STALE, 304, "", CACHE_FRESHEN, "B-V4", false },
        { "GET", "", STALE, 304, "Cache-Control: no-store", CACHE_FRESHEN, "B-V9", true },
        { "GET", "", STALE, 304, "Cache-Control: private", CACHE_FRESHEN, "B-V9", true },
        { "GET", "Authorization: x", STALE, 304, "", CACHE_PASS_ON, "B-V6", false },
        { "GET", "Authorization: x", STALE, 200, "Cache-Control: max-age=9", CACHE_PASS_ON, "B-S6",
          false },
        { "GET", "Authorization: x", STALE, 200, "Cache-Control: public", CACHE_STORE, "B-S7",
          false },
        { "GET", "", STALE, 304, "ETag: \"b\"", CACHE_ASK_AGAIN, "B-V7", true },
        { "GET", "", STALE, 304, "ETag: W/\"b\"", CACHE_ASK_AGAIN, "B-V7", true },
        { "GET", "", DATED, 304, "Last-Modified: Fri, 06 Mar 2026 09:15:32 GMT", CACHE_FRESHEN,
          "B-V4", false },
        { "GET", "", DATED, 304, "Last-Modified: Fri, 06 Mar 2026 09:15:33 GMT", CACHE_ASK_AGAIN,
          "B-V7", true },
        { "GET", "If-None-Match: \"b\"", NULL, 304, "ETag: \"b\"", CACHE_PASS_ON, "B-V6", false },
        { "HEAD", "", STALE, 304, "ETag: \"a\"", CACHE_FRESHEN, "B-V4", false },
    };
    CHECK_ROWS(&cache_policy_rfc, rows);
    static const struct row trusting[] = {
        { "GET", "", STALE, 304, "ETag: \"b\"", CACHE_FRESHEN, "B-V4", false },
    };
    CHECK_ROWS(&cache_policy_optimal, trusting);
}

/* RFC 5861 section 4, RFC 9111 section 4.2.4. */
static void test_receive__an_error_may_be_stood_in_for(void **state)
{
    (void)state;
#define COVERED "Cache-Control: max-age=60, stale-if-error=7200"
    static const struct row rows[] = {
        { "GET", "", COVERED, 0, "", CACHE_SERVE_STALE, "B-E1", false },
        { "GET", "", COVERED, 500, "", CACHE_SERVE_STALE, "B-E1", false },
        { "GET", "", COVERED, 502, "", CACHE_SERVE_STALE, "B-E1", false },
        { "GET", "", COVERED, 503, "", CACHE_SERVE_STALE, "B-E1", false },
        { "GET", "", COVERED, 504, "", CACHE_SERVE_STALE, "B-E1", false },
        { "GET", "", COVERED, 501, "", CACHE_STORE, "B-S7", false },
        { "GET", "", COVERED, 404, "", CACHE_STORE, "B-S7", false },
        { "GET", "", "Cache-Control: max-age=60, stale-if-error=3540", 0, "", CACHE_FAIL, "B-E2",
          false },
        { "GET", "", "Cache-Control: max-age=60, stale-if-error=3541", 0, "", CACHE_SERVE_STALE,
          "B-E1", false },
        { "GET", "", COVERED ", must-revalidate", 0, "", CACHE_FAIL, "B-R4", false },
        { "GET", "", COVERED ", proxy-revalidate", 0, "", CACHE_FAIL, "B-R4", false },
        { "GET", "", COVERED ", no-cache", 0, "", CACHE_FAIL, "B-R3", false },
        { "GET", "", COVERED ", s-maxage=60", 0, "", CACHE_FAIL, "B-R5", false },
        { "GET", "Cache-Control: stale-if-error=7200", "Cache-Control: max-age=60", 0, "",
          CACHE_SERVE_STALE, "B-E1", false },
        { "GET", "Cache-Control: no-cache", "Cache-Control: max-age=7200", 0, "", CACHE_SERVE_STALE,
          "B-E1", false },
        { "GET", "", "Cache-Control: max-age=60", 503, "", CACHE_PASS_ON, "B-S7", false },
        { "GET", "", NULL, 0, "", CACHE_FAIL, "B-E2", false },
        { "POST", "", COVERED, 0, "", CACHE_FAIL, "B-E2", false },
    };
    CHECK_ROWS(&cache_policy_rfc, rows);
    struct cache_policy policy = cache_policy_rfc;
    policy.error_answer_is_an_answer = true;
    static const struct row unreachable_only[] = {
        { "GET", "", COVERED, 0, "", CACHE_SERVE_STALE, "B-E1", false },
        { "GET", "", COVERED, 503, "", CACHE_PASS_ON, "B-S7", false },
    };
    CHECK_ROWS(&policy, unreachable_only);
}

/* RFC 9111 section 4.3.5. The stored body has ten bytes. */
static void test_receive__head_updates_or_outdates_what_is_stored(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "HEAD", "", STALE, 200, "ETag: \"a\"", CACHE_FRESHEN, "B-H1", false },
        { "HEAD", "", STALE, 200, "ETag: \"a\"\nContent-Length: 10", CACHE_FRESHEN, "B-H1", false },
        { "HEAD", "", STALE, 200, "ETag: \"a\"\nContent-Length: 11", CACHE_PASS_ON, "B-H2", true },
        { "HEAD", "", STALE, 200, "ETag: \"b\"", CACHE_PASS_ON, "B-H2", true },
        { "HEAD", "", STALE, 200, "Last-Modified: Fri, 06 Mar 2026 09:15:32 GMT", CACHE_PASS_ON,
          "B-H2", true },
        { "HEAD", "", STALE, 200, "", CACHE_FRESHEN, "B-H1", false },
        { "HEAD", "", STALE, 410, "", CACHE_PASS_ON, "B-H0", false },
        { "HEAD", "Authorization: x", STALE, 200, "ETag: \"a\"", CACHE_PASS_ON, "B-H0", false },
        { "HEAD", "Authorization: x", STALE, 200, "Cache-Control: public\nETag: \"a\"",
          CACHE_FRESHEN, "B-H1", false },
        { "HEAD", "", NULL, 200, "Cache-Control: max-age=60", CACHE_PASS_ON, "B-H0", false },
    };
    CHECK_ROWS(&cache_policy_rfc, rows);
}

static void test_receive__an_unsafe_request_invalidates_when_it_succeeds(void **state)
{
    (void)state;
    static const struct {
        const char *method;
        int status;
        bool invalidates;
    } rows[] = {
        { "POST", 200, true },     { "PUT", 204, true },      { "DELETE", 302, true },
        { "M-SEARCH", 200, true }, { "POST", 400, false },    { "POST", 500, false },
        { "GET", 200, false },     { "OPTIONS", 200, false },
    };
    struct cache_policy keeps = cache_policy_rfc;
    keeps.never_invalidates = true;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct http_request request = request_of(rows[i].method, "", &arena);
        struct http_response came = { .status = rows[i].status };
        struct exchange_times times = { NOON, NOON };
        struct cache_decision d = cache_decide(&cache_policy_rfc, &request, NULL, 0, NOON);
        struct cache_reception r =
            cache_receive(&cache_policy_rfc, &request, &d, NULL, &came, times, NOON);
        check_row(r.invalidates == rows[i].invalidates, rows[i].method);
        r = cache_receive(&keeps, &request, &d, NULL, &came, times, NOON);
        check_row(!r.invalidates, rows[i].method);
    }
}

static void test_invalidation__names_uris_and_groups_by_policy(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_request request = request_of("POST", "", &arena);
    struct http_response came = { .status = 200 };
    came.fields = fields_from("Location: /b\nContent-Location: https://other.example/c\n"
                              "Cache-Group-Invalidation: \"news\", \"home\"",
                              &arena);
    struct cache_invalidation i = cache_invalidation_of(&cache_policy_rfc, &request, &came, &arena);
    assert_int_equal(i.count, 2);
    check_span(i.uris[0], "https://shop.example/a");
    check_span(i.uris[1], "https://shop.example/b");
    assert_int_equal(i.groups.len, 0);
    assert_string_equal(i.why.rule, "B-I1");

    i = cache_invalidation_of(&cache_policy_optimal, &request, &came, &arena);
    assert_int_equal(i.groups.len, 2);
    check_span(i.groups.at[0], "home");
    check_span(i.groups.at[1], "news");

    struct cache_policy policy = cache_policy_rfc;
    policy.keeps_other_uris = true;
    assert_int_equal(cache_invalidation_of(&policy, &request, &came, &arena).count, 1);
    policy.never_invalidates = true;
    i = cache_invalidation_of(&policy, &request, &came, &arena);
    assert_int_equal(i.count, 0);
    assert_string_equal(i.why.rule, "B-I2");
    request.method = SPAN("GET");
    i = cache_invalidation_of(&cache_policy_optimal, &request, &came, &arena);
    assert_int_equal(i.count + i.groups.len, 0);
}

/* RFC 9110 section 9.3.3. */
static void test_receive__post_is_stored_for_its_own_uri_only(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "POST", "", NULL, 200, "Cache-Control: max-age=9\nContent-Location: /a", CACHE_STORE,
          "B-S7", false },
        { "POST", "", NULL, 200,
          "Cache-Control: max-age=9\nContent-Location: https://shop.example/a", CACHE_STORE, "B-S7",
          false },
        { "POST", "", NULL, 200, "Cache-Control: max-age=9\nContent-Location: /b", CACHE_PASS_ON,
          "B-S1", false },
        { "POST", "", NULL, 200, "Cache-Control: max-age=9", CACHE_PASS_ON, "B-S1", false },
        { "POST", "", NULL, 200, "Content-Location: /a", CACHE_PASS_ON, "B-S1", false },
    };
    CHECK_ROWS(&cache_policy_optimal, rows);
}

/* RFC 9111 sections 3.3 and 3.4: what joins has the same strong tag and touches. */
static void test_receive__parts_join_under_one_strong_tag(void **state)
{
    (void)state;
    static const struct {
        const char *held, *came;
        struct held_part part; /* held */
        const char *range;     /* that came */
        enum cache_taking taking;
    } rows[] = {
        { "\"a\"", "\"a\"", { true, 0, 3, 10 }, "bytes 4-9/10", CACHE_COMBINE },
        { "\"a\"", "\"a\"", { true, 0, 3, 10 }, "bytes 2-9/10", CACHE_COMBINE },
        { "\"a\"", "\"b\"", { true, 0, 3, 10 }, "bytes 4-9/10", CACHE_ASK_AGAIN },
        { "\"a\"", "W/\"a\"", { true, 0, 3, 10 }, "bytes 4-9/10", CACHE_ASK_AGAIN },
        { "\"a\"", "\"a\"", { true, 0, 3, 10 }, "bytes 5-9/10", CACHE_ASK_AGAIN },
        { "\"a\"", "\"a\"", { true, 0, 3, 10 }, "bytes 4-9/11", CACHE_ASK_AGAIN },
        { "\"a\"", "\"a\"", { true, 0, 3, 10 }, "bytes 4-10/10", CACHE_ASK_AGAIN },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct http_request request = request_of("GET", "", &arena);
        struct http_response held = { .status = 206, .body = SPAN("0123") };
        struct http_response came = { .status = 206 };
        struct exchange_times times = { NOON, NOON };
        held.fields = fields_from(
            arena_printf(&arena, "Cache-Control: max-age=9\nETag: %s", rows[i].held).ptr, &arena);
        came.fields = fields_from(arena_printf(&arena,
                                               "Cache-Control: max-age=9\nETag: %s\n"
                                               "Content-Range: %s",
                                               rows[i].came, rows[i].range)
                                      .ptr,
                                  &arena);
        struct stored_response stored = { &request, &held, NULL, times, false, rows[i].part };
        struct cache_decision d = cache_decide(&cache_policy_optimal, &request, &stored, 1, NOON);
        assert_int_equal(d.step, CACHE_COMPLETE);
        struct cache_reception r =
            cache_receive(&cache_policy_optimal, &request, &d, &stored, &came, times, NOON);
        check_row(r.taking == rows[i].taking, rows[i].range);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_receive__a_full_answer_is_stored_where_it_may_be),
        cmocka_unit_test(test_receive__what_comes_stale_is_left_where_the_policy_says),
        cmocka_unit_test(test_receive__a_304_freshens_what_it_names),
        cmocka_unit_test(test_receive__an_error_may_be_stood_in_for),
        cmocka_unit_test(test_receive__head_updates_or_outdates_what_is_stored),
        cmocka_unit_test(test_receive__an_unsafe_request_invalidates_when_it_succeeds),
        cmocka_unit_test(test_invalidation__names_uris_and_groups_by_policy),
        cmocka_unit_test(test_receive__post_is_stored_for_its_own_uri_only),
        cmocka_unit_test(test_receive__parts_join_under_one_strong_tag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
