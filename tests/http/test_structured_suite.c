/*
 * The public suite of structured fields (github.com/httpwg/structured-field-tests, kept
 * beside this tree): what it calls valid reads to the values it expects, what it calls
 * invalid does not read, and the expected values are written in the form it calls
 * canonical. Skipped where the suite is not there; SF_SUITE names another folder.
 */
#include "support/check.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "rehearse/base/file.h"
#include "rehearse/base/json_cursor.h"
#include "rehearse/http/structured_write.h"

enum { PARSING_CASES = 1591, SERIALISATION_CASES = 544 };

/* A structured field as a tree, made from the suite's JSON and from what the reader hands out. */
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

static struct part *add(struct parts *parts, struct arena *arena)
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
static struct part *at_key(struct parts *parts, struct span key, struct arena *arena)
{
    for (size_t i = 0; i < parts->len; i++)
        if (span_eq(parts->at[i].key, key))
            return &parts->at[i];
    return add(parts, arena);
}

/* ---- from the reader ---- */

static void read_value(struct part *part, const struct sf_value *v, struct arena *arena)
{
    part->type = v->type;
    part->number = v->number;
    part->places = v->type == SF_DECIMAL ? 3 : 0;
    if (v->type == SF_STRING || v->type == SF_TOKEN || v->type == SF_BYTES || v->type == SF_DISPLAY)
        part->text = sf_text(v, arena);
}

static struct part part_read(const struct sf_member *m, struct arena *arena)
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

static bool parts_read(struct span raw, enum sf_field_type type, struct parts *ret,
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
static struct span from_base32(struct span s, struct arena *arena)
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

static void json_number(struct part *part, struct span raw)
{
    ptrdiff_t point = span_find_char(raw, '.');
    part->type = point < 0 ? SF_INTEGER : SF_DECIMAL;
    part->places = point < 0 ? 0 : (unsigned)(raw.len - (size_t)point - 1);
    assert_true(span_to_scaled(raw, part->places, &part->number));
}

static void json_typed(struct part *part, struct json_cursor *c, struct arena *arena)
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

static void json_bare(struct part *part, struct json_cursor *c, struct arena *arena)
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

static void json_parameters(struct parts *parts, struct json_cursor *c, struct arena *arena)
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
static struct part json_part(struct json_cursor *c, struct arena *arena)
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
static struct parts json_parts(struct span json, enum sf_field_type type, struct arena *arena)
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

static int64_t thousandths(const struct part *p)
{
    int64_t n = p->number;
    for (unsigned places = p->places; places < 3; places++)
        n *= 10;
    assert_true(p->places <= 3);
    return n;
}

static bool parts_equal(const struct parts *a, const struct parts *b);

static bool part_equal(const struct part *a, const struct part *b)
{
    if (!span_eq(a->key, b->key) || a->type != b->type || !span_eq(a->text, b->text))
        return false;
    if (a->type == SF_DECIMAL ? thousandths(a) != thousandths(b) : a->number != b->number)
        return false;
    return parts_equal(&a->items, &b->items) && parts_equal(&a->parameters, &b->parameters);
}

static bool parts_equal(const struct parts *a, const struct parts *b)
{
    if (a->len != b->len)
        return false;
    for (size_t i = 0; i < a->len; i++)
        if (!part_equal(&a->at[i], &b->at[i]))
            return false;
    return true;
}

/* ---- written ---- */

static void write_value(struct sf_writer *w, const struct part *p)
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

static void write_part(struct sf_writer *w, const struct part *p)
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

static bool parts_write(struct strbuf *out, const struct parts *parts, enum sf_field_type type)
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

/* ---- cases ---- */

struct suite_case {
    struct span name;
    enum sf_field_type type;
    struct span raw;       /* lines joined; SPAN_NONE in serialisation cases */
    struct span canonical; /* SPAN_NONE where it is the raw one */
    struct span expected;  /* JSON */
    bool must_fail, can_fail;
};

static struct span joined_lines(struct json_cursor *c, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf lines = STRBUF_INIT;
    json_enter_array(c);
    for (bool first = true; json_next_element(c); first = false) {
        if (!first)
            strbuf_add_str(&lines, ", ");
        strbuf_add_span(&lines, json_unescape(json_take(c).raw, arena));
    }
    return arena_copy(arena, strbuf_span(&lines));
}

static enum sf_field_type field_type(struct span name)
{
    if (span_eq(name, SPAN("item")))
        return SF_FIELD_ITEM;
    return span_eq(name, SPAN("list")) ? SF_FIELD_LIST : SF_FIELD_DICTIONARY;
}

static struct suite_case read_case(struct json_cursor *c, struct arena *arena)
{
    struct suite_case s = { 0 };
    struct span key;
    json_enter_object(c);
    while (json_next_member(c, &key)) {
        if (span_eq(key, SPAN("raw")))
            s.raw = joined_lines(c, arena);
        else if (span_eq(key, SPAN("canonical")))
            s.canonical = joined_lines(c, arena);
        else if (span_eq(key, SPAN("header_type")))
            s.type = field_type(json_take(c).raw);
        else if (span_eq(key, SPAN("name")))
            s.name = json_take(c).raw;
        else if (span_eq(key, SPAN("expected")))
            s.expected = json_take(c).raw;
        else if (span_eq(key, SPAN("must_fail")))
            s.must_fail = json_take(c).type == JSON_TRUE;
        else if (span_eq(key, SPAN("can_fail")))
            s.can_fail = json_take(c).type == JSON_TRUE;
        else
            fail_msg("the suite has a member this test does not know: %.*s", SPAN_ARG(key));
    }
    return s;
}

static struct span canonical_of(const struct suite_case *s)
{
    return span_is_none(s->canonical) ? s->raw : s->canonical;
}

/* NULL when all is as the suite says, else what is not. */
static const char *judge_parsing(const struct suite_case *s, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    struct parts found = { 0 };
    bool reads = parts_read(s->raw, s->type, &found, arena);
    bool rewritten = sf_canonical_add(&out, s->raw, s->type);
    if (rewritten != reads)
        return "the canonical form exists and the field does not read, or the reverse";
    if (s->must_fail)
        return reads ? "it reads" : NULL;
    if (!reads)
        return s->can_fail ? NULL : "it does not read";
    struct parts expected = json_parts(s->expected, s->type, arena);
    if (!parts_equal(&found, &expected))
        return "it reads to other values";
    if (!span_eq(strbuf_span(&out), canonical_of(s)))
        return "its canonical form is another";
    strbuf_clear(&out);
    if (!parts_write(&out, &expected, s->type) || !span_eq(strbuf_span(&out), canonical_of(s)))
        return "its expected values are written in another form";
    return NULL;
}

static const char *judge_serialisation(const struct suite_case *s, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    struct parts expected = json_parts(s->expected, s->type, arena);
    strbuf_add_str(&out, "before ");
    bool written = parts_write(&out, &expected, s->type);
    if (s->must_fail)
        return written || out.len != 7 ? "it is written" : NULL;
    if (!written)
        return "it is not written";
    return span_eq(span_from(strbuf_span(&out), 7), s->canonical) ? NULL
                                                                  : "it is written otherwise";
}

typedef const char *judge_fn(const struct suite_case *s, struct arena *arena);

static unsigned run_file(const char *path, judge_fn *judge)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct err err = ERR_INIT;
    unsigned cases = 0, wrong = 0;
    assert_int_equal(file_read(&text, path, 64 << 20, &err), 0);
    struct json_cursor c = json_cursor_make(strbuf_span(&text));
    assert_true(json_enter_array(&c));
    for (; json_next_element(&c); cases++) {
        struct suite_case s = read_case(&c, &arena);
        const char *fault = judge(&s, &arena);
        if (fault)
            print_error("%s: %.*s: %s\n", path, SPAN_ARG(s.name), fault);
        wrong += fault != NULL;
        arena_clear(&arena);
    }
    assert_false(c.failed);
    assert_int_equal(wrong, 0);
    return cases;
}

static const char *suite_folder(void)
{
    const char *named = getenv("SF_SUITE");
    return named ? named : SUITES "/structured-fields";
}

static unsigned run_folder(const char *below, judge_fn *judge)
{
    char folder_path[1024], path[1400];
    unsigned cases = 0;
    snprintf(folder_path, sizeof folder_path, "%s%s", suite_folder(), below);
    DIR *folder = opendir(folder_path);
    assert_non_null(folder);
    for (struct dirent *e = readdir(folder); e; e = readdir(folder)) {
        if (!span_ends(span_of(e->d_name), SPAN(".json")))
            continue;
        snprintf(path, sizeof path, "%s/%s", folder_path, e->d_name);
        cases += run_file(path, judge);
    }
    closedir(folder);
    return cases;
}

static void test_suite__every_parsing_case(void **state)
{
    (void)state;
    unsigned cases = run_folder("", judge_parsing);
    print_message("structured fields: %u parsing cases passed\n", cases);
    assert_int_equal(cases, PARSING_CASES);
}

static void test_suite__every_serialisation_case(void **state)
{
    (void)state;
    unsigned cases = run_folder("/serialisation-tests", judge_serialisation);
    print_message("structured fields: %u serialisation cases passed\n", cases);
    assert_int_equal(cases, SERIALISATION_CASES);
}

/* What ctest and tests/run take for "skipped". */
enum { SKIPPED = 77 };

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_suite__every_parsing_case),
        cmocka_unit_test(test_suite__every_serialisation_case),
    };
    DIR *folder = opendir(suite_folder());
    if (!folder) {
        printf("SKIPPED: the suite of structured fields is not at %s\n", suite_folder());
        return SKIPPED;
    }
    closedir(folder);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
