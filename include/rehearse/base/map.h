#ifndef REHEARSE_BASE_MAP_H
#define REHEARSE_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A hash map from 64-bit keys (usually a hash64 of the thing) to 64-bit values.
 * Open addressing; no removal, so that a walk in slot order is cheap. For text
 * keys, see strmap below.
 */
struct map_slot {
    uint64_t key;
    uint64_t value;
};

struct map {
    struct map_slot
        *slots; /* owned; key 0 is an empty slot, the true key 0 has a place of its own */
    size_t cap; /* a power of two, or 0 */
    size_t len;
    bool has_zero;
    uint64_t zero_value;
};

#define MAP_INIT                                                                                   \
    {                                                                                              \
        NULL, 0, 0, false, 0                                                                       \
    }

void map_release(struct map *map);
void map_clear(struct map *map);
/* NULL when absent. The pointer is good until the next map_put. */
uint64_t *map_get(const struct map *map, uint64_t key);
/* The value's place, made with `fresh` when the key was absent; *ret_new may be NULL. */
uint64_t *map_put(struct map *map, uint64_t key, uint64_t fresh, bool *ret_new);

#endif
