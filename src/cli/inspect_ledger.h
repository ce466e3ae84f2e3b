#ifndef SRC_CLI_INSPECT_LEDGER_H
#define SRC_CLI_INSPECT_LEDGER_H

#include <stdbool.h>

#include "rehearse/store/store.h"

/* Every unsafe request of a run, a line each, and their counts by class and route. On stdout; as
 * one JSON object with `json`. E_USAGE for a capture, which sent nothing. */
int inspect_ledger(struct store *store, bool json, struct err *err);

#endif
