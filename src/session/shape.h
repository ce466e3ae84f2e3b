#ifndef REHEARSE_SESSION_SHAPE_H
#define REHEARSE_SESSION_SHAPE_H

#include "rehearse/base/span.h"

/*
 * Does this value look drawn at random (session ids, hashes, JWTs, UUIDs, long
 * numbers), as against a word somebody chose ("de-AT", "dark", "summer-sale-b")?
 * In doubt yes: what looks random is never kept.
 */
bool looks_random(struct span value);

#endif
