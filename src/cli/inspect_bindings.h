#ifndef SRC_CLI_INSPECT_BINDINGS_H
#define SRC_CLI_INSPECT_BINDINGS_H

#include "rehearse/store/store.h"

/*
 * Which values of the requests came out of earlier answers of their session: the graph
 * of each of the first `most` sessions that have bindings, or of the session `only`
 * (hex digits, as inspect shows them; NULL: none in particular), then totals over all
 * of the capture. On stdout; as one JSON object with `json`.
 */
int inspect_bindings(struct store *store, const char *only, unsigned most, bool json,
                     struct err *err);

/*
 * Two recordings of one journey: their sessions held against each other in the order
 * they began, and every place of a request that varies, with the binding that covers it.
 */
int inspect_journeys(struct store *store, struct store *against, bool json, struct err *err);

/* Up to 16 hex digits; E_USAGE otherwise. */
int session_number(const char *text, uint64_t *ret, struct err *err);

#endif
