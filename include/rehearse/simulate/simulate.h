#ifndef REHEARSE_SIMULATE_SIMULATE_H
#define REHEARSE_SIMULATE_SIMULATE_H

#include "rehearse/base/err.h"
#include "rehearse/base/progress.h"
#include "rehearse/model/model_reader.h"
#include "rehearse/compare/route.h"

/*
 * A capture in virtual time through the cache model: first with what production
 * answered, held against the hits and misses that production's cache logged; then
 * with what staging answers, or with fields put in its place.
 *
 * Memory: the table of what is stored, and the requests of the sessions under way.
 */

/* A cache in front of one of the two. */
struct simulate_cache {
    const char *name;                  /* of the profile: "rfc9111"; static */
    const struct cache_policy *policy; /* borrowed */
    const struct key_policy *key;      /* borrowed; NULL only in what is written: the whole URL */
    struct model_options model;        /* of one node */
    unsigned nodes; /* caches that know nothing of each other, visitors spread over them; 0: 1 */
    bool name_from_key;       /* nobody named the profile: the key is that product's */
    const struct span *notes; /* what of the key's file is not taken into account; borrowed */
    size_t note_count;
};

/* A field that staging's answers are given, or deprived of. */
struct simulate_change {
    struct span route; /* as routes_name() has it; empty: every route */
    struct span field;
    struct span value; /* SPAN_NONE: taken away */
};

/* What rules make of requests that are not answered from the cache. */
enum simulate_fate {
    SIMULATE_PASSED = 0, /* past the cache, in and out */
    SIMULATE_ASKED,      /* to the origin, whatever is stored; the answer may be stored */
    SIMULATE_NOT_STORED, /* the cache was asked, and the answer may not be stored */
    SIMULATE_FATES,
};
/* "passed", "asked the origin", "not stored"; static. */
const char *simulate_fate_name(enum simulate_fate fate);

struct simulate_reason {
    enum simulate_fate fate;
    const char *rule;     /* "B-S5": as of struct reason */
    struct span text;     /* "the request carries Cookie (Varnish's builtin VCL)" */
    uint64_t requests[2]; /* production's, staging's */
};

#define SIMULATE_MOMENTS_MAX 120

struct simulate_options {
    const char *production; /* a capture, baseline or run */
    const char *staging;    /* a run or baseline of the same capture; NULL: answers as production */
    struct simulate_cache caches[2];       /* production's, staging's */
    const struct simulate_change *changes; /* borrowed */
    size_t change_count;
    const struct route_rule *routes; /* from the scenario; borrowed */
    size_t route_count;
    bool cold;                       /* nothing was stored before the capture, whatever it logged */
    unsigned moments;                /* parts of the time; 0: 60 */
    const struct progress *progress; /* NULL: silence */
};

/* What production's cache logged, beside what the model says of the same requests. */
struct simulate_check {
    uint64_t requests; /* logged, and the model knows an answer */
    uint64_t both_hit, only_model_hit, only_log_hit, neither_hit;
};

struct simulate_route {
    struct span route;
    struct model_counts production, staging;
    struct simulate_check check;
};

struct simulate_moment { /* a part of the time the capture covers */
    uint64_t requests;
    uint64_t known[2], hits[2]; /* production, staging */
    uint64_t logged, logged_hits;
};

/* How staging's answers were come by. */
struct simulate_pairing {
    uint64_t own;      /* staging answered this very request */
    uint64_t same_key; /* another one under the same key */
    uint64_t as_route; /* another one of the route */
    uint64_t as_production;
};

struct simulation {
    struct arena arena;
    struct span production, staging; /* file names, without folders; staging SPAN_NONE */
    struct simulate_cache caches[2]; /* as asked for */
    size_t change_count;
    int64_t first_us, last_us;
    uint64_t not_seen; /* answered in the browser: no cache saw them */
    struct simulate_route total;
    struct simulate_route *routes; /* by requests, falling */
    size_t route_count;
    struct simulate_moment *moments;
    size_t moment_count;
    struct simulate_reason *reasons; /* by fate, then by requests, falling */
    size_t reason_count;
    struct simulate_pairing pairing;
    struct model_gaps gaps;     /* of production */
    struct model_size sizes[2]; /* of all nodes; peaks are sums of each node's */
};

int simulate(const struct simulate_options *options, struct simulation *ret, struct err *err);
void simulation_release(struct simulation *simulation);

/* Hit ratios of a check, 0 to 1, NAN without requests; and how far the model is off, in points. */
double simulate_check_model(const struct simulate_check *check);
double simulate_check_log(const struct simulate_check *check);
double simulate_check_error(const struct simulate_check *check);

/* For a program: one JSON object. */
void simulation_add_json(const struct simulation *simulation, struct strbuf *out);
/* For a terminal: at most `max` routes. */
void simulation_add_text(const struct simulation *simulation, struct strbuf *out, size_t max);

#endif
