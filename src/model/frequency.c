#include "frequency.h"

#include <stdlib.h>
#include <string.h>

#include "rehearse/base/mem.h"

/* ---- ghosts: a table of fingerprints with the number of the eviction that left them ---- */

enum { GHOST_WAYS = 4, GHOST_FIRST = 1024 };

struct ghost {
    uint32_t mark; /* 0: empty */
    uint32_t at;   /* the count of evictions then, cut to 32 bits */
};

struct ghosts {
    struct ghost *slots; /* owned */
    uint64_t sets;       /* a power of two; each has GHOST_WAYS slots */
    uint32_t now;
};

struct ghosts *ghosts_new(void)
{
    struct ghosts *g = xcalloc(1, sizeof *g);
    g->sets = GHOST_FIRST;
    g->slots = xcalloc(g->sets * GHOST_WAYS, sizeof *g->slots);
    return g;
}

void ghosts_free(struct ghosts *ghosts)
{
    if (!ghosts)
        return;
    free(ghosts->slots);
    free(ghosts);
}

static struct ghost *set_of(const struct ghosts *g, uint64_t key)
{
    return &g->slots[(key & (g->sets - 1)) * GHOST_WAYS];
}

static uint32_t mark_of(uint64_t key)
{
    return (uint32_t)(key >> 32) | 1;
}

/* What it knew is forgotten: that happens while a cache fills, not later. */
static void grow(struct ghosts *g)
{
    free(g->slots);
    g->sets *= 2;
    g->slots = xcalloc(g->sets * GHOST_WAYS, sizeof *g->slots);
}

void ghosts_add(struct ghosts *g, uint64_t key, uint64_t len)
{
    while (len > g->sets * GHOST_WAYS / 2)
        grow(g);
    struct ghost *set = set_of(g, key), *oldest = set;
    g->now++;
    for (struct ghost *s = set; s < set + GHOST_WAYS; s++)
        if (!s->mark || g->now - s->at > g->now - oldest->at)
            oldest = s;
    *oldest = (struct ghost){ mark_of(key), g->now };
}

bool ghosts_have(const struct ghosts *g, uint64_t key, uint64_t len)
{
    const struct ghost *set = set_of(g, key);
    for (const struct ghost *s = set; s < set + GHOST_WAYS; s++)
        if (s->mark == mark_of(key) && g->now - s->at <= len)
            return true;
    return false;
}

/* ---- sketch ---- */

enum { ROWS = 4, SKETCH_FIRST = 1024, COUNT_MAX = 15, SAMPLES_A_COUNTER = 10 };

struct sketch {
    uint8_t *counts; /* owned; ROWS rows */
    uint64_t len;    /* of a row, a power of two */
    uint64_t counted;
};

struct sketch *sketch_new(void)
{
    struct sketch *s = xcalloc(1, sizeof *s);
    s->len = SKETCH_FIRST;
    s->counts = xcalloc(s->len, ROWS);
    return s;
}

void sketch_free(struct sketch *sketch)
{
    if (!sketch)
        return;
    free(sketch->counts);
    free(sketch);
}

static uint8_t *count_at(const struct sketch *s, unsigned row, uint64_t key)
{
    uint64_t turned = key >> (13 * row) | key << (64 - 13 * row) % 64;
    return &s->counts[row * s->len +
                      ((turned * UINT64_C(0x9e3779b97f4a7c15)) >> 20 & (s->len - 1))];
}

static void age(struct sketch *s)
{
    for (uint64_t i = 0; i < s->len * ROWS; i++)
        s->counts[i] /= 2;
    s->counted /= 2;
}

void sketch_count(struct sketch *s, uint64_t key, uint64_t objects)
{
    if (objects > s->len) {
        free(s->counts);
        s->len *= 2;
        s->counts = xcalloc(s->len, ROWS);
        s->counted = 0;
    }
    for (unsigned row = 0; row < ROWS; row++) {
        uint8_t *count = count_at(s, row, key);
        *count = (uint8_t)(*count + (*count < COUNT_MAX));
    }
    if (++s->counted >= s->len * SAMPLES_A_COUNTER)
        age(s);
}

unsigned sketch_estimate(const struct sketch *s, uint64_t key)
{
    unsigned least = COUNT_MAX;
    for (unsigned row = 0; row < ROWS; row++)
        if (*count_at(s, row, key) < least)
            least = *count_at(s, row, key);
    return least;
}
