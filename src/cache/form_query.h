#ifndef REHEARSE_CACHE_FORM_QUERY_H
#define REHEARSE_CACHE_FORM_QUERY_H

#include "rehearse/base/arena.h"
#include "rehearse/base/span.h"

/*
 * A query as the application/x-www-form-urlencoded parser of the WHATWG's URL
 * standard reads it: names and values, decoded to UTF-8, U+FFFD where it was none.
 */
struct form_pair {
    struct span name;
    struct span value; /* empty, never none, without '=' */
    size_t place;      /* in the query, from 0 */
};

struct form_query {
    struct form_pair *at; /* in the arena */
    size_t len;
};

/* Empty pieces between '&' are dropped; SPAN_NONE is no pair. */
struct form_query form_query_parse(struct span query, struct arena *arena);
/* By name; pairs of one name keep their order. */
void form_query_sort(struct form_query *query);
/* One name or value: '+' and %XX undone, then UTF-8 made of it. */
struct span form_decode(struct span s, struct arena *arena);

#endif
