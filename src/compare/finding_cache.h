#ifndef SRC_COMPARE_FINDING_CACHE_H
#define SRC_COMPARE_FINDING_CACHE_H

#include "cluster.h"

/*
 * What a `cache.*` finding does to a shared cache: kept or not and for how long by
 * its first example, hits and requests to the origin by the forecast. In `arena`;
 * NULL for findings of other kinds.
 */
const struct finding_cache *finding_cache_of(const struct cluster *cluster,
                                             const struct comparison *c, struct arena *arena);
/* The same in sentences, each with a space in front. Nothing for NULL. */
void finding_cache_add_words(struct strbuf *out, const struct finding_cache *cache);

#endif
