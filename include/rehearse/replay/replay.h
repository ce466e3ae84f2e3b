#ifndef REHEARSE_REPLAY_REPLAY_H
#define REHEARSE_REPLAY_REPLAY_H

#include "rehearse/base/err.h"
#include "rehearse/base/progress.h"
#include "rehearse/replay/production.h"
#include "rehearse/replay/target.h"
#include "rehearse/session/identity.h"
#include "rehearse/session/login_flow.h"
#include "rehearse/session/persona.h"
#include "rehearse/store/store.h"

/*
 * Replay a capture against a target, session by session, into a run file.
 * Causal order in each session, recorded pace (scaled), bounded concurrency and
 * memory, everything past the guard, everything journaled; what was planned
 * equals what was sent plus what was skipped, with reasons.
 */
#define REPLAY_SPEED_MAX 0.0 /* no waiting: as fast as causality allows */

/* Fields that make a cache show its key, sent along with every request. */
struct replay_asks {
    const struct http_field *fields; /* borrowed */
    size_t count;
    bool production; /* may be sent there too; else they stay off whatever may be production */
};

/* Who asks in a session of a capture that was made to be asked, and no visit. */
struct replay_role {
    bool logs_in;                   /* before the first request, by the run's `login` */
    struct identity_pool *accounts; /* one of these stands in; borrowed; NULL: nobody */
    enum persona_credentials credentials;
};
/* NULL for a session that is as it was recorded. */
typedef const struct replay_role *replay_role_fn(void *ctx, uint64_t session);

struct resolver; /* src/replay/resolve.h */

struct replay_options {
    const struct target *target;        /* borrowed */
    struct production_facts production; /* what a run to anywhere else must not meet */
    const struct resolver *resolver;    /* who says where production's names are; NULL: DNS */
    struct identity_pool *identities;   /* borrowed, or NULL */
    const struct login_plan *login; /* how they log in, borrowed; NULL: as most visitors of the
                                       capture did, where it shows that */
    const struct login_plan *registration; /* for accounts that are still to be made; or NULL */
    replay_role_fn *role; /* NULL: the recording tells */
    void *role_ctx;
    bool identities_for_all;               /* a session that was nobody's gets an account too */
    const struct originals *originals;  /* of the capture's side file, borrowed, for a staging that
                                           shares production's sessions; NULL: none */
    unsigned shards;                    /* threads; 0: 1 */
    unsigned concurrency;               /* sessions at once; 0: 64 */
    double speed;                       /* 1 recorded pace, 10 ten times, REPLAY_SPEED_MAX */
    double rate;                        /* requests a second at most, over all shards; 0 no limit */
    uint64_t seed;                      /* all choices come from it */
    int64_t timeout_us;                 /* for one exchange; 0: 30 s */
    int64_t stall_us;                   /* without a byte; 0: 10 s */
    size_t body_max;   /* of a response, decoded and coded; 0: 8 MB; the rest is cut off and said */
    size_t header_max; /* of a response's fields; 0: 256 kB; more is a failure of the exchange */
    uint64_t request_budget; /* stop after so many requests; 0 none */
    double
        error_budget; /* stop when this share of the last 1000 exchanges failed; 0: 0.5, >1 never */
    bool resume;      /* the run file exists: go on with the sessions without end mark */
    bool safe_only;   /* send no unsafe request, whatever the target allows */
    bool no_credentials; /* baseline from live production: no cookie, no authorization, no login */
    unsigned
        redirect_hops; /* follow redirects that production did not have, at most so many; 0: 10 */
    struct replay_asks asks;
    const unsigned char *veil_key; /* VEIL_KEY_BYTES: what the run file's pseudonyms are keyed with;
                                      NULL: a fresh one */
    const struct progress *progress; /* or NULL */
    volatile const int *stop; /* kill switch: non-zero ends the run cleanly (E_STOPPED); or NULL */
};

struct replay_summary {
    uint64_t planned, sent, skipped, answered, failed, hops, logins;
    uint64_t logins_failed, login_steps; /* requests of logins that no recording has */
    uint64_t renewals;                   /* of tokens that were over */
    uint64_t sessions_skipped;           /* not logged in, and so not replayed */
    uint64_t sessions_planned, sessions_ended, sessions_resumed;
    uint64_t status_same, status_differs; /* against the recorded ones, where known */
    uint64_t fields_same, fields_differ; /* the response's fields, in names and in those values that
                                            do not vary by nature */
    /* Values of requests that earlier answers of the session had given: written as staging gave them,
     * left because staging says the same, left for want of anything better (remarks "unresolved").
     */
    uint64_t values_given, values_kept, values_missing;
    int64_t elapsed_us;
};

/*
 * `run` is a fresh STORE_RUN (or STORE_BASELINE) file, or with resume the one to go
 * on with. Each exchange of the capture is in it, with `planned` naming its seq
 * there: answered, MARK_FAILED or MARK_NOT_SENT with a note; hops follow the exchange
 * they came of. No credential of staging is in it: it is veiled as captures are.
 *
 * A run to anywhere but production ends before a byte of a request is written to
 * production, however the way leads there: E_REFUSED when the target's own words do,
 * E_STOPPED when an address or a certificate on the way does. What was watched for is
 * in the run file's facts, as "safety.1", ….
 *
 * Returns 0; E_NETWORK when nothing at all was answered; E_STOPPED when stopped before
 * the end, by `stop` or a budget: the run file is whole and can be resumed; another
 * code when it could not be carried out. The summary is filled in either way:
 * planned = sent + skipped and sent = answered + failed when the run came to its end.
 * Hops and the steps of logins are beside these sums. `logins` are those recorded in
 * sessions, which are among the sent, and those that sessions began with.
 */
int replay_run(struct store *capture, struct store *run, const struct replay_options *options,
               struct replay_summary *ret, struct err *err);

/* A baseline from the responses the capture recorded; exchanges without one are counted as skipped.
 */
int baseline_from_recorded(struct store *capture, struct store *baseline,
                           const struct progress *progress, struct err *err);

#endif
