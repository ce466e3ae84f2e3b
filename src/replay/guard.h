#ifndef REHEARSE_SRC_REPLAY_GUARD_H
#define REHEARSE_SRC_REPLAY_GUARD_H

#include "airbag.h"
#include "rehearse/replay/target.h"

/*
 * The guard stands before the transport: every request is shown to it, as it would
 * go out, and its word is final. One guard serves all shards of a run; all of it
 * may be called from any thread.
 *
 * The one caller that sends (shard.c, send_guarded) does so behind one of its checks.
 */
struct guard;

struct guard_limits {
    bool safe_only;           /* no unsafe request, whatever the target allows */
    uint64_t request_budget;  /* 0: none */
    uint64_t writes_before;   /* unsafe requests that went out before, in a run that is resumed */
    double error_budget;      /* share of the last ERROR_WINDOW exchanges; above 1: none */
    volatile const int *stop; /* kill switch, or NULL */
    struct airbag *airbag;    /* borrowed; when it goes off, the run ends; or NULL */
};

/* The error budget looks at so many exchanges, and not before so many have ended. */
enum { ERROR_WINDOW = 1000, ERROR_WINDOW_MIN = 100 };

enum guard_word {
    GUARD_SEND,
    GUARD_SKIP, /* not this request */
    GUARD_STOP, /* nothing more at all */
};

struct guard_decision {
    enum guard_word word;
    const char *reason; /* static; NULL for GUARD_SEND */
    const char *sign;   /* what makes the request unsafe, in a few words, static; or NULL */
};

/* `target` is borrowed. */
struct guard *guard_new(const struct target *target, const struct guard_limits *limits);
void guard_free(struct guard *guard);
/*
 * May this go out? `wire` is the request as it would be sent: scheme and authority
 * of the place, final method, target and fields. GUARD_SEND takes one from the
 * request budget.
 */
struct guard_decision guard_check(struct guard *guard, const struct http_request *wire);
/* The same for a request of a login's steps, which goes with any mutation that is allowed, whatever
 * its class. */
struct guard_decision guard_check_login(struct guard *guard, const struct http_request *wire);
/* Is this place one that a redirect may be followed to? */
bool guard_allows_place(const struct guard *guard, struct span scheme, struct span authority);
/* Feed the error budget. `failure` is static; NULL: it was answered. */
void guard_note_outcome(struct guard *guard, const char *failure);
/* The failure noted last; NULL when there was none. */
const char *guard_last_failure(const struct guard *guard);
/* How many unsafe requests were let go, with those of earlier runs into the same file. */
uint64_t guard_writes(const struct guard *guard);
/* End the run: the first reason stays. `reason` is static. */
void guard_stop(struct guard *guard, const char *reason);
/* NULL while the run goes on; also looks at the kill switch. */
const char *guard_stopped(struct guard *guard);

AUTO_FREE(struct guard, guard_free);

#endif
