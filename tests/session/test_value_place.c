#include "support/check.h"

#include "rehearse/base/strbuf.h"
#include "rehearse/session/value_place.h"
#include "session/messages.h"

#define PAGE "200\nContent-Type: text/html\n\n"
#define JSON "200\nContent-Type: application/json\n\n"

/* An answer, a place in it, and what stands there. */
static const struct source {
    const char *request, *answer, *place, *value;
} sources[] = {
    { "GET /", "200\nETag: \"7f\"\n\n", "header:etag", "\"7f\"" },
    { "GET /", "200\nSet-Cookie: csrftoken=a%2Bb; Path=/\n\n", "cookie:csrftoken", "a+b" },
    { "POST /cart", "302\nLocation: https://shop.example/cart/c17?step=pay\n\n",
      "location:/cart/{}?step=pay#1", "c17" },
    { "GET /verify", "302\nLocation: /in?token=a1b2c3&n=4\n\n", "location:/in?token={}&n={}#2",
      "4" },
    { "GET /", JSON "{\"cart\":{\"id\":17,\"lines\":[{\"id\":\"a\"},{\"id\":\"b\\u00e9\"}]}}",
      "json:/cart/id", "17" },
    { "GET /", JSON "{\"cart\":{\"id\":17,\"lines\":[{\"id\":\"a\"},{\"id\":\"b\\u00e9\"}]}}",
      "json:/cart/lines/1/id", "bé" },
    { "GET /", JSON "{\"a/b\":{\"m~n\":\"x\"}}", "json:/a~1b/m~0n", "x" },
    { "GET /", JSON "\"token\"", "json:", "token" },
    { "GET /session/token", "200\nContent-Type: text/plain\n\ns3cr3t\n", "json:", "s3cr3t" },
    { "GET /", JSON "{\"id\":1}\n{\"id\":2}", "json:/id[2]", "2" },
    { "GET /cart", PAGE "<form action='/cart/c17/pay'><input name=csrf value='a&amp;b'></form>",
      "input:csrf@/cart/{}/pay", "a&b" },
    { "GET /cart?a=b", PAGE "<form method=post><input name=csrf value=x></form>",
      "input:csrf@/cart?a=b", "x" },
    { "GET /", PAGE "<input name=csrf value=x>", "input:csrf@", "x" },
    { "GET /", PAGE "<form action=/a><input name='e@x%' value=1></form>", "input:e%40x%25@/a",
      "1" },
    { "GET /", PAGE "<form action=/a><input name='id[0]' value=1><input name='id[0]' value=2>",
      "input:id[0]@/a[2]", "2" },
    { "GET /", PAGE "<form action=/a><select name=address><option value=4711></select></form>",
      "input:address@/a", "4711" },
    { "GET /", PAGE "<meta content=abc name=csrf-token>", "meta:csrf-token", "abc" },
    { "GET /", PAGE "<div data-cart-id=c17>", "data:cart-id", "c17" },
    { "GET /", PAGE "<a href='/orders/17'>a</a><a href='/orders/18?tab=lines'>b</a>",
      "link:/orders/{}?tab=lines#1", "18" },
    { "GET /", PAGE "<a href='/orders/17'>a</a><a href='/orders/18'>b</a>", "link:/orders/{}#1[2]",
      "18" },
    { "GET /", PAGE "<a href='/orders/17.pdf'>", "link:/orders/{}.pdf#1", "17" },
    { "GET /shop/cart", PAGE "<a href='orders/17'>", "link:/shop/orders/{}#1", "17" },
    { "GET /", JSON "{\"self\":\"/orders/17/lines/3\"}", "link:/orders/{}/lines/{}#2", "3" },
    { "GET /", PAGE "<script>var cartId = 'c17', n = {\"total\": 4};</script>", "script:cartId",
      "c17" },
    { "GET /", PAGE "<script>var cartId = 'c17', n = {\"total\": 4};</script>", "script:total",
      "4" },
    { "GET /", PAGE "<script>self.__next_f.push([1,\"5:{\\\"cartId\\\":\\\"c17\\\"}\"])</script>",
      "script:cartId", "c17" },
    { "GET /?_rsc=1",
      "200\nContent-Type: text/x-component\n\n1:[\"$\",\"p\",null,{\"cartId\":\"c17\"}]",
      "script:cartId", "c17" },
    { "GET /", JSON "{\"cart\":{\"cartId\":17}}", "script:cartId", "17" },
    { "GET /", "200\nContent-Type: text/xml\n\n<?xml?><a><b:Id>17</b:Id></a>", "script:Id", "17" },
    { "GET /", JSON "{\"token\":\"eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1LTE3IiwibiI6NX0.\"}",
      "claim:sub@json:/token", "u-17" },
    { "GET /", "200\nLink: </orders/17>; rel=self, </orders/18>; rel=next\n\n",
      "link:/orders/{}#1[2]", "18" },
};

static void test_value_sources__are_found_by_their_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        const struct source *row = &sources[i];
        struct exchange x = exchange_of(row->request, row->answer, &arena);
        struct value_wanted wanted = { .place = span_of(row->place),
                                       .literal = span_of(row->value) };
        value_sources_find(&x, &wanted, 1, &arena);
        check_row(span_eq(wanted.value, span_of(row->value)) && wanted.holds, row->place);
    }
}

/* Many questions at once are answered by another way than few. */
static void test_value_sources__are_found_among_many_questions(void **state)
{
    (void)state;
    enum { MANY = 40 };
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        const struct source *row = &sources[i];
        struct exchange x = exchange_of(row->request, row->answer, &arena);
        struct value_wanted wanted[MANY];
        for (int j = 0; j < MANY; j++)
            wanted[j] = (struct value_wanted){ .place = arena_printf(&arena, "meta:none-%d", j),
                                               .literal = span_of(row->value) };
        wanted[7].place = wanted[30].place = span_of(row->place);
        value_sources_find(&x, wanted, MANY, &arena);
        check_row(span_eq(wanted[7].value, span_of(row->value)) && wanted[7].holds, row->place);
        check_row(span_eq(wanted[30].value, span_of(row->value)) && wanted[30].holds, row->place);
        check_row(span_is_none(wanted[8].value) && !wanted[8].holds, row->place);
    }
}

struct seen {
    struct exchange *x;
    struct value_names names;
    size_t count;
};

static bool finds_itself(void *ctx, const struct value_at *at)
{
    struct seen *seen = ctx;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct value_wanted wanted = { .place = value_names_next(&seen->names, at) };
    value_sources_find(seen->x, &wanted, 1, &arena);
    check_row(span_eq(wanted.value, at->value), seen->names.text.buf);
    seen->count++;
    return true;
}

static void test_value_sources__each_has_a_text_that_finds_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct exchange x = exchange_of(sources[i].request, sources[i].answer, &arena);
        struct seen seen = { &x, VALUE_NAMES_INIT, 0 };
        value_sources(&x, finds_itself, &seen, &arena);
        value_names_release(&seen.names);
        check_row(seen.count > 0, sources[i].place);
    }
}

/* A request, a place in it, what stands there, and the request with "new/ 1" there. */
static const struct sink {
    const char *request, *place, *was, *target, *field, *value, *body;
} sinks[] = {
    { "GET /orders/a%20b/x?y=1", "path:2", "a b", "/orders/new%2F%201/x?y=1", NULL, NULL, NULL },
    { "GET /orders/17.json", "path:2", "17", "/orders/new%2F%201.json", NULL, NULL, NULL },
    { "GET /a;jsessionid=1/b", "path:1", "a", "/new%2F%201;jsessionid=1/b", NULL, NULL, NULL },
    { "GET /a?id=1&x=2&id=a+b", "query:id[2]", "a b", "/a?id=1&x=2&id=new%2F%201", NULL, NULL,
      NULL },
    { "GET /\nX-CSRFToken: t\n\n", "header:x-csrftoken", "t", "/", "X-CSRFToken", "new/ 1", NULL },
    { "GET /\nAuthorization: Bearer t\n\n", "header:Authorization", "t", "/", "Authorization",
      "Bearer new/ 1", NULL },
    { "GET /\nCookie: a=b; cart=c17; d=e\n\n", "cookie:cart", "c17", "/", "Cookie",
      "a=b; cart=new/ 1; d=e", NULL },
    { "POST /\nContent-Type: application/x-www-form-urlencoded\n\na=1&line%5Bid%5D=2",
      "form:line[id]", "2", "/", NULL, NULL, "a=1&line%5Bid%5D=new%2F+1" },
    { "POST /\nContent-Type: application/json\n\n{\"l\":[{\"id\":\"a\"},{\"id\":17}]}",
      "json:/l/1/id", "17", "/", NULL, NULL, "{\"l\":[{\"id\":\"a\"},{\"id\":\"new/ 1\"}]}" },
    { "POST /\nContent-Type: application/json\n\n{\"l\":[{\"id\":\"a\"},{\"id\":17}]}",
      "json:/l/0/id", "a", "/", NULL, NULL, "{\"l\":[{\"id\":\"new/ 1\"},{\"id\":17}]}" },
    { "POST /\nContent-Type: multipart/form-data; boundary=b\n\n--b\r\nContent-Disposition: "
      "form-data; name=\"t\"\r\n\r\nx\r\n--b--\r\n",
      "part:t", "x", "/", NULL, NULL,
      "--b\r\nContent-Disposition: form-data; name=\"t\"\r\n\r\nnew/ 1\r\n--b--\r\n" },
};

static void test_value_sinks__are_rewritten_in_their_coding(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sinks / sizeof *sinks; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        const struct sink *row = &sinks[i];
        struct http_request r = request_of(row->request, &arena);
        struct value_change change = { .sink = span_of(row->place), .value = SPAN("new/ 1") };
        value_sinks_change(&r, &change, 1, &arena);
        check_row(span_eq(change.was, span_of(row->was)), row->place);
        if (row->target)
            check_span(r.target, row->target);
        if (row->field)
            check_span(http_fields_value(&r.fields, span_of(row->field)), row->value);
        if (row->body) {
            check_span(r.body, row->body);
            assert_int_equal(r.body_bytes, r.body.len);
        }
    }
}

static void test_value_sinks__keep_a_number_a_number(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_request r =
        request_of("POST /\nContent-Type: application/json\n\n{\"id\":17}", &arena);
    struct value_change change = { .sink = SPAN("json:/id"), .value = SPAN("4711") };
    value_sinks_change(&r, &change, 1, &arena);
    check_span(r.body, "{\"id\":4711}");
}

static const struct {
    const char *part;
    bool is;
} identifiers[] = {
    { "17", true },
    { "c17", true },
    { "c1", true },
    { "ord-9", true },
    { "550e8400-e29b-41d4-a716-446655440000", true },
    { "p~AAAAAAAAAAAAAAAAAAAAAA", true },
    { "d41d8cd98f00b204e9800998ecf8427e", true },
    { "17.json", true },
    { "app.3f9a12bc44de.js", true },
    { "ord-1042.json", true },
    { "size%2042", true },
    { "blue%20shoes", false },
    { "caf%C3%A9", false },
    { "17.x", true },
    { "", false },
    { "v2", false },
    { "v1.3", false },
    { "cart", false },
    { "blue-shoes", false },
    { "oauth2", false },
    { "2fa", false },
    { "logo2.png", false },
    { "style.css", false },
    { ".well-known", false },
};

static void test_value_is_identifier__tells_numbers_and_hashes_from_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof identifiers / sizeof *identifiers; i++)
        check_row(value_is_identifier(span_of(identifiers[i].part)) == identifiers[i].is,
                  identifiers[i].part);
}

/* {"alg":"none"} .
 * {"sub":"u-17","sid":"s-99887766","email":"a@b.example","n":5,"cart_id":4711,"jti":"x-1"} */
#define JWT                                                                                        \
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1LTE3Iiwic2lkIjoicy05OTg4Nzc2NiIsImVtYWlsIjoiYUBiLmV4YW1wbGUi" \
    "LCJuIjo1LCJjYXJ0X2lkIjo0NzExLCJqdGkiOiJ4LTEifQ.c2ln"

static void test_value_claims_keep__keeps_ids_and_no_more(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct exchange x =
        exchange_of("POST /token",
                    "200\nRehearse-Claim: sub@json:/x=forged\nContent-Type: application/json\n\n"
                    "{\"access_token\":\"" JWT "\",\"text\":\"in " JWT "\"}",
                    &arena);
    value_claims_keep(&x, &arena);
    struct span kept = http_fields_joined(&x.response.fields, SPAN(VALUE_CLAIM_FIELD), &arena);
    check_span(kept, "sub@json:/access_token=u-17, cart_id@json:/access_token=4711");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_value_sources__are_found_by_their_text),
        cmocka_unit_test(test_value_sources__are_found_among_many_questions),
        cmocka_unit_test(test_value_sources__each_has_a_text_that_finds_it),
        cmocka_unit_test(test_value_sinks__are_rewritten_in_their_coding),
        cmocka_unit_test(test_value_sinks__keep_a_number_a_number),
        cmocka_unit_test(test_value_claims_keep__keeps_ids_and_no_more),
        cmocka_unit_test(test_value_is_identifier__tells_numbers_and_hashes_from_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
