#include "support/check.h"

#include "rehearse/http/etag.h"

static void test_etag__is_read_as_servers_send_it(void **state)
{
    (void)state;
    static const struct {
        const char *text, *opaque;
        bool weak, unquoted;
    } rows[] = {
        { "\"abc\"", "abc", false, false },    { " W/\"a,b\" ", "a,b", true, false },
        { "\"\"", "", false, false },          { "abc", "abc", false, true },
        { "w/\"a\"", "w/\"a\"", false, true }, { "\"", "\"", false, true },
        { "W/abc", "abc", true, true },
    };
    struct etag tag;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_row(etag_parse(&tag, span_of(rows[i].text)), rows[i].text);
        check_span(tag.opaque, rows[i].opaque);
        check_row(tag.weak == rows[i].weak && tag.unquoted == rows[i].unquoted, rows[i].text);
    }
    assert_false(etag_parse(&tag, SPAN("")));
    assert_false(etag_parse(&tag, SPAN("W/")));
    assert_false(etag_parse(&tag, SPAN_NONE));
}

static void test_etag_next__keeps_commas_inside_quotes(void **state)
{
    (void)state;
    struct span rest = SPAN("\"a,b\", W/\"c\",, d , \"open,");
    static const char *const tags[] = { "a,b", "c", "d", "\"open," };
    struct etag tag;
    for (size_t i = 0; i < 4; i++) {
        assert_true(etag_next(&rest, &tag));
        check_span(tag.opaque, tags[i]);
    }
    assert_false(etag_next(&rest, &tag));
}

/* RFC 9110 section 8.8.3.2, the table. */
static void test_etag__compares_weakly_and_strongly(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool strong, weak;
    } rows[] = {
        { "W/\"1\"", "W/\"1\"", false, true },
        { "W/\"1\"", "W/\"2\"", false, false },
        { "W/\"1\"", "\"1\"", false, true },
        { "\"1\"", "\"1\"", true, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct etag a, b;
        assert_true(etag_parse(&a, span_of(rows[i].a)) && etag_parse(&b, span_of(rows[i].b)));
        check_row(etag_strong_eq(&a, &b) == rows[i].strong, rows[i].a);
        check_row(etag_weak_eq(&a, &b) == rows[i].weak, rows[i].a);
        assert_int_equal(etag_strong_eq(&b, &a), etag_strong_eq(&a, &b));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_etag__is_read_as_servers_send_it),
        cmocka_unit_test(test_etag_next__keeps_commas_inside_quotes),
        cmocka_unit_test(test_etag__compares_weakly_and_strongly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
