#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/check.h"

#include "rehearse/base/strbuf.h"
#include "rehearse/http/cookie.h"
#include "rehearse/session/credential.h"
#include "session/messages.h"

static struct veil *veil_with_key(unsigned char first, const char *const *names)
{
    struct veil_options options = { .key = { first }, .secret_names = names };
    struct veil *veil = NULL;
    struct err err = ERR_INIT;
    if (veil_new(&veil, &options, &err) != 0)
        fail_msg("%s", err.text);
    return veil;
}

static struct exchange veiled(struct veil *veil, const char *request, const char *response,
                              struct arena *arena)
{
    struct exchange x = exchange_of(request, response, arena);
    x.session = 1;
    veil_exchange(veil, &x, arena);
    return x;
}

static struct span value_of(const struct http_fields *fields, const char *name)
{
    return http_fields_value(fields, span_of(name));
}

/* Everything of an exchange in one text. */
static void add_all(struct strbuf *out, const struct exchange *x)
{
    const struct http_fields *sides[] = { &x->request.fields, &x->response.fields };
    const struct span parts[] = { x->request.target, x->request.authority,
                                  x->request.body,   x->response.body,
                                  x->user,           x->note,
                                  x->client };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        strbuf_add_span(out, parts[i]);
        strbuf_add_char(out, '\n');
    }
    for (size_t side = 0; side < 2; side++)
        for (uint32_t i = 0; i < sides[side]->len; i++) {
            strbuf_add_span(out, sides[side]->at[i].name);
            strbuf_add_str(out, ": ");
            strbuf_add_span(out, sides[side]->at[i].value);
            strbuf_add_char(out, '\n');
        }
}

static void check_gone(const struct exchange *x, const char *const *secrets)
{
    AUTO(strbuf_release) struct strbuf all = STRBUF_INIT;
    add_all(&all, x);
    for (; *secrets; secrets++)
        if (span_find(strbuf_span(&all), span_of(*secrets)) >= 0)
            fail_msg("\"%s\" is still there:\n%s", *secrets, all.buf);
}

static void test_veil__no_planted_secret_is_left(void **state)
{
    (void)state;
    static const struct {
        const char *about, *request, *response;
    } rows[] = {
        { "cookies",
          "GET /\nCookie: sid=PLANT1secret; locale=de; x=\"PLANT2secret\"\nCookie: "
          "y=PLANT3secret\n\n",
          "200\nSet-Cookie: sid=PLANT4secret; Path=/; HttpOnly\nSet-Cookie: PLANT5nameless\n\n" },
        { "tokens by their look",
          "GET /reset/eyJhbGciOiJub25lIn0.eyJPLANT1.PLANT2secret\nX-Custom: "
          "eyJhbGciOiJub25lIn0.eyJPLANT3.\n"
          "Content-Type: text/xml\n\n<a>eyJhbGciOiJub25lIn0.eyJPLANT4.PLANT5</a>",
          "200\nX-Debug: user eyJhbGciOiJub25lIn0.eyJPLANT6.PLANT7\nContent-Type: image/svg+xml\n\n"
          "eyJ eyJhb.eyJ xeyJhb.eyJhb.x eyJhbGciOiJub25lIn0.eyJPLANT8.PLANT9" },
        { "fields",
          "GET /\nAuthorization: Bearer PLANT1secret\nX-Api-Key: PLANT2secret\n"
          "X-CSRF-Token: PLANT3secret\nProxy-Authorization: PLANT4secret\n"
          "CF-Access-Client-Secret: PLANT5\nX-WP-Nonce: PLANT6\n\n",
          "200\nX-Auth-Token: PLANT7\nAuthentication-Info: PLANT8\n\n" },
        { "a URL",
          "GET /reset;jsessionid=PLANT1?token=PLANT2&x=1&access_token=PLANT3\n"
          "Referer: https://anna:PLANT4@shop.example/a?api_key=PLANT5#id_token=PLANT6\n\n",
          "302\nLocation: "
          "/back?next=%2Freset%3Ftoken%3DPLANT7%26a%3Db&code=PLANT8a1b2c3d4e5f6a7b8\n"
          "Link: </a?sig=PLANT9>; rel=next, </b?signature=PLANT0>\nRefresh: 5; "
          "url=/x?password=PLANTX\n\n" },
        { "a form",
          "POST /login\nContent-Type: application/x-www-form-urlencoded\n\n"
          "user%5Bemail%5D=PLANT1%40x.example&user[password]=PLANT%32&_token=PLANT3&q=shoes",
          NULL },
        { "passwords in other languages",
          "POST /login\nContent-Type: application/x-www-form-urlencoded\n\n"
          "senha=PLANT1&kennwort=PLANT2&motdepasse=PLANT3&clave=PLANT4&wachtwoord=PLANT5&pw=PLANT6&"
          "contrase%C3%B1a=PLANT7&pword=PLANT8",
          NULL },
        { "service keys in fields and paths",
          "GET /hook/sk_live_PLANT1abcdefghijklmnopqr\n"
          "X-Note: use sk_live_PLANT2abcdefghijklmnopqr\n\n",
          "200\nX-Upstream: Bearer PLANT3abcdefghijklmnopqrstuv\n\n" },
        { "a form without its type", "POST /login\n\nlog=PLANT1&pwd=PLANT2&go=1", NULL },
        { "a multipart form",
          "POST /login\nContent-Type: multipart/form-data; "
          "boundary=XX\n\n--XX\r\nContent-Disposition: "
          "form-data; name=\"password\"\r\n\r\nPLANT1\r\n--XX\r\nContent-Disposition: form-data; "
          "name=\"username\"\r\n\r\nPLANT2\r\n--XX--\r\n",
          NULL },
        { "JSON",
          "POST /api/login\nContent-Type: application/json\n\n"
          "{\"user\":{\"email\":\"PLANT1@x.example\",\"password\":\"PL\\u0041NT2\"},\"otp\":"
          "987654321}",
          "200\nContent-Type: application/json; charset=utf-8\n\n"
          "{\"access_token\":\"PLANT3\",\"refreshToken\" : "
          "\"PLANT4\",\"nested\":[{\"client_secret\":\"PLANT5\"}],"
          "\"text\":\"{\\\"csrfToken\\\":\\\"PLANT6\\\"}\"}" },
        { "JSON cut in half", "GET /\n\n",
          "200\nContent-Type: application/json\n\n"
          "{\"a\":[{\"access_token\":\"PLANT1" },
        { "SOAP",
          "POST /soap\nContent-Type: application/soap+xml\n\n"
          "<?xml version=\"1.0\"?><s:Envelope><s:Body><u:username>PLANT1</u:username>"
          "<u:password> PLANT2 </u:password><secret><![CDATA[PLANT3]]></secret>"
          "<kept>open</kept></s:Body></s:Envelope>",
          "200\nContent-Type: text/xml\n\n<r><access_token>PLANT4</access_token></r>" },
        { "XML in a plain text",
          "POST /rpc\nContent-Type: text/plain\n\n<?xml version=\"1.0\"?><password>PLANT1</password>", NULL },
        { "GraphQL",
          "POST /graphql\nContent-Type: application/json\n\n"
          "{\"query\":\"mutation { login(username: \\\"PLANT1\\\", password: \\\"PLANT2\\\") { "
          "token } }\"}",
          "200\nContent-Type: "
          "application/graphql-response+json\n\n{\"data\":{\"login\":{\"token\":\"PLANT3\"}}}" },
        { "a page", "GET /\nCookie: sid=PLANT1a1b2c3d4e5f6\n\n",
          "200\nContent-Type: text/html\n\n<html><meta name=\"csrf-token\" content='PLANT2'>"
          "<!-- <input name=_token value=PLANT3> --><form><input type=hidden value=\"PLANT4&amp;\" "
          "name=\"authenticity_token\">"
          "<a href=\"/unsubscribe?x=1&amp;token=PLANT5\">out</a><div data-csrf-token=PLANT6></div>"
          "<script>window.app = { csrfToken: 'PLANT7', \"accessToken\":\"PLANT8\" }; var apiKey = "
          "\"PLANT9\";</script>"
          "<script id=__NEXT_DATA__ "
          "type=application/json>{\"props\":{\"sessionToken\":\"PLANT0\"}}</script>"
          "your session is PLANT1a1b2c3d4e5f6, anna</html>" },
        { "an echo in a field", "GET /\nCookie: x=PLANT1a1b2c3d4e5f6\n\n",
          "200\nX-Debug: from PLANT1a1b2c3d4e5f6 on\n\n" },
    };
    static const char *const secrets[] = { "PLANT", "987654321", NULL };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(veil_freep) struct veil *veil = veil_with_key(1, NULL);
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct exchange x = veiled(veil, rows[i].request, rows[i].response, &arena);
        check_gone(&x, secrets);
    }
}

static void test_veil__keeps_what_is_no_secret(void **state)
{
    (void)state;
    AUTO(veil_freep) struct veil *veil = veil_with_key(1, NULL);
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    static const char *const body =
        "<form action=\"/login\"><input name=q value='red shoes'><input name=authenticity_token "
        "value=\"\"><meta name=csrf-param content=authenticity_token>"
        "<a href=\"/list?page=2&amp;sort=price&amp;state=CA&amp;page_token=abc\">x</a></form>";
    char response[1024];
    snprintf(response, sizeof response,
             "200\nContent-Type: text/html\nETag: \"abc\"\nLocation: /de/?country=AT&code=AT\n\n%s",
             body);
    struct exchange x = veiled(
        veil,
        "GET /list?page=2&state=CA&code=US&key=color&q=token\nUser-Agent: Mozilla/5.0 (x; rv=1)\n"
        "Referer: https://shop.example/a?b=c\nCookie: locale=de-AT; currency=EUR; empty=\n\n",
        response, &arena);

    check_span(x.request.target, "/list?page=2&state=CA&code=US&key=color&q=token");
    check_span(value_of(&x.request.fields, "Referer"), "https://shop.example/a?b=c");
    check_span(value_of(&x.request.fields, "User-Agent"), "Mozilla/5.0 (x; rv=1)");
    check_span(value_of(&x.request.fields, "Cookie"), "locale=de-AT; currency=EUR; empty=");
    check_span(value_of(&x.response.fields, "Location"), "/de/?country=AT&code=AT");
    check_span(x.response.body, body);
}

static void test_veil__keeps_the_scheme_and_the_attributes(void **state)
{
    (void)state;
    AUTO(veil_freep) struct veil *veil = veil_with_key(1, NULL);
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct exchange x = veiled(veil, "GET /\nAuthorization: Bearer abc.def.ghi\n\n",
                               "200\nSet-Cookie: sid=abc; Path=/; Max-Age=60; Secure\n\n", &arena);
    struct span authorization = value_of(&x.request.fields, "Authorization");
    struct span line = value_of(&x.response.fields, "Set-Cookie");
    assert_true(span_starts(authorization, SPAN("Bearer p~")));
    assert_true(is_pseudonym(span_from(authorization, 7)));
    assert_true(span_ends(line, SPAN("; Path=/; Max-Age=60; Secure")));
    assert_true(is_pseudonym(span_make(line.ptr + 4, PSEUDONYM_LEN)));
}

static void test_veil__equal_values_have_one_pseudonym_in_every_coding(void **state)
{
    (void)state;
    AUTO(veil_freep) struct veil *veil = veil_with_key(1, NULL);
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct exchange x =
        veiled(veil,
               "POST /?token=a%2Bb%3D\nCookie: _csrf=a%2Bb%3D\nX-CSRF-Token: a+b=\n"
               "Content-Type: application/x-www-form-urlencoded\n\ncsrf=a%2Bb%3D",
               "200\nContent-Type: application/json\n\n{\"token\":\"a+b\\u003d\"}", &arena);
    struct span expected = value_of(&x.request.fields, "X-CSRF-Token");
    assert_true(is_pseudonym(expected));
    assert_true(span_eq(span_from(x.request.target, 8), expected));
    assert_true(span_eq(span_from(value_of(&x.request.fields, "Cookie"), 6), expected));
    assert_true(span_find(x.response.body, expected) > 0);
    assert_true(span_eq(span_from(x.request.body, 5), expected));
}

static void test_veil__pseudonyms_depend_on_the_key_and_on_nothing_else(void **state)
{
    (void)state;
    AUTO(veil_freep) struct veil *one = veil_with_key(1, NULL);
    AUTO(veil_freep) struct veil *same = veil_with_key(1, NULL);
    AUTO(veil_freep) struct veil *other = veil_with_key(2, NULL);
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    const char *request = "GET /\nX-Api-Key: the-value\n\n";
    const char *different = "GET /\nX-Api-Key: the-valuf\n\n";
    struct exchange a = veiled(one, request, NULL, &arena);
    veiled(same, different, NULL, &arena);
    struct exchange b = veiled(same, request, NULL, &arena);
    struct exchange c = veiled(other, request, NULL, &arena);
    struct exchange d = veiled(one, different, NULL, &arena);
    struct span name = SPAN("X-Api-Key");
    assert_true(span_eq(http_fields_value(&a.request.fields, name),
                        http_fields_value(&b.request.fields, name)));
    assert_false(span_eq(http_fields_value(&a.request.fields, name),
                         http_fields_value(&c.request.fields, name)));
    assert_false(span_eq(http_fields_value(&a.request.fields, name),
                         http_fields_value(&d.request.fields, name)));
}

static void test_veil__twice_is_once(void **state)
{
    (void)state;
    AUTO(veil_freep) struct veil *veil = veil_with_key(1, NULL);
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(strbuf_release) struct strbuf once = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf twice = STRBUF_INIT;
    struct exchange x =
        veiled(veil, "POST /?token=a\nCookie: sid=b; z=c\nAuthorization: Bearer d\n\npassword=e",
               "200\nSet-Cookie: sid=f; Path=/\nContent-Type: text/html\n\n"
               "<input name=_csrf value=g>",
               &arena);
    add_all(&once, &x);
    veil_exchange(veil, &x, &arena);
    add_all(&twice, &x);
    assert_string_equal(once.buf, twice.buf);
}

static void test_veil__a_page_known_as_clean_hides_echoes_all_the_same(void **state)
{
    (void)state;
    AUTO(veil_freep) struct veil *veil = veil_with_key(1, NULL);
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(strbuf_release) struct strbuf page = STRBUF_INIT;
    strbuf_addf(&page, "200\nContent-Type: text/html\n\n<p>PLANT1a1b2c3d4e5f6 %0300d</p>", 0);
    veiled(veil, "GET /\n\n", page.buf, &arena); /* nobody's secret yet */
    struct exchange x = veiled(veil, "GET /\nCookie: sid=PLANT1a1b2c3d4e5f6\n\n", page.buf, &arena);
    check_gone(&x, (const char *const[]){ "PLANT", NULL });
    /* Clean as a text is not clean as a page. */
    strbuf_clear(&page);
    strbuf_addf(&page, "200\nContent-Type: text/css\n\n<input name=_csrf value=PLANT2>%0300d", 0);
    veiled(veil, "GET /\n\n", page.buf, &arena);
    strbuf_clear(&page);
    strbuf_addf(&page, "200\nContent-Type: text/html\n\n<input name=_csrf value=PLANT2>%0300d", 0);
    x = veiled(veil, "GET /\n\n", page.buf, &arena);
    check_gone(&x, (const char *const[]){ "PLANT", NULL });
}

static void test_veil__hides_the_logs_user_and_frees_the_line_from_its_number(void **state)
{
    (void)state;
    AUTO(veil_freep) struct veil *veil = veil_with_key(1, NULL);
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct exchange x = exchange_of("GET /\nCookie: sid=a\nAccept: b\n\n", NULL, &arena);
    x.session = 1;
    x.user = SPAN("anna");
    x.request.fields.at[0].id = 5;
    x.request.fields.at[1].id = 6;
    veil_exchange(veil, &x, &arena);
    assert_true(is_pseudonym(x.user));
    assert_int_equal(x.request.fields.at[0].id, 0); /* the store knows another line by 5 */
    assert_int_equal(x.request.fields.at[1].id, 6);
}

static void test_veil__hides_in_texts_within_texts(void **state)
{
    (void)state;
    AUTO(veil_freep) struct veil *veil = veil_with_key(1, NULL);
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    static const char *const requests[] = {
        "POST /a\nContent-Type: application/json\n\n{\"payload\":\"{\\\"password\\\":\\\"PLANT1\\\"}\"}",
        "POST /a\nContent-Type: application/x-www-form-urlencoded\n\n"
        "data=%7B%22api_key%22%3A%22PLANT2%22%7D",
        "POST /a\nContent-Type: application/json\n\n"
        "{\"query\":\"mutation { login(user: \\\"ann\\\", password: \\\"PLANT3\\\") { id } }\"}",
        "GET /e?next=%2Fx%3Ftoken%3DPLANT4\n\n",
        "POST /a\n\n--B0\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nPLANT5\r\n--B0--\r\n",
        "POST /a\nContent-Type: text/plain\n\nmy key is ghp_PLANT0123456789abcdefghijABCDEFGHIJ",
        "POST /a\nX-Original-Authorization: Bearer PLANT6\n\n",
        "POST /a\nContent-Type: application/json\n\n{\"card\":{\"number\":\"4111111111111111\"}}",
    };
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        struct exchange x = veiled(veil, requests[i], NULL, &arena);
        check_gone(&x, (const char *const[]){ "PLANT", "4111111111111111", NULL });
    }
}

static void test_veil__the_users_names_are_secret_too(void **state)
{
    (void)state;
    static const char *const names[] = { "basket", "locale", "X-Shop-*", NULL };
    AUTO(veil_freep) struct veil *veil = veil_with_key(1, names);
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct exchange x =
        veiled(veil,
               "POST /?basket=PLANT1\nCookie: locale=PLANT2; basket=PLANT3\n"
               "X-Shop-Visitor: PLANT4\nContent-Type: application/json\n\n{\"basket\":\"PLANT5\"}",
               NULL, &arena);
    check_gone(&x, (const char *const[]){ "PLANT", NULL });
}

static void test_is_pseudonym__looks_at_every_byte(void **state)
{
    (void)state;
    assert_true(is_pseudonym(SPAN("p~ABCDEFGHIJKLMNOPQRST-_")));
    assert_false(is_pseudonym(SPAN("p~ABCDEFGHIJKLMNOPQRST-")));
    assert_false(is_pseudonym(SPAN("p~ABCDEFGHIJKLMNOPQRST-_x")));
    assert_false(is_pseudonym(SPAN("q~ABCDEFGHIJKLMNOPQRST-_")));
    assert_false(is_pseudonym(SPAN("p~ABCDEFGHIJKLMNOPQRST-;")));
    assert_false(is_pseudonym(SPAN_NONE));
}

/* ---- variants ---- */

struct found {
    struct strbuf text;
    bool pseudonyms;
};

static int note_variant(void *ctx, struct span name, struct span pseudonym, struct span value,
                        uint64_t sessions)
{
    struct found *f = ctx;
    strbuf_addf(&f->text, "%.*s=%.*s %d;", SPAN_ARG(name), SPAN_ARG(value), (int)sessions);
    f->pseudonyms = f->pseudonyms && is_pseudonym(pseudonym);
    return 0;
}

static void check_variants(struct veil *veil, const char *expected)
{
    struct found f = { STRBUF_INIT, true };
    assert_int_equal(veil_each_variant(veil, note_variant, &f), 0);
    assert_string_equal(f.text.buf, expected);
    assert_true(f.pseudonyms);
    strbuf_release(&f.text);
}

static void show(struct veil *veil, uint64_t session, const char *client, const char *cookies)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct exchange x = exchange_blank();
    x.session = session;
    x.client = span_of(client);
    http_fields_add(&x.request.fields, &arena, SPAN("Cookie"), span_of(cookies));
    veil_exchange(veil, &x, &arena);
}

static void test_variants__are_values_that_enough_sessions_share(void **state)
{
    (void)state;
    AUTO(veil_freep) struct veil *veil = veil_with_key(1, NULL);
    show(veil, 1, NULL, "tier=gold; sorting=price; uid=anna");
    show(veil, 1, NULL, "tier=gold; sorting=price; uid=anna");
    show(veil, 2, NULL, "tier=gold; sorting=price; uid=bert");
    check_variants(veil, "");
    show(veil, 3, NULL, "tier=gold; sorting=name; uid=carl");
    check_variants(veil, "tier=gold 3;");
    show(veil, 4, NULL, "sorting=price; tier=gold");
    check_variants(veil, "sorting=price 3;tier=gold 3;");
}

static void test_variants__one_visitor_in_many_sessions_counts_once(void **state)
{
    (void)state;
    AUTO(veil_freep) struct veil *veil = veil_with_key(1, NULL);
    for (uint64_t session = 1; session <= 9; session++)
        show(veil, session, "10.0.0.1", "tier=gold");
    check_variants(veil, "");
    show(veil, 10, "10.0.0.2", "tier=gold");
    show(veil, 11, "10.0.0.3", "tier=gold");
    check_variants(veil, "tier=gold 3;");
}

static void test_variants__sessions_tokens_and_random_values_never_become_one(void **state)
{
    (void)state;
    AUTO(veil_freep) struct veil *veil = veil_with_key(1, NULL);
    for (uint64_t session = 1; session <= 9; session++)
        show(veil, session, NULL,
             "sid=shared; csrftoken=shared; u=550e8400-e29b-41d4-a716-446655440000; "
             "v=9f86d081884c7d659a2feaa0c55ad015; w=1700000000123; "
             "x=eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1In0.c2ln; y=QxZpLmKwRtYb; "
             "long=a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a");
    check_variants(veil, "");
}

static void test_variants__a_known_variant_may_look_random(void **state)
{
    (void)state;
    AUTO(veil_freep) struct veil *veil = veil_with_key(1, NULL);
    for (uint64_t session = 1; session <= 3; session++)
        show(veil, session, NULL, "X-Magento-Vary=9f86d081884c7d659a2feaa0c55ad0159f86d081");
    check_variants(veil, "X-Magento-Vary=9f86d081884c7d659a2feaa0c55ad0159f86d081 3;");
}

static void test_variants__memory_is_bounded_and_the_shared_survive(void **state)
{
    (void)state;
    AUTO(veil_freep) struct veil *veil = veil_with_key(1, NULL);
    for (uint64_t session = 1; session <= 3; session++)
        show(veil, session, NULL, "tier=gold");
    for (int i = 0; i < 30000; i++) {
        char cookie[32];
        snprintf(cookie, sizeof cookie, "n=v%d", i);
        show(veil, (uint64_t)i, NULL, cookie);
    }
    check_variants(veil, "tier=gold 3;");
}

/* ---- the key ---- */

static void test_key__comes_from_the_environment_then_a_file(void **state)
{
    (void)state;
    unsigned char key[VEIL_KEY_BYTES] = { 0 };
    struct err err = ERR_INIT;
    char hex[65];
    memset(hex, 'a', 64);
    hex[64] = '\0';
    setenv("REHEARSE_KEY", hex, 1);
    assert_int_equal(veil_key_load(key, "/nowhere", &err), 0);
    assert_int_equal(key[31], 0xaa);

    setenv("REHEARSE_KEY", "very-secret-but-too-short", 1);
    assert_int_equal(veil_key_load(key, NULL, &err), E_FORMAT);
    check_contains(err.text, "64 hex digits");
    assert_null(strstr(err.text, "very-secret"));
    unsetenv("REHEARSE_KEY");
    assert_true(veil_key_load(key, "/nowhere/key", &err) < 0);
    assert_int_equal(key[31], 0xaa); /* untouched on failure */
}

static void test_key__of_the_user_is_made_once_and_private(void **state)
{
    (void)state;
    char folder[] = "/tmp/rehearse-key-XXXXXX";
    assert_non_null(mkdtemp(folder));
    unsetenv("REHEARSE_KEY");
    setenv("XDG_CONFIG_HOME", folder, 1);
    unsigned char first[VEIL_KEY_BYTES] = { 0 }, second[VEIL_KEY_BYTES] = { 1 };
    struct err err = ERR_INIT;
    assert_int_equal(veil_key_load(first, NULL, &err), 0);
    assert_int_equal(veil_key_load(second, NULL, &err), 0);
    assert_memory_equal(first, second, sizeof first);

    char path[128];
    struct stat st;
    snprintf(path, sizeof path, "%s/rehearse/key", folder);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    unlink(path);
    snprintf(path, sizeof path, "%s/rehearse", folder);
    rmdir(path);
    rmdir(folder);
    unsetenv("XDG_CONFIG_HOME");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_veil__no_planted_secret_is_left),
        cmocka_unit_test(test_veil__keeps_what_is_no_secret),
        cmocka_unit_test(test_veil__hides_in_texts_within_texts),
        cmocka_unit_test(test_veil__keeps_the_scheme_and_the_attributes),
        cmocka_unit_test(test_veil__equal_values_have_one_pseudonym_in_every_coding),
        cmocka_unit_test(test_veil__pseudonyms_depend_on_the_key_and_on_nothing_else),
        cmocka_unit_test(test_veil__twice_is_once),
        cmocka_unit_test(test_veil__a_page_known_as_clean_hides_echoes_all_the_same),
        cmocka_unit_test(test_veil__hides_the_logs_user_and_frees_the_line_from_its_number),
        cmocka_unit_test(test_veil__the_users_names_are_secret_too),
        cmocka_unit_test(test_is_pseudonym__looks_at_every_byte),
        cmocka_unit_test(test_variants__are_values_that_enough_sessions_share),
        cmocka_unit_test(test_variants__one_visitor_in_many_sessions_counts_once),
        cmocka_unit_test(test_variants__sessions_tokens_and_random_values_never_become_one),
        cmocka_unit_test(test_variants__a_known_variant_may_look_random),
        cmocka_unit_test(test_variants__memory_is_bounded_and_the_shared_survive),
        cmocka_unit_test(test_key__comes_from_the_environment_then_a_file),
        cmocka_unit_test(test_key__of_the_user_is_made_once_and_private),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
