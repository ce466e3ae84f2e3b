#ifndef REHEARSE_SRC_SESSION_TEXT_WORDS_H
#define REHEARSE_SRC_SESSION_TEXT_WORDS_H

#include "rehearse/base/span.h"

/* Where words begin in pages, URLs and scripts: behind an escape as behind a space. */

/* Letters, digits, '_', and all that is no ASCII. */
static inline bool is_word_byte(char c)
{
    return char_is_alpha(c) || char_is_digit(c) || c == '_' || (unsigned char)c >= 0x80;
}

/* What a byte is, for walks over whole pages: BYTE_… */
enum { BYTE_OTHER = 0, BYTE_WORD, BYTE_ESCAPE /* '%', '\\' and '&': look closer */ };

static inline void fill_byte_kinds(uint8_t kinds[256])
{
    for (int i = 0; i < 256; i++) {
        char c = (char)i;
        kinds[i] = is_word_byte(c)                     ? BYTE_WORD
                   : c == '%' || c == '\\' || c == '&' ? BYTE_ESCAPE
                                                       : BYTE_OTHER;
    }
}

/* The length of "%2F", "\u002f" or "\n" at `at`; 0: no escape begins there. */
static inline size_t escape_length(const char *at, const char *end)
{
    size_t left = (size_t)(end - at);
    if (*at == '%')
        return left >= 3 && char_hex(at[1]) >= 0 && char_hex(at[2]) >= 0 ? 3 : 0;
    if (*at != '\\' || left < 2)
        return 0;
    if (at[1] != 'u' || left < 6)
        return 2;
    for (size_t i = 2; i < 6; i++)
        if (char_hex(at[i]) < 0)
            return 2;
    return 6;
}

#endif
