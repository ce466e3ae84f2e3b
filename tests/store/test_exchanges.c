/* Exchanges go in and come back, however many and however large. */
#include "store_kit.h"

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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
