#ifndef REHEARSE_CACHE_DECISION_H
#define REHEARSE_CACHE_DECISION_H

#include "rehearse/cache/cache_groups.h"
#include "rehearse/cache/judged.h"
#include "rehearse/cache/reason.h"
#include "rehearse/cache/validation.h"

/*
 * The engine: what a cache does with a request, given what it holds, and what it
 * does with the answer that then comes. RFC 9111 as two questions.
 *
 *   request ── cache_decide() ──┬─ SERVE, NOT_MODIFIED, PART, UNSATISFIABLE, REFUSE: answered here
 *                               └─ FORWARD, VALIDATE, COMPLETE, PASS: send cache_forward_fields()
 *   response or failure ── cache_receive() ── STORE, FRESHEN, COMBINE, SERVE_STALE, ASK_AGAIN,
 *                                             PASS_ON; and what becomes invalid
 *
 * Pure functions of what they are given: no clock, no I/O, no memory but the
 * arena. The caller owns the storage: it finds candidates by key and keeps,
 * replaces and drops as told. A profile is a policy (policy.h).
 */

/* Which bytes of the representation are held. Zeroed: all of them. */
struct held_part {
    bool partial;
    int64_t first, last; /* inclusive */
    int64_t complete;    /* length of the whole; -1 unknown */
};

/* One response in storage. Everything borrowed. */
struct stored_response {
    /* The request that fetched it: what Vary selects by. NULL: the caller has seen that it fits. */
    const struct http_request *asked;
    /* As stored: fields through cache_fields_to_store(), refreshed by cache_fields_update(). Body
     * and body_bytes are what is held, for PART. */
    const struct http_response *response;
    const struct judged_response *judged; /* of `response`; NULL: judged each time */
    struct exchange_times times;          /* of the last exchange that filled or freshened it */
    bool invalidated; /* an unsafe request succeeded: only after validation (section 4.4) */
    struct held_part part;
};

enum cache_step {
    CACHE_FORWARD = 0,   /* nothing stored can be used; the answer may be stored */
    CACHE_PASS,          /* forward, and what comes is not for the store; do not collapse */
    CACHE_SERVE,         /* the stored response */
    CACHE_NOT_MODIFIED,  /* 304: the client's own condition holds for the stored response */
    CACHE_PART,          /* 206 out of the stored bytes */
    CACHE_UNSATISFIABLE, /* 416: the range lies behind the stored representation's end */
    CACHE_VALIDATE,      /* forward with a condition: the stored response may still hold */
    CACHE_COMPLETE,      /* forward for the bytes that the stored part lacks */
    CACHE_REFUSE,        /* 504: only-if-cached, and nothing usable is stored */
};
/* Is it answered from the store, without waiting for the origin? */
bool cache_step_is_hit(enum cache_step step);

/* Why it went forward, in the words of Cache-Status (RFC 9211 section 2.2). */
enum cache_forwarded {
    FORWARDED_NOT = 0,
    FORWARDED_URI_MISS,  /* no candidate */
    FORWARDED_VARY_MISS, /* candidates, and Vary selects none */
    FORWARDED_MISS,      /* one was selected that is of no use (invalidated, no validator) */
    FORWARDED_STALE,
    FORWARDED_REQUEST, /* the request's directives */
    FORWARDED_METHOD,
    FORWARDED_PARTIAL, /* bytes are missing */
    FORWARDED_BYPASS,  /* configured not to look */
};
/* "uri-miss", "stale", …; "" for NOT. Static. */
const char *cache_forwarded_name(enum cache_forwarded forwarded);

struct cache_decision {
    enum cache_step step;
    enum cache_forwarded forwarded;
    bool refresh;        /* with an answer from the store: also validate it behind (RFC 5861) */
    bool stale;          /* the answer from the store is past its lifetime */
    bool own_request;    /* the cache asks for itself: a refresh, not the client's request */
    bool settled;        /* by cache_settle(): the origin has just spoken */
    ptrdiff_t candidate; /* which stored response is meant; -1 none */
    int64_t age_s;       /* of the candidate: what Age says when it is served */
    int64_t lifetime_s;  /* of the candidate */
    int64_t now_s;       /* the moment asked about */
    /* PART: the bytes of stored.response->body [from, to), and where they lie in the whole. */
    int64_t from, to;
    int64_t first, last, complete; /* for Content-Range; complete -1 when unknown */
    struct reason why;
};

/*
 * What to do with the request. `candidates`: what is stored under its key, any
 * order. For the same request, policy and candidates, the same answer.
 */
struct cache_decision cache_decide(const struct cache_policy *policy,
                                   const struct http_request *request,
                                   const struct stored_response *candidates, size_t count,
                                   int64_t now_s);
/*
 * The same with the request judged before, which is the fast way when requests
 * repeat. `request` must be what `judged` was made from.
 */
struct cache_decision cache_decide_judged(const struct cache_policy *policy,
                                          const struct http_request *request,
                                          const struct judged_request *judged,
                                          const struct stored_response *candidates, size_t count,
                                          int64_t now_s);

/*
 * The request that goes out behind an answer with `refresh`: VALIDATE, or FORWARD
 * where there is nothing to ask about. It is the cache's own: cache_forward_fields()
 * leaves out the client's conditions, ranges, directives and Authorization, and
 * cache_receive() does not heed them.
 */
struct cache_decision cache_refresh(const struct cache_policy *policy,
                                    const struct stored_response *stored);

/*
 * The fields to send to the origin: those of the request without what belongs to
 * the connection (RFC 9110 section 7.6.1), and for VALIDATE and COMPLETE with the
 * cache's own conditions (If-None-Match, If-Modified-Since, Range, If-Range) in
 * place of the client's. `stored` is the candidate, or NULL. Values are borrowed.
 */
struct http_fields cache_forward_fields(const struct cache_policy *policy,
                                        const struct http_request *request,
                                        const struct cache_decision *decision,
                                        const struct stored_response *stored, struct arena *arena);

/* GET where this cache fetches the whole for a HEAD, and for what it refreshes by itself; else the
 * request's own method. */
struct span cache_forward_method(const struct cache_policy *policy,
                                 const struct http_request *request,
                                 const struct cache_decision *decision);

enum cache_taking {
    CACHE_PASS_ON = 0, /* to the client, not into the store */
    CACHE_STORE,       /* keep it (in place of the variant it belongs to), send it on */
    CACHE_FRESHEN,     /* 304 or HEAD: `stored` holds; update its fields and times, then decide anew
                          for this client: cache_settle() */
    CACHE_COMBINE,     /* 206: its bytes join those held (section 3.4) */
    CACHE_SERVE_STALE, /* the origin failed: send what is stored instead */
    CACHE_ASK_AGAIN,   /* a 304 about something we do not hold: send without conditions */
    CACHE_FAIL,        /* no answer came and nothing may stand in: 504 (502) */
};

struct cache_reception {
    enum cache_taking taking;
    /* The request was unsafe and succeeded: invalidated_uris() says which URIs (section 4.4). */
    bool invalidates;
    /* The stored response is known to be outdated (a HEAD or 206 that contradicts it: section
     * 4.3.5), or may not be stored any more: drop it or mark it invalidated. With FRESHEN: once
     * this client has its answer. */
    bool outdates;
    struct reason why;
};
/*
 * What to do with what came back. `decision`: what cache_decide() said. `stored`:
 * its candidate, or NULL. `response`: NULL or status 0 when the origin did not
 * answer. `times`: of this exchange.
 */
struct cache_reception
cache_receive(const struct cache_policy *policy, const struct http_request *request,
              const struct cache_decision *decision, const struct stored_response *stored,
              const struct http_response *response, struct exchange_times times, int64_t now_s);

/*
 * How to answer the client from a response that was just stored, freshened or
 * combined by its own request: SERVE, NOT_MODIFIED, PART or UNSATISFIABLE; FORWARD
 * when the bytes asked for are still not held. Freshness is not asked: the origin
 * has spoken.
 */
struct cache_decision cache_settle(const struct cache_policy *policy,
                                   const struct http_request *request,
                                   const struct stored_response *stored, int64_t now_s);

/* What of a response is stored (section 3.1): not the fields of the connection, nor those that
 * no-cache="…" and private="…" name. Values borrowed. */
struct http_fields cache_fields_to_store(const struct cache_policy *policy,
                                         const struct http_fields *fields, struct arena *arena);
/* Stored fields brought up to date by a 304, or by the response to HEAD (section 3.2). */
struct http_fields cache_fields_update(const struct cache_policy *policy,
                                       const struct http_fields *stored,
                                       const struct http_fields *fresh, struct arena *arena);
/*
 * The fields of the answer from the store: Age replaced (section 5.1); for PART
 * with Content-Range and Content-Length, for 304 only what RFC 9110 section
 * 15.4.5 asks for. `ret_status` 200 and so on.
 */
struct http_fields cache_answer_fields(const struct cache_policy *policy,
                                       const struct stored_response *stored,
                                       const struct cache_decision *decision, struct arena *arena,
                                       int *ret_status);
/* Content-Range of a 206 ("bytes 0-4/10"); false when it is no range that can be. */
bool held_part_of(const struct http_response *response, struct held_part *ret);

/* What an unsafe request that succeeded makes invalid (section 4.4), by this policy. */
struct cache_invalidation {
    struct span uris[INVALIDATED_MAX]; /* absolute; its own comes first */
    size_t count;
    struct cache_groups groups; /* of the same origin (RFC 9875) */
    struct reason why;          /* also why nothing is */
};
struct cache_invalidation cache_invalidation_of(const struct cache_policy *policy,
                                                const struct http_request *request,
                                                const struct http_response *response,
                                                struct arena *arena);

/*
 * Does what was stored for the target of `asked` answer one for the target of
 * `request`: the same path, and a query that No-Vary-Search, where the policy reads
 * it, says is the same. Scheme and host are the key's business.
 */
bool cache_target_matches(const struct cache_policy *policy, const struct http_fields *response,
                          const struct http_request *asked, const struct http_request *request,
                          struct arena *arena);

#endif
