#ifndef REHEARSE_MODEL_MODEL_H
#define REHEARSE_MODEL_MODEL_H

#include "rehearse/base/span.h"
#include "rehearse/model/variant_space.h"

/*
 * A shared cache in virtual time: which requests it answers itself and which it
 * takes to the origin, with a capacity and an eviction rule. Numbers in, numbers
 * out: what the rules of this room say of a response was judged before, once for
 * all responses alike (model_reader.h). No clock, no bytes, no allocation but the
 * table of what is stored.
 *
 * Requests come in order of time. What the origin would have answered to each is
 * known beforehand: it is the answer that was recorded.
 */
struct model;

enum model_eviction {
    EVICTION_LRU = 0, /* the one not asked for longest */
    EVICTION_FIFO,
    EVICTION_LFU,     /* the one asked for least, of those the one not asked for longest */
    EVICTION_SIEVE,   /* Zhang et al., NSDI 2024 */
    EVICTION_S3FIFO,  /* Yang et al., SOSP 2023 */
    EVICTION_TINYLFU, /* W-TinyLFU: Einziger et al., 2017 */
    EVICTIONS,
};
/* "lru", "fifo", "lfu", "sieve", "s3fifo", "tinylfu"; static. */
const char *model_eviction_name(enum model_eviction eviction);
bool model_eviction_parse(struct span name, enum model_eviction *ret);

/* What the rules say of a response, as numbers. */
struct model_answer {
    int64_t lifetime_us; /* from when it was made; 0: stale at once */
    int64_t stale_us;    /* how long past that it may be served while a fetch goes on behind */
    int64_t error_us;    /* how long past that it may be served when the origin fails */
    uint32_t vary;       /* of the variant space; 0: none */
    bool storable;
    bool validate;  /* no-cache: the origin is asked every time */
    bool failure;   /* 500, 502, 503, 504: what stale-if-error stands in for */
    bool is_public; /* says so; the model does not look at it */
};

/* What a request is beside its key. Bits of model_request.flags. */
enum {
    MODEL_ASKS_PASS = 1u << 0,     /* goes past the cache: another method, a bypass rule */
    MODEL_ASKS_ORIGIN = 1u << 1,   /* no-cache and its kin, from a client the cache listens to */
    MODEL_ASKS_NO_STORE = 1u << 2, /* its answer is not stored */
    MODEL_HAS_NO_ANSWER = 1u << 3, /* what the origin would say is not known */
    /* When nothing is stored: it was, before the traffic began, and is age_s old by now. For the
     * first request of a key; what is fetched for it is not old. */
    MODEL_WAS_THERE = 1u << 4,
    MODEL_ASKS_ANEW = 1u << 5, /* with ASKS_ORIGIN: fetches, whatever is stored */
    /* HEAD, and the cache fetches no more than that: there is nothing to store. */
    MODEL_ASKS_HEAD = 1u << 6,
    /* With it: what is stored is freshened by an answer that agrees with it, and asked about next
     * time after one that does not (RFC 9111 section 4.3.5). */
    MODEL_HEAD_UPDATES = 1u << 7,
};

#define MODEL_BYTES_MAX ((UINT64_C(1) << 40) - 1) /* a terabyte */

struct model_request {
    int64_t at_us;
    uint64_t key;       /* a hash of the cache key */
    uint64_t place;     /* a hash of the URI, whatever else is in the key; 0: never invalidated */
    uint64_t bytes;     /* what storing it takes; from MODEL_BYTES_MAX on as that many */
    uint32_t answer;    /* of the model's answers: what the origin would say now */
    uint32_t asker;     /* of the variant space */
    uint32_t fetch_us;  /* how long the origin takes for it */
    uint32_t age_s;     /* how old it is when it comes: another cache lies behind this one */
    uint32_t validator; /* a hash of ETag or Last-Modified; 0: none */
    uint32_t flags;     /* MODEL_… */
    uint32_t route;     /* the caller's; the model does not look at it */
    /* The reader's reasons, model_reader_why(), which the model does not look at either: why the
     * request goes past what is stored, and why its answer is not kept; 0: it does not, it is. */
    uint16_t why_past, why_kept_out;
};

enum model_outcome {
    MODEL_HIT = 0,
    MODEL_STALE_HIT,   /* served past its lifetime */
    MODEL_COLLAPSED,   /* waited for another request's fetch and got its answer */
    MODEL_REVALIDATED, /* stored; the origin said 304 */
    MODEL_EXPIRED,     /* was stored, fetched anew */
    MODEL_MISS,
    MODEL_UNCACHEABLE, /* asked for, and the answer may not be stored */
    MODEL_PASS,        /* the cache was not asked */
    MODEL_UNKNOWN,     /* no answer is known */
    MODEL_OUTCOMES,
};
/* "hit", "stale hit", …; static. */
const char *model_outcome_name(enum model_outcome outcome);
/* Answered from what was stored or being fetched, without a body from the origin of its own. */
bool model_outcome_is_hit(enum model_outcome outcome);

struct model_result {
    uint8_t outcome; /* enum model_outcome */
    uint8_t fetches; /* requests to the origin: 0 or 1; a refresh behind a stale hit is one */
};

/* How this cache goes about it, beyond what the rules say of a response. Zeroed: no limit, LRU. */
struct model_options {
    uint64_t capacity_bytes;   /* 0: no limit */
    uint64_t capacity_objects; /* 0: no limit */
    enum model_eviction eviction;
    uint32_t object_overhead_bytes; /* beside `bytes`, for each object */
    bool no_collapsing;             /* every request that finds none fetches for itself */
    bool no_validation;             /* what is stale is fetched anew, never asked about */
    bool no_refresh_behind; /* the first request past the lifetime waits for the fetch; others get
                               the stale one */
    bool whole_seconds;     /* the cache counts in whole seconds, the last one included: nginx */
    bool first_leads; /* a key's first variant leads to the others: policy's first_variant_leads */
};

/* As the policy has it; no limit. */
struct model_options model_options_of(const struct cache_policy *policy);

/* `space` is borrowed and may grow while the model lives. */
struct model *model_new(const struct model_options *options, const struct variant_space *space);
void model_free(struct model *model);
/* Numbers for answers; the reader gives them out. They are copied. */
void model_set_answer(struct model *model, uint32_t number, const struct model_answer *answer);
/* The number behind the highest one given. */
uint32_t model_answer_count(const struct model *model);
/* One request. Times never go back; one that does is taken as the time before. */
struct model_result model_step(struct model *model, const struct model_request *request);
/* Many requests in order, faster than one by one: `count` results into `ret`. */
void model_run(struct model *model, const struct model_request *requests, size_t count,
               struct model_result *ret);

/* All that is stored of that URI by then is used only after the origin was asked (RFC 9111 section
 * 4.4). */
void model_invalidate(struct model *model, uint64_t place, int64_t at_us);

struct model_size {
    uint64_t objects, bytes;           /* stored now */
    uint64_t peak_objects, peak_bytes; /* at most */
    uint64_t evicted;
    uint64_t memory; /* bytes the table takes on this machine */
};
struct model_size model_size(const struct model *model);

/* Counts of one route, or of all. */
struct model_counts {
    uint64_t requests;
    uint64_t outcomes[MODEL_OUTCOMES];
    uint64_t fetches;
    uint64_t hit_bytes, fetched_bytes;
};
void model_count(struct model_counts *counts, struct model_result result, uint64_t bytes);
void model_counts_add(struct model_counts *into, const struct model_counts *more);
/* Hits of what could be predicted, 0 to 1; NAN when nothing could. */
double model_hit_ratio(const struct model_counts *counts);

AUTO_FREE(struct model, model_free);

#endif
