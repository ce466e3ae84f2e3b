#ifndef REHEARSE_SESSION_SECRET_SIGNS_H
#define REHEARSE_SESSION_SECRET_SIGNS_H

#include "rehearse/base/err.h"
#include "rehearse/base/span.h"
#include "rehearse/base/strbuf.h"

/*
 * Secrets found in any text or bytes: by the look of the value, by a name beside it,
 * or because they are known. The opposite view to the veil's: it asks what is still
 * there. Reads, never changes; linear in the text.
 */
enum secret_sign {
    SIGN_NAMED,         /* behind a name that holds credentials: password=…, "token": "…" */
    SIGN_COOKIE,        /* in a Cookie or Set-Cookie line */
    SIGN_WEB_TOKEN,     /* JSON Web Token */
    SIGN_AUTHORIZATION, /* Bearer or Basic and a credential */
    SIGN_PRIVATE_KEY,   /* PEM */
    SIGN_SERVICE_KEY,   /* a key of a service that marks its own: AKIA…, ghp_… */
    SIGN_CARD,          /* payment card number */
    SIGN_USERINFO,      /* user:password in a URL */
    SIGN_KNOWN,         /* one of the needles */
    SECRET_SIGNS,
};
/* "web token": for a person and for --json. Static. */
const char *secret_sign_name(enum secret_sign sign);

struct secret_sighting {
    enum secret_sign sign;
    struct span name;  /* SIGN_NAMED, SIGN_COOKIE: of the place; SIGN_KNOWN: how it is written there */
    struct span value; /* in the text */
    size_t at;         /* where in the text it begins */
};
typedef void secret_sighting_fn(void *ctx, const struct secret_sighting *sighting);

/* By look: whatever kind of text it is, also binary. */
void secret_signs_by_look(struct span text, secret_sighting_fn *fn, void *ctx);
/* By the names beside values, as logs, pages, JSON and command lines write them. */
void secret_signs_by_name(struct span text, secret_sighting_fn *fn, void *ctx);

/*
 * A text that quotes a log or a server, for a person: what is or may be a secret in it is
 * "***". Errs on the side of hiding: whatever looks drawn at random goes.
 */
void secrets_mask(struct strbuf *out, struct span text);
/* The same between the double quotes of an error's text only: paths stay readable. */
void secrets_mask_err(struct err *err);

/* A pseudonym, or what somebody put in a secret's place: ***, [redacted], …. */
bool is_masked(struct span value);

/*
 * Known secrets, to be looked for as they are, URL-encoded, in base64 (also within
 * a longer base64 text) and backwards. Holds hashes of the texts, not the texts.
 */
struct needles;
enum { NEEDLE_SHORTEST = 8 }; /* shorter ones would be met by chance */
struct needles *needles_new(void);
void needles_free(struct needles *needles);
/* False for one that is too short, or known already. */
bool needles_add(struct needles *needles, struct span secret);
/* Values of an accounts file: user names, passwords, addresses and the rest. */
int needles_add_accounts(struct needles *needles, const char *path, struct err *err);
size_t needles_count(const struct needles *needles);
size_t needles_too_short(const struct needles *needles);
void needles_find(const struct needles *needles, struct span text, secret_sighting_fn *fn,
                  void *ctx);

AUTO_FREE(struct needles, needles_free);

#endif
