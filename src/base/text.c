#include "rehearse/base/text.h"

#include <math.h>
#include <stdio.h>

static unsigned sequence_length(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        return 2;
    if (first >= 0xe0 && first <= 0xef)
        return 3;
    return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/* Overlong forms, surrogates and what is past U+10FFFF show in the second byte. */
static bool second_byte_fits(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xe0:
        return second >= 0xa0;
    case 0xed:
        return second <= 0x9f;
    case 0xf0:
        return second >= 0x90;
    case 0xf4:
        return second <= 0x8f;
    default:
        return true;
    }
}

unsigned utf8_length(struct span s)
{
    if (s.len == 0)
        return 0;
    const unsigned char *b = (const unsigned char *)s.ptr;
    unsigned len = sequence_length(b[0]);
    if (len == 0 || len > s.len)
        return 0;
    for (unsigned i = 1; i < len; i++)
        if ((b[i] & 0xc0) != 0x80)
            return 0;
    return len == 1 || second_byte_fits(b[0], b[1]) ? len : 0;
}

bool utf8_valid(struct span s)
{
    while (s.len) {
        unsigned len = utf8_length(s);
        if (len == 0)
            return false;
        s = span_from(s, len);
    }
    return true;
}

ptrdiff_t text_find_binary(struct span s)
{
    for (struct span rest = s; rest.len;) {
        unsigned char c = (unsigned char)rest.ptr[0];
        unsigned len = c < 0x80 ? 1 : utf8_length(rest);
        if (len == 0 || (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
            return rest.ptr - s.ptr;
        rest = span_from(rest, len);
    }
    return -1;
}

static uint32_t code_point(struct span s, unsigned len)
{
    const unsigned char *b = (const unsigned char *)s.ptr;
    switch (len) {
    case 1:
        return b[0];
    case 2:
        return (b[0] & 0x1fu) << 6 | (b[1] & 0x3fu);
    case 3:
        return (b[0] & 0x0fu) << 12 | (b[1] & 0x3fu) << 6 | (b[2] & 0x3fu);
    default:
        return (b[0] & 0x07u) << 18 | (b[1] & 0x3fu) << 12 | (b[2] & 0x3fu) << 6 | (b[3] & 0x3fu);
    }
}

/* Characters that a terminal obeys or that turn the direction of what follows. */
static bool is_treacherous(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x061c || c == 0x200e || c == 0x200f ||
           (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x2028 ||
           c == 0x2029 || c == 0xfeff;
}

typedef void add_plain(struct strbuf *out, struct span character);

static void add_each(struct strbuf *out, struct span s, size_t max, add_plain *plain)
{
    size_t used = 0;
    while (s.len) {
        unsigned len = utf8_length(s);
        if (used + (len ? len : 1) > max) {
            strbuf_add_str(out, "…");
            return;
        }
        if (len && !is_treacherous(code_point(s, len))) {
            plain(out, span_head(s, len));
        } else {
            len = len ? len : 1;
            for (unsigned i = 0; i < len; i++)
                strbuf_addf(out, "\\x%02x", (unsigned)(unsigned char)s.ptr[i]);
        }
        used += len;
        s = span_from(s, len);
    }
}

void text_add_printable(struct strbuf *out, struct span s, size_t max)
{
    add_each(out, s, max, strbuf_add_span);
}

void text_escape_html(struct strbuf *out, struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        switch (s.ptr[i]) {
        case '&':
            strbuf_add_str(out, "&amp;");
            break;
        case '<':
            strbuf_add_str(out, "&lt;");
            break;
        case '>':
            strbuf_add_str(out, "&gt;");
            break;
        case '"':
            strbuf_add_str(out, "&quot;");
            break;
        case '\'':
            strbuf_add_str(out, "&#39;");
            break;
        default:
            strbuf_add_char(out, s.ptr[i]);
        }
    }
}

void text_add_html(struct strbuf *out, struct span s, size_t max)
{
    add_each(out, s, max, text_escape_html);
}

void text_add_count(struct strbuf *out, uint64_t n)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            strbuf_add_char(out, ',');
        strbuf_add_char(out, digits[i]);
    }
}

void text_add_bytes(struct strbuf *out, uint64_t bytes)
{
    static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
    double n = (double)bytes;
    size_t unit = 0;
    while (n >= 1000 && unit < 4) {
        n /= 1000;
        unit++;
    }
    strbuf_addf(out, unit ? "%.1f %s" : "%.0f %s", n, units[unit]);
}

void text_add_duration(struct strbuf *out, int64_t us)
{
    if (us < 0)
        strbuf_add_char(out, '-');
    int64_t n = us < 0 ? -us : us;
    if (n < 1000)
        strbuf_addf(out, "%lld µs", (long long)n);
    else if (n < 10000)
        strbuf_addf(out, "%.1f ms", (double)n / 1e3);
    else if (n < 1000000)
        strbuf_addf(out, "%lld ms", (long long)(n / 1000));
    else if (n < 60000000)
        strbuf_addf(out, "%.1f s", (double)n / 1e6);
    else if (n < 3600000000)
        strbuf_addf(out, "%lld min %lld s", (long long)(n / 60000000),
                    (long long)(n / 1000000 % 60));
    else
        strbuf_addf(out, "%lld h %lld min", (long long)(n / 3600000000),
                    (long long)(n / 60000000 % 60));
}

void text_add_percent(struct strbuf *out, double share)
{
    if (isfinite(share))
        strbuf_addf(out, "%.2f %%", share * 100);
    else
        strbuf_add_str(out, "–");
}

void text_add_points(struct strbuf *out, double points)
{
    if (isfinite(points))
        strbuf_addf(out, "%+.2f", points == 0 ? 0.0 : points);
    else
        strbuf_add_str(out, "–");
}
