#include "support/fields.h"

#include "rehearse/cache/storability.h"

struct row {
    const char *method;
    int status;
    const char *request, *response;
    bool storable;
    const char *rule, *field;
};

static void check_rows(const struct cache_policy *policy, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct http_request request = { .method = span_of(rows[i].method) };
        struct http_response response = { .status = rows[i].status };
        request.fields = fields_from(rows[i].request, &arena);
        response.fields = fields_from(rows[i].response, &arena);
        struct storability s = storability_of(policy, &request, &response);
        if (s.storable != rows[i].storable || strcmp(s.why.rule, rows[i].rule) != 0)
            print_error("row %zu, %s %d: %s%s says %s\n", i, rows[i].method, rows[i].status,
                        rows[i].request, rows[i].response, s.why.sentence);
        assert_int_equal(s.storable, rows[i].storable);
        assert_string_equal(s.why.rule, rows[i].rule);
        check_span(s.why.field, rows[i].field);
        assert_true(strlen(s.why.sentence) > 10);
    }
}

#define CHECK_ROWS(policy, rows) check_rows(policy, rows, sizeof(rows) / sizeof *(rows))

static void test_rfc__each_condition_of_section_3(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "GET", 0, "", "", false, "B-S0", NULL },
        { "POST", 200, "", "Cache-Control: max-age=60", false, "B-S1", NULL },
        { "get", 200, "", "", false, "B-S1", NULL },
        { "GET", 103, "", "Cache-Control: max-age=60", false, "B-S2", NULL },
        { "GET", 206, "", "Cache-Control: max-age=60", false, "B-S3", NULL },
        { "GET", 304, "", "Cache-Control: max-age=60", false, "B-S3", NULL },
        { "GET", 299, "", "Cache-Control: must-understand, max-age=60", false, "B-S3",
          "Cache-Control" },
        { "GET", 200, "", "Cache-Control: no-store", false, "B-S4", "Cache-Control" },
        { "GET", 200, "", "Cache-Control: no-store, must-understand, max-age=1", true, "B-S7",
          "Cache-Control" },
        { "GET", 200, "Cache-Control: no-store", "", false, "B-S4", "Cache-Control" },
        { "GET", 200, "Cache-Control: max-age=0, no-cache", "", true, "B-S7", NULL },
        { "GET", 200, "", "Cache-Control: private, max-age=60", false, "B-S5", "Cache-Control" },
        { "GET", 200, "", "Cache-Control: private=\"x-a\", max-age=60", true, "B-S7",
          "Cache-Control" },
        { "GET", 302, "", "", false, "B-S7", NULL },
        { "GET", 500, "", "Cache-Control: no-cache", false, "B-S7", NULL },
    };
    CHECK_ROWS(&cache_policy_rfc, rows);
}

static void test_rfc__any_of_five_permits(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "GET", 302, "", "Cache-Control: s-maxage=60", true, "B-S7", "Cache-Control" },
        { "GET", 500, "", "Cache-Control: max-age=60", true, "B-S7", "Cache-Control" },
        { "GET", 302, "", "Expires: 0", true, "B-S7", "Expires" },
        { "GET", 302, "", "Cache-Control: public", true, "B-S7", "Cache-Control" },
        { "HEAD", 404, "", "", true, "B-S7", NULL },
        { "GET", 200, "", "Set-Cookie: a=b", true, "B-S7", NULL },
        { "GET", 200, "", "Cache-Control: no-cache", true, "B-S7", NULL },
    };
    CHECK_ROWS(&cache_policy_rfc, rows);
}

/* RFC 9111 section 3.5. */
static void test_rfc__authorization_needs_a_word_from_the_origin(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "GET", 200, "Authorization: Basic x", "Cache-Control: max-age=60", false, "B-S6",
          "Authorization" },
        { "GET", 200, "Authorization: Basic x", "Cache-Control: s-maxage=60", true, "B-S7",
          "Cache-Control" },
        { "GET", 200, "Authorization: Basic x", "Cache-Control: public", true, "B-S7",
          "Cache-Control" },
        { "GET", 200, "Authorization: Basic x", "Cache-Control: must-revalidate", true, "B-S7",
          NULL },
        { "GET", 200, "Cookie: sid=1", "", true, "B-S7", NULL },
    };
    CHECK_ROWS(&cache_policy_rfc, rows);
}

static void test_cdn__goes_beyond_the_rfc(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "GET", 200, "", "Set-Cookie: a=b\nCache-Control: max-age=60", false, "B-S8",
          "Set-Cookie" },
        { "GET", 200, "", "Set-Cookie: a=b\nCache-Control: no-cache=\"set-cookie\", max-age=60",
          true, "B-S7", "Cache-Control" },
        { "GET", 200, "", "Vary: Cookie, *", false, "B-S9", "Vary" },
        { "GET", 200, "", "Cache-Control: no-store\nCDN-Cache-Control: max-age=60", true, "B-S7",
          "CDN-Cache-Control" },
        { "GET", 200, "", "Cache-Control: max-age=60\nCDN-Cache-Control: no-store", false, "B-S4",
          "CDN-Cache-Control" },
        { "GET", 302, "", "Expires: 0\nCDN-Cache-Control: none", false, "B-S7", NULL },
        { "GET", 200, "", "Cache-Control: private\nSurrogate-Control: max-age=60", true, "B-S7",
          "Surrogate-Control" },
    };
    CHECK_ROWS(&cache_policy_cdn, rows);
}

static void test_status__heuristically_cacheable_are_twelve(void **state)
{
    (void)state;
    static const int wanted[] = { 200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501 };
    size_t found = 0;
    for (int status = 100; status < 600; status++)
        if (status_is_heuristically_cacheable(status))
            assert_int_equal(status, wanted[found++]);
    assert_int_equal(found, sizeof wanted / sizeof *wanted);
}

/* Section 5.2.2.3: no-store gives way only where the status is understood. */
static void test_rfc__must_understand_wants_a_known_status(void **state)
{
    (void)state;
    static const int known[] = { 200, 203, 204, 300, 301, 302, 303,
                                 307, 308, 404, 405, 410, 414, 501 };
    size_t found = 0;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_request request = { .method = SPAN("GET") };
    struct http_response response = { 0 };
    response.fields = fields_from("Cache-Control: must-understand, no-store, max-age=60", &arena);
    for (response.status = 100; response.status < 600; response.status++)
        if (storability_of(&cache_policy_rfc, &request, &response).storable)
            assert_int_equal(response.status, known[found++]);
    assert_int_equal(found, sizeof known / sizeof *known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc__each_condition_of_section_3),
        cmocka_unit_test(test_rfc__any_of_five_permits),
        cmocka_unit_test(test_rfc__authorization_needs_a_word_from_the_origin),
        cmocka_unit_test(test_cdn__goes_beyond_the_rfc),
        cmocka_unit_test(test_rfc__must_understand_wants_a_known_status),
        cmocka_unit_test(test_status__heuristically_cacheable_are_twelve),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
