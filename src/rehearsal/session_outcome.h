#ifndef REHEARSE_REHEARSAL_SESSION_OUTCOME_H
#define REHEARSE_REHEARSAL_SESSION_OUTCOME_H

#include "rehearse/http/exchange.h"
#include "rehearse/report/report.h"

/* Did a visit come out on staging as it had in production? One session after the other. */
struct session_outcome {
    bool any, differs, member;
};

/* A captured request with what staging did with it; NULL: nothing. */
void session_outcome_add(struct session_outcome *o, const struct exchange *production,
                         const struct exchange *staging);
/* At the session's end; ready for the next one. */
void session_outcome_count(struct session_outcome *o, struct session_outcomes *counts);

#endif
