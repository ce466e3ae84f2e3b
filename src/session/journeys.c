#include "rehearse/session/journeys.h"

#include <stdlib.h>

#include "flow_uses.h"
#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"
#include "rehearse/session/value_place.h"
#include "value_text.h"

enum {
    LOOK_AHEAD = 64,   /* requests that one recording may have more than the other, in a row */
    MAX_PLACES = 4096, /* of a request */
};

/* ---- places of one request ---- */

struct place {
    struct span sink, value;
};

struct places_of_request {
    struct place *at; /* in the arena, in order of the walk */
    size_t len, cap;
    struct map by_text; /* hash of the text to index */
    struct arena *arena;
    struct value_names names;
};

static struct span on_sink(void *ctx, const struct value_at *at)
{
    struct places_of_request *p = ctx;
    bool passed_over =
        at->kind == VALUE_COOKIE || (at->kind == VALUE_HEADER && field_is_browsers(at->name));
    if (passed_over || p->len == MAX_PLACES)
        return SPAN_NONE;
    struct span sink = value_names_next(&p->names, at);
    p->at = array_room(p->at, &p->cap, p->len + 1, sizeof *p->at);
    map_put(&p->by_text, value_text_hash(sink), p->len, NULL);
    p->at[p->len++] = (struct place){ arena_copy(p->arena, sink), arena_copy(p->arena, at->value) };
    return SPAN_NONE;
}

static struct places_of_request places_of(struct http_request *request, struct arena *arena)
{
    struct places_of_request p = { .arena = arena, .names = VALUE_NAMES_INIT };
    value_sinks(request, on_sink, &p, arena);
    return p;
}

static void places_release(struct places_of_request *p)
{
    free(p->at);
    map_release(&p->by_text);
    value_names_release(&p->names);
}

/* ---- two requests ---- */

struct comparing {
    struct journey_counts counts;
    journey_difference_fn *fn;
    void *ctx;
};

static const struct place *same_place(const struct places_of_request *p, const struct place *other)
{
    const uint64_t *index = map_get(&p->by_text, value_text_hash(other->sink));
    return index ? &p->at[*index] : NULL;
}

static void tell(struct comparing *c, struct journey_difference d)
{
    c->counts.varying++;
    c->fn(c->ctx, &d);
}

static void compare_requests(struct comparing *c, struct exchange *a, struct exchange *b)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(places_release) struct places_of_request in_a = places_of(&a->request, &arena);
    AUTO(places_release) struct places_of_request in_b = places_of(&b->request, &arena);
    struct journey_difference d = { .seq_a = a->seq, .seq_b = b->seq };
    for (size_t i = 0; i < in_a.len; i++) {
        const struct place *other = same_place(&in_b, &in_a.at[i]);
        d.sink = in_a.at[i].sink;
        d.value_a = in_a.at[i].value;
        d.value_b = other ? other->value : SPAN_NONE;
        if (other && span_eq(d.value_a, d.value_b))
            c->counts.same++;
        else
            tell(c, d);
    }
    for (size_t i = 0; i < in_b.len; i++) {
        d.sink = in_b.at[i].sink;
        d.value_a = SPAN_NONE;
        d.value_b = in_b.at[i].value;
        if (!same_place(&in_a, &in_b.at[i]))
            tell(c, d);
    }
}

/* ---- alignment ---- */

/* What a request asks for, whatever the identifiers in it. */
static uint64_t *keys_of(const struct exchange *x, size_t count)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    uint64_t *keys = xcalloc(count + 1, sizeof *keys);
    for (size_t i = 0; i < count; i++) {
        strbuf_clear(&text);
        strbuf_add_span(&text, x[i].request.method);
        strbuf_add_char(&text, ' ');
        value_add_template(&text, x[i].request.target);
        keys[i] = hash64(strbuf_span(&text));
    }
    return keys;
}

/* The nearest pair of equal keys ahead, as far from both ends as from one; false when there is
 * none. */
static bool next_pair(const uint64_t *a, size_t a_left, const uint64_t *b, size_t b_left,
                      size_t *ret_i, size_t *ret_j)
{
    for (size_t skipped = 0; skipped <= LOOK_AHEAD; skipped++)
        for (size_t i = 0; i <= skipped; i++) {
            size_t j = skipped - i;
            if (i < a_left && j < b_left && a[i] == b[j]) {
                *ret_i = i;
                *ret_j = j;
                return true;
            }
        }
    return false;
}

struct journey_counts journeys_compare(struct exchange *a, size_t a_count, struct exchange *b,
                                       size_t b_count, journey_difference_fn *fn, void *ctx)
{
    AUTO(freep) uint64_t *a_keys = keys_of(a, a_count);
    AUTO(freep) uint64_t *b_keys = keys_of(b, b_count);
    struct comparing c = { .fn = fn, .ctx = ctx };
    size_t i = 0, j = 0, skip_i, skip_j;
    while (i < a_count && j < b_count) {
        if (!next_pair(a_keys + i, a_count - i, b_keys + j, b_count - j, &skip_i, &skip_j)) {
            i++, j++; /* two that have nothing in common */
            c.counts.only_a++;
            c.counts.only_b++;
            continue;
        }
        c.counts.only_a += skip_i;
        c.counts.only_b += skip_j;
        compare_requests(&c, &a[i + skip_i], &b[j + skip_j]);
        c.counts.aligned++;
        i += skip_i + 1;
        j += skip_j + 1;
    }
    c.counts.only_a += a_count - i;
    c.counts.only_b += b_count - j;
    return c.counts;
}
