#ifndef REHEARSE_REHEARSAL_PAIRING_H
#define REHEARSE_REHEARSAL_PAIRING_H

/*
 * Walks a baseline and a run side by side, session by session, and feeds each
 * captured request to the comparison: what production answered, what staging
 * answered, and the redirects that were followed.
 */
#include "ledger.h"
#include "rehearse/base/progress.h"
#include "rehearse/compare/comparison.h"
#include "rehearse/report/report.h"
#include "rehearse/store/store.h"

struct pairing {
    struct store *baseline;
    struct store *run; /* NULL: production meets itself, which teaches the contract */
    struct comparison *comparison;
    struct write_ledger_filling *ledger; /* filled from the run on the way; or NULL */
    const struct progress *progress;
    /* filled in */
    uint64_t failed; /* sent, no complete response */
    int64_t replayed_first_us, replayed_last_us;
    struct session_outcomes outcomes;
};

int pairing_walk(struct pairing *pairing, struct err *err);

#endif
