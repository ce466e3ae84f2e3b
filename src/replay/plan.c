#include "plan.h"

#include <assert.h>
#include <stdlib.h>

#include "rehearse/base/hash.h"
#include "rehearse/base/map.h"
#include "rehearse/base/mem.h"

/*
 * Two walks over the same spans in the same order: the first finds how much room the
 * texts take, each distinct one counted once, the second copies them. So it is with
 * lists of fields: most exchanges of a session carry one that was there before.
 */
struct place {
    struct span source; /* the text this place is for */
    size_t offset;      /* into the block's text part */
};

struct list {
    const struct http_fields
        *source;   /* the first list with these fields, in the caller's exchanges */
    size_t offset; /* in fields, into the block's field part */
};

struct packer {
    struct map by_hash;   /* text -> number of its place */
    struct place *places; /* owned array */
    size_t count, cap;
    size_t text_bytes;
    struct map list_by_hash; /* fields -> number of the list */
    struct list *lists;      /* owned array */
    size_t list_count, list_cap;
    size_t field_count;
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
    map_release(&packer->list_by_hash);
    free(packer->lists);
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

static bool same_lines(const struct http_fields *a, const struct http_fields *b)
{
    if (a->len != b->len)
        return false;
    for (uint32_t i = 0; i < a->len; i++)
        if (a->at[i].id && a->at[i].id == b->at[i].id)
            continue; /* the store's number stands for name and value */
        else if (!span_eq(a->at[i].name, b->at[i].name) ||
                 !span_eq(a->at[i].value, b->at[i].value) ||
                 span_is_none(a->at[i].value) != span_is_none(b->at[i].value))
            return false;
    return true;
}

static uint64_t hash_of_lines(const struct http_fields *fields)
{
    uint64_t h = fields->len;
    for (uint32_t i = 0; i < fields->len; i++)
        h = fields->at[i].id
                ? hash_mix(h, fields->at[i].id)
                : hash_mix(hash_mix(h, hash64(fields->at[i].name)), hash64(fields->at[i].value));
    return h;
}

/* The number of an equal list, or of a new one; *ret_new says which. */
static size_t list_of(struct packer *p, const struct http_fields *fields, bool *ret_new)
{
    for (uint64_t key = hash_of_lines(fields);; key = hash_mix(key, fields->len)) {
        uint64_t *number = map_put(&p->list_by_hash, key, p->list_count, ret_new);
        if (*ret_new)
            break;
        if (same_lines(p->lists[*number].source, fields))
            return *number;
    }
    p->lists = array_room(p->lists, &p->list_cap, p->list_count + 1, sizeof *p->lists);
    p->lists[p->list_count] = (struct list){ fields, p->field_count };
    p->field_count += fields->len;
    return p->list_count++;
}

/* A map that one huge session made large would cost every session after it. */
static void forget_map(struct map *map)
{
    if (map->cap > 4096)
        map_release(map);
    map_clear(map);
}

static void forget(struct packer *p)
{
    forget_map(&p->by_hash);
    forget_map(&p->list_by_hash);
    p->count = p->text_bytes = p->list_count = p->field_count = 0;
}

static void measure(struct packer *p, struct span s)
{
    if (s.ptr)
        place_of(p, s);
}

static void measure_fields(struct packer *p, const struct http_fields *fields)
{
    bool fresh;
    list_of(p, fields, &fresh);
    for (uint32_t i = 0; fresh && i < fields->len; i++) {
        measure(p, fields->at[i].name);
        measure(p, fields->at[i].value);
    }
}

/* The texts of a request itself: what replay reads of an exchange beside its fields. */
enum { REQUEST_TEXTS = 6 };

static void request_texts(struct http_request *r, struct span *ret[REQUEST_TEXTS])
{
    struct span *texts[REQUEST_TEXTS] = { &r->method, &r->scheme,  &r->authority,
                                          &r->target, &r->version, &r->body };
    memcpy(ret, texts, sizeof texts);
}

static struct span moved(struct packer *p, struct span s, char *texts)
{
    if (!s.ptr)
        return s;
    char *at = texts + p->places[place_of(p, s)].offset;
    memcpy(at, s.ptr, s.len);
    at[s.len] = '\0';
    return span_make(at, s.len);
}

static void move_fields(struct packer *p, const struct http_fields *from, struct http_fields *to,
                        struct http_field *fields, char *texts)
{
    bool fresh;
    const struct list *list = &p->lists[list_of(p, from, &fresh)];
    assert(!fresh);
    *to = (struct http_fields){ fields + list->offset, from->len, from->len };
    for (uint32_t i = 0; list->source == from && i < from->len; i++)
        to->at[i] = (struct http_field){ moved(p, from->at[i].name, texts),
                                         moved(p, from->at[i].value, texts), from->at[i].id };
}

static void measure_exchange(struct packer *p, const struct exchange *x)
{
    struct http_request request = x->request;
    struct span *texts[REQUEST_TEXTS];
    request_texts(&request, texts);
    for (size_t i = 0; i < REQUEST_TEXTS; i++)
        measure(p, *texts[i]);
    measure_fields(p, &x->request.fields);
    measure_fields(p, &x->response.fields);
}

static void move_exchange(struct packer *p, const struct exchange *x, struct exchange *to,
                          struct http_field *fields, char *bytes)
{
    struct span *texts[REQUEST_TEXTS];
    *to = *x;
    to->response.body = to->response.version = to->client = to->user = to->cache = to->note =
        SPAN_NONE;
    request_texts(&to->request, texts);
    for (size_t i = 0; i < REQUEST_TEXTS; i++)
        *texts[i] = moved(p, *texts[i], bytes);
    move_fields(p, &x->request.fields, &to->request.fields, fields, bytes);
    move_fields(p, &x->response.fields, &to->response.fields, fields, bytes);
}

static void bound_texts(struct bound *bound, struct span *ret[3])
{
    struct span *texts[3] = { &bound->sink, &bound->source, &bound->recorded };
    memcpy(ret, texts, sizeof texts);
}

static void measure_bound(struct packer *p, const struct bound *bound)
{
    struct bound copy = *bound;
    struct span *texts[3];
    bound_texts(&copy, texts);
    for (size_t i = 0; i < 3; i++)
        measure(p, *texts[i]);
}

static void move_bound(struct packer *p, const struct bound *bound, struct bound *to, char *bytes)
{
    struct span *texts[3];
    *to = *bound;
    bound_texts(to, texts);
    for (size_t i = 0; i < 3; i++)
        *texts[i] = moved(p, *texts[i], bytes);
}

struct planned *packer_pack(struct packer *p, const struct recorded_session *s)
{
    forget(p);
    for (size_t i = 0; i < s->count; i++)
        measure_exchange(p, &s->exchanges[i]);
    for (size_t i = 0; i < s->bound_count; i++)
        measure_bound(p, &s->bounds[i]);

    size_t bytes = sizeof(struct planned) + s->count * sizeof(struct exchange) +
                   s->bound_count * sizeof(struct bound) +
                   p->field_count * sizeof(struct http_field) + p->text_bytes;
    struct planned *planned = xmalloc(bytes);
    *planned = (struct planned){ .session = s->id,
                                 .attempt = 1,
                                 .bytes = bytes,
                                 .count = s->count,
                                 .bound_count = s->bound_count };
    planned->first_us = s->count ? s->exchanges[0].start_us : 0;
    planned->exchanges = (struct exchange *)(void *)(planned + 1);
    planned->bounds = (struct bound *)(void *)(planned->exchanges + s->count);
    struct http_field *fields = (struct http_field *)(void *)(planned->bounds + s->bound_count);
    char *texts = (char *)(fields + p->field_count);
    for (size_t i = 0; i < s->count; i++)
        move_exchange(p, &s->exchanges[i], &planned->exchanges[i], fields, texts);
    for (size_t i = 0; i < s->bound_count; i++)
        move_bound(p, &s->bounds[i], &planned->bounds[i], texts);
    return planned;
}
