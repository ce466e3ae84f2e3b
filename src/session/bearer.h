#ifndef REHEARSE_SESSION_BEARER_H
#define REHEARSE_SESSION_BEARER_H

#include "rehearse/base/span.h"

/*
 * Whom an Authorization value speaks for, as a hash: of the session or subject a
 * JWT names (sid, sub; the signature is not looked at: nothing is trusted here),
 * so that a renewed token is the same visitor; of the user name of Basic, never of
 * the password; of the credential itself otherwise. 0 when the value says nothing.
 */
uint64_t bearer_hash(struct span authorization);
/*
 * Of the session that a JWT names (sid); 0 when it is none or names none. For
 * cookies that scripts renew every minute, with no Set-Cookie to follow (Clerk).
 */
uint64_t jwt_session_hash(struct span token);

struct value_at;
/* Every top-level claim of a JWT that is a string or a number; false from fn ends it. */
typedef bool jwt_claim_fn(void *ctx, struct span name, struct span value,
                          const struct value_at *at);
void jwt_each_claim(struct span token, jwt_claim_fn *fn, void *ctx, const struct value_at *at);

#endif
