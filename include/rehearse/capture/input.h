#ifndef REHEARSE_CAPTURE_INPUT_H
#define REHEARSE_CAPTURE_INPUT_H

#include "rehearse/base/err.h"
#include "rehearse/base/span.h"

/*
 * A file of captured traffic as a stream of bytes and lines: plain, gzip (also
 * several members) or zstd (also several frames), told by its first bytes, never
 * by its name. Constant memory.
 */
struct input;

/* The longest line taken, in bytes; a longer one is cut there and marked. */
#define INPUT_MAX_LINE (4u * 1024 * 1024)

int input_open(struct input **ret, const char *path, struct err *err);
void input_close(struct input *input);
const char *input_path(const struct input *input);
/* Up to `want` bytes (at most 64 kB) from the front, without reading past them: for detection. */
int input_peek(struct input *input, size_t want, struct span *ret, struct err *err);
/*
 * The next line without its LF or CRLF, borrowed until the next call. Returns 1, 0
 * at the end, or a negative code. *ret_cut tells that the line was longer than
 * INPUT_MAX_LINE (the rest of it is passed over) or that the input ended inside a
 * damaged compressed stream; may be NULL.
 */
int input_line(struct input *input, struct span *ret, bool *ret_cut, struct err *err);
/* Any bytes, at least one, borrowed until the next call; returns as input_line. */
int input_chunk(struct input *input, struct span *ret, struct err *err);
uint64_t input_line_number(const struct input *input); /* of the line last given, from 1 */
uint64_t input_bytes_read(const struct input *input);  /* of the file as it lies on disk */
uint64_t input_bytes_total(const struct input *input); /* 0 when not a regular file */

AUTO_FREE(struct input, input_close);

#endif
