#ifndef REHEARSE_SESSION_BINDING_H
#define REHEARSE_SESSION_BINDING_H

#include "rehearse/http/exchange.h"

/*
 * Values a response gave and a later request of the same session carries back.
 * This is the part found by well-known names (CSRF tokens of the frameworks,
 * cdn.md E.3): they are read from staging's own responses (hidden inputs, meta
 * tags, JSON members, cookies) and put where the recorded request had production's.
 */
struct bindings; /* of one session */

struct bindings *bindings_new(void);
void bindings_free(struct bindings *bindings);
/*
 * Bodies that hand nothing out, remembered by their hash (64 kB), so that a page
 * which every session asks for is read once. Not for sharing between threads: one
 * for the sessions of a shard, which bindings_share tells them of. It outlives them.
 */
struct barren_bodies;
struct barren_bodies *barren_bodies_new(void);
void barren_bodies_free(struct barren_bodies *barren);
/* Optional; NULL ends it. */
void bindings_share(struct bindings *bindings, struct barren_bodies *barren);
/* Learn from a response of staging (body decoded). */
void bindings_learn(struct bindings *bindings, const struct exchange *answered);
/*
 * Rewrite tokens in a request about to be sent: fields, query, form and JSON
 * bodies. Changed parts are in `arena`. Returns how many known token places hold a
 * pseudonym for which staging gave nothing yet.
 * Call it while the request's Cookie line is still the recorded one: it tells which
 * field is the copy of which cookie. The Cookie line itself is the jar's business.
 */
unsigned bindings_apply(const struct bindings *bindings, struct http_request *request,
                        struct arena *arena);
/* Is this the name of a token field, header or input? */
bool binding_is_token_name(struct span name);

AUTO_FREE(struct bindings, bindings_free);
AUTO_FREE(struct barren_bodies, barren_bodies_free);

#endif
