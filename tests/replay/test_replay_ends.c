/* How runs end before their time, by a signal, a wall, a full disk or kill -9, and go on later. */
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "rehearse/base/clock.h"
#include "replay_kit.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_killed_run__loses_nothing_when_resumed), /* first: it forks */
        each(test_a_stopped_run__is_resumed_to_its_end),
        each(test_resume_of_a_finished_run__sends_nothing),
        each(test_the_kill_switch__ends_a_run_that_waits_for_a_server),
        each(test_the_error_budget__ends_a_run_into_a_wall),
        each(test_a_full_disk__ends_the_run_and_it_is_resumed_later),
    };
    return cmocka_run_group_tests_name("replay ends", tests, NULL, NULL);
}
