#ifndef SRC_COMPARE_TRANSLATE_H
#define SRC_COMPARE_TRANSLATE_H

#include "rehearse/base/arena.h"
#include "rehearse/compare/comparison.h"

/* A name to look for in a text. */
struct translated_name {
    struct span words;
    const struct host_pair *host;
    bool bare; /* without the port that belongs to it */
};

/* Staging's words in production's terms: names of hosts, and the scheme in front of them. */
struct translator {
    struct host_pair *hosts; /* borrowed spans */
    size_t count;
    struct translated_name *staging; /* longest first */
    size_t staging_count;
};

/*
 * How the two sides were asked. The place staging was asked at is the host
 * production was asked by, whatever the map calls it ("*": all hosts live there);
 * and the scheme staging was asked by is production's.
 */
struct asked {
    const struct http_request *production, *staging;
};

/* `options` stay borrowed; the pairs are copied into `arena` and sorted. */
void translator_init(struct translator *t, const struct comparison_options *options,
                     struct arena *arena);
/*
 * What staging said, in production's terms: the text itself when nothing in it is
 * staging's, else a copy in the arena. Where the recording does not say by which
 * scheme production was asked, URLs of own hosts lose theirs.
 */
struct span translate(const struct translator *t, const struct asked *asked, struct span text,
                      struct arena *arena);
/* What production said: as it is, but for the scheme of own hosts where the recording does not say
 * the request's. */
struct span translate_production(const struct translator *t, const struct asked *asked,
                                 struct span text, struct arena *arena);
/* All that a translation depends on besides the text. */
uint64_t translate_key(const struct translator *t, const struct asked *asked);

#endif
