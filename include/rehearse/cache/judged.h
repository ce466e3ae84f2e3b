#ifndef REHEARSE_CACHE_JUDGED_H
#define REHEARSE_CACHE_JUDGED_H

#include "rehearse/cache/freshness.h"
#include "rehearse/cache/policy.h"
#include "rehearse/cache/vary.h"
#include "rehearse/http/exchange.h"

/*
 * What a message says about caching, read once, in one pass over its fields. All
 * rules ask the judged form, so a caller that meets the same fields a million
 * times (interned field blocks) judges them once and keeps the answer. It depends
 * on the policy, the status and the fields only: never on the request it answers,
 * never on a moment. Spans borrow from the message.
 */

/* Bits of judged_response.says. */
enum {
    SAYS_NO_STORE = 1u << 0,
    SAYS_PRIVATE = 1u << 1,  /* unqualified */
    SAYS_NO_CACHE = 1u << 2, /* unqualified */
    SAYS_MUST_REVALIDATE = 1u << 3,
    SAYS_PROXY_REVALIDATE = 1u << 4,
    SAYS_PUBLIC = 1u << 5,
    SAYS_MUST_UNDERSTAND = 1u << 6,
    SAYS_IMMUTABLE = 1u << 7,
    SAYS_S_MAXAGE = 1u << 8,
    SAYS_MAX_AGE = 1u << 9,
    SAYS_EXPIRES = 1u << 10,     /* and it counts: no targeted field beats it */
    SAYS_EXPIRES_BAD = 1u << 11, /* no date: has passed */
    SAYS_DATE = 1u << 12,        /* a valid one */
    SAYS_LAST_MODIFIED = 1u << 13,
    SAYS_ETAG = 1u << 14,
    SAYS_VARY = 1u << 15,     /* at least one name */
    SAYS_VARY_ANY = 1u << 16, /* "*" */
    SAYS_SET_COOKIE = 1u << 17,
    SAYS_FIELD_LISTS = 1u << 18,   /* no-cache="…" or private="…" */
    SAYS_COOKIE_LISTED = 1u << 19, /* such a list names Set-Cookie */
    SAYS_AGE_DOUBTFUL = 1u << 20,  /* see cache_policy.doubtful_age */
    SAYS_TARGETED = 1u << 21,      /* a targeted field is obeyed */
    SAYS_CONTENT_RANGE = 1u << 22,
    SAYS_PRAGMA_NO_CACHE = 1u << 23,
    SAYS_S_MAXAGE_NUMBER = 1u << 24, /* s-maxage, and it is a number */
    SAYS_VARY_OTHER = 1u << 26,      /* a name that is not one of policy->vary_names */
    SAYS_LIFETIME_BAD = 1u << 25,    /* the lifetime that counts is no number */
    SAYS_STALE_WHILE = 1u << 27,     /* a window of its own, be it 0 */
    SAYS_STALE_IF_ERROR = 1u << 28,
    SAYS_CONTROL =
        1u << 29, /* a Cache-Control of any kind, where a policy takes that for a permission */
    SAYS_CONFIGURED = 1u << 30, /* the cache's configuration sets the lifetime, whatever is said */
};

/* What was tolerated beside what directives.h lists. Bits of judged_response.faults, above those.
 */
enum {
    FAULT_AGE_LIST = 1u << 16,      /* Age: 3, 4 */
    FAULT_AGE_BAD = 1u << 17,       /* no number */
    FAULT_DATE_BAD = 1u << 18,      /* the moment of receipt counts instead */
    FAULT_EXPIRES_BAD = 1u << 19,   /* taken as passed */
    FAULT_EXPIRES_TWICE = 1u << 20, /* the first counts */
    FAULT_MODIFIED_BAD = 1u << 21,  /* Last-Modified is no date: as if absent */
    FAULT_VARY_BAD = 1u << 22,      /* a member is no field name: passed over */
    FAULT_RANGE_BAD = 1u << 23,     /* Content-Range or Range that cannot be: as if absent */
    FAULT_ETAG_UNQUOTED = 1u << 24, /* taken as it stands */
    FAULT_DATE_LOOSE = 1u << 25,    /* a date in another form than IMF-fixdate, understood */
    FAULT_VARY_LONG = 1u << 26,     /* more than VARY_NAMES_MAX names: as "*" */
};
struct judged_response {
    int status;
    unsigned says;     /* SAYS_… */
    unsigned faults;   /* DIRECTIVE_… and FAULT_… */
    struct span field; /* static, or the policy's: where the directives obeyed came from */
    int64_t max_age_s, s_maxage_s; /* 0 when not valid (stale at once) */
    int64_t stale_while_revalidate_s, stale_if_error_s;
    int64_t configured_s; /* with SAYS_CONFIGURED: the lifetime; below 0: it is not to be stored */
    int64_t date_s, expires_s, last_modified_s, age_s;
    uint32_t vary_names;       /* how many, repeated ones counted each time */
    struct span etag;          /* as it stands; SPAN_NONE */
    struct span last_modified; /* as it stands; SPAN_NONE */
};
void judge_response(struct judged_response *ret, const struct cache_policy *policy,
                    const struct http_response *response);

/* Bits of judged_request.asks. What the policy does not honour is not set. */
enum {
    ASKS_NO_STORE = 1u << 0,
    ASKS_NO_CACHE = 1u << 1, /* or Pragma: no-cache without any Cache-Control */
    ASKS_MAX_AGE = 1u << 2,
    ASKS_MAX_STALE = 1u << 3,
    ASKS_MIN_FRESH = 1u << 4,
    ASKS_ONLY_IF_CACHED = 1u << 5,
    ASKS_STALE_IF_ERROR = 1u << 6,
    ASKS_AUTHORIZED = 1u << 7, /* an Authorization field */
    ASKS_COOKIE = 1u << 8,
    ASKS_IF_NONE_MATCH = 1u << 9,
    ASKS_IF_MODIFIED_SINCE = 1u << 10, /* a valid one, on GET or HEAD */
    ASKS_RANGE = 1u << 11,             /* one range of bytes that can be read, on GET */
    ASKS_RANGES = 1u << 12,            /* some Range, readable or not */
    ASKS_IF_RANGE = 1u << 13,
    ASKS_OTHER_CONDITION = 1u << 14, /* If-Match, If-Unmodified-Since: the origin's business */
    ASKS_PRAGMA = 1u << 15,          /* Pragma: no-cache, honoured or not */
    ASKS_RELOAD = 1u << 16,          /* no-store, to a cache that takes it for a reload */
};

enum judged_method {
    METHOD_GET = 0,
    METHOD_HEAD,
    METHOD_POST,
    METHOD_SAFE,   /* OPTIONS, TRACE, QUERY */
    METHOD_UNSAFE, /* all others, unknown ones too */
};

/* A range of bytes as asked: 5-9, 5-, -5. */
struct byte_range {
    int64_t first; /* -1: a suffix of `last` bytes */
    int64_t last;  /* inclusive; -1 open */
};

struct judged_request {
    enum judged_method method;
    unsigned asks;   /* ASKS_… */
    unsigned faults; /* DIRECTIVE_… and FAULT_… */
    int64_t max_age_s, max_stale_s, min_fresh_s, stale_if_error_s;
    int64_t if_modified_since_s;
    struct byte_range range;
    struct span if_range;
};
void judge_request(struct judged_request *ret, const struct cache_policy *policy,
                   const struct http_request *request);

#endif
