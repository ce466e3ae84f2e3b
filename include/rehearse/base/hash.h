#ifndef REHEARSE_BASE_HASH_H
#define REHEARSE_BASE_HASH_H

#include <stdint.h>

#include "rehearse/base/span.h"

/*
 * Fast hashes (xxHash XXH3), the same on every machine. No secret is safe in
 * one: pseudonyms are keyed and live in session/credential.h.
 */
uint64_t hash64(struct span bytes);
uint64_t hash64_seeded(struct span bytes, uint64_t seed);
/* Order matters: mix(mix(0, a), b). */
uint64_t hash_mix(uint64_t h, uint64_t next);

struct hash128 {
    uint64_t low, high;
};
/* Wide enough to stand for the bytes themselves: no two bodies meet by chance. */
struct hash128 hash128(struct span bytes);

#endif
