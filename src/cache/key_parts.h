#ifndef REHEARSE_CACHE_KEY_PARTS_H
#define REHEARSE_CACHE_KEY_PARTS_H

/* The parts of a key as text; key.c puts them together. */
#include "rehearse/cache/key.h"

/* No input may pose as two lines of the key: LF is written "%0A". */
void key_add_bytes(struct strbuf *out, struct span s);
void key_add_lower(struct strbuf *out, struct span s);
/* Escapes as KEY_PATH_PERCENT has them; the text grows by nothing. */
void key_add_percent(struct strbuf *out, struct span s);

/* The path under the bits KEY_PATH_…. */
void key_add_path(struct strbuf *out, unsigned bits, struct span path);
/* "header.name=value\n", by the input's rule. */
void key_add_input(struct strbuf *out, const struct key_input *input,
                   const struct http_request *request);
/* Its value in the request, SPAN_NONE when it is not there; lines of a header are joined in
 * `joined`. */
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
