#include "flow_sightings.h"

#include <assert.h>
#include <stdlib.h>

#include "rehearse/base/mem.h"

enum { WAYS = 8 }; /* one line of the processor's cache */

struct sighting {
    uint32_t tag, who; /* who 0: empty */
};

struct sightings {
    struct sighting *at; /* owned */
    size_t sets;
};

struct sightings *sightings_new(size_t slots)
{
    assert(slots >= WAYS && (slots & (slots - 1)) == 0);
    struct sightings *s = xcalloc(1, sizeof *s);
    s->at = xcalloc(slots, sizeof *s->at);
    s->sets = slots / WAYS;
    return s;
}

void sightings_free(struct sightings *s)
{
    if (!s)
        return;
    free(s->at);
    free(s);
}

/* The slot of the key, an empty one for it, or NULL. */
static struct sighting *slot_of(const struct sightings *s, uint64_t key)
{
    struct sighting *set = &s->at[(key & (s->sets - 1)) * WAYS];
    uint32_t tag = (uint32_t)(key >> 32);
    for (int i = 0; i < WAYS; i++)
        if (set[i].who == 0 || set[i].tag == tag)
            return &set[i];
    return NULL;
}

static enum sighted state_of(const struct sighting *slot)
{
    if (!slot || slot->who == UINT32_MAX)
        return SIGHTED_SEVERAL;
    return slot->who ? SIGHTED_ONE : SIGHTED_NEVER;
}

enum sighted sightings_note(struct sightings *s, uint64_t key, uint32_t who,
                            enum sighted *ret_before)
{
    struct sighting *slot = slot_of(s, key);
    if (ret_before)
        *ret_before = state_of(slot);
    if (slot && slot->who == 0)
        *slot = (struct sighting){ (uint32_t)(key >> 32), who };
    else if (slot && slot->who != who)
        slot->who = UINT32_MAX;
    return state_of(slot);
}

enum sighted sightings_of(const struct sightings *s, uint64_t key, uint32_t *ret_who)
{
    const struct sighting *slot = slot_of(s, key);
    enum sighted state = state_of(slot);
    if (ret_who && state == SIGHTED_ONE)
        *ret_who = slot->who;
    return state;
}
