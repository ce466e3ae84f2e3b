#ifndef SRC_COMPARE_COVERAGE_H
#define SRC_COMPARE_COVERAGE_H

#include "rehearse/compare/comparison.h"

/*
 * What was looked at and what was not, each with its reason. The lines of one
 * `what` add up: an exchange stands in exactly one of them.
 */
enum { COVERAGE_LINES_MAX = 128 };

struct coverage {
    struct coverage_line at[COVERAGE_LINES_MAX];
    size_t len;
    struct arena arena;
};

void coverage_release(struct coverage *c);
/* An empty reason: it was compared. Past the last line, reasons are "other reasons". */
void coverage_count(struct coverage *c, struct span what, struct span reason);
/* So many that were counted as compared are not, after all. */
void coverage_take_back(struct coverage *c, struct span what, struct span reason, uint64_t count);
/* In the order a reader wants: by what, compared first, then by count falling. In `arena`. */
struct coverage_line *coverage_lines(const struct coverage *c, struct arena *arena);

#endif
