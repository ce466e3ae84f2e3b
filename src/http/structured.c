#include "rehearse/http/structured.h"

#include "structured_chars.h"

/* Section numbers are those of RFC 9651. */
enum { MAX_INTEGER_DIGITS = 15, MAX_DECIMAL_WHOLE = 12, MAX_DECIMAL_FRACTION = 3 };

struct sf_cursor sf_cursor_make(struct span value)
{
    return (struct sf_cursor){ .rest = value };
}

static bool fail(struct sf_cursor *c)
{
    c->failed = true;
    return false;
}

static bool at_end(const struct sf_cursor *c)
{
    return c->rest.len == 0;
}

static char peek(const struct sf_cursor *c)
{
    return c->rest.len ? c->rest.ptr[0] : '\0';
}

static void skip(struct sf_cursor *c, size_t count)
{
    c->rest = span_from(c->rest, count);
}

static void skip_sp(struct sf_cursor *c)
{
    while (peek(c) == ' ')
        skip(c, 1);
}

static void skip_ows(struct sf_cursor *c)
{
    while (peek(c) == ' ' || peek(c) == '\t')
        skip(c, 1);
}

/* The front `len` bytes, the cursor behind them. */
static struct span take(struct sf_cursor *c, size_t len)
{
    struct span taken = span_head(c->rest, len);
    skip(c, len);
    return taken;
}

/* Section 4.2.3.3. */
static bool take_key(struct sf_cursor *c, struct span *ret)
{
    size_t len = 0;
    if (!sf_char_begins_key(peek(c)))
        return fail(c);
    while (len < c->rest.len && sf_char_in_key(c->rest.ptr[len]))
        len++;
    *ret = take(c, len);
    return true;
}

static size_t count_digits(struct span s)
{
    size_t len = 0;
    while (len < s.len && char_is_digit(s.ptr[len]))
        len++;
    return len;
}

/* Section 4.2.4. */
static bool take_number(struct sf_cursor *c, struct sf_value *ret)
{
    struct span written = c->rest;
    bool negative = peek(c) == '-';
    skip(c, negative);
    size_t whole = count_digits(c->rest);
    bool decimal = whole < c->rest.len && c->rest.ptr[whole] == '.';
    if (whole == 0 || whole > (decimal ? MAX_DECIMAL_WHOLE : MAX_INTEGER_DIGITS))
        return fail(c);
    int64_t n = 0;
    for (size_t i = 0; i < whole; i++)
        n = n * 10 + (c->rest.ptr[i] - '0');
    skip(c, whole + decimal);
    if (decimal) {
        size_t fraction = count_digits(c->rest);
        if (fraction == 0 || fraction > MAX_DECIMAL_FRACTION)
            return fail(c);
        for (size_t i = 0; i < MAX_DECIMAL_FRACTION; i++)
            n = n * 10 + (i < fraction ? c->rest.ptr[i] - '0' : 0);
        skip(c, fraction);
    }
    ret->type = decimal ? SF_DECIMAL : SF_INTEGER;
    ret->number = negative ? -n : n;
    ret->text = span_head(written, written.len - c->rest.len);
    return true;
}

/* Section 4.2.5; \" and \\ are the only escapes. */
static bool take_string(struct sf_cursor *c, struct sf_value *ret)
{
    skip(c, 1);
    for (size_t i = 0; i < c->rest.len; i++) {
        char ch = c->rest.ptr[i];
        if (!sf_char_is_printable(ch))
            return fail(c);
        if (ch == '"') {
            ret->type = SF_STRING;
            ret->text = take(c, i);
            skip(c, 1);
            return true;
        }
        if (ch != '\\')
            continue;
        i++;
        if (i == c->rest.len || (c->rest.ptr[i] != '"' && c->rest.ptr[i] != '\\'))
            return fail(c);
    }
    return fail(c);
}

/* Section 4.2.6. */
static bool take_token(struct sf_cursor *c, struct sf_value *ret)
{
    size_t len = 1;
    while (len < c->rest.len && sf_char_in_token(c->rest.ptr[len]))
        len++;
    ret->type = SF_TOKEN;
    ret->text = take(c, len);
    return true;
}

/* Section 4.2.7. Padding may be missing, as the section allows a parser to accept. */
static bool take_bytes(struct sf_cursor *c, struct sf_value *ret)
{
    skip(c, 1);
    ptrdiff_t end = span_find_char(c->rest, ':');
    if (end < 0)
        return fail(c);
    struct span text = take(c, (size_t)end);
    skip(c, 1);
    size_t len = text.len;
    while (len && text.ptr[len - 1] == '=')
        len--;
    if (text.len - len > 2 || len % 4 == 1 || (text.len > len && text.len % 4))
        return fail(c);
    for (size_t i = 0; i < len; i++) {
        char ch = text.ptr[i];
        if (!char_is_alpha(ch) && !char_is_digit(ch) && ch != '+' && ch != '/')
            return fail(c);
    }
    ret->type = SF_BYTES;
    ret->text = text;
    return true;
}

static bool take_boolean(struct sf_cursor *c, struct sf_value *ret)
{
    skip(c, 1);
    if (peek(c) != '0' && peek(c) != '1')
        return fail(c);
    ret->type = SF_BOOLEAN;
    ret->number = peek(c) == '1';
    skip(c, 1);
    return true;
}

/* Section 4.2.9: '@' and an integer. */
static bool take_date(struct sf_cursor *c, struct sf_value *ret)
{
    skip(c, 1);
    if (!take_number(c, ret) || ret->type != SF_INTEGER)
        return fail(c);
    ret->type = SF_DATE;
    return true;
}

static bool is_lower_hex(char ch)
{
    return char_is_digit(ch) || (ch >= 'a' && ch <= 'f');
}

/* The bytes of one UTF-8 sequence behind its first, percent-encoded: how many there must be. */
struct utf8_state {
    unsigned left;
    unsigned low, high; /* bounds of the next byte */
};

/* RFC 3629: overlong forms, surrogates and what is past U+10FFFF do not pass. */
static bool utf8_step(struct utf8_state *u, unsigned byte)
{
    if (u->left) {
        bool fits = byte >= u->low && byte <= u->high;
        *u = (struct utf8_state){ u->left - 1, 0x80, 0xbf };
        return fits;
    }
    if (byte < 0x80)
        return true;
    if (byte < 0xc2 || byte > 0xf4)
        return false;
    u->left = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    u->low = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;
    u->high = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf;
    return true;
}

/* Section 4.2.10: %"…" with %xx in lower case, UTF-8 underneath. */
static bool take_display(struct sf_cursor *c, struct sf_value *ret)
{
    struct utf8_state u = { 0, 0x80, 0xbf };
    skip(c, 1);
    if (peek(c) != '"')
        return fail(c);
    skip(c, 1);
    for (size_t i = 0; i < c->rest.len; i++) {
        char ch = c->rest.ptr[i];
        unsigned byte = (unsigned char)ch;
        if (!sf_char_is_printable(ch))
            return fail(c);
        if (ch == '"') {
            if (u.left)
                return fail(c);
            ret->type = SF_DISPLAY;
            ret->text = take(c, i);
            skip(c, 1);
            return true;
        }
        if (ch == '%') {
            if (i + 2 >= c->rest.len || !is_lower_hex(c->rest.ptr[i + 1]) ||
                !is_lower_hex(c->rest.ptr[i + 2]))
                return fail(c);
            byte = (unsigned)(char_hex(c->rest.ptr[i + 1]) * 16 + char_hex(c->rest.ptr[i + 2]));
            i += 2;
        }
        if (!utf8_step(&u, byte))
            return fail(c);
    }
    return fail(c);
}

/* Section 4.2.3.1. */
static bool take_bare_item(struct sf_cursor *c, struct sf_value *ret)
{
    char first = peek(c);
    *ret = (struct sf_value){ .type = SF_NONE };
    if (first == '-' || char_is_digit(first))
        return take_number(c, ret);
    if (sf_char_begins_token(first))
        return take_token(c, ret);
    switch (first) {
    case '"':
        return take_string(c, ret);
    case ':':
        return take_bytes(c, ret);
    case '?':
        return take_boolean(c, ret);
    case '@':
        return take_date(c, ret);
    case '%':
        return take_display(c, ret);
    default:
        return fail(c);
    }
}

bool sf_next_parameter(struct sf_cursor *c, struct sf_member *ret)
{
    if (c->failed || peek(c) != ';')
        return false;
    skip(c, 1);
    skip_sp(c);
    *ret = (struct sf_member){ .value = { .type = SF_BOOLEAN, .number = 1 } };
    if (!take_key(c, &ret->key))
        return false;
    if (peek(c) != '=')
        return true;
    skip(c, 1);
    return take_bare_item(c, &ret->value);
}

/* Section 4.2.3.2; checked here, read again by whoever asks for one. */
static bool take_parameters(struct sf_cursor *c, struct span *ret)
{
    struct span whole = c->rest;
    struct sf_member parameter;
    while (sf_next_parameter(c, &parameter))
        ;
    *ret = span_head(whole, whole.len - c->rest.len);
    return !c->failed;
}

static bool take_item(struct sf_cursor *c, struct sf_member *ret)
{
    return take_bare_item(c, &ret->value) && take_parameters(c, &ret->parameters);
}

/* Section 4.2.1.2. Inner lists do not nest. */
static bool take_inner_list(struct sf_cursor *c, struct sf_member *ret)
{
    skip(c, 1);
    struct span inside = c->rest;
    for (;;) {
        skip_sp(c);
        if (peek(c) == ')')
            break;
        struct sf_member item;
        if (!take_item(c, &item))
            return false;
        if (peek(c) != ' ' && peek(c) != ')')
            return fail(c);
    }
    ret->value = (struct sf_value){ .type = SF_INNER_LIST };
    ret->value.text = span_head(inside, inside.len - c->rest.len);
    skip(c, 1);
    return take_parameters(c, &ret->parameters);
}

static bool take_member(struct sf_cursor *c, struct sf_member *ret)
{
    return peek(c) == '(' ? take_inner_list(c, ret) : take_item(c, ret);
}

/* What stands between members: the comma, and no end behind it. False at the end. */
static bool next_begins(struct sf_cursor *c)
{
    if (c->failed)
        return false;
    if (!c->started) {
        c->started = true;
        skip_sp(c);
        return !at_end(c);
    }
    skip_ows(c);
    if (at_end(c))
        return false;
    if (peek(c) != ',')
        return fail(c);
    skip(c, 1);
    skip_ows(c);
    return at_end(c) ? fail(c) : true;
}

bool sf_next_list_member(struct sf_cursor *c, struct sf_member *ret)
{
    *ret = (struct sf_member){ .parameters = SPAN_NONE };
    return next_begins(c) && take_member(c, ret);
}

bool sf_next_dictionary_member(struct sf_cursor *c, struct sf_member *ret)
{
    *ret = (struct sf_member){ .value = { .type = SF_BOOLEAN, .number = 1 } };
    if (!next_begins(c) || !take_key(c, &ret->key))
        return false;
    if (peek(c) != '=')
        return take_parameters(c, &ret->parameters);
    skip(c, 1);
    return take_member(c, ret);
}

bool sf_next_inner_item(struct sf_cursor *c, struct sf_member *ret)
{
    *ret = (struct sf_member){ .parameters = SPAN_NONE };
    skip_sp(c);
    return !c->failed && !at_end(c) && take_item(c, ret);
}

bool sf_item(struct span value, struct sf_member *ret)
{
    struct sf_cursor c = sf_cursor_make(value);
    *ret = (struct sf_member){ .parameters = SPAN_NONE };
    skip_sp(&c);
    if (!take_item(&c, ret))
        return false;
    skip_sp(&c);
    return at_end(&c);
}

bool sf_list_valid(struct span value)
{
    struct sf_cursor c = sf_cursor_make(value);
    struct sf_member member;
    while (sf_next_list_member(&c, &member))
        ;
    return !c.failed;
}

bool sf_dictionary_valid(struct span value)
{
    struct sf_cursor c = sf_cursor_make(value);
    struct sf_member member;
    while (sf_next_dictionary_member(&c, &member))
        ;
    return !c.failed;
}

struct sf_value sf_parameter(struct span parameters, struct span name)
{
    struct sf_cursor c = sf_cursor_make(parameters);
    struct sf_value found = { .type = SF_NONE };
    struct sf_member parameter;
    while (sf_next_parameter(&c, &parameter))
        if (span_eq(parameter.key, name))
            found = parameter.value;
    return found;
}
