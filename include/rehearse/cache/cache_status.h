#ifndef REHEARSE_CACHE_CACHE_STATUS_H
#define REHEARSE_CACHE_CACHE_STATUS_H

#include "rehearse/http/field.h"

/*
 * What a cache says it did, in one vocabulary for all products. The tables are
 * data: a product's word is one line.
 */
enum cache_outcome {
    OUTCOME_UNKNOWN = 0,
    OUTCOME_HIT,
    OUTCOME_STALE_HIT,       /* served past its lifetime */
    OUTCOME_REVALIDATED,     /* stored, the origin said 304 */
    OUTCOME_EXPIRED_FETCHED, /* was stored, fetched anew */
    OUTCOME_MISS,
    OUTCOME_PASS,        /* the cache was not asked */
    OUTCOME_UNCACHEABLE, /* asked, and the answer may not be stored */
    OUTCOME_ERROR,
    OUTCOME_SYNTH, /* made by the cache itself: redirect, function, denial */
};

/* "HIT", "STALE_HIT", … static. */
const char *cache_outcome_name(enum cache_outcome outcome);
/* Served from what was stored, without fetching a body: HIT, STALE_HIT, REVALIDATED. */
bool cache_outcome_is_hit(enum cache_outcome outcome);

/*
 * One raw word or value, as a header or a log holds it: "HIT", "TCP_REFRESH_HIT",
 * "Miss from cloudfront", "MISS, HIT" (the last counts), "hit-fresh". Any case.
 */
enum cache_outcome cache_outcome_of_text(struct span raw);

/*
 * One member of Cache-Status (RFC 9211), read with more tolerance than structured
 * fields allow, because caches write host names and addresses there unquoted.
 */
struct cache_status_member {
    struct span cache; /* who speaks */
    bool hit, stored, collapsed;
    struct span fwd; /* why it went forward; SPAN_NONE when it did not */
    int fwd_status;  /* 0 when not given */
    bool has_ttl;
    int64_t ttl_s;   /* may be negative */
    struct span key; /* raw: escapes not undone; SPAN_NONE when not given */
    struct span detail;
};
/* Cut the next member off *rest: nearest to the origin first. False when there is none. */
bool cache_status_next(struct span *rest, struct cache_status_member *ret);
enum cache_outcome cache_status_outcome(const struct cache_status_member *member);

struct observed_outcome {
    enum cache_outcome outcome;
    struct span field; /* static; the field it was read from; SPAN_NONE when none */
    struct span raw;   /* borrowed: its value */
};
/*
 * From response fields: Cache-Status first, then the products' own, then X-Cache
 * and its kin, at last X-Varnish and Age. With several layers, the one nearest the client.
 */
struct observed_outcome cache_outcome_of(const struct http_fields *response);

/*
 * Does this field only tell what a cache did this time, or who carried it (Age,
 * X-Cache, CF-Ray, X-Served-By, …)? Such fields differ from one request to the
 * next and are evidence, not content.
 */
bool cache_field_is_observation(struct span name);

#endif
