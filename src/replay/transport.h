#ifndef REHEARSE_SRC_REPLAY_TRANSPORT_H
#define REHEARSE_SRC_REPLAY_TRANSPORT_H

#include "airbag.h"
#include "loop.h"
#include "rehearse/http/exchange.h"
#include "rehearse/replay/target.h"

/*
 * The seam between what is sent and how: a transport carries one request to a place
 * and says what came back. Nobody above knows which one it is. It belongs to one
 * loop and its thread, follows no redirect, keeps no cookie, adds no field but Host
 * and Content-Length, and tries each address it is given and no other: none before
 * the airbag was asked about it, nor a request before it was asked about the certificate.
 */
struct transport;
struct transfer; /* one request on its way; owned by the transport */

struct transport_limits {
    int64_t timeout_us; /* from send to the last byte */
    int64_t stall_us;   /* without a byte moving */
    size_t header_max;  /* bytes of status line and fields, interim answers counted in */
    size_t body_max;    /* the rest of a larger body is not read */
    unsigned connections_max;
    struct airbag *airbag; /* borrowed; NULL: none */
};

/* What came back. Good during the call of transport_done_fn only. */
struct transport_answer {
    const char *failure; /* static phrase, the same for the same failure; NULL: a complete answer */
    int status;          /* 0 when the failure came before it */
    struct span version; /* "HTTP/1.1", "HTTP/2" */
    struct span
        block; /* the field lines of the final answer, CRLF after each, without the status line */
    struct span body; /* as sent: content coding not undone, transfer coding undone */
    bool body_cut;    /* longer than body_max */
    int64_t first_byte_us, duration_us; /* after send */
};

/* Called from the loop, never from within transport_send. It may send again. */
typedef void transport_done_fn(void *ctx, const struct transport_answer *answer);

/* How a request goes to its place. Texts are borrowed for the call; all may be NULL. */
struct transport_way {
    const char *connect;           /* address:port to open connections at, in place of DNS */
    const char *certificate, *key; /* PEM files that TLS shows the server who asks by */
};

struct transport_ops {
    struct transfer *(*send)(struct transport *transport, const struct http_request *request,
                             const struct transport_way *way, transport_done_fn *done, void *ctx);
    void (*cancel)(struct transport *transport, struct transfer *transfer);
    void (*free)(struct transport *transport);
};

struct transport {
    const struct transport_ops *ops;
};

/*
 * Send `request` to scheme://authority. The request is copied as far as needed.
 * Everything in it has passed the guard: no byte in it ends a line.
 */
static inline struct transfer *transport_send(struct transport *transport,
                                              const struct http_request *request,
                                              const struct transport_way *way,
                                              transport_done_fn *done, void *ctx)
{
    return transport->ops->send(transport, request, way, done, ctx);
}

/* Give a transfer up: its done function is not called. */
static inline void transport_cancel(struct transport *transport, struct transfer *transfer)
{
    transport->ops->cancel(transport, transfer);
}

/* Cancels what is on its way. NULL is fine. */
static inline void transport_free(struct transport *transport)
{
    if (transport)
        transport->ops->free(transport);
}

/* libcurl's multi-socket interface: HTTP/1.1 and HTTP/2, TLS. `loop` and `target` are borrowed. */
int transport_curl_new(struct transport **ret, struct loop *loop, const struct target *target,
                       const struct transport_limits *limits, struct err *err);

#endif
