#ifndef REHEARSE_SRC_REPLAY_LOGIN_PHASE_H
#define REHEARSE_SRC_REPLAY_LOGIN_PHASE_H

#include "session_run.h"

/*
 * The login of one session, before its first request or when its token is over: the
 * flow of room session, fed with what this session's jar and bindings hold. An account
 * that staging does not know yet is registered first. Knows of no socket and no clock.
 */
struct login_phase;

/* What the run brings. All borrowed. */
struct login_rules {
    const struct login_plan *plan;         /* NULL: nobody is logged in beforehand */
    const struct login_plan *registration; /* NULL: none */
};

/* Does its account have to be made before anything else? */
bool login_phase_registers(const struct session_run *run, const struct login_rules *rules);
/* `run` is borrowed and outlives the phase. With `renew`, only its token is renewed, where that is
 * possible. */
struct login_phase *login_phase_new(struct session_run *run, const struct login_rules *rules,
                                    bool renew);
void login_phase_free(struct login_phase *phase);
/* The first request: LOGIN_SEND and `ret` in `arena`; or it is over already. */
enum login_word login_phase_begin(struct login_phase *phase, const struct session_rules *rules,
                                  int64_t now_s, struct outgoing *ret, struct arena *arena);
/* What came back for `sent`, whose cookies the session has learned. `answered` and `sent` may be in
 * another arena than `arena`. */
enum login_word login_phase_take(struct login_phase *phase, const struct outgoing *sent,
                                 const struct exchange *answered, const struct session_rules *rules,
                                 int64_t now_s, struct outgoing *ret, struct arena *arena);
/* The request was not let go; `reason` is static. */
enum login_word login_phase_refused(struct login_phase *phase, const struct outgoing *sent,
                                    const char *reason, const struct session_rules *rules,
                                    int64_t now_s, struct outgoing *ret, struct arena *arena);
/* Behind LOGIN_FAILED: why, and whether the guard kept the login from being sent at all. */
struct span login_phase_reason(const struct login_phase *phase);
bool login_phase_was_refused(const struct login_phase *phase);

AUTO_FREE(struct login_phase, login_phase_free);

#endif
