#ifndef REHEARSE_CLI_REPORT_OUTPUT_H
#define REHEARSE_CLI_REPORT_OUTPUT_H

/* The end of compare, run and check: the report's summary on stdout, and the exit code. */
#include "options.h"
#include "rehearse/rehearsal/jobs.h"

/* `folder` is where the report was written; NULL: nowhere. Returns EXIT_GO or EXIT_NO_GO. */
int print_verdict(const struct compare_result *result, const struct common *common,
                  const char *folder);

#endif
