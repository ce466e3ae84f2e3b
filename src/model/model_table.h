#ifndef REHEARSE_SRC_MODEL_MODEL_TABLE_H
#define REHEARSE_SRC_MODEL_MODEL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rehearse/base/auto.h"

/*
 * What a model holds: objects by number, found by key. An object is one line of
 * memory, so that a request that is answered touches two: its place in the index
 * and the object.
 */
struct object {
    uint64_t key;
    int64_t there_us;       /* when the fetch under way ends, or ended */
    int64_t fresh_until_us; /* the first moment at which it is stale */
    uint32_t answer;
    uint32_t next_answer; /* while refreshing: what comes at there_us, */
    uint32_t next_age_s;  /* and how old it will be */
    uint32_t bytes_low;   /* object_bytes() */
    uint32_t validator;
    uint32_t variant;      /* of the key's first object: which variant it is */
    uint32_t newer, older; /* in its queue, 0: none */
    uint32_t chain;        /* the next one of this place in the index, 0: none */
    uint8_t queue;
    uint8_t visits;
    uint8_t bytes_high;
    bool refreshing;
};

/* With the overhead of an object; at most MODEL_BYTES_MAX. */
static inline uint64_t object_bytes(const struct object *o)
{
    return (uint64_t)o->bytes_high << 32 | o->bytes_low;
}
static inline void object_set_bytes(struct object *o, uint64_t bytes)
{
    o->bytes_low = (uint32_t)bytes;
    o->bytes_high = (uint8_t)(bytes >> 32);
}

enum { OBJECT_CHUNK_LOG = 12, OBJECT_CHUNK = 1u << OBJECT_CHUNK_LOG };

struct model_table {
    struct object **chunks; /* owned; objects are numbered from 1 */
    size_t chunk_len, chunk_cap;
    uint32_t *index; /* owned; heads of chains */
    size_t index_len;
    uint32_t free; /* chain of free objects, 0: none */
    uint32_t used; /* how many numbers were given out */
    uint64_t objects;
};

void model_table_init(struct model_table *table);
void model_table_release(struct model_table *table);

static inline struct object *object_at(const struct model_table *table, uint32_t number)
{
    return &table->chunks[number >> OBJECT_CHUNK_LOG][number & (OBJECT_CHUNK - 1)];
}

static inline uint32_t model_table_find(const struct model_table *table, uint64_t key)
{
    uint32_t number = table->index[key & (table->index_len - 1)];
    while (number && object_at(table, number)->key != key)
        number = object_at(table, number)->chain;
    return number;
}

/* The place of a key in the index, then what lies there: two steps, some requests apart. */
static inline void model_table_fetch_place(const struct model_table *table, uint64_t key)
{
    __builtin_prefetch(&table->index[key & (table->index_len - 1)]);
}
static inline void model_table_fetch_object(const struct model_table *table, uint64_t key)
{
    uint32_t number = table->index[key & (table->index_len - 1)];
    if (number)
        __builtin_prefetch(object_at(table, number));
}

/* A zeroed object with that key, which must not be there. */
uint32_t model_table_add(struct model_table *table, uint64_t key);
void model_table_remove(struct model_table *table, uint32_t number);
/* Bytes of memory it takes. */
uint64_t model_table_memory(const struct model_table *table);

#endif
