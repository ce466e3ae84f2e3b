#ifndef SRC_COMPARE_KEYS_H
#define SRC_COMPARE_KEYS_H

#include "example.h"
#include "rehearse/base/map.h"
#include "rehearse/base/strset.h"

/*
 * Cache keys that both sides show, as partitions of the requests. Texts of keys
 * are not compared (two products write them differently): a split is two requests
 * that production files under one key and staging under two, a merge the reverse.
 * What the two requests do not have in common names the input that did it.
 */
enum {
    KEYED_MAX = 32768,    /* keys remembered on each side */
    KEY_CAUSES_MAX = 512, /* (route, split or merge, input) */
};

struct key_witness { /* one request that was filed under a key */
    uint64_t other;  /* the key on the other side, hashed */
    struct span key; /* as text, in the arena; cut */
    struct span other_key;
    struct span target, language, cookies; /* the request's inputs, cut */
    struct span authority, accept, encoding;
};

struct key_cause {
    uint32_t route;
    bool merge;
    struct span input; /* "query parameter utm_source" */
    uint64_t events;
    uint64_t sessions;
    uint32_t last_session;
    uint32_t examples[FINDING_EXAMPLES];
};

struct keys {
    struct arena arena;
    struct map by_key[2]; /* hash of (route, key) to number of its witness; production, staging */
    struct key_witness *witnesses; /* owned */
    size_t len, cap;
    struct key_cause *causes; /* owned */
    size_t cause_len, cause_cap;
    uint64_t compared;
};

void keys_release(struct keys *k);

struct keyed_pair {
    const struct exchange *production, *staging;
    struct span production_key, staging_key; /* staging's in production's terms */
    uint32_t route;
    uint32_t session;
};
void keys_add(struct keys *k, const struct keyed_pair *pair, struct examples *examples);

#endif
