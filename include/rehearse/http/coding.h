#ifndef REHEARSE_HTTP_CODING_H
#define REHEARSE_HTTP_CODING_H

#include "rehearse/base/err.h"
#include "rehearse/base/strbuf.h"

/*
 * Undo a Content-Encoding (RFC 9110, section 8.4): gzip, x-gzip, deflate (zlib or
 * raw), br, zstd, identity, and lists of them. Stops at `max` bytes of output:
 * a small body may hold a very large one. On E_LIMIT `out` holds the front part.
 */
int content_decode(struct strbuf *out, struct span coded, struct span coding, size_t max,
                   struct err *err);
/* Undo chunked framing of a stored message (RFC 9112, section 7.1). Trailers are dropped. */
int chunked_decode(struct strbuf *out, struct span framed, size_t max, struct err *err);

#endif
