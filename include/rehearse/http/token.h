#ifndef REHEARSE_HTTP_TOKEN_H
#define REHEARSE_HTTP_TOKEN_H

#include "rehearse/base/span.h"

/* RFC 9110, section 5.6.2: what names of fields, cookies and directives are made of. */
static inline bool http_char_in_token(char c)
{
    return char_is_alpha(c) || char_is_digit(c) || (c && strchr("!#$%&'*+-.^_`|~", c));
}

/* One or more of these. */
static inline bool http_is_token(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!http_char_in_token(s.ptr[i]))
            return false;
    return s.len > 0;
}

#endif
