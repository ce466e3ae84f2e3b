/* Sessions, their attempts, and who reads while they are written. */
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "store_kit.h"

static void test_run__a_later_attempt_supersedes(void **state)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct err err = ERR_INIT;
    struct store *store = created(state, STORE_RUN);
    struct exchange x = simple(9, 10, "/first"), y = simple(9, 50, "/again");
    put(store, &x, 1);
    assert_int_equal(store_put_session_note(store, 9, SPAN_NONE, SPAN("anna"), &err), 0);
    assert_int_equal(store_commit(store, &err), 0);
    store_close(store);

    store = opened(state, true);
    assert_int_equal(store_put_session_note(store, 9, SPAN_NONE, SPAN("bert"), &err), 0);
    put(store, &y, 2);
    y.seq = 1;
    put(store, &y, 2);
    assert_int_equal(store_end_session(store, 9, 2, SPAN("done"), &err), 0);
    finish(store);

    store = opened(state, false);
    struct store_session s;
    struct store_totals totals;
    size_t count;
    assert_int_equal(store_find_session(store, 9, &s, &arena, &err), 0);
    assert_int_equal(s.attempt, 2);
    assert_int_equal(s.exchanges, 2);
    assert_int_equal(s.first_us, 50);
    assert_true(s.ended);
    assert_span(s.identity, SPAN("bert"));
    assert_span(load(store, 9, &count, &arena)->request.target, SPAN("/again"));
    assert_int_equal(count, 2);
    assert_int_equal(store_totals(store, &totals, &err), 0);
    assert_int_equal(totals.superseded, 1);
    assert_int_equal(totals.exchanges, 2);
    store_close(store);
}

static void test_run__what_is_committed_survives_kill_9(void **state)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct store *store = NULL;
        struct exchange x = simple(1, 10, "/kept"), y = simple(2, 10, "/lost");
        int rc = store_create(&store, file_of(state), STORE_RUN, false, NULL);
        rc |= store_put_exchange(store, &x, 1, NULL);
        rc |= store_end_session(store, 1, 1, SPAN("done"), NULL);
        rc |= store_commit(store, NULL);
        rc |= store_put_exchange(store, &y, 1, NULL);
        raise(rc ? SIGTERM : SIGKILL);
    }
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);

    struct err err = ERR_INIT;
    assert_int_equal(open_code(state, &err), 0); /* for reading: the journal is read too */
    struct store *store = opened(state, true);
    struct store_session s;
    assert_int_equal(store_find_session(store, 1, &s, &arena, &err), 0);
    assert_true(s.ended);
    assert_int_equal(s.exchanges, 1);
    assert_int_equal(store_find_session(store, 2, &s, &arena, &err), E_NOT_FOUND);
    store_close(store);
}

static void test_run__a_reader_sees_what_is_committed_while_it_grows(void **state)
{
    struct err err = ERR_INIT;
    struct store_totals totals;
    struct store *writer = created(state, STORE_RUN), *reader = opened(state, false);
    for (uint64_t s = 1; s <= 3; s++) {
        struct exchange x = simple(s, 10, "/");
        put(writer, &x, 1);
        assert_int_equal(store_totals(reader, &totals, &err), 0);
        assert_int_equal(totals.sessions, s - 1);
        assert_int_equal(store_commit(writer, &err), 0);
        assert_int_equal(store_totals(reader, &totals, &err), 0);
        assert_int_equal(totals.sessions, s);
    }
    struct exchange x = simple(1, 10, "/");
    assert_int_equal(store_put_exchange(reader, &x, 1, &err), E_IO);
    store_close(reader);
    store_close(writer);
}

static void test_walk__by_id_is_unsigned_and_by_start_is_by_time(void **state)
{
    static const uint64_t ids[] = { 0xf000000000000000u, 5, 0x8000000000000000u, 7 };
    static const uint64_t by_id[] = { 5, 7, 0x8000000000000000u, 0xf000000000000000u };
    static const uint64_t by_start[] = { 7, 0x8000000000000000u, 5, 0xf000000000000000u };
    struct err err = ERR_INIT;
    struct store *store = created(state, STORE_CAPTURE);
    for (size_t i = 0; i < 4; i++) {
        struct exchange x = simple(ids[i], 100 - (int64_t)i * 10, "/");
        put(store, &x, 1);
        assert_int_equal(store_put_session_note(store, ids[i], SPAN("cookie sid"), SPAN_NONE, &err),
                         0);
    }
    finish(store);

    store = opened(state, false);
    for (enum store_order order = STORE_BY_START; order <= STORE_BY_ID; order++) {
        AUTO(store_sessions_closep) struct store_sessions *walk = NULL;
        struct store_session s;
        assert_int_equal(store_sessions_open(&walk, store, order, &err), 0);
        for (size_t i = 0; i < 4; i++) {
            assert_int_equal(store_sessions_next(walk, &s, &err), 1);
            assert_int_equal(s.id, (order == STORE_BY_ID ? by_id : by_start)[i]);
            assert_span(s.how, SPAN("cookie sid"));
            assert_int_equal(s.exchanges, 1);
        }
        assert_int_equal(store_sessions_next(walk, &s, &err), 0);
    }
    store_close(store);
}

/* As somebody who may read the file and nothing more: root may everything, so a child becomes
 * nobody. */
static void test_run__is_read_where_nothing_can_be_written(void **state)
{
    enum { NOBODY = 65534 };
    struct place *p = *state;
    if (geteuid() != 0)
        skip();
    struct store *store = created(state, STORE_RUN);
    struct exchange x = simple(1, 10, "/");
    put(store, &x, 1);
    finish(store);
    chmod(p->file, 0644);
    chmod(p->folder, 0755);

    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct store_totals totals = { 0 };
        struct err err = ERR_INIT;
        int rc = setgid(NOBODY) || setuid(NOBODY);
        rc = rc ? rc : store_open(&store, p->file, false, &err);
        rc = rc ? rc : store_totals(store, &totals, &err);
        _exit(rc == 0 && totals.exchanges == 1 ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_run__a_later_attempt_supersedes),
        TEST(test_run__what_is_committed_survives_kill_9),
        TEST(test_run__a_reader_sees_what_is_committed_while_it_grows),
        TEST(test_walk__by_id_is_unsigned_and_by_start_is_by_time),
        TEST(test_run__is_read_where_nothing_can_be_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
