#ifndef SIMULATE_REASONS_H
#define SIMULATE_REASONS_H

#include "rehearse/simulate/simulate.h"

/* How often each rule kept a request from being answered from one side's cache. */
struct reason_counts {
    uint64_t *at[SIMULATE_FATES]; /* owned; by the reader's number of the reason, 0: none known */
    size_t len[SIMULATE_FATES], cap[SIMULATE_FATES];
};

void reason_counts_release(struct reason_counts *counts);
void reason_counts_add(struct reason_counts *counts, const struct model_request *request,
                       struct model_result result);
/* Those of both sides together, each reason once, in the simulation's arena. */
void reasons_put(struct simulation *ret, const struct reason_counts counts[2],
                 struct model_reader *const readers[2]);

#endif
