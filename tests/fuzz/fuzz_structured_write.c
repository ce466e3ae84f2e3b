/*
 * Structured fields there and back: what reads has one canonical form, which reads to the
 * same members and is its own canonical form. And any bytes as a value: what the writer
 * lets through reads back as the same bytes.
 */
#include <assert.h>

#include "rehearse/http/structured_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_same_value(const struct sf_value *a, const struct sf_value *b)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    assert(a->type == b->type && a->number == b->number);
    bool is_text =
        a->type == SF_STRING || a->type == SF_TOKEN || a->type == SF_BYTES || a->type == SF_DISPLAY;
    assert(!is_text || span_eq(sf_text(a, &arena), sf_text(b, &arena)));
}

static void check_same_list(struct span before, struct span after)
{
    struct sf_cursor a = sf_cursor_make(before), b = sf_cursor_make(after);
    struct sf_member left, right;
    while (sf_next_list_member(&a, &left)) {
        bool more = sf_next_list_member(&b, &right);
        assert(more);
        check_same_value(&left.value, &right.value);
        struct sf_cursor c = sf_cursor_make(left.parameters);
        struct sf_member p;
        for (unsigned i = 0; i < 8 && sf_next_parameter(&c, &p); i++) {
            struct sf_value was = sf_parameter(left.parameters, p.key);
            struct sf_value is = sf_parameter(right.parameters, p.key);
            check_same_value(&was, &is);
        }
    }
    assert(!sf_next_list_member(&b, &right) && !b.failed);
}

static void round_trip(struct span text, enum sf_field_type type)
{
    AUTO(strbuf_release) struct strbuf first = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf second = STRBUF_INIT;
    struct sf_member m;
    bool valid = type == SF_FIELD_ITEM   ? sf_item(text, &m)
                 : type == SF_FIELD_LIST ? sf_list_valid(text)
                                         : sf_dictionary_valid(text);
    bool written = sf_canonical_add(&first, text, type);
    assert(written == valid && (written || first.len == 0));
    if (!written)
        return;
    written = sf_canonical_add(&second, strbuf_span(&first), type);
    assert(written && span_eq(strbuf_span(&first), strbuf_span(&second)));
    if (type == SF_FIELD_LIST)
        check_same_list(text, strbuf_span(&first));
}

static void write_any(struct span bytes, void (*write)(struct sf_writer *, struct span))
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct sf_writer w = sf_write_item(&out);
    struct sf_member m;
    write(&w, bytes);
    if (!sf_write_end(&w)) {
        assert(out.len == 0 && w.fault);
        return;
    }
    bool read = sf_item(strbuf_span(&out), &m);
    assert(read && span_eq(sf_text(&m.value, &arena), bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = span_make((const char *)data, size);
    round_trip(text, SF_FIELD_ITEM);
    round_trip(text, SF_FIELD_LIST);
    round_trip(text, SF_FIELD_DICTIONARY);
    write_any(text, sf_write_string);
    write_any(text, sf_write_token);
    write_any(text, sf_write_bytes);
    write_any(text, sf_write_display);
    return 0;
}
