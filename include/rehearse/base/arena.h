#ifndef REHEARSE_BASE_ARENA_H
#define REHEARSE_BASE_ARENA_H

#include <stddef.h>

#include "rehearse/base/auto.h"
#include "rehearse/base/span.h"

/*
 * Memory of one lifetime: everything an exchange needs comes from its arena and
 * dies with it. Not for sharing between threads.
 */
struct arena_chunk;

struct arena {
    struct arena_chunk *chunks; /* owned, newest first */
    char *at;                   /* into chunks */
    size_t left;
    size_t used; /* bytes handed out since the last clear */
};

#define ARENA_INIT                                                                                 \
    {                                                                                              \
        NULL, NULL, 0, 0                                                                           \
    }

/* Aligned for any type, not zeroed. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_calloc(struct arena *arena, size_t count, size_t size);
/* A copy, with a NUL behind that the length does not count. SPAN_NONE stays none. */
struct span arena_copy(struct arena *arena, struct span s);
/* The same in ASCII lower case. */
struct span arena_copy_lower(struct arena *arena, struct span s);
struct span arena_printf(struct arena *arena, const char *format, ...) PRINTF(2, 3);
/* Forget everything, keep one chunk for reuse. */
void arena_clear(struct arena *arena);
void arena_release(struct arena *arena);

#endif
