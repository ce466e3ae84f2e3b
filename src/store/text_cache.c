#include <stdlib.h>

#include "handle.h"

#include "rehearse/base/mem.h"

void text_cache_release(struct text_cache *cache)
{
    free(cache->slots);
    arena_release(&cache->arena);
}

void text_cache_trim(struct text_cache *cache)
{
    if (cache->arena.used <= TEXT_CACHE_BYTES)
        return;
    memset(cache->slots, 0, TEXT_CACHE_SLOTS * sizeof *cache->slots);
    arena_clear(&cache->arena);
}

/* "Name: value", or "Name" alone. */
static uint32_t name_bytes(struct span line)
{
    const char *colon = memchr(line.ptr, ':', line.len);
    while (colon && (colon + 1 == line.ptr + line.len || colon[1] != ' '))
        colon = memchr(colon + 1, ':', (size_t)(line.ptr + line.len - colon - 1));
    return (uint32_t)(colon ? (size_t)(colon - line.ptr) : line.len);
}

static int fetch(struct store *store, int64_t id, struct text_cache_slot *slot, struct err *err)
{
    sqlite3_stmt *statement = statement_of(store, GET_TEXT, err);
    if (!statement)
        return err ? err->code : E_IO;
    sqlite3_bind_int64(statement, 1, id);
    int rc = statement_step(store, statement, err);
    if (rc < 0)
        return rc;
    if (rc == 0)
        return store_damaged(store, "a text is missing", err);
    int kind = sqlite3_column_int(statement, 0);
    slot->text = arena_copy(&store->texts.arena, statement_column(statement, 1));
    statement_done(statement);
    if (span_is_none(slot->text))
        return store_damaged(store, "a text is null", err);
    slot->name_bytes = kind == TEXT_FIELD ? name_bytes(slot->text) : 0;
    slot->id = (uint32_t)id;
    return 0;
}

static int slot_of(struct store *store, int64_t id, struct text_cache_slot **ret, struct err *err)
{
    struct text_cache *cache = &store->texts;
    if (!cache->slots)
        cache->slots = xcalloc(TEXT_CACHE_SLOTS, sizeof *cache->slots);
    if (id < 0 || id > UINT32_MAX)
        return store_damaged(store, "a text's number is out of range", err);
    *ret = &cache->slots[(uint32_t)id & (TEXT_CACHE_SLOTS - 1)];
    if ((*ret)->id == id)
        return 0;
    (*ret)->id = 0;
    return fetch(store, id, *ret, err);
}

int text_cache_get(struct store *store, int64_t id, struct span *ret, struct err *err)
{
    if (id == 0) {
        *ret = SPAN_NONE;
        return 0;
    }
    struct text_cache_slot *slot;
    int rc = slot_of(store, id, &slot, err);
    if (rc == 0)
        *ret = slot->text;
    return rc;
}

int text_cache_get_field(struct store *store, uint32_t id, struct http_field *ret, struct err *err)
{
    if (id == 0)
        return store_damaged(store, "a field line has no text", err);
    struct text_cache_slot *slot;
    int rc = slot_of(store, id, &slot, err);
    if (rc < 0)
        return rc;
    ret->id = id;
    ret->name = span_head(slot->text, slot->name_bytes);
    ret->value = slot->name_bytes == slot->text.len ? SPAN_NONE
                                                    : span_from(slot->text, slot->name_bytes + 2);
    return 0;
}
