#include "rehearse/session/bound_values.h"

#include <stdlib.h>

#include "offers.h"
#include "rehearse/base/hash.h"
#include "rehearse/base/map.h"
#include "rehearse/base/mem.h"
#include "rehearse/http/method.h"
#include "rehearse/session/credential.h"
#include "rehearse/session/value_place.h"

/* Of one session's values together: staging is hostile too. */
enum { VALUE_BYTES_MAX = 512 * 1024 };

enum state { WAITING = 0, KEPT, GIVEN };

struct slot {
    enum state state;
    struct span value; /* GIVEN; in the values' arena */
};

struct bound_values {
    const struct bound *bounds; /* borrowed; by seq */
    size_t count;
    uint32_t *by_source; /* owned: numbers of bounds, by source_seq */
    struct slot *slots;  /* owned; one a bound */
    struct map by_recorded; /* hash of a recorded value -> number of a bound that is answered */
    struct map given;       /* hashes of the values of staging that stand for one of production */
    struct offers offers;   /* what staging offers for the bounds that go by shape */
    struct arena arena;
    size_t bytes;
    uint32_t writes; /* unsafe requests so far */
};

/* ---- what was recorded ---- */

static void read_recorded(struct bound *bounds, size_t count, const struct http_request *recorded,
                          struct arena *arena)
{
    struct http_request request = *recorded;
    struct value_change *changes = arena_calloc(arena, count, sizeof *changes);
    /* Nothing is changed: without a value, a change only says what stood there. */
    for (size_t i = 0; i < count; i++)
        changes[i] = (struct value_change){ bounds[i].sink, SPAN_NONE, SPAN_NONE };
    value_sinks_change(&request, changes, count, arena);
    for (size_t i = 0; i < count; i++)
        bounds[i].recorded = changes[i].was;
}

void bounds_read_recorded(struct bound *bounds, size_t count, const struct exchange *exchanges,
                          size_t exchange_count, struct arena *arena)
{
    size_t x = 0;
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i; end < count && bounds[end].seq == bounds[i].seq; end++)
            bounds[end].recorded = SPAN_NONE;
        while (x < exchange_count && exchanges[x].seq < bounds[i].seq)
            x++;
        if (x < exchange_count && exchanges[x].seq == bounds[i].seq)
            read_recorded(&bounds[i], end - i, &exchanges[x].request, arena);
    }
}

/* ---- making ---- */

static int order_by_source(const void *a, const void *b, void *ctx)
{
    const struct bound *bounds = ctx;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    if (bounds[x].source_seq != bounds[y].source_seq)
        return bounds[x].source_seq < bounds[y].source_seq ? -1 : 1;
    return x < y ? -1 : x > y;
}

struct bound_values *bound_values_new(const struct bound *bounds, size_t count)
{
    if (count == 0)
        return NULL;
    struct bound_values *v = xcalloc(1, sizeof *v);
    v->bounds = bounds;
    v->count = count;
    v->slots = xcalloc(count, sizeof *v->slots);
    v->by_source = xcalloc(count, sizeof *v->by_source);
    for (uint32_t i = 0; i < count; i++) {
        v->by_source[i] = i;
        if (bounds[i].source_seq == BOUND_BY_SHAPE)
            offers_want(&v->offers, bounds[i].source);
    }
    qsort_r(v->by_source, count, sizeof *v->by_source, order_by_source, (void *)(uintptr_t)bounds);
    v->arena = (struct arena)ARENA_INIT;
    return v;
}

void bound_values_free(struct bound_values *v)
{
    if (!v)
        return;
    offers_release(&v->offers);
    map_release(&v->by_recorded);
    map_release(&v->given);
    arena_release(&v->arena);
    free(v->by_source);
    free(v->slots);
    free(v);
}

/* ---- learning ---- */

/* The first of by_source whose bound has that source or a later one. */
static size_t first_of_source(const struct bound_values *v, uint32_t seq)
{
    size_t low = 0, high = v->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (v->bounds[v->by_source[middle]].source_seq < seq)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* "link:/lines/{}#1[2]" -> "link:/lines/{}#1" */
static struct span without_ordinal(struct span place)
{
    ptrdiff_t open = span_ends(place, SPAN("]")) ? span_rfind_char(place, '[') : -1;
    return open > 0 ? span_head(place, (size_t)open) : place;
}

static void keep(struct bound_values *v, uint32_t number, enum state state, struct span value)
{
    struct slot *slot = &v->slots[number];
    if (state == GIVEN) {
        if (v->bytes + value.len > VALUE_BYTES_MAX)
            return;
        v->bytes += value.len;
        slot->value = arena_copy(&v->arena, value);
        map_put(&v->given, hash64(value), number, NULL);
    }
    slot->state = state;
    *map_put(&v->by_recorded, hash64(v->bounds[number].recorded), number, NULL) = number;
}

/* Two questions for each: the very place, and the first of its name, should staging have fewer. */
static void ask(const struct bound_values *v, size_t from, size_t to, struct value_wanted *wanted)
{
    for (size_t i = from; i < to; i++) {
        const struct bound *b = &v->bounds[v->by_source[i]];
        struct span literal = is_pseudonym(b->recorded) ? SPAN_NONE : b->recorded;
        wanted[2 * (i - from)] = (struct value_wanted){ .place = b->source,
                                                        .literal = literal,
                                                        .value = SPAN_NONE };
        wanted[2 * (i - from) + 1] = (struct value_wanted){ .place = without_ordinal(b->source),
                                                            .literal = SPAN_NONE,
                                                            .value = SPAN_NONE };
    }
}

static void learn_recorded(struct bound_values *v, uint32_t seq, const struct exchange *answered,
                           struct arena *scratch)
{
    size_t from = first_of_source(v, seq), to = first_of_source(v, seq + 1);
    if (from == to)
        return;
    struct value_wanted *wanted = arena_calloc(scratch, 2 * (to - from), sizeof *wanted);
    ask(v, from, to, wanted);
    value_sources_find(answered, wanted, 2 * (to - from), scratch);
    for (size_t i = from; i < to; i++) {
        const struct value_wanted *exact = &wanted[2 * (i - from)], *first = exact + 1;
        struct span value = span_is_none(exact->value) ? first->value : exact->value;
        if (exact->holds)
            keep(v, v->by_source[i], KEPT, SPAN_NONE);
        else if (value.len)
            keep(v, v->by_source[i], GIVEN, value);
    }
}

void bound_values_learn(struct bound_values *v, uint32_t seq, const struct exchange *answered,
                        struct arena *scratch)
{
    if (!v)
        return;
    if (seq != BOUND_BY_SHAPE)
        learn_recorded(v, seq, answered, scratch);
    offers_learn(&v->offers, answered, v->writes, scratch);
}

void bound_values_each_given(const struct bound_values *v, uint32_t seq, bound_given_fn *fn,
                             void *ctx)
{
    if (!v || seq == BOUND_BY_SHAPE)
        return;
    for (size_t i = first_of_source(v, seq), end = first_of_source(v, seq + 1); i < end; i++)
        if (v->slots[v->by_source[i]].state == GIVEN)
            fn(ctx, v->slots[v->by_source[i]].value);
}

/* ---- applying ---- */

static size_t first_of_seq(const struct bound_values *v, uint32_t seq)
{
    size_t low = 0, high = v->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (v->bounds[middle].seq < seq)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void take_offer(struct bound_values *v, uint32_t number, bool safe)
{
    const struct bound *b = &v->bounds[number];
    if (offers_hold(&v->offers, b->source, b->recorded)) {
        keep(v, number, KEPT, SPAN_NONE);
        return;
    }
    struct span value = offers_find(&v->offers, b->source, /* old_too= */ safe, &v->given);
    if (!span_is_none(value))
        keep(v, number, GIVEN, value);
}

/* The answered bound that says what is sent for this one; NULL when staging gave nothing. */
static const struct slot *answer_of(struct bound_values *v, uint32_t number, bool safe)
{
    const struct bound *b = &v->bounds[number];
    struct slot *own = &v->slots[number];
    if (own->state != WAITING)
        return own;
    const uint64_t *twin = map_get(&v->by_recorded, hash64(b->recorded));
    if (twin && span_eq(v->bounds[*twin].recorded, b->recorded))
        return &v->slots[*twin];
    if (b->source_seq == BOUND_BY_SHAPE)
        take_offer(v, number, safe);
    return own->state != WAITING ? own : NULL;
}

struct bound_counts bound_values_apply(struct bound_values *v, uint32_t seq,
                                       struct http_request *request, bound_missing_fn *missing,
                                       void *ctx, struct arena *arena)
{
    struct bound_counts counts = { 0, 0, 0 };
    if (!v)
        return counts;
    bool safe = request_mutates(request) == NULL;
    size_t from = first_of_seq(v, seq), to = first_of_seq(v, seq + 1), len = 0;
    struct value_change *changes = arena_calloc(arena, to - from + 1, sizeof *changes);
    for (size_t i = from; i < to; i++) {
        const struct bound *b = &v->bounds[i];
        if (span_is_none(b->recorded))
            continue;
        const struct slot *slot = answer_of(v, (uint32_t)i, safe);
        if (slot && slot->state == GIVEN) {
            changes[len++] = (struct value_change){ b->sink, slot->value, SPAN_NONE };
            continue;
        }
        counts.kept += slot != NULL;
        if (slot || is_pseudonym(b->recorded))
            continue;
        counts.missing++;
        if (missing)
            missing(ctx, b);
    }
    if (len)
        value_sinks_change(request, changes, len, arena);
    counts.given = (unsigned)len;
    v->writes += !safe;
    return counts;
}
