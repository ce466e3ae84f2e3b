#include "offers.h"

#include <stdlib.h>

#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"
#include "rehearse/session/value_place.h"

static struct span shape_of(struct span place)
{
    ptrdiff_t colon = span_find_char(place, ':');
    return span_from(place, (size_t)(colon + 1));
}

static struct offer_list *list_of(const struct offers *offers, struct span shape)
{
    for (size_t i = 0; i < offers->len; i++)
        if (span_eq(offers->lists[i].shape, shape))
            return &offers->lists[i];
    return NULL;
}

void offers_release(struct offers *offers)
{
    for (size_t i = 0; i < offers->len; i++)
        free(offers->lists[i].at);
    free(offers->lists);
    arena_release(&offers->arena);
}

/* "/api/lines/{}/#1" -> "lines"; of the second part of a path, the segment before that one. */
static struct span noun_of(struct span shape)
{
    ptrdiff_t hash = span_rfind_char(shape, '#');
    uint64_t part = 0;
    if (hash < 0 || !span_to_u64(span_from(shape, (size_t)hash + 1), &part))
        return SPAN_NONE;
    struct span rest = span_head(shape, (size_t)hash), before = SPAN_NONE;
    ptrdiff_t query = span_find_char(rest, '?');
    if (query >= 0)
        rest = span_head(rest, (size_t)query);
    while (!span_is_none(rest)) {
        struct span segment = span_cut(&rest, '/');
        if (span_eq(segment, SPAN("{}")) && --part == 0)
            return before.len ? before : SPAN_NONE;
        before = segment;
    }
    return SPAN_NONE;
}

void offers_want(struct offers *offers, struct span place)
{
    struct span shape = shape_of(place);
    if (offers->len == OFFERS_WANTED_MAX || list_of(offers, shape))
        return;
    offers->lists =
        array_room(offers->lists, &offers->cap, offers->len + 1, sizeof *offers->lists);
    offers->lists[offers->len++] = (struct offer_list){ .shape = shape, .noun = noun_of(shape) };
}

static const struct offer *find(const struct offer_list *list, struct span value)
{
    for (size_t i = 0; i < list->len; i++)
        if (span_eq(list->at[i].value, value))
            return &list->at[i];
    return NULL;
}

struct reading {
    struct offers *offers;
    uint32_t writes;
    struct strbuf text;
};

static void offer(const struct reading *r, struct offer_list *list, struct span value)
{
    if (value.len == 0 || list->len == OFFERS_MAX || find(list, value))
        return;
    list->at = array_room(list->at, &list->cap, list->len + 1, sizeof *list->at);
    list->at[list->len++] = (struct offer){ arena_copy(&r->offers->arena, value), r->writes };
}

/* "lines" and "line"; "entries" is left alone: most plurals end in a mere s. */
static struct span singular(struct span noun)
{
    return span_ends(noun, SPAN("s")) ? span_head(noun, noun.len - 1) : noun;
}

static bool is_noun(struct span name, struct span noun)
{
    return span_ieq(name, noun) || span_ieq(name, singular(noun));
}

/* Of json:/cart/lines/0/id the last name before the leaf, elements passed over: "lines". */
static struct span owner_of(struct span place)
{
    ptrdiff_t slash = span_rfind_char(place, '/');
    while (slash > 0) {
        struct span left = span_head(place, (size_t)slash);
        uint64_t index;
        slash = span_rfind_char(left, '/');
        struct span name = span_from(left, (size_t)(slash + 1));
        if (!span_to_u64(name, &index))
            return name;
    }
    return SPAN_NONE;
}

static bool is_id_of(struct span leaf, struct span owner, struct span noun)
{
    if (span_ieq(leaf, SPAN("id")) || span_ieq(leaf, SPAN("uuid")) ||
        span_ieq(leaf, SPAN("number")))
        return is_noun(owner, noun);
    if (!span_istarts(leaf, singular(noun)))
        return false;
    struct span behind = span_from(leaf, singular(noun).len);
    return span_ieq(behind, SPAN("_id")) || span_ieq(behind, SPAN("id"));
}

static void learn_json(struct reading *r, const struct value_at *at)
{
    struct span leaf = value_at_leaf(at), owner = owner_of(strbuf_span(&r->text));
    for (size_t i = 0; i < r->offers->len; i++)
        if (r->offers->lists[i].noun.len && is_id_of(leaf, owner, r->offers->lists[i].noun))
            offer(r, &r->offers->lists[i], at->value);
}

static bool learn(void *ctx, const struct value_at *at)
{
    struct reading *r = ctx;
    bool is_link = at->kind == VALUE_LINK || at->kind == VALUE_LOCATION;
    if ((!is_link && at->kind != VALUE_JSON) || at->value.len > OFFER_LONGEST)
        return true;
    strbuf_clear(&r->text);
    value_at_add_text(&r->text, at);
    if (!is_link) {
        learn_json(r, at);
        return true;
    }
    struct offer_list *list = list_of(r->offers, shape_of(strbuf_span(&r->text)));
    if (list)
        offer(r, list, at->value);
    return true;
}

void offers_learn(struct offers *offers, const struct exchange *answered, uint32_t writes,
                  struct arena *scratch)
{
    if (!offers->len)
        return;
    struct reading reading = { offers, writes, STRBUF_INIT };
    value_sources(answered, learn, &reading, scratch);
    strbuf_release(&reading.text);
}

bool offers_hold(const struct offers *offers, struct span place, struct span value)
{
    const struct offer_list *list = list_of(offers, shape_of(place));
    return list && find(list, value) != NULL;
}

struct span offers_find(const struct offers *offers, struct span place, bool old_too,
                        const struct map *taken)
{
    const struct offer_list *list = list_of(offers, shape_of(place));
    for (int round = 0; list && round < (old_too ? 2 : 1); round++)
        for (size_t i = 0; i < list->len; i++) {
            const struct offer *o = &list->at[i];
            if ((round == 0) == (o->writes > 0) && !map_get(taken, hash64(o->value)))
                return o->value;
        }
    return SPAN_NONE;
}
