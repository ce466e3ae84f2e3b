#include "name_set.h"

#include <stdlib.h>

static int by_folded(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    if (x->len != y->len)
        return x->len < y->len ? -1 : 1;
    for (size_t i = 0; i < x->len; i++) {
        char c = char_lower(x->ptr[i]), d = char_lower(y->ptr[i]);
        if (c != d)
            return c < d ? -1 : 1;
    }
    return 0;
}

static void add_one(struct name_set *set, struct span name, struct arena *arena)
{
    if (set->len == set->cap) {
        size_t cap = set->cap ? set->cap * 2 : 8;
        struct span *at = arena_alloc(arena, cap * sizeof *at);
        if (set->len)
            memcpy(at, set->at, set->len * sizeof *at);
        set->at = at;
        set->cap = cap;
    }
    set->at[set->len++] = name;
}

void name_set_add(struct name_set *set, struct span list, struct arena *arena)
{
    while (!span_is_none(list)) {
        struct span name = span_trim(span_cut(&list, ','));
        if (name.len)
            add_one(set, name, arena);
    }
}

void name_set_close(struct name_set *set)
{
    if (set->len > 1)
        qsort(set->at, set->len, sizeof *set->at, by_folded);
}

bool name_set_has(const struct name_set *set, struct span name)
{
    return set->len && bsearch(&name, set->at, set->len, sizeof *set->at, by_folded);
}

struct name_set name_set_listed(const struct http_fields *fields, struct span field,
                                struct arena *arena)
{
    struct name_set set = { 0 };
    for (uint32_t i = 0; i < fields->len; i++)
        if (fields->at[i].name.len == field.len && span_ieq(fields->at[i].name, field))
            name_set_add(&set, fields->at[i].value, arena);
    name_set_close(&set);
    return set;
}

struct name_set name_set_of(const struct http_fields *fields, struct arena *arena)
{
    struct name_set set = { 0 };
    for (uint32_t i = 0; i < fields->len; i++)
        add_one(&set, fields->at[i].name, arena);
    name_set_close(&set);
    return set;
}
