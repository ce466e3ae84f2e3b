/*
 * W-TinyLFU: a small LRU window takes what is new; what leaves it enters the main
 * part only when it is asked for more often than what it would drive out. The main
 * part is an LRU of two: on probation, and protected.
 */
#include "eviction.h"
#include "frequency.h"

enum { WINDOW, PROBATION, PROTECTED };
enum { WINDOW_PERCENT = 1, PROTECTED_PERCENT = 79 };

static void open_queues(struct eviction *e)
{
    e->sketch = sketch_new();
}

static void add(struct eviction *e, uint32_t number)
{
    queue_push(e, WINDOW, number);
}

static void seen(struct eviction *e, uint64_t key)
{
    sketch_count(e->sketch, key, e->table->objects);
}

static uint64_t percent_of(const struct eviction *e, unsigned percent)
{
    return e->capacity * percent / 100;
}

static void move(struct eviction *e, uint32_t number, unsigned queue)
{
    queue_take(e, number);
    queue_push(e, queue, number);
}

static void hit(struct eviction *e, uint32_t number)
{
    unsigned queue = object_at(e->table, number)->queue;
    move(e, number, queue == PROBATION ? PROTECTED : queue);
    while (e->queues[PROTECTED].weight > percent_of(e, PROTECTED_PERCENT) &&
           e->queues[PROTECTED].oldest != e->queues[PROTECTED].newest)
        move(e, e->queues[PROTECTED].oldest, PROBATION);
}

static unsigned asked(const struct eviction *e, uint32_t number)
{
    return sketch_estimate(e->sketch, object_at(e->table, number)->key);
}

static uint32_t main_victim(const struct eviction *e)
{
    return e->queues[PROBATION].oldest ? e->queues[PROBATION].oldest : e->queues[PROTECTED].oldest;
}

/* While the main part has room, what leaves the window enters it without a contest. */
static void fill_main(struct eviction *e)
{
    uint64_t window = percent_of(e, WINDOW_PERCENT);
    while (e->queues[WINDOW].weight > window && e->queues[WINDOW].oldest &&
           e->queues[PROBATION].weight + e->queues[PROTECTED].weight + window < e->capacity)
        move(e, e->queues[WINDOW].oldest, PROBATION);
}

static uint32_t victim(struct eviction *e)
{
    fill_main(e);
    uint32_t candidate = e->queues[WINDOW].oldest, other = main_victim(e);
    if (!candidate || !other)
        return candidate ? candidate : other;
    if (e->queues[WINDOW].weight <= percent_of(e, WINDOW_PERCENT))
        return other;
    if (asked(e, candidate) <= asked(e, other))
        return candidate;
    move(e, candidate, PROBATION);
    return other;
}

const struct eviction_kind eviction_tinylfu = {
    .name = "tinylfu", .open = open_queues, .add = add, .seen = seen, .hit = hit, .victim = victim
};
