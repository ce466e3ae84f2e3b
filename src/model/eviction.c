/* The queues, and the kinds that need nothing else: LRU, FIFO, LFU, SIEVE. */
#include "eviction.h"

#include <assert.h>
#include <stdlib.h>

#include "frequency.h"

static uint64_t weight_of(const struct eviction *e, uint32_t number)
{
    return e->by_objects ? 1 : object_bytes(object_at(e->table, number));
}

void queue_push(struct eviction *e, unsigned queue, uint32_t number)
{
    struct queue *q = &e->queues[queue];
    struct object *o = object_at(e->table, number);
    o->queue = (uint8_t)queue;
    o->newer = 0;
    o->older = q->newest;
    if (q->newest)
        object_at(e->table, q->newest)->newer = number;
    else
        q->oldest = number;
    q->newest = number;
    q->weight += weight_of(e, number);
}

void queue_take(struct eviction *e, uint32_t number)
{
    const struct object *o = object_at(e->table, number);
    struct queue *q = &e->queues[o->queue];
    if (o->newer)
        object_at(e->table, o->newer)->older = o->older;
    else
        q->newest = o->older;
    if (o->older)
        object_at(e->table, o->older)->newer = o->newer;
    else
        q->oldest = o->newer;
    q->weight -= weight_of(e, number);
}

static void push_first(struct eviction *e, uint32_t number)
{
    queue_push(e, 0, number);
}

static uint32_t oldest(struct eviction *e)
{
    return e->queues[0].oldest;
}

static void to_front(struct eviction *e, uint32_t number)
{
    if (e->queues[0].newest == number)
        return;
    queue_take(e, number);
    queue_push(e, 0, number);
}

static void stay(struct eviction *e, uint32_t number)
{
    (void)e;
    (void)number;
}

/* ---- LFU: a queue for each count of visits; the highest count is where counting ends ---- */

static void lfu_add(struct eviction *e, uint32_t number)
{
    queue_push(e, 0, number);
    e->lowest = 0;
}

static void lfu_hit(struct eviction *e, uint32_t number)
{
    unsigned queue = object_at(e->table, number)->queue;
    queue_take(e, number);
    queue_push(e, queue + 1 < EVICTION_QUEUES ? queue + 1 : queue, number);
}

static uint32_t lfu_victim(struct eviction *e)
{
    while (e->lowest + 1 < EVICTION_QUEUES && !e->queues[e->lowest].oldest)
        e->lowest++;
    return e->queues[e->lowest].oldest;
}

/* ---- SIEVE: one queue, never reordered; a hand goes from old to new and spares the visited ----
 */

static void sieve_hit(struct eviction *e, uint32_t number)
{
    object_at(e->table, number)->visits = 1;
}

static uint32_t sieve_victim(struct eviction *e)
{
    uint32_t number = e->hand ? e->hand : e->queues[0].oldest;
    while (object_at(e->table, number)->visits) {
        object_at(e->table, number)->visits = 0;
        number = object_at(e->table, number)->newer;
        if (!number)
            number = e->queues[0].oldest;
    }
    e->hand = number;
    return number;
}

static void sieve_gone(struct eviction *e, uint32_t number)
{
    if (e->hand == number)
        e->hand = object_at(e->table, number)->newer;
}

static const struct eviction_kind
    lru = { .name = "lru", .add = push_first, .hit = to_front, .victim = oldest },
    fifo = { .name = "fifo", .add = push_first, .hit = stay, .victim = oldest },
    lfu = { .name = "lfu", .add = lfu_add, .hit = lfu_hit, .victim = lfu_victim },
    sieve = { .name = "sieve",
              .add = push_first,
              .hit = sieve_hit,
              .victim = sieve_victim,
              .gone = sieve_gone };

static const struct eviction_kind *const kinds[EVICTIONS] = {
    [EVICTION_LRU] = &lru,
    [EVICTION_FIFO] = &fifo,
    [EVICTION_LFU] = &lfu,
    [EVICTION_SIEVE] = &sieve,
    [EVICTION_S3FIFO] = &eviction_s3fifo,
    [EVICTION_TINYLFU] = &eviction_tinylfu,
};

const char *model_eviction_name(enum model_eviction eviction)
{
    return kinds[eviction]->name;
}

bool model_eviction_parse(struct span name, enum model_eviction *ret)
{
    for (size_t i = 0; i < EVICTIONS; i++)
        if (span_ieq(name, span_of(kinds[i]->name))) {
            *ret = (enum model_eviction)i;
            return true;
        }
    return false;
}

void eviction_init(struct eviction *e, enum model_eviction kind, struct model_table *table,
                   uint64_t capacity, bool by_objects)
{
    *e = (struct eviction){
        .kind = kinds[kind], .table = table, .capacity = capacity, .by_objects = by_objects
    };
    if (e->kind->open)
        e->kind->open(e);
}

void eviction_release(struct eviction *e)
{
    ghosts_free(e->ghosts);
    sketch_free(e->sketch);
}

void eviction_drop(struct eviction *e, uint32_t number)
{
    if (e->kind->gone)
        e->kind->gone(e, number);
    queue_take(e, number);
}

void eviction_resize(struct eviction *e, uint32_t number, uint64_t bytes)
{
    struct object *o = object_at(e->table, number);
    if (!e->by_objects)
        e->queues[o->queue].weight += bytes - object_bytes(o);
    object_set_bytes(o, bytes);
}
