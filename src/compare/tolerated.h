#ifndef SRC_COMPARE_TOLERATED_H
#define SRC_COMPARE_TOLERATED_H

#include "rehearse/compare/comparison.h"

/*
 * What a tolerant reader forgave in the cache fields of both sides' answers: each fault of
 * each field once, with how many answers have it and the first that did. Bounded.
 */
enum {
    TOLERATED_MAX = 256,
    TOLERATED_ROUTES_MAX = 16,
    TOLERATED_LINES = 4096,   /* lines whose part is remembered, a side; a power of two */
    TOLERATED_ANSWERS = 2048, /* answers of the same lines; a power of two */
    TOLERATED_AT_ONCE = 6,    /* faults of an answer that is remembered */
};

struct tolerated_side {
    uint64_t answers;
    struct span value, where, taken; /* of the first; in the arena; SPAN_NONE while there is none */
};

struct tolerated {
    struct span field;    /* in the arena */
    const char *sentence; /* static: what was forgiven */
    struct tolerated_side side[2];
    uint64_t unseen; /* of staging's: nobody knows what production had in that field */
    uint32_t routes[TOLERATED_ROUTES_MAX];
    uint32_t route_len;
    bool more_routes;
};

/* Most answers were met before, but for their date and the like: what was found is remembered. */
struct tolerated_line {
    uint32_t id;   /* the store's; 0: empty */
    uint64_t part; /* of the answer's key; 0: it has no part in it */
};
/* Equal parts, equal faults, whatever the lines' moments and tags are; 0: nothing to be tolerated.
 */
uint64_t tolerated_part(const struct http_field *line);
struct tolerated_answer {
    uint64_t key; /* 0: empty */
    uint8_t len;
    uint16_t at[TOLERATED_AT_ONCE]; /* in tolerances.at */
};

struct tolerances {
    struct tolerated at[TOLERATED_MAX];
    struct tolerated_line lines[2][TOLERATED_LINES];
    struct tolerated_answer answers[TOLERATED_ANSWERS];
    size_t len;
    uint64_t beyond; /* times a fault found no room */
    struct arena arena;
};

void tolerances_release(struct tolerances *t);
/* One request's two answers, each with the policy that reads it (NULL: what CDNs have in common).
 */
struct tolerated_pair {
    const struct exchange *answer[2]; /* production's, staging's; borrowed */
    const struct cache_policy *policy[2];
    uint32_t route;
};
void tolerances_add(struct tolerances *t, const struct tolerated_pair *pair, struct arena *scratch);
/* Those that are new on staging first, then by how many answers have them; all in `arena`. */
struct tolerance_line *tolerances_lines(const struct tolerances *t, const struct routes *routes,
                                        struct arena *arena);

#endif
