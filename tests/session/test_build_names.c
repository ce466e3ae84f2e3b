/* Which file of the next build stands for the one that production's page named. */
#include "rehearse/session/build_names.h"
#include "support/check.h"

struct scene {
    struct build_plan *plan;
    struct build_names *names;
    struct arena arena;
};

static void begin(struct scene *s, const char *const *recorded)
{
    *s = (struct scene){ .plan = build_plan_new() };
    for (; *recorded; recorded++)
        build_plan_add(s->plan, span_of(*recorded));
    s->names = build_names_new(s->plan);
}

static void page(struct scene *s, const char *body)
{
    struct exchange x = exchange_blank();
    x.request.target = SPAN("/shop/");
    x.response.status = 200;
    http_fields_add(&x.response.fields, &s->arena, SPAN("Content-Type"), SPAN("text/html"));
    x.response.body = span_of(body);
    build_names_learn(s->names, &x, &s->arena);
}

static void check(struct scene *s, const char *target, enum build_name_word word,
                  const char *expected)
{
    struct http_request request = { .method = SPAN("GET"), .target = span_of(target) };
    assert_int_equal(build_names_apply(s->names, &request, &s->arena), word);
    check_span(request.target, expected);
}

static void end(struct scene *s)
{
    build_names_free(s->names);
    build_plan_free(s->plan);
    arena_release(&s->arena);
}

static void test_build__file_of_the_same_stem_is_asked_for(void **state)
{
    (void)state;
    struct scene s;
    begin(&s, (const char *const[]){ "/static/app.3f2a91bc.js?v=1", "/a/index-CqzX3fAb.css", NULL });
    check(&s, "/static/app.3f2a91bc.js?v=1", BUILD_NOT_KNOWN, "/static/app.3f2a91bc.js?v=1");
    page(&s, "<script src=\"/static/app.9bc7e011.js\"></script><link href=../a/index-DpqY8dTk.css>");
    check(&s, "/static/app.3f2a91bc.js?v=1", BUILD_RENAMED, "/static/app.9bc7e011.js?v=1");
    check(&s, "/a/index-CqzX3fAb.css", BUILD_RENAMED, "/a/index-DpqY8dTk.css");
    check(&s, "/static/other.js", BUILD_NO_NAME, "/static/other.js");
    end(&s);
}

static void test_build__same_name_stays_and_several_are_no_answer(void **state)
{
    (void)state;
    struct scene s;
    begin(&s, (const char *const[]){ "/c/0a1b2c3d.js", "/c/99887766.js", NULL });
    page(&s, "<script src=/c/0a1b2c3d.js></script><script src=/c/5e6f7a8b.js></script>");
    check(&s, "/c/0a1b2c3d.js", BUILD_KEPT, "/c/0a1b2c3d.js");
    check(&s, "/c/99887766.js", BUILD_NOT_KNOWN, "/c/99887766.js");
    end(&s);
}

static void test_build__id_of_next_is_that_of_stagings_manifest(void **state)
{
    (void)state;
    struct scene s;
    begin(&s, (const char *const[]){ "/_next/data/abcDEF123/cart.json", NULL });
    page(&s, "<script src=/_next/static/zyx987/_buildManifest.js></script>");
    check(&s, "/_next/data/abcDEF123/cart.json?x=1", BUILD_RENAMED, "/_next/data/zyx987/cart.json?x=1");
    end(&s);
}

static void test_build__plain_names_are_none(void **state)
{
    (void)state;
    struct build_plan *plan = build_plan_new();
    static const char *const plain[] = { "/jquery-3.7.1.min.js", "/favicon.ico", "/products/12345678",
                                         "/static/Roboto-Regular.woff2", "/", "" };
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        build_plan_add(plan, span_of(plain[i]));
    assert_null(build_names_new(plan));
    struct http_request request = { .target = SPAN("/x.js") };
    assert_int_equal(build_names_apply(NULL, &request, NULL), BUILD_NO_NAME);
    build_plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_build__file_of_the_same_stem_is_asked_for),
        cmocka_unit_test(test_build__same_name_stays_and_several_are_no_answer),
        cmocka_unit_test(test_build__id_of_next_is_that_of_stagings_manifest),
        cmocka_unit_test(test_build__plain_names_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
