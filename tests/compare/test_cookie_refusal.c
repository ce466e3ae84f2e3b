#include "support/check.h"

#include "cookie_refusal.h"
#include "rehearse/base/strbuf.h"
#include "scene.h"
#include "set_cookie.h"

struct row {
    const char
        *places; /* "https://shop.example https://shop.staging.test": production's, staging's */
    const char *production, *staging; /* Set-Cookie lines */
    const char *attributes;           /* of staging's, as compared */
};

static void set_place(struct exchange *x, struct span place)
{
    ptrdiff_t at = span_find(place, SPAN("://"));
    x->request.scheme = span_head(place, (size_t)at);
    x->request.authority = span_from(place, (size_t)at + 3);
}

static void check_attributes(const struct row *row)
{
    struct arena arena = ARENA_INIT;
    struct exchange p = exchange_blank(), s = exchange_blank();
    struct span staging = span_of(row->places), production = span_cut(&staging, ' ');
    struct set_cookie cookie;
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    set_place(&p, production);
    set_place(&s, staging);
    http_fields_add(&p.response.fields, &arena, SPAN("Set-Cookie"), span_of(row->production));
    assert_true(set_cookie_parse(&cookie, span_of(row->staging)));
    struct canonical_context c = { &p, &s, &arena };
    set_cookie_attributes(&c, &cookie, &out);
    if (strcmp(out.buf, row->attributes) != 0)
        print_error("found    \"%s\"\n", out.buf);
    check_row(strcmp(out.buf, row->attributes) == 0, row->attributes);
    arena_release(&arena);
}

#define TLS "https://shop.example https://shop.staging.test:8443"
#define PLAIN "https://shop.example http://shop.staging.test"
#define UNTIL "until the browser closes"

static void test_set_cookie__says_what_stagings_address_does_to_it(void **state)
{
    (void)state;
    static const struct row rows[] = {
        /* Nothing. */
        { TLS, "a=1; Secure", "a=1; Secure", "Secure; " UNTIL },
        { TLS, "a=1; Domain=shop.example", "a=1; Domain=shop.staging.test",
          "Domain=this host; " UNTIL },
        { TLS, "a=1; Domain=example", "a=1; Domain=staging.test",
          "Domain=1 above this host; " UNTIL },
        { TLS, "b=1", "a=1; Domain=shop.example", "Domain=this host; " UNTIL },
        /* Domain. */
        { TLS, "a=1; Domain=shop.example", "a=1; Domain=shop.example",
          "Domain=this host; " UNTIL "; refused by browsers: Domain of production" },
        { TLS, "a=1", "a=1; Domain=other.test",
          "Domain=other.test; " UNTIL "; refused by browsers: Domain of another site" },
        { TLS, "a=1; Domain=other.test", "a=1; Domain=other.test", "Domain=other.test; " UNTIL },
        { "https://www.shop.example https://shop.github.io", "a=1; Domain=shop.example",
          "a=1; Domain=github.io",
          "Domain=1 above this host; " UNTIL "; refused by browsers: Domain is a public suffix" },
        { "https://shop.example https://203.0.113.7", "a=1; Domain=shop.example",
          "a=1; Domain=shop.example",
          "Domain=this host; " UNTIL "; refused by browsers: Domain of production" },
        /* Secure. */
        { PLAIN, "a=1; Secure", "a=1; Secure",
          "Secure; " UNTIL "; refused by browsers: Secure over plain http" },
        { "https://shop.example http://127.0.0.1:80", "a=1; Secure", "a=1; Secure",
          "Secure; " UNTIL },
        { "http://shop.example http://shop.staging.test", "a=1; Secure", "a=1; Secure", UNTIL },
        { PLAIN, "a=1; Secure", "a=1", UNTIL "; no Secure, over plain http" },
        { TLS, "a=1; Secure", "a=1", UNTIL },
        /* SameSite. */
        { TLS, "a=1; SameSite=None; Secure", "a=1; SameSite=None",
          "SameSite=None; " UNTIL "; refused by browsers: SameSite=None without Secure" },
        { PLAIN, "a=1; SameSite=None; Secure", "a=1; SameSite=None",
          "SameSite=None; " UNTIL
          "; refused by browsers: SameSite=None without Secure, over plain http"
          "; no Secure, over plain http" },
        { TLS, "a=1; SameSite=None", "a=1; SameSite=None", "SameSite=None; " UNTIL },
        /* Partitioned. */
        { TLS, "a=1; Partitioned; Secure", "a=1; Partitioned",
          "Partitioned; " UNTIL "; refused by browsers: Partitioned without Secure" },
        { PLAIN, "a=1; Partitioned; Secure", "a=1; Partitioned",
          "Partitioned; " UNTIL "; refused by browsers: Partitioned without Secure, over plain http"
          "; no Secure, over plain http" },
        /* Prefixes. */
        { TLS, "__Host-a=1; Secure; Path=/", "__Host-a=1; Secure; Path=/x",
          "Prefix=__Host-; Secure; Path=/x; " UNTIL
          "; refused by browsers: a promise of its name is broken" },
        { PLAIN, "__Secure-a=1; Secure", "__Secure-a=1",
          "Prefix=__Secure-; " UNTIL
          "; refused by browsers: a prefix that promises Secure, over plain http"
          "; no Secure, over plain http" },
        { PLAIN, "__Secure-a=1; Secure", "a=1",
          UNTIL "; no Secure, over plain http; no prefix, over plain http" },
        { TLS, "__Secure-a=1; Secure", "a=1; Secure", "Secure; " UNTIL },
        /* HttpOnly, Path. */
        { TLS, "a=1", "a=1; HttpOnly; Path=/a", "HttpOnly; Path=/a; " UNTIL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_attributes(&rows[i]);
}

static void test_set_cookie__compares_lifetimes_as_durations(void **state)
{
    (void)state;
    static const struct {
        const char *line, *text;
    } rows[] = {
        { "a=1; Max-Age=3600", "for 1 hour" },
        { "a=1; Max-Age=3595", "for 1 hour" },
        { "a=1; Max-Age=4500", "for about 75 minutes" },
        { "a=1; Max-Age=5400", "for about 90 minutes" },
        { "a=1; Max-Age=80", "for about 80 seconds" },
        { "a=1; Max-Age=1", "for about 20 seconds" },
        { "a=1; Max-Age=864000", "for about 10 days" },
        { "a=1; Max-Age=999999999999", "for about 400 days" },
        { "a=1; Max-Age=-5", "deleted" },
        { "a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "for 1 minute" },
        { "a=1; Expires=Sat, 07 Mar 2026 10:15:32 GMT", "for 1 hour" },
        { "a=1; Expires=never", UNTIL },
    };
    struct exchange x = exchange_blank();
    struct arena arena = ARENA_INIT;
    x.start_us = 17; /* another clock than the server's */
    http_fields_add(&x.response.fields, &arena, SPAN("Date"),
                    SPAN("Sat, 07 Mar 2026 09:15:32 GMT"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct canonical_context c = { &x, &x, &arena };
        AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
        struct set_cookie cookie;
        assert_true(set_cookie_parse(&cookie, span_of(rows[i].line)));
        set_cookie_attributes(&c, &cookie, &out);
        check_row(strcmp(out.buf, rows[i].text) == 0, rows[i].line);
    }
    arena_release(&arena);
}

static void test_cookie_reason__is_known_by_its_member(void **state)
{
    (void)state;
    assert_true(cookie_reason_of(SPAN("refused by browsers: Domain of production"))->by_address);
    assert_int_equal(cookie_reason_of(SPAN("refused by browsers: Domain of production"))->severity,
                     SEVERITY_INFO);
    assert_false(
        cookie_reason_of(SPAN("refused by browsers: Partitioned without Secure"))->by_address);
    assert_null(cookie_reason_of(SPAN("Secure")));
    assert_null(cookie_reason_of(SPAN("")));
}

static void test_missing_cookie__is_explained_by_what_staging_cannot_be_given(void **state)
{
    (void)state;
    static const struct {
        const char *name, *attributes, *scheme, *authority;
        bool explained;
    } rows[] = {
        { "__Host-sid", "Secure; Path=/", "http", "shop.staging.test", true },
        { "__Host-sid", "Secure; Path=/", "https", "shop.staging.test", false },
        { "sid", "Secure; Path=/", "http", "shop.staging.test", false },
        { "sid", "Domain=1 above this host; " UNTIL, "https", "shop.github.io", true },
        { "sid", "Domain=1 above this host; " UNTIL, "https", "shop.staging.test", false },
        { "sid", "Domain=9 above this host", "https", "a", false },
        { "sid", " above this host", "https", "a", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *why =
            cookie_missing_reason(span_of(rows[i].name), span_of(rows[i].attributes),
                                  span_of(rows[i].scheme), span_of(rows[i].authority));
        check_row((why != NULL) == rows[i].explained, rows[i].attributes);
    }
}

static void test_findings__say_what_stagings_address_explains(void **state)
{
    (void)state;
    static const struct {
        const char *production, *staging; /* cookies */
        const char *kind;
        enum finding_severity severity;
        const char *says;
    } rows[] = {
        { "sid=1; Path=/; Domain=shop.example", "sid=1; Path=/; Domain=shop.example",
          "cookie.attribute", SEVERITY_INFO, "staging lives under another name" },
        { "sid=1; Path=/; Domain=shop.example; HttpOnly", "sid=1; Path=/; Domain=shop.example",
          "cookie.attribute", SEVERITY_MAJOR, "staging lives under another name" },
        { "sid=1; Path=/; Secure", "sid=1; Path=/", "cookie.attribute", SEVERITY_MINOR,
          "Staging over TLS would tell" },
        { "__Secure-sid=1; Path=/; Secure", "sid=1; Path=/", "cookie.attribute", SEVERITY_INFO,
          "Libraries put __Host- or __Secure-" },
        { "sid=1; Path=/; Secure; SameSite=None", "sid=1; Path=/; SameSite=None",
          "cookie.attribute", SEVERITY_MINOR, "SameSite=None needs Secure" },
        { "sid=1; Path=/; Domain=shop.example", "sid=1; Path=/; Domain=other.test",
          "cookie.attribute", SEVERITY_MAJOR, "browsers take no cookie for another site" },
        { "sid=1; Path=/; Max-Age=3600", "sid=1; Path=/; Max-Age=7200", "cookie.attribute",
          SEVERITY_MAJOR, "Browsers send, keep or expose" },
        { "__Host-sid=1; Path=/; Secure", "other=1", "cookie.removed", SEVERITY_INFO,
          "promises TLS" },
        { "sid=1; Path=/; Secure", "other=1", "cookie.removed", SEVERITY_MAJOR, "is lost" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s;
        const struct finding *found = NULL;
        char production[160], staging[160];
        scene_open(&s);
        snprintf(production, sizeof production, "200\nSet-Cookie: %s\n", rows[i].production);
        snprintf(staging, sizeof staging, "200\nSet-Cookie: %s\n", rows[i].staging);
        for (int n = 0; n < 4; n++) {
            pair(&s, "GET /login", production, staging);
            next_session(&s);
        }
        scene_finish(&s);
        for (size_t f = 0; f < s.findings.len; f++)
            if (span_eq(s.findings.at[f].kind, span_of(rows[i].kind)))
                found = &s.findings.at[f];
        if (!found || found->severity != rows[i].severity ||
            span_find(found->effect, span_of(rows[i].says)) < 0)
            print_findings(&s);
        check_row(found && found->severity == rows[i].severity &&
                      span_find(found->effect, span_of(rows[i].says)) >= 0,
                  rows[i].staging);
        scene_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_cookie__says_what_stagings_address_does_to_it),
        cmocka_unit_test(test_set_cookie__compares_lifetimes_as_durations),
        cmocka_unit_test(test_cookie_reason__is_known_by_its_member),
        cmocka_unit_test(test_missing_cookie__is_explained_by_what_staging_cannot_be_given),
        cmocka_unit_test(test_findings__say_what_stagings_address_explains),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
