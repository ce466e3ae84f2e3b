#include "rehearse/http/structured_write.h"

#include <assert.h>

#include "rehearse/base/text.h"
#include "structured_chars.h"

/* Section numbers are those of RFC 9651. */
#define INTEGER_MAX INT64_C(999999999999999)             /* 15 digits */
#define DECIMAL_MAX_THOUSANDTHS INT64_C(999999999999999) /* 12 digits and 3 */
enum { MAX_PLACES = 18 }; /* the powers of ten that fit into an int64_t */

static struct sf_writer begin(struct strbuf *out, enum sf_field_type type)
{
    return (struct sf_writer){ .out = out, .start = out->len, .type = type };
}

struct sf_writer sf_write_item(struct strbuf *out)
{
    return begin(out, SF_FIELD_ITEM);
}

struct sf_writer sf_write_list(struct strbuf *out)
{
    return begin(out, SF_FIELD_LIST);
}

struct sf_writer sf_write_dictionary(struct strbuf *out)
{
    return begin(out, SF_FIELD_DICTIONARY);
}

static void fail(struct sf_writer *w, const char *fault)
{
    if (!w->fault)
        w->fault = fault;
}

bool sf_write_end(struct sf_writer *w)
{
    assert(!w->inner);
    assert(w->type != SF_FIELD_ITEM || w->at != SF_WRITE_START);
    if (w->fault)
        strbuf_cut(w->out, w->start);
    return !w->fault;
}

/* ---- what stands between ---- */

/* Section 4.1.1.3. */
static bool is_key(struct span s)
{
    if (s.len == 0 || !sf_char_begins_key(s.ptr[0]))
        return false;
    for (size_t i = 1; i < s.len; i++)
        if (!sf_char_in_key(s.ptr[i]))
            return false;
    return true;
}

static void add_key(struct sf_writer *w, struct span key)
{
    if (is_key(key))
        strbuf_add_span(w->out, key);
    else
        fail(w, "a key is more than lower case letters, digits, '_', '-', '.' and '*', or does "
                "not begin with a letter or '*'");
}

static void begin_member(struct sf_writer *w)
{
    if (w->at == SF_WRITE_START)
        return;
    assert(w->type != SF_FIELD_ITEM);
    strbuf_add_str(w->out, ", ");
}

void sf_write_key(struct sf_writer *w, struct span key)
{
    assert(w->type == SF_FIELD_DICTIONARY && !w->inner);
    begin_member(w);
    add_key(w, key);
    w->at = SF_WRITE_KEY;
}

void sf_write_parameter(struct sf_writer *w, struct span key)
{
    assert(w->at == SF_WRITE_VALUE || w->at == SF_WRITE_KEY || w->at == SF_WRITE_PARAMETER);
    strbuf_add_char(w->out, ';');
    add_key(w, key);
    w->at = SF_WRITE_PARAMETER;
}

/*
 * The place of the next value, and what is written before it. Behind a parameter
 * that has no value yet, a value is that parameter's.
 */
static void begin_value(struct sf_writer *w)
{
    if (w->at == SF_WRITE_KEY || w->at == SF_WRITE_PARAMETER) {
        strbuf_add_char(w->out, '=');
    } else if (w->inner) {
        if (w->at != SF_WRITE_INNER_START)
            strbuf_add_char(w->out, ' ');
    } else {
        assert(w->type != SF_FIELD_DICTIONARY);
        begin_member(w);
    }
    w->at = SF_WRITE_VALUE;
}

/* Section 4.1.1.1. */
void sf_write_inner_begin(struct sf_writer *w)
{
    assert(w->type != SF_FIELD_ITEM && !w->inner && w->at != SF_WRITE_PARAMETER);
    begin_value(w);
    strbuf_add_char(w->out, '(');
    w->inner = true;
    w->at = SF_WRITE_INNER_START;
}

void sf_write_inner_end(struct sf_writer *w)
{
    assert(w->inner);
    strbuf_add_char(w->out, ')');
    w->inner = false;
    w->at = SF_WRITE_VALUE;
}

/* ---- bare items ---- */

/* Section 4.1.4. */
static void add_integer(struct sf_writer *w, int64_t n)
{
    if (n < -INTEGER_MAX || n > INTEGER_MAX)
        fail(w, "an integer has more than 15 digits");
    else
        strbuf_add_i64(w->out, n);
}

void sf_write_integer(struct sf_writer *w, int64_t n)
{
    begin_value(w);
    add_integer(w, n);
}

/* Section 4.1.10. */
void sf_write_date(struct sf_writer *w, int64_t s)
{
    begin_value(w);
    strbuf_add_char(w->out, '@');
    add_integer(w, s);
}

static uint64_t magnitude(int64_t n)
{
    return n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
}

/* To `places` fewer digits: to the nearest, and to the even one of two that are equally near. */
static uint64_t round_off(uint64_t n, unsigned places)
{
    uint64_t unit = 1;
    for (unsigned i = 0; i < places; i++)
        unit *= 10;
    uint64_t rest = n % unit;
    n /= unit;
    bool up = rest > unit - rest || (rest && rest == unit - rest && n % 2 == 1);
    return n + up;
}

/* Section 4.1.5. */
void sf_write_decimal(struct sf_writer *w, int64_t n, unsigned places)
{
    uint64_t thousandths = magnitude(n);
    assert(places <= MAX_PLACES);
    begin_value(w);
    if (places > 3)
        thousandths = round_off(thousandths, places - 3);
    for (; places < 3 && thousandths <= DECIMAL_MAX_THOUSANDTHS; places++)
        thousandths *= 10;
    if (thousandths > DECIMAL_MAX_THOUSANDTHS) {
        fail(w, "a decimal has more than 12 digits in front of the point");
        return;
    }
    /* "less than zero" is asked of what is left after rounding: there is no -0.0. */
    strbuf_addf(w->out, "%s%llu.%03u", n < 0 && thousandths ? "-" : "",
                (unsigned long long)(thousandths / 1000), (unsigned)(thousandths % 1000));
    size_t len = w->out->len;
    while (w->out->buf[len - 1] == '0' && w->out->buf[len - 2] != '.')
        len--;
    strbuf_cut(w->out, len);
}

/* Section 4.1.6. */
void sf_write_string(struct sf_writer *w, struct span s)
{
    begin_value(w);
    strbuf_add_char(w->out, '"');
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (!sf_char_is_printable(c)) {
            fail(w, "a string holds a byte that is no printable ASCII");
            return;
        }
        if (c == '"' || c == '\\')
            strbuf_add_char(w->out, '\\');
        strbuf_add_char(w->out, c);
    }
    strbuf_add_char(w->out, '"');
}

bool sf_is_token(struct span s)
{
    if (s.len == 0 || !sf_char_begins_token(s.ptr[0]))
        return false;
    for (size_t i = 1; i < s.len; i++)
        if (!sf_char_in_token(s.ptr[i]))
            return false;
    return true;
}

/* Section 4.1.7. */
void sf_write_token(struct sf_writer *w, struct span s)
{
    begin_value(w);
    if (sf_is_token(s))
        strbuf_add_span(w->out, s);
    else
        fail(w, "a token is empty, does not begin with a letter or '*', or holds a character "
                "that tokens do not have");
}

/* Three bytes or fewer as four characters (RFC 4648, section 4), pad bits zero. */
static void add_base64_group(struct strbuf *out, const unsigned char *bytes, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned bits = (unsigned)bytes[0] << 16 | (len > 1 ? (unsigned)bytes[1] << 8 : 0) |
                    (len > 2 ? bytes[2] : 0);
    char group[4] = { digits[bits >> 18], digits[bits >> 12 & 63],
                      len > 1 ? digits[bits >> 6 & 63] : '=', len > 2 ? digits[bits & 63] : '=' };
    strbuf_add(out, group, sizeof group);
}

/* Section 4.1.8. */
void sf_write_bytes(struct sf_writer *w, struct span bytes)
{
    begin_value(w);
    strbuf_add_char(w->out, ':');
    for (size_t i = 0; i < bytes.len; i += 3)
        add_base64_group(w->out, (const unsigned char *)bytes.ptr + i,
                         bytes.len - i < 3 ? bytes.len - i : 3);
    strbuf_add_char(w->out, ':');
}

/* Section 4.1.9; sections 4.1.1.2 and 4.1.2: behind a key, true is not written. */
void sf_write_boolean(struct sf_writer *w, bool b)
{
    if (b && (w->at == SF_WRITE_KEY || w->at == SF_WRITE_PARAMETER)) {
        w->at = SF_WRITE_VALUE;
        return;
    }
    begin_value(w);
    strbuf_add_str(w->out, b ? "?1" : "?0");
}

/* Section 4.1.11. */
void sf_write_display(struct sf_writer *w, struct span utf8)
{
    static const char hex[] = "0123456789abcdef";
    begin_value(w);
    if (!utf8_valid(utf8)) {
        fail(w, "a display string is not UTF-8");
        return;
    }
    strbuf_add_str(w->out, "%\"");
    for (size_t i = 0; i < utf8.len; i++) {
        unsigned char byte = (unsigned char)utf8.ptr[i];
        if (sf_char_is_printable((char)byte) && byte != '%' && byte != '"') {
            strbuf_add_char(w->out, (char)byte);
            continue;
        }
        char escape[3] = { '%', hex[byte >> 4], hex[byte & 15] };
        strbuf_add(w->out, escape, sizeof escape);
    }
    strbuf_add_char(w->out, '"');
}
