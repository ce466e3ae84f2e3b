#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "rehearse/base/mem.h"
#include "rehearse/base/strbuf.h"
#include "rehearse/store/store.h"

/* ---- a folder for each test ---- */

struct place {
    char folder[64];
    char file[96];
};

static int set_up(void **state)
{
    struct place *p = xcalloc(1, sizeof *p);
    snprintf(p->folder, sizeof p->folder, "/tmp/rehearse-store-XXXXXX");
    if (!mkdtemp(p->folder))
        return -1;
    snprintf(p->file, sizeof p->file, "%s/f", p->folder);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    static const char *const suffixes[] = { "", "-wal", "-shm", "-journal" };
    struct place *p = *state;
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s%s", p->file, suffixes[i]);
        unlink(name);
    }
    int rc = rmdir(p->folder);
    free(p);
    return rc;
}

static const char *file_of(void **state)
{
    return ((struct place *)*state)->file;
}

static struct store *created(void **state, enum store_kind kind)
{
    struct store *store = NULL;
    struct err err = ERR_INIT;
    if (store_create(&store, file_of(state), kind, /* replace= */ false, &err) < 0)
        fail_msg("%s", err.text);
    return store;
}

static struct store *opened(void **state, bool writable)
{
    struct store *store = NULL;
    struct err err = ERR_INIT;
    if (store_open(&store, file_of(state), writable, &err) < 0)
        fail_msg("%s", err.text);
    return store;
}

static int open_code(void **state, struct err *err)
{
    struct store *store = NULL;
    int rc = store_open(&store, file_of(state), /* writable= */ false, err);
    store_close(store);
    return rc;
}

static void finish(struct store *store)
{
    struct err err = ERR_INIT;
    if (store_finish(store, &err) < 0)
        fail_msg("%s", err.text);
    store_close(store);
}

static void put(struct store *store, const struct exchange *x, uint32_t attempt)
{
    struct err err = ERR_INIT;
    if (store_put_exchange(store, x, attempt, &err) < 0)
        fail_msg("%s", err.text);
}

static struct exchange *load(struct store *store, uint64_t id, size_t *count, struct arena *arena)
{
    struct exchange *all = NULL;
    struct err err = ERR_INIT;
    if (store_load_session(store, id, /* bodies= */ true, &all, count, arena, &err) < 0)
        fail_msg("%s", err.text);
    return all;
}

static struct exchange simple(uint64_t session, int64_t start_us, const char *target)
{
    struct exchange x = exchange_blank();
    x.session = session;
    x.start_us = start_us;
    x.request.method = SPAN("GET");
    x.request.target = span_of(target);
    x.response.status = 200;
    return x;
}

#define assert_span(got, wanted)                                                                   \
    do {                                                                                           \
        struct span got_ = (got), wanted_ = (wanted);                                              \
        assert_int_equal(span_is_none(got_), span_is_none(wanted_));                               \
        assert_int_equal(got_.len, wanted_.len);                                                   \
        if (got_.len)                                                                              \
            assert_memory_equal(got_.ptr, wanted_.ptr, got_.len);                                  \
    } while (0)

static void assert_fields(const struct http_fields *got, const struct http_fields *wanted)
{
    assert_int_equal(got->len, wanted->len);
    for (uint32_t i = 0; i < got->len; i++) {
        assert_span(got->at[i].name, wanted->at[i].name);
        assert_span(got->at[i].value, wanted->at[i].value);
        assert_int_not_equal(got->at[i].id, 0);
    }
}

static void assert_same(const struct exchange *got, const struct exchange *wanted)
{
    assert_int_equal(got->session, wanted->session);
    assert_int_equal(got->marks, wanted->marks);
    assert_int_equal(got->start_us, wanted->start_us);
    assert_int_equal(got->first_byte_us, wanted->first_byte_us);
    assert_int_equal(got->duration_us, wanted->duration_us);
    assert_int_equal(got->planned, wanted->planned);
    assert_span(got->request.method, wanted->request.method);
    assert_span(got->request.scheme, wanted->request.scheme);
    assert_span(got->request.authority, wanted->request.authority);
    assert_span(got->request.target, wanted->request.target);
    assert_span(got->request.version, wanted->request.version);
    assert_span(got->request.body, wanted->request.body);
    assert_int_equal(got->request.body_bytes, wanted->request.body_bytes);
    assert_fields(&got->request.fields, &wanted->request.fields);
    assert_int_equal(got->response.status, wanted->response.status);
    assert_span(got->response.version, wanted->response.version);
    assert_span(got->response.body, wanted->response.body);
    assert_int_equal(got->response.body_bytes, wanted->response.body_bytes);
    assert_fields(&got->response.fields, &wanted->response.fields);
    assert_span(got->client, wanted->client);
    assert_span(got->user, wanted->user);
    assert_span(got->cache, wanted->cache);
    assert_span(got->note, wanted->note);
}

/* ---- exchanges ---- */

static struct exchange full(struct arena *arena)
{
    struct exchange x = simple(0xfedcba9876543210u, 1700000000123456, "/p/1?a=%20&b");
    x.seq = 3;
    x.marks = MARK_ALL_RESPONSE_FIELDS | MARK_PREFLIGHT | MARK_FAILED;
    x.first_byte_us = 0;
    x.duration_us = 123456;
    x.planned = 7;
    x.request.method = SPAN("POST");
    x.request.scheme = SPAN("https");
    x.request.authority = SPAN("shop.example:8443");
    x.request.version = SPAN("HTTP/2");
    x.request.body = SPAN("a=1\0b");
    x.request.body_bytes = 5;
    x.response.version = SPAN("HTTP/1.1");
    x.response.body = SPAN("");
    x.response.body_bytes = 0;
    x.client = SPAN("2001:db8::1");
    x.user = SPAN("");
    x.cache = SPAN("HIT");
    x.note = SPAN("bytes \xff\x01 of anyone");
    http_fields_add(&x.request.fields, arena, SPAN("Cookie"), SPAN_NONE);
    http_fields_add(&x.request.fields, arena, SPAN("Accept"), SPAN(""));
    http_fields_add(&x.request.fields, arena, SPAN("X-Odd"), SPAN("a: b: c"));
    http_fields_add(&x.response.fields, arena, SPAN("Set-Cookie"), SPAN("a=1"));
    http_fields_add(&x.response.fields, arena, SPAN("Set-Cookie"), SPAN("a=1"));
    http_fields_add(&x.response.fields, arena, SPAN("set-cookie"), SPAN("a=1"));
    return x;
}

static void test_exchange__every_member_comes_back(void **state)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct exchange x = full(&arena), blank = exchange_blank();
    blank.session = x.session;
    blank.seq = 1;
    blank.start_us = 5;
    struct store *store = created(state, STORE_RUN);
    put(store, &blank, 1);
    put(store, &x, 1);
    finish(store);

    size_t count = 0;
    store = opened(state, false);
    struct exchange *got = load(store, x.session, &count, &arena);
    assert_int_equal(count, 2);
    assert_same(&got[0], &blank);
    assert_same(&got[1], &x);
    assert_int_equal(got[1].seq, 3);
    assert_int_not_equal(got[1].body_id, 0);
    assert_int_equal(got[0].body_id, 0);
    store_close(store);
}

static void test_exchange__equal_field_lines_share_one_id(void **state)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct exchange x = full(&arena);
    struct store *store = created(state, STORE_CAPTURE);
    put(store, &x, 1);
    finish(store);

    size_t count;
    store = opened(state, false);
    struct http_fields *f = &load(store, x.session, &count, &arena)->response.fields;
    assert_int_equal(f->at[0].id, f->at[1].id);
    assert_int_not_equal(f->at[0].id, f->at[2].id);
    store_close(store);
}

static void test_load__without_bodies_leaves_them_in_the_file(void **state)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct exchange x = simple(1, 10, "/"), *got;
    x.response.body = SPAN("hello");
    struct store *store = created(state, STORE_CAPTURE);
    put(store, &x, 1);
    finish(store);

    size_t count;
    struct err err = ERR_INIT;
    struct span body = SPAN_NONE;
    store = opened(state, false);
    assert_int_equal(store_load_session(store, 1, false, &got, &count, &arena, &err), 0);
    assert_true(span_is_none(got->response.body));
    assert_int_equal(store_load_body(store, got->body_id, &body, &arena, &err), 0);
    assert_span(body, SPAN("hello"));
    assert_int_equal(store_load_body(store, 999, &body, &arena, &err), E_DAMAGED);
    store_close(store);
}

static void test_capture__is_ordered_by_time_then_arrival(void **state)
{
    static const struct {
        int64_t start_us;
        const char *target;
    } rows[] = { { 30, "/c" }, { 10, "/a" }, { 30, "/d" }, { 20, "/b" } };
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct store *store = created(state, STORE_CAPTURE);
    for (size_t i = 0; i < 4; i++) {
        struct exchange x = simple(1, rows[i].start_us, rows[i].target);
        put(store, &x, 1);
    }
    finish(store);

    size_t count;
    store = opened(state, false);
    struct exchange *got = load(store, 1, &count, &arena);
    assert_int_equal(count, 4);
    for (uint32_t i = 0; i < 4; i++) {
        char wanted[] = { '/', (char)('a' + (char)i) };
        assert_span(got[i].request.target, span_make(wanted, 2));
        assert_int_equal(got[i].seq, i);
    }
    store_close(store);
}

/* More sessions than the pool holds, visited in turns: each is written in several segments. */
static void test_capture__sessions_are_whole_however_many_are_open(void **state)
{
    enum { SESSIONS = 80000, ROUNDS = 3 };
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct store *store = created(state, STORE_CAPTURE);
    for (int round = 0; round < ROUNDS; round++)
        for (uint64_t s = 1; s <= SESSIONS; s++) {
            struct exchange x = simple(s, (int64_t)s * 10 + round, round == 1 ? "/one" : "/other");
            put(store, &x, 1);
        }
    finish(store);

    store = opened(state, false);
    struct store_totals totals;
    struct err err = ERR_INIT;
    assert_int_equal(store_totals(store, &totals, &err), 0);
    assert_int_equal(totals.sessions, SESSIONS);
    assert_int_equal(totals.exchanges, SESSIONS * ROUNDS);
    assert_int_equal(totals.first_us, 10);
    assert_int_equal(totals.last_us, SESSIONS * 10 + ROUNDS - 1);
    for (uint64_t s = 1; s <= SESSIONS; s += 997) {
        size_t count;
        arena_clear(&arena);
        struct exchange *got = load(store, s, &count, &arena);
        assert_int_equal(count, ROUNDS);
        assert_span(got[1].request.target, SPAN("/one"));
    }
    store_close(store);
}

/* Fewer sessions, each with so much that the pool's bytes run out before its places. */
static void test_capture__sessions_are_whole_however_much_they_hold(void **state)
{
    enum { SESSIONS = 1500, ROUNDS = 30, FIELDS = 80 };
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct store *store = created(state, STORE_CAPTURE);
    struct http_fields fields = { NULL, 0, 0 };
    for (int i = 0; i < FIELDS; i++)
        http_fields_add(&fields, &arena, SPAN("X-Field"), arena_printf(&arena, "%d", 1000 + i));
    for (int round = 0; round < ROUNDS; round++)
        for (uint64_t s = 1; s <= SESSIONS; s++) {
            struct exchange x = simple(s, (int64_t)s + round * 10000, "/");
            x.request.fields = fields;
            x.request.fields.len = 1 + (uint32_t)(s * 7 + (uint64_t)round) % FIELDS;
            put(store, &x, 1);
        }
    finish(store);

    store = opened(state, false);
    for (uint64_t s = 1; s <= SESSIONS; s += 7) {
        size_t count;
        arena_clear(&arena);
        struct exchange *got = load(store, s, &count, &arena);
        assert_int_equal(count, ROUNDS);
        for (int round = 0; round < ROUNDS; round++) {
            assert_int_equal(got[round].start_us, (int64_t)s + round * 10000);
            assert_int_equal(got[round].request.fields.len, 1 + (s * 7 + (uint64_t)round) % FIELDS);
        }
    }
    store_close(store);
}

static void test_exchange__one_larger_than_the_pool_takes_is_kept(void **state)
{
    enum { FIELDS = 9000 };
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct store *store = created(state, STORE_CAPTURE);
    struct exchange x = simple(5, 20, "/big"), before = simple(5, 10, "/small");
    put(store, &before, 1);
    for (int i = 0; i < FIELDS; i++)
        http_fields_add(&x.request.fields, &arena, SPAN("X"), arena_printf(&arena, "%d", i));
    put(store, &x, 1);
    before.start_us = 30;
    put(store, &before, 1);
    finish(store);

    size_t count;
    store = opened(state, false);
    struct exchange *got = load(store, 5, &count, &arena);
    assert_int_equal(count, 3);
    assert_int_equal(got[1].start_us, 20);
    assert_fields(&got[1].request.fields, &x.request.fields);
    store_close(store);
}

static void test_exchange__absurd_numbers_are_cut_not_wrapped(void **state)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct store *store = created(state, STORE_CAPTURE);
    struct exchange low = simple(1, INT64_MIN, "/"), high = simple(1, INT64_MAX, "/");
    high.duration_us = INT64_MAX;
    high.marks = UINT32_MAX;
    put(store, &low, 1);
    put(store, &high, 1);
    finish(store);

    size_t count;
    store = opened(state, false);
    struct exchange *got = load(store, 1, &count, &arena);
    assert_int_equal(count, 2);
    assert_true(got[0].start_us < -1000000 && got[1].start_us > 1000000);
    assert_true(got[1].duration_us > 1000000);
    assert_int_equal(got[1].marks, UINT32_MAX);
    store_close(store);
}

static int count_text(void *ctx, struct span text)
{
    (void)text;
    ++*(int *)ctx;
    return 0;
}

static void test_bodies__equal_ones_are_stored_once(void **state)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct store *store = created(state, STORE_RUN);
    struct exchange x = simple(1, 10, "/"), *got;
    x.response.body = SPAN("the same body, the same body, the same body");
    put(store, &x, 1);
    x.seq = 1;
    put(store, &x, 1);
    finish(store);
    store = opened(state, true);
    x.seq = 2; /* also when the file was closed between */
    put(store, &x, 1);
    finish(store);

    size_t count;
    store = opened(state, false);
    got = load(store, 1, &count, &arena);
    assert_int_equal(count, 3);
    assert_int_equal(got[0].body_id, got[1].body_id);
    assert_int_equal(got[0].body_id, got[2].body_id);
    assert_span(got[2].response.body, x.response.body);
    int targets = 0;
    assert_int_equal(store_each_target(store, count_text, &targets, NULL), 0);
    assert_int_equal(targets, 1);
    store_close(store);
}

/* More texts than are remembered at a time: some get a second number, none gets lost. */
static void test_texts__are_whole_however_many_there_are(void **state)
{
    enum { TARGETS = 210000, AGAIN = 1000 };
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct store *store = created(state, STORE_CAPTURE);
    for (int i = 0; i < TARGETS + AGAIN; i++) {
        char target[32];
        snprintf(target, sizeof target, "/%d", i % TARGETS);
        struct exchange x = simple((uint64_t)i / 1000 + 1, i, target);
        put(store, &x, 1);
    }
    finish(store);

    store = opened(state, false);
    int targets = 0;
    assert_int_equal(store_each_target(store, count_text, &targets, NULL), 0);
    assert_int_equal(targets, TARGETS);
    for (int session = 0; session < (TARGETS + AGAIN) / 1000; session += 35) {
        size_t count;
        struct exchange *got = load(store, (uint64_t)session + 1, &count, &arena);
        assert_int_equal(count, 1000);
        for (int i = 0; i < 1000; i += 99) {
            char target[32];
            snprintf(target, sizeof target, "/%d", (session * 1000 + i) % TARGETS);
            assert_span(got[i].request.target, span_of(target));
        }
    }
    store_close(store);
}

/* ---- sessions and attempts ---- */

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

/* ---- facts ---- */

static int join_skipped(void *ctx, struct span source, struct span outcome, struct span reason,
                        uint64_t count)
{
    strbuf_addf(ctx, "%.*s %.*s %.*s %llu;", SPAN_ARG(source), SPAN_ARG(outcome), SPAN_ARG(reason),
                (unsigned long long)count);
    return 0;
}

static int join_pair(void *ctx, struct span key, struct span value)
{
    strbuf_addf(ctx, "%.*s=%.*s;", SPAN_ARG(key), SPAN_ARG(value));
    return 0;
}

static int join_variant(void *ctx, struct span name, struct span pseudonym, struct span value)
{
    strbuf_addf(ctx, "%.*s %.*s %.*s;", SPAN_ARG(name), SPAN_ARG(pseudonym), SPAN_ARG(value));
    return 7;
}

static void test_facts__come_back_in_order(void **state)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    struct err err = ERR_INIT;
    struct store *store = created(state, STORE_CAPTURE);
    assert_int_equal(store_put_meta(store, "source.2", SPAN("b"), &err), 0);
    assert_int_equal(store_put_meta(store, "source.1", SPAN("a"), &err), 0);
    assert_int_equal(store_put_meta(store, "source.1", SPAN("c"), &err), 0);
    assert_int_equal(store_put_meta(store, "sourceror", SPAN("d"), &err), 0);
    assert_int_equal(store_count_skipped(store, SPAN("f"), SPAN("skipped"), SPAN("empty"), 2, &err),
                     0);
    assert_int_equal(store_count_skipped(store, SPAN("f"), SPAN("rejected"), SPAN("cut"), 3, &err),
                     0);
    assert_int_equal(store_count_skipped(store, SPAN("f"), SPAN("skipped"), SPAN("empty"), 5, &err),
                     0);
    assert_int_equal(store_put_variant(store, SPAN("lang"), SPAN("p~1"), SPAN("de"), 9, &err), 0);
    assert_int_equal(store_put_variant(store, SPAN("lang"), SPAN("p~2"), SPAN("fr"), 9, &err), 0);
    finish(store);

    store = opened(state, false);
    assert_int_equal(store_each_meta(store, "source.", join_pair, &out, &err), 0);
    assert_string_equal(out.buf, "source.1=c;source.2=b;");
    strbuf_clear(&out);
    assert_int_equal(store_each_skipped(store, join_skipped, &out, &err), 0);
    assert_string_equal(out.buf, "f rejected cut 3;f skipped empty 7;");
    strbuf_clear(&out);
    assert_int_equal(store_each_variant(store, join_variant, &out, &err), 7);
    assert_string_equal(out.buf, "lang p~1 de;");
    struct store_totals totals;
    assert_int_equal(store_totals(store, &totals, &err), 0);
    assert_int_equal(totals.skipped, 7);
    assert_int_equal(totals.rejected, 3);
    store_close(store);
}

/* ---- the sqlite3 shell ---- */

static int take_row(void *ctx, int columns, char **values, char **names)
{
    (void)names;
    for (int i = 0; i < columns; i++)
        strbuf_addf(ctx, "%s|", values[i] ? values[i] : "NULL");
    return 0;
}

static void ask(void **state, const char *sql, struct strbuf *out)
{
    sqlite3 *db = NULL;
    char *why = NULL;
    strbuf_clear(out);
    assert_int_equal(sqlite3_open(file_of(state), &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, take_row, out, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
    sqlite3_close(db);
}

static void test_views__spell_the_exchanges_out(void **state)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    struct err err = ERR_INIT;
    struct exchange x = full(&arena), old = simple(x.session, 7, "/old");
    struct store *store = created(state, STORE_RUN);
    put(store, &old, 1);
    put(store, &x, 2);
    x.seq = 4;
    x.start_us += 1000;
    put(store, &x, 2);
    assert_int_equal(
        store_put_session_note(store, x.session, SPAN("cookie sid"), SPAN("anna"), &err), 0);
    assert_int_equal(store_end_session(store, x.session, 2, SPAN("done"), &err), 0);
    finish(store);

    ask(state,
        "SELECT session, seq, start, method, url, status, request_fields, response_bytes,"
        " duration_us FROM exchange WHERE NOT superseded AND seq = 4",
        &out);
    assert_string_equal(out.buf, "fedcba9876543210|4|2023-11-14T22:13:20.124Z|POST|"
                                 "https://shop.example:8443/p/1?a=%20&b|200|"
                                 "Cookie\nAccept: \nX-Odd: a: b: c|0|123456|");
    ask(state,
        "SELECT url, superseded, response_fields, response_bytes FROM exchange WHERE attempt = 1",
        &out);
    assert_string_equal(out.buf, "/old|1|NULL|NULL|");
    ask(state, "SELECT session, exchanges, attempt, ended, outcome, how, identity FROM session",
        &out);
    assert_string_equal(out.buf, "fedcba9876543210|2|2|1|done|cookie sid|anna|");
}

/* ---- files that are not as they should be ---- */

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
    ask(state, "PRAGMA user_version = 2", &out);
    assert_int_equal(open_code(state, &err), E_FORMAT);
    assert_non_null(strstr(err.text, "newer rehearse"));
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_exchange__every_member_comes_back),
        TEST(test_exchange__equal_field_lines_share_one_id),
        TEST(test_load__without_bodies_leaves_them_in_the_file),
        TEST(test_capture__is_ordered_by_time_then_arrival),
        TEST(test_capture__sessions_are_whole_however_many_are_open),
        TEST(test_capture__sessions_are_whole_however_much_they_hold),
        TEST(test_exchange__one_larger_than_the_pool_takes_is_kept),
        TEST(test_exchange__absurd_numbers_are_cut_not_wrapped),
        TEST(test_bodies__equal_ones_are_stored_once),
        TEST(test_texts__are_whole_however_many_there_are),
        TEST(test_run__a_later_attempt_supersedes),
        TEST(test_run__what_is_committed_survives_kill_9),
        TEST(test_run__a_reader_sees_what_is_committed_while_it_grows),
        TEST(test_run__is_read_where_nothing_can_be_written),
        TEST(test_walk__by_id_is_unsigned_and_by_start_is_by_time),
        TEST(test_facts__come_back_in_order),
        TEST(test_views__spell_the_exchanges_out),
        TEST(test_open__tells_what_a_file_is_not),
        TEST(test_open__refuses_a_newer_format),
        TEST(test_open__recognises_an_interrupted_import),
        TEST(test_damage__is_found_or_harmless),
        TEST(test_damage__segments_that_are_not_ours),
        TEST(test_create__keeps_what_is_there_unless_told),
        TEST(test_create__files_are_for_their_owner_only),
        TEST(test_disk_full__is_an_error_and_no_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
