#ifndef REHEARSE_SRC_KEY_PARTS_H
#define REHEARSE_SRC_KEY_PARTS_H

/* The parts of a key as text; key.c puts them together. */
#include "rehearse/key/key.h"

/*
 * As strbuf_add, inline and without the NUL behind: a key is made of many short
 * pieces, and key_add ends it once.
 */
static inline void key_put(struct strbuf *out, struct span s)
{
    if (s.len == 0)
        return;
    memcpy(s.len < out->cap - out->len ? out->buf + out->len : strbuf_room(out, s.len), s.ptr,
           s.len);
    out->len += s.len;
}

static inline void key_put_char(struct strbuf *out, char c)
{
    if (out->len + 1 >= out->cap)
        strbuf_room(out, 1);
    out->buf[out->len++] = c;
}

/* No input may pose as two lines of the key, nor as another input: behind LF stands a tab. */
void key_add_bytes(struct strbuf *out, struct span s);
void key_add_lower(struct strbuf *out, struct span s);
/* Escapes as KEY_PATH_PERCENT has them; the text grows by nothing. */
void key_add_percent(struct strbuf *out, struct span s);

/* The path under the bits KEY_PATH_…. */
void key_add_path(struct strbuf *out, unsigned bits, struct span path);
/* A bit for each length that a request's field names have: most inputs are known to be absent by
 * that. */
uint64_t field_name_lengths(const struct http_fields *fields);
/* "header.name=value\n", by the input's rule; `lengths` is of the request's fields. */
void key_add_input(struct strbuf *out, const struct key_input *input,
                   const struct http_request *request, uint64_t lengths);
/* "header.name", what the key calls the input. */
void key_add_title(struct strbuf *out, const struct key_input *input);

/* Its value in the request, SPAN_NONE when it is not there; lines of a header, and what is made,
 * are put together in `joined`. */
struct span key_input_value(const struct key_input *input, const struct http_request *request,
                            struct strbuf *joined);

/* One of `values` for an Accept-Language; the first of them when none fits. */
struct span negotiated_language(struct span accept, const struct span *values, size_t count);
/* "de" of "de-AT,en;q=0.8"; empty when there is none. */
struct span first_language(struct span accept);
/* Does an Accept-Encoding accept the coding (RFC 9110 section 12.5.3)? */
bool encoding_accepted(struct span accept, struct span coding);

/* "mobile", "tablet", "desktop"; "bot" for a program that says so, when `bots` are a class. */
struct span device_of(struct span user_agent, bool bots);

#endif
