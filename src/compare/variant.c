#include "variant.h"

#include <stdlib.h>

#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"
#include "rehearse/base/strbuf.h"

void variants_release(struct variants *v)
{
    free(v->sets);
    map_release(&v->by_text);
    arena_release(&v->arena);
    memset(v, 0, sizeof *v);
}

static bool has_name(const struct vary_set *set, struct span name)
{
    for (size_t i = 0; i < set->len; i++)
        if (span_eq(set->names[i], name))
            return true;
    return false;
}

static void add_name(struct variants *v, struct vary_set *set, struct span name)
{
    char low[128];
    if (name.len > sizeof low) { /* no client sends such a field */
        set->cut = true;
        return;
    }
    for (size_t i = 0; i < name.len; i++)
        low[i] = char_lower(name.ptr[i]);
    struct span lower = span_make(low, name.len);
    if (!name.len || has_name(set, lower))
        return;
    if (set->len >= VARY_NAMES_MAX) {
        set->cut = true;
        return;
    }
    set->names[set->len] = arena_copy(&v->arena, lower);
    set->hashes[set->len++] = hash64(lower);
}

/* NULL past VARY_SETS_MAX. Good until the next call. */
static const struct vary_set *variants_set(struct variants *v, struct span vary)
{
    uint64_t key = hash64(vary);
    const uint64_t *known = map_get(&v->by_text, key);
    if (known)
        return &v->sets[*known];
    if (v->len >= VARY_SETS_MAX)
        return NULL;
    map_put(&v->by_text, key, v->len, NULL);
    v->sets = array_room(v->sets, &v->cap, v->len + 1, sizeof *v->sets);
    struct vary_set *set = &v->sets[v->len++];
    *set = (struct vary_set){ .len = 0 };
    while (!span_is_none(vary) && !set->cut) {
        struct span name = span_trim(span_cut(&vary, ','));
        if (span_eq(name, SPAN("*")))
            set->any = true;
        else
            add_name(v, set, name);
    }
    return set;
}

/* White space around commas does not count (section 4.1). */
static uint64_t hash_of_value(struct span value)
{
    AUTO(strbuf_release) struct strbuf plain = STRBUF_INIT;
    bool first = true;
    if (span_find_char(value, ',') < 0)
        return hash64(span_trim(value));
    while (!span_is_none(value)) {
        if (!first)
            strbuf_add_char(&plain, ',');
        strbuf_add_span(&plain, span_trim(span_cut(&value, ',')));
        first = false;
    }
    return hash64(strbuf_span(&plain));
}

static uint64_t hash_of_line(struct variants *v, const struct http_field *f)
{
    size_t place = f->id & (VARY_VALUES - 1);
    if (f->id && v->values[place].id == f->id)
        return v->values[place].hash;
    uint64_t hash = hash_of_value(f->value);
    if (f->id) {
        v->values[place].id = f->id;
        v->values[place].hash = hash;
    }
    return hash;
}

static uint64_t asked_value(struct variants *v, struct span name, const struct http_request *r)
{
    uint64_t h = 0;
    for (uint32_t i = 0; i < r->fields.len; i++) {
        const struct http_field *f = &r->fields.at[i];
        if (f->name.len == name.len && !span_is_none(f->value) && span_ieq(f->name, name))
            h = hash_mix(h, hash_of_line(v, f));
    }
    if (!h && span_eq(name, SPAN("host"))) /* kept apart from the fields */
        h = hash64(r->authority);
    return h;
}

uint64_t variant_of(struct variants *v, struct span vary, const struct exchange *asked,
                    bool *ret_cut)
{
    if (span_is_none(vary))
        return 0;
    const struct vary_set *set = variants_set(v, vary);
    if (!set)
        return hash64(vary);
    if (set->cut)
        *ret_cut = true;
    if (set->any)
        return hash_mix(asked->session, asked->seq) | 1;
    uint64_t sum = 0; /* the order of names says nothing */
    for (size_t i = 0; i < set->len; i++)
        sum += hash_mix(set->hashes[i], asked_value(v, set->names[i], &asked->request));
    return sum;
}
