#ifndef REHEARSE_CLI_REHEARSING_H
#define REHEARSE_CLI_REHEARSING_H

/* What run and check share: a whole rehearsal with progress, and its verdict on stdout. */
#include "options.h"
#include "rehearse/rehearsal/jobs.h"

/* What comes of it beside the exit code. */
struct rehearsed {
    bool done;                          /* there was a verdict */
    const struct product_sign *product; /* which cache production's answers show; or NULL */
};
int rehearse_and_print(const struct command *self, struct rehearsal *rehearsal,
                       const struct common *common, struct rehearsed *ret);

#endif
