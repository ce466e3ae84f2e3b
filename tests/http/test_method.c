#include "support/check.h"
#include "support/fields.h"

#include "rehearse/http/method.h"

static void test_method__safety_is_known_of_few(void **state)
{
    (void)state;
    static const struct {
        const char *method;
        bool safe, idempotent;
    } rows[] = {
        { "GET", true, true },        { "HEAD", true, true },   { "OPTIONS", true, true },
        { "TRACE", true, true },      { "QUERY", true, true },  { "PUT", false, true },
        { "DELETE", false, true },    { "POST", false, false }, { "PATCH", false, false },
        { "PROPFIND", false, false }, { "get", false, false },  { "", false, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_row(method_is_safe(span_of(rows[i].method)) == rows[i].safe, rows[i].method);
        check_row(method_is_idempotent(span_of(rows[i].method)) == rows[i].idempotent,
                  rows[i].method);
    }
}

static bool mutates(const char *method, const char *target, const char *fields)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_request request = { .method = span_of(method), .target = span_of(target) };
    request.fields = fields_from(fields, &arena);
    return request_mutates(&request) != NULL;
}

static void test_request__get_that_acts_is_seen(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "/logout",
        "/account/Logout.php",
        "/users/sign_out",
        "/?add-to-cart=99",
        "/cart/add?id=9",
        "/cart/remove/9",
        "/p/1?_method=DELETE",
        "/list?action=delete&id=2",
        "/list?action=remove",
        "/?wc-ajax=add_to_cart",
        "/newsletter/unsubscribe/ab12",
        "/graphql?query=mutation{buy}",
        "/graphql?query=%20mutation%20Buy%7Bbuy%7D",
        "/graphql?query=query+A%7Ba%7D+mutation+B%7Bb%7D",
        "/graphql?query=%23+a+comment%0Amutation%7Ba%7D",
        "/graphql?query=%23x%0Dmutation%7Ba%7D",
        "/graphql?query=query+A%7Ba%7Dmutation",
        "/log%6Fut",
        "/logout;jsessionid=1",
        "/p/1?%5Fmethod=DELETE",
        "/p/1?_method=delete",
        "/p/1?_method=%44ELETE",
        "/p/1?a=1;_method=DELETE",
        "/p/1?a=1;b;_method=PATCH;c=1",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(mutates("GET", rows[i], ""), rows[i]);
}

static void test_request__get_that_only_reads_is_let_through(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "/",
        "/products/logout-button",
        "/search?q=logout",
        "/cart",
        "/blog/delete-your-account",
        "/p?_method=GET",
        "/?action=view",
        "/graphql?query={mutation}",
        "/graphql?query=query+A%7Bmutation%7D",
        "/graphql?query=query+mutations%7Ba%7D",
        "/graphql?query=%23+mutation%0A%7Ba%7D",
        "/graphql?query=%7B+mutation+%7D",
        "/graphql?query=xutation%7Ba%7D",
        "/graphql?query=xmutation%7Ba%7D",
        "/graphql?query=query+A($m:S=%22})+mutation+%22)%7Ba%7D",
        "/graphql?query=query+A($m:S=%22mutation%22)%7Ba%7D",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(!mutates("GET", rows[i], ""), rows[i]);
}

static void test_request__unsafe_methods_and_overrides_mutate(void **state)
{
    (void)state;
    assert_true(mutates("POST", "/search", ""));
    assert_true(mutates("GET", "/", "X-HTTP-Method-Override: DELETE\n"));
    assert_true(mutates("GET", "/", "x-http-method: PATCH\n"));
    assert_false(mutates("GET", "/", "X-HTTP-Method-Override: GET\n"));
    assert_true(mutates("GET", "/", "X-Original-URL: /users/3/delete\n"));
    assert_true(mutates("GET", "/", "X-Rewrite-URL: /?add-to-cart=9\n"));
    assert_false(mutates("GET", "/", "X-Original-URL: /products/3\n"));
    assert_false(mutates("HEAD", "/", ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_method__safety_is_known_of_few),
        cmocka_unit_test(test_request__get_that_acts_is_seen),
        cmocka_unit_test(test_request__get_that_only_reads_is_let_through),
        cmocka_unit_test(test_request__unsafe_methods_and_overrides_mutate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
