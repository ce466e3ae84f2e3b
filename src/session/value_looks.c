#include "rehearse/session/value_place.h"

#include "rehearse/session/credential.h"
#include "shape.h"

static bool all(struct span s, bool (*fits)(char))
{
    for (size_t i = 0; i < s.len; i++)
        if (!fits(s.ptr[i]))
            return false;
    return s.len > 0;
}

static bool is_hex(char c)
{
    return char_hex(c) >= 0;
}

static bool is_hex_or_dash(char c)
{
    return c == '-' || is_hex(c);
}

static bool is_uuid(struct span s)
{
    return s.len == 36 && s.ptr[8] == '-' && s.ptr[13] == '-' && s.ptr[18] == '-' &&
           s.ptr[23] == '-' && all(s, is_hex_or_dash);
}

/* 2026-03-02…, or Unix seconds and milliseconds of the years 2001 to 2286. */
static bool is_time(struct span s)
{
    if (all(s, char_is_digit))
        return (s.len == 10 || s.len == 13) && s.ptr[0] != '0';
    return s.len >= 10 && s.ptr[4] == '-' && s.ptr[7] == '-' &&
           all(span_head(s, 4), char_is_digit) && all(span_make(s.ptr + 5, 2), char_is_digit) &&
           all(span_make(s.ptr + 8, 2), char_is_digit);
}

const char *value_looks_like(struct span value)
{
    if (is_pseudonym(value))
        return "secret";
    if (is_uuid(value))
        return "UUID";
    if (is_time(value))
        return "time";
    if (all(value, char_is_digit))
        return "number";
    if (value.len >= 16 && all(value, is_hex))
        return "hash";
    if (looks_random(value))
        return "token";
    return value_is_identifier(value) ? "id" : "text";
}
