#include "rehearse/session/secret_signs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rehearse/base/strbuf.h"
#include "rehearse/session/key_words.h"

struct seen {
    enum secret_sign sign;
    char value[256];
    size_t count;
};

static void see(void *ctx, const struct secret_sighting *s)
{
    struct seen *seen = ctx;
    if (seen->count++ == 0) {
        seen->sign = s->sign;
        snprintf(seen->value, sizeof seen->value, "%.*s", SPAN_ARG(s->value));
    }
}

struct row {
    const char *text, *value; /* NULL: nothing is found */
    enum secret_sign sign;
};

static void check(const struct row *rows, size_t count,
                  void (*find)(struct span, secret_sighting_fn *, void *))
{
    for (size_t i = 0; i < count; i++) {
        struct seen seen = { 0 };
        find(span_of(rows[i].text), see, &seen);
        if (!rows[i].value && seen.count)
            fail_msg("%s: found \"%s\"", rows[i].text, seen.value);
        if (rows[i].value && (!seen.count || strcmp(seen.value, rows[i].value) != 0 ||
                              seen.sign != rows[i].sign))
            fail_msg("%s: expected \"%s\", found \"%s\" (%s)", rows[i].text, rows[i].value,
                     seen.value, secret_sign_name(seen.sign));
    }
}

#define JWT "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
#define GHP "ghp_0123456789abcdefghijABCDEFGHIJ012345"

static void test_secret_signs__know_secrets_by_their_look(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "GET /reset/" JWT "/done", JWT, SIGN_WEB_TOKEN },
        { "Bearer k3JhQ9x0Zp", "k3JhQ9x0Zp", SIGN_AUTHORIZATION },
        { "the bearer authentication scheme", NULL, 0 },
        { "Bearer p~aaaaaaaaaaaaaaaaaaaaaa", NULL, 0 },
        { "Bearer ***", NULL, 0 },
        { "Basic dXNlcjpodW50ZXIy", "dXNlcjpodW50ZXIy", SIGN_AUTHORIZATION },
        { "basic knowledge of HTTP", NULL, 0 },
        { "x -----BEGIN RSA PRIVATE KEY-----\nMII", "-----BEGIN RSA PRIVATE KEY-----",
          SIGN_PRIVATE_KEY },
        { "-----BEGIN PUBLIC KEY-----", NULL, 0 },
        { "key AKIAIOSFODNN7EXAMPLE.", "AKIAIOSFODNN7EXAMPLE.", SIGN_SERVICE_KEY },
        { "[" GHP "]", GHP, SIGN_SERVICE_KEY },
        { "npm_config_registry", NULL, 0 },
        { "=glpat-0123456789abcdefghij", "glpat-0123456789abcdefghij", SIGN_SERVICE_KEY },
        { "xoxb-0123456789-abcdefghij", "xoxb-0123456789-abcdefghij", SIGN_SERVICE_KEY },
        { "hvs.0123456789abcdefghijklmn", "hvs.0123456789abcdefghijklmn", SIGN_SERVICE_KEY },
        { "card 4111 1111 1111 1111!", "4111 1111 1111 1111", SIGN_CARD },
        { "n=4111111111111111&", "4111111111111111", SIGN_CARD },
        { "4111111111111112", NULL, 0 },
        { "0.4111111111111111", NULL, 0 },
        { "x4111111111111111", NULL, 0 },
        { "1714560000000000", NULL, 0 },
        { "postgres://app:hunter2@db/x", "hunter2", SIGN_USERINFO },
        { "http://localhost:8080/a@b", NULL, 0 },
        { "https://user:***@host/", NULL, 0 },
        { "", NULL, 0 },
    };
    check(rows, sizeof rows / sizeof *rows, secret_signs_by_look);
}

static void test_secret_signs__know_secrets_by_the_name_beside_them(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "POST /login?password=hunter2&x=1", "hunter2", SIGN_NAMED },
        { "{\"password\": \"hunter2\"}", "hunter2", SIGN_NAMED },
        { "{\"password\" : \"hunter2\"}", "hunter2", SIGN_NAMED },
        { "{\\\"api_key\\\":\\\"k9876543210\\\"}", "k9876543210", SIGN_NAMED },
        { "<input name=x>&quot;csrf_token&quot;:&quot;Zk3kd92ksl2&quot;", "Zk3kd92ksl2",
          SIGN_NAMED },
        { "X-CSRF-Token: Zk3kd92ksl2kq", "Zk3kd92ksl2kq", SIGN_NAMED },
        { "password: the words somebody types", NULL, 0 },
        { "password=***", NULL, 0 },
        { "token=p~aaaaaaaaaaaaaaaaaaaaaa", NULL, 0 },
        { "{\"token\": null}", NULL, 0 },
        { "max_tokens=100000", NULL, 0 },
        { "{\"session\": \"1f0c33a2b4d5e6f7\"}", NULL, 0 },
        { "Cookie: lang=de; sessionid=abcd1234", "abcd1234", SIGN_COOKIE },
        { "curl -H 'Cookie: sid=k3k3k3k3k3k3k3'", "k3k3k3k3k3k3k3", SIGN_COOKIE },
        { "Set-Cookie: sessionid=abcd1234; Path=/", "abcd1234", SIGN_COOKIE },
        { "Cookie: sessionid=p~aaaaaaaaaaaaaaaaaaaaaa; lang=de", NULL, 0 },
        { "=", NULL, 0 },
        { "password=", NULL, 0 },
    };
    check(rows, sizeof rows / sizeof *rows, secret_signs_by_name);
}

static void test_is_masked__knows_what_people_put_in_a_secrets_place(void **state)
{
    (void)state;
    static const char *const masked[] = { "",         "***",       "xxxxxxx", "[redacted]",
                                          "<hidden>", "REDACTED",  "…",       "•••••",
                                          "null",     "p~aaaaaaaaaaaaaaaaaaaaaa" };
    static const char *const plain[] = { "hunter2", "p~short", "x1x1", "*a*" };
    for (size_t i = 0; i < sizeof masked / sizeof *masked; i++)
        if (!is_masked(span_of(masked[i])))
            fail_msg("%s is masked", masked[i]);
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (is_masked(span_of(plain[i])))
            fail_msg("%s is not masked", plain[i]);
}

static void test_secrets_mask__hides_values_and_leaves_the_rest(void **state)
{
    (void)state;
    static const struct {
        const char *text, *masked;
    } rows[] = {
        { "found \"GET/a?token=abc&page=2\"", "found \"GET/a?token=abc&page=2\"" }, /* "abc" is too short */
        { "GET /a?password=hunter2 HTTP", "GET /a?password=*** HTTP" },
        { "Cookie: sessionid=abcd1234; lang=de", "Cookie: sessionid=***; lang=de" },
        { "begins Kx93mQ2vZp81LtRw7YbN and", "begins *** and" },
        { "http://ann:pw@host/", "http://ann:***@host/" },
        { "p~aaaaaaaaaaaaaaaaaaaaaa stays", "p~aaaaaaaaaaaaaaaaaaaaaa stays" },
        { "expected a time such as 07/Mar/2026:10:15:32 +0100",
          "expected a time such as 07/Mar/2026:10:15:32 +0100" },
        { "", "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
        secrets_mask(&out, span_of(rows[i].text));
        assert_string_equal(out.buf, rows[i].masked);
    }
    struct err err = ERR_INIT;
    err_set(&err, E_FORMAT, "/tmp/Kx93mQ2vZp81LtRw/a.log: found \"Kx93mQ2vZp81LtRw7YbN\", expected x");
    secrets_mask_err(&err);
    assert_string_equal(err.text, "/tmp/Kx93mQ2vZp81LtRw/a.log: found \"***\", expected x");
    assert_int_equal(err.code, E_FORMAT);
}

static size_t find_needle(const struct needles *needles, const char *text)
{
    struct seen seen = { 0 };
    needles_find(needles, span_of(text), see, &seen);
    return seen.count;
}

static void test_needles__are_found_however_they_are_written(void **state)
{
    (void)state;
    AUTO(needles_freep) struct needles *needles = needles_new();
    assert_true(needles_add(needles, SPAN("s:k3+y/1234567")));
    assert_false(needles_add(needles, SPAN("s:k3+y/1234567")));
    assert_false(needles_add(needles, SPAN("short")));
    assert_int_equal(needles_count(needles), 1);
    assert_int_equal(needles_too_short(needles), 1);
    static const char *const found[] = {
        "xx s:k3+y/1234567 xx",
        "xx s%3Ak3%2By%2F1234567 xx",
        "xx s%3ak3%2by%2f1234567 xx",
        "xx 7654321/y+3k:s xx",
        "czprMyt5LzEyMzQ1Njc=",         /* base64 of it */
        "eHM6azMreS8xMjM0NTY3eA==",     /* of x…x: one byte later */
        "eHhzOmszK3kvMTIzNDU2N3h4",     /* of xx…xx */
    };
    for (size_t i = 0; i < sizeof found / sizeof *found; i++)
        if (find_needle(needles, found[i]) == 0)
            fail_msg("%s: not found", found[i]);
    assert_int_equal(find_needle(needles, "s:k3+y/123456"), 0);
    assert_int_equal(find_needle(needles, ""), 0);
}

static void test_key_words__find_originals_that_nobody_kept(void **state)
{
    (void)state;
    static const unsigned char key[VEIL_KEY_BYTES] = { 7 };
    struct veil_options options = { .keep = NULL };
    struct key_words *words;
    struct veil *veil;
    struct err err = ERR_INIT;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct exchange x = exchange_blank();
    memcpy(options.key, key, sizeof key);
    assert_int_equal(veil_new(&veil, &options, &err), 0);
    x.session = 1;
    x.request.target = SPAN("/a?token=s%3Ak3y%2F1234567");
    veil_exchange(veil, &x, &arena);
    veil_free(veil);
    assert_int_equal(key_words_new(&words, key, &err), 0);
    key_words_learn(words, x.request.target);
    static const char *const found[] = { "a s:k3y/1234567 b", "x=s%3Ak3y%2F1234567&",
                                         "\"7654321/y3k:s\"", "t=czprM3kvMTIzNDU2Nw==" };
    for (size_t i = 0; i < sizeof found / sizeof *found; i++) {
        struct seen seen = { 0 };
        key_words_find(words, span_of(found[i]), see, &seen);
        if (seen.count == 0)
            fail_msg("%s: not found", found[i]);
    }
    struct seen seen = { 0 };
    key_words_find(words, SPAN("s:k3y/1234568 and other words"), see, &seen);
    assert_int_equal(seen.count, 0);
    key_words_free(words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_secret_signs__know_secrets_by_their_look),
        cmocka_unit_test(test_secret_signs__know_secrets_by_the_name_beside_them),
        cmocka_unit_test(test_is_masked__knows_what_people_put_in_a_secrets_place),
        cmocka_unit_test(test_secrets_mask__hides_values_and_leaves_the_rest),
        cmocka_unit_test(test_needles__are_found_however_they_are_written),
        cmocka_unit_test(test_key_words__find_originals_that_nobody_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
