#ifndef REHEARSAL_IMPORT_BINDINGS_H
#define REHEARSAL_IMPORT_BINDINGS_H

#include "rehearse/rehearsal/import.h"
#include "rehearse/store/store.h"

/*
 * The end of an import: every session is read twice, its answers' bodies one at a
 * time, and its bindings go into the store.
 */
int import_find_bindings(struct store *store, const struct import_options *options,
                         struct err *err);

#endif
