#ifndef STORE_TEXT_CACHE_H
#define STORE_TEXT_CACHE_H

#include "rehearse/base/arena.h"
#include "rehearse/base/err.h"

struct http_field;
struct store;

enum {
    TEXT_CACHE_SLOTS = 1u << 19,  /* at most; as many as there are texts otherwise */
    TEXT_CACHE_BYTES = 24u << 20, /* past that everything is forgotten at the next session */
    TEXT_READ_AHEAD =
        64, /* texts are numbered as they came: neighbours belong to the same minutes */
};

struct text_cache_slot {
    const char *text; /* in the arena */
    uint32_t len;
    uint32_t id; /* 0: empty */
};

/* Texts read from the file, by their number: few, and asked for a million times. */
struct text_cache {
    struct text_cache_slot
        *slots;        /* owned, made at the first text; a text's place is id % slot_count */
    size_t slot_count; /* a power of two */
    struct arena arena;
    bool walking; /* a walk over all sessions in order of time is under way: what follows a text is
                     read with it */
    bool preloaded; /* once, at the walk's first session */
};

void text_cache_release(struct text_cache *cache);
/* Texts handed out before are gone after this, if the cache is over its limit. */
void text_cache_trim(struct text_cache *cache);
/*
 * When a walk over all sessions begins, fetch as many texts as there is room for:
 * that is several times faster than one by one.
 */
int text_cache_preload(struct store *store, struct err *err);
/* Borrowed until text_cache_trim. Number 0 is SPAN_NONE. */
int text_cache_get(struct store *store, int64_t id, struct span *ret, struct err *err);
int text_cache_get_field(struct store *store, uint32_t id, struct http_field *ret, struct err *err);

#endif
