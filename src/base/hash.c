#include "rehearse/base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t hash64(struct span bytes)
{
    return XXH3_64bits(bytes.ptr, bytes.len);
}

uint64_t hash64_seeded(struct span bytes, uint64_t seed)
{
    return XXH3_64bits_withSeed(bytes.ptr, bytes.len, seed);
}

uint64_t hash_mix(uint64_t h, uint64_t next)
{
    h ^= next + 0x9e3779b97f4a7c15u + (h << 6) + (h >> 2);
    h ^= h >> 30;
    h *= 0xbf58476d1ce4e5b9u;
    h ^= h >> 27;
    h *= 0x94d049bb133111ebu;
    return h ^ (h >> 31);
}

struct hash128 hash128(struct span bytes)
{
    XXH128_hash_t h = XXH3_128bits(bytes.ptr, bytes.len);
    return (struct hash128){ h.low64, h.high64 };
}
