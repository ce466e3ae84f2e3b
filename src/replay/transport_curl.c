#include "transport.h"

#include <stdlib.h>

#include "curl_transfer.h"
#include "rehearse/base/mem.h"
#include "sockets.h"

/*
 * Transfers keep their easy handle when they are done and wait in a pool for the next
 * request. Timeout and stall are watched here, by one timer over all transfers, instead
 * of by libcurl, by one timer each.
 */
#define SWEEP_US 100000
/* Handles that wait for the next request, at most: each holds a receive buffer. */
enum { POOL_MAX = 256 };

struct connect_to {
    struct curl_slist *list; /* owned */
    struct connect_to *next;
};

struct lane {
    struct transport base;
    struct transfer_terms terms; /* its sockets are owned */
    CURLM *multi;                /* owned */
    struct loop_timer *timer;    /* when libcurl wants to be called */
    bool called_soon;            /* the timer is set to now */
    struct loop_timer *sweep;
    bool sweeping;
    int64_t sweep_due_us;
    struct transfer *flying, *flying_last;
    struct transfer *pool;
    unsigned pool_count;
    struct loop_timer *tell_failed; /* of transfers that could not even start */
    struct connect_to *connects;
};

/* ---- what goes out ---- */

static struct transfer *take(struct lane *lane)
{
    struct transfer *t = lane->pool;
    if (!t)
        return transfer_new(&lane->terms);
    lane->pool = t->next;
    lane->pool_count--;
    t->next = NULL;
    return t;
}

static void give_back(struct lane *lane, struct transfer *t)
{
    if (lane->pool_count >= POOL_MAX) {
        transfer_free(t);
        return;
    }
    transfer_clear(t);
    t->next = lane->pool;
    t->prev = NULL;
    lane->pool = t;
    lane->pool_count++;
}

/* "::127.0.0.1:8443": whatever host and port it says, connect there. One list an address, kept. */
static struct curl_slist *connect_list(struct lane *lane, const char *address)
{
    if (!address)
        return NULL;
    for (const struct connect_to *c = lane->connects; c; c = c->next)
        if (strcmp(c->list->data + 2, address) == 0)
            return c->list;
    AUTO(strbuf_release) struct strbuf sb = STRBUF_INIT;
    strbuf_addf(&sb, "::%s", address);
    struct connect_to *c = xcalloc(1, sizeof *c);
    c->list = curl_slist_append(NULL, sb.buf);
    if (!c->list)
        abort(); /* out of memory, as in xmalloc */
    c->next = lane->connects;
    lane->connects = c;
    return c->list;
}

static void fly(struct lane *lane, struct transfer *t)
{
    t->prev = lane->flying_last;
    t->next = NULL;
    if (lane->flying_last)
        lane->flying_last->next = t;
    else
        lane->flying = t;
    lane->flying_last = t;
}

static void land(struct lane *lane, struct transfer *t)
{
    if (t->prev)
        t->prev->next = t->next;
    else
        lane->flying = t->next;
    if (t->next)
        t->next->prev = t->prev;
    else
        lane->flying_last = t->prev;
    t->next = t->prev = NULL;
}

static void sweep_later(struct lane *lane, int64_t now);

static struct transfer *lane_send(struct transport *transport, const struct http_request *request,
                                  const struct transport_way *way, transport_done_fn *done,
                                  void *ctx)
{
    struct lane *lane = (struct lane *)transport;
    struct transfer *t = take(lane);
    t->done = done;
    t->ctx = ctx;
    transfer_prepare(t, request, connect_list(lane, way->connect), way);
    t->sent_us = t->moved_us = loop_read_clock(lane->terms.loop);
    fly(lane, t);
    if (!t->failure && curl_multi_add_handle(lane->multi, t->easy) != CURLM_OK)
        t->failure = "libcurl did not take the request";
    if (t->failure)
        loop_timer_at(lane->tell_failed, 0);
    if (!lane->sweeping)
        sweep_later(lane, t->sent_us);
    return t;
}

/* ---- how it ends ---- */

static void finish(struct lane *lane, struct transfer *t, CURLcode code)
{
    struct transport_answer answer = transfer_answer(t, code);
    curl_multi_remove_handle(lane->multi, t->easy);
    land(lane, t);
    t->done(t->ctx, &answer);
    give_back(lane, t);
}

static void collect(struct lane *lane)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(lane->multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        char *private = NULL;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
        finish(lane, (struct transfer *)(void *)private, code);
    }
}

static void on_tell_failed(void *ctx)
{
    struct lane *lane = ctx;
    struct transfer *next;
    for (struct transfer *t = lane->flying; t; t = next) {
        next = t->next;
        if (t->failure)
            finish(lane, t, CURLE_FAILED_INIT);
    }
}

static void sweep_later(struct lane *lane, int64_t now)
{
    lane->sweeping = lane->flying != NULL;
    lane->sweep_due_us = now + SWEEP_US;
    if (lane->sweeping)
        loop_timer_at(lane->sweep, lane->sweep_due_us);
}

static void on_sweep(void *ctx)
{
    struct lane *lane = ctx;
    int64_t now = loop_now_us(lane->terms.loop);
    /* A loop that was busy, or a process that was asleep, is no fault of the server's: what came
     * meanwhile is not read yet. */
    int64_t late = now - lane->sweep_due_us > SWEEP_US ? now - lane->sweep_due_us : 0;
    bool gave_up = false;
    for (struct transfer *t = lane->flying; t; t = t->next) {
        t->late_us += late;
        t->moved_us = t->moved_us + late < now ? t->moved_us + late : now;
        t->failure = transfer_overdue(t, now);
        gave_up |= t->failure != NULL;
    }
    if (gave_up)
        on_tell_failed(lane);
    sweep_later(lane, now);
}

/* ---- libcurl and the loop ---- */

static void on_timer(void *ctx)
{
    struct lane *lane = ctx;
    int running;
    lane->called_soon = false;
    curl_multi_socket_action(lane->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    collect(lane);
}

static int on_curl_timer(CURLM *multi, long timeout_ms, void *ctx)
{
    struct lane *lane = ctx;
    (void)multi;
    if (lane->called_soon)
        return 0; /* then it says anew what it wants */
    if (timeout_ms < 0)
        loop_timer_cancel(lane->timer);
    else
        loop_timer_at(lane->timer, loop_now_us(lane->terms.loop) + timeout_ms * 1000);
    lane->called_soon = timeout_ms == 0;
    return 0;
}

static void on_ready(void *ctx, curl_socket_t fd, int what)
{
    struct lane *lane = ctx;
    int running;
    curl_multi_socket_action(lane->multi, fd, what, &running);
    collect(lane);
}

static void lane_cancel(struct transport *transport, struct transfer *t)
{
    struct lane *lane = (struct lane *)transport;
    curl_multi_remove_handle(lane->multi, t->easy);
    land(lane, t);
    give_back(lane, t);
}

static void lane_free(struct transport *transport)
{
    struct lane *lane = (struct lane *)transport;
    while (lane->flying)
        lane_cancel(transport, lane->flying);
    for (struct transfer *t = lane->pool, *next; t; t = next) {
        next = t->next;
        transfer_free(t);
    }
    if (lane->multi)
        curl_multi_cleanup(lane->multi);
    sockets_free(lane->terms.sockets);
    for (struct connect_to *c = lane->connects, *next; c; c = next) {
        next = c->next;
        curl_slist_free_all(c->list);
        free(c);
    }
    loop_timer_free(lane->timer);
    loop_timer_free(lane->sweep);
    loop_timer_free(lane->tell_failed);
    free(lane);
}

static const struct transport_ops lane_ops = { lane_send, lane_cancel, lane_free };

int transport_curl_new(struct transport **ret, struct loop *loop, const struct target *target,
                       const struct transport_limits *limits, struct err *err)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return err_set(err, E_IO, "libcurl does not start");
    struct lane *lane = xcalloc(1, sizeof *lane);
    lane->base.ops = &lane_ops;
    lane->terms = (struct transfer_terms){
        .loop = loop,
        .limits = *limits,
        .tls_verify = target_tls_verify(target),
        .ca_file = target_ca_file(target),
        .http2 = target_http2(target),
        .proxy = target_proxy(target),
    };
    lane->timer = loop_timer_new(loop, on_timer, lane);
    lane->sweep = loop_timer_new(loop, on_sweep, lane);
    lane->tell_failed = loop_timer_new(loop, on_tell_failed, lane);
    lane->multi = curl_multi_init();
    if (!lane->multi)
        abort(); /* out of memory, as in xmalloc */
    lane->terms.sockets = sockets_new(loop, lane->multi, on_ready, lane);
    curl_multi_setopt(lane->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    curl_multi_setopt(lane->multi, CURLMOPT_TIMERDATA, lane);
    curl_multi_setopt(lane->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
    curl_multi_setopt(lane->multi, CURLMOPT_MAXCONNECTS, (long)limits->connections_max);
    curl_multi_setopt(lane->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)limits->connections_max);
    *ret = &lane->base;
    return 0;
}
