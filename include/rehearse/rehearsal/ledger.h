#ifndef REHEARSE_REHEARSAL_LEDGER_FACE_H
#define REHEARSE_REHEARSAL_LEDGER_FACE_H

#include "rehearse/base/err.h"
#include "rehearse/report/ledger.h"
#include "rehearse/store/store.h"

/* Each unsafe request as it is met; good during the call. Non-zero ends the walk. */
typedef int write_ledger_entry_fn(void *ctx, const struct write_ledger_entry *entry);

/* The ledger of a whole run file; `ret` zeroed, released by the caller. `each` may be NULL. */
int write_ledger_of_run(struct store *run, struct write_ledger *ret, write_ledger_entry_fn *each,
                        void *ctx, struct err *err);

#endif
