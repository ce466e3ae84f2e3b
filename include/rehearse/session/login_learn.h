#ifndef REHEARSE_SESSION_LOGIN_LEARN_H
#define REHEARSE_SESSION_LOGIN_LEARN_H

#include "rehearse/session/login_flow.h"

/*
 * What a capture says of logins: how visitors of this site log in, and which sessions
 * begin with somebody who is logged in already. Two walks over the same sessions: the
 * first is shown to login_learner_see, then sessions are asked about, each by itself.
 * Works on pseudonyms: equal values are equal. Bounded memory.
 */
struct login_learner;

struct login_learner *login_learner_new(void);
void login_learner_free(struct login_learner *learner);
/* One session, in order. Response bodies are looked at for logins only, and may be missing. */
void login_learner_see(struct login_learner *learner, const struct exchange *x, size_t count);
/*
 * The login that was recorded most often and gave a session cookie or a token, with the
 * page before it; NULL when none was seen. In the learner.
 */
const struct login_plan *login_learner_plan(struct login_learner *learner);

enum session_start {
    START_ANONYMOUS = 0,
    START_LOGGED_IN, /* its first requests are somebody's who is logged in */
    START_BASIC,     /* it brings HTTP basic credentials */
};
/*
 * Told by a bearer token, by a session cookie that logins of this capture give and
 * anonymous visitors do not have, or by an answer behind a gate that turns others away.
 */
enum session_start login_learner_start_of(const struct login_learner *learner,
                                          const struct exchange *x, size_t count);

AUTO_FREE(struct login_learner, login_learner_free);

#endif
