/*
 * What the text of a structured value means (RFC 9651). The reader has checked the
 * grammar: nothing here can fail, and no copy is longer than what it was made of.
 */
#include <assert.h>

#include "rehearse/http/structured.h"

/* Section 4.2.5: a backslash stands before '"' and '\' only. */
static struct span unescape(struct span s, struct arena *arena)
{
    if (span_find_char(s, '\\') < 0)
        return s;
    char *out = arena_alloc(arena, s.len);
    size_t len = 0;
    for (size_t i = 0; i < s.len; i++) {
        i += s.ptr[i] == '\\';
        assert(i < s.len);
        out[len++] = s.ptr[i];
    }
    return span_make(out, len);
}

/* RFC 4648, section 4; -1 for what is no digit of base64. */
static int sextet(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (char_is_digit(c))
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Section 4.2.7. Pad bits that are not zero are passed over, as the section recommends. */
static struct span from_base64(struct span s, struct arena *arena)
{
    char *out = arena_alloc(arena, s.len / 4 * 3 + 3);
    unsigned bits = 0;
    unsigned held = 0; /* bits in `bits` that are not written yet */
    size_t len = 0;
    for (size_t i = 0; i < s.len && s.ptr[i] != '='; i++) {
        int digit = sextet(s.ptr[i]);
        assert(digit >= 0);
        bits = bits << 6 | (unsigned)digit;
        held += 6;
        if (held < 8)
            continue;
        held -= 8;
        out[len++] = (char)(bits >> held & 0xff);
    }
    return span_make(out, len);
}

/* Section 4.2.10. */
static struct span undo_percent(struct span s, struct arena *arena)
{
    if (span_find_char(s, '%') < 0)
        return s;
    char *out = arena_alloc(arena, s.len);
    size_t len = 0;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '%') {
            assert(i + 2 < s.len);
            c = (char)(char_hex(s.ptr[i + 1]) * 16 + char_hex(s.ptr[i + 2]));
            i += 2;
        }
        out[len++] = c;
    }
    return span_make(out, len);
}

struct span sf_text(const struct sf_value *value, struct arena *arena)
{
    switch (value->type) {
    case SF_STRING:
        return unescape(value->text, arena);
    case SF_BYTES:
        return from_base64(value->text, arena);
    case SF_DISPLAY:
        return undo_percent(value->text, arena);
    case SF_NONE:
    case SF_INTEGER:
    case SF_DECIMAL:
    case SF_TOKEN:
    case SF_BOOLEAN:
    case SF_DATE:
    case SF_INNER_LIST:
        break;
    }
    return value->text;
}
