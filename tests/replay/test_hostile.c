/* A staging that misbehaves: each exchange ends as an answer or as a failure with a note, is
 * accounted for, and nothing hangs. */
#include "capture_kit.h"
#include "hostile_server.h"

struct row {
    const char *path;
    int status;       /* kept in the run; 0: none */
    const char *note; /* of the exchange; NULL: none */
    uint32_t marks;   /* must be there */
    uint32_t never;   /* must not */
    bool slow;        /* ends by our own limit of time */
};

/* What the run must say of one request for each path. */
static const struct row rows[] = {
    { "/ok", 200, NULL, MARK_ALL_RESPONSE_FIELDS, MARK_FAILED, false },
    { "/close", 0, "the connection was closed without an answer", MARK_FAILED, 0, false },
    { "/reset", 0, "the connection was reset before the answer", MARK_FAILED, 0, false },
    { "/reset-mid-body", 200, "the connection was reset in the middle of the answer", MARK_FAILED,
      0, false },
    { "/short", 200, "the answer is shorter than its Content-Length", MARK_FAILED, 0, false },
    { "/long", 200, NULL, 0, MARK_FAILED, false },
    { "/stall", 0, "stalled: not a byte came", MARK_FAILED, 0, true },
    { "/stall-mid-body", 200, "stalled in the middle of the answer", MARK_FAILED, 0, true },
    { "/trickle", 200, "no complete answer in time", MARK_FAILED, 0, true },
    { "/garbage", 0, "the answer is not HTTP", MARK_FAILED, 0, false },
    { "/bad-chunks", 200, NULL, MARK_FAILED, 0, false },
    { "/fields", 0, "the response fields are larger than the limit", MARK_FAILED, 0, false },
    { "/field", 0, "a response field is larger than the limit", MARK_FAILED, 0, false },
    { "/interim", 0, "the response fields are larger than the limit", MARK_FAILED, 0, false },
    { "/early-hints", 200, NULL, 0, MARK_FAILED, false },
    { "/bomb", 200, NULL, MARK_RESPONSE_BODY_CUT, MARK_FAILED, false },
    { "/endless-body", 200, NULL, MARK_RESPONSE_BODY_CUT, MARK_FAILED, false },
    { "/bad-gzip", 200, NULL, MARK_BODY_UNDECODABLE, MARK_FAILED, false },
    { "/loop", 302, NULL, 0, MARK_FAILED, false },
    { "/chain", 302, NULL, 0, MARK_FAILED, false },
    { "/once", 302, NULL, 0, MARK_FAILED, false },
    { "/to-production", 302, "the redirect leads out of the target's map: not followed", 0,
      MARK_FAILED, false },
    { "/elsewhere", 302, "the redirect leads out of the target's map: not followed", 0, MARK_FAILED,
      false },
};
enum { ROWS = sizeof rows / sizeof *rows };

struct fixture {
    struct hostile_server *server;
    struct kit quick,
        slow; /* two runs: only what must run into a limit of time is given a short one */
};

static void replay_rows(struct kit *kit, int port, bool slow)
{
    kit_open(kit, port);
    for (uint64_t i = 0; i < ROWS; i++)
        if (rows[i].slow == slow)
            kit_get(kit, i + 1, (int64_t)i, rows[i].path);
    kit_seal(kit);
    kit->options.body_max = 1000000;
    if (slow) {
        kit->options.stall_us = 1500000;
        kit->options.timeout_us = 3000000;
        kit_replay(kit); /* nothing is answered, and it says so */
    } else
        kit_must(kit_replay(kit), &kit->err);
}

/* One session a row. */
static int replay_all_rows(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->server = hostile_start();
    replay_rows(&f->quick, f->server->port, false);
    replay_rows(&f->slow, f->server->port, true);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    kit_close(&f->quick);
    kit_close(&f->slow);
    hostile_stop(f->server);
    free(f);
    return 0;
}

static struct exchange *exchange_of(struct fixture *f, uint64_t row)
{
    return kit_only(rows[row].slow ? &f->slow : &f->quick, row + 1);
}

static void test_each_behaviour__ends_as_the_table_says(void **state)
{
    struct fixture *f = *state;
    for (uint64_t i = 0; i < ROWS; i++) {
        const struct exchange *x = exchange_of(f, i);
        bool note = rows[i].note ? span_eq(x->note, span_of(rows[i].note)) : true;
        if (!note || x->response.status != rows[i].status)
            print_error("%s: status %d, note \"%.*s\"\n", rows[i].path, x->response.status,
                        SPAN_ARG(x->note));
        check_row(x->response.status == rows[i].status, rows[i].path);
        check_row(note, rows[i].path);
        check_row((x->marks & rows[i].marks) == rows[i].marks, rows[i].path);
        check_row((x->marks & rows[i].never) == 0, rows[i].path);
        check_row(x->marks & MARK_FAILED ? x->note.len > 0 : true, rows[i].path);
    }
}

static void test_every_planned_exchange__is_accounted_for(void **state)
{
    struct fixture *f = *state;
    const struct replay_summary *runs[] = { &f->quick.summary, &f->slow.summary };
    assert_int_equal(runs[0]->planned + runs[1]->planned, ROWS);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(runs[i]->planned, runs[i]->sent + runs[i]->skipped);
        assert_int_equal(runs[i]->sent, runs[i]->answered + runs[i]->failed);
        assert_int_equal(runs[i]->sessions_ended, runs[i]->sessions_planned);
    }
}

static void test_cut_bodies__keep_no_more_than_the_limit(void **state)
{
    struct fixture *f = *state;
    for (uint64_t i = 0; i < ROWS; i++)
        check_row(exchange_of(f, i)->response.body.len <= 1000000, rows[i].path);
}

static uint64_t session_of(const char *path)
{
    for (uint64_t i = 0; i < ROWS; i++)
        if (strcmp(rows[i].path, path) == 0)
            return i + 1;
    fail_msg("no row %s", path);
    return 0;
}

static void test_a_redirect_loop__is_found_and_ends(void **state)
{
    struct fixture *f = *state;
    struct exchange *x;
    size_t count = kit_session(&f->quick, session_of("/loop"), &x);
    assert_true(count >= 2 && count <= 4);
    assert_true(x[count - 1].marks & MARK_HOP);
    check_span(x[count - 1].note, "the redirects run in a loop: not followed any further");
}

static void test_redirects_without_end__are_followed_ten_times(void **state)
{
    struct fixture *f = *state;
    struct exchange *x;
    size_t count = kit_session(&f->quick, session_of("/chain"), &x);
    assert_int_equal(count, 11);
    check_span(x[10].note, "the redirects do not end: not followed any further");
    assert_int_equal(x[10].planned, 0);
}

static void test_a_redirect_production_did_not_give__is_followed_to_its_end(void **state)
{
    struct fixture *f = *state;
    struct exchange *x;
    size_t count = kit_session(&f->quick, session_of("/once"), &x);
    assert_int_equal(count, 2);
    assert_true(x[1].marks & MARK_HOP);
    assert_int_equal(x[1].response.status, 200);
    check_span(x[1].request.target, "/ok?landed");
}

static void test_early_hints__are_not_taken_for_the_answer(void **state)
{
    struct fixture *f = *state;
    const struct exchange *x = kit_only(&f->quick, session_of("/early-hints"));
    check_span(http_fields_value(&x->response.fields, SPAN("X-Final")), "yes");
    assert_true(span_is_none(http_fields_value(&x->response.fields, SPAN("Link"))));
    check_span(x->response.body, "ok\n");
}

static void test_nobody_there__is_a_network_error_with_every_exchange_in_the_run(void **state)
{
    struct kit kit;
    (void)state;
    /* A port that was free a moment ago. */
    struct hostile_server *server = hostile_start();
    int port = server->port;
    hostile_stop(server);
    kit_open(&kit, port);
    kit_get(&kit, 7, 0, "/a");
    kit_get(&kit, 7, 100, "/b");
    kit_seal(&kit);
    assert_int_equal(kit_replay(&kit), E_NETWORK);
    struct exchange *x;
    assert_int_equal(kit_session(&kit, 7, &x), 2);
    check_span(x[1].note, "the connection was refused");
    kit_close(&kit);
}

static void test_plain_http_where_tls_is_expected__is_a_failure_named_tls(void **state)
{
    struct kit kit;
    char place[64];
    (void)state;
    struct hostile_server *server = hostile_start();
    kit_open(&kit, server->port);
    target_free(kit.target);
    kit.target = target_new("staging", false);
    snprintf(place, sizeof place, "https://127.0.0.1:%d", server->port);
    kit_must(target_add_host(kit.target, "*", place, &kit.err), &kit.err);
    kit.options.target = kit.target;
    kit_get(&kit, 1, 0, "/a");
    kit_seal(&kit);
    assert_int_equal(kit_replay(&kit), E_NETWORK);
    check_span(kit_only(&kit, 1)->note, "TLS: the handshake failed");
    kit_close(&kit);
    hostile_stop(server);
}

int main(void)
{
    const struct CMUnitTest with_rows[] = {
        cmocka_unit_test(test_each_behaviour__ends_as_the_table_says),
        cmocka_unit_test(test_every_planned_exchange__is_accounted_for),
        cmocka_unit_test(test_cut_bodies__keep_no_more_than_the_limit),
        cmocka_unit_test(test_a_redirect_loop__is_found_and_ends),
        cmocka_unit_test(test_redirects_without_end__are_followed_ten_times),
        cmocka_unit_test(test_a_redirect_production_did_not_give__is_followed_to_its_end),
        cmocka_unit_test(test_early_hints__are_not_taken_for_the_answer),
    };
    const struct CMUnitTest others[] = {
        cmocka_unit_test(test_nobody_there__is_a_network_error_with_every_exchange_in_the_run),
        cmocka_unit_test(test_plain_http_where_tls_is_expected__is_a_failure_named_tls),
    };
    int failed = cmocka_run_group_tests_name("hostile", with_rows, replay_all_rows, tear_down);
    return failed + cmocka_run_group_tests_name("hostile, alone", others, NULL, NULL);
}
