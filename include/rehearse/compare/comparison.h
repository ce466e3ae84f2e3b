#ifndef REHEARSE_COMPARE_COMPARISON_H
#define REHEARSE_COMPARE_COMPARISON_H

#include "rehearse/base/err.h"
#include "rehearse/key/key.h"
#include "rehearse/cache/policy.h"
#include "rehearse/compare/finding.h"
#include "rehearse/compare/route.h"
#include "rehearse/http/exchange.h"

/*
 * The comparison of one baseline with one run: feed it the pairs, session by
 * session; it gathers evidence of how production varies by itself, and at the end
 * says what differs beyond that. Knows of no file and no clock.
 *
 * Memory is bounded whatever comes: so many cohorts (requests that should be answered
 * alike), facets (fields, cookies), values, cells, examples, keys and body paths; the
 * limits are constants in src/compare/{evidence,facet,example,keys,body}.h. What found
 * no room is not compared, and coverage says so. The outcome depends on the pairs and
 * their order alone.
 */
struct comparison;

/* Production names that live elsewhere on staging: what staging says is translated back before it
 * is compared. */
struct host_pair {
    struct span production; /* "shop.example"; "*": whatever host a request went to */
    struct span staging;    /* "shop.staging.test:8443" */
    struct span scheme;     /* staging's; empty or none: the one that staging was asked by */
};

/*
 * The shared cache in front of one side. Zeroed: what CDNs have in common, with host, path and
 * query for a key. A key that the responses show goes before the policy's.
 */
struct compared_cache {
    const struct cache_policy *policy; /* borrowed; NULL: what CDNs have in common */
    const struct key_policy *key;      /* borrowed; NULL: host, path and the whole query */
    struct span key_field;             /* response field that shows the key, tried first; or none */
};

struct comparison_options {
    struct routes *routes;         /* settled; borrowed */
    const struct host_pair *hosts; /* borrowed */
    size_t host_count;
    const struct span *ignore; /* field names not to look at, from the scenario; borrowed */
    size_t ignore_count;
    size_t body_pairs_per_route;     /* bodies parsed and compared per route at most; 0: 200 */
    struct compared_cache caches[2]; /* production's, staging's */
};

struct comparison *comparison_new(const struct comparison_options *options);
void comparison_free(struct comparison *comparison);

/* Bodies are fetched only when the comparison wants them. */
typedef int comparison_body_fn(void *ctx, const struct exchange *x, bool staging, struct span *ret);
void comparison_set_bodies(struct comparison *comparison, comparison_body_fn *fn, void *ctx);

/*
 * One captured request: production's exchange, and what staging did with it. A session's
 * pairs come one after another, in order: what a missing cookie or a login that was not
 * sent leads to later in the session is told by that.
 * `staging` is NULL when the run has nothing for it. `hops` are the redirects that
 * were followed beyond the capture, in order. Both are read during the call only.
 */
void comparison_add(struct comparison *comparison, const struct exchange *production,
                    const struct exchange *staging, const struct exchange *hops, size_t hop_count);

/* What was compared and what was not, each with its reason: the report's coverage statement. */
struct coverage_line {
    struct span what;   /* "status", "response fields", "bodies", "not sent", … */
    struct span reason; /* why not; empty for what was compared */
    uint64_t exchanges;
};
/* What is worth a line and is no difference: production does the same. */
struct note_line {
    struct span text; /* a sentence */
    uint64_t exchanges;
};
/*
 * What a tolerant reader forgave in a cache field, and what a shared cache makes of an answer that
 * has it. Two of each: production's, staging's; SPAN_NONE where no answer of that side has it.
 */
struct tolerance_line {
    struct span field;    /* "Cache-Control" */
    struct span sentence; /* "A directive is there twice." */
    uint64_t answers[2];  /* that have it */
    struct span value[2]; /* of the field in the first such answer, cut, without secrets */
    struct span where[2]; /* "GET shop.example/a": what that answered */
    struct span taken[2]; /* "kept 60 s", "not kept" */
    bool is_new;          /* staging's alone, where production's field is known */
    struct span *routes;  /* that show it, as they were met; the first 16 */
    size_t route_count;
    bool more_routes;
};
struct route_summary {
    struct span route;
    uint64_t exchanges, compared, differing;
    double production_p50_us, production_p95_us, staging_p50_us, staging_p95_us; /* NAN unknown */
};
struct comparison_summary {
    uint64_t planned, sent, compared, sessions;
    struct coverage_line *coverage; /* in `findings`' arena */
    size_t coverage_count;
    struct route_summary *routes;
    size_t route_count;
    struct note_line *notes; /* in `findings`' arena */
    size_t note_count;
    struct tolerance_line *tolerances; /* in `findings`' arena; the new ones first */
    size_t tolerance_count;
    uint64_t tolerances_beyond;     /* times a fault of one more kind than are remembered was met */
    struct cache_forecast forecast; /* of all that was compared */
    double forecast_share; /* 0 to 1: of the requests that tell; below 1: a sample of paths */
};

/* Judge. Findings come out sorted, all memory in findings->arena. */
int comparison_finish(struct comparison *comparison, struct findings *ret_findings,
                      struct comparison_summary *ret_summary, struct err *err);

/* The contract the baseline side taught, one line a call: route, field, shape as JSON. */
typedef int contract_line_fn(void *ctx, struct span route, struct span field, struct span shape);
int comparison_each_contract_line(struct comparison *comparison, contract_line_fn *fn, void *ctx);

AUTO_FREE(struct comparison, comparison_free);

#endif
