#ifndef SRC_COMPARE_CLUSTER_H
#define SRC_COMPARE_CLUSTER_H

#include "comparison_state.h"

/*
 * One cause, one finding: the same change of the same thing, wherever it shows, is
 * one cluster; and what follows from another change on the same route is left out.
 */
struct change {
    struct span kind, field;
    struct span production_shape, staging_shape;
    enum finding_severity severity;
    struct span title;
    struct span effect;
    uint16_t facet; /* FACETS_MAX when it is of none: what "all routes that have it" is asked of */
    bool wide;      /* a rule of the whole site as soon as two routes show it */
    bool about_language; /* it takes the language out of what tells answers apart */
};

struct member { /* one cohort, or one route, that shows it */
    uint32_t route;
    uint64_t count;
    uint32_t sessions; /* ranges, plus 1; 0: only their number is known */
    uint64_t session_count;
    uint64_t objects[2]; /* cache keys: so many objects became so many; else 0 */
    uint32_t examples[FINDING_EXAMPLES];
};

struct cluster {
    struct change change;
    struct member *members; /* owned */
    size_t len, cap;
};

struct clusters {
    struct arena arena; /* texts of changes */
    struct cluster *at; /* owned */
    size_t len, cap;
    struct map by_change;
};

void clusters_release(struct clusters *c);
/* Texts of `change` are copied. */
void clusters_add(struct clusters *c, const struct change *change, const struct member *member);
/* Leave out what other changes on the same route explain. */
void clusters_subsume(struct clusters *c);
/* The rest as findings; counts the differing exchanges of each route. */
void clusters_write(const struct clusters *c, struct comparison *comparison,
                    struct findings *findings);

#endif
