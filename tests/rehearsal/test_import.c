#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "import_kit.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_import__every_record_is_accounted_for),
        TEST(test_import__what_it_was_made_of_is_in_the_file),
        TEST(test_import__strict_makes_the_first_rejected_record_fatal),
        TEST(test_import__more_rejected_places_than_are_kept),
        TEST(test_import__the_same_input_makes_the_same_file),
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
