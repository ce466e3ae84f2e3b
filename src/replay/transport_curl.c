#include "transport.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

#include "field_lines.h"
#include "rehearse/base/mem.h"
#include "rehearse/base/strbuf.h"
#include "sockets.h"
#include "transport_failure.h"

/*
 * Transfers keep their easy handle when they are done and wait in a pool for the next
 * request. Timeout and stall are watched here, by one timer over all transfers, instead
 * of by libcurl, by one timer each.
 */
#define SWEEP_US 100000
/* A buffer larger than this is not kept for the next transfer. */
#define KEPT_BYTES 65536
/* Handles that wait for the next request, at most: each holds a receive buffer. */
enum { POOL_MAX = 256 };
/* libcurl's receive buffer, one a handle. With thousands of connections it is what memory goes to.
 */
enum { BUFFER_BYTES = 16384, SMALL_BUFFER_BYTES = 4096, MANY_CONNECTIONS = 2048 };

enum method_kind { KIND_NONE = 0, KIND_GET, KIND_HEAD, KIND_OTHER, KIND_OTHER_WITH_BODY };

struct transfer {
    struct lane *lane;
    CURL *easy;                   /* owned */
    struct transfer *next, *prev; /* in flight, oldest first; or in the pool by next */
    transport_done_fn *done;
    void *ctx;
    struct field_lines lines;      /* of the request */
    struct curl_slist *connect_to; /* borrowed from the lane */
    CURLU *url;                    /* owned: the place, parsed */
    struct strbuf place;           /* and as text, without the target */
    struct strbuf line;            /* scratch */
    struct strbuf request_body;
    enum method_kind kind;
    int64_t sent_us, moved_us, first_byte_us;
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

struct connect_to {
    struct curl_slist *list; /* owned */
    struct connect_to *next;
};

struct lane {
    struct transport base;
    struct loop *loop;
    CURLM *multi; /* owned */
    struct transport_limits limits;
    struct loop_timer *timer; /* when libcurl wants to be called */
    bool called_soon;         /* the timer is set to now */
    struct loop_timer *sweep;
    bool sweeping;
    int64_t sweep_due_us;
    bool tls_verify, http2;
    const char *ca_file;
    struct transfer *flying, *flying_last;
    struct transfer *pool;
    unsigned pool_count;
    struct loop_timer *tell_failed; /* of transfers that could not even start */
    struct connect_to *connects;
    struct sockets *sockets; /* owned */
};

/* ---- what comes in ---- */

static size_t give_up(struct transfer *t, const char *failure)
{
    t->failure = failure;
    return 0; /* libcurl ends a transfer whose callback takes less than all */
}

static void take_status_line(struct transfer *t, struct span line)
{
    static const struct {
        struct span prefix, version;
    } versions[] = {
        { { "HTTP/1.1 ", 9 }, { "HTTP/1.1", 8 } },
        { { "HTTP/2 ", 7 }, { "HTTP/2", 6 } },
        { { "HTTP/1.0 ", 9 }, { "HTTP/1.0", 8 } },
    };
    t->status = 0;
    t->version = SPAN_NONE;
    t->fields_over = false;
    strbuf_clear(&t->block);
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        if (!span_starts(line, versions[i].prefix))
            continue;
        struct span code = span_head(span_from(line, versions[i].prefix.len), 3);
        uint64_t status;
        t->version = versions[i].version;
        if (span_to_u64(code, &status))
            t->status = (int)status;
    }
}

static size_t on_header(char *bytes, size_t size, size_t count, void *ctx)
{
    struct transfer *t = ctx;
    size_t len = size * count;
    struct span line = span_make(bytes, len);
    t->moved_us = loop_now_us(t->lane->loop);
    if (t->first_byte_us < 0)
        t->first_byte_us = t->moved_us - t->sent_us;
    t->header_bytes += len;
    if (t->header_bytes > t->lane->limits.header_max)
        return give_up(t, "the response fields are larger than the limit");
    /* Each interim answer (1xx) starts over; the last block is the answer's own. */
    if ((t->status == 0 || t->fields_over) && span_starts(line, SPAN("HTTP/"))) {
        take_status_line(t, line);
        return len;
    }
    if (t->fields_over)
        return len; /* trailers */
    if (bytes[0] == '\r' || bytes[0] == '\n')
        t->fields_over = true;
    else
        strbuf_add(&t->block, bytes, len);
    return len;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *ctx)
{
    struct transfer *t = ctx;
    size_t len = size * count, room = t->lane->limits.body_max - t->body.len;
    t->moved_us = loop_now_us(t->lane->loop);
    if (len <= room) {
        strbuf_add(&t->body, bytes, len);
        return len;
    }
    strbuf_add(&t->body, bytes, room);
    t->body_cut = true;
    return 0;
}

/* ---- what goes out ---- */

static void set_fixed_options(struct transfer *t)
{
    const struct lane *lane = t->lane;
    CURL *e = t->easy;
    curl_easy_setopt(e, CURLOPT_PRIVATE, t);
    curl_easy_setopt(e, CURLOPT_CURLU, t->url);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(e, CURLOPT_BUFFERSIZE,
                     lane->limits.connections_max > MANY_CONNECTIONS ? (long)SMALL_BUFFER_BYTES
                                                                     : (long)BUFFER_BYTES);
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    /* The environment does not decide where requests go. */
    curl_easy_setopt(e, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L);
    sockets_watch_easy(lane->sockets, e);
    /* 0 would be libcurl's own five minutes; the sweep gives up long before. */
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, 0L);
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, lane->tls_verify ? 1L : 0L);
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, lane->tls_verify ? 2L : 0L);
    if (lane->ca_file)
        curl_easy_setopt(e, CURLOPT_CAINFO, lane->ca_file);
    else /* a folder keeps libcurl from remembering the bundle: it would be read at each connection
          */
        curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION,
                     lane->http2 ? (long)CURL_HTTP_VERSION_2TLS : (long)CURL_HTTP_VERSION_1_1);
    /* No CURLOPT_PIPEWAIT: requests would queue behind a first one that stalls. */
}

static struct transfer *transfer_take(struct lane *lane)
{
    struct transfer *t = lane->pool;
    if (t) {
        lane->pool = t->next;
        lane->pool_count--;
        t->next = NULL;
        return t;
    }
    t = xcalloc(1, sizeof *t);
    t->lane = lane;
    t->easy = curl_easy_init();
    t->url = curl_url();
    if (!t->easy || !t->url)
        abort(); /* out of memory, as in xmalloc */
    t->place = t->line = t->lines.text = t->request_body = t->block = t->body =
        (struct strbuf)STRBUF_INIT;
    set_fixed_options(t);
    return t;
}

static void transfer_destroy(struct transfer *t)
{
    curl_easy_cleanup(t->easy);
    curl_url_cleanup(t->url);
    strbuf_release(&t->place);
    strbuf_release(&t->line);
    field_lines_release(&t->lines);
    strbuf_release(&t->request_body);
    strbuf_release(&t->block);
    strbuf_release(&t->body);
    free(t);
}

static void keep_or_drop(struct strbuf *sb)
{
    if (sb->cap > KEPT_BYTES)
        strbuf_release(sb);
    strbuf_clear(sb);
}

static void transfer_give_back(struct transfer *t)
{
    if (t->lane->pool_count >= POOL_MAX) {
        transfer_destroy(t);
        return;
    }
    field_lines_forget(&t->lines);
    keep_or_drop(&t->block);
    keep_or_drop(&t->body);
    keep_or_drop(&t->request_body);
    keep_or_drop(&t->line);
    t->next = t->lane->pool;
    t->prev = NULL;
    t->lane->pool = t;
    t->lane->pool_count++;
}

/* A parsed URL, kept from request to request: as text libcurl would parse it each time. */
static void set_place(struct transfer *t, const struct http_request *request)
{
    struct strbuf *sb = &t->line;
    strbuf_clear(sb);
    strbuf_add_span(sb, request->scheme);
    strbuf_add(sb, "://", 3);
    strbuf_add_span(sb, request->authority);
    strbuf_add_char(sb, '/');
    if (span_eq(strbuf_span(sb), strbuf_span(&t->place)))
        return;
    strbuf_clear(&t->place);
    if (curl_url_set(t->url, CURLUPART_URL, sb->buf, 0) != CURLUE_OK) {
        t->failure = "the place is no URL libcurl understands";
        return;
    }
    strbuf_add_span(&t->place, strbuf_span(sb));
}

static void set_method(struct transfer *t, const struct http_request *request)
{
    bool body = !span_is_none(request->body) && request->body.len > 0;
    enum method_kind kind = body                                     ? KIND_OTHER_WITH_BODY
                            : span_eq(request->method, SPAN("GET"))  ? KIND_GET
                            : span_eq(request->method, SPAN("HEAD")) ? KIND_HEAD
                                                                     : KIND_OTHER;
    CURL *e = t->easy;
    if (kind == t->kind && (kind == KIND_GET || kind == KIND_HEAD))
        return;
    t->kind = kind;
    char method[64];
    snprintf(method, sizeof method, "%.*s", SPAN_ARG(request->method));
    curl_easy_setopt(e, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, NULL);
    if (kind == KIND_HEAD)
        curl_easy_setopt(e, CURLOPT_NOBODY, 1L);
    if (kind == KIND_OTHER_WITH_BODY || (kind == KIND_OTHER && !span_is_none(request->body))) {
        strbuf_clear(&t->request_body);
        strbuf_add_span(&t->request_body, request->body);
        curl_easy_setopt(e, CURLOPT_POST, 1L);
        curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->request_body.len);
        curl_easy_setopt(e, CURLOPT_POSTFIELDS, t->request_body.buf);
    }
    if (kind == KIND_OTHER || kind == KIND_OTHER_WITH_BODY)
        curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, method);
}

static void set_target(struct transfer *t, const struct http_request *request)
{
    strbuf_clear(&t->line);
    strbuf_add_span(&t->line, request->target);
    curl_easy_setopt(t->easy, CURLOPT_REQUEST_TARGET, t->line.buf);
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

static void fly(struct transfer *t)
{
    struct lane *lane = t->lane;
    t->prev = lane->flying_last;
    t->next = NULL;
    if (lane->flying_last)
        lane->flying_last->next = t;
    else
        lane->flying = t;
    lane->flying_last = t;
}

static void land(struct transfer *t)
{
    struct lane *lane = t->lane;
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
                                  const char *connect, transport_done_fn *done, void *ctx)
{
    struct lane *lane = (struct lane *)transport;
    struct transfer *t = transfer_take(lane);
    struct curl_slist *connect_to = connect_list(lane, connect);
    t->done = done;
    t->ctx = ctx;
    t->status = 0;
    t->version = SPAN_NONE;
    t->header_bytes = 0;
    t->fields_over = t->body_cut = false;
    t->failure = NULL;
    t->uploaded = 0;
    t->late_us = 0;
    t->first_byte_us = -1;
    set_place(t, request);
    set_method(t, request);
    set_target(t, request);
    bool body = t->kind == KIND_OTHER_WITH_BODY || t->kind == KIND_OTHER;
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER,
                     field_lines_set(&t->lines, &request->fields, body));
    if (connect_to != t->connect_to) {
        curl_easy_setopt(t->easy, CURLOPT_CONNECT_TO, connect_to);
        t->connect_to = connect_to;
    }
    t->sent_us = t->moved_us = loop_read_clock(lane->loop);
    fly(t);
    if (!t->failure && curl_multi_add_handle(lane->multi, t->easy) != CURLM_OK)
        t->failure = "libcurl did not take the request";
    if (t->failure)
        loop_timer_at(lane->tell_failed, 0);
    if (!lane->sweeping)
        sweep_later(lane, t->sent_us);
    return t;
}

/* ---- how it ends ---- */

/* NULL when all went well; a body that we cut ourselves is no failure. */
static const char *failure_of(const struct transfer *t, CURLcode code)
{
    if (t->failure)
        return t->failure;
    if (code == CURLE_OK)
        return t->status > 0 ? NULL : "the answer is not HTTP";
    if (code == CURLE_WRITE_ERROR && t->body_cut)
        return NULL;
    return transport_failure(t->easy, code, t->status > 0);
}

static void finish(struct transfer *t, CURLcode code)
{
    struct lane *lane = t->lane;
    struct transport_answer answer = {
        .failure = failure_of(t, code),
        .status =
            t->fields_over && t->status >= 200 ? t->status : 0, /* an interim answer is none */
        .version = t->version,
        .block = strbuf_span(&t->block),
        .body = strbuf_span(&t->body),
        .body_cut = t->body_cut,
        .first_byte_us = t->first_byte_us,
        .duration_us = loop_now_us(lane->loop) - t->sent_us,
    };
    curl_multi_remove_handle(lane->multi, t->easy);
    land(t);
    t->done(t->ctx, &answer);
    transfer_give_back(t);
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
        finish((struct transfer *)(void *)private, code);
    }
}

static void on_tell_failed(void *ctx)
{
    struct lane *lane = ctx;
    struct transfer *next;
    for (struct transfer *t = lane->flying; t; t = next) {
        next = t->next;
        if (t->failure)
            finish(t, CURLE_FAILED_INIT);
    }
}

/* A body on its way up moves no byte down: ask how far it is. */
static bool still_uploading(struct transfer *t)
{
    curl_off_t uploaded = 0;
    curl_easy_getinfo(t->easy, CURLINFO_SIZE_UPLOAD_T, &uploaded);
    bool moved = uploaded > t->uploaded;
    t->uploaded = uploaded;
    return moved;
}

static void sweep_later(struct lane *lane, int64_t now)
{
    lane->sweeping = lane->flying != NULL;
    lane->sweep_due_us = now + SWEEP_US;
    if (lane->sweeping)
        loop_timer_at(lane->sweep, lane->sweep_due_us);
}

static const char *overdue(struct transfer *t, int64_t now)
{
    const struct transport_limits *limits = &t->lane->limits;
    if (now - t->sent_us - t->late_us > limits->timeout_us)
        return "no complete answer in time";
    if (now - t->moved_us <= limits->stall_us)
        return NULL;
    if (still_uploading(t)) {
        t->moved_us = now;
        return NULL;
    }
    return t->first_byte_us < 0 ? "stalled: not a byte came"
                                : "stalled in the middle of the answer";
}

static void on_sweep(void *ctx)
{
    struct lane *lane = ctx;
    int64_t now = loop_now_us(lane->loop);
    /* A loop that was busy, or a process that was asleep, is no fault of the server's: what came
     * meanwhile is not read yet. */
    int64_t late = now - lane->sweep_due_us > SWEEP_US ? now - lane->sweep_due_us : 0;
    bool gave_up = false;
    for (struct transfer *t = lane->flying; t; t = t->next) {
        t->late_us += late;
        t->moved_us = t->moved_us + late < now ? t->moved_us + late : now;
        t->failure = overdue(t, now);
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
        loop_timer_at(lane->timer, loop_now_us(lane->loop) + timeout_ms * 1000);
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
    land(t);
    transfer_give_back(t);
}

static void lane_free(struct transport *transport)
{
    struct lane *lane = (struct lane *)transport;
    while (lane->flying)
        lane_cancel(transport, lane->flying);
    for (struct transfer *t = lane->pool, *next; t; t = next) {
        next = t->next;
        transfer_destroy(t);
    }
    if (lane->multi)
        curl_multi_cleanup(lane->multi);
    sockets_free(lane->sockets);
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
    lane->loop = loop;
    lane->limits = *limits;
    lane->tls_verify = target_tls_verify(target);
    lane->ca_file = target_ca_file(target);
    lane->http2 = target_http2(target);
    lane->timer = loop_timer_new(loop, on_timer, lane);
    lane->sweep = loop_timer_new(loop, on_sweep, lane);
    lane->tell_failed = loop_timer_new(loop, on_tell_failed, lane);
    lane->multi = curl_multi_init();
    if (!lane->multi)
        abort(); /* out of memory, as in xmalloc */
    lane->sockets = sockets_new(loop, lane->multi, on_ready, lane);
    curl_multi_setopt(lane->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    curl_multi_setopt(lane->multi, CURLMOPT_TIMERDATA, lane);
    curl_multi_setopt(lane->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
    curl_multi_setopt(lane->multi, CURLMOPT_MAXCONNECTS, (long)limits->connections_max);
    curl_multi_setopt(lane->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)limits->connections_max);
    *ret = &lane->base;
    return 0;
}
