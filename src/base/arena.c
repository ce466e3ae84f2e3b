#include "rehearse/base/arena.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "rehearse/base/mem.h"

enum { CHUNK_BYTES = 8192 };

struct arena_chunk {
    struct arena_chunk *next;
    size_t size;
    max_align_t bytes[];
};

static void add_chunk(struct arena *arena, size_t size)
{
    size_t bytes = size > CHUNK_BYTES ? size : CHUNK_BYTES;
    struct arena_chunk *chunk = xmalloc(sizeof *chunk + bytes);
    chunk->size = bytes;
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    arena->at = (char *)chunk->bytes;
    arena->left = bytes;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t align = _Alignof(max_align_t);
    size = (size + align - 1) & ~(align - 1);
    if (size == 0)
        size = align;
    if (size > arena->left)
        add_chunk(arena, size);
    char *given = arena->at;
    arena->at += size;
    arena->left -= size;
    arena->used += size;
    return given;
}

void *arena_calloc(struct arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        abort();
    return memset(arena_alloc(arena, bytes), 0, bytes);
}

struct span arena_copy(struct arena *arena, struct span s)
{
    if (!s.ptr)
        return SPAN_NONE;
    char *copy = arena_alloc(arena, s.len + 1);
    memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    return span_make(copy, s.len);
}

struct span arena_copy_lower(struct arena *arena, struct span s)
{
    if (!s.ptr)
        return SPAN_NONE;
    char *copy = arena_alloc(arena, s.len + 1);
    for (size_t i = 0; i < s.len; i++)
        copy[i] = char_lower(s.ptr[i]);
    copy[s.len] = '\0';
    return span_make(copy, s.len);
}

struct span arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = arena_alloc(arena, (size_t)len + 1);
    va_start(args, format);
    vsnprintf(text, (size_t)len + 1, format, args);
    va_end(args);
    return span_make(text, (size_t)len);
}

static void free_chunks(struct arena_chunk *chunk)
{
    while (chunk) {
        struct arena_chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
}

void arena_clear(struct arena *arena)
{
    struct arena_chunk *kept = arena->chunks;
    if (!kept)
        return;
    /* A chunk made for one huge thing is not worth keeping. */
    if (kept->size > 16 * (size_t)CHUNK_BYTES) {
        arena_release(arena);
        return;
    }
    free_chunks(kept->next);
    kept->next = NULL;
    arena->at = (char *)kept->bytes;
    arena->left = kept->size;
    arena->used = 0;
}

void arena_release(struct arena *arena)
{
    free_chunks(arena->chunks);
    *arena = (struct arena)ARENA_INIT;
}
