#include "support/check.h"

#include "rehearse/base/strbuf.h"
#include "rehearse/session/binding.h"
#include "session/messages.h"
#include "token_names.h"

#define PSEUDONYM "p~AAAAAAAAAAAAAAAAAAAAAA"
#define OTHER "p~BBBBBBBBBBBBBBBBBBBBBB"

static void learn(struct bindings *bindings, const char *request, const char *response)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct exchange x = exchange_of(request, response, &arena);
    bindings_learn(bindings, &x);
}

/* What frameworks hand out, what was recorded, and what must go to staging instead. */
static const struct framework {
    const char *name;
    const char *page_request, *page;
    const char *recorded;
    const char *field, *value; /* expected; field NULL: the body */
} frameworks[] = {
    { "Django, form", "GET /login",
      "200\nContent-Type: text/html; charset=utf-8\n\n<form method=\"post\"><input type=\"hidden\" "
      "name=\"csrfmiddlewaretoken\" value=\"Staging+1=\"></form>",
      "POST /login\nContent-Type: application/x-www-form-urlencoded\n\n"
      "csrfmiddlewaretoken=" PSEUDONYM "&username=a",
      NULL, "csrfmiddlewaretoken=Staging%2B1%3D&username=a" },
    { "Django, script", "GET /", "200\nSet-Cookie: csrftoken=staging; Path=/\n\n",
      "POST /api\nX-CSRFToken: " PSEUDONYM "\n\n", "X-CSRFToken", "staging" },
    { "Rails, form", "GET /cart",
      "200\nContent-Type: text/html\n\n<form action='/cart' method=post>"
      "<input value='staging' name='authenticity_token' type='hidden'></form>",
      "POST /cart\nContent-Type: application/x-www-form-urlencoded\n\n"
      "utf8=%E2%9C%93&authenticity_token=" PSEUDONYM,
      NULL, "utf8=%E2%9C%93&authenticity_token=staging" },
    { "Rails, script", "GET /",
      "200\nContent-Type: text/html\n\n<meta name=\"csrf-param\" content=\"authenticity_token\"/>"
      "<meta content=\"a&quot;b\" name=\"csrf-token\" />",
      "DELETE /cart/1\nX-CSRF-Token: " PSEUDONYM "\n\n", "X-CSRF-Token", "a\"b" },
    { "Laravel, form", "GET /login",
      "200\nContent-Type: text/html\n\n<input type=hidden name=_token value=staging>",
      "POST /login\nContent-Type: application/x-www-form-urlencoded\n\n_token=" PSEUDONYM, NULL,
      "_token=staging" },
    { "Laravel, axios", "GET /", "200\nSet-Cookie: XSRF-TOKEN=eyJpdiI6Ij%3D%3D; path=/\n\n",
      "POST /api\nX-XSRF-TOKEN: " PSEUDONYM "\n\n", "X-XSRF-TOKEN", "eyJpdiI6Ij==" },
    { "Symfony, form", "GET /checkout",
      "200\nContent-Type: text/html\n\n<form name=f><input type=hidden id=f__token "
      "name=\"form[_token]\" value=staging>",
      "POST /checkout\nContent-Type: "
      "application/x-www-form-urlencoded\n\nform%5B_token%5D=" PSEUDONYM,
      NULL, "form%5B_token%5D=staging" },
    { "ASP.NET, form", "GET /",
      "200\nContent-Type: text/html\n\n<input name=\"__RequestVerificationToken\" type=\"hidden\" "
      "value=\"staging\" />",
      "POST /\nContent-Type: multipart/form-data; boundary=b\n\n--b\r\nContent-Disposition: "
      "form-data; "
      "name=\"__RequestVerificationToken\"\r\n\r\n" PSEUDONYM "\r\n--b--\r\n",
      NULL,
      "--b\r\nContent-Disposition: form-data; "
      "name=\"__RequestVerificationToken\"\r\n\r\nstaging\r\n--b--\r\n" },
    { "ASP.NET, script", "GET /",
      "200\nContent-Type: text/html\n\n<input name=\"__RequestVerificationToken\" type=\"hidden\" "
      "value=\"staging\" />",
      "POST /\nRequestVerificationToken: " PSEUDONYM "\n\n", "RequestVerificationToken",
      "staging" },
    { "Spring, form", "GET /",
      "200\nContent-Type: text/html\n\n<input type=hidden name=_csrf value=staging>",
      "POST /\nContent-Type: application/x-www-form-urlencoded\n\na=b&_csrf=" PSEUDONYM, NULL,
      "a=b&_csrf=staging" },
    { "Spring, script", "GET /",
      "200\nContent-Type: text/html\n\n<meta name=_csrf content=staging><meta name=_csrf_header "
      "content=X-CSRF-TOKEN>",
      "POST /\nX-CSRF-TOKEN: " PSEUDONYM "\n\n", "X-CSRF-TOKEN", "staging" },
    { "Auth.js", "GET /api/auth/csrf",
      "200\nContent-Type: application/json\n\n{\"csrfToken\":\"staging\"}",
      "POST /api/auth/callback/credentials\nContent-Type: application/x-www-form-urlencoded\n\n"
      "csrfToken=" PSEUDONYM "&callbackUrl=%2F",
      NULL, "csrfToken=staging&callbackUrl=%2F" },
    { "Express, JSON body", "GET /csrf",
      "200\nContent-Type: application/json\n\n{\"csrfToken\":\"sta\\\"ging\"}",
      "POST /\nContent-Type: application/json\n\n{\"a\":1,\"_csrf\":\"" PSEUDONYM "\"}", NULL,
      "{\"a\":1,\"_csrf\":\"sta\\\"ging\"}" },
    { "WordPress", "GET /shop",
      "200\nContent-Type: text/html\n\n<script>var wpApiSettings = "
      "{\"root\":\"/wp-json/\",\"nonce\":\"staging\"};</script>",
      "POST /wp-json/x\nX-WP-Nonce: " PSEUDONYM "\n\n", "X-WP-Nonce", "staging" },
    { "Drupal", "GET /session/token", "200\nContent-Type: text/plain\n\nstaging-token\n",
      "POST /node\nX-CSRF-Token: " PSEUDONYM "\n\n", "X-CSRF-Token", "staging-token" },
    { "Magento", "GET /", "200\nSet-Cookie: form_key=staging\n\n",
      "POST /checkout/cart/add\nContent-Type: "
      "application/x-www-form-urlencoded\n\nform_key=" PSEUDONYM,
      NULL, "form_key=staging" },
    { "bearer login", "POST /api/login",
      "200\nContent-Type: application/json\n\n{\"access_token\":\"staging\"}",
      "GET /api/me\nAuthorization: Bearer " PSEUDONYM "\n\n", "Authorization", "Bearer staging" },
    { "refresh token", "POST /api/login",
      "200\nContent-Type: application/json\n\n{\"refresh_token\":\"staging\"}",
      "POST /api/refresh\nContent-Type: application/json\n\n{\"refresh_token\":\"" PSEUDONYM "\"}",
      NULL, "{\"refresh_token\":\"staging\"}" },
    { "any hidden input", "GET /checkout",
      "200\nContent-Type: text/html\n\n<form><input type=hidden name=quote_id value=staging>",
      "POST /checkout\nContent-Type: application/x-www-form-urlencoded\n\nquote_id=" PSEUDONYM,
      NULL, "quote_id=staging" },
    { "double submit under names of its own", "GET /", "200\nSet-Cookie: guard=staging\n\n",
      "POST /\nCookie: guard=" PSEUDONYM "\nX-Guard-Token: " PSEUDONYM "\n\n", "X-Guard-Token",
      "staging" },
};

static void test_bindings__put_stagings_token_where_productions_was(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof frameworks / sizeof *frameworks; i++) {
        const struct framework *f = &frameworks[i];
        AUTO(bindings_freep) struct bindings *bindings = bindings_new();
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct http_request request = request_of(f->recorded, &arena);
        learn(bindings, f->page_request, f->page);
        check_row(bindings_apply(bindings, &request, &arena) == 0, f->name);
        struct span found =
            f->field ? http_fields_value(&request.fields, span_of(f->field)) : request.body;
        if (!span_eq(found, span_of(f->value)))
            fail_msg("%s: found \"%.*s\", expected \"%s\"", f->name, SPAN_ARG(found), f->value);
        assert_int_equal(request.body_bytes, request.body.len);
    }
}

/* Numbers in hidden inputs that the recorded visitor sent along. */
static const struct framework numbers[] = {
    { "number of a cart in a hidden input", "GET /cart",
      "200\nContent-Type: text/html\n\n<form action=/checkout><input type=hidden name=cart "
      "value=88001></form>",
      "POST /checkout\nContent-Type: application/x-www-form-urlencoded\n\ncart=1007&gift=1", NULL,
      "cart=88001&gift=1" },
    { "number that staging's form has too", "GET /p",
      "200\nContent-Type: text/html\n\n<form action=/cart/add><input type=hidden name=product "
      "value=117></form><form action=/cart/add><input type=hidden name=product value=118></form>",
      "POST /cart/add\nContent-Type: application/x-www-form-urlencoded\n\nproduct=117", NULL,
      "product=117" },
    { "count that a script may have set", "GET /p",
      "200\nContent-Type: text/html\n\n<form action=/cart/add><input type=hidden name=quantity "
      "value=1></form>",
      "POST /cart/add\nContent-Type: application/x-www-form-urlencoded\n\nquantity=3", NULL,
      "quantity=3" },
    { "number in a form that leads elsewhere", "GET /cart",
      "200\nContent-Type: text/html\n\n<form action=/other><input type=hidden name=cart "
      "value=88001></form>",
      "POST /checkout\nContent-Type: application/x-www-form-urlencoded\n\ncart=1007", NULL,
      "cart=1007" },
};

static void test_bindings__hidden_numbers_are_stagings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const struct framework *f = &numbers[i];
        AUTO(bindings_freep) struct bindings *bindings = bindings_new();
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        learn(bindings, f->page_request, f->page);
        struct http_request request = request_of(f->recorded, &arena);
        assert_int_equal(bindings_apply(bindings, &request, &arena), 0);
        check_row(span_eq(request.body, span_of(f->value)), f->name);
    }
}

static void test_bindings__count_tokens_that_staging_did_not_give(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof frameworks / sizeof *frameworks; i++) {
        const struct framework *f = &frameworks[i];
        AUTO(bindings_freep) struct bindings *bindings = bindings_new();
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct http_request request = request_of(f->recorded, &arena);
        struct span body = request.body;
        unsigned unresolved = bindings_apply(bindings, &request, &arena);
        bool is_known_place = i + 2 < sizeof frameworks / sizeof *frameworks;
        check_row(!is_known_place || unresolved == 1, f->name);
        assert_true(span_eq(request.body, body));
    }
}

static void test_bindings__the_latest_token_wins(void **state)
{
    (void)state;
    AUTO(bindings_freep) struct bindings *bindings = bindings_new();
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    learn(bindings, "GET /a",
          "200\nContent-Type: text/html\n\n<input type=hidden name=_csrf value=old>");
    learn(bindings, "GET /b",
          "200\nContent-Type: text/html\n\n<input type=hidden name=_csrf value=new>");
    struct http_request request = request_of(
        "POST /b\nContent-Type: application/x-www-form-urlencoded\n\n_csrf=" PSEUDONYM, &arena);
    bindings_apply(bindings, &request, &arena);
    check_span(request.body, "_csrf=new");
}

static void test_bindings__a_form_gets_the_token_of_its_own_action(void **state)
{
    (void)state;
    AUTO(bindings_freep) struct bindings *bindings = bindings_new();
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    learn(bindings, "GET /p/1",
          "200\nContent-Type: text/html\n\n<form action=\"https://staging.test/cart?x\"><input "
          "type=hidden name=authenticity_token "
          "value=cart></form><form action=\"/wish\"><input type=hidden name=authenticity_token "
          "value=wish></form>");
    struct http_request request =
        request_of("POST /cart\nContent-Type: "
                   "application/x-www-form-urlencoded\n\nauthenticity_token=" PSEUDONYM,
                   &arena);
    bindings_apply(bindings, &request, &arena);
    check_span(request.body, "authenticity_token=cart");
}

static void test_bindings__leave_what_the_visitor_wrote(void **state)
{
    (void)state;
    AUTO(bindings_freep) struct bindings *bindings = bindings_new();
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    learn(bindings, "GET /",
          "200\nContent-Type: text/html\n\n<input type=hidden name=quantity value=1>"
          "<script>var token = \"x\"</script>");
    struct http_request request =
        request_of("POST /cart?token=plain\nContent-Type: "
                   "application/x-www-form-urlencoded\n\nquantity=3&note=hello",
                   &arena);
    bindings_apply(bindings, &request, &arena);
    check_span(request.body, "quantity=3&note=hello");
    check_span(request.target, "/cart?token=plain");
}

static void test_bindings__no_line_break_gets_into_a_field(void **state)
{
    (void)state;
    AUTO(bindings_freep) struct bindings *bindings = bindings_new();
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    learn(bindings, "GET /",
          "200\nContent-Type: application/json\n\n{\"csrfToken\":\"a\\r\\nX-Evil: "
          "1\",\"access_token\":\"b\\nc\"}");
    struct http_request request = request_of(
        "POST /\nX-CSRF-Token: " PSEUDONYM "\nAuthorization: Bearer " PSEUDONYM "\n\n", &arena);
    assert_int_equal(bindings_apply(bindings, &request, &arena), 2);
    check_span(http_fields_value(&request.fields, SPAN("X-CSRF-Token")), PSEUDONYM);
    check_span(http_fields_value(&request.fields, SPAN("Authorization")), "Bearer " PSEUDONYM);
}

static void test_bindings__a_deleted_cookie_is_no_source(void **state)
{
    (void)state;
    AUTO(bindings_freep) struct bindings *bindings = bindings_new();
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    learn(bindings, "GET /", "200\nSet-Cookie: XSRF-TOKEN=old\n\n");
    learn(bindings, "GET /", "200\nSet-Cookie: XSRF-TOKEN=; Max-Age=0\n\n");
    struct http_request request = request_of("POST /\nX-XSRF-TOKEN: " PSEUDONYM "\n\n", &arena);
    assert_int_equal(bindings_apply(bindings, &request, &arena), 1);
}

static void test_bindings__memory_is_bounded(void **state)
{
    (void)state;
    AUTO(bindings_freep) struct bindings *bindings = bindings_new();
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(strbuf_release) struct strbuf page = STRBUF_INIT;
    strbuf_add_str(&page, "200\nContent-Type: text/html\n\n");
    for (int i = 0; i < 20000; i++)
        strbuf_addf(&page, "<input type=hidden name=n%d value=v%d>", i, i);
    learn(bindings, "GET /", page.buf);
    struct http_request request = request_of(
        "POST /\nContent-Type: application/x-www-form-urlencoded\n\nn19999=" PSEUDONYM "&n0=" OTHER,
        &arena);
    bindings_apply(bindings, &request, &arena);
    check_span(request.body, "n19999=v19999&n0=" OTHER);
}

static void test_bindings__a_shared_memory_of_barren_pages_loses_no_token(void **state)
{
    (void)state;
    AUTO(barren_bodies_freep) struct barren_bodies *barren = barren_bodies_new();
    AUTO(strbuf_release) struct strbuf page = STRBUF_INIT;
    strbuf_addf(&page, "200\nContent-Type: text/html\n\n<p>%0300d</p>", 0);
    size_t barren_len = page.len;
    for (int session = 0; session < 3; session++) {
        AUTO(bindings_freep) struct bindings *bindings = bindings_new();
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        bindings_share(bindings, barren);
        learn(bindings, "GET /", page.buf); /* barren */
        strbuf_add_str(&page, "<input type=hidden name=_csrf value=staging>");
        learn(bindings, "GET /", page.buf); /* the same page in each session, with a token */
        strbuf_cut(&page, barren_len);
        struct http_request request = request_of("POST /\nX-CSRF-Token: " PSEUDONYM "\n\n", &arena);
        assert_int_equal(bindings_apply(bindings, &request, &arena), 0);
        check_span(http_fields_value(&request.fields, SPAN("X-CSRF-Token")), "staging");
    }
}

static void test_token_names__every_place_and_origin_is_handed_out(void **state)
{
    (void)state;
    static const char *const places[] = {
        "csrfmiddlewaretoken",
        "X-CSRFToken",
        "X-CSRF-Token",
        "CSRF-Token",
        "authenticity_token",
        "_token",
        "_csrf_token",
        "_csrf",
        "X-XSRF-TOKEN",
        "XSRF-Token",
        "__RequestVerificationToken",
        "RequestVerificationToken",
        "__VIEWSTATE",
        "__VIEWSTATEGENERATOR",
        "__EVENTVALIDATION",
        "javax.faces.ViewState",
        "jakarta.faces.ViewState",
        "csrfToken",
        "csrf_token",
        "csrf",
        "form_key",
        "_wpnonce",
        "X-WP-Nonce",
        "Nonce",
        "Cart-Token",
        "form_token",
        "form_build_id",
        "Authorization",
        "X-Auth-Token",
        "X-Access-Token",
        "access_token",
        "accessToken",
        "refresh_token",
        "refreshToken",
        "id_token",
        "sw-context-token",
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const struct token_origin *from = token_origins(span_of(places[i]));
        check_row(from != NULL, places[i]);
        check_row(binding_is_token_name(span_of(places[i])), places[i]);
        for (size_t k = 0; k < TOKEN_MAX_ORIGINS && from[k].source; k++)
            check_row(from[k].source == TOKEN_COOKIE || token_is_handed_out(span_of(from[k].name)),
                      from[k].name);
    }
    assert_false(binding_is_token_name(SPAN("price")));
    assert_false(binding_is_token_name(SPAN("")));
    assert_false(binding_is_token_name(SPAN("User-Agent")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bindings__put_stagings_token_where_productions_was),
        cmocka_unit_test(test_bindings__hidden_numbers_are_stagings),
        cmocka_unit_test(test_bindings__count_tokens_that_staging_did_not_give),
        cmocka_unit_test(test_bindings__the_latest_token_wins),
        cmocka_unit_test(test_bindings__a_form_gets_the_token_of_its_own_action),
        cmocka_unit_test(test_bindings__leave_what_the_visitor_wrote),
        cmocka_unit_test(test_bindings__no_line_break_gets_into_a_field),
        cmocka_unit_test(test_bindings__a_deleted_cookie_is_no_source),
        cmocka_unit_test(test_bindings__memory_is_bounded),
        cmocka_unit_test(test_bindings__a_shared_memory_of_barren_pages_loses_no_token),
        cmocka_unit_test(test_token_names__every_place_and_origin_is_handed_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
