#include "offers.h"

#include <stdlib.h>

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
            return (struct offer_list *)(uintptr_t)&offers->lists[i];
    return NULL;
}

void offers_release(struct offers *offers)
{
    for (size_t i = 0; i < offers->len; i++)
        free(offers->lists[i].at);
    arena_release(&offers->arena);
}

void offers_want(struct offers *offers, struct span place)
{
    struct span shape = shape_of(place);
    if (offers->len < OFFERS_WANTED_MAX && !list_of(offers, shape))
        offers->lists[offers->len++] = (struct offer_list){ .shape = shape };
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

static bool learn(void *ctx, const struct value_at *at)
{
    struct reading *r = ctx;
    if ((at->kind != VALUE_LINK && at->kind != VALUE_LOCATION) || at->value.len > OFFER_LONGEST)
        return true;
    strbuf_clear(&r->text);
    value_at_add_text(&r->text, at);
    struct offer_list *list = list_of(r->offers, shape_of(strbuf_span(&r->text)));
    if (!list || list->len == OFFERS_MAX || find(list, at->value))
        return true;
    list->at = array_room(list->at, &list->cap, list->len + 1, sizeof *list->at);
    list->at[list->len++] =
        (struct offer){ arena_copy(&r->offers->arena, at->value), r->writes, false };
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

struct span offers_take(struct offers *offers, struct span place, bool old_too)
{
    struct offer_list *list = list_of(offers, shape_of(place));
    for (int round = 0; list && round < (old_too ? 2 : 1); round++)
        for (size_t i = 0; i < list->len; i++) {
            struct offer *o = &list->at[i];
            if (o->taken || (round == 0) != (o->writes > 0))
                continue;
            o->taken = true;
            return o->value;
        }
    return SPAN_NONE;
}
