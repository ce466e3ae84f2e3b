#include "support/check.h"

#include "rehearse/http/url.h"

static void test_url__splits_into_borrowed_parts(void **state)
{
    (void)state;
    struct url u;
    assert_true(url_parse(&u, SPAN("https://me:pw@Shop.example:8443/a/b?x=1&y#top")));
    check_span(u.scheme, "https");
    check_span(u.authority, "Shop.example:8443");
    check_span(u.host, "Shop.example");
    assert_int_equal(u.port, 8443);
    check_span(u.path, "/a/b");
    check_span(u.query, "x=1&y");
    check_span(u.fragment, "top");
    check_span(u.target, "/a/b?x=1&y");
}

static void test_url__tells_absent_from_empty(void **state)
{
    (void)state;
    struct url u;
    assert_true(url_parse(&u, SPAN("/p")));
    check_span(u.scheme, NULL);
    check_span(u.authority, NULL);
    check_span(u.query, NULL);
    check_span(u.fragment, NULL);
    assert_true(url_parse(&u, SPAN("http://h?#")));
    check_span(u.path, "");
    check_span(u.query, "");
    check_span(u.fragment, "");
    assert_true(url_parse(&u, SPAN("")));
    check_span(u.path, "");
}

static void test_url__hosts_and_ports(void **state)
{
    (void)state;
    static const struct {
        const char *text, *host;
        int port;
        bool good;
    } rows[] = {
        { "http://[::1]:80/", "[::1]", 80, true },
        { "http://[::1]/", "[::1]", 0, true },
        { "http://h:/", "h", 0, true },
        { "//cdn.example/x", "cdn.example", 0, true },
        { "http://a@b@c/", "c", 0, true },
        { "http://h:65535/", "h", 65535, true },
        { "http://:80/", "", 80, true },
        { "file:///etc", "", 0, true },
        { "http://h/a b", "h", 0, true },
        { "http://h:65536/", NULL, 0, false },
        { "http://h:8o/", NULL, 0, false },
        { "http://h/\x01", NULL, 0, false },
        { "\x01http://h/", NULL, 0, false },
        { "http://h/\x7f", NULL, 0, false },
        { "http://@h/", "h", 0, true },
        { "a1+b-c.d://h/", "h", 0, true },
        { "http://h/a\nb", NULL, 0, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct url u;
        bool good = url_parse(&u, span_of(rows[i].text));
        check_row(good == rows[i].good, rows[i].text);
        if (good)
            check_row(span_eq(u.host, span_of(rows[i].host)) && u.port == rows[i].port,
                      rows[i].text);
    }
}

/* RFC 3986 sections 5.4.1 and 5.4.2, whole. */
static void test_url_resolve__does_the_examples_of_the_rfc(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "g:h", "g:h" },
        { "g", "http://a/b/c/g" },
        { "./g", "http://a/b/c/g" },
        { "g/", "http://a/b/c/g/" },
        { "/g", "http://a/g" },
        { "//g", "http://g" },
        { "?y", "http://a/b/c/d;p?y" },
        { "g?y", "http://a/b/c/g?y" },
        { "#s", "http://a/b/c/d;p?q#s" },
        { "g#s", "http://a/b/c/g#s" },
        { "g?y#s", "http://a/b/c/g?y#s" },
        { ";x", "http://a/b/c/;x" },
        { "g;x", "http://a/b/c/g;x" },
        { "g;x?y#s", "http://a/b/c/g;x?y#s" },
        { "", "http://a/b/c/d;p?q" },
        { ".", "http://a/b/c/" },
        { "./", "http://a/b/c/" },
        { "..", "http://a/b/" },
        { "../", "http://a/b/" },
        { "../g", "http://a/b/g" },
        { "../..", "http://a/" },
        { "../../", "http://a/" },
        { "../../g", "http://a/g" },
        { "../../../g", "http://a/g" },
        { "../../../../g", "http://a/g" },
        { "/./g", "http://a/g" },
        { "/../g", "http://a/g" },
        { "g.", "http://a/b/c/g." },
        { ".g", "http://a/b/c/.g" },
        { "g..", "http://a/b/c/g.." },
        { "..g", "http://a/b/c/..g" },
        { "./../g", "http://a/b/g" },
        { "./g/.", "http://a/b/c/g/" },
        { "g/./h", "http://a/b/c/g/h" },
        { "g/../h", "http://a/b/c/h" },
        { "g;x=1/./y", "http://a/b/c/g;x=1/y" },
        { "g;x=1/../y", "http://a/b/c/y" },
        { "g?y/./x", "http://a/b/c/g?y/./x" },
        { "g?y/../x", "http://a/b/c/g?y/../x" },
        { "g#s/./x", "http://a/b/c/g#s/./x" },
        { "g#s/../x", "http://a/b/c/g#s/../x" },
        { "http:g", "http:g" },
    };
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_span(url_resolve(SPAN("http://a/b/c/d;p?q"), span_of(rows[i][0]), &arena),
                   rows[i][1]);
}

static void test_url_resolve__takes_a_host_without_path(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    check_span(url_resolve(SPAN("https://shop.example"), SPAN("a"), &arena),
               "https://shop.example/a");
    check_span(url_resolve(SPAN("https://shop.example:8443/x?y"), SPAN(" /login "), &arena),
               "https://shop.example:8443/login");
    check_span(url_resolve(SPAN("https://shop.example/"), SPAN("http://h:99999/"), &arena),
               "http://h:99999/");
    check_span(url_resolve(SPAN("https://shop.example/x"), SPAN("/a//b/../c"), &arena),
               "https://shop.example/a//c");
}

static void test_url_resolve__takes_a_base_that_is_relative_itself(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    check_span(url_resolve(SPAN("/a/b"), SPAN("c"), &arena), "/a/c");
    check_span(url_resolve(SPAN("/a"), SPAN("c"), &arena), "/c");
    check_span(url_resolve(SPAN("a"), SPAN("c"), &arena), "c");
    check_span(url_resolve(SPAN("a"), SPAN("."), &arena), "");
    check_span(url_resolve(SPAN("a"), SPAN("b/.."), &arena), "/"); /* section 5.2.4 to the letter */
    check_span(url_resolve(SPAN("a"), SPAN("b/c/.."), &arena), "b/");
}

static void test_default_port__is_known_of_two_schemes(void **state)
{
    (void)state;
    assert_int_equal(url_default_port(SPAN("HTTPS")), 443);
    assert_int_equal(url_default_port(SPAN("http")), 80);
    assert_int_equal(url_default_port(SPAN("ftp")), 0);
    assert_int_equal(url_default_port(SPAN_NONE), 0);
}

static void test_query__keeps_order_and_empty_items(void **state)
{
    (void)state;
    static const char *const names[] = { "a", "b", "", "c", "d" };
    static const char *const values[] = { "1", NULL, NULL, "", "x=y" };
    struct span rest = SPAN("a=1&b&&c=&d=x=y");
    struct query_item item;
    for (size_t i = 0; i < 5; i++) {
        assert_true(query_next(&rest, &item));
        check_span(item.name, names[i]);
        check_span(item.value, values[i]);
    }
    assert_false(query_next(&rest, &item));
}

static void test_url_decode__leaves_broken_escapes(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    check_span(url_decode(SPAN("a%20b+c"), false, &arena), "a b+c");
    check_span(url_decode(SPAN("a%20b+c"), true, &arena), "a b c");
    check_span(url_decode(SPAN("+a"), true, &arena), " a");
    check_span(url_decode(SPAN("%4a%4A%zz%4%"), false, &arena), "JJ%zz%4%");
    struct span plain = SPAN("plain");
    assert_ptr_equal(url_decode(plain, true, &arena).ptr, plain.ptr);
}

static void test_url_encode__and_decode_are_inverse(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    char all[256];
    for (int i = 0; i < 256; i++)
        all[i] = (char)i;
    struct span bytes = span_make(all, sizeof all);
    url_encode(&out, bytes);
    assert_true(span_eq(url_decode(strbuf_span(&out), false, &arena), bytes));
    strbuf_clear(&out);
    form_encode(&out, bytes);
    assert_true(span_eq(url_decode(strbuf_span(&out), true, &arena), bytes));
    strbuf_clear(&out);
    url_encode(&out, SPAN("a b/~ü"));
    assert_string_equal(out.buf, "a%20b%2F~%C3%BC");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_url__splits_into_borrowed_parts),
        cmocka_unit_test(test_url__tells_absent_from_empty),
        cmocka_unit_test(test_url__hosts_and_ports),
        cmocka_unit_test(test_url_resolve__does_the_examples_of_the_rfc),
        cmocka_unit_test(test_url_resolve__takes_a_host_without_path),
        cmocka_unit_test(test_url_resolve__takes_a_base_that_is_relative_itself),
        cmocka_unit_test(test_default_port__is_known_of_two_schemes),
        cmocka_unit_test(test_query__keeps_order_and_empty_items),
        cmocka_unit_test(test_url_decode__leaves_broken_escapes),
        cmocka_unit_test(test_url_encode__and_decode_are_inverse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
