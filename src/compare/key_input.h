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
struct key_field { /* a request field beside those with a place of their own */
    struct span name, value;
};
enum { KEY_FIELDS_MAX = 24, KEY_FIELD_BYTES_MAX = 120 };

struct key_inputs { /* of one request; spans may be cut; SPAN_NONE: not there */
    struct span target, authority;
    struct span cookies, language, accept, encoding, agent;
    const struct key_field *fields; /* kept ones; or, */
    size_t field_count;
    const struct http_fields *all; /* where the request is at hand, all there are; or NULL */
};
struct keyed_request {
    struct key_inputs inputs;
    struct span key;
};

struct key_inputs key_inputs_of(const struct http_request *request);
/* "query parameter utm_source", "cookie currency", "header Host", …: in `arena`, or static. */
struct span key_input_blamed(const struct keyed_request *a, const struct keyed_request *b,
                             struct arena *arena);
/* What is blamed where nothing can be named. */
bool key_input_is_hidden(struct span input);
/*
 * All that two requests do not have in common, each as key_input_blamed names it: what is in every
 * such list, and in none of two requests with the same key, is the input.
 */
enum { KEY_SUSPECTS_MAX = 12 };
struct key_suspects {
    struct span at[KEY_SUSPECTS_MAX]; /* in the arena */
    size_t len;                       /* 0 also where there are more */
};
void key_input_suspects(const struct key_inputs *a, const struct key_inputs *b, struct arena *arena,
                        struct key_suspects *ret);
/* Is the field one that a key might hold, and none that has a place of its own? */
bool key_field_counts(struct span name);

/* "cookie": what one rule of a cache key is about; the whole text when it is of no such kind. */
struct span key_input_category(struct span input);
/* "currency" of "cookie currency"; empty. */
struct span key_input_name(struct span input);
/* A visitor's session or login: what it tells apart is visitors. */
bool key_input_is_visitor(struct span input);

#endif
