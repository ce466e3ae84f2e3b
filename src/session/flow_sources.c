#include "flow_sources.h"

#include "rehearse/base/hash.h"

void session_sources_init(struct session_sources *ret, const struct uses *uses, struct arena *arena)
{
    size_t len = 0;
    *ret = (struct session_sources){ .by_hash = MAP_INIT, .arena = arena };
    ret->values = arena_calloc(arena, uses->len + 1, sizeof *ret->values);
    for (size_t i = 0; i < uses->len; i++) {
        bool made;
        uint64_t *index = map_put(&ret->by_hash, uses->at[i].value, len, &made);
        len += made;
        ret->values[*index].last_use = uses->at[i].seq;
    }
}

void session_sources_release(struct session_sources *s)
{
    map_release(&s->by_hash);
}

struct carried_value *session_sources_find(const struct session_sources *s, uint64_t hash)
{
    const uint64_t *index = map_get(&s->by_hash, hash);
    return index ? &s->values[*index] : NULL;
}

static bool is_same_place(const struct source_record *a, const struct source_record *b)
{
    return a->kind == b->kind && a->leaf == b->leaf && a->url == b->url && a->part == b->part &&
           a->noun.len == b->noun.len && memcmp(a->noun.text, b->noun.text, a->noun.len) == 0;
}

static struct source_record *oldest(struct carried_value *value)
{
    struct source_record *found = &value->records[0];
    for (unsigned i = 1; i < value->len; i++)
        if (value->records[i].seq < found->seq)
            found = &value->records[i];
    return found;
}

/* Most values have one source. */
static void append(struct carried_value *value, const struct source_record *record,
                   struct arena *arena)
{
    if (value->len == value->cap) {
        unsigned cap = value->cap ? value->cap * 2 : 1;
        struct source_record *records = arena_alloc(arena, cap * sizeof *records);
        if (value->len)
            memcpy(records, value->records, value->len * sizeof *records);
        value->records = records;
        value->cap = cap;
    }
    value->records[value->len++] = *record;
}

void carried_value_add(struct carried_value *value, const struct source_record *record,
                       struct arena *arena)
{
    for (unsigned i = 0; i < value->len; i++) {
        struct source_record *r = &value->records[i];
        if (!is_same_place(r, record))
            continue;
        if (r->seq < record->seq) /* the first such place of an answer */
            *r = *record;
        return;
    }
    if (value->len < RECORDS_A_VALUE)
        append(value, record, arena);
    else if (oldest(value)->seq < record->seq)
        *oldest(value) = *record;
}

/* ---- choosing ---- */

static bool is_from_a_link(const struct source_record *r)
{
    return r->kind == VALUE_LINK || r->kind == VALUE_LOCATION;
}

/* A link that led here, a form that was sent here. */
static bool leads_here(const struct source_record *r, const struct use *use)
{
    if (r->url != use->template_)
        return false;
    return is_from_a_link(r) ? r->part == use->part
                             : r->kind == VALUE_INPUT && r->leaf == leaf_hash(use->leaf);
}

static bool is_kin(const struct source_record *r, const struct use *use)
{
    return leads_here(r, use) || noun_fits(&r->noun, &use->noun) ||
           (use->leaf.len && r->leaf == leaf_hash(use->leaf));
}

/* Lower is better: an input of that very form, then JSON, and so on. */
static unsigned rank(const struct source_record *r, const struct use *use)
{
    static const unsigned ranks[VALUE_PLACE_KINDS] = {
        [VALUE_JSON] = 2,      [VALUE_INPUT] = 3, [VALUE_META] = 4,   [VALUE_SCRIPT] = 5,
        [VALUE_DATA] = 6,      [VALUE_CLAIM] = 7, [VALUE_COOKIE] = 8, [VALUE_HEADER] = 9,
        [VALUE_LOCATION] = 10, [VALUE_LINK] = 11,
    };
    if (!leads_here(r, use))
        return ranks[r->kind];
    return r->kind == VALUE_INPUT ? 0 : 1;
}

static bool is_better(const struct source_record *r, const struct source_record *best,
                      const struct use *use)
{
    if (!best || r->seq != best->seq)
        return !best || r->seq > best->seq;
    unsigned a = rank(r, use), b = rank(best, use);
    return a != b ? a < b : r->ordinal < best->ordinal;
}

struct source_record *carried_value_source(const struct carried_value *value, const struct use *use)
{
    struct source_record *best = NULL;
    for (unsigned i = 0; i < value->len; i++) {
        struct source_record *r = &value->records[i];
        if (r->seq < use->seq && (use->worth == WORTH_STRONG || is_kin(r, use)) &&
            is_better(r, best, use))
            best = r;
    }
    return best;
}

/* cartId, cart_id and cart-id are one name. */
uint64_t leaf_hash(struct span leaf)
{
    char text[64];
    size_t len = 0;
    for (size_t i = 0; i < leaf.len && len < sizeof text; i++)
        if (char_is_alpha(leaf.ptr[i]) || char_is_digit(leaf.ptr[i]))
            text[len++] = char_lower(leaf.ptr[i]);
    return len ? hash64(span_make(text, len)) : 0;
}
