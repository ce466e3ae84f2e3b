#ifndef REHEARSE_VERDICT_VERDICT_H
#define REHEARSE_VERDICT_VERDICT_H

#include "rehearse/compare/comparison.h"

/*
 * Go or no-go, from the gates: each gate is one condition of the checklist with its
 * own outcome and a sentence; the verdict is go only if every gate passed.
 */
enum gate_kind {
    GATE_FINDINGS = 0,
    GATE_COVERAGE,
    GATE_FAILURES,
    GATE_COMMAND,
    GATE_HIT_RATIO, /* that a shared cache is forecast to have */
};
enum gate_outcome { GATE_PASSED = 0, GATE_FAILED, GATE_UNDECIDED };

struct gate {
    enum gate_kind kind;
    struct span name;
    struct span owner;
    /* GATE_FINDINGS: at most so many per severity, not counting waived ones; -1 any number. */
    int64_t at_most[4]; /* by enum finding_severity */
    double least;       /* GATE_COVERAGE: share of planned exchanges that must have been compared */
    double most;        /* GATE_FAILURES: share of sent exchanges that may have failed */
    double drop;        /* GATE_HIT_RATIO: may be so much lower than production's; 0.01: a point */
    struct span command;
    /* filled in by verdict_decide */
    enum gate_outcome outcome;
    struct span reason; /* a sentence: measured against wanted */
};

struct verdict {
    bool go;
    struct gate *gates; /* owned by the caller, judged in place */
    size_t gate_count;
};

/* The gates of a scenario that names none: no critical, no major finding; something was compared.
 */
size_t verdict_default_gates(struct gate *ret, size_t max);
/* Reasons are put in `arena`. Runs no command: a GATE_COMMAND is run before, see command.h. */
struct verdict verdict_decide(struct gate *gates, size_t gate_count,
                              const struct findings *findings,
                              const struct comparison_summary *summary, uint64_t failed,
                              struct arena *arena);

/* "passed", "failed", "undecided". */
const char *gate_outcome_name(enum gate_outcome outcome);

#endif
