#ifndef REHEARSE_SRC_REPLAY_SHARD_H
#define REHEARSE_SRC_REPLAY_SHARD_H

#include "guard.h"
#include "journal.h"
#include "login_phase.h"
#include "plan.h"
#include "rehearse/replay/replay.h"
#include "transport.h"

/*
 * A shard: one thread with an event loop, its sessions and its connections. It shares
 * nothing with other shards but the guard, the journal and the pool of identities.
 * Sessions are offered to it in order of their start; it runs at most `slots` at once.
 */
struct shard;

/* Counted as it happens; read from other threads while it runs. */
struct shard_counts {
    uint64_t sent, skipped, answered, failed, hops, logins;
    uint64_t sessions_ended;
    uint64_t status_same, status_differs, fields_same, fields_differ;
    uint64_t values_given, values_kept, values_missing; /* bindings, by struct bound_counts */
    uint64_t logins_failed, login_steps, renewals, sessions_skipped;
};

struct shard_options {
    const struct replay_options *replay;   /* borrowed; defaults filled in */
    struct guard *guard;                   /* borrowed */
    struct journal *journal;               /* borrowed */
    const struct variant_values *variants; /* borrowed: of the capture */
    const struct build_plan *builds;       /* borrowed: of the capture */
    struct sentinel *sentinel;             /* borrowed; NULL: no member is watched */
    struct login_rules login;              /* plan NULL: nobody is logged in beforehand */
    unsigned slots;
    double rate; /* requests a second of this shard; 0: no limit */
    struct transport_limits limits;
    uint64_t nonce; /* of the run */
    /* From the shard's thread: a session is over and its `bytes` are free again. */
    void (*on_session_over)(void *ctx, unsigned shard, size_t bytes);
    void *ctx;
    unsigned number;
};

/* Starts the thread. */
int shard_start(struct shard **ret, const struct shard_options *options, struct err *err);
/* A session to run from `start_us` (monotonic) on. Takes it. */
void shard_offer(struct shard *shard, struct planned *planned, int64_t start_us);
/* No more sessions will come: the thread ends behind the last. */
void shard_close(struct shard *shard);
/* Look around: the journal has room, the guard has stopped the run. Any thread. */
void shard_wake(struct shard *shard);
/* Adds what was counted so far; any thread. */
void shard_add_counts(const struct shard *shard, struct shard_counts *to);
/* Waits for the thread's end. Once; then the counts are final. */
void shard_wait(struct shard *shard);
/* After shard_wait. NULL is fine. */
void shard_free(struct shard *shard);

#endif
