#include "segment.h"

#include "shape.h"

static bool all_digits(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!char_is_digit(s.ptr[i]))
            return false;
    return s.len > 0;
}

/* yyyy-mm-dd, or the same with underscores. */
static bool is_date(struct span s)
{
    if (s.len != 10 || (s.ptr[4] != '-' && s.ptr[4] != '_') || s.ptr[7] != s.ptr[4])
        return false;
    return all_digits(span_head(s, 4)) && all_digits(span_make(s.ptr + 5, 2)) &&
           all_digits(span_from(s, 8));
}

enum segment_kind segment_kind_of(struct span s)
{
    if (all_digits(s))
        return SEGMENT_NUMBER;
    if (is_date(s))
        return SEGMENT_DATE;
    return shape_token_is_opaque(s) ? SEGMENT_HASH : SEGMENT_WORD;
}

struct span segment_parameter(enum segment_kind kind)
{
    switch (kind) {
    case SEGMENT_DATE:
        return SPAN(":date");
    case SEGMENT_NUMBER:
    case SEGMENT_HASH:
        return SPAN(":id");
    default:
        return SPAN(":name");
    }
}

struct span segment_extension(struct span s)
{
    ptrdiff_t dot = span_rfind_char(s, '.');
    if (dot <= 0 || s.len - (size_t)dot > 6 || s.len - (size_t)dot < 2)
        return SPAN("");
    struct span tail = span_from(s, (size_t)dot);
    if (!char_is_alpha(tail.ptr[1]))
        return SPAN("");
    for (size_t i = 1; i < tail.len; i++)
        if (!char_is_alpha(tail.ptr[i]) && !char_is_digit(tail.ptr[i]))
            return SPAN("");
    return tail;
}
