/* Whole runs against a server in this process: accounting, cookies, order, pace, stop and resume,
 * and what production is spared. */
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "capture_kit.h"
#include "rehearse/base/clock.h"
#include "hostile_server.h"
#include "rehearse/base/file.h"

#define PSEUDONYM "p~ABCDEFGHIJKLMNOPQRSTUV"

struct fixture {
    struct hostile_server *server;
    struct kit kit;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->server = hostile_start();
    kit_open(&f->kit, f->server->port);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    kit_close(&f->kit);
    hostile_stop(f->server);
    free(f);
    return 0;
}

static void check_sums(const struct replay_summary *s)
{
    assert_int_equal(s->planned, s->sent + s->skipped);
    assert_int_equal(s->sent, s->answered + s->failed);
}

/* The server's log; the server is idle when a run is over. */
static const char *log_of(struct fixture *f)
{
    return f->server->log.buf;
}

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

/* ---- order ---- */

static void put_sessions(struct kit *kit, unsigned sessions, unsigned requests)
{
    for (unsigned r = 0; r < requests; r++)
        for (unsigned s = 1; s <= sessions; s++) {
            char target[64];
            snprintf(target, sizeof target, "/s%u/r%u", s, r);
            kit_get(kit, s, (int64_t)(r * 100 + s), target);
        }
    kit_seal(kit);
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

/* ---- pace ---- */

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

/* ---- stop and resume ---- */

static void check_all_there(struct kit *kit, unsigned sessions, unsigned requests)
{
    for (unsigned s = 1; s <= sessions; s++) {
        struct exchange *x;
        assert_int_equal(kit_session(kit, s, &x), requests);
        for (uint32_t i = 0; i < requests; i++) {
            assert_int_equal(x[i].planned, i);
            assert_int_equal(x[i].response.status, 200);
        }
    }
}

static void test_a_stopped_run__is_resumed_to_its_end(void **state)
{
    struct fixture *f = *state;
    enum { SESSIONS = 8, REQUESTS = 5 };
    put_sessions(&f->kit, SESSIONS, REQUESTS);
    /* Three sessions end with fifteen requests; the nineteenth needs an answer of the next three.
     */
    f->kit.options.concurrency = 3;
    f->kit.options.request_budget = 19;
    assert_int_equal(kit_replay(&f->kit), E_STOPPED);
    check_contains(f->kit.err.text, "budget");
    assert_true(f->kit.summary.sessions_ended < SESSIONS);
    uint64_t ended = f->kit.summary.sessions_ended;

    f->kit.options.request_budget = 0;
    f->kit.options.resume = true;
    kit_must(kit_replay(&f->kit), &f->kit.err);
    assert_int_equal(f->kit.summary.sessions_planned, SESSIONS - ended);
    assert_true(f->kit.summary.sessions_resumed > 0);
    check_sums(&f->kit.summary);
    check_all_there(&f->kit, SESSIONS, REQUESTS);
}

static void test_resume_of_a_finished_run__sends_nothing(void **state)
{
    struct fixture *f = *state;
    put_sessions(&f->kit, 3, 2);
    kit_must(kit_replay(&f->kit), &f->kit.err);
    f->kit.options.resume = true;
    kit_must(kit_replay(&f->kit), &f->kit.err);
    assert_int_equal(f->kit.summary.planned, 0);
    assert_int_equal(f->server->requests, 6);
}

struct switched {
    volatile int stop;
    unsigned reports;
};

static void on_report(void *ctx, const struct progress_state *progress)
{
    struct switched *s = ctx;
    (void)progress;
    if (++s->reports == 3)
        __atomic_store_n(&s->stop, 1, __ATOMIC_RELAXED);
}

static void test_the_kill_switch__ends_a_run_that_waits_for_a_server(void **state)
{
    struct fixture *f = *state;
    struct switched s = { 0, 0 };
    struct progress progress = { on_report, &s };
    kit_get(&f->kit, 1, 0, "/stall");
    kit_get(&f->kit, 2, 0, "/ok");
    kit_seal(&f->kit);
    f->kit.options.progress = &progress;
    f->kit.options.stop = &s.stop;
    assert_int_equal(kit_replay(&f->kit), E_STOPPED);
    assert_true(f->kit.summary.elapsed_us < 9000000); /* before the stall would have ended it */
    assert_int_equal(f->kit.summary.sessions_ended, 1);
    struct store_session session;
    kit_must(store_find_session(f->kit.run, 2, &session, &f->kit.arena, &f->kit.err), &f->kit.err);
    assert_true(session.ended);
}

static void test_the_error_budget__ends_a_run_into_a_wall(void **state)
{
    struct fixture *f = *state;
    for (unsigned s = 1; s <= 400; s++)
        kit_get(&f->kit, s, s, "/close");
    kit_seal(&f->kit);
    f->kit.options.error_budget = 0.5;
    assert_int_equal(kit_replay(&f->kit), E_STOPPED);
    check_contains(f->kit.err.text, "error budget");
    assert_true(f->kit.summary.sent < 400);
}

/* A full disk, made of the largest file this process may write. */
static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_a_full_disk__ends_the_run_and_it_is_resumed_later(void **state)
{
    struct fixture *f = *state;
    enum { SESSIONS = 60, REQUESTS = 10 };
    put_sessions(&f->kit, SESSIONS, REQUESTS);
    signal(SIGXFSZ, SIG_IGN);
    f->kit.options.rate = 2000; /* so that it is written in several commits */
    limit_files(60000);
    int rc = kit_replay(&f->kit);
    limit_files(RLIM_INFINITY);
    assert_true(rc < 0 && rc != E_STOPPED);
    check_contains(f->kit.err.text, f->kit.run_path);
    store_close(f->kit.run);
    f->kit.run = NULL;

    kit_must(store_open(&f->kit.run, f->kit.run_path, true, &f->kit.err), &f->kit.err);
    f->kit.options.resume = true;
    f->kit.options.rate = 0;
    kit_must(kit_replay(&f->kit), &f->kit.err);
    check_all_there(&f->kit, SESSIONS, REQUESTS);
}

/* ---- accounts ---- */

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

/* ---- kill -9 ---- */

/* Replays the capture slowly until it is killed; `port_from` says where the server is. */
static void replay_until_killed(struct kit *kit, int port_from)
{
    int port = 0;
    char place[64];
    if (read(port_from, &port, sizeof port) != (ssize_t)sizeof port)
        _exit(1);
    snprintf(place, sizeof place, "http://127.0.0.1:%d", port);
    struct target *target = target_new("staging", false);
    target_add_host(target, "shop.example", place, NULL);
    struct store *capture, *run;
    if (store_open(&capture, kit->capture_path, false, NULL) < 0 ||
        store_open(&run, kit->run_path, true, NULL) < 0)
        _exit(1);
    struct replay_options options = { .target = target, .rate = 100, .concurrency = 4 };
    struct replay_summary summary;
    replay_run(capture, run, &options, &summary, NULL);
    _exit(0);
}

static void test_a_killed_run__loses_nothing_when_resumed(void **state)
{
    enum { SESSIONS = 20, REQUESTS = 10 };
    struct kit kit;
    int ends[2], status;
    char place[64];
    (void)state;
    kit_open(&kit, 1);
    put_sessions(&kit, SESSIONS, REQUESTS);
    store_close(kit.run);
    store_close(kit.capture);
    kit.run = kit.capture = NULL;
    assert_int_equal(pipe(ends), 0);
    /* Forked before this process has threads. */
    pid_t child = fork();
    if (child == 0)
        replay_until_killed(&kit, ends[0]);
    struct hostile_server *server = hostile_start();
    assert_int_equal(write(ends[1], &server->port, sizeof server->port), sizeof server->port);
    for (unsigned seen = 0; seen < 60;) {
        poll(NULL, 0, 5);
        pthread_mutex_lock(&server->lock);
        seen = server->requests;
        pthread_mutex_unlock(&server->lock);
    }
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    close(ends[0]);
    close(ends[1]);

    kit_must(store_open(&kit.capture, kit.capture_path, false, &kit.err), &kit.err);
    kit_must(store_open(&kit.run, kit.run_path, true, &kit.err), &kit.err);
    target_free(kit.target);
    kit.target = target_new("staging", false);
    snprintf(place, sizeof place, "http://127.0.0.1:%d", server->port);
    kit_must(target_add_host(kit.target, "shop.example", place, &kit.err), &kit.err);
    kit.options.target = kit.target;
    kit.options.resume = true;
    kit_must(kit_replay(&kit), &kit.err);
    assert_true(kit.summary.sessions_planned < SESSIONS); /* what had ended is not sent again */
    check_all_there(&kit, SESSIONS, REQUESTS);
    kit_close(&kit);
    hostile_stop(server);
}

/* ---- what it says beforehand ---- */

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

#define each(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_killed_run__loses_nothing_when_resumed), /* first: it forks */
        each(test_a_visitor_s_cookie__is_the_one_staging_set),
        each(test_the_run_file__holds_no_secret_of_staging),
        each(test_what_is_not_sent__is_in_the_run_with_its_reason),
        each(test_production__is_never_sent_an_unsafe_request),
        each(test_two_runs__send_the_same_requests_in_the_same_order),
        each(test_recorded_pace__keeps_think_times_and_starts),
        each(test_rate__spreads_the_requests),
        each(test_a_stopped_run__is_resumed_to_its_end),
        each(test_resume_of_a_finished_run__sends_nothing),
        each(test_the_kill_switch__ends_a_run_that_waits_for_a_server),
        each(test_the_error_budget__ends_a_run_into_a_wall),
        each(test_a_full_disk__ends_the_run_and_it_is_resumed_later),
        each(test_one_account__stands_in_for_one_visitor_at_a_time),
        each(test_a_target_without_hosts__is_a_usage_error),
        each(test_an_empty_capture__is_a_run_of_nothing),
        each(test_status_and_fields__are_counted_against_the_recorded_ones),
        each(test_a_baseline__is_made_of_the_recorded_answers),
    };
    return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
