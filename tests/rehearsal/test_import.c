#include "support/check.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rehearse/base/file.h"
#include "rehearse/base/mem.h"
#include "rehearse/rehearsal/import.h"
#include "rehearse/store/store.h"

/* ---- a folder for each test, emptied afterwards ---- */

enum { LOGS = 24 };

struct place {
    char folder[64];
    char logs[LOGS][96];
    char out[96], second[96];
    const char *paths[LOGS];
    struct import_summary summary;
    struct err err;
};

static int set_up(void **state)
{
    struct place *p = xcalloc(1, sizeof *p);
    snprintf(p->folder, sizeof p->folder, "/tmp/rehearse-import-XXXXXX");
    if (!mkdtemp(p->folder))
        return -1;
    for (int i = 0; i < LOGS; i++) {
        snprintf(p->logs[i], sizeof p->logs[i], "%s/%d.log", p->folder, i);
        p->paths[i] = p->logs[i];
    }
    snprintf(p->out, sizeof p->out, "%s/out.capture", p->folder);
    snprintf(p->second, sizeof p->second, "%s/second.capture", p->folder);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;
    for (int i = 0; i < LOGS; i++)
        unlink(p->logs[i]);
    unlink(p->out);
    unlink(p->second);
    int rc = rmdir(p->folder);
    import_summary_release(&p->summary);
    free(p);
    return rc;
}

static void write_log(struct place *p, int log, const char *text)
{
    struct err err = ERR_INIT;
    if (file_write(p->logs[log], span_of(text), 0600, &err) < 0)
        fail_msg("%s", err.text);
}

static struct import_options options(struct place *p, size_t logs)
{
    return (struct import_options){ .paths = p->paths,
                                    .path_count = logs,
                                    .out = p->out,
                                    .source = { .format = "combined", .authority = "shop.example" },
                                    .replace = true };
}

static int run(struct place *p, const struct import_options *o)
{
    import_summary_release(&p->summary);
    p->err = (struct err)ERR_INIT;
    return import_run(o, &p->summary, &p->err);
}

static void must_run(struct place *p, const struct import_options *o)
{
    if (run(p, o) < 0)
        fail_msg("%s", p->err.text);
}

/* "10.0.0.1 … GET /a": second of the day, address, target, status; further text is the user's. */
static void add_line(struct strbuf *out, int second, int visitor, const char *target, int status)
{
    strbuf_addf(out,
                "10.0.0.%d - - [02/Mar/2026:%02d:%02d:%02d +0000] \"GET %s HTTP/1.1\" %d 12 \"-\" "
                "\"Agent/1\"\n",
                visitor, second / 3600, second / 60 % 60, second % 60, target, status);
}

/* Every exchange of the file as "session-number target" lines, sessions as they began. */
static void list_targets(const char *path, struct strbuf *out)
{
    AUTO(store_closep) struct store *store = NULL;
    AUTO(store_sessions_closep) struct store_sessions *walk = NULL;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct err err = ERR_INIT;
    struct store_session s;
    if (store_open(&store, path, false, &err) < 0 ||
        store_sessions_open(&walk, store, STORE_BY_START, &err) < 0)
        fail_msg("%s", err.text);
    while (store_sessions_next(walk, &s, &err) == 1) {
        struct exchange *x;
        size_t count;
        assert_int_equal(store_load_session(store, s.id, true, &x, &count, &arena, &err), 0);
        assert_int_equal(count, s.exchanges);
        for (size_t i = 0; i < count; i++)
            strbuf_addf(out, "%.*s ", SPAN_ARG(x[i].request.target));
        strbuf_add_char(out, '\n');
    }
}

/* ---- accounts ---- */

static int join_skipped(void *ctx, struct span source, struct span outcome, struct span reason,
                        uint64_t count)
{
    (void)source;
    (void)reason;
    strbuf_addf(ctx, "%.*s %llu;", SPAN_ARG(outcome), (unsigned long long)count);
    return 0;
}

static void test_import__every_record_is_accounted_for(void **state)
{
    struct place *p = *state;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    AUTO(store_closep) struct store *store = NULL;
    add_line(&text, 1, 1, "/a", 200);
    strbuf_add_str(&text, "this is no log line\n");
    add_line(&text, 2, 1, "/b", 404);
    strbuf_add_str(&text, "10.0.0.1 - - [02/Mar/2026:00:0\n");
    write_log(p, 0, text.buf);
    strbuf_clear(&text);
    add_line(&text, 3, 2, "/c", 200);
    write_log(p, 1, text.buf);

    struct import_options o = options(p, 2);
    o.filter.statuses = (const char *const[]){ "2xx", NULL };
    must_run(p, &o);

    const struct import_summary *s = &p->summary;
    assert_int_equal(s->read, 5);
    assert_int_equal(s->imported, 2);
    assert_int_equal(s->skipped, 1);
    assert_int_equal(s->rejected, 2);
    assert_int_equal(s->sessions, 2);
    assert_int_equal(s->sources[0].read, 4);
    assert_int_equal(s->sources[0].imported, 1);
    assert_int_equal(s->sources[1].imported, 1);
    check_span(s->sources[0].format, "combined");
    assert_int_equal(s->place_count, 2);
    assert_int_equal(s->places[0].line, 2);
    assert_int_equal(s->places[1].line, 4);
    strbuf_clear(&text);
    import_add_place(s, 0, &text);
    check_contains(text.buf, "/0.log:2");

    struct store_totals totals;
    assert_int_equal(store_open(&store, p->out, false, &p->err), 0);
    assert_int_equal(store_totals(store, &totals, &p->err), 0);
    assert_int_equal(totals.exchanges, 2);
    assert_int_equal(totals.skipped, 1);
    assert_int_equal(totals.rejected, 2);
    strbuf_clear(&text);
    assert_int_equal(store_each_skipped(store, join_skipped, &text, &p->err), 0);
    check_contains(text.buf, "skipped 1;");
}

static void test_import__what_it_was_made_of_is_in_the_file(void **state)
{
    static const struct {
        const char *key, *value;
    } rows[] = {
        { "source.00001.format", "combined" },
        { "source.00001.read", "1" },
        { "records.read", "1" },
        { "records.imported", "1" },
        { "records.rejected", "0" },
        { "sample", "1" },
        { "options", "--as-told" },
        { "state", "finished" },
    };
    struct place *p = *state;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    AUTO(store_closep) struct store *store = NULL;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    add_line(&text, 1, 1, "/a", 200);
    write_log(p, 0, text.buf);
    struct import_options o = options(p, 1);
    o.said = "--as-told";
    must_run(p, &o);

    assert_int_equal(store_open(&store, p->out, false, &p->err), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct span value;
        assert_int_equal(store_get_meta(store, rows[i].key, &value, &arena, &p->err), 0);
        check_row(span_eq(value, span_of(rows[i].value)), rows[i].key);
    }
}

static void test_import__strict_makes_the_first_rejected_record_fatal(void **state)
{
    struct place *p = *state;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    add_line(&text, 1, 1, "/a", 200);
    strbuf_add_str(&text, "no log line\n");
    write_log(p, 0, text.buf);
    struct import_options o = options(p, 1);
    o.strict = true;
    assert_int_equal(run(p, &o), E_FORMAT);
    check_contains(p->err.text, "/0.log:2");
    assert_false(file_exists(p->out));
}

static void test_import__more_rejected_places_than_are_kept(void **state)
{
    struct place *p = *state;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    for (int i = 0; i < 3 * IMPORT_PLACES; i++)
        strbuf_add_str(&text, "no log line\n");
    write_log(p, 0, text.buf);
    struct import_options o = options(p, 1);
    assert_int_equal(run(p, &o), E_FORMAT);
    check_contains(p->err.text, "none of 30 records is a request");
    check_contains(p->err.text, "0.log:1:8");
    assert_int_equal(access(p->out, F_OK), -1);
    assert_int_equal(p->summary.rejected, 3 * IMPORT_PLACES);
    assert_int_equal(p->summary.place_count, IMPORT_PLACES);
}

/* ---- merging ---- */

static void test_merge__sources_come_in_order_of_time(void **state)
{
    struct place *p = *state;
    AUTO(strbuf_release) struct strbuf a = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf b = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf found = STRBUF_INIT;
    add_line(&a, 1, 1, "/1", 200);
    add_line(&a, 4, 1, "/4", 200);
    add_line(&a, 3, 1, "/3", 200); /* its own disorder */
    strbuf_add_str(&a, "no log line\n");
    add_line(&a, 7, 1, "/7", 200);
    add_line(&b, 2, 1, "/2", 200);
    add_line(&b, 5, 1, "/5", 200);
    add_line(&b, 6, 1, "/6", 200);
    write_log(p, 0, a.buf);
    write_log(p, 1, b.buf);
    struct import_options o = options(p, 2);
    must_run(p, &o);
    list_targets(p->out, &found);
    assert_string_equal(found.buf, "/1 /2 /3 /4 /5 /6 /7 \n");
}

/* Rotated logs, named newest first, more of them than are held open; one holds nothing that is
 * understood. */
static void test_merge__many_files_are_read_when_their_turn_comes(void **state)
{
    struct place *p = *state;
    AUTO(strbuf_release) struct strbuf found = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf wanted = STRBUF_INIT;
    for (int i = 0; i < LOGS; i++) {
        AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
        int first = (LOGS - i) * 100;
        char target[2][16];
        strbuf_add_str(&text, "no log line\n");
        for (int n = 0; n < 2; n++) {
            snprintf(target[n], sizeof target[n], "/%d", first + n * 150);
            if (i != 5)
                add_line(&text, first + n * 150, 1, target[n], 200);
        }
        write_log(p, i, text.buf);
    }
    /* Each file's second line is later than the first line of the next. */
    for (int t = 100; t <= LOGS * 100 + 150; t += 50) {
        bool first = t % 100 == 0 && t <= LOGS * 100 && t != (LOGS - 5) * 100;
        bool second = t % 100 == 50 && t >= 250 && t - 150 != (LOGS - 5) * 100;
        if (first || second)
            strbuf_addf(&wanted, "/%d ", t);
    }
    strbuf_add_char(&wanted, '\n');
    struct import_options o = options(p, LOGS);
    must_run(p, &o);
    list_targets(p->out, &found);
    assert_string_equal(found.buf, wanted.buf);
    assert_int_equal(p->summary.rejected, LOGS);
    assert_int_equal(p->summary.read, 3 * LOGS - 2);
}

static void test_merge__an_empty_log_among_others_is_no_error(void **state)
{
    struct place *p = *state;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf found = STRBUF_INIT;
    add_line(&text, 1, 1, "/a", 200);
    write_log(p, 0, "");
    write_log(p, 1, text.buf);
    struct import_options o = options(p, 2);
    must_run(p, &o);
    list_targets(p->out, &found);
    assert_string_equal(found.buf, "/a \n");
    check_span(p->summary.sources[0].format, "empty");
    assert_int_equal(p->summary.sources[0].read, 0);
}

static void test_import__the_same_input_makes_the_same_file(void **state)
{
    struct place *p = *state;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf one = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf two = STRBUF_INIT;
    for (int i = 0; i < 3000; i++)
        add_line(&text, i, 1 + i % 200, i % 3 ? "/x?q=1" : "/y", 200);
    write_log(p, 0, text.buf);
    struct import_options o = options(p, 1);
    must_run(p, &o);
    o.out = p->second;
    must_run(p, &o);
    assert_int_equal(file_read(&one, p->out, 1 << 24, &p->err), 0);
    assert_int_equal(file_read(&two, p->second, 1 << 24, &p->err), 0);
    assert_true(span_eq(strbuf_span(&one), strbuf_span(&two)));
}

/* ---- sampling and filters ---- */

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

static void test_options__wrong_ones_are_told_before_anything_is_read(void **state)
{
    struct place *p = *state;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf after = STRBUF_INIT;
    add_line(&text, 1, 1, "/one", 200);
    write_log(p, 0, text.buf);

    struct import_options o = options(p, 0);
    assert_int_equal(run(p, &o), E_USAGE);
    o = options(p, 1);
    o.sample = 1.5;
    assert_int_equal(run(p, &o), E_USAGE);
    o = options(p, 1);
    o.filter.statuses = (const char *const[]){ "2x0", NULL };
    assert_int_equal(run(p, &o), E_USAGE);
    check_contains(p->err.text, "2x0");
    o = options(p, 1);
    o.out = p->logs[0]; /* with replace */
    assert_int_equal(run(p, &o), E_USAGE);
    assert_int_equal(file_read(&after, p->logs[0], 1 << 20, &p->err), 0);
    assert_string_equal(after.buf, text.buf);
    o = options(p, 1);
    must_run(p, &o);
    o.replace = false;
    assert_int_equal(run(p, &o), E_USAGE);
    assert_true(file_exists(p->out));
    p->paths[1] = p->logs[0];
    o = options(p, 2);
    assert_int_equal(run(p, &o), E_USAGE);
    check_contains(p->err.text, "named twice");
    p->paths[1] = p->logs[1];
    o = options(p, 2); /* the second is missing: the good capture stays */
    assert_true(run(p, &o) < 0);
    assert_true(file_exists(p->out));
}

static void test_stop__leaves_no_half_capture(void **state)
{
    struct place *p = *state;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    add_line(&text, 1, 1, "/one", 200);
    write_log(p, 0, text.buf);
    volatile int stop = 1;
    struct import_options o = options(p, 1);
    o.stop = &stop;
    assert_int_equal(run(p, &o), E_STOPPED);
    assert_false(file_exists(p->out));
}

/* A monitor that asks every second: its session is cut, so that no part is too large for memory. */
static void test_import__an_endless_session_by_address_is_cut_into_parts(void **state)
{
    enum { REQUESTS = 45000, PART = 10000 };
    struct place *p = *state;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    AUTO(store_closep) struct store *store = NULL;
    AUTO(store_sessions_closep) struct store_sessions *walk = NULL;
    for (int i = 0; i < REQUESTS; i++)
        add_line(&text, i, 1, "/health", 200);
    write_log(p, 0, text.buf);
    struct import_options o = options(p, 1);
    must_run(p, &o);

    struct store_session s;
    unsigned parts = 0, all = 0;
    assert_int_equal(store_open(&store, p->out, false, &p->err), 0);
    assert_int_equal(store_sessions_open(&walk, store, STORE_BY_START, &p->err), 0);
    while (store_sessions_next(walk, &s, &p->err) == 1) {
        assert_true(s.exchanges <= 2 * PART);
        parts++;
        all += s.exchanges;
    }
    assert_int_equal(all, REQUESTS);
    assert_int_equal(parts, 4);
}

static void test_disk_full__is_an_error_that_names_the_file_and_leaves_none(void **state)
{
    struct place *p = *state;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    struct rlimit before, low;
    for (int i = 0; i < 20000; i++) {
        char target[32];
        snprintf(target, sizeof target, "/%d", i);
        add_line(&text, i, i % 250, target, 200);
    }
    write_log(p, 0, text.buf);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    low = before;
    low.rlim_cur = 300000;
    setrlimit(RLIMIT_FSIZE, &low);
    struct import_options o = options(p, 1);
    int rc = run(p, &o);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(rc, E_IO);
    check_contains(p->err.text, p->out);
    assert_false(file_exists(p->out));
}

/* ---- secrets ---- */

static void test_veil__no_secret_is_in_the_file(void **state)
{
    static const char *const secrets[] = { "hunter2secretsession", "s3cretbearertoken",
                                           "q5ecretinthequery", "r3fererssecret" };
    struct place *p = *state;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf bytes = STRBUF_INIT;
    struct stat st;
    for (int i = 0; i < 300; i++)
        strbuf_addf(&text,
                    "10.0.0.%d [02/Mar/2026:00:00:%02d +0000] \"GET /a?access_token=%s&page=%d "
                    "HTTP/1.1\" 200 \"lang=de; sid=%s\" \"Bearer %s\" "
                    "\"https://shop.example/reset?token=%s\"\n",
                    i % 250, i % 60, secrets[2], i, secrets[0], secrets[1], secrets[3]);
    write_log(p, 0, text.buf);
    struct import_options o = options(p, 1);
    o.source.format = NULL;
    o.source.log_format = "$remote_addr [$time_local] \"$request\" $status \"$http_cookie\" "
                          "\"$http_authorization\" \"$http_referer\"";
    must_run(p, &o);
    assert_int_equal(p->summary.imported, 300);
    assert_int_equal(file_read(&bytes, p->out, 1 << 24, &p->err), 0);
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
        check_row(span_find(strbuf_span(&bytes), span_of(secrets[i])) < 0, secrets[i]);
    assert_true(span_find(strbuf_span(&bytes), SPAN("/a?access_token=p~")) >= 0);
    assert_int_equal(stat(p->out, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

/* ---- HAR: a file is one visitor ---- */

static const char har[] =
    "{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"WebInspector\",\"version\":\"537.36\"},"
    "\"pages\":[],\"entries\":[{\"startedDateTime\":\"2026-03-02T00:00:0%d.000Z\",\"time\":5,"
    "\"request\":{\"method\":\"GET\",\"url\":\"https://shop.example%s\",\"httpVersion\":\"HTTP/"
    "1.1\","
    "\"headers\":[],\"queryString\":[],\"cookies\":[],\"headersSize\":-1,\"bodySize\":0},"
    "\"response\":{\"status\":200,\"statusText\":\"OK\",\"httpVersion\":\"HTTP/1.1\",\"headers\":["
    "{\"name\":\"Content-Type\",\"value\":\"text/html\"}],\"cookies\":[],\"content\":{\"size\":5,"
    "\"mimeType\":\"text/html\",\"text\":\"hello\"},\"redirectURL\":\"\",\"headersSize\":-1,"
    "\"bodySize\":5},\"cache\":{},\"timings\":{\"send\":1,\"wait\":2,\"receive\":2}}]}}";

static void test_har__each_file_is_one_visitor(void **state)
{
    struct place *p = *state;
    AUTO(strbuf_release) struct strbuf found = STRBUF_INIT;
    for (int i = 0; i < 2; i++) {
        char text[2048];
        snprintf(text, sizeof text, har, i, i ? "/second" : "/first");
        write_log(p, i, text);
    }
    struct import_options o = options(p, 2);
    o.source.format = NULL;
    must_run(p, &o);
    list_targets(p->out, &found);
    assert_string_equal(found.buf, "/first \n/second \n");
    check_span(p->summary.sources[1].format, "har");
    assert_int_equal(p->summary.heuristic_sessions, 0);
}

/* ---- what the recording lacks ---- */

static void test_warnings__say_what_a_plain_log_lacks(void **state)
{
    struct place *p = *state;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    AUTO(store_closep) struct store *store = NULL;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct span kept;
    add_line(&text, 1, 1, "/a", 200);
    add_line(&text, 2, 2, "/a", 200);
    write_log(p, 0, text.buf);
    struct import_options o = options(p, 1);
    o.source.authority = NULL;
    must_run(p, &o);
    strbuf_clear(&text);
    import_add_warnings(&p->summary, &text);
    check_contains(text.buf, "2 of 2 exchanges come from a source that does not record cookies");
    check_contains(text.buf, "2 of 2 sessions were told by client address");
    check_contains(text.buf, "which host");
    check_contains(text.buf, "no recorded response fields");

    assert_int_equal(store_open(&store, p->out, false, &p->err), 0);
    assert_int_equal(store_get_meta(store, "warning.1", &kept, &arena, &p->err), 0);
    assert_true(span_starts(strbuf_span(&text), kept) && kept.len > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_import__every_record_is_accounted_for),
        TEST(test_import__what_it_was_made_of_is_in_the_file),
        TEST(test_import__strict_makes_the_first_rejected_record_fatal),
        TEST(test_import__more_rejected_places_than_are_kept),
        TEST(test_merge__sources_come_in_order_of_time),
        TEST(test_merge__many_files_are_read_when_their_turn_comes),
        TEST(test_merge__an_empty_log_among_others_is_no_error),
        TEST(test_import__the_same_input_makes_the_same_file),
        TEST(test_sample__keeps_whole_sessions_and_the_same_ones),
        TEST(test_filter__keeps_what_fits),
        TEST(test_filter__one_session_by_its_id),
        TEST(test_options__wrong_ones_are_told_before_anything_is_read),
        TEST(test_stop__leaves_no_half_capture),
        TEST(test_import__an_endless_session_by_address_is_cut_into_parts),
        TEST(test_disk_full__is_an_error_that_names_the_file_and_leaves_none),
        TEST(test_veil__no_secret_is_in_the_file),
        TEST(test_har__each_file_is_one_visitor),
        TEST(test_warnings__say_what_a_plain_log_lacks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
