#ifndef REHEARSE_SESSION_TOKEN_NAMES_H
#define REHEARSE_SESSION_TOKEN_NAMES_H

#include "rehearse/base/span.h"

/*
 * Where the frameworks hand a token out and where they take it back (cdn.md, E.3),
 * as a table: for a place of a request, the places of earlier responses to look at,
 * best first.
 */
enum token_source {
    TOKEN_NONE = 0, /* ends a list */
    TOKEN_INPUT,    /* <input>, hidden or with a token's name */
    TOKEN_META,     /* <meta> or a data-… attribute */
    TOKEN_JSON,     /* a member of a JSON body, or name: "value" in a script */
    TOKEN_HEADER,   /* a response field */
    TOKEN_COOKIE,   /* a cookie set by the environment, URL-decoded */
};

struct token_origin {
    enum token_source source;
    const char *name; /* case folded; cookies: '*' stands for any run, prefixes left away */
};

enum { TOKEN_MAX_ORIGINS = 12 };

/* Where the value of this request place comes from; NULL when it is no token place. */
const struct token_origin *token_origins(struct span name);
/* A name whose value is worth remembering when a response shows it. */
bool token_is_handed_out(struct span name);

#endif
