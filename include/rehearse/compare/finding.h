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
