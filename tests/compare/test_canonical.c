/* Field values that mean the same give the same text, and only those. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>

#include "rehearse/compare/gate.h"
#include "request_class.h"
#include "set_cookie.h"
#include "shape.h"

struct row {
    canonical_fn *form;
    const char *value, *text;
};

static const struct row rows[] = {
    { canonical_set, "Accept-Language , accept-encoding,Cookie, cookie",
      "accept-encoding, accept-language, cookie" },
    { canonical_set, "", "" },
    { canonical_content_type, "Text/HTML;Charset=\"UTF-8\"", "text/html; charset=utf-8" },
    { canonical_content_type, "application/json", "application/json" },
    { canonical_csp, "script-src 'nonce-abc' 'self'; default-src 'none'",
      "default-src 'none'; script-src 'nonce' 'self'" },
    { canonical_csp, "IMG-src b a; img-src c;;", "img-src a b" },
    { canonical_csp, "script-src 'sha256-AAAA='", "script-src 'hash'" },
    { canonical_hsts, "includeSubDomains ; Max-Age=\"5\"", "includesubdomains; max-age=5" },
    { canonical_policy, "camera=(), geolocation=(self)", "camera=(); geolocation=(self)" },
    { canonical_link, "</b.js>; rel=preload; as=script, </app.3f9a12bc.css>; as=style; rel=preload",
      "</app.@.css>; as=style; rel=preload, </b.js>; as=script; rel=preload" },
    { canonical_link, "<a,b>; title=\"x, y\"", "<a,b>; title=\"x, y\"" },
    { canonical_location, "/new/red", "/new/{2}" },
    { canonical_location, "https://shop.example/new/red", "/new/{2}" },
    { canonical_location, "https://shop.example:443/x", "/x" },
    { canonical_location, "http://shop.example/x", "http://shop.example/x" },
    { canonical_location, "//cdn.example/x", "//cdn.example/x" },
    { canonical_location, "/login?next=%2Fold%2Fred%3Fa%3Db", "/login?next={target}" },
    { canonical_location, "/login?next=/old/red&state=3f9a12bc4d", "/login?next={path}&state=@" },
    { canonical_location, "/orders/12345?a=b", "/orders/#?{query}" },
    { canonical_location, "/b", "/{a}" },
};

static struct exchange asked(void)
{
    struct exchange x = { .start_us = INT64_C(1772874932000000) };
    x.request.target = SPAN("/old/red?a=b");
    x.request.authority = SPAN("shop.example");
    x.request.scheme = SPAN("https");
    return x;
}

static void test_canonical__rows(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct exchange x = asked();
    struct canonical_context c = { &x, &x, &arena };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
        rows[i].form(&c, span_of(rows[i].value), &out);
        assert_string_equal(out.buf, rows[i].text);
    }
    arena_release(&arena);
}

static void test_shape__rows(void **state)
{
    (void)state;
    static const char *const shapes[][2] = {
        { "DENY", "DENY" },
        { "max-age=300", "max-age=#" },
        { "1.25", "#" },
        { "nginx/1.22.1", "nginx/#" },
        { "550e8400-e29b-41d4-a716-446655440000", "@" },
        { "Sat, 07 Mar 2026 09:15:32 GMT", "(time)" },
        { "2026-03-07T09:15:32Z", "(time)" },
        { "region-eu; id=3f9a12bc; n=12", "region-eu; id=@; n=#" },
        { "p~0123456789abcdefghijkl", "@" },
        { "summer-sale-2026", "summer-sale-#" },
        { "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0", "@.@" },
        { "XMLHttpRequest", "XMLHttpRequest" },
        { "", "" },
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
        shape_add(&out, span_of(shapes[i][0]));
        assert_string_equal(out.buf, shapes[i][1]);
    }
}

static void check_cookie(const char *line, const char *text)
{
    struct arena arena = ARENA_INIT;
    struct exchange p = asked(), own = asked();
    own.request.authority = SPAN("shop.staging.test:8443");
    struct canonical_context c = { &p, &own, &arena };
    struct set_cookie cookie;
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    assert_true(set_cookie_parse(&cookie, span_of(line)));
    set_cookie_attributes(&c, &cookie, &out);
    assert_string_equal(out.buf, text);
    arena_release(&arena);
}

static void test_set_cookie__attributes_without_value(void **state)
{
    (void)state;
    check_cookie("sid=secret; HttpOnly; secure; SameSite=lax; Path=/",
                 "Secure; HttpOnly; SameSite=Lax; Path=/; until the browser closes");
    check_cookie("a=1; Max-Age=2592000", "for 30 days");
    check_cookie("a=1; Max-Age=2591990", "for 30 days");
    check_cookie("a=1; Max-Age=0", "deleted");
    check_cookie("a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "deleted");
    check_cookie("a=1; Domain=shop.staging.test", "Domain=this host; until the browser closes");
    check_cookie("a=1; Domain=.example", "Domain=1 above this host; until the browser closes");
}

/* Secure as it counts, where production was asked by `scheme` (NULL: unknown) and said `line`. */
static bool secure_counts(const char *scheme, const char *production, const char *line)
{
    struct exchange p = exchange_blank(), s = exchange_blank();
    struct arena arena = ARENA_INIT;
    struct canonical_context c = { &p, &s, &arena };
    struct strbuf out = STRBUF_INIT;
    struct set_cookie cookie;
    p.request.scheme = span_of(scheme);
    s.request.scheme = SPAN("https");
    http_fields_add(&p.response.fields, &arena, SPAN("Set-Cookie"), span_of(production));
    assert_true(set_cookie_parse(&cookie, span_of(line)));
    set_cookie_attributes(&c, &cookie, &out);
    bool counts = span_find(strbuf_span(&out), SPAN("Secure")) >= 0;
    strbuf_release(&out);
    arena_release(&arena);
    return counts;
}

static void test_set_cookie__secure_counts_where_production_had_tls(void **state)
{
    (void)state;
    assert_true(secure_counts("https", "sid=1", "sid=2; Secure"));
    assert_false(secure_counts("http", "sid=1", "sid=2; Secure"));
    assert_false(secure_counts(NULL, "sid=1", "sid=2; Secure"));
    assert_false(secure_counts(NULL, "other=1; Secure", "sid=2; Secure"));
    assert_true(secure_counts(NULL, "sid=1; Secure", "sid=2; Secure"));
}

static void test_gate__answers_and_kinds(void **state)
{
    (void)state;
    assert_int_equal(gate_answer_of(302, SPAN("/de/login?x=1")), ANSWER_LOGIN);
    assert_int_equal(gate_answer_of(302, SPAN("https://id.example/oauth2/authorize")),
                     ANSWER_LOGIN);
    assert_int_equal(gate_answer_of(302, SPAN("/catalogin")), ANSWER_REDIRECT);
    assert_int_equal(gate_answer_of(302, SPAN_NONE), ANSWER_REDIRECT);
    assert_string_equal(gate_kind(ANSWER_LOGIN, ANSWER_ALLOW), "gate.opened");
    assert_string_equal(gate_kind(ANSWER_ALLOW, ANSWER_FORBIDDEN), "gate.closed");
    assert_string_equal(gate_kind(ANSWER_CHALLENGE, ANSWER_LOGIN), "gate.changed");
    assert_null(gate_kind(ANSWER_ALLOW, ANSWER_ERROR));
    assert_null(gate_kind(ANSWER_LOGIN, ANSWER_LOGIN));
}

static void test_request_class__crawlers_and_logins(void **state)
{
    (void)state;
    assert_true(user_agent_is_bot(SPAN("Mozilla/5.0 (compatible; Googlebot/2.1)")));
    assert_false(user_agent_is_bot(SPAN("Mozilla/5.0 (X11; Linux x86_64) Chrome/120")));
    assert_true(cookies_hold_credential(SPAN("a=b; connect.sid=x")));
    assert_true(cookie_name_is_credential(SPAN("__Host-auth")));
    assert_false(cookies_hold_credential(SPAN("_ga_sid=1; csrftoken=2; currency=EUR")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_canonical__rows),
        cmocka_unit_test(test_shape__rows),
        cmocka_unit_test(test_set_cookie__attributes_without_value),
        cmocka_unit_test(test_set_cookie__secure_counts_where_production_had_tls),
        cmocka_unit_test(test_gate__answers_and_kinds),
        cmocka_unit_test(test_request_class__crawlers_and_logins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
