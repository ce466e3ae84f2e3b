/* What goes out for a recorded request: production's own is left out or translated, the rest is the
 * same bytes. */
#include <stdlib.h>

#include "check.h"
#include "outgoing.h"

#define PSEUDONYM "p~ABCDEFGHIJKLMNOPQRSTUV"

struct fixture {
    struct arena arena;
    struct target *target;
    struct jar *jar;
    struct bindings *bindings;
    struct exchange x;
    struct outgoing_source source;
    struct outgoing out;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct err err = ERR_INIT;
    f->target = target_new("staging", false);
    assert_int_equal(
        target_add_host(f->target, "shop.example", "http://shop.staging.test:8080", &err), 0);
    assert_int_equal(
        target_add_host(f->target, "api.shop.example", "http://api.staging.test:8080", &err), 0);
    f->jar = jar_new();
    f->bindings = bindings_new();
    f->x = exchange_blank();
    f->x.request.method = SPAN("GET");
    f->x.request.scheme = SPAN("https");
    f->x.request.authority = SPAN("shop.example");
    f->x.request.target = SPAN("/a%2Fb?q=1&&q=");
    f->x.response.status = 200;
    f->source = (struct outgoing_source){ .target = f->target,
                                          .jar = f->jar,
                                          .bindings = f->bindings,
                                          .trace_seed = 7,
                                          .now_s = 1772874932 };
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    target_free(f->target);
    jar_free(f->jar);
    bindings_free(f->bindings);
    arena_release(&f->arena);
    free(f);
    return 0;
}

static void with(struct fixture *f, const char *name, const char *value)
{
    http_fields_add(&f->x.request.fields, &f->arena, span_of(name), span_of(value));
}

static void build(struct fixture *f)
{
    outgoing_build(&f->out, &f->x, &f->source, &f->arena);
}

static struct span sent(const struct fixture *f, const char *name)
{
    return http_fields_value(&f->out.wire.fields, span_of(name));
}

static void test_the_place__is_staging_s_and_the_target_byte_for_byte(void **state)
{
    struct fixture *f = *state;
    build(f);
    assert_null(f->out.skip);
    check_span(f->out.wire.scheme, "http");
    check_span(f->out.wire.authority, "shop.staging.test:8080");
    check_span(f->out.wire.target, "/a%2Fb?q=1&&q=");
    check_span(f->out.authority, "shop.example");
    check_span(f->out.scheme, "https");
}

static void test_fields__are_kept_translated_or_left_out_by_the_table(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *name, *recorded, *sent;
    } rows[] = {
        { "Accept", "*/*", "*/*" },
        { "X-Custom", "as it was", "as it was" },
        { "Host", "shop.example", NULL },
        { "Connection", "keep-alive, X-Hop", NULL },
        { "X-Hop", "1", NULL },
        { "Keep-Alive", "timeout=5", NULL },
        { "Transfer-Encoding", "chunked", NULL },
        { "TE", "trailers", NULL },
        { "Content-Length", "999", NULL },
        { ":path", "/x", NULL },
        { "Origin", "https://shop.example", "http://shop.staging.test:8080" },
        { "Referer", "https://api.shop.example/p?q=1", "http://api.staging.test:8080/p?q=1" },
        { "X-Forwarded-Host", "shop.example", "shop.staging.test:8080" },
        { "X-Request-Id", "abc", NULL },
        { "tracestate", "a=b", NULL },
        { "Authorization", "Bearer " PSEUDONYM, NULL },
        { "X-Api-Key", PSEUDONYM, NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        with(f, rows[i].name, rows[i].recorded);
    build(f);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_span(sent(f, rows[i].name), rows[i].sent);
    assert_true(f->out.marks & MARK_CREDENTIAL_UNRESOLVED);
}

static void test_a_foreign_referer__stays(void **state)
{
    struct fixture *f = *state;
    with(f, "Referer", "https://search.example/?q=shop");
    build(f);
    check_span(sent(f, "Referer"), "https://search.example/?q=shop");
}

static void test_conditions__are_left_out_and_said(void **state)
{
    struct fixture *f = *state;
    with(f, "If-None-Match", "\"abc\"");
    with(f, "If-Modified-Since", "Sat, 07 Mar 2026 09:15:32 GMT");
    build(f);
    assert_true(span_is_none(sent(f, "If-None-Match")));
    check_span(f->out.note, "sent without If-None-Match, If-Modified-Since");
}

static void test_a_trace__is_a_fresh_one_and_the_same_for_the_same_seed(void **state)
{
    struct fixture *f = *state;
    with(f, "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    build(f);
    struct span first = sent(f, "traceparent");
    assert_int_equal(first.len, 55);
    assert_true(span_find(first, SPAN("0af7651916cd43dd")) < 0);
    build(f);
    assert_true(span_eq(first, sent(f, "traceparent")));
    f->source.trace_seed = 8;
    build(f);
    assert_false(span_eq(first, sent(f, "traceparent")));
}

static void test_staging_s_cookie__takes_the_place_of_production_s(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(jar_set(f->jar, SPAN("sid=staging; Path=/; Secure"), SPAN("https"),
                             SPAN("shop.example"), SPAN("/"), 1772874932, NULL),
                     JAR_STORED);
    with(f, "Cookie", "sid=" PSEUDONYM "; locale=de");
    build(f);
    assert_true(span_find(sent(f, "Cookie"), SPAN("sid=staging")) >= 0);
    assert_true(span_find(sent(f, "Cookie"), SPAN("locale=de")) >= 0);
    assert_false(f->out.marks & MARK_CREDENTIAL_UNRESOLVED);
}

static void test_a_cookie_without_a_twin__is_not_sent_and_marked(void **state)
{
    struct fixture *f = *state;
    with(f, "Cookie", "sid=" PSEUDONYM);
    build(f);
    assert_true(span_is_none(sent(f, "Cookie")));
    assert_true(f->out.marks & MARK_CREDENTIAL_UNRESOLVED);
}

static void test_no_credentials__sends_no_cookie_at_all(void **state)
{
    struct fixture *f = *state;
    jar_set(f->jar, SPAN("sid=staging; Path=/"), SPAN("https"), SPAN("shop.example"), SPAN("/"),
            1772874932, NULL);
    f->source.no_credentials = true;
    with(f, "Cookie", "sid=" PSEUDONYM);
    with(f, "Authorization", "Basic YTpi");
    build(f);
    assert_true(span_is_none(sent(f, "Cookie")));
    assert_true(span_is_none(sent(f, "Authorization")));
    assert_true(f->out.marks & MARK_CREDENTIAL_UNRESOLVED);
}

static void test_what_was_no_request__is_skipped_with_its_reason(void **state)
{
    struct fixture *f = *state;
    static const uint32_t marks[] = { MARK_FROM_BROWSER_CACHE, MARK_PREFLIGHT, MARK_CLIENT_ABORTED,
                                      MARK_REQUEST_BODY_MISSING };
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        f->x.marks = marks[i];
        build(f);
        assert_non_null(f->out.skip);
    }
    f->x.marks = 0;
    f->x.request.authority = SPAN("elsewhere.example");
    build(f);
    assert_string_equal(f->out.skip, "its host is not in the target's map");
}

static void test_a_login_without_an_account__is_not_sent(void **state)
{
    struct fixture *f = *state;
    f->x.request.method = SPAN("POST");
    f->x.request.target = SPAN("/login");
    f->x.request.body = SPAN("username=" PSEUDONYM "&password=" PSEUDONYM);
    with(f, "Content-Type", "application/x-www-form-urlencoded");
    build(f);
    assert_true(f->out.is_login);
    assert_string_equal(f->out.skip, "a login without a staging account to stand in");
}

static void test_set_cookie__has_its_domain_translated(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *line, *translated;
    } rows[] = {
        { "a=1; Path=/", "a=1; Path=/" },
        { "a=1; Domain=shop.staging.test; Path=/", "a=1; Domain=shop.example; Path=/" },
        { "a=1; Domain=.staging.test; Path=/",
          "a=1; Domain=.shop.example; Path=/" }, /* what shop. and api. have in common */
        { "a=1; Domain=shop.example", "a=1; Domain=shop.example" },
        { "a=1; Domain=evil.test", "a=1; Domain=evil.test" },
    };
    build(f);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_span(outgoing_translate_set_cookie(span_of(rows[i].line), &f->out, f->target, false,
                                                 &f->arena),
                   rows[i].translated);
}

static void test_a_redirect__is_followed_as_a_browser_would(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *location, *authority, *target;
    } rows[] = {
        { "/b?x#frag", "shop.staging.test:8080", "/b?x" },
        { "c", "shop.staging.test:8080", "/c" },
        { "http://api.staging.test:8080", "api.staging.test:8080", "/" },
        { "https://shop.example/x", "shop.example", "/x" },
    };
    f->x.request.method = SPAN("POST");
    f->x.request.body = SPAN("a=b");
    f->x.request.target = SPAN("/form");
    with(f, "Content-Type", "application/x-www-form-urlencoded");
    with(f, "Accept", "*/*");
    build(f);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct outgoing hop;
        assert_true(
            outgoing_follow(&hop, &f->out, span_of(rows[i].location), &f->source, &f->arena));
        check_span(hop.wire.method, "GET");
        check_span(hop.wire.authority, rows[i].authority);
        check_span(hop.wire.target, rows[i].target);
        check_span(http_fields_value(&hop.wire.fields, SPAN("Accept")), "*/*");
        assert_true(span_is_none(http_fields_value(&hop.wire.fields, SPAN("Content-Type"))));
        assert_true(span_is_none(hop.wire.body));
    }
    struct outgoing hop;
    assert_false(outgoing_follow(&hop, &f->out, SPAN("mailto:a@b.example"), &f->source, &f->arena));
    assert_false(
        outgoing_follow(&hop, &f->out, SPAN("javascript:alert(1)"), &f->source, &f->arena));
}

/* A chain of hops goes on when the first exchange is over and its memory is given back. */
static void test_follow__borrows_nothing_of_what_it_follows(void **state)
{
    struct fixture *f = *state;
    struct arena first = ARENA_INIT, second = ARENA_INIT;
    struct outgoing hop, next;
    with(f, "Referer", "https://shop.example/before");
    outgoing_build(&f->out, &f->x, &f->source, &first);
    assert_true(outgoing_follow(&hop, &f->out, SPAN("/a"), &f->source, &second));
    arena_release(&first);
    assert_true(outgoing_follow(&next, &hop, SPAN("/b"), &f->source, &f->arena));
    arena_release(&second);
    struct span referer = http_fields_value(&next.wire.fields, SPAN("Referer"));
    assert_true(span_ends(referer, SPAN("/before")));
    assert_true(next.authority.len > 0 && next.authority.ptr[0] != '\0');
    f->out = (struct outgoing){ .skip = NULL };
}

/* A field may be a credential whatever it is called: only what a browser says to everybody goes on. */
static void test_follow__to_another_place_takes_no_field_of_the_first(void **state)
{
    struct fixture *f = *state;
    struct outgoing hop;
    with(f, "X-Session-Thing", "abc");
    with(f, "User-Agent", "browser");
    build(f);
    assert_true(outgoing_follow(&hop, &f->out, SPAN("/b"), &f->source, &f->arena));
    check_span(http_fields_value(&hop.wire.fields, SPAN("X-Session-Thing")), "abc");
    assert_true(outgoing_follow(&hop, &f->out, SPAN("http://api.staging.test:8080/b"), &f->source,
                                &f->arena));
    check_span(http_fields_value(&hop.wire.fields, SPAN("X-Session-Thing")), NULL);
    check_span(http_fields_value(&hop.wire.fields, SPAN("User-Agent")), "browser");
}

static void test_asks__go_to_staging_and_to_production_only_when_told(void **state)
{
    struct fixture *f = *state;
    static const struct http_field fields[] = { { .name = { "Fastly-Debug", 12 },
                                                  .value = { "1", 1 } } };
    struct replay_asks asks = { .fields = fields, .count = 1 };
    struct outgoing hop;
    f->source.asks = &asks;
    build(f);
    check_span(sent(f, "Fastly-Debug"), "1");
    assert_true(outgoing_follow(&hop, &f->out, SPAN("/b"), &f->source, &f->arena));
    assert_int_equal(http_fields_remove(&hop.wire.fields, SPAN("Fastly-Debug")), 1);
    assert_true(
        outgoing_follow(&hop, &f->out, SPAN("https://shop.example/x"), &f->source, &f->arena));
    assert_null(http_fields_first(&hop.wire.fields, SPAN("Fastly-Debug")));

    struct target *production = target_new("production", true);
    struct err err = ERR_INIT;
    assert_int_equal(target_add_host(production, "*", "https://shop.example", &err), 0);
    f->source.target = production;
    build(f);
    assert_null(http_fields_first(&f->out.wire.fields, SPAN("Fastly-Debug")));
    asks.production = true;
    build(f);
    check_span(sent(f, "Fastly-Debug"), "1");
    target_free(production);
}

static void test_holds_pseudonym__finds_it_anywhere(void **state)
{
    (void)state;
    assert_true(holds_pseudonym(SPAN(PSEUDONYM)));
    assert_true(holds_pseudonym(SPAN("p~p~" PSEUDONYM "&x=1")));
    assert_false(holds_pseudonym(SPAN("p~short")));
    assert_false(holds_pseudonym(SPAN("")));
    assert_false(holds_pseudonym(SPAN_NONE));
}

#define each(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        each(test_the_place__is_staging_s_and_the_target_byte_for_byte),
        each(test_fields__are_kept_translated_or_left_out_by_the_table),
        each(test_a_foreign_referer__stays),
        each(test_conditions__are_left_out_and_said),
        each(test_a_trace__is_a_fresh_one_and_the_same_for_the_same_seed),
        each(test_staging_s_cookie__takes_the_place_of_production_s),
        each(test_a_cookie_without_a_twin__is_not_sent_and_marked),
        each(test_no_credentials__sends_no_cookie_at_all),
        each(test_what_was_no_request__is_skipped_with_its_reason),
        each(test_a_login_without_an_account__is_not_sent),
        each(test_set_cookie__has_its_domain_translated),
        each(test_a_redirect__is_followed_as_a_browser_would),
        each(test_follow__borrows_nothing_of_what_it_follows),
        each(test_follow__to_another_place_takes_no_field_of_the_first),
        each(test_asks__go_to_staging_and_to_production_only_when_told),
        cmocka_unit_test(test_holds_pseudonym__finds_it_anywhere),
    };
    return cmocka_run_group_tests_name("outgoing", tests, NULL, NULL);
}
