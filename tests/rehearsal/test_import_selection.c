/* What of a log an import keeps: samples and filters. */
#include "import_kit.h"

static void test_sample__keeps_whole_sessions_and_the_same_ones(void **state)
{
    struct place *p = *state;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf small = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf large = STRBUF_INIT;
    for (int i = 0; i < 2000; i++) {
        char target[32];
        snprintf(target, sizeof target, "/v%d/%d", i % 200, i / 200);
        add_line(&text, i, i % 200, target, 200);
    }
    write_log(p, 0, text.buf);
    struct import_options o = options(p, 1);
    o.sample = 0.2;
    must_run(p, &o);
    assert_int_equal(p->summary.imported + p->summary.skipped, 2000);
    assert_true(p->summary.sessions > 15 && p->summary.sessions < 75);
    assert_int_equal(p->summary.imported, p->summary.sessions * 10);
    list_targets(p->out, &small);

    o.sample = 0.6;
    must_run(p, &o);
    list_targets(p->out, &large);
    struct span rest = strbuf_span(&small);
    while (rest.len) {
        struct span session = span_cut(&rest, '\n');
        assert_true(span_find(strbuf_span(&large), session) >= 0);
    }
}

static void test_filter__keeps_what_fits(void **state)
{
    static const struct {
        const char *claim;
        const char *hosts[3], *paths[3], *methods[3], *statuses[3];
        int64_t from_s, to_s; /* of the day */
        const char *kept;
    } rows[] = {
        { .claim = "nothing given", .kept = "/a/1 /a/2 /b/1?x=/a/ " },
        { .claim = "path prefix", .paths = { "/a/" }, .kept = "/a/1 /a/2 " },
        { .claim = "path with a star is the whole path",
          .paths = { "/*/1" },
          .kept = "/a/1 /b/1?x=/a/ " },
        { .claim = "two paths", .paths = { "/a/2", "/b" }, .kept = "/a/2 /b/1?x=/a/ " },
        { .claim = "host", .hosts = { "SHOP.example" }, .kept = "/a/1 /a/2 /b/1?x=/a/ " },
        { .claim = "host with a star", .hosts = { "*.example" }, .kept = "/a/1 /a/2 /b/1?x=/a/ " },
        { .claim = "another host", .hosts = { "example" }, .kept = "" },
        { .claim = "host with a port", .hosts = { "shop.example:1" }, .kept = "" },
        { .claim = "method", .methods = { "post", "get" }, .kept = "/a/1 /a/2 /b/1?x=/a/ " },
        { .claim = "another method", .methods = { "POST" }, .kept = "" },
        { .claim = "status", .statuses = { "404" }, .kept = "/a/2 " },
        { .claim = "status class", .statuses = { "4xx", "5xx" }, .kept = "/a/2 " },
        { .claim = "status range", .statuses = { "100-299" }, .kept = "/a/1 /b/1?x=/a/ " },
        { .claim = "from is included", .from_s = 2, .kept = "/a/2 /b/1?x=/a/ " },
        { .claim = "to is excluded", .to_s = 3, .kept = "/a/1 /a/2 " },
        { .claim = "all must hold", .paths = { "/a" }, .statuses = { "200" }, .kept = "/a/1 " },
    };
    struct place *p = *state;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    const int64_t day_us = INT64_C(1772409600) * 1000000; /* 2026-03-02 */
    add_line(&text, 1, 1, "/a/1", 200);
    add_line(&text, 2, 1, "/a/2", 404);
    add_line(&text, 3, 1, "/b/1?x=/a/", 200);
    write_log(p, 0, text.buf);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(strbuf_release) struct strbuf found = STRBUF_INIT;
        struct import_options o = options(p, 1);
        o.filter = (struct import_filter){
            .hosts = rows[i].hosts[0] ? rows[i].hosts : NULL,
            .paths = rows[i].paths[0] ? rows[i].paths : NULL,
            .methods = rows[i].methods[0] ? rows[i].methods : NULL,
            .statuses = rows[i].statuses[0] ? rows[i].statuses : NULL,
            .from_us = rows[i].from_s ? day_us + rows[i].from_s * 1000000 : 0,
            .to_us = rows[i].to_s ? day_us + rows[i].to_s * 1000000 : 0,
        };
        must_run(p, &o);
        list_targets(p->out, &found);
        if (found.len)
            strbuf_cut(&found, found.len - 1);
        check_row(strcmp(found.buf, rows[i].kept) == 0, rows[i].claim);
        check_row(p->summary.read == 3 && p->summary.imported + p->summary.skipped == 3,
                  rows[i].claim);
    }
}

static void test_filter__one_session_by_its_id(void **state)
{
    struct place *p = *state;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf found = STRBUF_INIT;
    add_line(&text, 1, 1, "/one", 200);
    add_line(&text, 2, 2, "/two", 200);
    write_log(p, 0, text.buf);
    struct import_options o = options(p, 1);
    must_run(p, &o);

    struct store *store = NULL;
    struct store_sessions *walk = NULL;
    struct store_session s;
    assert_int_equal(store_open(&store, p->out, false, &p->err), 0);
    assert_int_equal(store_sessions_open(&walk, store, STORE_BY_START, &p->err), 0);
    assert_int_equal(store_sessions_next(walk, &s, &p->err), 1);
    assert_int_equal(store_sessions_next(walk, &s, &p->err), 1);
    store_sessions_close(walk);
    store_close(store);

    o.filter.sessions = &s.id;
    o.filter.session_count = 1;
    must_run(p, &o);
    list_targets(p->out, &found);
    assert_string_equal(found.buf, "/two \n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_sample__keeps_whole_sessions_and_the_same_ones),
        TEST(test_filter__keeps_what_fits),
        TEST(test_filter__one_session_by_its_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
