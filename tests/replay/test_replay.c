/* Whole runs against a server in this process: accounting, cookies, order, pace, and what
 * production is spared. */
#include "rehearse/base/clock.h"
#include "rehearse/base/file.h"
#include "replay_kit.h"

#define PSEUDONYM "p~ABCDEFGHIJKLMNOPQRSTUV"

static void test_a_visitor_s_cookie__is_the_one_staging_set(void **state)
{
    struct fixture *f = *state;
    for (uint64_t session = 1; session <= 2; session++) {
        struct exchange x = kit_exchange(session, 100, session == 1 ? "/one" : "/two");
        kit_field(&f->kit, &x, "Cookie", "sid=" PSEUDONYM);
        kit_get(&f->kit, session, 0, session == 1 ? "/cookie" : "/ok");
        kit_put(&f->kit, &x);
    }
    kit_seal(&f->kit);
    kit_must(kit_replay(&f->kit), &f->kit.err);
    const char *one = strstr(log_of(f), "GET /one"), *two = strstr(log_of(f), "GET /two");
    assert_non_null(one);
    assert_non_null(two);
    struct span head_one = span_of(one), head_two = span_of(two);
    head_one = span_head(head_one, (size_t)span_find(head_one, SPAN("\r\n\r\n")));
    head_two = span_head(head_two, (size_t)span_find(head_two, SPAN("\r\n\r\n")));
    assert_true(span_find(head_one, SPAN("Cookie: sid=staging-secret")) > 0);
    assert_true(span_ifind(head_two, SPAN("Cookie:")) < 0);

    struct exchange *x;
    assert_int_equal(kit_session(&f->kit, 2, &x), 2);
    assert_true(x[1].marks & MARK_CREDENTIAL_UNRESOLVED);
    assert_int_equal(kit_session(&f->kit, 1, &x), 2);
    assert_false(x[1].marks & MARK_CREDENTIAL_UNRESOLVED);
}

static void test_the_run_file__holds_no_secret_of_staging(void **state)
{
    struct fixture *f = *state;
    struct exchange x = kit_exchange(1, 100, "/again");
    kit_field(&f->kit, &x, "Cookie", "sid=" PSEUDONYM);
    kit_get(&f->kit, 1, 0, "/cookie");
    kit_put(&f->kit, &x);
    kit_seal(&f->kit);
    kit_must(kit_replay(&f->kit), &f->kit.err);
    assert_non_null(strstr(log_of(f), "sid=staging-secret"));

    static const char *const tails[] = { "", "-wal" };
    for (size_t i = 0; i < 2; i++) {
        char path[128];
        AUTO(strbuf_release) struct strbuf bytes = STRBUF_INIT;
        snprintf(path, sizeof path, "%s%s", f->kit.run_path, tails[i]);
        if (file_exists(path))
            kit_must(file_read(&bytes, path, 10000000, &f->kit.err), &f->kit.err);
        assert_true(span_find(strbuf_span(&bytes), SPAN("staging-secret")) < 0);
    }
}

static void test_what_is_not_sent__is_in_the_run_with_its_reason(void **state)
{
    struct fixture *f = *state;
    static const struct {
        uint32_t mark;
        const char *method, *authority, *note;
    } rows[] = {
        { MARK_PREFLIGHT, "OPTIONS", "shop.example", "preflight: the browser's own" },
        { MARK_FROM_BROWSER_CACHE, "GET", "shop.example",
          "answered by the browser's cache: production never saw it" },
        { MARK_CLIENT_ABORTED, "GET", "shop.example", "the client went away before the answer" },
        { MARK_REQUEST_BODY_MISSING, "POST", "shop.example", "its body was not recorded" },
        { 0, "GET", "other.example", "its host is not in the target's map" },
        { 0, "POST", "shop.example", "guard: the target does not allow mutations (POST)" },
    };
    enum { ROWS = sizeof rows / sizeof *rows };
    kit_must(target_set_mutations(f->kit.target, MUTATIONS_REFUSE, &f->kit.err), &f->kit.err);
    for (int i = 0; i < ROWS; i++) {
        struct exchange x = kit_exchange(1, i * 100, "/a");
        x.marks = rows[i].mark;
        x.request.method = span_of(rows[i].method);
        x.request.authority = span_of(rows[i].authority);
        kit_put(&f->kit, &x);
    }
    kit_get(&f->kit, 1, 5000, "/sent");
    kit_seal(&f->kit);
    kit_must(kit_replay(&f->kit), &f->kit.err);
    check_sums(&f->kit.summary);
    assert_int_equal(f->kit.summary.skipped, ROWS);
    assert_int_equal(f->server->requests, 1);

    struct exchange *x;
    assert_int_equal(kit_session(&f->kit, 1, &x), ROWS + 1);
    for (uint32_t i = 0; i < ROWS; i++) {
        assert_true(x[i].marks & MARK_NOT_SENT);
        assert_int_equal(x[i].planned, i);
        /* The guard's sign is worded by the http room. */
        check_row(span_starts(x[i].note, span_head(span_of(rows[i].note), 35)), rows[i].note);
    }
}

static void test_production__is_never_sent_an_unsafe_request(void **state)
{
    struct fixture *f = *state;
    static const char *const methods[] = { "GET", "POST", "PUT", "DELETE", "PATCH", "GET" };
    char place[64];
    struct target *production = target_new("production", true);
    snprintf(place, sizeof place, "http://127.0.0.1:%d", f->server->port);
    kit_must(target_add_host(production, "shop.example", place, &f->kit.err), &f->kit.err);
    for (int i = 0; i < 6; i++) {
        struct exchange x = kit_exchange(1, i * 100, i == 5 ? "/logout" : "/a");
        x.request.method = span_of(methods[i]);
        kit_put(&f->kit, &x);
    }
    kit_seal(&f->kit);
    f->kit.options.target = production;
    kit_must(kit_replay(&f->kit), &f->kit.err);
    target_free(production);
    assert_int_equal(f->server->requests, 1);
    assert_int_equal(f->kit.summary.skipped, 5);
    check_sums(&f->kit.summary);
}

/* The request lines of one session, in the order they came. */
static void lines_of(struct fixture *f, unsigned session, struct strbuf *out)
{
    char mark[32];
    snprintf(mark, sizeof mark, "GET /s%u/", session);
    for (const char *at = log_of(f); (at = strstr(at, mark)) != NULL; at++)
        strbuf_add(out, at, strcspn(at, "\r"));
}

static void test_two_runs__send_the_same_requests_in_the_same_order(void **state)
{
    struct fixture *f = *state;
    enum { SESSIONS = 6, REQUESTS = 10 };
    struct strbuf first[SESSIONS], second[SESSIONS];
    put_sessions(&f->kit, SESSIONS, REQUESTS);
    f->kit.options.shards = 2;
    f->kit.options.seed = 42;
    kit_must(kit_replay(&f->kit), &f->kit.err);
    for (unsigned s = 0; s < SESSIONS; s++) {
        first[s] = second[s] = (struct strbuf)STRBUF_INIT;
        lines_of(f, s + 1, &first[s]);
    }
    strbuf_clear(&f->server->log);
    store_close(f->kit.run);
    kit_must(store_create(&f->kit.run, f->kit.run_path, STORE_RUN, true, &f->kit.err), &f->kit.err);
    kit_must(kit_replay(&f->kit), &f->kit.err);
    for (unsigned s = 0; s < SESSIONS; s++) {
        lines_of(f, s + 1, &second[s]);
        assert_true(first[s].len > 0);
        assert_string_equal(first[s].buf, second[s].buf);
        strbuf_release(&first[s]);
        strbuf_release(&second[s]);
    }
}

static void test_recorded_pace__keeps_think_times_and_starts(void **state)
{
    struct fixture *f = *state;
    kit_get(&f->kit, 1, 0, "/a");
    kit_get(&f->kit, 1, 400, "/b");
    kit_get(&f->kit, 2, 300, "/c");
    kit_seal(&f->kit);
    f->kit.options.speed = 1;
    int64_t begun = clock_now_us();
    kit_must(kit_replay(&f->kit), &f->kit.err);
    assert_true(f->kit.summary.elapsed_us >= 380000);
    struct exchange *one, *two;
    assert_int_equal(kit_session(&f->kit, 1, &one), 2);
    int64_t apart = one[1].start_us - one[0].start_us;
    assert_int_equal(kit_session(&f->kit, 2, &two), 1);
    assert_true(apart >= 390000);
    /* From the run's beginning: how late a loaded machine sent the first request says nothing. */
    assert_true(two[0].start_us - begun >= 300000);
}

static void test_rate__spreads_the_requests(void **state)
{
    struct fixture *f = *state;
    put_sessions(&f->kit, 11, 1);
    f->kit.options.rate = 50;
    kit_must(kit_replay(&f->kit), &f->kit.err);
    assert_true(f->kit.summary.elapsed_us >= 200000); /* ten gaps of 20 ms */
}

static void put_login(struct kit *kit, uint64_t session)
{
    struct exchange x = kit_exchange(session, 0, "/login");
    x.request.method = SPAN("POST");
    x.request.body = SPAN("username=" PSEUDONYM "&password=" PSEUDONYM);
    kit_field(kit, &x, "Content-Type", "application/x-www-form-urlencoded");
    kit_put(kit, &x);
    kit_get(kit, session, 100, "/account");
}

static void test_one_account__stands_in_for_one_visitor_at_a_time(void **state)
{
    struct fixture *f = *state;
    char path[96];
    AUTO(identity_pool_freep) struct identity_pool *pool = NULL;
    snprintf(path, sizeof path, "%s/accounts.csv", f->kit.folder);
    kit_must(file_write(path, SPAN("username,password\nalice,wonder-land\n"), 0600, &f->kit.err),
             &f->kit.err);
    kit_must(identity_pool_load(&pool, path, &f->kit.err), &f->kit.err);
    unlink(path);
    for (uint64_t session = 1; session <= 4; session++)
        put_login(&f->kit, session);
    kit_seal(&f->kit);
    f->kit.options.identities = pool;
    kit_must(kit_replay(&f->kit), &f->kit.err);
    assert_int_equal(f->kit.summary.logins, 4);
    assert_int_equal(f->kit.summary.answered, 8);
    /* With one account, each session's requests come together: a login is never followed by another
     * login. */
    const char *at = log_of(f);
    for (unsigned i = 0; i < 4; i++) {
        at = strstr(at, "POST /login");
        assert_non_null(at);
        const char *account = strstr(at, "GET /account"), *next = strstr(at + 1, "POST /login");
        assert_true(account && (!next || account < next));
        at++;
    }
    check_contains(log_of(f), "username=alice");
    struct store_session session;
    kit_must(store_find_session(f->kit.run, 1, &session, &f->kit.arena, &f->kit.err), &f->kit.err);
    check_span(session.identity, "alice");
}

static void test_a_target_without_hosts__is_a_usage_error(void **state)
{
    struct fixture *f = *state;
    AUTO(target_freep) struct target *empty = target_new("staging", false);
    kit_seal(&f->kit);
    f->kit.options.target = empty;
    assert_int_equal(kit_replay(&f->kit), E_USAGE);
}

static void test_an_empty_capture__is_a_run_of_nothing(void **state)
{
    struct fixture *f = *state;
    kit_seal(&f->kit);
    kit_must(kit_replay(&f->kit), &f->kit.err);
    assert_int_equal(f->kit.summary.planned, 0);
}

static void test_status_and_fields__are_counted_against_the_recorded_ones(void **state)
{
    struct fixture *f = *state;
    struct exchange x = kit_exchange(1, 0, "/ok");
    x.marks = MARK_ALL_RESPONSE_FIELDS;
    http_fields_add(&x.response.fields, &f->kit.arena, SPAN("Content-Type"), SPAN("text/plain"));
    kit_put(&f->kit, &x);
    http_fields_add(&x.response.fields, &f->kit.arena, SPAN("Cache-Control"), SPAN("max-age=60"));
    x.start_us += 1000000;
    x.response.status = 404;
    kit_put(&f->kit, &x);
    kit_seal(&f->kit);
    kit_must(kit_replay(&f->kit), &f->kit.err);
    assert_int_equal(f->kit.summary.status_same, 1);
    assert_int_equal(f->kit.summary.status_differs, 1);
    assert_int_equal(f->kit.summary.fields_same, 1);
    assert_int_equal(f->kit.summary.fields_differ, 1);
}

static void test_a_baseline__is_made_of_the_recorded_answers(void **state)
{
    struct fixture *f = *state;
    struct store *baseline;
    char path[96];
    struct exchange unanswered = kit_exchange(1, 200, "/unanswered");
    unanswered.response.status = 0;
    kit_get(&f->kit, 1, 0, "/a");
    kit_put(&f->kit, &unanswered);
    kit_seal(&f->kit);
    snprintf(path, sizeof path, "%s/a.baseline", f->kit.folder);
    kit_must(store_create(&baseline, path, STORE_BASELINE, false, &f->kit.err), &f->kit.err);
    kit_must(baseline_from_recorded(f->kit.capture, baseline, NULL, &f->kit.err), &f->kit.err);
    struct exchange *x;
    size_t count;
    kit_must(store_load_session(baseline, 1, true, &x, &count, &f->kit.arena, &f->kit.err),
             &f->kit.err);
    assert_int_equal(count, 1);
    check_span(x[0].request.target, "/a");
    struct store_totals totals;
    kit_must(store_totals(baseline, &totals, &f->kit.err), &f->kit.err);
    assert_int_equal(totals.skipped, 1);
    store_close(baseline);
    kit_remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        each(test_a_visitor_s_cookie__is_the_one_staging_set),
        each(test_the_run_file__holds_no_secret_of_staging),
        each(test_what_is_not_sent__is_in_the_run_with_its_reason),
        each(test_production__is_never_sent_an_unsafe_request),
        each(test_two_runs__send_the_same_requests_in_the_same_order),
        each(test_recorded_pace__keeps_think_times_and_starts),
        each(test_rate__spreads_the_requests),
        each(test_one_account__stands_in_for_one_visitor_at_a_time),
        each(test_a_target_without_hosts__is_a_usage_error),
        each(test_an_empty_capture__is_a_run_of_nothing),
        each(test_status_and_fields__are_counted_against_the_recorded_ones),
        each(test_a_baseline__is_made_of_the_recorded_answers),
    };
    return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
