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
/* mkdir -p; what is made can be written by its owner only, under any umask. */
int file_make_folder(const char *path, struct err *err);
bool file_exists(const char *path);
/*
 * Hold `path` for this process until file_unlock: a second holder gets E_USAGE. For
 * SQLite files: unlock only after the file's own handle is closed (closing any
 * descriptor of a file drops SQLite's locks on it).
 */
int file_lock(int *ret_lock, const char *path, struct err *err);
/* -1 is fine. */
void file_unlock(const int *lock);

#endif
