#ifndef REHEARSE_SRC_REPLAY_ENTRY_H
#define REHEARSE_SRC_REPLAY_ENTRY_H

#include "journal.h"
#include "outgoing.h"
#include "plan.h"
#include "transport.h"

/*
 * The journal's entry of one exchange: what went out, and what came back or why
 * nothing did. `arena` is that of the batch.
 */

/*
 * An entry as far as the request goes: `out`, for the captured exchange `index` of
 * `planned`. What `out` borrows from the plan stays there (it is let go through the
 * journal); the rest is copied. The caller sets seq and start_us.
 */
struct exchange *entry_put(struct journal_batch *batch, const struct planned *planned, size_t index,
                           const struct outgoing *out);
/* It was not sent. `reason` and `sign` are static; `sign` may be NULL. */
void entry_not_sent(struct exchange *x, const char *reason, const char *sign, struct arena *arena);
/* What came back, copied; content coding undone, up to `body_max` bytes. */
void entry_answer(struct exchange *x, const struct transport_answer *answer, size_t body_max,
                  struct arena *arena);

#endif
