#ifndef REHEARSE_HTTP_EXCHANGE_H
#define REHEARSE_HTTP_EXCHANGE_H

#include "rehearse/http/field.h"

/*
 * One request and its response, with timings: what importers emit, the store
 * keeps, replay makes and comparators take two of. A plain value; every span in
 * it is borrowed from the arena it was made with and dies with that.
 */
struct http_request {
    struct span method;        /* "GET" */
    struct span scheme;        /* "http" or "https"; SPAN_NONE when the source does not say */
    struct span authority;     /* host[:port], lower case; SPAN_NONE when the source does not say */
    struct span target;        /* path?query as it was sent, byte for byte, never decoded */
    struct span version;       /* "HTTP/1.1", "HTTP/2"; SPAN_NONE when unknown */
    struct http_fields fields; /* no pseudo fields; no Host: that is `authority` */
    struct span body;          /* SPAN_NONE when there was none or it was not recorded */
    int64_t body_bytes;        /* -1 when unknown */
};

struct http_response {
    int status; /* 0: no response came, or none was recorded */
    struct span version;
    struct http_fields fields;
    struct span body;   /* content coding undone; SPAN_NONE when not recorded */
    int64_t body_bytes; /* of the body as it was sent (content-coded); -1 unknown */
};

/* What a recording, or a replay, really holds. Bits of exchange.marks. */
enum {
    /* Every response field is recorded. Without it only the fields listed are known. */
    MARK_ALL_RESPONSE_FIELDS = 1u << 0,
    /* Every request field is recorded, cookies too. */
    MARK_ALL_REQUEST_FIELDS = 1u << 1,
    /* Answered by the browser's cache or a service worker: production never saw it. */
    MARK_FROM_BROWSER_CACHE = 1u << 2,
    /* The client went away before the response was complete (nginx 499, HAR status 0). */
    MARK_CLIENT_ABORTED = 1u << 3,
    /* The client asked conditionally and the recorded answer is 304: status and body say nothing.
     */
    MARK_RECORDED_304 = 1u << 4,
    /* Fields that may repeat were cut to their first value (nginx: one Set-Cookie). */
    MARK_FIELDS_CUT = 1u << 5,
    /* A CORS preflight: made by the browser, not by the page. */
    MARK_PREFLIGHT = 1u << 6,
    /* Cookies or credentials were masked or dropped by whoever recorded this. */
    MARK_CREDENTIALS_MASKED = 1u << 7,
    MARK_REQUEST_BODY_MISSING = 1u << 8, /* there was one; it is not recorded */
    MARK_RESPONSE_BODY_CUT = 1u << 9,    /* body holds the front part only */
    MARK_BODY_UNDECODABLE = 1u << 10,    /* content coding unknown, broken or over the limit */
    MARK_SESSION_OF_RECORDING =
        1u << 11, /* `session` names the recording: it may hold several visitors */
    /* Replay only. */
    MARK_HOP = 1u << 16, /* a redirect followed beyond the capture; planned names its origin */
    MARK_LOGIN_STEP = 1u << 17, /* sent by an identity's login flow, not in the capture */
    MARK_CREDENTIAL_UNRESOLVED =
        1u << 18,             /* production sent a credential that staging has no twin of */
    MARK_NOT_SENT = 1u << 19, /* planned and skipped; note says why */
    MARK_FAILED = 1u << 20,   /* sent, no complete response; note says how */
};

struct exchange {
    uint64_t session;      /* 0 before grouping */
    uint32_t seq;          /* place in its session, from 0, by start time */
    uint32_t marks;        /* MARK_… */
    int64_t start_us;      /* Unix microseconds, when the request began; 0 unknown */
    int64_t first_byte_us; /* after start; -1 unknown */
    int64_t duration_us;   /* start to the last byte; -1 unknown */
    struct http_request request;
    struct http_response response;
    struct span client; /* address of the visitor, as the source gives it; SPAN_NONE unknown */
    struct span user;   /* authenticated user by the source's word; SPAN_NONE unknown */
    struct span cache;  /* what the source says its cache did, raw ("HIT"); SPAN_NONE unknown */
    struct span note;   /* for a person: why not sent, how it failed; SPAN_NONE */
    uint32_t planned;   /* replay: seq of the captured exchange this answers */
    uint32_t body_id;   /* the store's number of the response body; 0 none */
};

/* Was it sent beyond what the capture holds: a hop, a step of a login? */
bool exchange_is_extra(const struct exchange *x);
/*
 * For qsort: a run's exchanges by what was planned. Extra ones have the captured request
 * they started from in `planned` and come behind it; those of one follow each other.
 */
int exchange_by_planned(const void *a, const void *b);
/* Zeroed, with the unknowns set to unknown. */
struct exchange exchange_blank(void);
/* A deep copy into `arena`. */
struct exchange exchange_copy(const struct exchange *x, struct arena *arena);

#endif
