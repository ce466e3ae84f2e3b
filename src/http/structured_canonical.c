/*
 * A field that was read, written again in the form of RFC 9651, section 4.1. Members
 * and parameters are gathered first, because of a key that comes again the last value
 * counts and the first place: sorted once, so that thousands of keys stay cheap.
 */
#include <stdlib.h>

#include "rehearse/base/mem.h"
#include "rehearse/http/structured_write.h"

/* Members of a dictionary or parameters of one item, in the order they came. */
struct gathered {
    struct sf_member *at; /* owned */
    size_t len, cap;
};

static void gathered_release(struct gathered *g)
{
    free(g->at);
}

static void gather(struct gathered *g, const struct sf_member *member)
{
    g->at = array_room(g->at, &g->cap, g->len + 1, sizeof *g->at);
    g->at[g->len++] = *member;
}

/* By key, and in the order they came. */
static int by_key(const void *a, const void *b)
{
    const struct sf_member *const *left = a, *const *right = b;
    int order = span_cmp((*left)->key, (*right)->key);
    return order ? order : (*left > *right) - (*left < *right);
}

/* The last value of each key to its first place; the later places lose their key. */
static void settle_repeated(struct gathered *g)
{
    if (g->len < 2)
        return;
    AUTO(freep) struct sf_member **sorted = xmalloc(g->len * sizeof *sorted);
    for (size_t i = 0; i < g->len; i++)
        sorted[i] = &g->at[i];
    qsort(sorted, g->len, sizeof *sorted, by_key);
    for (size_t i = 0; i < g->len;) {
        struct sf_member *first = sorted[i++];
        for (; i < g->len && span_eq(sorted[i]->key, first->key); i++) {
            *first = *sorted[i];
            sorted[i]->key = SPAN_NONE;
        }
    }
}

static void write_value(struct sf_writer *w, const struct sf_value *v)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    switch (v->type) {
    case SF_INTEGER:
        sf_write_integer(w, v->number);
        break;
    case SF_DECIMAL:
        sf_write_decimal(w, v->number, 3);
        break;
    case SF_STRING:
        sf_write_string(w, sf_text(v, &arena));
        break;
    case SF_TOKEN:
        sf_write_token(w, v->text);
        break;
    case SF_BYTES:
        sf_write_bytes(w, sf_text(v, &arena));
        break;
    case SF_BOOLEAN:
        sf_write_boolean(w, v->number);
        break;
    case SF_DATE:
        sf_write_date(w, v->number);
        break;
    case SF_DISPLAY:
        sf_write_display(w, sf_text(v, &arena));
        break;
    case SF_NONE:
    case SF_INNER_LIST:
        break;
    }
}

static void write_parameters(struct sf_writer *w, struct span parameters)
{
    AUTO(gathered_release) struct gathered g = { 0 };
    struct sf_cursor c = sf_cursor_make(parameters);
    struct sf_member parameter;
    while (sf_next_parameter(&c, &parameter))
        gather(&g, &parameter);
    settle_repeated(&g);
    for (size_t i = 0; i < g.len; i++) {
        if (span_is_none(g.at[i].key))
            continue;
        sf_write_parameter(w, g.at[i].key);
        write_value(w, &g.at[i].value);
    }
}

static void write_member(struct sf_writer *w, const struct sf_member *member)
{
    if (member->value.type == SF_INNER_LIST) {
        struct sf_cursor c = sf_cursor_make(member->value.text);
        struct sf_member item;
        sf_write_inner_begin(w);
        while (sf_next_inner_item(&c, &item)) {
            write_value(w, &item.value);
            write_parameters(w, item.parameters);
        }
        sf_write_inner_end(w);
    } else {
        write_value(w, &member->value);
    }
    write_parameters(w, member->parameters);
}

static bool write_item(struct sf_writer *w, struct span value)
{
    struct sf_member item;
    if (!sf_item(value, &item))
        return false;
    write_member(w, &item);
    return true;
}

static bool write_list(struct sf_writer *w, struct span value)
{
    struct sf_cursor c = sf_cursor_make(value);
    struct sf_member member;
    while (sf_next_list_member(&c, &member))
        write_member(w, &member);
    return !c.failed;
}

static bool write_dictionary(struct sf_writer *w, struct span value)
{
    AUTO(gathered_release) struct gathered g = { 0 };
    struct sf_cursor c = sf_cursor_make(value);
    struct sf_member member;
    while (sf_next_dictionary_member(&c, &member))
        gather(&g, &member);
    if (c.failed)
        return false;
    settle_repeated(&g);
    for (size_t i = 0; i < g.len; i++) {
        if (span_is_none(g.at[i].key))
            continue;
        sf_write_key(w, g.at[i].key);
        write_member(w, &g.at[i]);
    }
    return true;
}

bool sf_canonical_add(struct strbuf *out, struct span value, enum sf_field_type type)
{
    size_t start = out->len;
    struct sf_writer w = type == SF_FIELD_ITEM   ? sf_write_item(out)
                         : type == SF_FIELD_LIST ? sf_write_list(out)
                                                 : sf_write_dictionary(out);
    bool read = type == SF_FIELD_ITEM   ? write_item(&w, value)
                : type == SF_FIELD_LIST ? write_list(&w, value)
                                        : write_dictionary(&w, value);
    if (read)
        return sf_write_end(&w);
    strbuf_cut(out, start);
    return false;
}
