#include <stdlib.h>

#include "key_input.h"
#include "rehearse/base/strbuf.h"
#include "support/check.h"
#include "variant.h"

/* Two requests and their keys, by which input they were told apart. */
static const struct row {
    const char *target_a, *cookie_a, *key_a;
    const char *target_b, *cookie_b, *key_b;
    const char *blamed;
} rows[] = {
    { "/p?utm_source=x", NULL, "h/p?utm_source=x", "/p", NULL, "h/p",
      "query parameter utm_source" },
    { "/p?a=1&b=2", NULL, "h/p?b=2", "/p?a=1&b=3", NULL, "h/p?b=3", "query parameter b" },
    { "/p", "ab=1; sid=s1", "h/p\ncookie.ab=1\n", "/p", "ab=2; sid=s2", "h/p\ncookie.ab=2\n",
      "cookie ab" },
    { "/p", "ab=1; sid=s1", "h/p\ncookie.ab=1\ncookie.sid=s1\n", "/p", "ab=2; sid=s2",
      "h/p\ncookie.ab=2\ncookie.sid=s2\n", "cookie sid" }, /* the visitor before all else */
    { "/p", "ab=1; sid=s1", "h/p|cookie.ab=1|cookie.sid=s1", "/p", "ab=2", "h/p|cookie.ab=2|",
      "cookie sid" },
    { "/p", "ab=1", "h/p|cookie.ab=1", "/p", NULL, "h/p|", "cookie ab" },
    { "/p", NULL, "h/p\nheader.x-device=phone\n", "/p", NULL, "h/p\nheader.x-device=desk\n",
      "header x-device" },
    { "/p", NULL, "h/p\nmethod=GET\n", "/p", NULL, "h/p\nmethod=HEAD\n", "request method" },
    { "/p", NULL, "/p|geo=de", "/p", NULL, "/p|geo=fr", "part of the key geo" },
    { "/P", NULL, "9f1c", "/p", NULL, "77aa", "the path" },
    { "/p?x=1", NULL, "9f1c", "/p?x=2", NULL, "77aa",
      "query parameter x" }, /* nothing else differs */
    { "/p", "a=1; b=1", "9f1c", "/p", "a=2; b=2", "77aa",
      "an input that the requests do not show" },
    { "/p", NULL, "9f1c", "/p", NULL, "77aa", "an input that the requests do not show" },
};

static void test_key_input__rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        const struct row *r = &rows[i];
        const struct keyed_request a = { { .target = span_of(r->target_a),
                                           .authority = SPAN("h"),
                                           .cookies = span_of(r->cookie_a) },
                                         span_of(r->key_a) };
        const struct keyed_request b = { { .target = span_of(r->target_b),
                                           .authority = SPAN("h"),
                                           .cookies = span_of(r->cookie_b) },
                                         span_of(r->key_b) };
        struct span blamed = key_input_blamed(&a, &b, &arena);
        if (!span_eq(blamed, span_of(r->blamed)))
            fail_msg("row %zu: %.*s", i, SPAN_ARG(blamed));
        assert_true(span_eq(key_input_blamed(&b, &a, &arena), span_of(r->blamed)));
    }
}

/* Fields without a place of their own: by what shows in the keys, or as the only one. */
static void test_key_input__names_unusual_headers(void **state)
{
    (void)state;
    static const struct {
        const char *field_a, *key_a, *field_b, *key_b, *blamed;
    } fields[] = {
        { "de", "h/p#de", "fr", "h/p#fr", "header x-market" },
        { "de", "h/p?X-Market=de", NULL, "h/p", "header x-market" },
        { "de", "9f1c", "fr", "77aa", "header x-market" },
        { "de", "9f1c", "de", "77aa", "an input that the requests do not show" },
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct keyed_request sides[2];
        struct http_fields had[2] = { { NULL, 0, 0 }, { NULL, 0, 0 } };
        const char *values[2] = { fields[i].field_a, fields[i].field_b };
        const char *keys[2] = { fields[i].key_a, fields[i].key_b };
        for (int side = 0; side < 2; side++) {
            if (values[side])
                http_fields_add(&had[side], &arena, side ? SPAN("X-Market") : SPAN("x-market"),
                                span_of(values[side]));
            sides[side] = (struct keyed_request){ .key = span_of(keys[side]) };
            sides[side].inputs.target = SPAN("/p");
            sides[side].inputs.all = &had[side];
        }
        struct span blamed = key_input_blamed(&sides[0], &sides[1], &arena);
        if (!span_eq(blamed, span_of(fields[i].blamed)))
            fail_msg("row %zu: %.*s", i, SPAN_ARG(blamed));
    }
}

static void test_key_input__category_and_name(void **state)
{
    (void)state;
    assert_true(span_eq(key_input_category(SPAN("cookie ab")), SPAN("cookie")));
    assert_true(span_eq(key_input_name(SPAN("query parameter b")), SPAN("b")));
    assert_true(span_eq(key_input_category(SPAN("the path")), SPAN("the path")));
    assert_true(span_eq(key_input_name(SPAN("the path")), SPAN("")));
}

/* ---- variants ---- */

static struct exchange asked(struct arena *arena, const char *name, const char *value, uint32_t id)
{
    struct exchange x = exchange_blank();
    x.session = 1;
    x.request.authority = SPAN("shop.example");
    if (value)
        http_fields_add(&x.request.fields, arena, span_of(name), span_of(value));
    if (value)
        x.request.fields.at[0].id = id;
    return x;
}

static uint64_t variant(struct variants *v, const char *vary, const char *name, const char *value,
                        uint32_t id)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    bool cut = false;
    struct exchange x = asked(&arena, name, value, id);
    return variant_of(v, span_of(vary), &x, &cut);
}

static void test_variant__is_told_by_the_named_fields_only(void **state)
{
    (void)state;
    struct variants *v = calloc(1, sizeof *v);
    uint64_t en = variant(v, "Accept-Language", "Accept-Language", "en, de", 0);
    assert_int_equal(variant(v, NULL, "Cookie", "a=1", 0), 0);
    assert_int_equal(variant(v, "accept-language", "ACCEPT-LANGUAGE", "en,de", 0), en);
    assert_int_equal(variant(v, "Accept-Language", "Accept-Language", "en, de", 7), en);
    assert_int_equal(variant(v, "Accept-Language", "Accept-Language", "en, de", 7), en);
    assert_int_not_equal(variant(v, "Accept-Language", "Accept-Language", "de", 8), en);
    assert_int_not_equal(variant(v, "Accept-Language", "Accept-Language", NULL, 0), en);
    assert_int_equal(variant(v, "Cookie, Accept-Language", "Cookie", "a=1", 0),
                     variant(v, "Accept-Language,cookie,Cookie", "Cookie", "a=1", 0));
    variants_release(v);
    free(v);
}

static void test_variant__star_is_another_one_for_each_request(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct variants *v = calloc(1, sizeof *v);
    bool cut = false;
    struct exchange x = asked(&arena, "Cookie", "a=1", 0);
    uint64_t first = variant_of(v, SPAN("*"), &x, &cut);
    x.seq++;
    assert_int_not_equal(variant_of(v, SPAN("*"), &x, &cut), first);
    variants_release(v);
    free(v);
}

static void test_variant__many_fields_and_many_names_stay_bounded(void **state)
{
    (void)state;
    struct variants *v = calloc(1, sizeof *v);
    AUTO(strbuf_release) struct strbuf vary = STRBUF_INIT;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    bool cut = false;
    for (int i = 0; i < 10000; i++) {
        strbuf_addf(&vary, "X-%d, ", i);
        variant(v, vary.buf + vary.len - 5, "Cookie", "a", 0);
    }
    struct exchange x = asked(&arena, "X-1", "1", 0);
    variant_of(v, strbuf_span(&vary), &x, &cut);
    assert_true(v->len <= VARY_SETS_MAX);
    variants_release(v);
    x = asked(&arena, "X-1", "1", 0);
    variant_of(v, strbuf_span(&vary), &x, &cut);
    assert_true(cut);
    variants_release(v);
    free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_input__rows),
        cmocka_unit_test(test_key_input__names_unusual_headers),
        cmocka_unit_test(test_key_input__category_and_name),
        cmocka_unit_test(test_variant__is_told_by_the_named_fields_only),
        cmocka_unit_test(test_variant__star_is_another_one_for_each_request),
        cmocka_unit_test(test_variant__many_fields_and_many_names_stay_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
