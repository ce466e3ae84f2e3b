#ifndef REHEARSE_HTTP_STRUCTURED_CHARS_H
#define REHEARSE_HTTP_STRUCTURED_CHARS_H

#include "rehearse/http/token.h"

/* The characters of structured fields (RFC 9651, section 3), for reader and writer alike. */

/* key = ( lcalpha / "*" ) *( lcalpha / DIGIT / "_" / "-" / "." / "*" ) */
static inline bool sf_char_begins_key(char c)
{
    return (c >= 'a' && c <= 'z') || c == '*';
}

static inline bool sf_char_in_key(char c)
{
    return sf_char_begins_key(c) || char_is_digit(c) || c == '_' || c == '-' || c == '.';
}

/* sf-token = ( ALPHA / "*" ) *( tchar / ":" / "/" ) */
static inline bool sf_char_begins_token(char c)
{
    return char_is_alpha(c) || c == '*';
}

static inline bool sf_char_in_token(char c)
{
    return http_char_in_token(c) || c == ':' || c == '/';
}

/* VCHAR and SP: what strings are made of. */
static inline bool sf_char_is_printable(char c)
{
    return c >= 0x20 && c <= 0x7e;
}

#endif
