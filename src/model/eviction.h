#ifndef REHEARSE_SRC_MODEL_EVICTION_H
#define REHEARSE_SRC_MODEL_EVICTION_H

#include "model_table.h"
#include "rehearse/model/model.h"

/*
 * Which object goes when there is no room. Each kind keeps the objects in queues of
 * its own, linked through the objects themselves, newest to oldest.
 */
struct queue {
    uint32_t newest, oldest; /* 0: empty */
    uint64_t weight;         /* of all in it */
};

enum { EVICTION_QUEUES = 256 }; /* LFU has one for each count */

struct eviction {
    const struct eviction_kind *kind;
    struct model_table *table; /* borrowed */
    uint64_t capacity;         /* in bytes, or in objects */
    bool by_objects;
    struct queue queues[EVICTION_QUEUES];
    uint32_t hand; /* SIEVE */
    uint32_t lowest;
    struct ghosts *ghosts; /* owned; S3-FIFO */
    struct sketch *sketch; /* owned; W-TinyLFU */
};

struct eviction_kind {
    const char *name;
    void (*open)(struct eviction *e);                  /* NULL: nothing to do */
    void (*add)(struct eviction *e, uint32_t number);  /* a new object */
    void (*seen)(struct eviction *e, uint64_t key);    /* a request, found or not; NULL */
    void (*hit)(struct eviction *e, uint32_t number);  /* it was asked for again */
    uint32_t (*victim)(struct eviction *e);            /* the next to go; the caller drops it */
    void (*gone)(struct eviction *e, uint32_t number); /* before it leaves its queue; NULL */
};

extern const struct eviction_kind eviction_s3fifo, eviction_tinylfu;

/* `eviction` may be a zeroed struct; capacity in objects when `by_objects`. */
void eviction_init(struct eviction *e, enum model_eviction kind, struct model_table *table,
                   uint64_t capacity, bool by_objects);
void eviction_release(struct eviction *e);
void eviction_drop(struct eviction *e, uint32_t number);
/* Its size is another one now. */
void eviction_resize(struct eviction *e, uint32_t number, uint64_t bytes);

/* ---- for the kinds ---- */
void queue_push(struct eviction *e, unsigned queue, uint32_t number);
void queue_take(struct eviction *e, uint32_t number);

#endif
