#ifndef REHEARSE_REHEARSAL_FILE_FACTS_H
#define REHEARSE_REHEARSAL_FILE_FACTS_H

/*
 * What the files of a rehearsal say about themselves, so that a comparison needs
 * no more than a baseline and a run: which target, under which names, and what
 * became of each imported record.
 *
 *     target.name             "staging"
 *     target.words            "https://shop.staging.test:8443"
 *     target.host.0           "<production>\t<scheme or nothing>\t<authority>"
 *     replay.elapsed_us       …
 */
#include "rehearse/compare/comparison.h"
#include "rehearse/replay/target.h"
#include "rehearse/report/report.h"
#include "rehearse/store/store.h"

int facts_put_target(struct store *store, const struct target *target, struct err *err);

struct target_facts {
    struct span name, words;
    struct host_pair *hosts;
    size_t host_count;
};
int facts_get_target(struct store *store, struct target_facts *ret, struct arena *arena,
                     struct err *err);

/* Copy the import's accounts and source facts from a capture to what is made of it. */
int facts_copy_import(struct store *from, struct store *to, struct err *err);
/* The counts of store_each_skipped as the report wants them. */
int facts_get_accounts(struct store *store, struct report_account **ret, size_t *ret_count,
                       struct arena *arena, struct err *err);

#endif
