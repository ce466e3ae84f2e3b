#include "rehearse/verdict/command.h"
#include "support/check.h"

struct scene {
    struct findings findings;
    struct comparison_summary summary;
    struct arena arena;
};

static struct scene scene_with(enum finding_severity severity, unsigned count)
{
    struct scene s = { .findings = FINDINGS_INIT,
                       .summary = { .planned = 100, .sent = 100, .compared = 90 } };
    for (unsigned i = 0; i < count; i++)
        findings_add(&s.findings)->severity = severity;
    return s;
}

static void scene_release(struct scene *s)
{
    findings_release(&s->findings);
    arena_release(&s->arena);
}

static bool decide(struct scene *s, uint64_t failed, struct gate gates[4])
{
    size_t count = verdict_default_gates(gates, 4);
    return verdict_decide(gates, count, &s->findings, &s->summary, failed, &s->arena).go;
}

static void test_verdict__nothing_found_is_go(void **state)
{
    (void)state;
    struct gate gates[4];
    AUTO(scene_release) struct scene s = scene_with(SEVERITY_INFO, 0);
    assert_true(decide(&s, 0, gates));
}

static void test_verdict__one_major_finding_is_no_go_and_says_so(void **state)
{
    (void)state;
    struct gate gates[4];
    AUTO(scene_release) struct scene s = scene_with(SEVERITY_MAJOR, 1);
    assert_false(decide(&s, 0, gates));
    assert_int_equal(gates[0].outcome, GATE_FAILED);
    check_span(gates[0].reason, "0 critical (at most 0), 1 major (at most 0)");
}

static void test_verdict__minor_findings_pass_the_default_gates(void **state)
{
    (void)state;
    struct gate gates[4];
    AUTO(scene_release) struct scene s = scene_with(SEVERITY_MINOR, 40);
    assert_true(decide(&s, 0, gates));
}

static void test_verdict__waived_findings_do_not_count(void **state)
{
    (void)state;
    struct gate gates[4];
    AUTO(scene_release) struct scene s = scene_with(SEVERITY_CRITICAL, 1);
    s.findings.at[0].waived = true;
    assert_true(decide(&s, 0, gates));
}

static void test_verdict__comparing_nothing_is_never_go(void **state)
{
    (void)state;
    struct gate gates[4];
    AUTO(scene_release) struct scene s = scene_with(SEVERITY_INFO, 0);
    s.summary = (struct comparison_summary){ 0 };
    assert_false(decide(&s, 0, gates));
    assert_int_equal(gates[1].outcome, GATE_UNDECIDED);
}

static void test_verdict__too_many_failures_are_no_go(void **state)
{
    (void)state;
    struct gate gates[4];
    AUTO(scene_release) struct scene s = scene_with(SEVERITY_INFO, 0);
    assert_true(decide(&s, 5, gates));
    assert_false(decide(&s, 6, gates));
}

static struct gate command(const char *text)
{
    return (struct gate){ .kind = GATE_COMMAND, .name = SPAN("c"), .command = span_of(text) };
}

static void test_verdict__a_hit_ratio_that_drops_too_far_is_no_go(void **state)
{
    (void)state;
    AUTO(scene_release) struct scene s = scene_with(SEVERITY_INFO, 0);
    struct gate gate = { .kind = GATE_HIT_RATIO, .drop = 0.01 };
    assert_false(verdict_decide(&gate, 1, &s.findings, &s.summary, 0, &s.arena).go);
    assert_int_equal(gate.outcome, GATE_UNDECIDED);
    s.summary.forecast = (struct cache_forecast){ .requests = 1000, .hits = { 600, 590 } };
    assert_true(verdict_decide(&gate, 1, &s.findings, &s.summary, 0, &s.arena).go);
    s.summary.forecast.hits[1] = 589;
    assert_false(verdict_decide(&gate, 1, &s.findings, &s.summary, 0, &s.arena).go);
    check_span(gate.reason,
               "the forecast hit ratio goes from 60.00 % to 58.90 % (a drop of at most "
               "1 points), over 1000 requests");
}

static void test_command__exit_code_decides(void **state)
{
    (void)state;
    static const struct {
        const char *command;
        enum gate_outcome outcome;
        const char *reason;
    } rows[] = {
        { "true", GATE_PASSED, "exit code 0" },
        { "echo no schema >&2; exit 3", GATE_FAILED, "exit code 3: no schema" },
        { "kill -9 $$", GATE_FAILED, "ended by signal 9" },
        { "printf '\\033[31mred'; exit 1", GATE_FAILED, "exit code 1: \\x1b[31mred" },
        { "head -c 1000000 /dev/zero | tr '\\0' x; exit 0", GATE_PASSED, "exit code 0" },
    };
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct gate gate = command(rows[i].command);
        assert_int_equal(gate_run_command(&gate, 20000000, &arena, NULL), 0);
        check_span(gate.reason, rows[i].reason);
        assert_int_equal(gate.outcome, rows[i].outcome);
    }
}

static void test_command__that_hangs_is_stopped(void **state)
{
    (void)state;
    static const char *const commands[] = { "sleep 100", "exec >&- 2>&-; sleep 100",
                                            "sleep 100 & wait" };
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    for (size_t i = 0; i < 3; i++) {
        struct gate gate = command(commands[i]);
        assert_int_equal(gate_run_command(&gate, 200000, &arena, NULL), 0);
        assert_int_equal(gate.outcome, GATE_FAILED);
        check_span(gate.reason, "stopped after 0 s without an end");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verdict__nothing_found_is_go),
        cmocka_unit_test(test_verdict__one_major_finding_is_no_go_and_says_so),
        cmocka_unit_test(test_verdict__minor_findings_pass_the_default_gates),
        cmocka_unit_test(test_verdict__waived_findings_do_not_count),
        cmocka_unit_test(test_verdict__comparing_nothing_is_never_go),
        cmocka_unit_test(test_verdict__too_many_failures_are_no_go),
        cmocka_unit_test(test_verdict__a_hit_ratio_that_drops_too_far_is_no_go),
        cmocka_unit_test(test_command__exit_code_decides),
        cmocka_unit_test(test_command__that_hangs_is_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
