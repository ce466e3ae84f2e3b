#ifndef SRC_COMPARE_KEYS_H
#define SRC_COMPARE_KEYS_H

#include "example.h"
#include "key_input.h"
#include "rehearse/base/map.h"
#include "rehearse/base/strset.h"

/*
 * Cache keys of both sides, as partitions of the requests. Texts of keys are not
 * compared (two products write them differently): a split is two requests that
 * production files under one key and staging under two, a merge the reverse.
 * What the two requests do not have in common names the input that did it.
 */
enum {
    KEYED_MAX = 32768,     /* keys remembered on each side; coverage says when there are more */
    KEY_CAUSES_MAX = 512,  /* (route, split or merge, kept, input) */
    KEY_PAIRS_MAX = 65536, /* (production's key, staging's key) whose cause is known */
};

struct key_witness {   /* the first request that was filed under a key */
    uint64_t other;    /* its key on the other side, hashed */
    uint64_t body;     /* of production's answer, hashed; 0 unknown */
    uint64_t requests; /* filed under this key */
    uint64_t session_id;       /* of the store, for examples */
    uint32_t session, seq;
    uint32_t cause;  /* plus 1, of the first other key; 0 while there is none */
    bool merge;      /* filed under staging's key */
    bool shared;     /* by more visitors than one */
    bool credential; /* it came with a session or a login */
    /* Answers to requests with the same two keys, against the first: how restless they are. */
    uint32_t repeats, changed;
    struct span key, other_key; /* as text, in the arena; cut */
    struct key_inputs inputs;   /* in the arena; cut */
};

struct key_cause {
    uint32_t route;
    bool merge;
    bool kept; /* both sides' caches keep the answers; else no object is split or merged yet */
    struct span input;         /* "query parameter utm_source" */
    uint64_t events;           /* requests filed apart from, or with, others than before */
    uint64_t requests;         /* for objects that were split or merged; after keys_sum */
    uint64_t alike, unlike;    /* merges: production's two answers were the same, or not */
    uint64_t repeats, changed; /* after keys_sum: what the same key was answered with again */
    uint64_t objects, pieces; /* that were split or merged, and what they became or came from; after
                                 keys_sum */
    uint64_t visitors;        /* merges: events of two different sessions */
    uint64_t credentials;     /* merges: events where one of the two came with a session or a login */
    uint64_t own, common;     /* merges: production's keys of one visitor, of several; after keys_sum */
    uint64_t sessions;
    uint32_t last_session;
    uint32_t examples[FINDING_EXAMPLES];
    uint32_t example_count;
    struct key_suspects suspects; /* where the input is hidden: what differed each time */
};

struct keys {
    struct arena arena;
    struct map by_key[2];          /* hash of a key to number of its witness; production, staging */
    struct key_witness *witnesses; /* owned */
    size_t len, cap;
    struct key_cause *causes; /* owned */
    size_t cause_len, cause_cap;
    struct map by_pair; /* hash of both keys and merge, to the number of the cause */
    struct map by_object; /* (object, further cause) that were counted */
    struct strset fields; /* names and values of witnesses' fields */
    struct map not_inputs; /* what differed under one key, hashed: (name, merge) */
    uint32_t looked;       /* for those, how often; only where an input is hidden */
    bool hidden[2];        /* splits, merges: an input could not be named */
    uint64_t compared;
};

void keys_release(struct keys *k);

struct keyed_pair {
    const struct exchange *production, *staging;
    struct span production_key, staging_key; /* staging's in production's terms */
    uint64_t body;                           /* what production answered, hashed; 0 unknown */
    bool kept;                               /* by shared caches, on both sides */
    bool credential;                         /* asked with a session or a login */
    uint16_t effect[2];                      /* what a cache makes of the answers; for examples */
    uint32_t route;
    uint32_t session;
};
/* False: a key found no room, and is not compared. */
bool keys_add(struct keys *k, const struct keyed_pair *pair, struct examples *examples);
/* After the last pair: requests and repeats of each cause. */
void keys_sum(struct keys *k);

#endif
