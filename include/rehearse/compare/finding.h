#ifndef REHEARSE_COMPARE_FINDING_H
#define REHEARSE_COMPARE_FINDING_H

#include "rehearse/base/arena.h"
#include "rehearse/base/span.h"
#include "rehearse/base/strbuf.h"

/*
 * A finding: one explained difference, covering all exchanges that show it. The
 * id is stable from run to run: a hash of kind, route, field and the two shapes.
 */
enum finding_severity { SEVERITY_INFO = 0, SEVERITY_MINOR, SEVERITY_MAJOR, SEVERITY_CRITICAL };

/* One exchange that shows the finding. Nothing in it is a secret. */
struct finding_example {
    uint64_t session;
    uint32_t seq;
    struct span method, url;                   /* production's URL */
    struct span production, staging;           /* the two values as they were, cut to 500 bytes */
    struct span curl_production, curl_staging; /* credentials as $COOKIE and the like */
};

#define FINDING_EXAMPLES 3

/* A rule of caching that decided, as the cache room puts it; all empty where none is known. */
struct finding_reason {
    struct span rule;     /* "B-S5" */
    struct span field;    /* "Cache-Control"; empty when none decided */
    struct span section;  /* "RFC 9111 section 3"; empty for what no RFC says */
    struct span sentence; /* "Cache-Control: private keeps it out of shared caches." */
};

/*
 * What a shared cache that never runs full would have done with requests of the
 * capture, in virtual time: on production's word, and on staging's. Two numbers
 * each: production's, staging's.
 */
struct cache_forecast {
    uint64_t requests; /* GET and HEAD whose answers tell; 0: no forecast, the rest says nothing */
    uint64_t hits[2];  /* answered from the cache */
    uint64_t origin_requests[2];
    uint64_t objects[2]; /* different ones that were asked for */
};

/* What a finding does to a shared cache; two of each: production's, staging's. */
struct finding_cache {
    struct span stored[2];        /* "kept", "validated each time", "not kept"; empty unknown */
    int64_t lifetime_s[2];        /* -1: not kept, or not known */
    struct finding_reason why[2]; /* of an example of the route that shows it most */
    struct cache_forecast route;  /* of the routes it shows on */
    struct cache_forecast total;  /* of all that was compared: with every other finding's effect */
    /* What splits alone cost: staging's answers are production's, and every object is one more
     * where staging tells requests apart that production does not. No requests: nothing is split.
     */
    struct cache_forecast alone;
    uint64_t
        objects[2]; /* of a split or merge: so many objects became so many; 0: no such finding */
};

struct finding {
    struct span id;   /* "F-" and 12 hex digits */
    struct span kind; /* DESIGN.md: "header.removed", "cache.lifetime", … */
    enum finding_severity severity;
    struct span route;               /* "/products/:id", or "*" for a change all routes share */
    struct span segment;             /* from the scenario; empty otherwise */
    struct span owner;               /* the same */
    struct span field;               /* the header, cookie or body path; empty when none */
    struct span title;               /* one line: what changed */
    struct span effect;              /* a sentence: what it does to users, cache, origin */
    struct span production, staging; /* the two shapes or values, for a person */
    uint64_t exchanges, sessions;
    double traffic_share; /* 0 to 1, of the exchanges compared */
    struct span *routes;  /* every route it shows on, sorted */
    size_t route_count;
    struct finding_example examples[FINDING_EXAMPLES];
    size_t example_count;
    const struct finding_cache *cache; /* of kinds "cache.*", in findings' arena; NULL: none */
    bool waived;
};

/* Owns its findings' memory. Sorted: severity falling, traffic share falling, id. */
struct findings {
    struct arena arena;
    struct finding *at; /* in the arena's care or malloc'ed: freed by findings_release */
    size_t len, cap;
};

#define FINDINGS_INIT                                                                              \
    {                                                                                              \
        ARENA_INIT, NULL, 0, 0                                                                     \
    }
void findings_release(struct findings *findings);
/* A zeroed finding at the end; fill it, spans in findings->arena. */
struct finding *findings_add(struct findings *findings);
void findings_sort(struct findings *findings);
/* The id by kind, route, field and the two shapes, in the arena. */
struct span finding_id(struct arena *arena, struct span kind, struct span route, struct span field,
                       struct span production_shape, struct span staging_shape);
const char *severity_name(enum finding_severity severity);

#endif
