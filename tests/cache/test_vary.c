#include "support/fields.h"

#include "rehearse/cache/vary.h"

static struct vary vary_from(const char *fields, struct arena *arena)
{
    struct http_fields f = fields_from(fields, arena);
    return vary_of(&f, arena);
}

/* "accept-encoding, cookie"; "*"; "" when empty. */
static struct span names_of(const struct vary *vary, struct strbuf *out)
{
    for (size_t i = 0; i < vary->len && !vary->any; i++)
        strbuf_addf(out, "%s%.*s", i ? ", " : "", SPAN_ARG(vary->names[i]));
    return vary->any ? SPAN("*") : strbuf_span(out);
}

static void test_vary__is_a_set_of_lower_case_names(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "Vary: Cookie, accept-encoding", "accept-encoding, cookie" },
        { "vary: Cookie\nVARY: Accept-Encoding,cookie, ,COOKIE", "accept-encoding, cookie" },
        { "Vary: a b, (c), Cookie", "cookie" },
        { "Vary: ", "" },
        { "Age: 1", "" },
        { "Vary: Cookie, *", "*" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
        struct vary vary = vary_from(rows[i][0], &arena);
        check_span(names_of(&vary, &out), rows[i][1]);
    }
}

static void test_vary__order_case_and_repetition_do_not_count(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct vary a = vary_from("Vary: A, b, a", &arena);
    struct vary b = vary_from("Vary: B\nVary: A", &arena);
    struct vary c = vary_from("Vary: a", &arena);
    struct vary d = vary_from("Vary: a, d", &arena);
    assert_false(vary_eq(&a, &d));
    struct vary any = vary_from("Vary: a, *", &arena);
    assert_true(vary_eq(&a, &b));
    assert_false(vary_eq(&a, &c));
    assert_false(vary_eq(&any, &c));
    assert_true(vary_eq(&any, &any));
}

static void test_vary__ten_thousand_names_are_sorted(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    strbuf_add_str(&text, "Vary: x");
    for (int i = 0; i < 10000; i++)
        strbuf_addf(&text, ",n%04d", (i * 7919) % 10000);
    struct vary vary = vary_from(text.buf, &arena);
    assert_int_equal(vary.len, 10001);
    check_span(vary.names[0], "n0000");
    check_span(vary.names[9999], "n9999");
}

static bool same_variant(const char *vary_line, const char *a, const char *b)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(strbuf_release) struct strbuf x = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf y = STRBUF_INIT;
    struct vary vary = vary_from(vary_line, &arena);
    struct http_request first = { .fields = fields_from(a, &arena) };
    struct http_request second = { .fields = fields_from(b, &arena) };
    variant_key_add(&x, &vary, &first);
    variant_key_add(&y, &vary, &second);
    return span_eq(strbuf_span(&x), strbuf_span(&y));
}

/* RFC 9111 section 4.1. */
static void test_variant__equal_when_the_named_fields_are(void **state)
{
    (void)state;
    static const struct {
        const char *vary, *a, *b;
        bool same;
    } rows[] = {
        { "Vary: Accept-Language", "Accept-Language: de\nX: 1", "accept-language: de\nX: 2", true },
        { "Vary: Accept-Language", "Accept-Language: de", "Accept-Language: en", false },
        { "Vary: Accept-Language", "Accept-Language: de , en", "Accept-Language: de,en", true },
        { "Vary: Accept-Language", "Accept-Language: de\nAccept-Language: en",
          "Accept-Language: de, en", true },
        { "Vary: Accept-Language", "Accept-Language: de \t,\t en", "Accept-Language: de,en", true },
        { "Vary: X", "X: a  b", "X: a b", false },
        { "Vary: Accept-Language", "Accept-Language: en,de", "Accept-Language: de,en", false },
        { "Vary: Accept-Language", "", "", true },
        { "Vary: Accept-Language", "", "Accept-Language:", false },
        { "Vary: Cookie", "Cookie: a=1\nCookie: b=2", "Cookie: a=1; b=2", true },
        { "Vary: X", "X: \"a, b\"", "X: \"a,b\"", false },
        { "Vary: X, Y", "X: 1", "Y: 1", false },
        { "Vary: X, Y", "X: 1\\ny=2", "X: 1\nY: 2", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(same_variant(rows[i].vary, rows[i].a, rows[i].b) == rows[i].same, rows[i].a);
}

static void test_variant__host_is_the_authority(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    struct vary vary = vary_from("Vary: Host, X", &arena);
    struct http_request request = { .authority = SPAN("shop.example") };
    variant_key_add(&out, &vary, &request);
    assert_string_equal(out.buf, "host=shop.example\nx\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vary__is_a_set_of_lower_case_names),
        cmocka_unit_test(test_vary__order_case_and_repetition_do_not_count),
        cmocka_unit_test(test_vary__ten_thousand_names_are_sorted),
        cmocka_unit_test(test_variant__equal_when_the_named_fields_are),
        cmocka_unit_test(test_variant__host_is_the_authority),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
