#ifndef REHEARSE_REHEARSAL_LEDGER_H
#define REHEARSE_REHEARSAL_LEDGER_H

#include "rehearse/base/map.h"
#include "rehearse/compare/route.h"
#include "rehearse/rehearsal/ledger.h"
#include "rehearse/store/store.h"

/* Filling a ledger from a run file, session by session. */
struct write_ledger_filling {
    struct write_ledger *ledger;
    struct store *run;     /* bodies come from there; or NULL: no undo is looked for in them */
    struct routes *routes; /* settled */
    write_ledger_entry_fn *each; /* or NULL */
    void *ctx;
    struct map by_key;  /* of the lines; write_ledger_finish lets go of it */
    unsigned looked_at; /* bodies read in search of an undo */
};

/* The exchanges of one session of the run, in any order. */
int write_ledger_fill(struct write_ledger_filling *f, const struct exchange *x, size_t count);
/* At the end: lines in order, and what the airbag left in the run's facts. */
int write_ledger_finish(struct write_ledger_filling *f, struct err *err);

#endif
