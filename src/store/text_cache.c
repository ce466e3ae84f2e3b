#include <stdlib.h>

#include "handle.h"

#include "rehearse/base/mem.h"

/*
 * In the arena a text has a header in front: how long a field line's name is, or
 * all of it when the field is known to be absent.
 */
enum { HEADER = sizeof(uint32_t) };

void text_cache_release(struct text_cache *cache)
{
    free(cache->slots);
    arena_release(&cache->arena);
}

void text_cache_trim(struct text_cache *cache)
{
    if (cache->arena.used <= TEXT_CACHE_BYTES)
        return;
    memset(cache->slots, 0, cache->slot_count * sizeof *cache->slots);
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

static uint32_t header_of(const struct text_cache_slot *slot)
{
    uint32_t header;
    memcpy(&header, slot->text - HEADER, HEADER);
    return header;
}

static int make_slots(struct store *store, struct err *err)
{
    struct text_cache *cache = &store->texts;
    int64_t most;
    if (cache->slots)
        return 0;
    sqlite3_stmt *statement;
    int rc = statement_of(store, MAX_TEXT, &statement, err);
    if (rc < 0)
        return rc;
    rc = statement_step(store, statement, err);
    if (rc < 0)
        return rc;
    most = sqlite3_column_int64(statement, 0);
    statement_done(statement);
    cache->slot_count = 1024;
    while (cache->slot_count <= (uint64_t)most && cache->slot_count < TEXT_CACHE_SLOTS)
        cache->slot_count *= 2;
    cache->slots = xcalloc(cache->slot_count, sizeof *cache->slots);
    return 0;
}

static struct text_cache_slot *slot_of(const struct text_cache *cache, int64_t id)
{
    return &cache->slots[(size_t)id & (cache->slot_count - 1)];
}

static int keep(struct store *store, int64_t id, int kind, struct span text, struct err *err)
{
    struct text_cache *cache = &store->texts;
    if (span_is_none(text))
        return store_damaged(store, "a text is null", err);
    uint32_t header = kind == TEXT_FIELD ? name_bytes(text) : 0;
    char *kept = arena_alloc(&cache->arena, HEADER + text.len + 1);
    memcpy(kept, &header, HEADER);
    memcpy(kept + HEADER, text.ptr, text.len);
    kept[HEADER + text.len] = '\0';
    *slot_of(cache, id) =
        (struct text_cache_slot){ kept + HEADER, (uint32_t)text.len, (uint32_t)id };
    return 0;
}

/* The text of this number, and in a walk the few after it, which the next sessions will ask for. */
static int fetch(struct store *store, int64_t id, struct err *err)
{
    struct text_cache *cache = &store->texts;
    int64_t last = cache->walking ? id + TEXT_READ_AHEAD - 1 : id;
    bool found = false;
    sqlite3_stmt *statement;
    int rc = statement_of(store, GET_TEXTS, &statement, err);
    if (rc < 0)
        return rc;
    sqlite3_bind_int64(statement, 1, id);
    sqlite3_bind_int64(statement, 2, last < UINT32_MAX ? last : UINT32_MAX);
    while ((rc = statement_step(store, statement, err)) == 1) {
        int64_t at = sqlite3_column_int64(statement, 0);
        found |= at == id;
        if (slot_of(cache, at)->id == at)
            continue;
        rc = keep(store, at, sqlite3_column_int(statement, 1), statement_column(statement, 2), err);
        if (rc < 0)
            break;
    }
    statement_done(statement);
    if (rc < 0)
        return rc;
    return found ? 0 : store_damaged(store, "a text is missing", err);
}

int text_cache_preload(struct store *store, struct err *err)
{
    struct text_cache *cache = &store->texts;
    if (!cache->walking || cache->preloaded)
        return 0;
    cache->preloaded = true;
    int rc = make_slots(store, err);
    if (rc < 0)
        return rc;
    sqlite3_stmt *statement;
    rc = statement_of(store, EACH_TEXT, &statement, err);
    if (rc < 0)
        return rc;
    /* Some room is left, so that what the first sessions need besides does not push all of it out.
     */
    while (rc == 0 && cache->arena.used < TEXT_CACHE_BYTES / 4 * 3 &&
           (rc = statement_step(store, statement, err)) == 1) {
        int64_t id = sqlite3_column_int64(statement, 0);
        rc = id <= 0 || id > UINT32_MAX
                 ? store_damaged(store, "a text's number is out of range", err)
                 : keep(store, id, sqlite3_column_int(statement, 1), statement_column(statement, 2),
                        err);
    }
    statement_done(statement);
    return rc;
}

static int find(struct store *store, int64_t id, struct text_cache_slot **ret, struct err *err)
{
    struct text_cache *cache = &store->texts;
    if (id < 0 || id > UINT32_MAX)
        return store_damaged(store, "a text's number is out of range", err);
    if (!cache->slots) {
        int rc = make_slots(store, err);
        if (rc < 0)
            return rc;
    }
    *ret = slot_of(cache, id);
    return (*ret)->id == id ? 0 : fetch(store, id, err);
}

int text_cache_get(struct store *store, int64_t id, struct span *ret, struct err *err)
{
    if (id == 0) {
        *ret = SPAN_NONE;
        return 0;
    }
    struct text_cache_slot *slot = NULL;
    int rc = find(store, id, &slot, err);
    if (rc == 0)
        *ret = span_make(slot->text, slot->len);
    return rc;
}

int text_cache_get_field(struct store *store, uint32_t id, struct http_field *ret, struct err *err)
{
    if (id == 0)
        return store_damaged(store, "a field line has no text", err);
    struct text_cache_slot *slot = NULL;
    int rc = find(store, id, &slot, err);
    if (rc < 0)
        return rc;
    struct span line = span_make(slot->text, slot->len);
    uint32_t name = header_of(slot);
    ret->id = id;
    ret->name = span_head(line, name);
    ret->value = name == line.len ? SPAN_NONE : span_from(line, name + 2);
    return 0;
}
