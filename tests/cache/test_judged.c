#include "support/fields.h"

#include "rehearse/cache/directives.h"
#include "rehearse/cache/faults.h"

static struct judged_response judged_by(const struct cache_policy *policy, const char *fields)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_response response = { .status = 200, .fields = fields_from(fields, &arena) };
    struct judged_response judged;
    judge_response(&judged, policy, &response);
    judged.etag = judged.last_modified = SPAN_NONE; /* of the arena */
    return judged;
}

static struct judged_response judged_of(const char *fields)
{
    return judged_by(&cache_policy_rfc, fields);
}

static void test_response__says_what_its_fields_say(void **state)
{
    (void)state;
    static const struct {
        const char *fields;
        unsigned says;
    } rows[] = {
        { "", 0 },
        { "cache-control: NO-STORE", SAYS_NO_STORE },
        { "Cache-Control: private\nCache-Control: no-cache", SAYS_PRIVATE | SAYS_NO_CACHE },
        { "Cache-Control: private=\"a\", no-cache=\"b\"", SAYS_FIELD_LISTS },
        { "Cache-Control: no-cache=\"set-cookie\"\nSet-Cookie: a=b",
          SAYS_FIELD_LISTS | SAYS_SET_COOKIE | SAYS_COOKIE_LISTED },
        { "Cache-Control: must-revalidate, proxy-revalidate, public, must-understand, immutable",
          SAYS_MUST_REVALIDATE | SAYS_PROXY_REVALIDATE | SAYS_PUBLIC | SAYS_MUST_UNDERSTAND |
              SAYS_IMMUTABLE },
        { "Cache-Control: s-maxage=x, max-age=1",
          SAYS_S_MAXAGE | SAYS_MAX_AGE | SAYS_LIFETIME_BAD },
        { "Cache-Control: s-maxage=1, max-age=x",
          SAYS_S_MAXAGE | SAYS_S_MAXAGE_NUMBER | SAYS_MAX_AGE },
        { "Expires: Sat, 07 Mar 2026 12:00:00 GMT", SAYS_EXPIRES },
        { "Expires: -1", SAYS_EXPIRES | SAYS_EXPIRES_BAD },
        { "Date: Sat, 07 Mar 2026 12:00:00 GMT\nDate: x", SAYS_DATE },
        { "Last-Modified: Sat, 07 Mar 2026 12:00:00 GMT", SAYS_LAST_MODIFIED },
        { "ETag:", 0 },
        { "ETag: \"a\"", SAYS_ETAG },
        { "Vary: A, b", SAYS_VARY | SAYS_VARY_OTHER },
        { "Vary: *", SAYS_VARY_ANY },
        { "Vary: ,\nVary: a, *", SAYS_VARY | SAYS_VARY_OTHER | SAYS_VARY_ANY },
        { "Content-Range: bytes 0-1/2", SAYS_CONTENT_RANGE },
        { "Pragma: No-Cache", SAYS_PRAGMA_NO_CACHE },
        { "X-Cache-Control: no-store\nAccess-Control: no-store", 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(judged_of(rows[i].fields).says == rows[i].says, rows[i].fields);
}

/* RFC 9213 section 2.2: what a target says counts alone, but only if it can be read. */
static void test_response__obeys_the_field_that_is_meant_for_it(void **state)
{
    (void)state;
    static const struct {
        const char *fields, *field;
        unsigned says;
    } rows[] = {
        { "CDN-Cache-Control: max-age=9\nCache-Control: no-store\nExpires: 0", "CDN-Cache-Control",
          SAYS_MAX_AGE | SAYS_TARGETED },
        { "CDN-Cache-Control: max-age=9,\nCache-Control: no-store", "Cache-Control",
          SAYS_NO_STORE },
        { "CDN-Cache-Control:\nCache-Control: no-store", "Cache-Control", SAYS_NO_STORE },
        { "CDN-Cache-Control: none\nCache-Control: no-store", "CDN-Cache-Control", SAYS_TARGETED },
        { "Surrogate-Control: max-age=9\nCache-Control: no-store", "Surrogate-Control",
          SAYS_MAX_AGE | SAYS_TARGETED },
        { "Surrogate-Control: content=\"ESI/1.0\"\nCache-Control: no-store", "Cache-Control",
          SAYS_NO_STORE },
        { "CDN-Cache-Control: Max-Age=1\nSurrogate-Control: no-store", "Surrogate-Control",
          SAYS_NO_STORE | SAYS_TARGETED },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct judged_response r = judged_by(&cache_policy_cdn, rows[i].fields);
        check_row(span_eq(r.field, span_of(rows[i].field)), rows[i].fields);
        check_row(r.says == rows[i].says, rows[i].fields);
    }
}

static void test_surrogate__what_is_for_us_by_name_beats_what_is_for_all(void **state)
{
    (void)state;
    struct cache_policy policy = cache_policy_cdn;
    policy.surrogate_name = SPAN("edge");
    policy.surrogate_is_remote = true;
    static const struct {
        const char *fields;
        int64_t max_age_s, stale_s;
        bool no_store;
    } rows[] = {
        { "Surrogate-Control: max-age=9", 9, 0, false },
        { "Surrogate-Control: max-age=9+3;edge", 9, 3, false },
        { "Surrogate-Control: max-age=9;edge, max-age=60", 9, 0, false },
        { "Surrogate-Control: max-age=60+9, max-age=9;EDGE", 9, 0, false },
        { "Surrogate-Control: max-age=60\nSurrogate-Control: max-age=9;edge", 9, 0, false },
        { "Surrogate-Control: max-age=9, max-age=60;other", 9, 0, false },
        { "Surrogate-Control: no-store;other, max-age=9", 9, 0, false },
        { "Surrogate-Control: no-store;edge", 0, 0, true },
        { "Surrogate-Control: no-store-remote, max-age=9", 9, 0, true },
        { "Surrogate-Control: max-age=60;other\nCache-Control: max-age=9", 9, 0, false },
        { "Surrogate-Control: max-age=\"9\";edge", 9, 0, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct judged_response r = judged_by(&policy, rows[i].fields);
        check_row(r.max_age_s == rows[i].max_age_s, rows[i].fields);
        check_row(r.stale_while_revalidate_s == rows[i].stale_s, rows[i].fields);
        check_row(((r.says & SAYS_NO_STORE) != 0) == rows[i].no_store, rows[i].fields);
    }
}

/* Each tolerance is noted, and each note has a sentence. */
static void test_response__reports_what_it_tolerated(void **state)
{
    (void)state;
    static const struct {
        const char *fields;
        unsigned fault;
    } rows[] = {
        { "Cache-Control: max-age=\"9\"", DIRECTIVE_QUOTED_NUMBER },
        { "Cache-Control: max-age=1.5", DIRECTIVE_BAD_NUMBER },
        { "Cache-Control: max-age=1, max-age=2", DIRECTIVE_DUPLICATE },
        { "Cache-Control: public, no-store", DIRECTIVE_CONFLICT },
        { "Cache-Control: private=a", DIRECTIVE_UNQUOTED_FIELDS },
        { "Cache-Control: no-store=1", DIRECTIVE_NEEDLESS_VALUE },
        { "Cache-Control: stale-if-error", DIRECTIVE_NO_WINDOW },
        { "Cache-Control: a=\"b", DIRECTIVE_OPEN_QUOTE },
        { "CDN-Cache-Control: A", DIRECTIVE_NOT_STRUCTURED },
        { "Cache-Control: max-age=1000000000000000000000000000000", DIRECTIVE_OVERFLOW },
        { "Cache-Control: max-age =9", DIRECTIVE_SPACED },
        { "CDN-Cache-Control: max-age=1.5", DIRECTIVE_WRONG_TYPE },
        { "Age: 1, 2", FAULT_AGE_LIST },
        { "Age: 1\nAge: 1", FAULT_AGE_LIST },
        { "Age: -1", FAULT_AGE_BAD },
        { "Date: x", FAULT_DATE_BAD },
        { "Expires: 0", FAULT_EXPIRES_BAD },
        { "Expires: Sat, 07 Mar 2026 12:00:00 GMT\nExpires: Sat, 07 Mar 2026 12:00:00 GMT",
          FAULT_EXPIRES_TWICE },
        { "Last-Modified: x", FAULT_MODIFIED_BAD },
        { "Vary: a b", FAULT_VARY_BAD },
        { "ETag: a", FAULT_ETAG_UNQUOTED },
        { "Date: Saturday, 07-Mar-26 12:00:00 GMT", FAULT_DATE_LOOSE },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct cache_fault faults[CACHE_FAULTS_MAX];
        struct http_response response = { .status = 200 };
        struct judged_response r = judged_by(&cache_policy_cdn, rows[i].fields);
        check_row(r.faults == rows[i].fault, rows[i].fields);
        response.fields = fields_from(rows[i].fields, &arena);
        check_row(cache_faults_of(&cache_policy_cdn, &response, &arena, faults, CACHE_FAULTS_MAX) ==
                      1,
                  rows[i].fields);
        check_row(faults[0].sentence[0], rows[i].fields);
    }
    assert_int_equal(judged_of("Cache-Control: max-age=60\nAge: 3\nVary: A").faults, 0);
}

static void test_faults__are_told_of_each_field(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_response response = { .status = 200 };
    struct cache_fault faults[CACHE_FAULTS_MAX];
    response.fields = fields_from("CDN-Cache-Control: max-age=1.5\nAge: x\n"
                                  "Date: Saturday, 07-Mar-26 12:00:00 GMT\nExpires: 0\n"
                                  "Cache-Groups: a\nNo-Vary-Search: params=1\n"
                                  "Cache-Control: max-age=x\n"
                                  "Cache-Status: 10.0.0.1:80; hit; fwd=miss\n"
                                  "Set-Cookie: a=1; Max-Age=soon\nSet-Cookie: b=1; Max-Age=soon",
                                  &arena);
    static const char *const fields[] = {
        "CDN-Cache-Control", "Age",          "Expires",      "Date",      "Cache-Groups",
        "No-Vary-Search",    "Cache-Status", "Cache-Status", "Set-Cookie"
    };
    size_t count = cache_faults_of(&cache_policy_cdn, &response, &arena, faults, CACHE_FAULTS_MAX);
    assert_int_equal(count, 9);
    for (size_t i = 0; i < count; i++) {
        check_span(faults[i].field, fields[i]);
        assert_true(strlen(faults[i].sentence) > 10);
    }
    assert_int_equal(cache_faults_of(&cache_policy_cdn, &response, &arena, faults, 2), 2);
    count = cache_faults_of(&cache_policy_rfc, &response, &arena, faults, CACHE_FAULTS_MAX);
    check_span(faults[0].field, "Cache-Control");
}

static void test_vary__of_ten_thousand_names_matches_nothing(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    strbuf_add_str(&text, "Vary: ");
    for (int i = 0; i < 10000; i++)
        strbuf_addf(&text, "x-%d,", i);
    struct judged_response r = judged_of(text.buf);
    assert_int_equal(r.vary_names, 10000);
    assert_true(r.says & SAYS_VARY_ANY);
    assert_true(r.faults & FAULT_VARY_LONG);
}

/* RFC 9111 section 5.1, and the cautious reading. */
static void test_age__is_one_number(void **state)
{
    (void)state;
    static const struct {
        const char *fields;
        int64_t age_s;
        bool doubtful; /* where doubt means stale */
    } rows[] = {
        { "Age: 30", 30, false },
        { "Age: 0030", 30, false },
        { "Age: 99999999999999999999", DELTA_MAX, false },
        { "Age:", 0, true },
        { "Age: abc", 0, true },
        { "Age: -30", 0, true },
        { "Age: 30.5", 0, true },
        { "Age: 30;a=b", 0, true },
        { "Age: 30,0", 30, false },
        { "Age: 30, 0", 30, true },
        { "Age: 30\nAge: 0", 30, true },
        { "Age: x\nAge: 30", 0, true },
    };
    struct cache_policy careful = cache_policy_rfc;
    careful.doubtful_age = DOUBTFUL_AGE_STALE;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_row(judged_of(rows[i].fields).age_s == rows[i].age_s, rows[i].fields);
        check_row(!(judged_of(rows[i].fields).says & SAYS_AGE_DOUBTFUL), rows[i].fields);
        bool doubtful = judged_by(&careful, rows[i].fields).says & SAYS_AGE_DOUBTFUL;
        check_row(doubtful == rows[i].doubtful, rows[i].fields);
    }
}

static struct judged_request asked_of(const char *method, const char *fields)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_request request = { .method = span_of(method),
                                    .fields = fields_from(fields, &arena) };
    struct judged_request judged;
    judge_request(&judged, &cache_policy_rfc, &request);
    judged.if_range = SPAN_NONE; /* of the arena */
    return judged;
}

static void test_request__asks_what_its_fields_ask(void **state)
{
    (void)state;
    static const struct {
        const char *method, *fields;
        enum judged_method as;
        unsigned asks;
    } rows[] = {
        { "GET", "", METHOD_GET, 0 },
        { "HEAD", "", METHOD_HEAD, 0 },
        { "POST", "", METHOD_POST, 0 },
        { "OPTIONS", "", METHOD_SAFE, 0 },
        { "QUERY", "", METHOD_SAFE, 0 },
        { "get", "", METHOD_UNSAFE, 0 },
        { "PURGE", "", METHOD_UNSAFE, 0 },
        { "GET", "Cache-Control: no-store, max-age=1, max-stale, min-fresh=2, only-if-cached",
          METHOD_GET,
          ASKS_NO_STORE | ASKS_MAX_AGE | ASKS_MAX_STALE | ASKS_MIN_FRESH | ASKS_ONLY_IF_CACHED },
        { "GET", "Cache-Control: max-stale=x, min-fresh=x, stale-if-error=9", METHOD_GET,
          ASKS_STALE_IF_ERROR },
        { "GET", "Pragma: no-cache", METHOD_GET, ASKS_PRAGMA | ASKS_NO_CACHE },
        { "GET", "Pragma: no-cache\nCache-Control:", METHOD_GET, ASKS_PRAGMA },
        { "GET", "Pragma: x", METHOD_GET, 0 },
        { "GET", "Authorization: x\nCookie: a=b", METHOD_GET, ASKS_AUTHORIZED | ASKS_COOKIE },
        { "GET", "Cookie:", METHOD_GET, 0 },
        { "GET", "If-None-Match: \"a\"\nIf-Modified-Since: x", METHOD_GET, ASKS_IF_NONE_MATCH },
        { "GET", "If-Modified-Since: Sat, 07 Mar 2026 12:00:00 GMT", METHOD_GET,
          ASKS_IF_MODIFIED_SINCE },
        { "GET", "If-Match: \"a\"\nIf-Unmodified-Since: x", METHOD_GET, ASKS_OTHER_CONDITION },
        { "GET", "Range: bytes=0-1\nIf-Range: \"a\"", METHOD_GET,
          ASKS_RANGES | ASKS_RANGE | ASKS_IF_RANGE },
        { "GET", "Range: bytes=0-1,3-4", METHOD_GET, ASKS_RANGES },
        { "HEAD", "Range: bytes=0-1", METHOD_HEAD, ASKS_RANGES },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct judged_request r = asked_of(rows[i].method, rows[i].fields);
        check_row(r.method == rows[i].as, rows[i].method);
        check_row(r.asks == rows[i].asks, rows[i].fields);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_response__says_what_its_fields_say),
        cmocka_unit_test(test_response__obeys_the_field_that_is_meant_for_it),
        cmocka_unit_test(test_surrogate__what_is_for_us_by_name_beats_what_is_for_all),
        cmocka_unit_test(test_response__reports_what_it_tolerated),
        cmocka_unit_test(test_faults__are_told_of_each_field),
        cmocka_unit_test(test_vary__of_ten_thousand_names_matches_nothing),
        cmocka_unit_test(test_age__is_one_number),
        cmocka_unit_test(test_request__asks_what_its_fields_ask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
