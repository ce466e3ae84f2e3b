#ifndef REHEARSE_BASE_NGINX_WORDS_H
#define REHEARSE_BASE_NGINX_WORDS_H

#include "rehearse/base/arena.h"

/*
 * nginx's configuration language as words (ngx_conf_read_token): quotes, escapes,
 * comments, ';' and braces. Which words mean what is for whoever reads them.
 */
enum nginx_token {
    NGINX_END = 0,
    NGINX_WORD,
    NGINX_SEMICOLON,
    NGINX_OPEN,
    NGINX_CLOSE,
    NGINX_UNCLOSED, /* a quote that nothing closes; the word says where it began */
};

struct nginx_cursor {
    struct span text; /* borrowed */
    size_t at;
    size_t line, line_start; /* line from 1; where in the text it starts */
};

struct nginx_word {
    struct span text;    /* quotes off, escapes undone: borrowed, or in the arena where one was */
    size_t line, column; /* of its first byte, behind a quote; from 1 */
};

struct nginx_cursor nginx_cursor_make(struct span text);
/* The next token; a word's text in *ret. Its place is set for every token. */
enum nginx_token nginx_next(struct nginx_cursor *c, struct nginx_word *ret, struct arena *arena);

#endif
