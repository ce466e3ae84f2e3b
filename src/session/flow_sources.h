#ifndef SRC_SESSION_FLOW_SOURCES_H
#define SRC_SESSION_FLOW_SOURCES_H

#include "flow_uses.h"

/*
 * What the answers of one session gave of the values that its requests carry: for each
 * value the latest answer by kind of place. Everything is in the arena.
 */
enum { RECORDS_A_VALUE = 24 };

struct source_record {
    uint32_t seq;     /* of the answer */
    uint32_t ordinal; /* of the place in its walk */
    enum value_place_kind kind;
    uint32_t part; /* link, location */
    uint64_t leaf; /* hash of the innermost name */
    uint64_t url;  /* link, location, input: hash of the template */
    uint64_t key;  /* of the value, for who was given it */
    struct noun noun;
    struct span text; /* of the place; SPAN_NONE until it is asked for */
};

struct carried_value {
    uint32_t last_use; /* seq of the last request that carries it */
    unsigned len, cap;
    struct source_record *records;
};

struct session_sources {
    struct map by_hash; /* value to index */
    struct carried_value *values;
    struct arena *arena;
};

/* For the values of `uses`. */
void session_sources_init(struct session_sources *ret, const struct uses *uses,
                          struct arena *arena);
void session_sources_release(struct session_sources *s);
/* NULL when no request carries it. */
struct carried_value *session_sources_find(const struct session_sources *s, uint64_t hash);
/* The place that holds this value, which a later request carries. */
void carried_value_add(struct carried_value *value, const struct source_record *record,
                       struct arena *arena);
/* The source of this use; NULL when no earlier answer gave the value in a fitting place. */
struct source_record *carried_value_source(const struct carried_value *value,
                                           const struct use *use);
/* The hash under which the innermost name of a place is kept. */
uint64_t leaf_hash(struct span leaf);

#endif
