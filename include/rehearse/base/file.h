#ifndef REHEARSE_BASE_FILE_H
#define REHEARSE_BASE_FILE_H

#include <stddef.h>
#include <stdbool.h>

#include "rehearse/base/err.h"
#include "rehearse/base/strbuf.h"

/* Append the whole file to `out`; E_LIMIT past `max` bytes, with the path named. */
int file_read(struct strbuf *out, const char *path, size_t max, struct err *err);
/*
 * Write all of `content` to a temporary neighbour, then rename: readers see the
 * old file or the new one, never a half. `mode` as in open(2); 0600 for what may
 * hold traffic.
 */
int file_write(const char *path, struct span content, unsigned mode, struct err *err);
/* mkdir -p. */
int file_make_folder(const char *path, struct err *err);
bool file_exists(const char *path);

#endif
