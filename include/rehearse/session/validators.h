#ifndef REHEARSE_SESSION_VALIDATORS_H
#define REHEARSE_SESSION_VALIDATORS_H

#include "rehearse/http/exchange.h"

/*
 * The validators (RFC 9110, section 8.8) that an environment gave one visitor, by what
 * he asked for: what his conditional requests ask about. The last VALIDATORS_MAX targets
 * are remembered.
 */
struct validators;
enum { VALIDATORS_MAX = 512 };

struct validators *validators_new(void);
void validators_free(struct validators *validators);
/* From the answer to a request for `target`: what a browser would keep of it. */
void validators_learn(struct validators *validators, struct span target,
                      const struct http_response *response);
/*
 * The value of a conditional field ("If-None-Match", "If-Modified-Since", …) for a
 * request for `target`, borrowed until the next validators_learn. `recorded` tells whether
 * If-Range asks by tag or by date. SPAN_NONE: nothing is known.
 */
struct span validators_find(const struct validators *validators, struct span target,
                            struct span field, struct span recorded);

AUTO_FREE(struct validators, validators_free);

#endif
