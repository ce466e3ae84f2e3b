#ifndef SIMULATE_TIMELINE_H
#define SIMULATE_TIMELINE_H

#include "rehearse/model/model_reader.h"

/*
 * Requests of overlapping sessions in order of time. Sessions come as they began,
 * so what is earlier than the next session's start can go; what waits are the
 * requests of the sessions under way.
 */
struct step {
    struct model_request sides[2];        /* as production answered, as staging did */
    uint64_t invalid[2][INVALIDATED_MAX]; /* places that it makes invalid; 0: none */
    uint32_t node;                        /* a hash of the visitor */
    enum cache_outcome logged;
};

struct place {
    int64_t at_us;
    uint64_t order; /* as they came: for those of the same moment */
    uint32_t slot;
};

struct timeline {
    struct step *slots; /* owned */
    struct place *heap; /* owned; the earliest first */
    uint32_t *free;     /* owned; slots not in use */
    size_t slot_len, slot_cap, heap_len, heap_cap, free_len, free_cap;
    uint64_t order;
};

void timeline_release(struct timeline *timeline);
void timeline_add(struct timeline *timeline, const struct step *step);
/* The next step that is earlier than `before_us`; false when none is. */
bool timeline_next(struct timeline *timeline, int64_t before_us, struct step *ret);

#endif
