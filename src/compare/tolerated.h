#ifndef SRC_COMPARE_TOLERATED_H
#define SRC_COMPARE_TOLERATED_H

#include "rehearse/compare/comparison.h"

/*
 * What a tolerant reader forgave in the cache fields of both sides' answers: each fault of
 * each field once, with how many answers have it and the first that did. Bounded.
 */
enum { TOLERATED_MAX = 256, TOLERATED_ROUTES_MAX = 16 };

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

struct tolerances {
    struct tolerated at[TOLERATED_MAX];
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
