/*
 * Gates judged against what was measured. A gate that cannot be measured is
 * undecided, and undecided is not passed: silence must never read as go.
 */
#include "rehearse/verdict/verdict.h"

#include <assert.h>

typedef void gate_judge(struct gate *gate, const struct findings *findings,
                        const struct comparison_summary *summary, uint64_t failed,
                        struct arena *arena);

static void settle(struct gate *gate, bool passed, struct span reason)
{
    gate->outcome = passed ? GATE_PASSED : GATE_FAILED;
    gate->reason = reason;
}

static uint64_t count_findings(const struct findings *findings, enum finding_severity severity)
{
    uint64_t count = 0;
    for (size_t i = 0; i < findings->len; i++)
        count += findings->at[i].severity == severity && !findings->at[i].waived;
    return count;
}

static void judge_findings(struct gate *gate, const struct findings *findings,
                           const struct comparison_summary *summary, uint64_t failed,
                           struct arena *arena)
{
    (void)summary;
    (void)failed;
    AUTO(strbuf_release) struct strbuf found = STRBUF_INIT;
    bool passed = true;
    for (int s = SEVERITY_CRITICAL; s >= SEVERITY_INFO; s--) {
        if (gate->at_most[s] < 0)
            continue;
        uint64_t count = count_findings(findings, (enum finding_severity)s);
        passed = passed && count <= (uint64_t)gate->at_most[s];
        strbuf_addf(&found, "%s%llu %s (at most %lld)", found.len ? ", " : "",
                    (unsigned long long)count, severity_name((enum finding_severity)s),
                    (long long)gate->at_most[s]);
    }
    settle(gate, passed, arena_copy(arena, strbuf_span(&found)));
}

static void judge_coverage(struct gate *gate, const struct findings *findings,
                           const struct comparison_summary *summary, uint64_t failed,
                           struct arena *arena)
{
    (void)findings;
    (void)failed;
    if (summary->planned == 0) {
        gate->outcome = GATE_UNDECIDED;
        gate->reason = SPAN("the capture holds no exchange, so nothing was compared");
        return;
    }
    double share = (double)summary->compared / (double)summary->planned;
    settle(gate, share >= gate->least && summary->compared > 0,
           arena_printf(arena,
                        "%llu of %llu planned exchanges were compared: %.1f %% (at least %.1f %%)",
                        (unsigned long long)summary->compared, (unsigned long long)summary->planned,
                        share * 100, gate->least * 100));
}

static void judge_failures(struct gate *gate, const struct findings *findings,
                           const struct comparison_summary *summary, uint64_t failed,
                           struct arena *arena)
{
    (void)findings;
    if (summary->sent == 0) {
        gate->outcome = GATE_UNDECIDED;
        gate->reason = SPAN("nothing was sent");
        return;
    }
    double share = (double)failed / (double)summary->sent;
    settle(gate, share <= gate->most,
           arena_printf(
               arena,
               "%llu of %llu exchanges sent got no complete response: %.1f %% (at most %.1f %%)",
               (unsigned long long)failed, (unsigned long long)summary->sent, share * 100,
               gate->most * 100));
}

/* A command's outcome is measured before, where programs may be run. */
static void judge_command(struct gate *gate, const struct findings *findings,
                          const struct comparison_summary *summary, uint64_t failed,
                          struct arena *arena)
{
    (void)findings;
    (void)summary;
    (void)failed;
    (void)arena;
    if (span_is_none(gate->reason)) {
        gate->outcome = GATE_UNDECIDED;
        gate->reason = SPAN("the command was not run");
    }
}

static void judge_hit_ratio(struct gate *gate, const struct findings *findings,
                            const struct comparison_summary *summary, uint64_t failed,
                            struct arena *arena)
{
    const struct cache_forecast *f = &summary->forecast;
    (void)findings;
    (void)failed;
    if (f->requests == 0) {
        gate->outcome = GATE_UNDECIDED;
        gate->reason =
            SPAN("no answer tells what a shared cache makes of it, so there is no forecast");
        return;
    }
    double was = (double)f->hits[0] / (double)f->requests;
    double is = (double)f->hits[1] / (double)f->requests;
    settle(gate, was - is <= gate->drop + 1e-9, /* shares of binary fractions */
           arena_printf(arena,
                        "the forecast hit ratio goes from %.2f %% to %.2f %% (a drop of at most %g "
                        "points), over %llu requests",
                        was * 100, is * 100, gate->drop * 100, (unsigned long long)f->requests));
}

static gate_judge *const judges[] = {
    [GATE_FINDINGS] = judge_findings,   [GATE_COVERAGE] = judge_coverage,
    [GATE_FAILURES] = judge_failures,   [GATE_COMMAND] = judge_command,
    [GATE_HIT_RATIO] = judge_hit_ratio,
};

static struct gate gate_of(enum gate_kind kind, struct span name)
{
    return (struct gate){ .kind = kind, .name = name, .at_most = { -1, -1, -1, -1 }, .most = 1.0 };
}

size_t verdict_default_gates(struct gate *ret, size_t max)
{
    assert(max >= 3);
    ret[0] = gate_of(GATE_FINDINGS, SPAN("findings"));
    ret[0].at_most[SEVERITY_CRITICAL] = 0;
    ret[0].at_most[SEVERITY_MAJOR] = 0;
    ret[1] = gate_of(GATE_COVERAGE, SPAN("coverage"));
    ret[1].least = 0.75;
    ret[2] = gate_of(GATE_FAILURES, SPAN("failures"));
    ret[2].most = 0.05;
    return 3;
}

struct verdict verdict_decide(struct gate *gates, size_t gate_count,
                              const struct findings *findings,
                              const struct comparison_summary *summary, uint64_t failed,
                              struct arena *arena)
{
    struct verdict verdict = { .go = true, .gates = gates, .gate_count = gate_count };
    for (size_t i = 0; i < gate_count; i++) {
        judges[gates[i].kind](&gates[i], findings, summary, failed, arena);
        verdict.go = verdict.go && gates[i].outcome == GATE_PASSED;
    }
    return verdict;
}

const char *gate_outcome_name(enum gate_outcome outcome)
{
    static const char *const names[] = {
        [GATE_PASSED] = "passed", [GATE_FAILED] = "failed", [GATE_UNDECIDED] = "undecided"
    };
    return names[outcome];
}
