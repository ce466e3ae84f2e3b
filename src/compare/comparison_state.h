#ifndef SRC_COMPARE_COMPARISON_STATE_H
#define SRC_COMPARE_COMPARISON_STATE_H

#include "body.h"
#include "cache_effect.h"
#include "coverage.h"
#include "evidence.h"
#include "cache_traffic.h"
#include "keys.h"
#include "measures.h"
#include "observe.h"
#include "own_content.h"
#include "rehearse/compare/comparison.h"
#include "tolerated.h"
#include "variant.h"

/* Counted per route, for the summary. */
struct route_count {
    uint64_t exchanges, compared;
    uint64_t differing; /* shown by its largest finding */
};

/* What a session showed so far that explains what comes later in it. */
struct session_state {
    uint64_t id;
    uint32_t ordinal;
    bool any;
    struct strset missing_cookies; /* one side set them, the other did not */
    bool change_unsent;            /* a login, an order, … was not sent to staging */
    struct strset
        lingering_cookies; /* of these: staging may still have what production took back */
};

struct effect_memo {
    uint64_t key; /* 0: empty */
    struct cache_effect effect;
    uint16_t number;
    uint32_t stored, lifetime, text; /* values of the facets; `stored` without a look at cookies */
    uint32_t shown; /* plus 1, of cache_texts: the fields as they stand; 0: not remembered */
};
enum { EFFECT_MEMO = 4096 }; /* a power of two; as many texts to show are remembered */

struct comparison {
    struct comparison_options options;
    struct arena arena;   /* as long as the comparison */
    struct arena scratch; /* as long as a pair */
    struct translator translator;
    struct facets facets;
    struct observer observer;
    struct observed production, staging; /* of the pair at hand */
    struct request_classes classes;
    struct ledger ledger;
    struct examples examples;
    struct coverage coverage;
    struct session_state session;
    struct effect_memo effect_memo[EFFECT_MEMO];
    struct strset cache_texts; /* "Cache-Control: private, no-store" */
    struct effects effects;
    struct variants variants;
    uint16_t vary; /* the facet, FACET_NONE when nobody wants to know */
    uint16_t etag, last_modified;
    struct traffic traffic;
    struct own_content own_content;
    uint64_t kept_session_cookies; /* by both sides: no difference, and worth a line */
    struct bodies bodies;
    struct keys keys;
    struct tolerances tolerances;
    struct measures measures;
    struct route_count *routes; /* owned; by route number */
    size_t route_len, route_cap;
    uint64_t planned, sent, compared, sessions;
};

/* One pair on its way through. */
struct pair {
    const struct exchange *production, *staging; /* views: only what both sides know */
    const struct exchange *whole_staging;        /* all that staging said */
    struct span location[2];                     /* in production's terms; SPAN_NONE */
    struct request_class class;
    uint32_t route;
    uint16_t effect[2];     /* what a shared cache makes of the answers; EFFECT_UNKNOWN */
    uint32_t base;          /* its cohort without status */
    uint32_t cohort;        /* with status */
    bool uneven;            /* staging's visitor does not stand where production's stood */
    const char *why_uneven; /* NULL: he does */
    bool lacks_cookie;      /* because staging did not set him a cookie */
};

/* judge.c: everything that was counted, as findings. */
void comparison_judge(struct comparison *c, struct findings *findings);

#endif
