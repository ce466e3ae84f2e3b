#ifndef SRC_COMPARE_OBSERVE_H
#define SRC_COMPARE_OBSERVE_H

#include "facet.h"
#include "rehearse/cache/cache_status.h"
#include "translate.h"

/*
 * One response as facet values. Most lines were seen before: what a line came to
 * is remembered by the store's number for it, else by its hash.
 */
struct seen {
    uint16_t facet;
    uint32_t value;
    uint32_t raw;     /* hash of the value as it stands, in production's terms */
    struct span text; /* as it stands; borrowed from the exchange */
};

enum { SEEN_MAX = 96 }; /* facets of one response; further fields are not looked at */

struct observed {
    struct seen at[SEEN_MAX];
    size_t len;
    uint32_t stamp[FACETS_MAX]; /* which round the facet was last seen in, and where */
    uint8_t place[FACETS_MAX];
    uint32_t round;
    /* What the cache fields came from, so that their effect is computed once. */
    uint64_t cache_key, date_key;
    bool has_expires;
    bool of_cache;              /* some field tells what a cache did */
    enum cache_outcome outcome; /* what that was; set by meet_fields */
};

struct line_memo {
    uint64_t key; /* 0: empty */
    uint32_t value, raw;
};
enum { LINE_MEMO = 16384 }; /* a power of two */

/* A field name, as it was spelled. */
struct name_memo {
    uint64_t key; /* 0: empty */
    uint16_t facet;
    bool of_cache, is_date;
};
enum { NAME_MEMO = 512 }; /* a power of two */

struct observer {
    struct facets *facets;
    const struct translator *translator;
    const struct span *ignore; /* borrowed */
    size_t ignore_count;
    struct name_memo names[NAME_MEMO];
    struct line_memo memo[LINE_MEMO];
};

/* What of a response is known on both sides, and what is wanted of it. */
struct observe_scope {
    const struct exchange *production, *staging;
    bool redirect;    /* Location counts */
    bool same_coding; /* both were asked for the same content codings */
    bool side_staging;
    struct arena *scratch;
    uint64_t asked_key; /* what a translation of these lines depends on */
};

/* Refill `ret` with the fields of that side's response. */
void observe_response(struct observer *o, const struct observe_scope *scope, struct observed *ret);
/* NULL when the response has no such facet. */
const struct seen *observed_find(const struct observed *o, uint16_t facet);
/* Does this exchange's recording tell about that field at all? */
bool exchange_knows_field(const struct exchange *x, struct span name);

#endif
