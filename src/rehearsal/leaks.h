#ifndef REHEARSE_SRC_REHEARSAL_LEAKS_H
#define REHEARSE_SRC_REHEARSAL_LEAKS_H

#include "rehearse/compare/comparison.h"
#include "rehearse/report/leaks.h"
#include "rehearse/store/store.h"

/*
 * What the sentinel remarked in a run (src/replay/sentinel.h), as findings of kind "leak":
 * one a route, with the path of the clearest. Where a finding names the cause already
 * (answers of one visitor that a cache keeps for others, on that route), it is told what was
 * seen, and there is no second one.
 */
struct leaks_job {
    struct store *run;
    struct routes *routes; /* settled */
    const struct host_pair *hosts;
    size_t host_count;
    const struct comparison_summary *summary;
    struct findings *findings; /* of the comparison; sorted again */
};
/* `ret` is in `arena`. */
int leaks_find(const struct leaks_job *job, struct report_leaks *ret, struct arena *arena,
               struct err *err);

#endif
