#include "rehearse/base/strset.h"

#include <stdlib.h>

#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"

void strset_release(struct strset *set)
{
    arena_release(&set->arena);
    map_release(&set->by_hash);
    free(set->texts);
    *set = (struct strset)STRSET_INIT;
}

/* Two texts with one hash: the later one is filed under the hash of the hash, and so on. */
uint32_t strset_find(const struct strset *set, struct span text)
{
    uint64_t h = hash64(text);
    for (;;) {
        const uint64_t *number = map_get(&set->by_hash, h);
        if (!number)
            return STRSET_ABSENT;
        if (span_eq(set->texts[*number], text))
            return (uint32_t)*number;
        h = hash_mix(h, 1);
    }
}

uint32_t strset_add(struct strset *set, struct span text)
{
    uint64_t h = hash64(text);
    bool made;
    for (;;) {
        uint64_t *number = map_put(&set->by_hash, h, set->len, &made);
        if (made)
            break;
        if (span_eq(set->texts[*number], text))
            return (uint32_t)*number;
        h = hash_mix(h, 1);
    }
    set->texts = array_room(set->texts, &set->cap, set->len + 1, sizeof *set->texts);
    set->texts[set->len] = arena_copy(&set->arena, text.ptr ? text : SPAN(""));
    return (uint32_t)set->len++;
}
