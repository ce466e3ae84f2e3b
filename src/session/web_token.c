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

bool web_token_next(struct span *rest, struct span *ret)
{
    const char *start = rest->ptr;
    ptrdiff_t hit;
    while ((hit = span_find(*rest, OBJECT)) >= 0) {
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
