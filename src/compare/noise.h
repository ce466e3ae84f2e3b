#ifndef SRC_COMPARE_NOISE_H
#define SRC_COMPARE_NOISE_H

#include "comparison_state.h"

/*
 * Is a difference more than production's own variation? Two answers to the same
 * request differ for many reasons that are nobody's fault. Production shows which:
 * by the values it takes, by what it answers to the same request asked again, and
 * by how often something new turns up. A difference is explained when production
 * explains it; there is no list of fields to ignore.
 */
struct facet_noise { /* of production, over all cohorts */
    uint64_t repeats, unequal;
    uint64_t seen; /* values counted */
};

struct noise {
    const struct comparison *comparison;
    struct facet_noise of[FACETS_MAX];
};

void noise_init(struct noise *n, const struct comparison *c);
bool noise_explains(const struct noise *n, const struct evidence *e, const struct cell *cell);

#endif
