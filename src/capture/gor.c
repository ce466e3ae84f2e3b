/*
 * GoReplay files as a source. A request and the original response are two records
 * with one id, in either order; the pair is one item, and an item is also every
 * record that stays alone. A record waits for its partner while a bounded number
 * of records and bytes pass by; then a request comes out without its response.
 *
 * GoReplay listens in front of the server: it does not know the visitor's address.
 * The first hop of X-Forwarded-For stands in for it.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "formats.h"
#include "gor_reader.h"
#include "recorded.h"
#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"
#include "rehearse/http/coding.h"
#include "source_impl.h"

enum {
    WINDOW = 16384,                  /* records a partner may be away */
    WINDOW_BYTES = 64 * 1024 * 1024, /* of all that wait; a single one may be larger */
    BUCKETS = 16384,                 /* a power of two */
};

#define NOBODY UINT32_MAX /* the end of a bucket's chain */

/* A record without its partner so far. */
struct waiting {
    struct gor_record record; /* its spans point into bytes */
    uint32_t next;            /* place of the next one in the same bucket, or NOBODY */
    char bytes[];             /* the id, then the message */
};

struct gor_source {
    struct source base;
    struct gor_reader *reader; /* owned */
    struct arena scratch;      /* for looking at a record before it is known what becomes of it */
    struct waiting **window;   /* owned, WINDOW places: number % WINDOW; NULL: the place is free */
    uint32_t *buckets;         /* owned, by hash of the id */
    uint64_t oldest, newest;   /* numbers of the places in use: oldest to newest-1 */
    size_t bytes;
    bool drained; /* the file is at its end */
};

/*
 * The window.
 */
static uint32_t *bucket_of(struct gor_source *gor, struct span id)
{
    return &gor->buckets[hash64(id) & (BUCKETS - 1)];
}

/* The record that waits under this id (there is at most one), or NULL. */
static struct waiting *find_waiting(struct gor_source *gor, struct span id)
{
    uint32_t place = *bucket_of(gor, id);

    while (place != NOBODY && !span_eq(gor->window[place]->record.id, id))
        place = gor->window[place]->next;
    return place == NOBODY ? NULL : gor->window[place];
}

static void keep_waiting(struct gor_source *gor, const struct gor_record *record)
{
    uint32_t place = (uint32_t)(gor->newest++ % WINDOW);
    uint32_t *bucket = bucket_of(gor, record->id);
    struct waiting *w = xmalloc(sizeof *w + record->id.len + record->message.len);

    memcpy(w->bytes, record->id.ptr, record->id.len);
    if (record->message.len)
        memcpy(w->bytes + record->id.len, record->message.ptr, record->message.len);
    w->record = *record;
    w->record.id.ptr = w->bytes;
    w->record.message.ptr = w->bytes + record->id.len;
    w->next = *bucket;
    *bucket = place;
    gor->window[place] = w;
    gor->bytes += record->message.len;
}

static void drop_waiting(struct gor_source *gor, struct waiting *w)
{
    uint32_t *link = bucket_of(gor, w->record.id);

    while (gor->window[*link] != w)
        link = &gor->window[*link]->next;
    gor->window[*link] = NULL;
    *link = w->next;
    gor->bytes -= w->record.message.len;
    free(w);
}

/* The oldest that waits, or NULL. */
static struct waiting *oldest_waiting(struct gor_source *gor)
{
    while (gor->oldest < gor->newest && !gor->window[gor->oldest % WINDOW])
        gor->oldest++;
    return gor->oldest < gor->newest ? gor->window[gor->oldest % WINDOW] : NULL;
}

static bool must_let_go(struct gor_source *gor)
{
    if (!oldest_waiting(gor))
        return false;
    return gor->drained || gor->newest - gor->oldest == WINDOW || gor->bytes > WINDOW_BYTES;
}

/*
 * Messages. Each reader returns NULL, or why it is none (a constant phrase).
 */
static const char *read_fields(struct http_fields *ret, struct span *message, struct arena *arena)
{
    size_t bad = 0;
    ptrdiff_t used = http_fields_parse(ret, *message, arena, &bad);

    if (used < 0)
        return "not an HTTP header field";
    *message = span_from(*message, (size_t)used);
    return NULL;
}

/* The visitor's scheme ends at the load balancer, which says what it was. */
static void take_forwarded_scheme(struct http_request *r)
{
    struct span proto = http_fields_value(&r->fields, SPAN("X-Forwarded-Proto"));
    proto = span_trim(span_cut(&proto, ','));
    if (!span_is_none(r->scheme))
        return;
    if (span_ieq(proto, SPAN("https")))
        r->scheme = SPAN("https");
    else if (span_ieq(proto, SPAN("http")))
        r->scheme = SPAN("http");
}

static const char *read_request_head(struct http_request *r, struct span *message,
                                     struct arena *arena)
{
    struct http_fields recorded = { 0 };
    struct span rest = *message;
    const char *why = request_set_line(r, span_trim(span_cut(&rest, '\n')), arena);

    if (!why)
        why = read_fields(&recorded, &rest, arena);
    if (why)
        return why;
    for (uint32_t i = 0; i < recorded.len; i++)
        request_take_field(r, arena, recorded.at[i].name, recorded.at[i].value);
    take_forwarded_scheme(r);
    if (r->authority.len) /* once more: which port is the default depends on the scheme */
        request_set_authority(r, r->authority, arena);
    *message = rest;
    return NULL;
}

static bool read_status_line(struct http_response *r, struct span line)
{
    struct span rest = span_trim(line);
    struct span version = span_cut(&rest, ' ');
    struct span code = span_cut(&rest, ' ');
    uint64_t status;

    if (!span_istarts(version, SPAN("HTTP/")) || code.len != 3 || !span_to_u64(code, &status) ||
        status < 100 || status > 599)
        return false;
    r->version = request_version(version);
    r->status = (int)status;
    return true;
}

static const char *read_response_head(struct http_response *r, struct span *message,
                                      struct arena *arena)
{
    struct http_fields recorded = { 0 };
    struct span rest = *message;

    /* Interim responses stand before the final one (RFC 9110, section 15.2). */
    do {
        recorded = (struct http_fields){ 0 };
        if (!read_status_line(r, span_cut(&rest, '\n')))
            return "not an HTTP response";
        const char *why = read_fields(&recorded, &rest, arena);
        if (why)
            return why;
    } while (r->status < 200 && r->status != 101);
    for (uint32_t i = 0; i < recorded.len; i++)
        response_take_field(r, arena, recorded.at[i].name, recorded.at[i].value);
    *message = rest;
    return NULL;
}

static const char *check_head(const struct gor_record *record, struct arena *arena)
{
    struct exchange x = exchange_blank();
    struct span message = record->message;

    if (record->type == GOR_REQUEST)
        return read_request_head(&x.request, &message, arena);
    return read_response_head(&x.response, &message, arena);
}

static bool is_chunked(const struct http_fields *fields)
{
    return span_ifind(http_fields_value(fields, SPAN("Transfer-Encoding")), SPAN("chunked")) >= 0;
}

/*
 * Undo chunked framing where it still stands: GoReplay's --prettify-http takes it
 * off and may leave the field. Returns false when the framing breaks off; *body is
 * then its front part.
 */
static bool unframe(struct span *body, const struct http_fields *fields, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf plain = STRBUF_INIT;
    struct span first = *body;
    bool framed = is_chunked(fields) && body->len > 0;

    first = span_trim(span_cut(&first, '\n'));
    for (size_t i = 0; framed && i < first.len && first.ptr[i] != ';'; i++)
        framed = char_hex(first.ptr[i]) >= 0;
    if (!framed || first.len == 0)
        return true;
    bool whole = chunked_decode(&plain, *body, RECORDED_MAX_BODY, NULL) == 0;
    *body = arena_copy(arena, strbuf_span(&plain));
    return whole;
}

/* What stands behind Content-Length bytes is no part of the message (RFC 9112, section 6.2). */
static struct span by_length(struct span body, int64_t length)
{
    return length >= 0 ? span_head(body, (size_t)length) : body;
}

static void read_request_body(struct exchange *x, struct span body, struct arena *arena)
{
    int64_t length = fields_content_length(&x->request.fields);
    bool whole = unframe(&body, &x->request.fields, arena);

    body = by_length(body, length);
    x->request.body_bytes = length > (int64_t)body.len ? length : (int64_t)body.len;
    if (!whole || length > (int64_t)body.len)
        x->marks |= MARK_REQUEST_BODY_MISSING; /* a front part must not be sent as the whole */
    else if (body.len)
        x->request.body = body;
}

static void read_response_body(struct exchange *x, struct span body, struct arena *arena)
{
    int64_t length = fields_content_length(&x->response.fields);
    bool whole = unframe(&body, &x->response.fields, arena);
    bool none = span_eq(x->request.method, SPAN("HEAD")) || x->response.status == 304;

    body = by_length(body, length);
    x->response.body_bytes = (int64_t)body.len;
    if (!none && length > (int64_t)body.len) {
        whole = false;
        x->response.body_bytes = length;
    }
    if (!whole)
        x->marks |= MARK_RESPONSE_BODY_CUT;
    if (whole || body.len)
        response_take_coded_body(x, arena, body);
}

/*
 * Newer files give a response's own start and how long it took to write; older
 * ones repeat the request's start, and the latency is the round trip.
 */
static void read_timing(struct exchange *x, const struct gor_record *request,
                        const struct gor_record *response)
{
    int64_t wait = response->start_us - request->start_us;

    if (wait < 0 || wait > INT64_C(86400) * 1000000)
        return;
    if (wait > 0)
        x->first_byte_us = wait;
    if (wait > 0 || response->latency_us >= 0)
        x->duration_us = wait + (response->latency_us > 0 ? response->latency_us : 0);
}

/*
 * Items.
 */
static struct gor_record record_copy(const struct gor_record *record, struct arena *arena)
{
    struct gor_record copy = *record;
    copy.message = arena_copy(arena, record->message);
    return copy;
}

/* Both heads have been read once without complaint. `response` may be NULL. */
static int exchange_item(struct gor_source *gor, struct source_item *item,
                         const struct gor_record *request, const struct gor_record *response,
                         struct arena *arena)
{
    struct exchange *x = &item->exchange;
    struct gor_record asked = record_copy(request, arena);

    item->line = request->line;
    item->entry = request->number;
    x->start_us = request->start_us;
    x->marks |= MARK_ALL_REQUEST_FIELDS;
    read_request_head(&x->request, &asked.message, arena);
    read_request_body(x, asked.message, arena);
    x->client = request_first_hop(&x->request);
    if (response) {
        struct gor_record answered = record_copy(response, arena);
        x->marks |= MARK_ALL_RESPONSE_FIELDS;
        read_response_head(&x->response, &answered.message, arena);
        read_response_body(x, answered.message, arena);
        read_timing(x, request, response);
    }
    if (exchange_drop_masked(x, arena))
        x->marks &= ~(uint32_t)(MARK_ALL_REQUEST_FIELDS | MARK_ALL_RESPONSE_FIELDS);
    exchange_finish(x, &gor->base.options, arena);
    return SOURCE_EXCHANGE;
}

static int let_go(struct gor_source *gor, struct source_item *item, struct arena *arena)
{
    struct waiting *w = oldest_waiting(gor);
    int outcome;

    if (w->record.type == GOR_REQUEST) {
        outcome = exchange_item(gor, item, &w->record, NULL, arena);
    } else {
        item->line = w->record.line;
        item->entry = w->record.number;
        outcome = source_skip(item, SPAN("a response without its request"));
    }
    drop_waiting(gor, w);
    return outcome;
}

static int pair_item(struct gor_source *gor, struct source_item *item, struct waiting *w,
                     const struct gor_record *record, struct arena *arena)
{
    bool is_request = record->type == GOR_REQUEST;
    int outcome = exchange_item(gor, item, is_request ? record : &w->record,
                                is_request ? &w->record : record, arena);
    drop_waiting(gor, w);
    return outcome;
}

/* An item, or SOURCE_END when the record has to wait. */
static int record_item(struct gor_source *gor, struct source_item *item,
                       const struct gor_record *record, struct arena *arena)
{
    item->line = record->line;
    item->entry = record->number;
    if (record->fault)
        return source_reject(item, record->column, span_of(record->fault),
                             span_of(record->expected));
    if (record->type == GOR_REPLAYED)
        return source_skip(item, SPAN("a replayed response, not production's"));
    arena_clear(&gor->scratch);
    const char *why = check_head(record, &gor->scratch);
    if (why)
        return source_reject(item, 0, span_of(why),
                             arena_printf(arena,
                                          "record %" PRIu64 " begins \"%.*s\", expected an "
                                          "HTTP/1 %s",
                                          record->number, SPAN_ARG(span_head(record->message, 60)),
                                          record->type == GOR_REQUEST ? "request" : "response"));
    struct waiting *w = find_waiting(gor, record->id);
    if (!w) {
        keep_waiting(gor, record);
        return SOURCE_END;
    }
    if (w->record.type == record->type)
        return source_reject(item, 0, SPAN("a second record with the same id"),
                             arena_printf(arena, "the first is in line %" PRIu64, w->record.line));
    return pair_item(gor, item, w, record, arena);
}

static int next(struct source *source, struct source_item *ret, struct arena *arena,
                struct err *err)
{
    struct gor_source *gor = (struct gor_source *)source;

    for (;;) {
        if (must_let_go(gor))
            return let_go(gor, ret, arena);
        if (gor->drained)
            return SOURCE_END;
        struct gor_record record;
        int rc = gor_reader_next(gor->reader, &record, err);
        if (rc < 0)
            return rc;
        gor->drained = rc == 0;
        int outcome = rc ? record_item(gor, ret, &record, arena) : SOURCE_END;
        if (outcome != SOURCE_END)
            return outcome;
    }
}

static void release(struct source *source)
{
    struct gor_source *gor = (struct gor_source *)source;

    for (size_t i = 0; i < WINDOW; i++)
        free(gor->window[i]);
    free(gor->window);
    free(gor->buckets);
    gor_reader_free(gor->reader);
    arena_release(&gor->scratch);
}

static int sniff(struct span head, struct strbuf *evidence)
{
    struct gor_record record;
    struct span rest = head;
    struct span line = span_cut(&rest, '\n');
    bool header = gor_header_parse(&record, line) && record.id.len >= 16;
    bool monkeys =
        span_find(head, SPAN("\n\xF0\x9F\x90\xB5\xF0\x9F\x99\x88\xF0\x9F\x99\x89\n")) >= 0;

    if (!header && !monkeys)
        return 0;
    strbuf_addf(evidence, "%s%s%s", header ? "a GoReplay record header" : "",
                header && monkeys ? " and " : "",
                monkeys ? "GoReplay's separator of three monkeys" : "");
    return header && monkeys ? 100 : 85;
}

static int read_chunk(void *ctx, struct span *ret, struct err *err)
{
    return input_chunk(ctx, ret, err);
}

static int open_gor(struct source **ret, struct input *input, const struct source_options *options,
                    struct err *err)
{
    static const struct source_ops ops = { next, release };
    struct gor_source *gor = xcalloc(1, sizeof *gor);

    (void)err;
    source_init(&gor->base, &ops, &format_gor, input, options);
    gor->reader = gor_reader_new(read_chunk, input);
    gor->scratch = (struct arena)ARENA_INIT;
    gor->window = xcalloc(WINDOW, sizeof *gor->window);
    gor->buckets = xmalloc(BUCKETS * sizeof *gor->buckets);
    for (size_t i = 0; i < BUCKETS; i++)
        gor->buckets[i] = NOBODY;
    *ret = &gor->base;
    return 0;
}

const struct source_format format_gor = {
    .name = "gor",
    .summary = "GoReplay (.gor) files, with original responses where they were tracked",
    .sniff = sniff,
    .open = open_gor,
};
