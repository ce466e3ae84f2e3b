/*
 * JSON in place (RFC 8259, with the tolerances the header names). What is
 * skipped is checked for its strings and brackets only: a log line has to be
 * safe to walk, and nobody acts on a member that is passed over.
 */
#include "rehearse/base/json_cursor.h"

struct json_cursor json_cursor_make(struct span text)
{
    const char *at = text.ptr ? text.ptr : "";
    return (struct json_cursor){ .at = at, .end = at + text.len, .start = at };
}

static bool fail(struct json_cursor *c)
{
    c->failed = true;
    return false;
}

static void skip_space(struct json_cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\n' || *c->at == '\r'))
        c->at++;
}

/* Does a byte of `word` equal the byte that `pattern` repeats? Exact as a yes or no. */
static bool word_has(uint64_t word, uint64_t pattern)
{
    uint64_t x = word ^ pattern;
    return ((x - 0x0101010101010101u) & ~x & 0x8080808080808080u) != 0;
}

/* The first quote or backslash from `p` on, or `end`. Eight bytes a step: strings are most of a
 * log. */
static const char *find_string_stop(const char *p, const char *end)
{
    while (end - p >= 8) {
        uint64_t word;
        memcpy(&word, p, sizeof word);
        if (word_has(word, 0x2222222222222222u) || word_has(word, 0x5c5c5c5c5c5c5c5cu))
            break;
        p += 8;
    }
    while (p < end && *p != '"' && *p != '\\')
        p++;
    return p;
}

/* The cursor stands at the opening quote; moves behind the closing one. */
static bool take_string(struct json_cursor *c, struct span *ret)
{
    const char *start = c->at + 1;
    const char *p = start;
    for (;;) {
        p = find_string_stop(p, c->end);
        if (c->end - p < 1 || (*p == '\\' && c->end - p < 2))
            return fail(c);
        if (*p == '"')
            break;
        p += 2;
    }
    *ret = span_make(start, (size_t)(p - start));
    c->at = p + 1;
    return true;
}

static bool ends_bare(char ch)
{
    return ch == ',' || ch == '}' || ch == ']' || ch == ' ' || ch == '\t' || ch == '\n' ||
           ch == '\r' || ch == '"' || ch == '{' || ch == '[' || ch == ':';
}

static struct span bare_word(const struct json_cursor *c)
{
    const char *p = c->at;
    while (p < c->end && !ends_bare(*p))
        p++;
    return span_make(c->at, (size_t)(p - c->at));
}

/* RFC 8259, section 6: -?int(.frac)?(e[+-]?digits)?. Leading zeros are let through. */
static bool is_number(struct span s)
{
    size_t i = s.len && s.ptr[0] == '-' ? 1 : 0;
    size_t digits = i;
    while (i < s.len && char_is_digit(s.ptr[i]))
        i++;
    if (i == digits)
        return false;
    if (i < s.len && s.ptr[i] == '.') {
        digits = ++i;
        while (i < s.len && char_is_digit(s.ptr[i]))
            i++;
        if (i == digits)
            return false;
    }
    if (i < s.len && char_lower(s.ptr[i]) == 'e') {
        i++;
        if (i < s.len && (s.ptr[i] == '+' || s.ptr[i] == '-'))
            i++;
        digits = i;
        while (i < s.len && char_is_digit(s.ptr[i]))
            i++;
        if (i == digits)
            return false;
    }
    return i == s.len;
}

static enum json_type word_type(struct span word)
{
    if (word.len == 0)
        return JSON_BARE;
    switch (word.ptr[0]) {
    case 't':
        return span_eq(word, SPAN("true")) ? JSON_TRUE : JSON_BARE;
    case 'f':
        return span_eq(word, SPAN("false")) ? JSON_FALSE : JSON_BARE;
    case 'n':
        return span_eq(word, SPAN("null")) ? JSON_NULL : JSON_BARE;
    default:
        return is_number(word) ? JSON_NUMBER : JSON_BARE;
    }
}

enum json_type json_peek(struct json_cursor *c)
{
    if (c->failed)
        return JSON_NONE;
    skip_space(c);
    if (c->at == c->end)
        return JSON_NONE;
    switch (*c->at) {
    case '{':
        return JSON_OBJECT;
    case '[':
        return JSON_ARRAY;
    case '"':
        return JSON_STRING;
    default:
        return word_type(bare_word(c));
    }
}

static bool enter(struct json_cursor *c, char open)
{
    if (c->failed)
        return false;
    skip_space(c);
    if (c->at == c->end || *c->at != open || c->depth >= JSON_MAX_DEPTH)
        return fail(c);
    c->at++;
    c->depth++;
    return true;
}

bool json_enter_object(struct json_cursor *c)
{
    return enter(c, '{');
}

bool json_enter_array(struct json_cursor *c)
{
    return enter(c, '[');
}

/*
 * Before the next member or element, or behind the end. The byte just behind us
 * says whether a comma is due: nothing that a value ends with is an opening bracket.
 */
static bool next_item(struct json_cursor *c, char open, char close)
{
    if (c->failed)
        return false;
    bool first = c->at > c->start && c->at[-1] == open;
    skip_space(c);
    if (c->at == c->end)
        return fail(c);
    if (*c->at == close) {
        c->at++;
        c->depth--;
        return false;
    }
    if (first)
        return true;
    if (*c->at != ',')
        return fail(c);
    c->at++;
    skip_space(c);
    if (c->at == c->end || *c->at == close)
        return fail(c);
    return true;
}

bool json_next_member(struct json_cursor *c, struct span *ret_key)
{
    struct span key;
    if (!next_item(c, '{', '}'))
        return false;
    if (*c->at != '"')
        return fail(c);
    if (!take_string(c, &key))
        return false;
    skip_space(c);
    if (c->at == c->end || *c->at != ':')
        return fail(c);
    c->at++;
    *ret_key = key;
    return true;
}

/* An element cannot be left out as a member's value can: the cursor would never move on. */
bool json_next_element(struct json_cursor *c)
{
    if (!next_item(c, '[', ']'))
        return false;
    if (*c->at == ',' || *c->at == '}' || *c->at == ':')
        return fail(c);
    return true;
}

/* Over an object or array, with a bit a level for which of the two it was. */
static bool skip_nested(struct json_cursor *c)
{
    bool is_array[JSON_MAX_DEPTH];
    int depth = 0;
    struct span ignored;
    do {
        if (c->at == c->end)
            return fail(c);
        switch (*c->at) {
        case '"':
            if (!take_string(c, &ignored))
                return false;
            continue;
        case '{':
        case '[':
            if (c->depth + depth >= JSON_MAX_DEPTH)
                return fail(c);
            is_array[depth++] = *c->at == '[';
            break;
        case '}':
        case ']':
            if (is_array[--depth] != (*c->at == ']'))
                return fail(c);
            break;
        default:
            break;
        }
        c->at++;
    } while (depth);
    return true;
}

struct json_value json_take(struct json_cursor *c)
{
    struct json_value v = { .type = JSON_NONE };
    if (c->failed)
        return v;
    skip_space(c);
    const char *start = c->at;
    if (c->at == c->end)
        return v;
    if (*c->at == '"') {
        if (take_string(c, &v.raw))
            v.type = JSON_STRING;
    } else if (*c->at == '{' || *c->at == '[') {
        enum json_type type = *c->at == '{' ? JSON_OBJECT : JSON_ARRAY;
        if (skip_nested(c))
            v = (struct json_value){ type, span_make(start, (size_t)(c->at - start)) };
    } else {
        v.raw = bare_word(c);
        v.type = word_type(v.raw);
        c->at += v.raw.len;
    }
    return v;
}

void json_skip(struct json_cursor *c)
{
    (void)json_take(c);
}

/* "00e9" as 0xe9; false when it is not four hexadecimal digits. */
static bool hex4(struct span s, uint32_t *ret)
{
    uint32_t n = 0;
    if (s.len < 4)
        return false;
    for (size_t i = 0; i < 4; i++) {
        int digit = char_hex(s.ptr[i]);
        if (digit < 0)
            return false;
        n = n << 4 | (uint32_t)digit;
    }
    *ret = n;
    return true;
}

static char *put_utf8(char *to, uint32_t c)
{
    if (c < 0x80) {
        *to++ = (char)c;
    } else if (c < 0x800) {
        *to++ = (char)(0xc0 | c >> 6);
        *to++ = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        *to++ = (char)(0xe0 | c >> 12);
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
        *to++ = (char)(0x80 | (c & 0x3f));
    } else {
        *to++ = (char)(0xf0 | c >> 18);
        *to++ = (char)(0x80 | (c >> 12 & 0x3f));
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
        *to++ = (char)(0x80 | (c & 0x3f));
    }
    return to;
}

/* `s` starts behind "\u". Returns how many bytes of it were taken, 0 for none. */
static size_t undo_u(struct span s, char **to)
{
    uint32_t c, low;
    if (!hex4(s, &c))
        return 0;
    size_t taken = 4;
    if (c >= 0xd800 && c < 0xdc00 && s.len >= 6 && s.ptr[4] == '\\' && s.ptr[5] == 'u' &&
        hex4(span_from(s, 6), &low) && low >= 0xdc00 && low < 0xe000) {
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        taken = 10;
    }
    if (c >= 0xd800 && c < 0xe000)
        c = 0xfffd; /* half a pair stands for no character */
    *to = put_utf8(*to, c);
    return taken;
}

static char plain_escape(char ch)
{
    static const char pairs[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
    for (size_t i = 0; i + 1 < sizeof pairs; i += 2)
        if (pairs[i] == ch)
            return pairs[i + 1];
    return '\0';
}

/* `s` starts behind the backslash; returns the bytes taken, 0 when it is no escape. */
static size_t undo_escape(struct span s, char **to)
{
    if (s.len == 0)
        return 0;
    if (s.ptr[0] == 'u') {
        size_t taken = undo_u(span_from(s, 1), to);
        return taken ? taken + 1 : 0;
    }
    /* Not JSON, but what nginx writes into JSON when escape=json was forgotten. */
    if (s.ptr[0] == 'x' && s.len >= 3 && char_hex(s.ptr[1]) >= 0 && char_hex(s.ptr[2]) >= 0) {
        *(*to)++ = (char)(char_hex(s.ptr[1]) << 4 | char_hex(s.ptr[2]));
        return 3;
    }
    char plain = plain_escape(s.ptr[0]);
    if (plain == '\0')
        return 0;
    *(*to)++ = plain;
    return 1;
}

struct span json_unescape(struct span raw, struct arena *arena)
{
    ptrdiff_t first = span_find_char(raw, '\\');
    if (first < 0)
        return raw;
    /* No escape is shorter than what it stands for. */
    char *text = arena_alloc(arena, raw.len + 1);
    char *to = text;
    while (raw.len) {
        const char *hit = memchr(raw.ptr, '\\', raw.len);
        size_t plain = hit ? (size_t)(hit - raw.ptr) : raw.len;
        memcpy(to, raw.ptr, plain);
        to += plain;
        raw = span_from(raw, plain);
        if (raw.len == 0)
            break;
        size_t taken = undo_escape(span_from(raw, 1), &to);
        if (taken == 0)
            *to++ = '\\';
        raw = span_from(raw, taken + 1);
    }
    *to = '\0';
    return span_make(text, (size_t)(to - text));
}
