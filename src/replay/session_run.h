#ifndef REHEARSE_SRC_REPLAY_SESSION_RUN_H
#define REHEARSE_SRC_REPLAY_SESSION_RUN_H

#include "outgoing.h"
#include "plan.h"
#include "schedule.h"

/*
 * One session on its way: what the visitor would hold (cookies, tokens, the account
 * that stands in for him) and where in his recording he is. Knows of no socket and
 * no clock.
 */
struct session_run {
    struct planned *planned;    /* owned */
    struct schedule *schedule;  /* owned */
    struct jar *jar;            /* owned */
    struct bindings *bindings;  /* owned */
    struct bound_values *bounds; /* owned; NULL: none were recorded */
    struct validators *validators; /* owned; NULL: the visitor sent no condition */
    struct identity_pool *pool; /* borrowed; NULL: none */
    struct identity identity;   /* taken from the pool while has_identity */
    bool has_identity;
    struct login_grant grant; /* what its login gave beside cookies */
    uint32_t next_seq; /* in the run, from 0, in the order of sending */
};

struct session_rules {
    const struct target *target;
    const struct variant_values *variants; /* or NULL */
    struct build_names *builds;            /* of the thread; NULL: the capture names no build */
    const struct originals *originals;     /* or NULL */
    bool no_credentials;
    bool canaries; /* members' free text is made their own */
    uint64_t seed;
    uint64_t nonce;                 /* of the run, over all its resumes */
    const struct replay_asks *asks; /* borrowed */
};

/* Takes `planned`, and the identity if there is one; `barren` is of the thread and outlives the
 * session. The first request is due at `start_us` (monotonic). */
void session_run_init(struct session_run *run, struct planned *planned, struct identity_pool *pool,
                      const struct identity *identity, struct barren_bodies *barren, double speed,
                      int64_t start_us);
/* Gives the identity back, and the plan to the caller: free() it. */
struct planned *session_run_release(struct session_run *run);

/* What the session brings to a request; `seq` tells its traces apart. */
struct outgoing_source session_run_source(const struct session_run *run,
                                          const struct session_rules *rules, uint32_t seq,
                                          int64_t now_s);
/* The request for captured exchange `index`, in `arena`. */
void session_run_build(const struct session_run *run, size_t index,
                       const struct session_rules *rules, int64_t now_s, struct outgoing *ret,
                       struct arena *arena);
/* The hop behind `from`; false when `location` leads to no URL. */
bool session_run_follow(const struct session_run *run, const struct outgoing *from,
                        struct span location, const struct session_rules *rules, int64_t now_s,
                        struct outgoing *ret, struct arena *arena);
/*
 * How the recorded login that exchange `index` is went with the session's account: one
 * that production let in and staging does not counts against it. Why, in `arena`;
 * SPAN_NONE when all is well.
 */
struct span session_run_judge_login(struct session_run *run, size_t index,
                                    const struct exchange *answered, struct arena *arena);
/* What staging's answer teaches: cookies and tokens. */
void session_run_learn(struct session_run *run, const struct outgoing *sent,
                       const struct exchange *answered, const struct session_rules *rules,
                       int64_t now_s, struct arena *arena);

#endif
