#ifndef REHEARSE_SESSION_CREDENTIAL_H
#define REHEARSE_SESSION_CREDENTIAL_H

#include "rehearse/base/err.h"
#include "rehearse/http/exchange.h"
#include "rehearse/session/side_file.h"

/*
 * What the capture holds and nobody may read: credentials, and the keyed
 * pseudonyms that take their place at import. Equal values get equal pseudonyms
 * (under one key), nothing can be read back. See DESIGN.md, "Secrets".
 *
 * A pseudonym is "p~" and 22 characters of [A-Za-z0-9_-] (128 bits, keyed BLAKE2b).
 */
#define PSEUDONYM_LEN 24
#define VEIL_KEY_BYTES 32

struct veil; /* the key, the rules, and what was seen of cookie values */

struct veil_options {
    unsigned char key[VEIL_KEY_BYTES];
    const char *const
        *secret_names; /* further field, cookie, query or form names; NULL-terminated or NULL */
    /*
     * Told of each value that is hidden, with its pseudonym; NULL: nobody. Payment data (card
     * numbers, their check digits, bank accounts) come as such: nobody may keep these.
     */
    void (*keep)(void *ctx, const struct original *original);
    void *keep_ctx;
    unsigned variant_sessions; /* a cookie value shared by this many sessions is a variant; 0: 3; at
                                  most 16 */
};

int veil_new(struct veil **ret, const struct veil_options *options, struct err *err);
void veil_free(struct veil *veil);

/*
 * Key from $REHEARSE_KEY (64 hex digits), else from `path`, else from the user's
 * own key file (XDG config folder, rehearse/key, 0600), made on first use.
 */
int veil_key_load(unsigned char ret[VEIL_KEY_BYTES], const char *path, struct err *err);
/* From this file and nothing else. */
int veil_key_read(unsigned char ret[VEIL_KEY_BYTES], const char *path, struct err *err);
/* 16 hex digits that tell one key from another and say nothing of it; files keep it as "keyed". */
enum { VEIL_KEY_NAME = 17 };
void veil_key_name(const unsigned char key[VEIL_KEY_BYTES], char ret[VEIL_KEY_NAME]);

bool is_pseudonym(struct span value);

/*
 * Replace every credential of `x` by its pseudonym, in place (new values in
 * `arena`): Cookie and Set-Cookie values, Authorization and other secret fields,
 * secret items of the query, of form and JSON bodies, of Location, Link and
 * Referer URLs; in recorded HTML, values of inputs and meta tags with token names;
 * x->user. What was hidden in one place and stands in another one too goes there as well.
 * Cookies known as variants keep short plain values ("de", "EUR").
 * x->session must be set: the veil counts in how many sessions a cookie value
 * occurs, in bounded memory.
 */
void veil_exchange(struct veil *veil, struct exchange *x, struct arena *arena);
/* The same for an exchange whose request had these put back: wherever they stand they go. */
struct restored;
void veil_exchange_restored(struct veil *veil, struct exchange *x, const struct restored *restored,
                            struct arena *arena);

/*
 * After the last exchange: cookie values that turned out to be variants, not
 * credentials, in order of name and value. `sessions` reads "at least": counting
 * stops at the threshold. Where the client's address is known, a value counts once
 * for each address and user agent, however many sessions these had.
 */
typedef int veil_variant_fn(void *ctx, struct span name, struct span pseudonym, struct span value,
                            uint64_t sessions);
int veil_each_variant(struct veil *veil, veil_variant_fn *fn, void *ctx);

AUTO_FREE(struct veil, veil_free);

#endif
