#ifndef REHEARSE_SRC_REPLAY_LOGIN_SCAN_H
#define REHEARSE_SRC_REPLAY_LOGIN_SCAN_H

#include "guard.h"
#include "rehearse/session/login_learn.h"
#include "rehearse/store/store.h"

/* Shows every session of the capture to the learner; ends early when the run is stopped. */
int login_scan(struct login_learner *learner, struct store *capture, struct guard *guard,
               struct err *err);

#endif
