#include "support/check.h"

#include "rehearse/base/strbuf.h"
#include "rehearse/session/flow.h"
#include "session/messages.h"

#define PAGE "200\nContent-Type: text/html\n\n"
#define JSON "200\nContent-Type: application/json\n\n"
#define FORM "\nContent-Type: application/x-www-form-urlencoded\n\n"
#define TOKEN "Zk81pQv93LmXa7dT"

enum { MOST_STEPS = 6, MOST_SESSIONS = 4 };

struct step {
    const char *request, *answer;
};

struct session {
    struct exchange at[MOST_STEPS];
    size_t len;
};

static void make_session(struct session *ret, const struct step *steps, uint64_t id,
                         struct arena *arena)
{
    ret->len = 0;
    for (; ret->len < MOST_STEPS && steps[ret->len].request; ret->len++) {
        ret->at[ret->len] = exchange_of(steps[ret->len].request, steps[ret->len].answer, arena);
        ret->at[ret->len].session = id;
        ret->at[ret->len].seq = (uint32_t)ret->len;
    }
}

static int add_line(void *ctx, const struct flow_binding *b)
{
    struct strbuf *out = ctx;
    if (b->session != 1)
        return 0;
    strbuf_addf(out, "%u %.*s < ", b->seq, SPAN_ARG(b->sink));
    if (b->source_seq != FLOW_NO_SOURCE)
        strbuf_addf(out, "%u ", b->source_seq);
    strbuf_addf(out, "%.*s\n", SPAN_ARG(b->source));
    return 0;
}

/* The bindings of the first session, a line each. */
static void find(struct strbuf *out, struct session *sessions, size_t count)
{
    const struct flow_options options = { .found = add_line, .ctx = out };
    AUTO(flow_freep) struct flow *flow = flow_new(&options);
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < sessions[i].len; j++)
            flow_meet(flow, &sessions[i].at[j], &arena);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(flow_search(flow, sessions[i].at, sessions[i].len), 0);
    assert_int_equal(flow_end(flow), 0);
}

static const struct journey {
    const char *name;
    struct step steps[MOST_STEPS];
    struct step others[MOST_STEPS]; /* another visitor's; none: nobody else */
    const char *bindings;
} journeys[] = {
    /* What frameworks hand out against forgery (cdn.md, E.3). */
    { "Django, form",
      { { "GET /login", PAGE "<form method=post><input type=hidden name=csrfmiddlewaretoken "
                             "value=" TOKEN "></form>" },
        { "POST /login" FORM "csrfmiddlewaretoken=" TOKEN "&username=a", "302\nLocation: /\n\n" } },
      { { 0 } },
      "1 form:csrfmiddlewaretoken < 0 input:csrfmiddlewaretoken@/login\n" },
    { "Django, script",
      { { "GET /", "200\nSet-Cookie: csrftoken=" TOKEN "; Path=/\n\n" },
        { "POST /api\nCookie: csrftoken=" TOKEN "\nX-CSRFToken: " TOKEN "\n\n", "204\n\n" } },
      { { 0 } },
      "1 header:X-CSRFToken < 0 cookie:csrftoken\n" },
    { "Rails, script",
      { { "GET /cart", PAGE "<meta name=csrf-token content=" TOKEN ">" },
        { "DELETE /cart\nX-CSRF-Token: " TOKEN "\n\n", "204\n\n" } },
      { { 0 } },
      "1 header:X-CSRF-Token < 0 meta:csrf-token\n" },
    { "Rails, the form before the meta tag",
      { { "GET /cart", PAGE "<meta name=csrf-token content=" TOKEN "><form action=/cart/add><input "
                            "type=hidden name=authenticity_token value=" TOKEN "></form>" },
        { "POST /cart/add" FORM "authenticity_token=" TOKEN, "302\nLocation: /cart\n\n" } },
      { { 0 } },
      "1 form:authenticity_token < 0 input:authenticity_token@/cart/add\n" },
    { "Laravel, axios",
      { { "GET /", "200\nSet-Cookie: XSRF-TOKEN=" TOKEN "%3D; Path=/\n\n" },
        { "POST /api\nX-XSRF-TOKEN: " TOKEN "=\n\n", "204\n\n" } },
      { { 0 } },
      "1 header:X-XSRF-TOKEN < 0 cookie:XSRF-TOKEN\n" },
    { "Symfony",
      { { "GET /pay", PAGE "<form action=/pay><input type=hidden name='form[_token]' "
                           "value=" TOKEN "></form>" },
        { "POST /pay" FORM "form%5B_token%5D=" TOKEN, "302\nLocation: /\n\n" } },
      { { 0 } },
      "1 form:form[_token] < 0 input:form[_token]@/pay\n" },
    { "ASP.NET, a view state and a token",
      { { "GET /a.aspx", PAGE "<form action=a.aspx><input type=hidden name=__VIEWSTATE "
                              "value='/wEPDwUKLTkyMTY0NDQwMg=='><input type=hidden "
                              "name=__RequestVerificationToken value=" TOKEN "></form>" },
        { "POST /a.aspx" FORM "__VIEWSTATE=%2FwEPDwUKLTkyMTY0NDQwMg%3D%3D"
          "&__RequestVerificationToken=" TOKEN,
          PAGE } },
      { { 0 } },
      "1 form:__VIEWSTATE < 0 input:__VIEWSTATE@/a.aspx\n"
      "1 form:__RequestVerificationToken < 0 input:__RequestVerificationToken@/a.aspx\n" },
    { "Spring, multipart",
      { { "GET /up", PAGE "<form action=/up><input type=hidden name=_csrf value=" TOKEN ">" },
        { "POST /up\nContent-Type: multipart/form-data; boundary=b\n\n--b\r\nContent-Disposition: "
          "form-data; name=\"_csrf\"\r\n\r\n" TOKEN "\r\n--b--\r\n",
          "204\n\n" } },
      { { 0 } },
      "1 part:_csrf < 0 input:_csrf@/up\n" },
    { "Phoenix",
      { { "GET /users/log_in",
          PAGE "<form action='/users/log_in' method='post'><input "
               "name='_csrf_token' type='hidden' hidden='' value='" TOKEN "'>" },
        { "POST /users/log_in" FORM "_csrf_token=" TOKEN "&user%5Bemail%5D=a", PAGE } },
      { { 0 } },
      "1 form:_csrf_token < 0 input:_csrf_token@/users/log_in\n" },
    { "Express, a token asked for first",
      { { "GET /csrf", JSON "{\"csrfToken\":\"" TOKEN "\"}" },
        { "POST /api\nCSRF-Token: " TOKEN "\n\n", "204\n\n" } },
      { { 0 } },
      "1 header:CSRF-Token < 0 json:/csrfToken\n" },
    { "Magento, a cookie that scripts put into forms",
      { { "GET /", "200\nSet-Cookie: form_key=" TOKEN "; Path=/\n\n" },
        { "POST /checkout/cart/add\nCookie: form_key=" TOKEN
          "\nContent-Type: application/x-www-form-urlencoded\n\nform_key=" TOKEN "&qty=1",
          "302\nLocation: /\n\n" } },
      { { 0 } },
      "1 form:form_key < 0 cookie:form_key\n" },
    { "WordPress, a nonce in a script and in a link",
      { { "GET /wp-admin/",
          PAGE "<script>var wpApiSettings = {\"root\":\"x\",\"nonce\":"
               "\"3f9a12bc4d\"};</script><a href='/wp-login.php?action=logout&amp;"
               "_wpnonce=77a012bc4d'>" },
        { "POST /wp-json/wp/v2/posts\nX-WP-Nonce: 3f9a12bc4d\n\n", "201\n\n" },
        { "GET /wp-login.php?action=logout&_wpnonce=77a012bc4d", "302\nLocation: /\n\n" } },
      { { 0 } },
      "1 header:X-WP-Nonce < 0 script:nonce\n"
      "2 query:_wpnonce < 0 link:/wp-login.php?action=logout&_wpnonce={}#1\n" },
    { "Drupal, a form's build",
      { { "GET /node/add",
          PAGE "<form action='/node/add'><input type=hidden name=form_build_id "
               "value='form-" TOKEN "'><input type=hidden name=form_token value='" TOKEN "x1'>" },
        { "POST /node/add" FORM "form_build_id=form-" TOKEN "&form_token=" TOKEN "x1", PAGE } },
      { { 0 } },
      "1 form:form_build_id < 0 input:form_build_id@/node/add\n"
      "1 form:form_token < 0 input:form_token@/node/add\n" },
    { "Auth.js",
      { { "GET /api/auth/csrf", JSON "{\"csrfToken\":\"" TOKEN "\"}" },
        { "POST /api/auth/callback/credentials" FORM "csrfToken=" TOKEN, "302\nLocation: /\n\n" } },
      { { 0 } },
      "1 form:csrfToken < 0 json:/csrfToken\n" },
    { "Drupal, a body that is the token",
      { { "GET /session/token", "200\nContent-Type: text/plain\n\n" TOKEN },
        { "POST /entity\nX-CSRF-Token: " TOKEN "\n\n", "201\n\n" } },
      { { 0 } },
      "1 header:X-CSRF-Token < 0 json:\n" },
    { "WooCommerce, a header",
      { { "GET /wc/store/cart", "200\nNonce: " TOKEN "\nContent-Type: application/json\n\n{}" },
        { "POST /wc/store/cart/add-item\nNonce: " TOKEN "\n\n", "201\n\n" } },
      { { 0 } },
      "1 header:Nonce < 0 header:Nonce\n" },
    { "a login that answers with a token",
      { { "POST /token", JSON "{\"access_token\":\"" TOKEN "\"}" },
        { "GET /me\nAuthorization: Bearer " TOKEN "\n\n", JSON "{}" } },
      { { 0 } },
      "1 header:Authorization < 0 json:/access_token\n" },
    { "Server Actions, an argument in the state of the page",
      { { "GET /cart", PAGE "<script>self.__next_f.push([1,\"7:{\\\"cartId\\\":\\\"" TOKEN
                            "\\\"}\"])</script>" },
        { "POST /cart\nContent-Type: text/plain;charset=UTF-8\n\n[\"" TOKEN "\"]", "200\n\n" } },
      { { 0 } },
      "1 json:/0 < 0 script:cartId\n" },
    { "GraphQL variables",
      { { "POST /graphql\nContent-Type: "
          "application/json\n\n{\"query\":\"mutation{createCart{id}}\"}",
          JSON "{\"data\":{\"createCart\":{\"id\":\"gid://shop/Cart/" TOKEN "\"}}}" },
        { "POST /graphql\nContent-Type: application/json\n\n{\"query\":\"q\",\"variables\":{\"c\":"
          "\"gid://shop/Cart/" TOKEN "\"}}",
          JSON "{}" } },
      { { 0 } },
      "1 json:/variables/c < 0 json:/data/createCart/id\n" },

    /* Numbers that each environment gives by itself. */
    { "a cart's number in a path, from JSON",
      { { "POST /carts", JSON "{\"id\":17}" },
        { "POST /carts/17/lines\nContent-Type: application/json\n\n{\"sku\":\"A1\"}",
          JSON "{\"lines\":[{\"id\":41},{\"id\":42}]}" },
        { "DELETE /carts/17/lines/42", "204\n\n" } },
      { { 0 } },
      "1 path:2 < 0 json:/id\n"
      "2 path:2 < 0 json:/id\n"
      "2 path:4 < 1 json:/lines/1/id\n" },
    { "an order's number, from a redirect",
      { { "POST /checkout", "303\nLocation: /orders/1042/thanks\n\n" },
        { "GET /orders/1042/thanks", PAGE } },
      { { 0 } },
      "1 path:2 < 0 location:/orders/{}/thanks#1\n" },
    { "a token in a link, from a query",
      { { "GET /mail", PAGE "<a href='/verify?token=" TOKEN "&amp;n=1'>" },
        { "GET /verify?token=" TOKEN "&n=1", PAGE } },
      { { 0 } },
      "1 query:token < 0 link:/verify?token={}&n={}#1\n"
      "1 query:n < 0 link:/verify?token={}&n={}#2\n" },
    { "a line's number in a form, the second of two",
      { { "GET /cart", PAGE "<form action=/cart/remove><input name=line value=7></form>"
                            "<form action=/cart/remove><input name=line value=8></form>" },
        { "POST /cart/remove" FORM "line=8", "302\nLocation: /cart\n\n" } },
      { { 0 } },
      "1 form:line < 0 input:line@/cart/remove[2]\n" },
    { "the latest answer",
      { { "GET /a", PAGE "<meta name=t content=" TOKEN ">" },
        { "GET /b", PAGE "<form action=/c><input type=hidden name=x value=" TOKEN "></form>" },
        { "POST /d" FORM "x=" TOKEN, "204\n\n" } },
      { { 0 } },
      "2 form:x < 1 input:x@/c\n" },
    { "a claim",
      { { "POST /token", "200\nRehearse-Claim: sub@json:/access_token=4711\n\n" },
        { "GET /subs/4711", JSON "{}" } },
      { { 0 } },
      "1 path:2 < 0 claim:sub@json:/access_token\n" },

    { "a short number in a field that calls itself an id",
      { { "POST /carts", "201\nX-Cart-Id: 17\nX-Total-Count: 18\n\n" },
        { "GET /cart/lines\nX-Cart-Id: 17\nX-Total-Count: 18\n\n", JSON "{}" } },
      { { 0 } },
      "1 header:X-Cart-Id < 0 header:X-Cart-Id\n" },
    { "an ETag",
      { { "GET /api/cart", "200\nETag: \"8a7f3c21d9\"\nContent-Type: application/json\n\n{}" },
        { "PUT /api/cart\nIf-Match: \"8a7f3c21d9\"\n\n", "204\n\n" } },
      { { 0 } },
      "1 header:If-Match < 0 header:ETag\n" },
    { "an address chosen from a list",
      { { "GET /pay", PAGE "<form action=/pay><select name=address><option value=17>a</option>"
                           "<option value=18>b</option></select></form>" },
        { "POST /pay" FORM "address=18", "303\nLocation: /\n\n" } },
      { { 0 } },
      "1 form:address < 0 input:address@/pay[2]\n" },
    { "a cookie that a script made of an answer",
      { { "POST /guest", JSON "{\"basket\":\"" TOKEN "\"}" },
        { "GET /basket\nCookie: basket=" TOKEN "\n\n", JSON "{}" } },
      { { 0 } },
      "1 cookie:basket < 0 json:/basket\n" },

    /* No bindings. */
    { "what the visitor brought",
      { { "GET /orders/1042", JSON "{\"order\":{\"id\":1042}}" },
        { "GET /orders/1042", JSON "{}" } },
      { { 0 } },
      "" },
    { "words and prices",
      { { "GET /", JSON "{\"currency\":\"EUR\",\"ok\":\"true\",\"price\":\"19.99\"}" },
        { "POST /" FORM "currency=EUR&ok=true&price=19.99", "204\n\n" } },
      { { 0 } },
      "" },
    { "a number that means something else",
      { { "GET /cart", JSON "{\"total\":17}" }, { "GET /pages/17", PAGE } },
      { { 0 } },
      "" },
    { "a catalogue's number, which others get too",
      { { "GET /products", JSON "{\"products\":[{\"id\":1042}]}" },
        { "GET /products/1042", PAGE } },
      { { "GET /products", JSON "{\"products\":[{\"id\":1042}]}" } },
      "" },
    { "a long one, which others get elsewhere",
      { { "GET /products", JSON "{\"products\":[{\"id\":\"" TOKEN "\"}]}" },
        { "GET /products/" TOKEN, PAGE } },
      { { "GET /top", PAGE "<a href=/products/" TOKEN ">" } },
      "" },
    { "a file of the build",
      { { "GET /", PAGE "<script src=/assets/app.3f9a12bc44de.js></script>" },
        { "GET /assets/app.3f9a12bc44de.js", "200\n\n" } },
      { { 0 } },
      "" },
    { "a cookie, which is the jar's",
      { { "GET /", "200\nSet-Cookie: sid=" TOKEN "\n\n" },
        { "GET /a\nCookie: sid=" TOKEN "\n\n", PAGE } },
      { { 0 } },
      "" },

    /* Without bodies. */
    { "the number that a write made, by its shape",
      { { "GET /", "200\nContent-Type: text/html\n\n" },
        { "POST /orders", "200\n\n" },
        { "GET /orders/1042", "200\n\n" },
        { "POST /pay" FORM "orderId=1042", "200\n\n" } },
      { { "GET /", "200\n\n" } },
      "2 path:2 < link:/orders/{}#1\n"
      "3 form:orderId < link:/orders/{}#1\n" },
    { "not where it was there before the write",
      { { "GET /orders/1042", "200\n\n" },
        { "POST /pay", "200\n\n" },
        { "GET /orders/1042", "200\n\n" } },
      { { 0 } },
      "" },
    { "not where others send it too",
      { { "POST /cart", "200\n\n" }, { "GET /orders/1042", "200\n\n" } },
      { { "POST /cart", "200\n\n" }, { "GET /orders/1042", "200\n\n" } },
      "" },
    { "not where bodies were recorded and do not have it",
      { { "POST /orders", JSON "{}" }, { "GET /orders/1042", JSON "{}" } },
      { { 0 } },
      "" },
    { "a double submit of a cookie from before",
      { { "POST /api\nCookie: csrftoken=" TOKEN "\nX-CSRFToken: " TOKEN "\n\n", "204\n\n" } },
      { { 0 } },
      "0 header:X-CSRFToken < cookie:csrftoken\n" },
};

static void check_journey(const struct journey *j)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(strbuf_release) struct strbuf found = STRBUF_INIT;
    struct session sessions[2];
    make_session(&sessions[0], j->steps, 1, &arena);
    make_session(&sessions[1], j->others, 2, &arena);
    find(&found, sessions, j->others[0].request ? 2 : 1);
    if (!span_eq(strbuf_span(&found), span_of(j->bindings)))
        print_error("found:\n%s", found.buf);
    check_row(span_eq(strbuf_span(&found), span_of(j->bindings)), j->name);
}

static void test_flow__binds_what_answers_gave(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof journeys / sizeof *journeys; i++)
        check_journey(&journeys[i]);
}

/* One visitor's two visits: known by the cookie that both came with. */
static void test_flow__takes_two_visits_of_one_visitor_for_one(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(strbuf_release) struct strbuf found = STRBUF_INIT;
    static const struct step visit[] = {
        { "GET /cart\nCookie: sessionid=p~AAAAAAAAAAAAAAAAAAAAAA\n\n",
          JSON "{\"cart\":{\"id\":17}}" },
        { "POST /carts/17", "204\n\n" },
        { 0 },
    };
    struct session sessions[2];
    make_session(&sessions[0], visit, 1, &arena);
    make_session(&sessions[1], visit, 2, &arena);
    find(&found, sessions, 2);
    check_span(strbuf_span(&found), "1 path:2 < 0 json:/cart/id\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flow__binds_what_answers_gave),
        cmocka_unit_test(test_flow__takes_two_visits_of_one_visitor_for_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
