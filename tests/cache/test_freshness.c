#include "support/fields.h"

#include <stdio.h>

#include "rehearse/cache/decision.h"

/* Sun, 06 Nov 1994 08:49:37 GMT. */
#define NOON INT64_C(784111777)
#define DATE "Date: Sun, 06 Nov 1994 08:49:37 GMT\n"

static struct freshness judge(const struct cache_policy *policy, int status, const char *fields)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_response response = { .status = status };
    response.fields = fields_from(fields, &arena);
    return freshness_on_arrival(policy, &response, NOON);
}

/* What a cache does with a response that came at noon. */
enum reuse {
    REUSE_FRESH = 0,              /* as it is */
    REUSE_STALE_WHILE_REVALIDATE, /* as it is, while a fetch goes on behind */
    REUSE_AFTER_VALIDATION,       /* the origin is asked first */
};

static enum reuse reuse_of(const struct cache_policy *policy, const char *fields, int64_t after_s,
                           bool *ret_covers_error)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_request request = { .method = SPAN("GET"), .target = SPAN("/") };
    struct http_response held = { .status = 200 }, failed = { .status = 503 };
    struct stored_response stored = { .response = &held, .times = { NOON, NOON } };
    int64_t now_s = NOON + after_s;
    held.fields = fields_from(fields, &arena);
    struct cache_decision d = cache_decide(policy, &request, &stored, 1, now_s);
    struct cache_reception r = cache_receive(policy, &request, &d, &stored, &failed,
                                             (struct exchange_times){ now_s, now_s }, now_s);
    *ret_covers_error = r.taking == CACHE_SERVE_STALE;
    assert_int_equal(d.stale, d.refresh);
    if (!cache_step_is_hit(d.step))
        return REUSE_AFTER_VALIDATION;
    return d.refresh ? REUSE_STALE_WHILE_REVALIDATE : REUSE_FRESH;
}

/* Section 4.2.1, in its order. */
static void test_lifetime__the_first_rule_wins(void **state)
{
    (void)state;
    static const struct {
        const char *fields;
        int status;
        enum freshness_source source;
        int64_t lifetime_s;
    } rows[] = {
        { "Cache-Control: max-age=60, s-maxage=5", 200, FRESHNESS_S_MAXAGE, 5 },
        { "Cache-Control: max-age=60\nExpires: 0", 200, FRESHNESS_MAX_AGE, 60 },
        { "Cache-Control: max-age=x\nExpires: Sun, 06 Nov 1994 09:49:37 GMT", 200,
          FRESHNESS_MAX_AGE, 0 },
        { DATE "Expires: Sun, 06 Nov 1994 08:50:37 GMT", 200, FRESHNESS_EXPIRES, 60 },
        { "Expires: Sun, 06 Nov 1994 08:50:37 GMT", 200, FRESHNESS_EXPIRES, 60 },
        { DATE "Expires: Sun, 06 Nov 1994 08:49:38 GMT", 200, FRESHNESS_EXPIRES, 1 },
        { DATE "Expires: Sun, 06 Nov 1994 08:40:37 GMT", 200, FRESHNESS_EXPIRES, 0 },
        { DATE "Expires: 0", 200, FRESHNESS_EXPIRES, 0 },
        { DATE "Expires: Sun, 06 Nov 1994 08:50:37 CET", 200, FRESHNESS_EXPIRES, 0 },
        { DATE "Last-Modified: Sun, 06 Nov 1994 08:32:57 GMT", 200, FRESHNESS_HEURISTIC, 100 },
        { DATE "Last-Modified: Sun, 06 Nov 1994 08:32:57 GMT", 302, FRESHNESS_NONE, 0 },
        { DATE "Cache-Control: public\nLast-Modified: Sun, 06 Nov 1994 08:32:57 GMT", 302,
          FRESHNESS_HEURISTIC, 100 },
        { DATE "Last-Modified: Sun, 06 Nov 1904 08:32:57 GMT", 200, FRESHNESS_HEURISTIC, 604800 },
        { DATE "Last-Modified: Sun, 06 Nov 1994 09:32:57 GMT", 200, FRESHNESS_HEURISTIC, 0 },
        { DATE, 200, FRESHNESS_NONE, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct freshness f = judge(&cache_policy_rfc, rows[i].status, rows[i].fields);
        check_row(f.source == rows[i].source && f.lifetime_s == rows[i].lifetime_s, rows[i].fields);
    }
}

static void test_lifetime__a_targeted_field_silences_expires(void **state)
{
    (void)state;
    const char *fields = DATE "CDN-Cache-Control: none\nExpires: Sun, 06 Nov 1994 08:50:37 GMT";
    assert_int_equal(judge(&cache_policy_cdn, 200, fields).source, FRESHNESS_NONE);
    assert_int_equal(judge(&cache_policy_rfc, 200, fields).source, FRESHNESS_EXPIRES);

    fields = "Cache-Control: max-age=5\nCDN-Cache-Control: max-age=60";
    struct freshness f = judge(&cache_policy_cdn, 200, fields);
    assert_int_equal(f.lifetime_s, 60);
    check_span(f.why.field, "CDN-Cache-Control");
}

/* Section 4.2.3. */
static void test_age__is_corrected(void **state)
{
    (void)state;
    static const struct {
        const char *fields;
        int64_t requested_s, received_s, now_s, age_s;
    } rows[] = {
        { DATE, 0, 0, 0, 0 },
        { DATE, 0, 0, 10, 10 },
        { DATE "Age: 5", 0, 0, 10, 15 },
        { DATE "Age: 5", -2, 0, 10, 17 },  /* the delay counts: the answer may be that old */
        { DATE "Age: 5", 20, 30, 30, 30 }, /* apparent age beats Age plus delay */
        { DATE "Age: 50", 20, 30, 30, 60 },
        { DATE, -100, -100, -90, 10 }, /* the origin's clock is ahead */
        { "Age: 7", 0, 0, 0, 7 },
        { "Age: 7, 9", 0, 0, 0, 7 },
        { "Age: -7", 0, 0, 0, 0 },
        { "Age: x", 0, 0, 0, 0 },
        { "Age: 7.5", 0, 0, 0, 0 },
        { "Age: 99999999999999999999", 0, 0, 0, INT64_C(2147483648) },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct http_response response = { .status = 200 };
        struct judged_response judged;
        response.fields = fields_from(rows[i].fields, &arena);
        judge_response(&judged, &cache_policy_rfc, &response);
        struct exchange_times times = { NOON + rows[i].requested_s, NOON + rows[i].received_s };
        struct freshness f =
            freshness_judged(&cache_policy_rfc, &judged, times, NOON + rows[i].now_s);
        check_row(f.age_s == rows[i].age_s, rows[i].fields);
    }
}

static void test_fresh__means_strictly_younger_than_the_lifetime(void **state)
{
    (void)state;
    static const struct {
        const char *fields;
        int64_t after_s;
        bool fresh;
    } rows[] = {
        { "Cache-Control: max-age=60", 59, true },
        { "Cache-Control: max-age=60", 60, false },
        { "Cache-Control: max-age=60\nAge: 60", 0, false },
        { "Cache-Control: max-age=60, no-cache", 0, false },
        { "Cache-Control: max-age=60, no-cache=\"set-cookie\"", 0, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool covers_error;
        enum reuse reuse =
            reuse_of(&cache_policy_rfc, rows[i].fields, rows[i].after_s, &covers_error);
        check_row((reuse == REUSE_FRESH) == rows[i].fresh, rows[i].fields);
    }
}

/* RFC 5861 and section 4.2.4. */
static void test_reuse__stale_only_inside_a_window_and_when_not_forbidden(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        int64_t after_s;
        enum reuse rfc, cdn;
        bool covers_error;
    } rows[] = {
        { "max-age=60, stale-while-revalidate=30", 59, REUSE_FRESH, REUSE_FRESH, true },
        { "max-age=60, stale-while-revalidate=30", 60, REUSE_STALE_WHILE_REVALIDATE,
          REUSE_STALE_WHILE_REVALIDATE, false },
        { "max-age=60, stale-while-revalidate=30", 89, REUSE_STALE_WHILE_REVALIDATE,
          REUSE_STALE_WHILE_REVALIDATE, false },
        { "max-age=60, stale-while-revalidate=30", 90, REUSE_AFTER_VALIDATION,
          REUSE_AFTER_VALIDATION, false },
        { "max-age=60, stale-if-error=30", 61, REUSE_AFTER_VALIDATION, REUSE_AFTER_VALIDATION,
          true },
        { "max-age=60, stale-if-error=30", 90, REUSE_AFTER_VALIDATION, REUSE_AFTER_VALIDATION,
          false },
        { "max-age=60, stale-while-revalidate=30, must-revalidate", 60, REUSE_AFTER_VALIDATION,
          REUSE_AFTER_VALIDATION, false },
        { "max-age=60, stale-if-error=30, proxy-revalidate", 60, REUSE_AFTER_VALIDATION,
          REUSE_AFTER_VALIDATION, false },
        { "max-age=60, stale-if-error=30, no-cache", 60, REUSE_AFTER_VALIDATION,
          REUSE_AFTER_VALIDATION, false },
        { "s-maxage=60, stale-while-revalidate=30", 60, REUSE_AFTER_VALIDATION,
          REUSE_STALE_WHILE_REVALIDATE, false },
        { "max-age=1, stale-while-revalidate=1, stale-if-error=1", 1, REUSE_STALE_WHILE_REVALIDATE,
          REUSE_STALE_WHILE_REVALIDATE, true },
        { "max-age=60, stale-while-revalidate=0, stale-if-error=0", 60, REUSE_AFTER_VALIDATION,
          REUSE_AFTER_VALIDATION, false },
        { "max-age=60, immutable", 60, REUSE_AFTER_VALIDATION, REUSE_AFTER_VALIDATION, false },
        { "max-age=60, immutable", 59, REUSE_FRESH, REUSE_FRESH, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char fields[200];
        snprintf(fields, sizeof fields, "Cache-Control: %s", rows[i].value);
        bool covers_error;
        check_row(reuse_of(&cache_policy_cdn, fields, rows[i].after_s, &covers_error) ==
                      rows[i].cdn,
                  rows[i].value);
        check_row(reuse_of(&cache_policy_rfc, fields, rows[i].after_s, &covers_error) ==
                      rows[i].rfc,
                  rows[i].value);
        check_row(covers_error == rows[i].covers_error, rows[i].value);
    }
}

static void test_reason__names_the_rule_that_decided(void **state)
{
    (void)state;
    struct freshness f =
        judge(&cache_policy_rfc, 200, "Cache-Control: s-maxage=1, stale-while-revalidate=9");
    assert_string_equal(f.why.rule, "B-F1");
    assert_string_equal(f.why_stale.rule, "B-R5");
    check_span(f.why_stale.field, "Cache-Control");
    f = judge(&cache_policy_cdn, 200, "Cache-Control: s-maxage=1, stale-while-revalidate=9");
    assert_string_equal(f.why_stale.rule, "B-R6");
    assert_int_equal(f.stale_while_revalidate_s, 9);
    f = judge(&cache_policy_rfc, 200, DATE "Expires: 0");
    check_span(f.why.field, "Expires");
    f = judge(&cache_policy_rfc, 200, DATE "Last-Modified: Sun, 06 Nov 1994 08:32:57 GMT");
    check_span(f.why.field, "Last-Modified");
    f = judge(&cache_policy_rfc, 200, "");
    assert_string_equal(f.why.rule, "B-F0");
    assert_int_equal(f.source, FRESHNESS_NONE);
}

/* Moments at the ends of time, from a hostile or empty log, must not overflow. */
static void test_age__survives_the_ends_of_time(void **state)
{
    (void)state;
    static const int64_t moments[] = { INT64_MIN, INT64_MIN / 2, 0, INT64_MAX / 2, INT64_MAX };
    enum { MOMENTS = sizeof moments / sizeof *moments };
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_response response = { .status = 200 };
    response.fields = fields_from("Date: Sat, 01 Jan 0001 00:00:00 GMT\nAge: 99999999999\n"
                                  "Expires: Fri, 31 Dec 9999 23:59:59 GMT\n",
                                  &arena);
    struct http_request request = { .method = SPAN("GET"), .target = SPAN("/") };
    struct stored_response stored = { .response = &response };
    struct judged_response judged;
    judge_response(&judged, &cache_policy_rfc, &response);
    for (size_t i = 0; i < MOMENTS * MOMENTS * MOMENTS; i++) {
        struct exchange_times times = { moments[i % MOMENTS], moments[i / MOMENTS % MOMENTS] };
        int64_t now_s = moments[i / MOMENTS / MOMENTS];
        struct freshness f = freshness_judged(&cache_policy_rfc, &judged, times, now_s);
        assert_true(f.age_s >= 0 && f.lifetime_s >= 0);
        stored.times = times;
        struct cache_decision d = cache_decide(&cache_policy_rfc, &request, &stored, 1, now_s);
        cache_receive(&cache_policy_rfc, &request, &d, &stored, /* response= */ NULL, times, now_s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lifetime__the_first_rule_wins),
        cmocka_unit_test(test_lifetime__a_targeted_field_silences_expires),
        cmocka_unit_test(test_age__is_corrected),
        cmocka_unit_test(test_fresh__means_strictly_younger_than_the_lifetime),
        cmocka_unit_test(test_reuse__stale_only_inside_a_window_and_when_not_forbidden),
        cmocka_unit_test(test_reason__names_the_rule_that_decided),
        cmocka_unit_test(test_age__survives_the_ends_of_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
