#ifndef SRC_COMPARE_MEASURES_H
#define SRC_COMPARE_MEASURES_H

#include "rehearse/base/map.h"
#include "rehearse/http/exchange.h"
#include "rehearse/stats/histogram.h"

/* What is counted in numbers: time, size, hits. Per route, or per cohort. */
enum { MEASURED_ROUTES_MAX = 4096 };

struct route_measures {
    struct histogram time[2];  /* microseconds, all that are known; production, staging */
    struct histogram alike[2]; /* of pairs that both came, or both did not come, from a cache */
    /* Of requests that began after an earlier one like it was answered on that side: those, and
     * those of them for which the origin was not asked. */
    uint64_t asked[2], hits[2];
    uint32_t slow_example; /* plus 1 */
    uint32_t hit_example;
    uint32_t sessions; /* ranges, plus 1 */
};

/* The sizes of one cohort. Ratios staging:production in steps of a quarter octave. */
enum { RATIO_STEPS = 64, RATIO_ONE = 32 };
struct size_measures {
    uint32_t cohort;
    uint32_t ratios[RATIO_STEPS + 1];
    struct histogram size[2];
    uint64_t repeats,
        unequal; /* production's own: the same request again, and its size moved by a tenth */
    bool coding_unknown; /* some were counted without knowing whether they were compressed alike */
    uint32_t example;    /* plus 1 */
    uint32_t sessions;   /* ranges, plus 1 */
};

struct measures {
    struct route_measures *routes; /* owned */
    size_t len, cap;
    struct size_measures *sizes; /* owned */
    size_t size_len, size_cap;
    struct map size_by_cohort;
};

void measures_release(struct measures *m);
/* NULL past MEASURED_ROUTES_MAX. */
struct route_measures *measures_route(struct measures *m, uint32_t route);
struct size_measures *measures_size(struct measures *m, uint32_t cohort);
/* Both sizes known. */
void size_measures_add(struct size_measures *s, uint64_t production, uint64_t staging);
/* The middle ratio, 1.0 for equal. */
double size_measures_ratio(const struct size_measures *s);
/* Share of the pairs whose size moved by a quarter or more in that direction. */
double size_measures_moved(const struct size_measures *s, bool grown);

#endif
