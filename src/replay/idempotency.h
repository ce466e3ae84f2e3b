#ifndef REHEARSE_SRC_REPLAY_IDEMPOTENCY_H
#define REHEARSE_SRC_REPLAY_IDEMPOTENCY_H

#include "rehearse/http/exchange.h"

/*
 * Idempotency keys renewed: a key that staging has seen in an earlier run would be
 * answered from memory, or refused with 409 or 422 (draft-ietf-httpapi-idempotency-key-header).
 * The new key is made of the run and the captured key alone, so what was one key
 * stays one key, retries and resumes included. It has the captured one's form:
 * quoted or bare, UUID (then of version 5's form), hexadecimal, letters and digits.
 */

/* In the fields (Idempotency-Key, X-Idempotency-Key, PayPal-Request-Id) and in the members of a
 * JSON or form body that are called so (Square's idempotency_key). New texts are in `arena`. */
void idempotency_renew(struct http_request *wire, uint64_t run_seed, struct arena *arena);

/* One key. Borrowed when there is nothing in it to renew. */
struct span idempotency_key(struct span captured, uint64_t run_seed, struct arena *arena);

#endif
