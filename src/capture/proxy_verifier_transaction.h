#ifndef REHEARSE_CAPTURE_PROXY_VERIFIER_TRANSACTION_H
#define REHEARSE_CAPTURE_PROXY_VERIFIER_TRANSACTION_H

#include "json_tree.h"
#include "rehearse/capture/source.h"

/*
 * One transaction of a Proxy Verifier replay file (written by hand, or by Traffic
 * Server's traffic_dump) into an exchange, or what is wrong with it. Of the four
 * messages a transaction may hold, the client's side counts: client-request and
 * proxy-response; the server's side stands in where the client's is missing.
 *
 * `protocol` is the session's protocol stack, or NULL. Everything is copied into
 * the arena.
 */
int transaction_read(struct source_item *item, const cJSON *transaction, const cJSON *protocol,
                     struct arena *arena);

/*
 * traffic_dump writes the value of a sensitive field (Cookie and Set-Cookie unless
 * told otherwise) as so many bytes of "0000000 0000001 0000002 ...". `short_too`
 * says whether a value too short to be sure of counts.
 */
bool value_is_filler(struct span value, bool short_too);

#endif
