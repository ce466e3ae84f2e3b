/*
 * Cache-Status: where the strict reader accepts the field, the tolerant one reads the same
 * members; what is written again reads the same. And the words of all products.
 */
#include <assert.h>

#include "rehearse/cache/cache_status.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same(const struct cache_status_member *a, const struct cache_status_member *b)
{
    return a->hit == b->hit && a->stored == b->stored && a->collapsed == b->collapsed &&
           a->has_collapsed == b->has_collapsed && a->fwd_status == b->fwd_status &&
           a->has_ttl == b->has_ttl && a->ttl_s == b->ttl_s && a->faults == b->faults &&
           span_eq(a->cache, b->cache) && span_eq(a->fwd, b->fwd) && span_eq(a->key, b->key) &&
           span_eq(a->detail, b->detail) && span_is_none(a->fwd) == span_is_none(b->fwd);
}

static struct span plain(struct span raw, struct arena *arena)
{
    struct sf_value v = { .type = SF_STRING, .text = raw };
    return sf_text(&v, arena);
}

static void write_again(struct cache_status_member m)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct cache_status_member again;
    m.cache = plain(m.cache, &arena);
    m.key = plain(m.key, &arena);
    m.detail = plain(m.detail, &arena);
    bool written = cache_status_add(&out, &m);
    assert(written && cache_status_valid(strbuf_span(&out)));
    struct sf_cursor c = sf_cursor_make(strbuf_span(&out));
    bool read = cache_status_next_strict(&c, &again);
    assert(read);
    again.cache = plain(again.cache, &arena);
    again.key = plain(again.key, &arena);
    again.detail = plain(again.detail, &arena);
    assert(same(&m, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = span_make((const char *)data, size);
    struct span rest = text;
    struct sf_cursor c = sf_cursor_make(text);
    struct cache_status_member loose, strict;
    bool valid = cache_status_valid(text);

    while (cache_status_next(&rest, &loose)) {
        cache_status_outcome(&loose);
        if (!valid)
            continue;
        bool more = cache_status_next_strict(&c, &strict);
        assert(more && same(&loose, &strict));
        if (strict.faults == 0)
            write_again(strict);
    }
    assert(!valid || !cache_status_next_strict(&c, &strict));
    cache_outcome_of_text(text);
    return 0;
}
