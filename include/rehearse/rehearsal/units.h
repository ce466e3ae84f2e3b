#ifndef REHEARSE_REHEARSAL_UNITS_H
#define REHEARSE_REHEARSAL_UNITS_H

#include "rehearse/base/span.h"

/* How people write amounts, the same in the scenario file and on the command line. */
/* "500ms", "60s", "30m", "2h", "1d" as microseconds. */
bool duration_parse(struct span text, int64_t *ret_us);
/* "512MB", "2 GB", "1.5GiB", "4096": powers of 1000, with an i of 1024. */
bool bytes_parse(struct span text, uint64_t *ret);
/* "10%" or "0.1" as 0.1; 0 to 1. */
bool share_parse(struct span text, double *ret);
/* A difference of two shares: "0.5pt" as 0.005, or as share_parse. */
bool points_parse(struct span text, double *ret);

#endif
