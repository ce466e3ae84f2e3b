#include "pending.h"

#include <assert.h>
#include <stdlib.h>

#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"

static void make(struct pending *p)
{
    p->sessions = xcalloc(PENDING_SESSIONS, sizeof *p->sessions);
    p->chunks = xcalloc(PENDING_CHUNKS, sizeof *p->chunks);
    p->buckets = xcalloc(PENDING_BUCKETS, sizeof *p->buckets);
    p->fresh_session = p->fresh_chunk = 1;
    p->free_session = p->free_chunk = 0;
    p->free_chunks = PENDING_CHUNKS - 1;
}

void pending_release(struct pending *p)
{
    free(p->sessions);
    free(p->chunks);
    free(p->buckets);
    *p = (struct pending){ 0 };
}

/* The table is asked twice for one exchange at most, so the ids are mixed once more: they may be
 * small numbers. */
static uint32_t *bucket_of(const struct pending *p, uint64_t id)
{
    return &p->buckets[(id * 0x9e3779b97f4a7c15u) >> 48];
}

struct pending_session *pending_find(const struct pending *p, uint64_t id)
{
    if (!p->sessions)
        return NULL;
    uint32_t at = *bucket_of(p, id);
    while (at && p->sessions[at].id != id)
        at = p->sessions[at].bucket_next;
    return at ? &p->sessions[at] : NULL;
}

static size_t chunks_for(size_t bytes)
{
    return bytes / PENDING_CHUNK_BYTES + 1;
}

bool pending_has_room(const struct pending *p, size_t bytes)
{
    if (!p->sessions)
        return true;
    return p->free_chunks >= chunks_for(bytes) && p->len < PENDING_SESSIONS - 1;
}

static void ring_out(struct pending *p, struct pending_session *s)
{
    p->sessions[s->older].newer = s->newer;
    p->sessions[s->newer].older = s->older;
}

static void ring_in(struct pending *p, struct pending_session *s)
{
    uint32_t self = (uint32_t)(s - p->sessions);
    s->older = p->sessions[0].older;
    s->newer = 0;
    p->sessions[s->older].newer = self;
    p->sessions[0].older = self;
}

struct pending_session *pending_add(struct pending *p, uint64_t id, uint32_t attempt)
{
    if (!p->sessions)
        make(p);
    uint32_t self = p->free_session;
    if (self)
        p->free_session = p->sessions[self].bucket_next;
    else
        self = p->fresh_session++;
    assert(self < PENDING_SESSIONS);

    uint32_t *bucket = bucket_of(p, id);
    struct pending_session *s = &p->sessions[self];
    *s = (struct pending_session){ .id = id, .attempt = attempt, .bucket_next = *bucket };
    *bucket = self;
    ring_in(p, s);
    p->len++;
    return s;
}

static uint32_t take_chunk(struct pending *p)
{
    uint32_t chunk = p->free_chunk;
    if (chunk)
        p->free_chunk = p->chunks[chunk].next;
    else
        chunk = p->fresh_chunk++;
    assert(chunk < PENDING_CHUNKS);
    p->free_chunks--;
    p->chunks[chunk].next = 0;
    p->chunks[chunk].used = 0;
    return chunk;
}

static struct pending_chunk *add_chunk(struct pending *p, struct pending_session *s)
{
    uint32_t chunk = take_chunk(p);
    if (s->tail)
        p->chunks[s->tail].next = chunk;
    else
        s->head = chunk;
    s->tail = chunk;
    return &p->chunks[chunk];
}

void pending_append(struct pending *p, struct pending_session *s, struct span bytes)
{
    s->bytes += (uint32_t)bytes.len;
    struct pending_chunk *chunk = s->tail ? &p->chunks[s->tail] : NULL;
    while (bytes.len) {
        if (!chunk || chunk->used == PENDING_CHUNK_BYTES)
            chunk = add_chunk(p, s);
        struct span part = span_head(bytes, PENDING_CHUNK_BYTES - chunk->used);
        memcpy(chunk->bytes + chunk->used, part.ptr, part.len);
        chunk->used += (uint32_t)part.len;
        bytes = span_from(bytes, part.len);
    }
    ring_out(p, s);
    ring_in(p, s);
}

struct pending_session *pending_oldest(const struct pending *p)
{
    return p->len ? &p->sessions[p->sessions[0].newer] : NULL;
}

void pending_collect(const struct pending *p, const struct pending_session *s, struct strbuf *out)
{
    for (uint32_t at = s->head; at; at = p->chunks[at].next)
        strbuf_add(out, p->chunks[at].bytes, p->chunks[at].used);
}

static void bucket_out(struct pending *p, const struct pending_session *s)
{
    uint32_t self = (uint32_t)(s - p->sessions);
    uint32_t *at = bucket_of(p, s->id);
    while (*at != self)
        at = &p->sessions[*at].bucket_next;
    *at = s->bucket_next;
}

void pending_drop(struct pending *p, struct pending_session *s)
{
    bucket_out(p, s);
    ring_out(p, s);
    for (uint32_t at = s->head, next; at; at = next) {
        next = p->chunks[at].next;
        p->chunks[at].next = p->free_chunk;
        p->free_chunk = at;
        p->free_chunks++;
    }
    s->bucket_next = p->free_session;
    p->free_session = (uint32_t)(s - p->sessions);
    p->len--;
}
