#ifndef REHEARSE_CACHE_NO_VARY_SEARCH_H
#define REHEARSE_CACHE_NO_VARY_SEARCH_H

#include "rehearse/http/field.h"

/*
 * No-Vary-Search (draft-ietf-httpbis-no-vary-search): which parameters of the query
 * a response does not depend on, so that a cache may answer other URLs with it. A
 * field that cannot be obeyed leaves the query as it is, byte for byte.
 *
 * The draft changed its syntax in December 2025: to ignore all parameters but some,
 * `params, except=("id")` became `except=("id")`. Each form is invalid under the
 * other text.
 */
enum {
    NO_VARY_LATEST = 1u << 0,    /* except=("id") */
    NO_VARY_WITH_FLAG = 1u << 1, /* params, except=("id"): what browsers learned first */
    NO_VARY_ANY_DIALECT = NO_VARY_LATEST | NO_VARY_WITH_FLAG,
};

struct no_vary_search {
    bool effective;  /* false: the default, every byte of the query counts */
    bool any_order;  /* key-order: parameters of different names may come in any order */
    bool only_named; /* `names` are those that count (except=); else those that do not (params=) */
    struct span *names; /* decoded, sorted, each once; in the arena, NULL when none */
    size_t len;
    unsigned dialects; /* under which texts of the draft this value is valid; 0 when none */
    unsigned faults;   /* NO_VARY_… */
};

/* What is odd about the field. Bits of no_vary_search.faults. */
enum {
    NO_VARY_NOT_STRUCTURED = 1u << 0,
    NO_VARY_BAD_KEY_ORDER = 1u << 1,
    NO_VARY_BAD_PARAMS = 1u << 2,
    NO_VARY_BAD_EXCEPT = 1u << 3,
    NO_VARY_PARAMS_AND_EXCEPT = 1u << 4,
    /* The text's algorithm gives the default, its introduction and browsers obey: obeyed. */
    NO_VARY_KEY_ORDER_ALONE = 1u << 5,
    NO_VARY_OTHER_DIALECT = 1u << 6, /* valid, in a dialect that was not asked for */
    NO_VARY_UNKNOWN_KEY = 1u << 7,   /* passed over */
};
/* A sentence for a person about one of these bits; static. */
const char *no_vary_search_fault_sentence(unsigned fault);

/* Read the field's value, its lines joined; SPAN_NONE gives the default. `value` must live as long.
 */
struct no_vary_search no_vary_search_read(struct span value, unsigned dialects,
                                          struct arena *arena);
struct no_vary_search no_vary_search_of(const struct http_fields *response, unsigned dialects,
                                        struct arena *arena);

/*
 * Are these queries (without '?'; SPAN_NONE without one) the same to a response with
 * that field? The rest of the URL is the caller's to compare.
 */
bool no_vary_search_equal(const struct no_vary_search *n, struct span a, struct span b);

#endif
