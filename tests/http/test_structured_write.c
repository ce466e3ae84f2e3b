#include "support/check.h"

#include "rehearse/http/structured_write.h"

static void test_list__parts_are_put_between(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    struct sf_writer w = sf_write_list(&out);
    sf_write_token(&w, SPAN("edge"));
    sf_write_parameter(&w, SPAN("hit"));
    sf_write_parameter(&w, SPAN("ttl"));
    sf_write_integer(&w, -5);
    sf_write_parameter(&w, SPAN("stored"));
    sf_write_boolean(&w, true);
    sf_write_parameter(&w, SPAN("no"));
    sf_write_boolean(&w, false);
    sf_write_inner_begin(&w);
    sf_write_string(&w, SPAN("a \"b\"\\"));
    sf_write_parameter(&w, SPAN("q"));
    sf_write_decimal(&w, 5, 1);
    sf_write_boolean(&w, true);
    sf_write_inner_end(&w);
    sf_write_parameter(&w, SPAN("z"));
    sf_write_date(&w, 1659578233);
    sf_write_inner_begin(&w);
    sf_write_inner_end(&w);
    assert_true(sf_write_end(&w));
    check_span(strbuf_span(&out), "edge;hit;ttl=-5;stored;no=?0, (\"a \\\"b\\\"\\\\\";q=0.5 ?1)"
                                  ";z=@1659578233, ()");
}

static void test_dictionary__keys_alone_are_true(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    strbuf_add_str(&out, "A: ");
    struct sf_writer w = sf_write_dictionary(&out);
    sf_write_key(&w, SPAN("no-store"));
    sf_write_key(&w, SPAN("max-age"));
    sf_write_integer(&w, 60);
    sf_write_key(&w, SPAN("yes"));
    sf_write_boolean(&w, true);
    sf_write_parameter(&w, SPAN("p"));
    sf_write_key(&w, SPAN("*list"));
    sf_write_inner_begin(&w);
    sf_write_bytes(&w, SPAN("hello"));
    sf_write_inner_end(&w);
    sf_write_key(&w, SPAN("name"));
    sf_write_display(&w, SPAN("100% \u00fc"));
    assert_true(sf_write_end(&w));
    check_span(strbuf_span(&out), "A: no-store, max-age=60, yes;p, *list=(:aGVsbG8=:), "
                                  "name=%\"100%25 %c3%bc\"");
}

static void test_empty__list_and_dictionary_are_nothing(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    struct sf_writer w = sf_write_list(&out);
    assert_true(sf_write_end(&w));
    w = sf_write_dictionary(&out);
    assert_true(sf_write_end(&w));
    assert_int_equal(out.len, 0);
}

static void test_decimal__rounds_half_to_even(void **state)
{
    (void)state;
    static const struct {
        int64_t n;
        unsigned places;
        const char *text;
    } rows[] = {
        { 0, 0, "0.0" },
        { 7, 0, "7.0" },
        { 15, 4, "0.002" },
        { 25, 4, "0.002" },
        { 25001, 7, "0.003" },
        { -15, 4, "-0.002" },
        { -4, 4, "0.0" },
        { 99995, 4, "10.0" },
        { 1500, 3, "1.5" },
        { -125, 3, "-0.125" },
        { 12, 2, "0.12" },
        { INT64_MAX, 18, "9.223" },
        { INT64_MIN, 18, "-9.223" },
        { 999999999999999, 3, "999999999999.999" },
        { 9999999999999994, 4, "999999999999.999" },
        { 9999999999999995, 4, NULL },
        { 1000000000000, 0, NULL },
        { INT64_MAX, 0, NULL },
        { INT64_MIN, 1, NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
        struct sf_writer w = sf_write_item(&out);
        sf_write_decimal(&w, rows[i].n, rows[i].places);
        assert_int_equal(sf_write_end(&w), rows[i].text != NULL);
        check_span(strbuf_span(&out), rows[i].text ? rows[i].text : "");
    }
}

typedef void write_fn(struct sf_writer *w, struct span text);

static void write_number(struct sf_writer *w, struct span text)
{
    int64_t n = 0;
    assert_true(span_to_i64(text, &n));
    sf_write_integer(w, n);
}

static void write_date(struct sf_writer *w, struct span text)
{
    int64_t n = 0;
    assert_true(span_to_i64(text, &n));
    sf_write_date(w, n);
}

static void write_parameter(struct sf_writer *w, struct span text)
{
    sf_write_integer(w, 1);
    sf_write_parameter(w, text);
}

static void test_fault__takes_the_whole_field_back(void **state)
{
    (void)state;
    static const struct {
        write_fn *write;
        struct span text;
    } rows[] = {
        { sf_write_string, { "a\tb", 3 } },
        { sf_write_string, { "\x7f", 1 } },
        { sf_write_string, { "\0", 1 } },
        { sf_write_string, { "\xc3\xbc", 2 } },
        { sf_write_token, { "", 0 } },
        { sf_write_token, { "1a", 2 } },
        { sf_write_token, { "a b", 3 } },
        { sf_write_token, { "a\"", 2 } },
        { sf_write_token, { "a\0", 2 } },
        { sf_write_token, { "/a", 2 } },
        { sf_write_display, { "\xc3", 1 } },
        { sf_write_display, { "\xed\xa0\x80", 3 } },
        { write_parameter, { "", 0 } },
        { write_parameter, { "A", 1 } },
        { write_parameter, { "a:b", 3 } },
        { write_parameter, { "1", 1 } },
        { write_parameter, { "a\0", 2 } },
        { write_number, { "1000000000000000", 16 } },
        { write_number, { "-1000000000000000", 17 } },
        { write_date, { "1000000000000000", 16 } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
        strbuf_add_str(&out, "before");
        struct sf_writer w = sf_write_list(&out);
        sf_write_integer(&w, 1);
        rows[i].write(&w, rows[i].text);
        sf_write_integer(&w, 2);
        assert_false(sf_write_end(&w));
        assert_non_null(w.fault);
        check_span(strbuf_span(&out), "before");
    }
}

static void test_canonical__one_form_for_each_field(void **state)
{
    (void)state;
    static const struct {
        enum sf_field_type type;
        const char *value, *canonical;
    } rows[] = {
        { SF_FIELD_LIST, " a,b ,\tc;  x=?1;y ", "a, b, c;x;y" },
        { SF_FIELD_LIST, "( a  b );q=0.50", "(a b);q=0.5" },
        { SF_FIELD_LIST, "a;p=1;q=2;p=3", "a;p=3;q=2" },
        { SF_FIELD_LIST, "", "" },
        { SF_FIELD_LIST, "a,", NULL },
        { SF_FIELD_DICTIONARY, "a=1, b;x=1, a=(2);y", "a=(2);y, b;x=1" },
        { SF_FIELD_DICTIONARY, "a=?1, b=?0", "a, b=?0" },
        { SF_FIELD_DICTIONARY, "a=1, a, a=2;x;y;x=1", "a=2;x=1;y" },
        { SF_FIELD_DICTIONARY, "a=1 b", NULL },
        { SF_FIELD_ITEM, " -0 ", "0" },
        { SF_FIELD_ITEM, "0042", "42" },
        { SF_FIELD_ITEM, "-0.0", "0.0" },
        { SF_FIELD_ITEM, "%\"%61%25\"", "%\"a%25\"" },
        { SF_FIELD_ITEM, ":aGVsbG8:", ":aGVsbG8=:" },
        { SF_FIELD_ITEM, "", NULL },
        { SF_FIELD_ITEM, "a, b", NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
        bool read = sf_canonical_add(&out, span_of(rows[i].value), rows[i].type);
        check_row(read == (rows[i].canonical != NULL), rows[i].value);
        check_span(strbuf_span(&out), rows[i].canonical ? rows[i].canonical : "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list__parts_are_put_between),
        cmocka_unit_test(test_dictionary__keys_alone_are_true),
        cmocka_unit_test(test_empty__list_and_dictionary_are_nothing),
        cmocka_unit_test(test_decimal__rounds_half_to_even),
        cmocka_unit_test(test_fault__takes_the_whole_field_back),
        cmocka_unit_test(test_canonical__one_form_for_each_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
