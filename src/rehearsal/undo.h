#ifndef REHEARSE_REHEARSAL_UNDO_H
#define REHEARSE_REHEARSAL_UNDO_H

#include "rehearse/base/arena.h"
#include "rehearse/http/exchange.h"

/*
 * How to take a change back, where staging's answers say so. Nothing is ever sent of
 * it: it stands in the ledger for a person.
 */

/* "DELETE /items/9" for a 201 that names what it made; SPAN_NONE otherwise. */
struct span undo_of_created(const struct exchange *answered, struct arena *arena);
/*
 * The request that a page or a JSON answer offers for taking something out again:
 * "POST /cart/remove/9" of a form, "GET …" of a link, "request …" of a JSON member.
 * One that speaks of a cart is taken before others. SPAN_NONE when none is offered.
 */
struct span undo_offered(struct span body, struct arena *arena);

#endif
