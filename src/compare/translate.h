#ifndef SRC_COMPARE_TRANSLATE_H
#define SRC_COMPARE_TRANSLATE_H

#include "rehearse/base/arena.h"
#include "rehearse/compare/comparison.h"

/* Staging's words in production's terms: names of hosts, and the scheme in front of them. */
struct translator {
    struct host_pair *hosts; /* longest staging name first; borrowed spans */
    size_t count;
    struct span staging_scheme;
};

/* `options` stay borrowed; the pairs are copied into `arena` and sorted. */
void translator_init(struct translator *t, const struct comparison_options *options,
                     struct arena *arena);
/* The text itself when nothing in it is staging's, else a copy in the arena. */
struct span translate(const struct translator *t, struct span text, struct arena *arena);
bool translate_needed(const struct translator *t, struct span text);

#endif
