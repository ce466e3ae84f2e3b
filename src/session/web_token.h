#ifndef REHEARSE_SESSION_WEB_TOKEN_H
#define REHEARSE_SESSION_WEB_TOKEN_H

#include "rehearse/base/span.h"

/*
 * JSON Web Tokens known by their look, whatever the name of the place: links that
 * log in or reset a password carry them in the path. Linear in the text.
 */

/* The next one in `*rest`, which goes on behind it; false when there is none. */
bool web_token_next(struct span *rest, struct span *ret);

#endif
