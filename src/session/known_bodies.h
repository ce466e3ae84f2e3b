#ifndef REHEARSE_SESSION_KNOWN_BODIES_H
#define REHEARSE_SESSION_KNOWN_BODIES_H

#include "rehearse/base/hash.h"

/*
 * Bodies that were read to the end and held nothing, by their hash: a page that
 * every session asks for is read once. The last ones are remembered, in a table of
 * fixed size.
 */
enum {
    KNOWN_BODIES_SLOTS = 4096,
    KNOWN_BODIES_SHORTEST = 256, /* a shorter one is read as fast as it is hashed */
};

struct known_bodies {
    struct hash128 at[KNOWN_BODIES_SLOTS]; /* all zero: empty */
};

/* The name of a body; the same bytes under another Content-Type are another body. */
static inline struct hash128 known_bodies_key(struct span body, struct span content_type)
{
    struct hash128 key = hash128(body);
    key.low = hash_mix(key.low, hash64(content_type));
    return key;
}

static inline bool known_bodies_has(const struct known_bodies *known, struct hash128 key)
{
    const struct hash128 *slot = &known->at[key.high % KNOWN_BODIES_SLOTS];
    return slot->low == key.low && slot->high == key.high;
}

static inline void known_bodies_add(struct known_bodies *known, struct hash128 key)
{
    known->at[key.high % KNOWN_BODIES_SLOTS] = key;
}

#endif
