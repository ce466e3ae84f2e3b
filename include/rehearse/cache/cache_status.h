#ifndef REHEARSE_CACHE_CACHE_STATUS_H
#define REHEARSE_CACHE_CACHE_STATUS_H

#include "rehearse/base/strbuf.h"
#include "rehearse/http/field.h"
#include "rehearse/http/structured.h"

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
    OUTCOME_COLLAPSED,   /* not stored yet, and another request was fetching it: one fetch for all */
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

/* One member of Cache-Status (RFC 9211): what one cache on the way did. */
struct cache_status_member {
    struct span cache; /* who speaks; raw as `key` */
    bool hit, stored, collapsed;
    bool has_collapsed; /* collapsed=?0: it was tried, in vain */
    struct span fwd;    /* why it went forward; SPAN_NONE when it did not */
    int fwd_status;     /* 0 when not given */
    bool has_ttl;
    int64_t ttl_s;      /* may be negative */
    struct span key;    /* raw: escapes not undone; SPAN_NONE when not given */
    struct span detail; /* as key */
    unsigned faults;    /* CACHE_STATUS_… */
};

/* What is not as RFC 9211 has it. Bits of cache_status_member.faults. */
enum {
    CACHE_STATUS_NOT_STRUCTURED = 1u << 0, /* hosts and addresses unquoted, upper case, … */
    CACHE_STATUS_BAD_NAME = 1u << 1,       /* the cache's name is no String or Token */
    CACHE_STATUS_BAD_TYPE = 1u << 2,       /* fwd="miss", hit=1: read if it can be */
    CACHE_STATUS_BAD_CODE = 1u << 3,       /* fwd-status is no status code: passed over */
    /* The rest is against the text, and yet a field that counts. */
    CACHE_STATUS_HIT_AND_FWD = 1u << 4, /* taken for a hit */
    CACHE_STATUS_NEEDS_FWD = 1u << 5,   /* fwd-status, stored or collapsed without fwd */
    CACHE_STATUS_OTHER_FWD = 1u << 6,   /* a reason that RFC 9211 does not list */
    /* With one of these, a strict recipient ignores the whole field (RFC 9651 section 2). */
    CACHE_STATUS_INVALID = CACHE_STATUS_NOT_STRUCTURED | CACHE_STATUS_BAD_NAME |
                           CACHE_STATUS_BAD_TYPE | CACHE_STATUS_BAD_CODE,
};
/* A sentence for a person about one of these bits; static. */
const char *cache_status_fault_sentence(unsigned fault);

/*
 * Cut the next member off *rest: nearest to the origin first. False when there is none.
 * Read with more tolerance than structured fields allow, because caches write host
 * names and addresses there unquoted; `faults` says what was tolerated.
 */
bool cache_status_next(struct span *rest, struct cache_status_member *ret);
/*
 * The same to the letter: the next member of a field that cache_status_valid(). The
 * cursor is sf_cursor_make() of the field's lines joined.
 */
bool cache_status_next_strict(struct sf_cursor *c, struct cache_status_member *ret);
/* Is it a list by RFC 9651 in which no member has a fault of CACHE_STATUS_INVALID? */
bool cache_status_valid(struct span value);
/*
 * Append a member, behind ", " when `out` holds one already. `cache`, `key` and `detail`
 * are plain text here, SPAN_NONE leaves key and detail out. False, and nothing appended,
 * when one of them holds bytes that no String has, `fwd` is no token or a number has more
 * than 15 digits. A hit that went forward, or what needs fwd without it, is a bug.
 */
bool cache_status_add(struct strbuf *out, const struct cache_status_member *member);
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
