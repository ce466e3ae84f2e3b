#ifndef CLI_INSPECT_SECRETS_H
#define CLI_INSPECT_SECRETS_H

#include "options.h"
#include "rehearse/rehearsal/secret_scan.h"

/* Looks through any output for secrets and prints what was found; returns the exit code. */
int inspect_secrets(const struct command *self, struct secret_scan_options *options,
                    const struct common *common);

#endif
