#ifndef REHEARSE_CAPTURE_RECORD_H
#define REHEARSE_CAPTURE_RECORD_H

#include "log_time.h"
#include "source_impl.h"

/*
 * Between the formats and the exchange: a line reader says what each value means,
 * and the record makes one exchange, skip or reject out of them. What all log
 * formats share (which of several path variables to believe, start and end of a
 * request, masked cookies) is decided here, once.
 */
enum role {
    ROLE_NONE = 0, /* accepted, and of no use to a replay */
    ROLE_CLIENT,
    ROLE_CLIENT_ENDPOINT, /* address:port */
    ROLE_USER,
    ROLE_TIME, /* start or end of the request, as the rules say */
    ROLE_START,
    ROLE_END,
    ROLE_DATE,        /* W3C: 2026-03-07 */
    ROLE_CLOCK,       /* W3C: 09:15:32 */
    ROLE_ZONE,        /* +0100, on its own */
    ROLE_FRACTION_MS, /* behind the second of ROLE_TIME */
    ROLE_FRACTION_US,
    ROLE_REQUEST_LINE,
    ROLE_METHOD,
    ROLE_SCHEME,
    ROLE_HTTPS, /* "on", "1", "true", a version of TLS; or "off" */
    ROLE_AUTHORITY,
    ROLE_SERVER_NAME, /* the host of the configuration, where the request's is not known */
    ROLE_SERVER_PORT,
    ROLE_URL, /* absolute */
    ROLE_TARGET,
    ROLE_PATH,
    ROLE_DECODED_PATH,   /* after the server undid the percent signs: the last resort */
    ROLE_DECODED_TARGET, /* that, with the query as it was sent behind it */
    ROLE_QUERY,          /* with or without '?' */
    ROLE_VERSION,
    ROLE_STATUS,
    ROLE_RESPONSE_BYTES,
    ROLE_REQUEST_BODY,
    ROLE_REQUEST_BODY_BYTES,
    ROLE_DURATION,
    ROLE_FIRST_BYTE,
    ROLE_CACHE,
    ROLE_CACHE_HIT, /* "true" or "1" is a hit, "false" or "0" a miss */
    ROLE_VARNISH_SIDE,
    ROLE_SUBREQUEST,       /* anything but empty, false and 0: made by the edge itself */
    ROLE_PARENT,           /* the id of the request it was made for; empty and zeros are none */
    ROLE_CONNECTION_STATE, /* Apache's %X: "X" says the client went away */
    ROLE_OWN_1,            /* for a reader's own use: kept, not interpreted */
    ROLE_OWN_2,
    ROLE_OWN_3,
    ROLE_OWN_4,
    ROLE_OWN_5,
    ROLE_SINGLES, /* the roles before have one value a record, those behind many */

    ROLE_REQUEST_FIELD = ROLE_SINGLES,
    ROLE_RESPONSE_FIELD,
    ROLE_REQUEST_COOKIE,
    ROLE_REQUEST_FIELDS, /* JSON: an object of them */
    ROLE_RESPONSE_FIELDS,
    ROLE_REQUEST_COOKIES,
    ROLE_END_OF_LIST,
};

struct meaning {
    enum role role;
    enum time_unit unit; /* of durations */
    struct span name;    /* of fields and cookies */
};

/* What one kind of source does in its own way. */
struct record_rules {
    bool time_is_end;       /* ROLE_TIME is written when the response is complete */
    bool percent_encoded;   /* path, query and request fields are encoded once more than they were
                               sent */
    bool scheme_is_made_up; /* the scheme of an absolute request line says nothing (varnishncsa) */
    bool all_response_fields; /* every response field is in the record */
    bool all_request_fields;
    bool path_without_slash; /* the path's leading slash may be missing */
};

/* Header fields, or cookies, of one request: no server takes as many. */
#define RECORD_MAX_FIELDS 4096

struct record {
    struct arena *arena;
    const struct record_rules *rules;
    struct span line; /* values inside it can be given a column */
    uint64_t has;     /* a bit a role */
    struct span values[ROLE_SINGLES];
    uint64_t unescaped; /* a bit a role: the value was changed, `written` is it as it stands in the
                           line */
    struct span written[ROLE_SINGLES];
    enum time_unit duration_unit, first_byte_unit;
    unsigned marks;
    bool saw_status, saw_cookies, too_many;
    bool
        bad_request; /* the record was read; what was sent was no HTTP (scanners, TLS on port 80) */
    struct http_fields request_fields, response_fields;
    struct http_fields cookie_pairs; /* single cookies, where no Cookie line is recorded */
};

void record_begin(struct record *r, const struct record_rules *rules, struct span line,
                  struct arena *arena);
/* "-" and nothing at all are no value. The first value of a role stays. */
void record_set(struct record *r, const struct meaning *meaning, struct span value);
/* As record_set with a value whose escapes were undone; `written` is where it stands in the line.
 */
void record_set_unescaped(struct record *r, const struct meaning *meaning, struct span value,
                          struct span written);
/* One header field whatever its name: Host becomes the authority. */
void record_add_request_field(struct record *r, struct span name, struct span value);
void record_add_response_field(struct record *r, struct span name, struct span value);
void record_add_cookie(struct record *r, struct span name, struct span value);
static inline bool record_has(const struct record *r, enum role role)
{
    return (r->has >> role & 1) != 0;
}

/* SPAN_NONE when the line had none. */
static inline struct span record_value(const struct record *r, enum role role)
{
    return record_has(r, role) ? r->values[role] : SPAN_NONE;
}

/*
 * %XX undone once, where the rules say that values are encoded. `twice`: also a
 * second time when %20 is still there.
 */
struct span record_undo_percent(struct record *r, struct span value, bool twice);
/* Make the item; returns its outcome. */
int record_finish(struct record *r, struct source *source, struct time_memo *memo,
                  struct source_item *ret);
/* "48 of the first 50 lines fit, such as GET /x -> 200 from 203.0.113.9": what detection goes by.
 */
void record_add_evidence(struct strbuf *out, int fit, int lines, const struct exchange *first);
/* Reject with what stands at `found` and what was expected there. */
int record_reject(struct record *r, struct source_item *ret, struct span found, struct span reason,
                  const char *expected);

#endif
