#ifndef REHEARSE_CLI_EXPLAIN_PROFILE_H
#define REHEARSE_CLI_EXPLAIN_PROFILE_H

#include <stdbool.h>

#include "rehearse/cache/profile.h"

/* What a profile says of its product, each fact with how it is known, on standard output. */
void explain_profile(const struct cache_profile *profile, bool json);

#endif
