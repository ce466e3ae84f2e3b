#include "decision_kit.h"

/* RFC 9111 section 4. */
static void test_decide__fresh_is_served_and_stale_is_asked_about(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "", NULL, 0, CACHE_FORWARD, "B-K1", FORWARDED_URI_MISS },
        { "", "Cache-Control: max-age=60", 0, CACHE_SERVE, "B-R1", FORWARDED_NOT },
        { "", "Cache-Control: max-age=60", 59, CACHE_SERVE, "B-R1", FORWARDED_NOT },
        { "", "Cache-Control: max-age=60", 60, CACHE_FORWARD, "B-R8", FORWARDED_STALE },
        { "", "Cache-Control: max-age=60\nETag: \"a\"", 60, CACHE_VALIDATE, "B-R8",
          FORWARDED_STALE },
        { "", "Cache-Control: max-age=60\nLast-Modified: Fri, 06 Mar 2026 09:15:32 GMT", 60,
          CACHE_VALIDATE, "B-R8", FORWARDED_STALE },
        { "", "Cache-Control: max-age=60\nLast-Modified: yesterday", 60, CACHE_FORWARD, "B-R8",
          FORWARDED_STALE },
        { "", "Cache-Control: max-age=60\nAge: 61\nETag: \"a\"", 0, CACHE_VALIDATE, "B-R8",
          FORWARDED_STALE },
        { "", "Cache-Control: no-cache, max-age=60\nETag: \"a\"", 0, CACHE_VALIDATE, "B-R3",
          FORWARDED_STALE },
        { "", "Cache-Control: no-cache=\"x\", max-age=60", 0, CACHE_SERVE, "B-R1", FORWARDED_NOT },
        { "", "Cache-Control: max-age=1, must-revalidate\nETag: \"a\"", 9, CACHE_VALIDATE, "B-R4",
          FORWARDED_STALE },
        { "", "Cache-Control: s-maxage=1\nETag: \"a\"", 9, CACHE_VALIDATE, "B-R5",
          FORWARDED_STALE },
        { "", "Cache-Control: max-age=1000000000000000000000000000000", 2000000000, CACHE_SERVE,
          "B-R1", FORWARDED_NOT },
        { "", "Expires: Sat, 07 Mar 2026 12:01:00 GMT", 59, CACHE_SERVE, "B-R1", FORWARDED_NOT },
        { "", "Expires: 0", 0, CACHE_FORWARD, "B-R8", FORWARDED_STALE },
        { "", "", 0, CACHE_FORWARD, "B-R8", FORWARDED_STALE },
        { "", "Cache-Control: max-age=60, no-store", 0, CACHE_FORWARD, "B-R9", FORWARDED_MISS },
        { "", "Cache-Control: max-age=60, private", 0, CACHE_FORWARD, "B-R9", FORWARDED_MISS },
    };
    CHECK_ROWS(&cache_policy_rfc, rows);
}

/* Dates of the year 1 and 9999, contradictions and repetitions: an answer, and a careful one. */
static void test_decide__absurd_fields_are_taken_carefully(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "", "Cache-Control: max-age=60\nDate: Mon, 01 Jan 0001 00:00:00 GMT", 0, CACHE_FORWARD,
          "B-R8", FORWARDED_STALE },
        { "", "Cache-Control: max-age=60\nDate: Fri, 31 Dec 9999 23:59:59 GMT", 59, CACHE_SERVE,
          "B-R1", FORWARDED_NOT },
        { "", "Expires: Fri, 31 Dec 9999 23:59:59 GMT", 59, CACHE_SERVE, "B-R1", FORWARDED_NOT },
        { "", "Expires: Fri, 31 Dec 99999 23:59:59 GMT", 0, CACHE_FORWARD, "B-R8",
          FORWARDED_STALE },
        { "", "Expires: Mon, 01 Jan 0001 00:00:00 GMT", 0, CACHE_FORWARD, "B-R8", FORWARDED_STALE },
        { "", "Last-Modified: Mon, 01 Jan 0001 00:00:00 GMT", 7 * 86400 - 1, CACHE_SERVE, "B-R1",
          FORWARDED_NOT },
        { "", "Last-Modified: Mon, 01 Jan 0001 00:00:00 GMT", 7 * 86400, CACHE_VALIDATE, "B-R8",
          FORWARDED_STALE },
        { "", "Last-Modified: Fri, 31 Dec 9999 23:59:59 GMT", 0, CACHE_VALIDATE, "B-R8",
          FORWARDED_STALE },
        { "", "Cache-Control: max-age=60, max-age=0", 0, CACHE_SERVE, "B-R1", FORWARDED_NOT },
        { "", "Cache-Control: max-age=60\nCache-Control: no-cache", 0, CACHE_FORWARD, "B-R3",
          FORWARDED_STALE },
        { "", "Cache-Control: public, immutable, max-age=60, no-cache, must-revalidate", 0,
          CACHE_FORWARD, "B-R3", FORWARDED_STALE },
        { "", "Cache-Control: max-age=60\nAge: 99999999999999999999", 0, CACHE_FORWARD, "B-R8",
          FORWARDED_STALE },
        { "Cache-Control: max-stale=99999999999999999999999", "Cache-Control: max-age=0",
          2000000000, CACHE_SERVE, "B-Q5", FORWARDED_NOT },
    };
    CHECK_ROWS(&cache_policy_rfc, rows);
}

/* RFC 5861 section 3. */
static void test_decide__a_window_serves_stale_and_refreshes_behind(void **state)
{
    (void)state;
    static const struct {
        const char *stored;
        int64_t after_s;
        const struct cache_policy *policy;
        bool served;
    } rows[] = {
        { "Cache-Control: max-age=60, stale-while-revalidate=30", 60, &cache_policy_rfc, true },
        { "Cache-Control: max-age=60, stale-while-revalidate=30", 89, &cache_policy_rfc, true },
        { "Cache-Control: max-age=60, stale-while-revalidate=30", 90, &cache_policy_rfc, false },
        { "Cache-Control: max-age=60, stale-while-revalidate", 60, &cache_policy_rfc, false },
        { "Cache-Control: s-maxage=60, stale-while-revalidate=30", 60, &cache_policy_rfc, false },
        { "Cache-Control: s-maxage=60, stale-while-revalidate=30", 60, &cache_policy_cdn, true },
        { "Cache-Control: max-age=60, stale-while-revalidate=30, must-revalidate", 60,
          &cache_policy_cdn, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s = { .arena = ARENA_INIT };
        set_scene(&s, "", rows[i].stored);
        struct cache_decision d = decide(&s, rows[i].policy, rows[i].after_s);
        check_row(d.stale == rows[i].served && d.refresh == rows[i].served, rows[i].stored);
        check_row(d.step == (rows[i].served ? CACHE_SERVE : CACHE_FORWARD), rows[i].stored);
        arena_release(&s.arena);
    }
}

/* RFC 9111 section 5.2.1. */
static void test_decide__request_directives_are_honoured(void **state)
{
    (void)state;
#define STORED "Cache-Control: max-age=60\nETag: \"a\""
    static const struct row rows[] = {
        { "Cache-Control: no-cache", STORED, 0, CACHE_VALIDATE, "B-Q1", FORWARDED_REQUEST },
        { "Pragma: no-cache", STORED, 0, CACHE_VALIDATE, "B-Q2", FORWARDED_REQUEST },
        { "Pragma: no-cache\nCache-Control: x", STORED, 0, CACHE_SERVE, "B-R1", FORWARDED_NOT },
        { "Cache-Control: max-age=10", STORED, 10, CACHE_SERVE, "B-R1", FORWARDED_NOT },
        { "Cache-Control: max-age=10", STORED, 11, CACHE_VALIDATE, "B-Q3", FORWARDED_REQUEST },
        { "Cache-Control: max-age=0", STORED, 1, CACHE_VALIDATE, "B-Q3", FORWARDED_REQUEST },
        { "Cache-Control: min-fresh=30", STORED, 30, CACHE_SERVE, "B-R1", FORWARDED_NOT },
        { "Cache-Control: min-fresh=30", STORED, 31, CACHE_VALIDATE, "B-Q4", FORWARDED_REQUEST },
        { "Cache-Control: max-stale", STORED, 100000, CACHE_SERVE, "B-Q5", FORWARDED_NOT },
        { "Cache-Control: max-stale=5", STORED, 65, CACHE_SERVE, "B-Q5", FORWARDED_NOT },
        { "Cache-Control: max-stale=5", STORED, 66, CACHE_VALIDATE, "B-R8", FORWARDED_STALE },
        { "Cache-Control: max-stale=99", "Cache-Control: max-age=60, must-revalidate", 61,
          CACHE_FORWARD, "B-R4", FORWARDED_STALE },
        { "Cache-Control: max-stale=99", "Cache-Control: s-maxage=60", 61, CACHE_FORWARD, "B-R5",
          FORWARDED_STALE },
        { "Cache-Control: only-if-cached", NULL, 0, CACHE_REFUSE, "B-Q7", FORWARDED_URI_MISS },
        { "Cache-Control: only-if-cached", STORED, 0, CACHE_SERVE, "B-R1", FORWARDED_NOT },
        { "Cache-Control: only-if-cached", STORED, 60, CACHE_REFUSE, "B-Q7", FORWARDED_STALE },
        { "Cache-Control: only-if-cached, max-stale", STORED, 60, CACHE_SERVE, "B-Q5",
          FORWARDED_NOT },
        { "Cache-Control: no-store", STORED, 0, CACHE_SERVE, "B-R1", FORWARDED_NOT },
        { "Cache-Control: no-store", STORED, 60, CACHE_PASS, "B-R8", FORWARDED_STALE },
    };
    CHECK_ROWS(&cache_policy_rfc, rows);
    static const struct row authorized[] = {
        { "Authorization: x", STORED, 0, CACHE_SERVE, "B-R1", FORWARDED_NOT },
        { "Authorization: x", STORED, 60, CACHE_FORWARD, "B-R8", FORWARDED_STALE },
        { "Authorization: x", STORED "\nCache-Control: public", 60, CACHE_VALIDATE, "B-R8",
          FORWARDED_STALE },
    };
    CHECK_ROWS(&cache_policy_rfc, authorized);
    static const struct row deaf[] = {
        { "Cache-Control: no-cache", STORED, 0, CACHE_SERVE, "B-R1", FORWARDED_NOT },
        { "Pragma: no-cache", STORED, 0, CACHE_SERVE, "B-R1", FORWARDED_NOT },
        { "Cache-Control: only-if-cached", NULL, 0, CACHE_FORWARD, "B-K1", FORWARDED_URI_MISS },
        { "Cache-Control: max-age=0, min-fresh=99", STORED, 9, CACHE_SERVE, "B-R1", FORWARDED_NOT },
    };
    struct cache_policy policy = cache_policy_rfc;
    policy.ignores_request = REQUEST_ALL_DIRECTIVES;
    CHECK_ROWS(&policy, deaf);
}

/* RFC 9111 section 4.3.2, RFC 9110 section 13.2.2. */
static void test_decide__the_clients_own_condition_is_answered(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "If-None-Match: \"a\"", TAGGED, 0, CACHE_NOT_MODIFIED, "B-V2", FORWARDED_NOT },
        { "If-None-Match: W/\"a\"", TAGGED, 0, CACHE_NOT_MODIFIED, "B-V2", FORWARDED_NOT },
        { "If-None-Match: \"x\", \"a\"", TAGGED, 0, CACHE_NOT_MODIFIED, "B-V2", FORWARDED_NOT },
        { "If-None-Match: *", TAGGED, 0, CACHE_NOT_MODIFIED, "B-V2", FORWARDED_NOT },
        { "If-None-Match: \"x\"", TAGGED, 0, CACHE_SERVE, "B-R1", FORWARDED_NOT },
        { "If-None-Match: \"x\"\nIf-Modified-Since: Sat, 07 Mar 2026 09:15:32 GMT", TAGGED, 0,
          CACHE_SERVE, "B-R1", FORWARDED_NOT },
        { "If-Modified-Since: Fri, 06 Mar 2026 09:15:32 GMT", TAGGED, 0, CACHE_NOT_MODIFIED, "B-V3",
          FORWARDED_NOT },
        { "If-Modified-Since: Fri, 06 Mar 2026 09:15:31 GMT", TAGGED, 0, CACHE_SERVE, "B-R1",
          FORWARDED_NOT },
        { "If-Match: \"x\"", TAGGED, 0, CACHE_SERVE, "B-R1", FORWARDED_NOT },
        { "If-None-Match: \"a\"", TAGGED, 60, CACHE_VALIDATE, "B-R8", FORWARDED_STALE },
        { "If-None-Match: \"a\"\nRange: bytes=0-1", TAGGED, 0, CACHE_NOT_MODIFIED, "B-V2",
          FORWARDED_NOT },
        { "If-None-Match: \"a\"", NULL, 0, CACHE_FORWARD, "B-K1", FORWARDED_URI_MISS },
    };
    CHECK_ROWS(&cache_policy_rfc, rows);
}

/* RFC 9111 section 5.2.1.1. */
static void test_decide__max_age_without_max_stale_wants_nothing_stale(void **state)
{
    (void)state;
    struct scene s = { .arena = ARENA_INIT };
    set_scene(&s, "Cache-Control: max-age=600",
              "Cache-Control: max-age=60, stale-while-revalidate=600");
    assert_int_equal(decide(&s, &cache_policy_rfc, 59).step, CACHE_SERVE);
    assert_int_equal(decide(&s, &cache_policy_rfc, 60).step, CACHE_FORWARD);
    arena_release(&s.arena);
}

static void test_decide__conditions_are_for_a_200_only(void **state)
{
    (void)state;
    struct scene s = { .arena = ARENA_INIT };
    set_scene(&s, "If-None-Match: \"a\"", TAGGED);
    s.response.status = 404;
    assert_int_equal(decide(&s, &cache_policy_rfc, 0).step, CACHE_SERVE);
    arena_release(&s.arena);
}

static void test_decide__other_methods_go_past(void **state)
{
    (void)state;
    static const struct {
        const char *method;
        enum cache_step step;
    } rows[] = {
        { "HEAD", CACHE_SERVE }, { "POST", CACHE_PASS },    { "PUT", CACHE_PASS },
        { "QUERY", CACHE_PASS }, { "OPTIONS", CACHE_PASS }, { "get", CACHE_PASS },
        { "BREW", CACHE_PASS },  { "", CACHE_PASS },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s = { .arena = ARENA_INIT };
        set_scene(&s, "", "Cache-Control: max-age=60");
        s.request.method = span_of(rows[i].method);
        struct cache_decision d = decide(&s, &cache_policy_rfc, 0);
        check_row(d.step == rows[i].step, rows[i].method);
        check_row(d.step == CACHE_SERVE || d.forwarded == FORWARDED_METHOD, rows[i].method);
        arena_release(&s.arena);
    }
}

/* RFC 9111 section 4.4: invalid is in need of validation, however fresh. */
static void test_decide__what_a_write_made_invalid_is_asked_about(void **state)
{
    (void)state;
    struct scene s = { .arena = ARENA_INIT };
    set_scene(&s, "", TAGGED);
    s.stored.invalidated = true;
    assert_int_equal(decide(&s, &cache_policy_rfc, 0).step, CACHE_VALIDATE);
    set_scene(&s, "", "Cache-Control: max-age=60");
    s.stored.invalidated = true;
    struct cache_decision d = decide(&s, &cache_policy_rfc, 0);
    assert_int_equal(d.step, CACHE_FORWARD);
    assert_int_equal(d.forwarded, FORWARDED_MISS);
    assert_string_equal(d.why.rule, "B-I1");
    arena_release(&s.arena);
}

/* Sections 4 and 4.1: with Vary before without, then by Date; never one that is invalid. */
static void test_decide__of_several_the_most_recent_that_fits(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    static const struct {
        const char *fields;
        bool invalidated;
    } made[] = {
        { "Date: Sat, 07 Mar 2026 11:59:30 GMT\nCache-Control: max-age=99", false },
        { "Date: Sat, 07 Mar 2026 11:59:50 GMT\nCache-Control: max-age=99", false },
        { "Date: Sat, 07 Mar 2026 11:59:40 GMT\nCache-Control: max-age=99", false },
        { "Date: Sat, 07 Mar 2026 11:59:59 GMT\nCache-Control: max-age=99", true },
        { "Date: Sat, 07 Mar 2026 11:59:20 GMT\nCache-Control: max-age=99\nVary: X", false },
    };
    struct http_request asked = get("X: 1", &arena), other = get("X: 2", &arena);
    struct http_response responses[5];
    struct stored_response stored[5];
    for (size_t i = 0; i < 5; i++) {
        responses[i] =
            (struct http_response){ .status = 200, .fields = fields_from(made[i].fields, &arena) };
        stored[i] = (struct stored_response){ .asked = &asked,
                                              .response = &responses[i],
                                              .times = { NOON, NOON },
                                              .invalidated = made[i].invalidated };
    }
    assert_int_equal(cache_decide(&cache_policy_rfc, &other, stored, 5, NOON).candidate, 1);
    assert_int_equal(cache_decide(&cache_policy_rfc, &asked, stored, 5, NOON).candidate, 4);
    struct cache_decision d = cache_decide(&cache_policy_rfc, &other, stored + 4, 1, NOON);
    assert_int_equal(d.step, CACHE_FORWARD);
    assert_int_equal(d.forwarded, FORWARDED_VARY_MISS);
    assert_int_equal(d.candidate, -1);
}

static void test_decide__judged_before_or_now_is_the_same(void **state)
{
    (void)state;
    static const char *const requests[] = { "", "Cache-Control: max-stale=9", "Range: bytes=2-",
                                            "If-None-Match: \"a\"" };
    static const char *const stored[] = { TAGGED, "Cache-Control: max-age=60\nVary: Cookie",
                                          "Cache-Control: no-cache", "Expires: 0" };
    for (size_t i = 0; i < 16; i++) {
        struct scene s = { .arena = ARENA_INIT };
        set_scene(&s, requests[i % 4], stored[i / 4]);
        struct judged_request asked;
        struct judged_response judged;
        judge_request(&asked, &cache_policy_rfc, &s.request);
        judge_response(&judged, &cache_policy_rfc, &s.response);
        struct cache_decision a = decide(&s, &cache_policy_rfc, 30 + (int64_t)i * 4);
        s.stored.judged = &judged;
        struct cache_decision b = cache_decide_judged(&cache_policy_rfc, &s.request, &asked,
                                                      &s.stored, 1, NOON + 30 + (int64_t)i * 4);
        assert_int_equal(a.step, b.step);
        assert_int_equal(a.age_s, b.age_s);
        assert_string_equal(a.why.rule, b.why.rule);
        arena_release(&s.arena);
    }
}

static void test_decide__a_policy_lets_visitors_pass(void **state)
{
    (void)state;
    struct cache_policy policy = cache_policy_rfc;
    policy.cookie_passes = true;
    policy.authorized = AUTHORIZED_PASSES;
    static const struct row rows[] = {
        { "Cookie: a=b", STORED, 0, CACHE_PASS, "B-P1", FORWARDED_BYPASS },
        { "Authorization: Basic x", STORED, 0, CACHE_PASS, "B-P2", FORWARDED_BYPASS },
        { "Cookie:", STORED, 0, CACHE_SERVE, "B-R1", FORWARDED_NOT },
    };
    CHECK_ROWS(&policy, rows);
}

static void test_names__are_those_of_cache_status(void **state)
{
    (void)state;
    static const char *const words[] = { "",        "uri-miss", "vary-miss", "miss",  "stale",
                                         "request", "method",   "partial",   "bypass" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        assert_string_equal(cache_forwarded_name((enum cache_forwarded)i), words[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decide__fresh_is_served_and_stale_is_asked_about),
        cmocka_unit_test(test_decide__absurd_fields_are_taken_carefully),
        cmocka_unit_test(test_decide__a_window_serves_stale_and_refreshes_behind),
        cmocka_unit_test(test_decide__request_directives_are_honoured),
        cmocka_unit_test(test_decide__the_clients_own_condition_is_answered),
        cmocka_unit_test(test_decide__max_age_without_max_stale_wants_nothing_stale),
        cmocka_unit_test(test_decide__conditions_are_for_a_200_only),
        cmocka_unit_test(test_decide__other_methods_go_past),
        cmocka_unit_test(test_decide__what_a_write_made_invalid_is_asked_about),
        cmocka_unit_test(test_decide__of_several_the_most_recent_that_fits),
        cmocka_unit_test(test_decide__judged_before_or_now_is_the_same),
        cmocka_unit_test(test_decide__a_policy_lets_visitors_pass),
        cmocka_unit_test(test_names__are_those_of_cache_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
