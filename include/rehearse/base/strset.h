#ifndef REHEARSE_BASE_STRSET_H
#define REHEARSE_BASE_STRSET_H

#include "rehearse/base/arena.h"
#include "rehearse/base/map.h"
#include "rehearse/base/span.h"

/*
 * Interned texts: equal bytes get equal small numbers, 0, 1, 2, … in order of
 * arrival. Owns copies of the texts. Collisions of the hash are told apart.
 */
struct strset {
    struct arena arena;
    struct map by_hash;
    struct span *texts; /* owned array, texts in the arena; index is the number */
    size_t len;
    size_t cap;
};

#define STRSET_INIT                                                                                \
    {                                                                                              \
        ARENA_INIT, MAP_INIT, NULL, 0, 0                                                           \
    }
#define STRSET_ABSENT UINT32_MAX

void strset_release(struct strset *set);
/* The number of `text`, added when new. */
uint32_t strset_add(struct strset *set, struct span text);
/* STRSET_ABSENT when not there. */
uint32_t strset_find(const struct strset *set, struct span text);

static inline struct span strset_text(const struct strset *set, uint32_t number)
{
    return set->texts[number];
}

#endif
