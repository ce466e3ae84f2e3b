#ifndef SRC_CLI_INSPECT_FAULTS_H
#define SRC_CLI_INSPECT_FAULTS_H

#include "rehearse/cache/policy.h"
#include "rehearse/store/store.h"

/*
 * What the recorded answers' cache fields have wrong, and how a cache with this
 * policy takes it: one line for each, with the number of answers and the first
 * request that shows it. On stdout; as one JSON array with `json`.
 */
int inspect_faults(struct store *store, const struct cache_policy *policy, bool json,
                   struct err *err);

#endif
