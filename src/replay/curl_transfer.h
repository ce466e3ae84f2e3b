#ifndef REHEARSE_REPLAY_CURL_TRANSFER_H
#define REHEARSE_REPLAY_CURL_TRANSFER_H

#include <curl/curl.h>

#include "field_lines.h"
#include "rehearse/base/strbuf.h"
#include "sockets.h"
#include "transport.h"

/*
 * One request and its answer in an easy handle of libcurl, which is kept for the
 * requests that follow. What runs them, and when, is transport_curl.c.
 */

/* What all transfers of a lane have in common; outlives them. */
struct transfer_terms {
    struct loop *loop;
    struct transport_limits limits;
    bool tls_verify, http2;
    const char *ca_file, *proxy; /* or NULL */
    struct sockets *sockets;
};

enum method_kind { KIND_NONE = 0, KIND_GET, KIND_HEAD, KIND_OTHER, KIND_OTHER_WITH_BODY };

struct transfer {
    const struct transfer_terms *terms;
    CURL *easy;                   /* owned */
    struct transfer *next, *prev; /* the owner's: in flight, oldest first; or in the pool by next */
    transport_done_fn *done;      /* the owner's, as ctx */
    void *ctx;
    struct field_lines lines;      /* of the request */
    struct curl_slist *connect_to; /* borrowed */
    struct strbuf certificate;     /* path of the one set; empty: none */
    struct socket_door door;       /* where its connections are asked about */
    bool opened;                   /* a connection, for this request */
    CURLU *url;                    /* owned: the place, parsed */
    struct strbuf place;           /* and as text, without the target */
    struct strbuf line;            /* scratch */
    struct strbuf request_body;
    enum method_kind kind;
    int64_t sent_us, moved_us; /* the owner sets both when it goes out */
    int64_t first_byte_us;
    int64_t late_us; /* how long this loop itself did not look, in all */
    curl_off_t uploaded;
    struct strbuf block; /* field lines of the answer so far */
    struct strbuf body;
    size_t header_bytes;
    int status;
    struct span version;
    bool fields_over; /* the empty line has come: what follows are trailers */
    bool body_cut;
    const char *failure; /* why we gave up ourselves, static; or NULL */
};

struct transfer *transfer_new(const struct transfer_terms *terms);
void transfer_free(struct transfer *t);
/* Between two requests: forget what the last one brought. */
void transfer_clear(struct transfer *t);

/*
 * Set the handle for this request; `connect_to` is libcurl's list, or NULL, and
 * outlives it. With t->failure set there is nothing to send.
 */
void transfer_prepare(struct transfer *t, const struct http_request *request,
                      struct curl_slist *connect_to, const struct transport_way *way);
/* What has come, when libcurl is done or we gave up; borrowed from the transfer. */
struct transport_answer transfer_answer(const struct transfer *t, CURLcode code);
/* Why to give up on it at this moment, static; NULL to go on. */
const char *transfer_overdue(struct transfer *t, int64_t now);

#endif
