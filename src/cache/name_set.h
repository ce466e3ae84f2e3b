#ifndef REHEARSE_SRC_CACHE_NAME_SET_H
#define REHEARSE_SRC_CACHE_NAME_SET_H

#include "rehearse/http/field.h"

/*
 * Field names out of lists such as Connection's, in any case. Sorted, because both the
 * lists and the fields that are looked up in them come from strangers: a thousand
 * names against a thousand fields is a thousand short searches. Names are borrowed.
 */
struct name_set {
    struct span *at; /* in the arena */
    size_t len, cap;
};

/* The members of a list; may be called for several. */
void name_set_add(struct name_set *set, struct span list, struct arena *arena);
/* When all are added. */
void name_set_close(struct name_set *set);
bool name_set_has(const struct name_set *set, struct span name);
/* Of all lines of that field. Closed. */
struct name_set name_set_listed(const struct http_fields *fields, struct span field,
                                struct arena *arena);
/* The names of the fields themselves. Closed. */
struct name_set name_set_of(const struct http_fields *fields, struct arena *arena);

#endif
