#include "rehearse/base/map.h"

#include <stdlib.h>
#include <string.h>

#include "rehearse/base/mem.h"

void map_release(struct map *map)
{
    free(map->slots);
    *map = (struct map)MAP_INIT;
}

void map_clear(struct map *map)
{
    if (map->slots)
        memset(map->slots, 0, map->cap * sizeof *map->slots);
    map->len = 0;
    map->has_zero = false;
}

/* Keys are mostly hashes already; the multiplication spreads those that are small numbers. */
static size_t first_place(const struct map *map, uint64_t key)
{
    return (size_t)((key * 0x9e3779b97f4a7c15u) >> 20) & (map->cap - 1);
}

static struct map_slot *find_slot(const struct map *map, uint64_t key)
{
    size_t i = first_place(map, key);
    while (map->slots[i].key != key && map->slots[i].key != 0)
        i = (i + 1) & (map->cap - 1);
    return &map->slots[i];
}

uint64_t *map_get(const struct map *map, uint64_t key)
{
    if (key == 0)
        return map->has_zero ? (uint64_t *)(uintptr_t)&map->zero_value : NULL;
    if (map->cap == 0)
        return NULL;
    struct map_slot *slot = find_slot(map, key);
    return slot->key ? &slot->value : NULL;
}

static void grow(struct map *map)
{
    struct map bigger = MAP_INIT;
    bigger.cap = map->cap ? map->cap * 2 : 64;
    bigger.slots = xcalloc(bigger.cap, sizeof *bigger.slots);
    for (size_t i = 0; i < map->cap; i++)
        if (map->slots[i].key)
            *find_slot(&bigger, map->slots[i].key) = map->slots[i];
    free(map->slots);
    map->slots = bigger.slots;
    map->cap = bigger.cap;
}

static uint64_t *put_zero(struct map *map, uint64_t fresh, bool *ret_new)
{
    bool made = !map->has_zero;
    if (made) {
        map->has_zero = true;
        map->zero_value = fresh;
    }
    if (ret_new)
        *ret_new = made;
    return &map->zero_value;
}

uint64_t *map_put(struct map *map, uint64_t key, uint64_t fresh, bool *ret_new)
{
    if (key == 0)
        return put_zero(map, fresh, ret_new);
    if ((map->len + 1) * 4 > map->cap * 3)
        grow(map);
    struct map_slot *slot = find_slot(map, key);
    bool made = slot->key == 0;
    if (made) {
        *slot = (struct map_slot){ key, fresh };
        map->len++;
    }
    if (ret_new)
        *ret_new = made;
    return &slot->value;
}
