#include "model_table.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rehearse/base/mem.h"

enum { FIRST_INDEX = 1024 };

_Static_assert(sizeof(struct object) == 64, "an object is one line of memory");

void model_table_init(struct model_table *table)
{
    *table = (struct model_table){ .index_len = FIRST_INDEX };
    table->index = xcalloc(table->index_len, sizeof *table->index);
}

void model_table_release(struct model_table *table)
{
    for (size_t i = 0; i < table->chunk_len; i++)
        free(table->chunks[i]);
    free(table->chunks);
    free(table->index);
}

static void add_chunk(struct model_table *table)
{
    enum { LINE = 64 };
    table->chunks =
        array_room(table->chunks, &table->chunk_cap, table->chunk_len + 1, sizeof *table->chunks);
    struct object *chunk = aligned_alloc(LINE, OBJECT_CHUNK * sizeof *chunk);
    if (!chunk) {
        fprintf(stderr, "rehearse: out of memory\n");
        abort();
    }
    table->chunks[table->chunk_len++] = chunk;
}

static uint32_t take_number(struct model_table *table)
{
    uint32_t number = table->free;
    if (number) {
        table->free = object_at(table, number)->chain;
        return number;
    }
    assert(table->used < UINT32_MAX - 1);
    number = ++table->used; /* 0 stands for none */
    if (number >> OBJECT_CHUNK_LOG >= table->chunk_len)
        add_chunk(table);
    return number;
}

static void link_in(struct model_table *table, uint32_t number)
{
    struct object *o = object_at(table, number);
    uint32_t *place = &table->index[o->key & (table->index_len - 1)];
    o->chain = *place;
    *place = number;
}

/* Twice the places. Chains are walked old place by old place, so order depends on the keys alone.
 */
static void grow_index(struct model_table *table)
{
    uint32_t *old = table->index;
    size_t old_len = table->index_len;
    table->index_len *= 2;
    table->index = xcalloc(table->index_len, sizeof *table->index);
    for (size_t i = 0; i < old_len; i++)
        for (uint32_t next, number = old[i]; number; number = next) {
            next = object_at(table, number)->chain;
            link_in(table, number);
        }
    free(old);
}

uint32_t model_table_add(struct model_table *table, uint64_t key)
{
    if (table->objects >= table->index_len)
        grow_index(table);
    uint32_t number = take_number(table);
    struct object *o = object_at(table, number);
    *o = (struct object){ .key = key };
    link_in(table, number);
    table->objects++;
    return number;
}

void model_table_remove(struct model_table *table, uint32_t number)
{
    struct object *gone = object_at(table, number);
    uint32_t *link = &table->index[gone->key & (table->index_len - 1)];
    while (*link != number) {
        assert(*link);
        link = &object_at(table, *link)->chain;
    }
    *link = gone->chain;
    gone->chain = table->free;
    table->free = number;
    table->objects--;
}

uint64_t model_table_memory(const struct model_table *table)
{
    return table->chunk_len * (OBJECT_CHUNK * sizeof(struct object) + sizeof *table->chunks) +
           table->index_len * sizeof *table->index;
}
