#ifndef SRC_COMPARE_KEY_INPUT_H
#define SRC_COMPARE_KEY_INPUT_H

#include "rehearse/base/arena.h"
#include "rehearse/http/exchange.h"

/*
 * Which input of a request made two cache keys differ: two requests, and their two
 * keys on the side that tells them apart. Told by the key's own words where it
 * names its parts ("cookie.currency=EUR"), else by which of what the requests do
 * not have in common shows in the keys.
 */
struct key_inputs { /* of one request; spans may be cut; SPAN_NONE: not there */
    struct span target, authority;
    struct span cookies, language, accept, encoding, agent;
};
struct keyed_request {
    struct key_inputs inputs;
    struct span key;
};

struct key_inputs key_inputs_of(const struct http_request *request);
/* "query parameter utm_source", "cookie currency", "header Host", …: in `arena`, or static. */
struct span key_input_blamed(const struct keyed_request *a, const struct keyed_request *b,
                             struct arena *arena);
/* "cookie": what one rule of a cache key is about; the whole text when it is of no such kind. */
struct span key_input_category(struct span input);
/* "currency" of "cookie currency"; empty. */
struct span key_input_name(struct span input);
/* A visitor's session or login: what it tells apart is visitors. */
bool key_input_is_visitor(struct span input);

#endif
