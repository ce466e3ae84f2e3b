#include "timeline.h"

#include <stdlib.h>

#include "rehearse/base/mem.h"

void timeline_release(struct timeline *timeline)
{
    free(timeline->slots);
    free(timeline->heap);
    free(timeline->free);
}

static bool earlier(const struct place *a, const struct place *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static void sift_up(struct timeline *t, size_t at)
{
    struct place place = t->heap[at];
    while (at && earlier(&place, &t->heap[(at - 1) / 2])) {
        t->heap[at] = t->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    t->heap[at] = place;
}

static void sift_down(struct timeline *t, struct place place)
{
    size_t at = 0, child;
    while ((child = 2 * at + 1) < t->heap_len) {
        if (child + 1 < t->heap_len && earlier(&t->heap[child + 1], &t->heap[child]))
            child++;
        if (!earlier(&t->heap[child], &place))
            break;
        t->heap[at] = t->heap[child];
        at = child;
    }
    t->heap[at] = place;
}

static uint32_t take_slot(struct timeline *t)
{
    if (t->free_len)
        return t->free[--t->free_len];
    t->slots = array_room(t->slots, &t->slot_cap, t->slot_len + 1, sizeof *t->slots);
    return (uint32_t)t->slot_len++;
}

void timeline_add(struct timeline *t, const struct step *step)
{
    uint32_t slot = take_slot(t);
    t->slots[slot] = *step;
    t->heap = array_room(t->heap, &t->heap_cap, t->heap_len + 1, sizeof *t->heap);
    t->heap[t->heap_len] = (struct place){ step->sides[0].at_us, t->order++, slot };
    sift_up(t, t->heap_len++);
}

bool timeline_next(struct timeline *t, int64_t before_us, struct step *ret)
{
    if (t->heap_len == 0 || t->heap[0].at_us >= before_us)
        return false;
    uint32_t slot = t->heap[0].slot;
    *ret = t->slots[slot];
    t->free = array_room(t->free, &t->free_cap, t->free_len + 1, sizeof *t->free);
    t->free[t->free_len++] = slot;
    struct place last = t->heap[--t->heap_len];
    if (t->heap_len)
        sift_down(t, last);
    return true;
}
