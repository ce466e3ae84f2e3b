/* The compact form: three parts in base64url with dots between (RFC 7515, section 3.1). */
#include "web_token.h"

/* '{"' in base64url: header and payload are JSON objects. */
#define OBJECT SPAN("eyJ")

static bool is_base64url(char c)
{
    return char_is_alpha(c) || char_is_digit(c) || c == '-' || c == '_';
}

static size_t part_length(struct span s)
{
    size_t len = 0;
    while (len < s.len && is_base64url(s.ptr[len]))
        len++;
    return len;
}

/* How long the token at the front of `s` is; 0 when there is none. `ret_looked` bytes need not be
 * looked at again. */
static size_t token_length(struct span s, size_t *ret_looked)
{
    size_t len = part_length(s);
    *ret_looked = len;
    if (len == s.len || s.ptr[len] != '.' || !span_starts(span_from(s, len + 1), OBJECT))
        return 0;
    len += 1 + part_length(span_from(s, len + 1));
    if (len == s.len || s.ptr[len] != '.')
        return 0;
    return len + 1 +
           part_length(span_from(s, len + 1)); /* an unsigned one has an empty last part */
}

/* By its rarest letter in texts: span_find looks at each byte of each body for longer. */
static ptrdiff_t find_object(struct span s)
{
    for (size_t at = 2; at < s.len; at++) {
        ptrdiff_t hit = span_find_char(span_from(s, at), 'J');
        if (hit < 0)
            return -1;
        at += (size_t)hit;
        if (s.ptr[at - 2] == 'e' && s.ptr[at - 1] == 'y')
            return (ptrdiff_t)at - 2;
    }
    return -1;
}

bool web_token_next(struct span *rest, struct span *ret)
{
    const char *start = rest->ptr;
    ptrdiff_t hit;
    while ((hit = find_object(*rest)) >= 0) {
        *rest = span_from(*rest, (size_t)hit);
        bool begins = rest->ptr == start || !is_base64url(rest->ptr[-1]);
        size_t looked, len = token_length(*rest, &looked);
        struct span front = *rest;
        *rest = span_from(*rest, begins && len ? len : looked);
        if (begins && len) {
            *ret = span_head(front, len);
            return true;
        }
    }
    return false;
}
