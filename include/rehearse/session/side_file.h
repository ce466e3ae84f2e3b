#ifndef REHEARSE_SESSION_SIDE_FILE_H
#define REHEARSE_SESSION_SIDE_FILE_H

#include "rehearse/base/err.h"
#include "rehearse/base/span.h"

/*
 * The sealed side file of a capture: what stood where the capture has pseudonyms.
 * It is only made when asked for, for a staging that shares production's sessions.
 * Sealed with a key of its own: whoever has the key of the pseudonyms reads nothing
 * here. Written and read as a stream; the format stands in src/session/side_frame.h.
 */
enum { SEAL_KEY_BYTES = 32, SIDE_ID_BYTES = 16, ORIGINAL_MAX = 256 * 1024 };

/* Of one value, how it stood: a cookie or a field may have spelled it otherwise. */
enum original_form {
    ORIGINAL_VALUE = 'v', /* decoded: what its pseudonym was made of */
    ORIGINAL_COOKIE = 'c',
    ORIGINAL_FIELD = 'f',
    ORIGINAL_PAYMENT = 'p', /* told of, never put in a file */
};

struct original {
    enum original_form form;
    struct span pseudonym; /* PSEUDONYM_LEN bytes */
    struct span text;
    struct span name; /* of the place, where the veil tells of it; not in the file */
};

/*
 * Key from `path`, else from $REHEARSE_SECRETS_KEY (64 hex digits), else from the user's
 * own key file (XDG config folder, rehearse/secrets.key, 0600), made on first use when `make`.
 */
int seal_key_load(unsigned char ret[SEAL_KEY_BYTES], const char *path, bool make, struct err *err);
/* Overwritten, so that no dump shows it. */
void key_forget(unsigned char *key, size_t len);

/* Which capture a side file belongs to: both hold this, drawn when they are made. */
struct side_id {
    unsigned char bytes[SIDE_ID_BYTES];
};
struct side_id side_id_draw(void);
enum { SIDE_ID_TEXT = 2 * SIDE_ID_BYTES + 1 };
void side_id_text(const struct side_id *id, char ret[SIDE_ID_TEXT]);

/* ---- writing ---- */
struct side_writer;
/* Written beside `path`, 0600, and put in its place by side_writer_finish. */
int side_writer_open(struct side_writer **ret, const char *path,
                     const unsigned char key[SEAL_KEY_BYTES], struct side_id id, struct err *err);
/*
 * What was put lately is not put twice. A failure is remembered and said by
 * side_writer_check and side_writer_finish. Texts over ORIGINAL_MAX are left out.
 */
void side_writer_put(struct side_writer *writer, const struct original *original);
int side_writer_check(const struct side_writer *writer, struct err *err);
/* The file is whole and on the disk after this; not yet under its name. */
int side_writer_end(struct side_writer *writer, struct err *err);
/* Ends it where that was not done, and gives it its name. */
int side_writer_finish(struct side_writer *writer, struct err *err);
/* NULL is fine. Without side_writer_finish nothing is left. */
void side_writer_free(struct side_writer *writer);

/* ---- reading ---- */
typedef int original_fn(void *ctx, const struct original *original);
/*
 * Every original, as it was put; non-zero from fn ends the walk and is returned. `ret_id`
 * is filled in before the first; NULL is fine. E_NOT_FOUND; E_FORMAT for another kind
 * of file; E_USAGE for another key; E_DAMAGED when it was changed or cut off.
 */
int side_file_each(const char *path, const unsigned char key[SEAL_KEY_BYTES],
                   struct side_id *ret_id, original_fn *fn, void *ctx, struct err *err);
/* The same from bytes; `name` is for messages. */
int side_text_each(struct span text, const char *name, const unsigned char key[SEAL_KEY_BYTES],
                   struct side_id *ret_id, original_fn *fn, void *ctx, struct err *err);
/* Does the file begin as one? No key needed. */
bool side_file_is_one(struct span front);

AUTO_FREE(struct side_writer, side_writer_free);

#endif
