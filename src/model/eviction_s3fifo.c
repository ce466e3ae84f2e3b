/*
 * S3-FIFO: what is new waits in a small queue; only what is asked for there again
 * goes to the main one. Who was thrown out of the small queue lately goes to the
 * main one at once.
 */
#include "eviction.h"
#include "frequency.h"

enum { SMALL, MAIN };
enum { SMALL_PERCENT = 10, VISITS_MAX = 3 };

static void open_queues(struct eviction *e)
{
    e->ghosts = ghosts_new();
}

static void add(struct eviction *e, uint32_t number)
{
    bool known = ghosts_have(e->ghosts, object_at(e->table, number)->key, e->table->objects);
    queue_push(e, known ? MAIN : SMALL, number);
}

static void hit(struct eviction *e, uint32_t number)
{
    struct object *o = object_at(e->table, number);
    o->visits = (uint8_t)(o->visits + (o->visits < VISITS_MAX));
}

static void move(struct eviction *e, uint32_t number, uint8_t visits)
{
    queue_take(e, number);
    object_at(e->table, number)->visits = visits;
    queue_push(e, MAIN, number);
}

/* The oldest of the small queue that was not asked for again, or 0. */
static uint32_t from_small(struct eviction *e)
{
    uint32_t number;
    while ((number = e->queues[SMALL].oldest) && object_at(e->table, number)->visits > 1)
        move(e, number, 0);
    if (number)
        ghosts_add(e->ghosts, object_at(e->table, number)->key, e->table->objects);
    return number;
}

static uint32_t from_main(struct eviction *e)
{
    uint32_t number;
    while ((number = e->queues[MAIN].oldest) && object_at(e->table, number)->visits)
        move(e, number, (uint8_t)(object_at(e->table, number)->visits - 1));
    return number;
}

static uint32_t victim(struct eviction *e)
{
    bool full = e->queues[SMALL].weight > e->capacity / 100 * SMALL_PERCENT;
    uint32_t number = full || !e->queues[MAIN].oldest ? from_small(e) : 0;
    if (!number)
        number = from_main(e);
    return number ? number : from_small(e);
}

const struct eviction_kind eviction_s3fifo = {
    .name = "s3fifo", .open = open_queues, .add = add, .hit = hit, .victim = victim
};
