#ifndef REHEARSE_SRC_REPLAY_REDIRECT_H
#define REHEARSE_SRC_REPLAY_REDIRECT_H

#include "rehearse/base/arena.h"
#include "rehearse/http/exchange.h"

/*
 * Redirects that production did not give: they are followed, so that what a visitor
 * would see in the end is known.
 */

/* Where `answered` leads, when it is a redirect in place of something else in
 * `recorded` and its request may be sent again; SPAN_NONE otherwise. */
struct span redirect_to_follow(const struct exchange *recorded, const struct exchange *answered);

/* The URLs that one request has been led to. Zeroed: the request itself. */
struct redirect_chain {
    unsigned hop;   /* 0: the request itself */
    uint64_t *seen; /* hashes of the URLs, in the hop's arena */
    unsigned seen_count;
};

/* Was `wire` asked for too often in this chain? */
bool redirect_chain_loops(const struct redirect_chain *chain, const struct http_request *wire);
/* `ret` becomes the chain of `wire`, the hop behind `from`, whose request was `from_wire`. */
void redirect_chain_extend(struct redirect_chain *ret, const struct redirect_chain *from,
                           const struct http_request *from_wire, const struct http_request *wire,
                           struct arena *arena);

#endif
