#ifndef REHEARSAL_ACCOUNT_H
#define REHEARSAL_ACCOUNT_H

#include "rehearse/rehearsal/import.h"
#include "rehearse/store/store.h"

/*
 * The accounts of an import: every record counted once, by source, outcome and
 * reason. Reasons are constant phrases, so there are few; past a limit the rest
 * are counted together.
 */
void account_sources(struct import_summary *summary, const char *const *paths, size_t count);
void account_imported(struct import_summary *summary, size_t source, const struct exchange *x);
void account_skipped(struct import_summary *summary, size_t source, struct span reason);
void account_rejected(struct import_summary *summary, size_t source,
                      const struct source_item *item);
/* The totals, and what the recording lacks, as facts of the file. */
int account_store(const struct import_summary *summary, struct store *store, struct err *err);

#endif
