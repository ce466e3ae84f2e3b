#include "rehearse/base/span.h"

#include <math.h>
#include <stdlib.h>

bool span_ieq(struct span a, struct span b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (char_lower(a.ptr[i]) != char_lower(b.ptr[i]))
            return false;
    return true;
}

int span_cmp(struct span a, struct span b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.ptr, b.ptr, len) : 0;
    if (order)
        return order;
    return a.len < b.len ? -1 : a.len > b.len;
}

bool span_starts(struct span s, struct span prefix)
{
    return s.len >= prefix.len && span_eq(span_head(s, prefix.len), prefix);
}

bool span_istarts(struct span s, struct span prefix)
{
    return s.len >= prefix.len && span_ieq(span_head(s, prefix.len), prefix);
}

bool span_ends(struct span s, struct span suffix)
{
    return s.len >= suffix.len && span_eq(span_from(s, s.len - suffix.len), suffix);
}

ptrdiff_t span_find(struct span s, struct span needle)
{
    if (needle.len == 0)
        return 0;
    if (s.len < needle.len)
        return -1;
    const char *hit = memmem(s.ptr, s.len, needle.ptr, needle.len);
    return hit ? hit - s.ptr : -1;
}

ptrdiff_t span_ifind(struct span s, struct span needle)
{
    for (size_t i = 0; i + needle.len <= s.len; i++)
        if (span_ieq(span_make(s.ptr + i, needle.len), needle))
            return (ptrdiff_t)i;
    return -1;
}

ptrdiff_t span_find_char(struct span s, char c)
{
    const char *hit = s.len ? memchr(s.ptr, c, s.len) : NULL;
    return hit ? hit - s.ptr : -1;
}

ptrdiff_t span_rfind_char(struct span s, char c)
{
    const char *hit = s.len ? memrchr(s.ptr, c, s.len) : NULL;
    return hit ? hit - s.ptr : -1;
}

struct span span_from(struct span s, size_t from)
{
    if (from > s.len)
        from = s.len;
    return span_make(s.ptr ? s.ptr + from : NULL, s.len - from);
}

struct span span_head(struct span s, size_t len)
{
    return span_make(s.ptr, len < s.len ? len : s.len);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span span_trim(struct span s)
{
    while (s.len && is_space(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len && is_space(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

struct span span_cut(struct span *rest, char c)
{
    struct span whole = *rest;
    ptrdiff_t at = span_find_char(whole, c);
    if (at < 0) {
        *rest = SPAN_NONE;
        return whole;
    }
    *rest = span_from(whole, (size_t)at + 1);
    return span_head(whole, (size_t)at);
}

bool span_to_u64(struct span s, uint64_t *ret)
{
    uint64_t n = 0;
    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (!char_is_digit(s.ptr[i]))
            return false;
        uint64_t digit = (uint64_t)(s.ptr[i] - '0');
        if (n > (UINT64_MAX - digit) / 10)
            return false;
        n = n * 10 + digit;
    }
    *ret = n;
    return true;
}

bool span_to_i64(struct span s, int64_t *ret)
{
    bool negative = s.len && s.ptr[0] == '-';
    uint64_t n;
    if (!span_to_u64(negative ? span_from(s, 1) : s, &n) || n > INT64_MAX)
        return false;
    *ret = negative ? -(int64_t)n : (int64_t)n;
    return true;
}

bool span_to_double(struct span s, double *ret)
{
    char text[64];
    if (s.len == 0 || s.len >= sizeof text)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (!char_is_digit(c) && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E')
            return false;
        text[i] = c;
    }
    text[s.len] = '\0';
    char *end;
    double d = strtod(text, &end);
    if (*end != '\0' || !isfinite(d))
        return false;
    *ret = d;
    return true;
}

static bool scaled_fraction(struct span fraction, unsigned scale, int64_t *n)
{
    for (unsigned i = 0; i < scale; i++) {
        int64_t digit = 0;
        if (i < fraction.len) {
            if (!char_is_digit(fraction.ptr[i]))
                return false;
            digit = fraction.ptr[i] - '0';
        }
        if (*n > (INT64_MAX - digit) / 10)
            return false;
        *n = *n * 10 + digit;
    }
    for (size_t i = scale; i < fraction.len; i++)
        if (!char_is_digit(fraction.ptr[i]))
            return false;
    return true;
}

bool span_to_scaled(struct span s, unsigned scale, int64_t *ret)
{
    bool negative = s.len && s.ptr[0] == '-';
    struct span fraction = negative ? span_from(s, 1) : s;
    struct span whole = span_cut(&fraction, '.');
    int64_t n = 0;
    if (whole.len == 0 && fraction.len == 0)
        return false;
    if (whole.len && (!char_is_digit(whole.ptr[0]) || !span_to_i64(whole, &n)))
        return false;
    if (!scaled_fraction(fraction, scale, &n))
        return false;
    *ret = negative ? -n : n;
    return true;
}
