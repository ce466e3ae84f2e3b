#ifndef REHEARSAL_MERGE_H
#define REHEARSAL_MERGE_H

#include "rehearse/capture/source.h"

/*
 * Several sources as one stream, in the order their requests began. A source that
 * is out of order by itself stays so: its records are never held back for longer
 * than the record before them.
 *
 * Files whose turn has not come yet are closed again once their first record is
 * known, so that a year of rotated logs does not hold a year of buffers.
 */
struct merge;

/* Opens every path once, so that a missing file or an unknown format is told before any work. */
int merge_open(struct merge **ret, const char *const *paths, size_t count,
               const struct source_options *options, struct err *err);
void merge_close(struct merge *merge);
/*
 * The next record of any source: returns as source_next does, with the source's
 * index in *ret_source. *ret is good until the next call. What a source cannot
 * place in time (a skipped or rejected record) comes at once.
 */
int merge_next(struct merge *merge, struct source_item **ret, size_t *ret_source, struct err *err);
/* The arena *ret lives in: for what must live as long. */
struct arena *merge_arena(struct merge *merge, size_t source);

/* Static or owned by the merge. */
struct span merge_format(const struct merge *merge, size_t source);
struct span merge_evidence(const struct merge *merge, size_t source);
/* Over all sources, as the files lie on disk; *ret_total is 0 when one is not known. */
uint64_t merge_bytes(const struct merge *merge, uint64_t *ret_total);

AUTO_FREE(struct merge, merge_close);

#endif
