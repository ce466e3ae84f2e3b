#ifndef REHEARSE_REHEARSAL_GATES_H
#define REHEARSE_REHEARSAL_GATES_H

#include "rehearse/compare/gate_matrix.h"
#include "rehearse/compare/route.h"
#include "rehearse/replay/replay.h"
#include "rehearse/session/persona.h"

/*
 * The job that asks routes of a capture again as each persona, and each post that
 * carried a token once without it. Everything is sent as a replay is: past the guard,
 * into a run file of its own.
 */
struct gates_job {
    const char *capture;
    const char *run; /* the replay of the capture on the same staging: ids and outcomes within
                        sessions are told by it; or NULL */
    const char *out; /* the run to write; what is there is replaced */
    const struct persona *personas; /* NULL: the usual ones, with the languages of the capture */
    size_t persona_count;
    const struct route_rule *rules;
    size_t rule_count;
    const char *accounts;          /* CSV, or NULL */
    unsigned accounts_made;        /* else so many are made, by options.registration */
    struct replay_options options; /* target and the numbers; who asks is filled in */
    const struct target *live;     /* production, to be asked as anonymous, crawlers and locales; or
                                      NULL */
    const char *live_out;
    double live_rate; /* requests a second; 0: 5 */
    bool resume;      /* take what the same plan brought before */
};

/* `ret` zeroed before; judged. Released by gate_matrix_release. */
int gates_job_run(const struct gates_job *job, struct gate_matrix *ret, struct err *err);

#endif
