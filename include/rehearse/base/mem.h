#ifndef REHEARSE_BASE_MEM_H
#define REHEARSE_BASE_MEM_H

#include <stddef.h>

#include "rehearse/base/auto.h"

/*
 * Allocation that cannot fail: out of memory ends the program with a message.
 * For small things; what a capture or a server sizes has a maximum first.
 */
void *xmalloc(size_t size);
/* Zeroed. */
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *ptr, size_t size);
char *xstrdup(const char *text);

/*
 * Make room in a growable array: `*cap` items of `size` bytes are there, at
 * least `need` are wanted. Returns the array, moved perhaps; *cap is updated.
 *
 *     list->at = array_room(list->at, &list->cap, list->len + 1, sizeof *list->at);
 */
void *array_room(void *at, size_t *cap, size_t need, size_t size);

/* free() in the form AUTO() needs: AUTO(freep) char *x = NULL; */
void freep(void *held);

#endif
