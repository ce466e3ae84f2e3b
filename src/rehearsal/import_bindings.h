#ifndef REHEARSAL_IMPORT_BINDINGS_H
#define REHEARSAL_IMPORT_BINDINGS_H

#include "rehearse/rehearsal/import.h"
#include "rehearse/store/store.h"

/*
 * The bindings of a capture that is being made: its requests are looked at as they come,
 * and at the end its sessions are read once more, those that may have any, with the
 * bodies of their answers one at a time.
 */
struct import_bindings;

/* Both are borrowed. */
struct import_bindings *import_bindings_new(struct store *store,
                                            const struct import_options *options);
void import_bindings_free(struct import_bindings *b);
/* Every exchange, as it is stored. `arena` is for the call. */
void import_bindings_meet(struct import_bindings *b, struct exchange *x, struct arena *arena);
/* After the last one, before store_finish: into the store. *ret_count is how many there are. */
int import_bindings_find(struct import_bindings *b, uint64_t *ret_count, struct err *err);

AUTO_FREE(struct import_bindings, import_bindings_free);

#endif
