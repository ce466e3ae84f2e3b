#include "rehearse/base/mem.h"

#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void *need(void *ptr, size_t size)
{
    if (ptr)
        return ptr;
    fprintf(stderr, "rehearse: out of memory (%zu bytes wanted)\n", size);
    abort();
}

void *xmalloc(size_t size)
{
    return need(malloc(size ? size : 1), size);
}

void *xcalloc(size_t count, size_t size)
{
    return need(calloc(count ? count : 1, size ? size : 1), count * size);
}

void *xrealloc(void *ptr, size_t size)
{
    return need(realloc(ptr, size ? size : 1), size);
}

char *xstrdup(const char *text)
{
    return need(strdup(text), strlen(text) + 1);
}

void *array_room(void *at, size_t *cap, size_t wanted, size_t size)
{
    if (wanted <= *cap)
        return at;
    size_t grown = *cap < 8 ? 8 : *cap + *cap / 2;
    if (grown < wanted)
        grown = wanted;
    size_t bytes;
    if (__builtin_mul_overflow(grown, size, &bytes))
        need(NULL, SIZE_MAX);
    at = xrealloc(at, bytes);
    *cap = grown;
    return at;
}

void freep(void *held)
{
    void **place = held;
    free(*place);
    *place = NULL;
}
