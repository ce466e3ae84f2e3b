#ifndef REHEARSE_CACHE_CACHE_GROUPS_H
#define REHEARSE_CACHE_CACHE_GROUPS_H

#include "rehearse/http/field.h"

/*
 * Groups of stored responses (RFC 9875): Cache-Groups says which groups a response
 * belongs to, Cache-Group-Invalidation on the answer to an unsafe request which
 * ones it makes invalid. A group is of one origin, names are compared byte by byte,
 * and an invalidation by group does not go on to other groups (section 2.2.1).
 */
struct cache_groups {
    struct span *at; /* decoded, sorted, each once; in the arena, NULL when none */
    size_t len;
    unsigned faults; /* CACHE_GROUPS_… */
};

/* Why a field that was there counts for nothing. Bits of cache_groups.faults. */
enum {
    CACHE_GROUPS_NOT_STRUCTURED = 1u << 0, /* no list by RFC 9651 */
    CACHE_GROUPS_NOT_STRINGS = 1u << 1,    /* a member is no string: "scripts", not scripts */
    CACHE_GROUPS_SAFE_METHOD = 1u << 2,    /* invalidation on the answer to a safe request */
};
/* A sentence for a person about one of these bits; static. */
const char *cache_groups_fault_sentence(unsigned fault);

/* Read a field's value, its lines joined; SPAN_NONE is no group. `value` must live as long. */
struct cache_groups cache_groups_read(struct span value, struct arena *arena);
/* The groups that this response belongs to. */
struct cache_groups cache_groups_of(const struct http_fields *response, struct arena *arena);
/* The groups that this answer to a request of that method invalidates (section 3). */
struct cache_groups cache_groups_invalidated(const struct http_fields *response, struct span method,
                                             struct arena *arena);

/* Have both a group in common? */
bool cache_groups_meet(const struct cache_groups *a, const struct cache_groups *b);

#endif
