#ifndef REHEARSE_SESSION_ORIGINALS_H
#define REHEARSE_SESSION_ORIGINALS_H

#include "rehearse/http/exchange.h"
#include "rehearse/session/side_file.h"

/*
 * The originals of a capture's pseudonyms, from its side file, put back into requests
 * for a staging that shares production's sessions. Read-only once loaded, so any
 * thread may ask. Memory grows with the side file.
 */
struct originals;

/* `id` as the capture's facts have it ("secrets"); E_USAGE when the file belongs to another one. */
int originals_load(struct originals **ret, const char *path,
                   const unsigned char key[SEAL_KEY_BYTES], struct span id, const char *capture,
                   struct err *err);
void originals_free(struct originals *originals);
size_t originals_count(const struct originals *originals);

/* What was put back, for whoever writes the exchange down: it must go under its pseudonym again. */
struct restored {
    struct span value, pseudonym; /* borrowed from the originals */
    struct restored *next;
};

/* A Cookie line with its pseudonyms undone, in `arena`; the line itself when there are none. */
struct span originals_restore_cookies(const struct originals *originals, struct span line,
                                      struct restored **ret, struct arena *arena);
/*
 * Every other pseudonym of the request, in its fields, target and body, each in the
 * coding of its place. What the side file does not have stays.
 */
void originals_restore_request(const struct originals *originals, struct http_request *request,
                               struct restored **ret, struct arena *arena);

AUTO_FREE(struct originals, originals_free);

#endif
