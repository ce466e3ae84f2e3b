#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "translate.h"

static const struct host_pair two_hosts[] = {
    { { "shop.example", 12 }, { "shop.test", 9 }, { "http", 4 } },
    { { "api.example", 11 }, { "shop.test:8443", 14 }, { "http", 4 } },
};
static const struct host_pair all_hosts[] = {
    { { "*", 1 }, { "127.0.0.1:8443", 14 }, { "https", 5 } }
};
static const struct host_pair named_port[] = {
    { { "*", 1 }, { "staging.test:8443", 17 }, { "https", 5 } }
};
static const struct host_pair own_scheme[] = {
    { { "shop.example", 12 }, { "shop.test", 9 }, { NULL, 0 } }
};
static const struct host_pair one_place[] = {
    { { "shop.example", 12 }, { "s.test", 6 }, { "https", 5 } },
    { { "www.shop.example", 16 }, { "s.test", 6 }, { "https", 5 } },
};

struct row {
    const struct host_pair *hosts;
    size_t host_count;
    const char *production, *staging; /* SCHEME AUTHORITY each; "-": unknown */
    const char *text, *expected;
};

#define TWO two_hosts, 2, "https shop.example", "http shop.test"
#define ALL all_hosts, 1, "http www.shop.example:8080", "https 127.0.0.1:8443"
#define LOG all_hosts, 1, "- shop.example", "https 127.0.0.1:8443"

static const struct row rows[] = {
    { TWO, "http://shop.test/a http://shop.test:8443/b",
      "https://shop.example/a https://api.example/b" },
    { TWO, "my-shop.test shop.test.org shop.tests", "my-shop.test shop.test.org shop.tests" },
    { TWO, "wss://shop.test", "wss://shop.example" },
    { TWO, "https://shop.test/", "https://shop.example/" },
    { TWO, "xhttp://shop.test", "xhttp://shop.example" },
    { TWO, "nothing", "nothing" },
    /* "*": the request's own authority and scheme. */
    { ALL, "https://127.0.0.1:8443/cart", "http://www.shop.example:8080/cart" },
    { ALL, "http://127.0.0.1:8443/", "http://www.shop.example:8080/" },
    { ALL, "127.0.0.1:8443", "www.shop.example:8080" },
    { ALL, "https://127.0.0.1/products", "http://www.shop.example/products" },
    { ALL, "127.0.0.1, 10.0.0.1", "127.0.0.1, 10.0.0.1" },
    { ALL, "http://127.0.0.1:9999/ 127.0.0.1:84431", "http://127.0.0.1:9999/ 127.0.0.1:84431" },
    { named_port, 1, "https shop.example", "https staging.test:8443", "host=staging.test;",
      "host=shop.example;" },
    { named_port, 1, "https -", "https staging.test:8443", "https://staging.test:8443/",
      "https://staging.test:8443/" },
    { own_scheme, 1, "http shop.example", "http shop.test", "http://shop.test/ https://shop.test/",
      "http://shop.example/ https://shop.example/" },
    /* Two hosts that became one place: the one that was asked for. */
    { one_place, 2, "https www.shop.example", "https s.test", "https://s.test/",
      "https://www.shop.example/" },
    { one_place, 2, "https shop.example", "https s.test", "https://s.test/",
      "https://shop.example/" },
    /* A log that does not say the scheme. */
    { LOG, "https://127.0.0.1:8443/cart http://127.0.0.1:8443/",
      "//shop.example/cart //shop.example/" },
    { LOG, "https://cdn.example/", "https://cdn.example/" },
};

static void take_asked(struct http_request *r, const char *text)
{
    struct span rest = span_of(text), scheme = span_cut(&rest, ' ');
    r->scheme = span_eq(scheme, SPAN("-")) ? SPAN_NONE : scheme;
    r->authority = span_eq(rest, SPAN("-")) ? SPAN_NONE : rest;
}

static void check_row(const struct row *row)
{
    struct arena arena = ARENA_INIT;
    struct translator t;
    struct http_request production = { 0 }, staging = { 0 };
    const struct comparison_options options = { .hosts = row->hosts,
                                                .host_count = row->host_count };
    const struct asked asked = { &production, &staging };
    take_asked(&production, row->production);
    take_asked(&staging, row->staging);
    translator_init(&t, &options, &arena);
    struct span out = translate(&t, &asked, span_of(row->text), &arena);
    if (!span_eq(out, span_of(row->expected)))
        fail_msg("\"%s\" became \"%.*s\", expected \"%s\"", row->text, SPAN_ARG(out),
                 row->expected);
    arena_release(&arena);
}

static void test_translate__stagings_words_in_productions_terms(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(&rows[i]);
}

static void test_translate__production_loses_a_scheme_only_where_its_own_is_unknown(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct translator t;
    struct http_request production = { 0 }, staging = { 0 };
    const struct comparison_options options = { .hosts = two_hosts, .host_count = 2 };
    const struct asked asked = { &production, &staging };
    struct span text = SPAN("https://shop.example/a http://api.example https://cdn.example/");
    translator_init(&t, &options, &arena);
    take_asked(&production, "- shop.example");
    assert_true(span_eq(translate_production(&t, &asked, text, &arena),
                        SPAN("//shop.example/a //api.example https://cdn.example/")));
    take_asked(&production, "https shop.example");
    assert_true(span_eq(translate_production(&t, &asked, text, &arena), text));
    arena_release(&arena);
}

static void test_translate_key__differs_where_a_translation_does(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct translator t;
    struct http_request production = { 0 }, staging = { 0 };
    const struct comparison_options options = { .hosts = all_hosts, .host_count = 1 };
    const struct asked asked = { &production, &staging };
    static const char *const asks[] = { "https a.example", "http a.example", "- a.example",
                                        "https b.example" };
    uint64_t keys[4];
    translator_init(&t, &options, &arena);
    take_asked(&staging, "https 127.0.0.1:8443");
    for (size_t i = 0; i < 4; i++) {
        take_asked(&production, asks[i]);
        keys[i] = translate_key(&t, &asked);
        for (size_t j = 0; j < i; j++)
            assert_true(keys[i] != keys[j]);
    }
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_translate__stagings_words_in_productions_terms),
        cmocka_unit_test(test_translate__production_loses_a_scheme_only_where_its_own_is_unknown),
        cmocka_unit_test(test_translate_key__differs_where_a_translation_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
