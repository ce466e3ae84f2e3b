#include "visitors.h"

#include <assert.h>
#include <stdlib.h>

#include "rehearse/base/mem.h"

/* 8 MB when all of it is used, for 262144 visitors. */
enum { WAYS = 8, SETS = 32768 };

/* The keys of a set share one cache line. */
struct set {
    uint64_t keys[WAYS]; /* 0 is an empty place */
    struct visit visits[WAYS];
};

struct visitors {
    struct set *sets; /* owned */
};

struct visitors *visitors_new(void)
{
    struct visitors *v = xcalloc(1, sizeof *v);
    v->sets = xcalloc(SETS, sizeof *v->sets);
    return v;
}

void visitors_free(struct visitors *v)
{
    if (!v)
        return;
    free(v->sets);
    free(v);
}

static struct set *set_of(struct visitors *v, uint64_t key)
{
    return &v->sets[(key >> 16) % SETS];
}

struct visit *visitors_find(struct visitors *v, uint64_t key)
{
    struct set *set = set_of(v, key);
    for (size_t i = 0; i < WAYS; i++)
        if (set->keys[i] == key)
            return &set->visits[i];
    return NULL;
}

struct visit *visitors_put(struct visitors *v, uint64_t key)
{
    assert(key != 0);
    struct visit *found = visitors_find(v, key);
    if (found)
        return found;
    struct set *set = set_of(v, key);
    size_t oldest = 0;
    for (size_t i = 0; i < WAYS && set->keys[oldest]; i++)
        if (set->keys[i] == 0 || set->visits[i].last_us < set->visits[oldest].last_us)
            oldest = i;
    set->keys[oldest] = key;
    set->visits[oldest] = (struct visit){ 0, 0, 0 };
    return &set->visits[oldest];
}
