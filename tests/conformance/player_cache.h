#ifndef REHEARSE_TESTS_CONFORMANCE_PLAYER_CACHE_H
#define REHEARSE_TESTS_CONFORMANCE_PLAYER_CACHE_H

#include "player.h"

#include "rehearse/cache/decision.h"

/*
 * A shared cache in memory around the engine (rehearse/cache/decision.h): it keeps
 * and drops what it is told to, and asks the origin. All policy is in the policy.
 */
#define PLAY_ENTRIES_MAX 32

struct play_entry {
    struct span uri;
    struct http_request asked;
    struct http_response response;
    struct exchange_times times;
    bool invalidated;
    struct held_part part;
};

struct play_engine {
    const struct cache_policy *policy;
    struct play_entry entries[PLAY_ENTRIES_MAX];
    size_t len;
};

/* An empty cache under that policy; `engine` is borrowed. */
struct play_cache play_engine_start(struct play_engine *engine, const struct cache_policy *policy);

#endif
