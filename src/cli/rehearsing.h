#ifndef REHEARSE_CLI_REHEARSING_H
#define REHEARSE_CLI_REHEARSING_H

/* What run and check share: a whole rehearsal with progress, and its verdict on stdout. */
#include "options.h"
#include "rehearse/rehearsal/jobs.h"

/* Returns the exit code; *ret_done tells whether there was a verdict. */
int rehearse_and_print(const struct command *self, struct rehearsal *rehearsal,
                       const struct common *common, bool *ret_done);

#endif
