#include "plan.h"

#include <assert.h>
#include <stdlib.h>

#include "rehearse/base/hash.h"
#include "rehearse/base/map.h"
#include "rehearse/base/mem.h"

/*
 * Two walks over the same spans in the same order: the first finds how much room the
 * texts take, each distinct one counted once, the second copies them.
 */
struct place {
    struct span source; /* the text this place is for */
    size_t offset;      /* into the block's text part */
};

struct packer {
    struct map by_hash;   /* text -> number of its place */
    struct place *places; /* owned array */
    size_t count, cap;
    size_t text_bytes;
};

struct packer *packer_new(void)
{
    return xcalloc(1, sizeof(struct packer));
}

void packer_free(struct packer *packer)
{
    if (!packer)
        return;
    map_release(&packer->by_hash);
    free(packer->places);
    free(packer);
}

/* The place of an equal text, or a new one. Texts whose hashes meet go on to the next key. */
static size_t place_of(struct packer *p, struct span s)
{
    for (uint64_t key = hash64(s);; key = hash_mix(key, s.len)) {
        bool fresh;
        uint64_t *number = map_put(&p->by_hash, key, p->count, &fresh);
        if (fresh)
            break;
        if (span_eq(p->places[*number].source, s))
            return *number;
    }
    p->places = array_room(p->places, &p->cap, p->count + 1, sizeof *p->places);
    p->places[p->count] = (struct place){ s, p->text_bytes };
    p->text_bytes += s.len + 1; /* a NUL behind, as arenas give */
    return p->count++;
}

/* A map that one huge session made large would cost every session after it. */
static void forget(struct packer *p)
{
    if (p->by_hash.cap > 4096)
        map_release(&p->by_hash);
    map_clear(&p->by_hash);
    p->count = p->text_bytes = 0;
}

typedef struct span span_fn(struct packer *packer, struct span s, char *texts);

static struct span measure(struct packer *p, struct span s, char *texts)
{
    (void)texts;
    if (s.ptr)
        place_of(p, s);
    return s;
}

static struct span move(struct packer *p, struct span s, char *texts)
{
    if (!s.ptr)
        return s;
    size_t before = p->count;
    const struct place *place = &p->places[place_of(p, s)];
    char *at = texts + place->offset;
    assert(p->count == before);
    memcpy(at, s.ptr, s.len);
    at[s.len] = '\0';
    return span_make(at, s.len);
}

/* Everything of an exchange that replay reads; what it does not read stays behind. */
static void each_span(struct packer *p, struct exchange *x, span_fn *fn, char *texts)
{
    struct span *spans[] = { &x->request.method, &x->request.scheme, &x->request.authority, &x->request.target,
                             &x->request.version, &x->request.body };
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
        *spans[i] = fn(p, *spans[i], texts);
    struct http_fields *blocks[] = { &x->request.fields, &x->response.fields };
    for (size_t b = 0; b < 2; b++)
        for (uint32_t i = 0; i < blocks[b]->len; i++) {
            struct http_field *f = &blocks[b]->at[i];
            f->name = fn(p, f->name, texts);
            f->value = fn(p, f->value, texts);
        }
}

static void leave_behind(struct exchange *x)
{
    x->response.body = x->client = x->user = x->cache = x->note = SPAN_NONE;
    x->response.version = SPAN_NONE;
}

/* Copy the field array itself into the block; its spans are moved after. */
static struct http_field *take_fields(struct http_fields *fields, struct http_field *at)
{
    if (fields->len)
        memcpy(at, fields->at, fields->len * sizeof *at);
    fields->at = at;
    fields->cap = fields->len;
    return at + fields->len;
}

struct planned *packer_pack(struct packer *p, uint64_t session, const struct exchange *x, size_t count)
{
    size_t fields = 0;
    forget(p);
    for (size_t i = 0; i < count; i++) {
        struct exchange read = x[i];
        leave_behind(&read);
        each_span(p, &read, measure, NULL);
        fields += read.request.fields.len + read.response.fields.len;
    }

    size_t bytes = sizeof(struct planned) + count * sizeof(struct exchange) + fields * sizeof(struct http_field) + p->text_bytes;
    struct planned *planned = xmalloc(bytes);
    *planned = (struct planned){ .session = session, .attempt = 1, .bytes = bytes, .count = count };
    planned->first_us = count ? x[0].start_us : 0;
    planned->exchanges = (struct exchange *)(void *)(planned + 1);
    struct http_field *field = (struct http_field *)(void *)(planned->exchanges + count);
    char *texts = (char *)(field + fields);
    for (size_t i = 0; i < count; i++) {
        struct exchange *copy = &planned->exchanges[i];
        *copy = x[i];
        leave_behind(copy);
        field = take_fields(&copy->request.fields, field);
        field = take_fields(&copy->response.fields, field);
        each_span(p, copy, move, texts);
    }
    return planned;
}
