#include "support/cache_names.h"
#include "support/fields.h"

#include "rehearse/cache/decision.h"
#include "rehearse/cache/directives.h"
#include "rehearse/cache/storability.h"
#include "rehearse/http/date.h"

/*
 * Each knob of a policy: what the RFC's own cache does with an exchange, and what
 * one with that knob does. The stored response came at noon.
 */
#define NOON_S INT64_C(1772884800) /* Sat, 07 Mar 2026 12:00:00 GMT */
static const int64_t NOON = NOON_S;

static struct http_request get(const char *fields, struct arena *arena)
{
    return (struct http_request){ .method = SPAN("GET"),
                                  .authority = SPAN("shop.example"),
                                  .target = SPAN("/a"),
                                  .fields = fields_from(fields, arena) };
}

/* Freely stored: storable, and so for which lifetime. -1: not stored. */
static int64_t kept_for(const struct cache_policy *policy, const char *request, int status,
                        const char *response)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_request asked = get(request, &arena);
    struct http_response came = { .status = status, .fields = fields_from(response, &arena) };
    if (!storability_of(policy, &asked, &came).storable)
        return -1;
    return freshness_on_arrival(policy, &came, NOON).lifetime_s;
}

static const struct span accept_encoding[] = { { "Accept-Encoding", 15 } };
static const int only_200[] = { 200 };
static const struct status_lifetime valid[] = { { 404, 5 }, { 0, 7 } };
static const struct status_lifetime not_stored[] = { { 404, -1 } };
static const struct span own_field[] = { { "CDN-Cache-Control", 17 } };

static void test_storing__follows_the_knob(void **state)
{
    (void)state;
    static const struct {
        struct cache_policy knob;
        const char *request;
        int status;
        const char *response;
        int64_t rfc, with_knob;
    } rows[] = {
        { { .set_cookie_forbids_storing = true },
          "",
          200,
          "Set-Cookie: a=b\nCache-Control: max-age=9",
          9,
          -1 },
        { { .set_cookie_forbids_storing = true },
          "",
          200,
          "Set-Cookie: a=b\nCache-Control: max-age=9, private=\"set-cookie\"",
          9,
          9 },
        { { .authorized = AUTHORIZED_IS_STORED },
          "Authorization: x",
          200,
          "Cache-Control: max-age=9",
          -1,
          9 },
        { { .authorized = AUTHORIZED_PASSES },
          "Authorization: x",
          200,
          "Cache-Control: public",
          0,
          -1 },
        { { .authorized = AUTHORIZED_NEEDS_PUBLIC },
          "Authorization: x",
          200,
          "Cache-Control: s-maxage=9",
          9,
          -1 },
        { { .vary = VARY_FORBIDS, .vary_names = accept_encoding, .vary_name_count = 1 },
          "",
          200,
          "Vary: Accept-Encoding\nCache-Control: max-age=9",
          9,
          9 },
        { { .vary = VARY_FORBIDS, .vary_names = accept_encoding, .vary_name_count = 1 },
          "",
          200,
          "Vary: Accept-Encoding, Cookie\nCache-Control: max-age=9",
          9,
          -1 },
        { { .vary = VARY_IGNORED }, "", 200, "Vary: *\nCache-Control: max-age=9", -1, 9 },
        { { .no_cache_forbids_storing = true },
          "",
          200,
          "Cache-Control: no-cache, max-age=9",
          9,
          -1 },
        { { .stale_is_not_stored = true }, "", 200, "Cache-Control: max-age=0", 0, -1 },
        { { .stale_is_not_stored = true }, "", 200, "Cache-Control: max-age=9\nAge: 9", 9, -1 },
        { { .needs_lifetime = true }, "", 200, "", 0, -1 },
        { { .needs_lifetime = true }, "", 200, "Cache-Control: public", 0, -1 },
        { { .statuses = only_200, .status_count = 1 }, "", 404, "Cache-Control: max-age=9", 9, -1 },
        { { .defaults = valid, .default_count = 2 }, "", 404, "", 0, 5 },
        { { .defaults = valid, .default_count = 2 }, "", 302, "", -1, 7 },
        { { .default_lifetime_s = 120 }, "", 200, "", 0, 120 },
        { { .default_lifetime_s = 120 }, "", 302, "", -1, -1 },
        { { .default_lifetime_s = 120 }, "", 200, "Cache-Control: max-age=0", 0, 0 },
        { { .min_lifetime_s = 60 }, "", 200, "Cache-Control: max-age=9", 9, 60 },
        { { .max_lifetime_s = 60 }, "", 200, "Cache-Control: max-age=99", 99, 60 },
        { { .prohibitions_give_min = true, .min_lifetime_s = 60 },
          "",
          200,
          "Cache-Control: private, max-age=99",
          -1,
          60 },
        { { .own_lifetimes = valid, .own_lifetime_count = 2 },
          "",
          404,
          "Cache-Control: max-age=9",
          9,
          5 },
        { { .own_lifetimes = valid, .own_lifetime_count = 2 },
          "",
          302,
          "Cache-Control: no-store",
          -1,
          7 },
        { { .own_lifetimes = not_stored, .own_lifetime_count = 1 },
          "",
          404,
          "Cache-Control: max-age=9",
          9,
          -1 },
        { { .own_lifetimes = not_stored, .own_lifetime_count = 1 },
          "",
          200,
          "Cache-Control: max-age=9",
          9,
          9 },
        { { .heuristic_percent = 20, .heuristic_max_s = 100000 },
          "",
          200,
          "Date: Sat, 07 Mar 2026 12:00:00 GMT\nLast-Modified: Sat, 07 Mar 2026 11:59:00 GMT",
          0,
          12 },
        { { .bad_number = BAD_NUMBER_DIGITS }, "", 200, "Cache-Control: max-age=9.5", 0, 9 },
        { { .bad_number = BAD_NUMBER_DIGITS }, "", 302, "Cache-Control: max-age=x9", 0, -1 },
        { { .bad_number = BAD_NUMBER_IGNORED }, "", 302, "Cache-Control: max-age=9x", 0, -1 },
        { { .bad_number = BAD_NUMBER_NO_CACHE }, "", 200, "Cache-Control: max-age=9x", 0, -1 },
        { { .repeated = REPEATED_LAST }, "", 200, "Cache-Control: max-age=1, max-age=2", 1, 2 },
        { { .repeated = REPEATED_SMALLEST }, "", 200, "Cache-Control: max-age=2, max-age=1", 2, 1 },
        { { .repeated = REPEATED_LARGEST }, "", 200, "Cache-Control: max-age=1, max-age=2", 1, 2 },
        { { .spaces_spoil_directive = true }, "", 302, "Cache-Control: max-age =9", 9, -1 },
        { { .targets = own_field, .target_count = 1 },
          "",
          200,
          "CDN-Cache-Control: max-age=9\nCache-Control: no-store",
          -1,
          9 },
        { { .targets = own_field, .target_count = 1 },
          "",
          200,
          "CDN-Cache-Control: Max-Age=9\nCache-Control: no-store",
          -1,
          -1 },
        { { .targets = own_field, .target_count = 1, .targets_are_lenient = true },
          "",
          200,
          "CDN-Cache-Control: Max-Age=9\nCache-Control: no-store",
          -1,
          9 },
        { { .reads_surrogate_control = true },
          "",
          200,
          "Surrogate-Control: max-age=9\nCache-Control: no-store",
          -1,
          9 },
        { { .dates_tolerated = HTTP_DATE_COMMA },
          "",
          302,
          "Expires: Sat 07 Mar 2026 12:00:09 GMT",
          0,
          9 },
        { { .ignores_response = RESPONSE_NO_STORE },
          "",
          200,
          "Cache-Control: no-store, max-age=9",
          -1,
          9 },
        { { .ignores_response = RESPONSE_PRIVATE },
          "",
          200,
          "Cache-Control: private, max-age=9",
          -1,
          9 },
        { { .ignores_response = RESPONSE_S_MAXAGE },
          "",
          200,
          "Cache-Control: s-maxage=1, max-age=9",
          1,
          9 },
        { { .ignores_response = RESPONSE_MAX_AGE }, "", 302, "Cache-Control: max-age=9", 9, -1 },
        { { .ignores_response = RESPONSE_EXPIRES }, "", 302, "Expires: 0", 0, -1 },
        { { .ignores_response = RESPONSE_MUST_UNDERSTAND },
          "",
          200,
          "Cache-Control: must-understand, no-store, max-age=9",
          9,
          -1 },
        { { .ignores_response = RESPONSE_FIELD_LISTS_BROAD },
          "",
          200,
          "Cache-Control: private=\"a\", max-age=9",
          9,
          -1 },
        { { .ignores_request = REQUEST_NO_STORE },
          "Cache-Control: no-store",
          200,
          "Cache-Control: max-age=9",
          -1,
          9 },
    };
    static const struct cache_policy rfc = { .name = "rfc" };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t plain = kept_for(&rfc, rows[i].request, rows[i].status, rows[i].response);
        int64_t turned = kept_for(&rows[i].knob, rows[i].request, rows[i].status, rows[i].response);
        if (plain != rows[i].rfc || turned != rows[i].with_knob)
            print_error("row %zu: %lld without the knob, %lld with it\n", i, (long long)plain,
                        (long long)turned);
        check_row(plain == rows[i].rfc && turned == rows[i].with_knob, rows[i].response);
    }
}

static void test_reuse__follows_the_knob(void **state)
{
    (void)state;
    static const struct {
        struct cache_policy knob;
        const char *request, *stored;
        int64_t after_s;
        enum cache_step rfc, with_knob;
    } rows[] = {
        { { .serves_stale_beside_s_maxage = true },
          "",
          "Cache-Control: s-maxage=9, stale-while-revalidate=9",
          10,
          CACHE_FORWARD,
          CACHE_SERVE },
        { { .default_stale_while_revalidate_s = 10 },
          "",
          "Cache-Control: max-age=9",
          10,
          CACHE_FORWARD,
          CACHE_SERVE },
        { { .default_stale_while_revalidate_s = 10 },
          "",
          "Cache-Control: max-age=9, must-revalidate",
          10,
          CACHE_FORWARD,
          CACHE_FORWARD },
        { { .ignores_response = RESPONSE_MUST_REVALIDATE },
          "",
          "Cache-Control: max-age=9, stale-while-revalidate=9, must-revalidate",
          10,
          CACHE_FORWARD,
          CACHE_SERVE },
        { { .ignores_response = RESPONSE_STALE_WHILE },
          "",
          "Cache-Control: max-age=9, stale-while-revalidate=9",
          10,
          CACHE_SERVE,
          CACHE_FORWARD },
        { { .ignores_response = RESPONSE_NO_CACHE },
          "",
          "Cache-Control: max-age=9, no-cache",
          1,
          CACHE_FORWARD,
          CACHE_SERVE },
        { { .ignores_response = RESPONSE_AGE },
          "",
          "Cache-Control: max-age=9\nAge: 30",
          1,
          CACHE_FORWARD,
          CACHE_SERVE },
        { { .ignores_response = RESPONSE_DATE },
          "",
          "Cache-Control: max-age=9\nDate: Sat, 07 Mar 2026 11:00:00 GMT",
          1,
          CACHE_FORWARD,
          CACHE_SERVE },
        { { .never_validates = true },
          "",
          "Cache-Control: max-age=9\nETag: \"a\"",
          10,
          CACHE_VALIDATE,
          CACHE_FORWARD },
        { { .asks_by_strong_tags_only = true },
          "",
          "Cache-Control: max-age=9\nETag: W/\"a\"",
          10,
          CACHE_VALIDATE,
          CACHE_FORWARD },
        { { .doubtful_age = DOUBTFUL_AGE_STALE },
          "",
          "Cache-Control: max-age=9\nAge: x",
          1,
          CACHE_SERVE,
          CACHE_FORWARD },
        { { .doubtful_age = DOUBTFUL_AGE_DIGITS },
          "",
          "Cache-Control: max-age=9\nAge: 30x",
          1,
          CACHE_SERVE,
          CACHE_FORWARD },
        { { .ignores_request = REQUEST_CONDITIONS },
          "If-None-Match: \"a\"",
          "Cache-Control: max-age=9\nETag: \"a\"",
          1,
          CACHE_NOT_MODIFIED,
          CACHE_SERVE },
        { { .ignores_request = REQUEST_RANGE },
          "Range: bytes=0-1",
          "Cache-Control: max-age=9",
          1,
          CACHE_PART,
          CACHE_SERVE },
        { { .cookie_passes = true },
          "Cookie: a=b",
          "Cache-Control: max-age=9",
          1,
          CACHE_SERVE,
          CACHE_PASS },
        { { .pragma = PRAGMA_STANDS_IN },
          "",
          "Expires: Sat, 07 Mar 2026 12:01:00 GMT\nPragma: no-cache",
          1,
          CACHE_SERVE,
          CACHE_FORWARD },
    };
    static const struct cache_policy rfc = { .name = "rfc" };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct http_request request = get(rows[i].request, &arena);
        struct http_response held = { .status = 200, .body = SPAN("0123456789") };
        held.fields = fields_from(rows[i].stored, &arena);
        struct stored_response stored = { .response = &held, .times = { NOON, NOON } };
        int64_t now = NOON + rows[i].after_s;
        enum cache_step plain = cache_decide(&rfc, &request, &stored, 1, now).step;
        enum cache_step turned = cache_decide(&rows[i].knob, &request, &stored, 1, now).step;
        if (plain != rows[i].rfc || turned != rows[i].with_knob)
            print_error("row %zu: %s without the knob, %s with it\n", i, cache_step_name(plain),
                        cache_step_name(turned));
        check_row(plain == rows[i].rfc && turned == rows[i].with_knob, rows[i].stored);
    }
}

static bool selects(const struct cache_policy *policy, const char *response, const char *asked,
                    const char *request)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_request a = get(asked, &arena), b = get(request, &arena);
    struct http_fields fields = fields_from(response, &arena);
    return vary_selects(policy, &fields, &a, &b);
}

/* RFC 9111 section 4.1: white space and joined lines do not count, absence does. */
static void test_vary__compares_values_as_section_4_1_lets_them_be(void **state)
{
    (void)state;
    static const struct {
        const char *vary, *asked, *request;
        bool fits;
    } rows[] = {
        { "Vary: A", "A: 1", "A: 1", true },
        { "Vary: A", "A: 1", "A: 2", false },
        { "Vary: A", "A: 1", "", false },
        { "Vary: A", "", "", true },
        { "Vary: A", "A:", "", false },
        { "Vary: A", "A: 1", "a: 1\nB: 2", true },
        { "Vary: A", "A: 1, 2", "A: 1,2", true },
        { "Vary: A", "A: 1 ,\t2", "A:   1,  2  ", true },
        { "Vary: A", "A: 1, 2", "A: 1\nA: 2", true },
        { "Vary: A", "A: 1, 2", "A: 2, 1", false },
        { "Vary: A", "A: 1 2", "A: 12", false },
        { "Vary: A", "A: \"1, 2\"", "A: \"1,2\"", false },
        { "Vary: A", "A: 1\nA: 2", "A: 1", false },
        { "Vary: A, B", "A: 1\nB: 2", "B: 2\nA: 1", true },
        { "Vary: A\nVary: B", "A: 1\nB: 2", "A: 1\nB: 3", false },
        { "Vary: a b, A", "A: 1", "A: 1", true },
        { "Vary: *", "", "", false },
        { "Vary: A, *", "A: 1", "A: 1", false },
        { "Vary: Cookie", "Cookie: a=1; b=2", "Cookie: a=1\nCookie: b=2", true },
        { "Vary: Cookie", "Cookie: a=1, b=2", "Cookie: a=1,b=2", false },
        { "Vary: Host", "", "", true },
        { "Vary: Accept-Language", "Accept-Language: de, en", "Accept-Language: en, de", false },
        { "", "A: 1", "A: 2", true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool fits = selects(&cache_policy_rfc, rows[i].vary, rows[i].asked, rows[i].request);
        check_row(fits == rows[i].fits, rows[i].asked);
    }
}

static void test_vary__normalises_languages_where_the_policy_says(void **state)
{
    (void)state;
#define L "Accept-Language: "
    static const struct {
        unsigned how;
        const char *language, *asked, *request;
        bool fits;
    } rows[] = {
        { VARY_LANGUAGE_CASE, "", L "de, EN", L "DE, en", true },
        { VARY_LANGUAGE_CASE, "", L "de, en", L "en, de", false },
        { VARY_LANGUAGE_ORDER, "", L "de, en", L "en,de", true },
        { VARY_LANGUAGE_ORDER, "", L "de, en", L "DE, en", false },
        { VARY_LANGUAGE_ORDER, "", L "de;q=0.5, en", L "en, de;q=0.50", true },
        { VARY_LANGUAGE_ORDER, "", L "de;q=0.5, en", L "en;q=0.5, de", false },
        { VARY_LANGUAGE_ORDER, "", L "de, en", L "de, de", false },
        { VARY_LANGUAGE_SELECT, "de", L "en, de", L "fr;q=0.5, DE", true },
        { VARY_LANGUAGE_SELECT, "de", L "en, de", L "fr, de", false },
        { VARY_LANGUAGE_SELECT, "de", L "en, de", L "fr, de;q=0.9", false },
        { VARY_LANGUAGE_SELECT, "", L "en, de", L "de", false },
        { VARY_LANGUAGE_SELECT, "de", L "en, de", "", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct cache_policy policy = { .vary_normalises = rows[i].how };
        struct span fields =
            arena_printf(&arena, "Vary: Accept-Language\nContent-Language: %s", rows[i].language);
        check_row(selects(&policy, fields.ptr, rows[i].asked, rows[i].request) == rows[i].fits,
                  rows[i].request);
    }
}

static void test_vary__of_names_the_policy_does_not_know_is_passed_over(void **state)
{
    (void)state;
    struct cache_policy policy = { .vary = VARY_IGNORED,
                                   .vary_names = accept_encoding,
                                   .vary_name_count = 1 };
    assert_true(selects(&policy, "Vary: A", "A: 1", "A: 2"));
    assert_false(selects(&policy, "Vary: A, Accept-Encoding", "", "Accept-Encoding: br"));
}

/* Neither many names nor many fields may take long: what is too much matches nothing. */
static void test_vary__of_ten_thousand_names_is_given_up(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf names = STRBUF_INIT, fields = STRBUF_INIT;
    strbuf_add_str(&names, "Vary: ");
    for (int i = 0; i < 10000; i++) {
        strbuf_addf(&names, "x-%d,", i);
        strbuf_addf(&fields, "x-%d: %d\n", i, i);
    }
    assert_false(selects(&cache_policy_rfc, names.buf, fields.buf, fields.buf));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_storing__follows_the_knob),
        cmocka_unit_test(test_reuse__follows_the_knob),
        cmocka_unit_test(test_vary__compares_values_as_section_4_1_lets_them_be),
        cmocka_unit_test(test_vary__normalises_languages_where_the_policy_says),
        cmocka_unit_test(test_vary__of_names_the_policy_does_not_know_is_passed_over),
        cmocka_unit_test(test_vary__of_ten_thousand_names_is_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
