#ifndef REHEARSE_KEY_OBSERVED_KEY_H
#define REHEARSE_KEY_OBSERVED_KEY_H

#include "rehearse/http/field.h"

/* A key that a response shows. */
struct observed_key {
    struct span key;   /* borrowed from the response, or in the arena */
    struct span field; /* static, or the user's: "Cache-Status", "X-True-Cache-Key", … */
    bool digest;       /* a hash: equal or not, and nothing can be read in it */
};
/*
 * Looks at `field` first when the user names one, then at Cache-Status `key`
 * (RFC 9211 section 2.7; the member nearest the client), X-True-Cache-Key and
 * X-Cache-Key (Akamai's form without serial, CP code and lifetime, or any),
 * Fastly-Debug-Digest. False when the response shows none.
 */
bool key_observed(const struct http_fields *response, struct span field, struct arena *arena,
                  struct observed_key *ret);

/* A request field that makes a product show its key. */
struct key_question {
    struct span product; /* "akamai"; as profiles are named */
    struct span name, value;
};
/*
 * What to ask `product` with: static, *ret_count of them; 0 for products that show
 * their key unasked or never. SPAN_NONE: every product, for who does not know which
 * one answers. No question changes what is cached.
 */
const struct key_question *key_questions(struct span product, size_t *ret_count);

#endif
