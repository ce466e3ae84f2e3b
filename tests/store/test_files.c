/* Files that are not as they should be, and disks that are full. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "store_kit.h"

static void write_bytes(void **state, const void *bytes, size_t len, long at)
{
    FILE *f = fopen(file_of(state), at < 0 ? "wb" : "r+b");
    assert_non_null(f);
    if (at > 0)
        fseek(f, at, SEEK_SET);
    fwrite(bytes, 1, len, f);
    fclose(f);
}

static void finished_capture(void **state, int sessions)
{
    struct store *store = created(state, STORE_CAPTURE);
    for (int i = 1; i <= sessions; i++) {
        struct exchange x = simple((uint64_t)i, i, "/");
        put(store, &x, 1);
    }
    finish(store);
}

static void test_open__tells_what_a_file_is_not(void **state)
{
    struct err err = ERR_INIT;
    assert_int_equal(open_code(state, &err), E_NOT_FOUND);
    write_bytes(state, "", 0, -1);
    assert_int_equal(open_code(state, &err), E_DAMAGED);
    write_bytes(state,
                "127.0.0.1 - - [x] \"GET / HTTP/1.1\" 200 1 and so on and on and on and on, for "
                "longer than a header of SQLite takes",
                110, -1);
    assert_int_equal(open_code(state, &err), E_FORMAT);
    unlink(file_of(state));
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    ask(state, "CREATE TABLE t(a)", &out);
    assert_int_equal(open_code(state, &err), E_FORMAT);
    assert_non_null(strstr(err.text, "not one of rehearse"));
}

static void test_open__refuses_a_newer_format(void **state)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    struct err err = ERR_INIT;
    finished_capture(state, 1);
    ask(state, "PRAGMA user_version = 3", &out);
    assert_int_equal(open_code(state, &err), E_FORMAT);
    assert_non_null(strstr(err.text, "newer rehearse"));
}

static void test_open__refuses_an_older_format(void **state)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    struct err err = ERR_INIT;
    finished_capture(state, 1);
    ask(state, "PRAGMA user_version = 1", &out);
    assert_int_equal(open_code(state, &err), E_FORMAT);
    assert_non_null(strstr(err.text, "older rehearse"));
}

static void test_open__recognises_an_interrupted_import(void **state)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct store *store = NULL;
        struct exchange x = simple(1, 10, "/");
        store_create(&store, file_of(state), STORE_CAPTURE, false, NULL);
        store_put_exchange(store, &x, 1, NULL);
        store_commit(store, NULL);
        /* So much that pages are written before the commit: what is left is to be rolled back. */
        for (int i = 0; i < 100000; i++) {
            char target[160];
            snprintf(target, sizeof target, "/%0150d", i);
            x.session = (uint64_t)i + 1;
            x.request.target = span_of(target);
            store_put_exchange(store, &x, 1, NULL);
        }
        raise(SIGKILL);
    }
    waitpid(child, NULL, 0);
    struct stat st;
    assert_int_equal(stat(file_of(state), &st), 0);
    assert_true(st.st_size > 8000000);
    struct err err = ERR_INIT;
    assert_int_equal(open_code(state, &err), E_DAMAGED);
    assert_non_null(strstr(err.text, "interrupted"));
    struct store *store = NULL; /* a writer rolls back, and finds no whole capture either */
    assert_int_equal(store_open(&store, file_of(state), true, &err), E_DAMAGED);
    assert_non_null(strstr(err.text, "interrupted"));
}

/* Every page in turn is overwritten: loading must say so or give what was there, never crash. */
static void test_damage__is_found_or_harmless(void **state)
{
    enum { SESSIONS = 3000, PAGE = 8192 };
    finished_capture(state, SESSIONS);
    struct stat st;
    assert_int_equal(stat(file_of(state), &st), 0);
    AUTO(freep) char *good = xmalloc((size_t)st.st_size);
    char junk[PAGE];
    FILE *f = fopen(file_of(state), "rb");
    assert_int_equal(fread(good, 1, (size_t)st.st_size, f), st.st_size);
    fclose(f);

    int found = 0;
    for (long page = 0; page < st.st_size / PAGE; page++) {
        memset(junk, page % 2 ? 0xff : '[', sizeof junk);
        write_bytes(state, good, (size_t)st.st_size, -1);
        write_bytes(state, junk, sizeof junk, page == 0 ? 100 : page * PAGE);
        AUTO(store_closep) struct store *store = NULL;
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct err err = ERR_INIT;
        int rc = store_open(&store, file_of(state), false, &err);
        for (uint64_t s = 1; rc == 0 && s <= SESSIONS; s++) {
            struct exchange *all;
            size_t count;
            rc = store_load_session(store, s, true, &all, &count, &arena, &err);
        }
        if (rc < 0)
            assert_true(err.text[0] != '\0');
        found += rc < 0;
    }
    assert_true(found > 0);
}

static void test_damage__segments_that_are_not_ours(void **state)
{
    static const char *const segments[] = {
        "''",
        "'['",
        "'[[]]'",
        "'[[1,2'",
        "'[[0,1,1,200],'",
        "'[[0,99]]'",
        "'[[0,1,1,200,[77]]]'",
        "'[[0,1,1,200,[-1]]]'",
        "'[[0,1,1,200,[1]]]x'",
        "'[[99999999999999999999]]'",
        "'[[0,1,1,200,7]]'",
        "'[[0,1,1,200,[[1]]]]'",
        "'[[0,1,1,200,[],[],0,0,0,0,0,0,0,0,0,5000000000]]'",
        "'[[0,1,1,200,[],[],0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]]'",
        "x'00ff'",
        "NULL",
        "'[[0],[0]]'",
        "'[[7,1,1,200]]'", /* with the time below */
    };
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    struct err err = ERR_INIT;
    for (size_t i = 0; i < sizeof segments / sizeof *segments; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        AUTO(store_closep) struct store *store = NULL;
        char sql[256];
        unlink(file_of(state));
        finished_capture(state, 1);
        snprintf(sql, sizeof sql,
                 "PRAGMA writable_schema=1; UPDATE sqlite_schema SET sql=replace(sql,"
                 "'exchanges TEXT NOT NULL','exchanges') WHERE name='segment'; PRAGMA "
                 "writable_schema=0;");
        ask(state, sql, &out);
        snprintf(sql, sizeof sql,
                 "UPDATE segment SET base_us = 9223372036854775807, exchanges = %s", segments[i]);
        ask(state, sql, &out);
        struct exchange *all;
        size_t count;
        assert_int_equal(store_open(&store, file_of(state), false, &err), 0);
        if (store_load_session(store, 1, true, &all, &count, &arena, &err) != E_DAMAGED)
            fail_msg("taken: %s", segments[i]);
    }
}

static void test_create__keeps_what_is_there_unless_told(void **state)
{
    struct err err = ERR_INIT;
    struct store *store = NULL;
    finished_capture(state, 3);
    assert_int_equal(store_create(&store, file_of(state), STORE_RUN, false, &err), E_USAGE);
    assert_int_equal(open_code(state, &err), 0);
    assert_int_equal(store_create(&store, file_of(state), STORE_RUN, true, &err), 0);
    store_close(store);
    store = opened(state, false);
    assert_int_equal(store_kind(store), STORE_RUN);
    store_close(store);
}

static unsigned mode_of(const char *folder_file, const char *suffix)
{
    char name[160];
    struct stat st;
    snprintf(name, sizeof name, "%s%s", folder_file, suffix);
    return stat(name, &st) == 0 ? st.st_mode & 0777u : 0;
}

static void test_create__files_are_for_their_owner_only(void **state)
{
    mode_t before = umask(0);
    struct err err = ERR_INIT;
    struct store *store = created(state, STORE_RUN);
    struct exchange x = simple(1, 1, "/");
    put(store, &x, 1);
    assert_int_equal(store_commit(store, &err), 0);
    assert_int_equal(mode_of(file_of(state), ""), 0600);
    assert_int_equal(mode_of(file_of(state), "-wal"), 0600);
    assert_int_equal(mode_of(file_of(state), "-shm"), 0600);
    store_close(store);
    umask(before);
}

/* The disk fills while a file is written, at many different points: an error that names the file,
 * no damage. */
static void fill_disk_at(void **state, enum store_kind kind, rlim_t most)
{
    struct rlimit before, low;
    struct err err = ERR_INIT;
    struct store *store = NULL;
    getrlimit(RLIMIT_FSIZE, &before);
    low = before;
    low.rlim_cur = most;
    setrlimit(RLIMIT_FSIZE, &low);

    int rc = store_create(&store, file_of(state), kind, true, &err);
    for (int i = 0; rc == 0 && i < 20000; i++) {
        char target[32];
        snprintf(target, sizeof target, "/page/%d", i);
        struct exchange x = simple((uint64_t)i / 10 + 1, i, target);
        rc = store_put_exchange(store, &x, 1, &err);
        if (rc == 0 && i % 1000 == 999 && kind == STORE_RUN)
            rc = store_commit(store, &err);
    }
    if (rc == 0)
        rc = store_finish(store, &err);
    assert_int_equal(rc, E_IO);
    assert_non_null(strstr(err.text, file_of(state)));
    if (store) {
        struct exchange x = simple(1, 1, "/");
        assert_int_equal(store_put_exchange(store, &x, 1, &err), E_IO);
    }
    store_close(store);
    setrlimit(RLIMIT_FSIZE, &before);
}

static void test_disk_full__is_an_error_and_no_damage(void **state)
{
    static const rlim_t limits[] = { 4096, 70000, 100000, 131072, 200000, 300000, 500000 };
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    signal(SIGXFSZ, SIG_IGN);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct err err = ERR_INIT;
        fill_disk_at(state, STORE_RUN, limits[i]);
        if (access(file_of(state), F_OK) == 0) {
            assert_int_equal(open_code(state, &err), 0);
            ask(state, "PRAGMA integrity_check", &out);
            assert_string_equal(out.buf, "ok|");
        }
        fill_disk_at(state, STORE_CAPTURE, limits[i]);
        if (access(file_of(state), F_OK) == 0)
            assert_int_equal(open_code(state, &err), E_DAMAGED);
    }
    signal(SIGXFSZ, SIG_DFL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_open__tells_what_a_file_is_not),
        TEST(test_open__refuses_a_newer_format),
        TEST(test_open__refuses_an_older_format),
        TEST(test_open__recognises_an_interrupted_import),
        TEST(test_damage__is_found_or_harmless),
        TEST(test_damage__segments_that_are_not_ours),
        TEST(test_create__keeps_what_is_there_unless_told),
        TEST(test_create__files_are_for_their_owner_only),
        TEST(test_disk_full__is_an_error_and_no_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
