/* Bindings and remarks: what is known of single requests beside what was sent and answered. */
#include "store_kit.h"

static void test_bindings__come_back_by_request(void **state)
{
    AUTO(store_closep) struct store *store = created(state, STORE_CAPTURE);
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct err err = ERR_INIT;
    struct store_binding later = { 7, 3, SPAN("form:line"), SPAN("json:/line/id") };
    struct store_binding first = { 2, BINDING_NO_SOURCE, SPAN("path:1"), SPAN("link:/orders/{}#0") };
    struct store_binding *all = NULL;
    size_t count = 0;
    assert_int_equal(store_put_binding(store, UINT64_MAX, &later, &err), 0);
    assert_int_equal(store_put_binding(store, UINT64_MAX, &first, &err), 0);
    assert_int_equal(store_put_binding(store, 1, &first, &err), 0);
    assert_int_equal(store_load_bindings(store, UINT64_MAX, &all, &count, &arena, &err), 0);
    assert_int_equal(count, 2);
    assert_int_equal(all[0].seq, 2);
    assert_int_equal(all[0].source_seq, BINDING_NO_SOURCE);
    assert_true(span_eq(all[1].sink, SPAN("form:line")));
    assert_true(span_eq(all[1].source, SPAN("json:/line/id")));
    assert_int_equal(all[1].source_seq, 3);
    uint64_t most = 0;
    assert_int_equal(store_most_bound(store, &most, &err), 0);
    assert_true(most == UINT64_MAX);
    assert_int_equal(store_load_bindings(store, 5, &all, &count, &arena, &err), 0);
    assert_int_equal(count, 0);
}

static int note(void *ctx, uint64_t session, uint32_t seq, struct span value)
{
    strbuf_addf(ctx, "%llu.%u %.*s;", (unsigned long long)session, seq, SPAN_ARG(value));
    return 0;
}

static void test_remarks__of_the_latest_attempt_by_kind(void **state)
{
    AUTO(store_closep) struct store *store = created(state, STORE_RUN);
    AUTO(strbuf_release) struct strbuf all = STRBUF_INIT;
    struct err err = ERR_INIT;
    struct exchange x = simple(4, 10, "/");
    put(store, &x, 1);
    put(store, &x, 2);
    assert_int_equal(store_put_remark(store, 4, 1, 0, SPAN("leak"), SPAN("old"), &err), 0);
    assert_int_equal(store_put_remark(store, 4, 2, 0, SPAN("leak"), SPAN("a"), &err), 0);
    assert_int_equal(store_put_remark(store, 4, 2, 1, SPAN("other"), SPAN("b"), &err), 0);
    assert_int_equal(store_put_remark(store, 9, 1, 3, SPAN("leak"), SPAN("c"), &err), 0);
    finish(store);
    store = NULL;

    assert_int_equal(store_open(&store, file_of(state), false, &err), 0);
    assert_int_equal(store_each_remark(store, "leak", note, &all, &err), 0);
    assert_string_equal(all.buf, "4.0 a;9.3 c;");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_bindings__come_back_by_request),
        TEST(test_remarks__of_the_latest_attempt_by_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
