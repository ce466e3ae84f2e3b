/* Ways of asking: what a persona leaves out and puts in, and credentials that do not hold. */
#include "rehearse/session/persona.h"
#include "support/check.h"

static struct http_request recorded(struct arena *arena)
{
    struct http_request r = { .method = SPAN("GET"), .target = SPAN("/account") };
    static const char *const lines[][2] = {
        { "User-Agent", "Mozilla/5.0 Firefox" },
        { "Accept", "text/html" },
        { "Accept-Language", "fr" },
        { "Cookie", "sid=p~x; currency=EUR" },
        { "Authorization", "Bearer p~y" },
        { "If-None-Match", "\"a\"" },
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        http_fields_add(&r.fields, arena, span_of(lines[i][0]), span_of(lines[i][1]));
    return r;
}

static struct span field(const struct http_request *r, const char *name)
{
    return http_fields_value(&r->fields, span_of(name));
}

static void test_persona__leaves_out_what_was_the_visitors(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct http_request r = recorded(&arena);
    struct persona p;
    assert_true(persona_named(&p, SPAN("anonymous")));
    persona_ask(&r, &p, NULL, 0, &arena);
    check_span(field(&r, "Cookie"), NULL);
    check_span(field(&r, "Authorization"), NULL);
    check_span(field(&r, "If-None-Match"), NULL);
    check_span(field(&r, "Accept-Language"), "fr");
    check_span(field(&r, "User-Agent"), "Mozilla/5.0 Firefox");
    arena_release(&arena);
}

static void test_persona__puts_in_what_is_its_own(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct http_request r = recorded(&arena);
    static const struct persona_item fields[] = { { { "Accept-Language", 15 }, { "de", 2 } },
                                                  { { "X-Preview", 9 }, { "on", 2 } } };
    static const struct persona_item cookies[] = { { { "new_checkout", 12 }, { "on", 2 } } };
    struct persona p = { .user_agent = SPAN("Bot/1"),
                         .fields = fields,
                         .field_count = 2,
                         .cookies = cookies,
                         .cookie_count = 1 };
    persona_ask(&r, &p, NULL, 0, &arena);
    check_span(field(&r, "User-Agent"), "Bot/1");
    check_span(field(&r, "Accept-Language"), "de");
    check_span(field(&r, "X-Preview"), "on");
    check_span(field(&r, "Cookie"), "new_checkout=on");
    arena_release(&arena);
}

static void test_persona__makes_up_a_session_that_is_over(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct http_request r = recorded(&arena);
    struct persona p;
    struct span name = SPAN("sid");
    assert_true(persona_named(&p, SPAN("expired")));
    persona_ask(&r, &p, &name, 1, &arena);
    assert_true(span_starts(field(&r, "Cookie"), SPAN("sid=")));
    assert_int_equal(field(&r, "Cookie").len, 4 + 32);
    arena_release(&arena);
}

static void test_persona__reads_the_first_language(void **state)
{
    (void)state;
    check_span(persona_language_of(SPAN("de-AT,de;q=0.9,en;q=0.6")), "de");
    check_span(persona_language_of(SPAN(" en ;q=1")), "en");
    check_span(persona_language_of(SPAN("*")), "");
    check_span(persona_language_of(SPAN_NONE), "");
}

static size_t differing(struct span a, struct span b)
{
    size_t count = 0;
    assert_int_equal(a.len, b.len);
    for (size_t i = 0; i < a.len; i++)
        count += a.ptr[i] != b.ptr[i];
    return count;
}

static void test_persona__tampers_with_one_character(void **state)
{
    (void)state;
    static const char *const values[] = {
        "3f9c0a7be1d24455",
        "s%3Aabc.def%2Fghijklmnop",
        "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl",
        "a",
        "0",
        "Z",
    };
    struct arena arena = ARENA_INIT;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        for (uint64_t seed = 0; seed < 50; seed++) {
            struct span value = span_of(values[i]);
            struct span other = persona_spoiled(value, CREDENTIALS_TAMPERED, seed, &arena);
            check_row(differing(value, other) == 1, values[i]);
            check_row(span_find(value, SPAN("%")) == span_find(other, SPAN("%")), values[i]);
        }
    check_span(persona_spoiled(SPAN(""), CREDENTIALS_TAMPERED, 1, &arena), "");
    check_span(persona_spoiled(SPAN("--"), CREDENTIALS_TAMPERED, 1, &arena), "--");
    arena_release(&arena);
}

static void test_persona__an_expired_session_keeps_its_form(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct span hex = SPAN("3f9c0a7be1d24455");
    struct span other = persona_spoiled(hex, CREDENTIALS_EXPIRED, 7, &arena);
    assert_int_equal(differing(hex, other), hex.len);
    for (size_t i = 0; i < other.len; i++)
        assert_true(char_hex(other.ptr[i]) >= 0);
    struct span again = persona_spoiled(hex, CREDENTIALS_EXPIRED, 7, &arena);
    assert_true(span_eq(other, again));
    struct span escaped = persona_spoiled(SPAN("s%3Aabc"), CREDENTIALS_EXPIRED, 7, &arena);
    assert_true(span_eq(span_head(span_from(escaped, 1), 3), SPAN("%3A")));
    struct span token = SPAN("eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl");
    struct span forged = persona_spoiled(token, CREDENTIALS_EXPIRED, 7, &arena);
    assert_true(span_starts(forged, SPAN("eyJhbGciOiJI.eyJzdWIiOiIx.")));
    assert_false(span_eq(forged, token));
    arena_release(&arena);
}

static void test_persona__spoils_credentials_and_nothing_else(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct http_request r = { .fields = { NULL, 0, 0 } };
    http_fields_add(&r.fields, &arena, SPAN("Cookie"), SPAN("currency=EUR; sessionid=abcdef01"));
    http_fields_add(&r.fields, &arena, SPAN("Authorization"), SPAN("Bearer abcdef0123"));
    http_fields_add(&r.fields, &arena, SPAN("X-Other"), SPAN("abcdef01"));
    persona_spoil(&r, CREDENTIALS_TAMPERED, 3, &arena);
    assert_true(span_starts(field(&r, "Cookie"), SPAN("currency=EUR; sessionid=")));
    assert_int_equal(differing(field(&r, "Cookie"), SPAN("currency=EUR; sessionid=abcdef01")), 1);
    assert_int_equal(differing(field(&r, "Authorization"), SPAN("Bearer abcdef0123")), 1);
    assert_true(span_starts(field(&r, "Authorization"), SPAN("Bearer ")));
    check_span(field(&r, "X-Other"), "abcdef01");
    arena_release(&arena);
}

#define FORM "application/x-www-form-urlencoded"
#define PARTS "multipart/form-data; boundary=xyz"

static void test_persona__takes_tokens_out_of_posts(void **state)
{
    (void)state;
    static const struct {
        const char *type, *body, *expected;
        unsigned count;
    } rows[] = {
        { FORM, "a=1&csrfmiddlewaretoken=x&b=2", "a=1&b=2", 1 },
        { FORM, "_csrf=x", "", 1 },
        { FORM, "a=1&authenticity%5Ftoken=x", "a=1", 1 },
        { FORM, "a=1&b=2", "a=1&b=2", 0 },
        { "application/json", "{\"csrfToken\":\"x\",\"a\":1}", "{\"csrfToken\":\"\",\"a\":1}", 1 },
        { PARTS,
          "--xyz\r\nContent-Disposition: form-data; name=\"_token\"\r\n\r\nx\r\n"
          "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--xyz--\r\n",
          "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--xyz--\r\n", 1 },
        { PARTS, "no part at all", "no part at all", 0 },
        { "application/octet-stream", "_csrf=x", "_csrf=x", 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena arena = ARENA_INIT;
        struct http_request r = { .method = SPAN("POST"),
                                  .target = SPAN("/a"),
                                  .body = span_of(rows[i].body) };
        http_fields_add(&r.fields, &arena, SPAN("Content-Type"), span_of(rows[i].type));
        assert_int_equal(persona_drop_tokens(&r, &arena), rows[i].count);
        check_span(r.body, rows[i].expected);
        arena_release(&arena);
    }
}

static void test_persona__takes_tokens_out_of_fields_and_queries(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct http_request r = { .method = SPAN("POST"),
                              .target = SPAN("/a?_csrf=x&b=1"),
                              .body = SPAN_NONE };
    http_fields_add(&r.fields, &arena, SPAN("X-CSRFToken"), SPAN("x"));
    http_fields_add(&r.fields, &arena, SPAN("Accept"), SPAN("*/*"));
    assert_int_equal(persona_drop_tokens(&r, &arena), 2);
    check_span(r.target, "/a?b=1");
    check_span(field(&r, "X-CSRFToken"), NULL);
    check_span(field(&r, "Accept"), "*/*");
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_persona__leaves_out_what_was_the_visitors),
        cmocka_unit_test(test_persona__puts_in_what_is_its_own),
        cmocka_unit_test(test_persona__makes_up_a_session_that_is_over),
        cmocka_unit_test(test_persona__reads_the_first_language),
        cmocka_unit_test(test_persona__tampers_with_one_character),
        cmocka_unit_test(test_persona__an_expired_session_keeps_its_form),
        cmocka_unit_test(test_persona__spoils_credentials_and_nothing_else),
        cmocka_unit_test(test_persona__takes_tokens_out_of_posts),
        cmocka_unit_test(test_persona__takes_tokens_out_of_fields_and_queries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
