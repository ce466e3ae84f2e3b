#ifndef TESTS_HTTP_STRUCTURED_PARTS_H
#define TESTS_HTTP_STRUCTURED_PARTS_H

/*
 * A structured field as a tree of parts: made by our reader or from the JSON of the
 * public suite, compared, and written by our writer.
 */
#include "rehearse/base/json_cursor.h"
#include "rehearse/http/structured_write.h"
#include "support/check.h"

struct parts {
    struct part *at; /* in the arena */
    size_t len, cap;
};

struct part {
    struct span key; /* SPAN_NONE in lists */
    enum sf_type type;
    int64_t number;
    unsigned places;  /* of a decimal: number / 10^places */
    struct span text; /* decoded */
    struct parts items, parameters;
};

static inline struct part *add(struct parts *parts, struct arena *arena)
{
    if (parts->len == parts->cap) {
        size_t cap = parts->cap ? 2 * parts->cap : 4;
        struct part *at = arena_calloc(arena, cap, sizeof *at);
        if (parts->len)
            memcpy(at, parts->at, parts->len * sizeof *at);
        parts->at = at;
        parts->cap = cap;
    }
    return &parts->at[parts->len++];
}

/* The part of that key, as it was or new: a key that comes again keeps its place. */
static inline struct part *at_key(struct parts *parts, struct span key, struct arena *arena)
{
    for (size_t i = 0; i < parts->len; i++)
        if (span_eq(parts->at[i].key, key))
            return &parts->at[i];
    return add(parts, arena);
}

/* ---- from the reader ---- */

static inline void read_value(struct part *part, const struct sf_value *v, struct arena *arena)
{
    part->type = v->type;
    part->number = v->number;
    part->places = v->type == SF_DECIMAL ? 3 : 0;
    if (v->type == SF_STRING || v->type == SF_TOKEN || v->type == SF_BYTES || v->type == SF_DISPLAY)
        part->text = sf_text(v, arena);
}

static inline struct part part_read(const struct sf_member *m, struct arena *arena)
{
    struct part part = { .key = m->key };
    struct sf_cursor c = sf_cursor_make(m->parameters);
    struct sf_member inner;
    while (sf_next_parameter(&c, &inner)) {
        struct part *parameter = at_key(&part.parameters, inner.key, arena);
        *parameter = (struct part){ .key = inner.key };
        read_value(parameter, &inner.value, arena);
    }
    read_value(&part, &m->value, arena);
    if (m->value.type != SF_INNER_LIST)
        return part;
    c = sf_cursor_make(m->value.text);
    while (sf_next_inner_item(&c, &inner)) {
        struct part item = part_read(&inner, arena);
        *add(&part.items, arena) = item;
    }
    return part;
}

static inline bool parts_read(struct span raw, enum sf_field_type type, struct parts *ret,
                              struct arena *arena)
{
    struct sf_cursor c = sf_cursor_make(raw);
    struct sf_member m;
    if (type == SF_FIELD_ITEM) {
        if (!sf_item(raw, &m))
            return false;
        *add(ret, arena) = part_read(&m, arena);
        return true;
    }
    if (type == SF_FIELD_LIST) {
        while (sf_next_list_member(&c, &m))
            *add(ret, arena) = part_read(&m, arena);
        return !c.failed && sf_list_valid(raw);
    }
    while (sf_next_dictionary_member(&c, &m))
        *at_key(ret, m.key, arena) = part_read(&m, arena);
    return !c.failed && sf_dictionary_valid(raw);
}

/* ---- from JSON ---- */

/* RFC 4648, section 6: how the suite shows bytes. */
static inline struct span from_base32(struct span s, struct arena *arena)
{
    char *out = arena_alloc(arena, s.len + 1);
    unsigned bits = 0, held = 0;
    size_t len = 0;
    for (size_t i = 0; i < s.len && s.ptr[i] != '='; i++) {
        char c = s.ptr[i];
        bits = bits << 5 | (unsigned)(char_is_digit(c) ? c - '2' + 26 : c - 'A');
        held += 5;
        if (held >= 8)
            out[len++] = (char)(bits >> (held -= 8) & 0xff);
    }
    return span_make(out, len);
}

static inline void json_number(struct part *part, struct span raw)
{
    ptrdiff_t point = span_find_char(raw, '.');
    part->type = point < 0 ? SF_INTEGER : SF_DECIMAL;
    part->places = point < 0 ? 0 : (unsigned)(raw.len - (size_t)point - 1);
    assert_true(span_to_scaled(raw, part->places, &part->number));
}

static inline void json_typed(struct part *part, struct json_cursor *c, struct arena *arena)
{
    static const struct {
        const char *name;
        enum sf_type type;
    } types[] = {
        { "token", SF_TOKEN },
        { "binary", SF_BYTES },
        { "date", SF_DATE },
        { "displaystring", SF_DISPLAY },
    };
    struct span key;
    struct json_value value = { 0 };
    json_enter_object(c);
    while (json_next_member(c, &key)) {
        struct json_value v = json_take(c);
        if (span_eq(key, SPAN("value")))
            value = v;
        else
            for (size_t i = 0; i < sizeof types / sizeof *types; i++)
                if (span_eq(v.raw, span_of(types[i].name)))
                    part->type = types[i].type;
    }
    if (part->type == SF_DATE)
        assert_true(span_to_i64(value.raw, &part->number));
    else
        part->text = json_unescape(value.raw, arena);
    if (part->type == SF_BYTES)
        part->text = from_base32(part->text, arena);
}

static inline void json_bare(struct part *part, struct json_cursor *c, struct arena *arena)
{
    if (json_peek(c) == JSON_OBJECT) {
        json_typed(part, c, arena);
        return;
    }
    struct json_value v = json_take(c);
    switch (v.type) {
    case JSON_NUMBER:
        json_number(part, v.raw);
        break;
    case JSON_STRING:
        part->type = SF_STRING;
        part->text = json_unescape(v.raw, arena);
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        part->type = SF_BOOLEAN;
        part->number = v.type == JSON_TRUE;
        break;
    default:
        fail_msg("the suite holds a value of JSON type %d", (int)v.type);
    }
}

static inline void json_parameters(struct parts *parts, struct json_cursor *c, struct arena *arena)
{
    json_enter_array(c);
    while (json_next_element(c)) {
        struct part *part = add(parts, arena);
        json_enter_array(c);
        json_next_element(c);
        part->key = json_unescape(json_take(c).raw, arena);
        json_next_element(c);
        json_bare(part, c, arena);
        assert_false(json_next_element(c));
    }
}

/* [bare item or list of items, parameters] */
static inline struct part json_part(struct json_cursor *c, struct arena *arena)
{
    struct part part = { .type = SF_NONE };
    json_enter_array(c);
    json_next_element(c);
    if (json_peek(c) == JSON_ARRAY) {
        part.type = SF_INNER_LIST;
        json_enter_array(c);
        while (json_next_element(c)) {
            struct part item = json_part(c, arena);
            *add(&part.items, arena) = item;
        }
    } else {
        json_bare(&part, c, arena);
    }
    json_next_element(c);
    json_parameters(&part.parameters, c, arena);
    assert_false(json_next_element(c));
    return part;
}

/* What `expected` holds; kept as text until header_type is known. */
static inline struct parts json_parts(struct span json, enum sf_field_type type,
                                      struct arena *arena)
{
    struct parts parts = { 0 };
    struct json_cursor c = json_cursor_make(json);
    if (type == SF_FIELD_ITEM) {
        *add(&parts, arena) = json_part(&c, arena);
        return parts;
    }
    json_enter_array(&c);
    while (json_next_element(&c)) {
        struct span key = SPAN_NONE;
        if (type == SF_FIELD_DICTIONARY) {
            json_enter_array(&c);
            json_next_element(&c);
            key = json_unescape(json_take(&c).raw, arena);
            json_next_element(&c);
        }
        struct part part = json_part(&c, arena);
        part.key = key;
        *add(&parts, arena) = part;
        if (type == SF_FIELD_DICTIONARY)
            assert_false(json_next_element(&c));
    }
    assert_false(c.failed);
    return parts;
}

/* ---- compared ---- */

static inline int64_t thousandths(const struct part *p)
{
    int64_t n = p->number;
    for (unsigned places = p->places; places < 3; places++)
        n *= 10;
    assert_true(p->places <= 3);
    return n;
}

static inline bool parts_equal(const struct parts *a, const struct parts *b);

static inline bool part_equal(const struct part *a, const struct part *b)
{
    if (!span_eq(a->key, b->key) || a->type != b->type || !span_eq(a->text, b->text))
        return false;
    if (a->type == SF_DECIMAL ? thousandths(a) != thousandths(b) : a->number != b->number)
        return false;
    return parts_equal(&a->items, &b->items) && parts_equal(&a->parameters, &b->parameters);
}

static inline bool parts_equal(const struct parts *a, const struct parts *b)
{
    if (a->len != b->len)
        return false;
    for (size_t i = 0; i < a->len; i++)
        if (!part_equal(&a->at[i], &b->at[i]))
            return false;
    return true;
}

/* ---- written ---- */

static inline void write_value(struct sf_writer *w, const struct part *p)
{
    switch (p->type) {
    case SF_INTEGER:
        sf_write_integer(w, p->number);
        break;
    case SF_DECIMAL:
        sf_write_decimal(w, p->number, p->places);
        break;
    case SF_STRING:
        sf_write_string(w, p->text);
        break;
    case SF_TOKEN:
        sf_write_token(w, p->text);
        break;
    case SF_BYTES:
        sf_write_bytes(w, p->text);
        break;
    case SF_BOOLEAN:
        sf_write_boolean(w, p->number);
        break;
    case SF_DATE:
        sf_write_date(w, p->number);
        break;
    case SF_DISPLAY:
        sf_write_display(w, p->text);
        break;
    case SF_NONE:
    case SF_INNER_LIST:
        fail_msg("no bare item: %d", (int)p->type);
    }
}

static inline void write_part(struct sf_writer *w, const struct part *p)
{
    if (p->type == SF_INNER_LIST) {
        sf_write_inner_begin(w);
        for (size_t i = 0; i < p->items.len; i++)
            write_part(w, &p->items.at[i]);
        sf_write_inner_end(w);
    } else {
        write_value(w, p);
    }
    for (size_t i = 0; i < p->parameters.len; i++) {
        sf_write_parameter(w, p->parameters.at[i].key);
        write_value(w, &p->parameters.at[i]);
    }
}

static inline bool parts_write(struct strbuf *out, const struct parts *parts,
                               enum sf_field_type type)
{
    struct sf_writer w = type == SF_FIELD_ITEM   ? sf_write_item(out)
                         : type == SF_FIELD_LIST ? sf_write_list(out)
                                                 : sf_write_dictionary(out);
    for (size_t i = 0; i < parts->len; i++) {
        if (type == SF_FIELD_DICTIONARY)
            sf_write_key(&w, parts->at[i].key);
        write_part(&w, &parts->at[i]);
    }
    return sf_write_end(&w);
}

#endif
