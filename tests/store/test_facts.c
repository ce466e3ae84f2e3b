/* What a file says beside its exchanges, and what the sqlite3 shell shows. */
#include "store_kit.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_facts__come_back_in_order),
        TEST(test_views__spell_the_exchanges_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
