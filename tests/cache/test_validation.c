#include "support/fields.h"

#include "rehearse/cache/validation.h"

/* Sun, 06 Nov 1994 08:49:37 GMT. */
#define NOON INT64_C(784111777)

static enum precondition judge(const char *method, const char *request, const char *stored)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_request r = { .method = span_of(method) };
    struct http_response s = { .status = 200 };
    r.fields = fields_from(request, &arena);
    s.fields = fields_from(stored, &arena);
    struct precondition_answer a = precondition_judge(&cache_policy_rfc, &r, &s, NOON);
    assert_true(a.why.sentence[0]);
    return a.answer;
}

static void test_precondition__tags_before_dates(void **state)
{
    (void)state;
    static const struct {
        const char *request, *stored;
        enum precondition answer;
    } rows[] = {
        { "", "ETag: \"a\"", PRECONDITION_NONE },
        { "If-None-Match: \"a\"", "ETag: \"a\"", PRECONDITION_NOT_MODIFIED },
        { "If-None-Match: W/\"a\"", "ETag: \"a\"", PRECONDITION_NOT_MODIFIED },
        { "If-None-Match: \"b\", \"a\"", "ETag: W/\"a\"", PRECONDITION_NOT_MODIFIED },
        { "If-None-Match: \"b\"\nIf-None-Match: \"a\"", "ETag: \"a\"", PRECONDITION_NOT_MODIFIED },
        { "If-None-Match: *", "", PRECONDITION_NOT_MODIFIED },
        { "If-None-Match: \"b\"", "ETag: \"a\"", PRECONDITION_MODIFIED },
        { "If-None-Match: \"b\"", "", PRECONDITION_MODIFIED },
        { "If-None-Match: \"b\"\nIf-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT",
          "ETag: \"a\"\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT", PRECONDITION_MODIFIED },
        { "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT",
          "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT", PRECONDITION_NOT_MODIFIED },
        { "If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT",
          "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT", PRECONDITION_MODIFIED },
        { "If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT", "Date: Sun, 06 Nov 1994 08:49:36 GMT",
          PRECONDITION_NOT_MODIFIED },
        { "If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT", "", PRECONDITION_MODIFIED },
        { "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT", "", PRECONDITION_NOT_MODIFIED },
        { "If-Modified-Since: yesterday", "", PRECONDITION_NONE },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(judge("GET", rows[i].request, rows[i].stored) == rows[i].answer, rows[i].request);
    assert_int_equal(judge("HEAD", "If-None-Match: *", ""), PRECONDITION_NOT_MODIFIED);
    assert_int_equal(judge("PUT", "If-None-Match: *", ""), PRECONDITION_NONE);
}

static void test_fields__of_a_connection_are_not_stored(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_fields f = fields_from("Connection: close, X-Hop\nX-Hop: 1\nX-End: 2", &arena);
    assert_false(field_is_stored(&f, SPAN("connection")));
    assert_false(field_is_stored(&f, SPAN("x-hop")));
    assert_false(field_is_stored(&f, SPAN("Proxy-Authenticate")));
    assert_true(field_is_stored(&f, SPAN("X-End")));
    assert_true(field_is_stored(&f, SPAN("Set-Cookie")));
    assert_false(field_is_refreshed(SPAN("content-length")));
    assert_false(field_is_refreshed(SPAN("Transfer-Encoding")));
    assert_true(field_is_refreshed(SPAN("Cache-Control")));
}

/* RFC 9111 section 4.4. */
static void test_invalidation__unsafe_methods_that_did_not_fail(void **state)
{
    (void)state;
    static const struct {
        const char *method;
        int status;
        bool invalidates;
    } rows[] = {
        { "POST", 200, true },  { "POST", 303, true },  { "DELETE", 204, true },
        { "BREW", 399, true },  { "POST", 400, false }, { "POST", 500, false },
        { "GET", 200, false },  { "HEAD", 200, false }, { "POST", 0, false },
        { "POST", 199, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_request request = { .method = span_of(rows[i].method) };
        struct http_response response = { .status = rows[i].status };
        struct reason why;
        check_row(exchange_invalidates_for(&cache_policy_rfc, &request, &response, &why) ==
                      rows[i].invalidates,
                  rows[i].method);
        assert_true(why.sentence[0]);
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct span uris[INVALIDATED_MAX];
        size_t count = invalidated_uris(&request, &response, &arena, uris);
        check_row(count == rows[i].invalidates, rows[i].method);
    }
}

static void test_invalidation__reaches_uris_of_the_same_origin_only(void **state)
{
    (void)state;
    static const struct {
        const char *response;
        const char *uris[2];
    } rows[] = {
        { "", { NULL, NULL } },
        { "Location: /new#top", { "https://shop.example/new", NULL } },
        { "Location: https://SHOP.example:443/n\nContent-Location: 9",
          { "https://SHOP.example:443/n", "https://shop.example/cart/9" } },
        { "Location: https://other.example/", { NULL, NULL } },
        { "Location: http://shop.example/", { NULL, NULL } },
        { "Location: https://shop.example:8443/", { NULL, NULL } },
        { "Location: https://shop.example/cart/add", { NULL, NULL } },
        { "Location: https://h:99999/", { NULL, NULL } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct span uris[INVALIDATED_MAX] = { { NULL, 0 } };
        struct http_request request = { .method = SPAN("POST"),
                                        .scheme = SPAN("https"),
                                        .authority = SPAN("shop.example"),
                                        .target = SPAN("/cart/add") };
        struct http_response response = { .status = 303 };
        response.fields = fields_from(rows[i].response, &arena);
        size_t count = invalidated_uris(&request, &response, &arena, uris);
        size_t wanted = 1u + (rows[i].uris[0] != NULL) + (rows[i].uris[1] != NULL);
        check_row(count == wanted, rows[i].response);
        check_span(uris[0], "https://shop.example/cart/add");
        check_span(uris[1], rows[i].uris[0]);
        check_span(uris[2], rows[i].uris[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_precondition__tags_before_dates),
        cmocka_unit_test(test_fields__of_a_connection_are_not_stored),
        cmocka_unit_test(test_invalidation__unsafe_methods_that_did_not_fail),
        cmocka_unit_test(test_invalidation__reaches_uris_of_the_same_origin_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
