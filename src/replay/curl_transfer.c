#include "curl_transfer.h"

#include <stdio.h>
#include <stdlib.h>

#include "rehearse/base/mem.h"
#include "transport_failure.h"

/* A buffer larger than this is not kept for the next request. */
#define KEPT_BYTES 65536
/* libcurl's receive buffer, one a handle. With thousands of connections it is what memory goes to.
 */
enum { BUFFER_BYTES = 16384, SMALL_BUFFER_BYTES = 4096, MANY_CONNECTIONS = 2048 };

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
    t->moved_us = loop_now_us(t->terms->loop);
    if (t->first_byte_us < 0)
        t->first_byte_us = t->moved_us - t->sent_us;
    t->header_bytes += len;
    if (t->header_bytes > t->terms->limits.header_max)
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
    size_t len = size * count, room = t->terms->limits.body_max - t->body.len;
    t->moved_us = loop_now_us(t->terms->loop);
    if (len <= room) {
        strbuf_add(&t->body, bytes, len);
        return len;
    }
    strbuf_add(&t->body, bytes, room);
    t->body_cut = true;
    return 0;
}

/* ---- the airbag ---- */

/* host[:port] of the place. */
static struct span authority_of(const struct transfer *t)
{
    struct span place = strbuf_span(&t->place);
    ptrdiff_t at = span_find(place, SPAN("://"));
    place = span_from(place, at < 0 ? 0 : (size_t)at + 3);
    return span_cut(&place, '/');
}

/* A connection is about to be opened. */
static bool on_address(void *ctx, const struct sockaddr *address, socklen_t len)
{
    struct transfer *t = ctx;
    const char *reason =
        airbag_check_address(t->terms->limits.airbag, authority_of(t), address, len);
    t->opened = true;
    if (reason)
        t->failure = reason;
    return reason == NULL;
}

/* The server's own certificate, PEM; SPAN_NONE when libcurl shows none. */
static struct span shown_certificate(CURL *easy)
{
    struct curl_certinfo *info = NULL;
    if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &info) != CURLE_OK || !info ||
        info->num_of_certs < 1)
        return SPAN_NONE;
    for (const struct curl_slist *line = info->certinfo[0]; line; line = line->next)
        if (span_starts(span_of(line->data), SPAN("Cert:")))
            return span_of(line->data);
    return SPAN_NONE;
}

/* Connected, and not a byte of the request is written yet. */
static int on_before_request(void *ctx, char *peer, char *local, int peer_port, int local_port)
{
    struct transfer *t = ctx;
    struct airbag *airbag = t->terms->limits.airbag;
    (void)peer;
    (void)local;
    (void)peer_port;
    (void)local_port;
    const char *reason = airbag_tripped(airbag);
    if (!reason && t->opened && span_starts(strbuf_span(&t->place), SPAN("https:")))
        reason = airbag_check_certificate(airbag, authority_of(t), shown_certificate(t->easy));
    if (reason)
        t->failure = reason;
    return reason ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/* ---- a handle, kept from request to request ---- */

static void set_fixed_options(struct transfer *t)
{
    const struct transfer_terms *terms = t->terms;
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
                     terms->limits.connections_max > MANY_CONNECTIONS ? (long)SMALL_BUFFER_BYTES
                                                                      : (long)BUFFER_BYTES);
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    /* The environment does not decide where requests go. */
    curl_easy_setopt(e, CURLOPT_PROXY, terms->proxy ? terms->proxy : "");
    curl_easy_setopt(e, CURLOPT_NOPROXY, terms->proxy ? "" : "*");
    curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L);
    t->door = (struct socket_door){ terms->sockets, on_address, t };
    sockets_watch_easy(terms->sockets, e, &t->door);
    if (terms->limits.airbag) {
        curl_easy_setopt(e, CURLOPT_CERTINFO, 1L);
        curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, on_before_request);
        curl_easy_setopt(e, CURLOPT_PREREQDATA, t);
    }
    /* 0 would be libcurl's own five minutes; the sweep gives up long before. */
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, 0L);
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, terms->tls_verify ? 1L : 0L);
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, terms->tls_verify ? 2L : 0L);
    if (terms->ca_file)
        curl_easy_setopt(e, CURLOPT_CAINFO, terms->ca_file);
    else /* a folder keeps libcurl from remembering the bundle: it would be read at each connection
          */
        curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION,
                     terms->http2 ? (long)CURL_HTTP_VERSION_2TLS : (long)CURL_HTTP_VERSION_1_1);
    /* No CURLOPT_PIPEWAIT: requests would queue behind a first one that stalls. */
}

struct transfer *transfer_new(const struct transfer_terms *terms)
{
    struct transfer *t = xcalloc(1, sizeof *t);
    t->terms = terms;
    t->easy = curl_easy_init();
    t->url = curl_url();
    if (!t->easy || !t->url)
        abort(); /* out of memory, as in xmalloc */
    t->place = t->line = t->lines.text = t->request_body = t->block = t->body = t->certificate =
        (struct strbuf)STRBUF_INIT;
    set_fixed_options(t);
    return t;
}

void transfer_free(struct transfer *t)
{
    curl_easy_cleanup(t->easy);
    curl_url_cleanup(t->url);
    strbuf_release(&t->place);
    strbuf_release(&t->certificate);
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

void transfer_clear(struct transfer *t)
{
    field_lines_forget(&t->lines);
    keep_or_drop(&t->block);
    keep_or_drop(&t->body);
    keep_or_drop(&t->request_body);
    keep_or_drop(&t->line);
}

/* ---- what goes out ---- */

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

/* Kept from request to request: libcurl opens another connection for another certificate. */
static void set_certificate(struct transfer *t, const struct transport_way *way)
{
    struct span wanted = span_of(way->certificate);
    if (span_eq(wanted, strbuf_span(&t->certificate)))
        return;
    strbuf_clear(&t->certificate);
    strbuf_add_span(&t->certificate, wanted);
    curl_easy_setopt(t->easy, CURLOPT_SSLCERT, way->certificate);
    curl_easy_setopt(t->easy, CURLOPT_SSLKEY, way->key);
}

void transfer_prepare(struct transfer *t, const struct http_request *request,
                      struct curl_slist *connect_to, const struct transport_way *way)
{
    t->status = 0;
    t->version = SPAN_NONE;
    t->header_bytes = 0;
    t->fields_over = t->body_cut = false;
    t->failure = NULL;
    t->opened = false;
    t->uploaded = 0;
    t->late_us = 0;
    t->first_byte_us = -1;
    set_place(t, request);
    set_method(t, request);
    set_target(t, request);
    set_certificate(t, way);
    bool body = t->kind == KIND_OTHER_WITH_BODY || t->kind == KIND_OTHER;
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER,
                     field_lines_set(&t->lines, &request->fields, body));
    if (connect_to != t->connect_to) {
        curl_easy_setopt(t->easy, CURLOPT_CONNECT_TO, connect_to);
        t->connect_to = connect_to;
    }
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

struct transport_answer transfer_answer(const struct transfer *t, CURLcode code)
{
    return (struct transport_answer){
        .failure = failure_of(t, code),
        .status =
            t->fields_over && t->status >= 200 ? t->status : 0, /* an interim answer is none */
        .version = t->version,
        .block = strbuf_span(&t->block),
        .body = strbuf_span(&t->body),
        .body_cut = t->body_cut,
        .first_byte_us = t->first_byte_us,
        .duration_us = loop_now_us(t->terms->loop) - t->sent_us,
    };
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

const char *transfer_overdue(struct transfer *t, int64_t now)
{
    const struct transport_limits *limits = &t->terms->limits;
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
