#ifndef SRC_COMPARE_VARIANT_H
#define SRC_COMPARE_VARIANT_H

#include "rehearse/base/map.h"
#include "rehearse/http/exchange.h"

/*
 * Which variant of an object a request gets under a Vary field (RFC 9111, section
 * 4.1), as a hash: equal hashes, equal variants. A field's text is read once, and
 * so is a request line that the store has numbered.
 */
enum {
    VARY_NAMES_MAX = 32,  /* of one field; what more it names is not looked at */
    VARY_SETS_MAX = 1024, /* different fields; of a later one, the text itself tells apart */
    VARY_VALUES = 1024,   /* request lines remembered; a power of two */
};

struct vary_set {
    bool any; /* "*": no later request gets it */
    bool cut; /* it names more than VARY_NAMES_MAX */
    size_t len;
    struct span names[VARY_NAMES_MAX]; /* lower case, each once; in the arena */
    uint64_t hashes[VARY_NAMES_MAX];
};

struct variants {
    struct arena arena;
    struct map by_text;    /* hash of a field's text: number of its set */
    struct vary_set *sets; /* owned */
    size_t len, cap;
    struct {
        uint32_t id; /* 0: empty */
        uint64_t hash;
    } values[VARY_VALUES];
};

void variants_release(struct variants *v);
/* `vary`: the lines joined; SPAN_NONE gives 0. Set `*ret_cut` when not all it names was looked at.
 */
uint64_t variant_of(struct variants *v, struct span vary, const struct exchange *asked,
                    bool *ret_cut);

#endif
