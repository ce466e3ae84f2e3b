/*
 * What comes out of a record: the exchange, or why there is none.
 */
#include "record.h"

#include "rehearse/base/text.h"
#include "rehearse/http/url.h"

enum { FOUND_SHOWN = 60 };

/* Where in the line a value stands whose escapes were undone. */
static struct span as_written(const struct record *r, struct span value)
{
    for (unsigned role = 0; role < ROLE_SINGLES; role++)
        if ((r->unescaped >> role & 1) && r->values[role].ptr == value.ptr)
            return r->written[role];
    return value;
}

int record_reject(struct record *r, struct source_item *ret, struct span found, struct span reason,
                  const char *expected)
{
    AUTO(strbuf_release) struct strbuf words = STRBUF_INIT;
    uint64_t column = 0;
    struct span written = as_written(r, found);
    if (written.ptr >= r->line.ptr && written.ptr <= r->line.ptr + r->line.len)
        column = (uint64_t)(written.ptr - r->line.ptr) + 1;
    strbuf_add_str(&words, "found \"");
    text_add_printable(&words, found, FOUND_SHOWN);
    strbuf_addf(&words, "\", expected %s", expected);
    return source_reject(ret, column, reason, arena_copy(r->arena, strbuf_span(&words)));
}

/* The percent signs of a part of a target undone; it stays as it is where undone it could not be
 * sent. */
static struct span undo_target(struct record *r, struct span value)
{
    struct span plain = record_undo_percent(r, value, /* twice= */ false);
    for (size_t i = 0; i < plain.len; i++)
        if ((unsigned char)plain.ptr[i] <= ' ' || (unsigned char)plain.ptr[i] >= 0x7f)
            return value;
    return plain;
}

/* ---- the request ---- */

static const struct span tunnel = { "a CONNECT tunnel", 16 };

static struct span scheme_of(const struct record *r)
{
    static const struct {
        struct span written, scheme;
    } schemes[] = {
        { { "https", 5 }, { "https", 5 } }, { { "http", 4 }, { "http", 4 } },
        { { "h2", 2 }, { "https", 5 } },    { { "wss", 3 }, { "https", 5 } },
        { { "ws", 2 }, { "http", 4 } },     { { "grpcs", 5 }, { "https", 5 } },
    };
    struct span written = record_value(r, ROLE_SCHEME);
    for (size_t i = 0; written.len && i < sizeof schemes / sizeof *schemes; i++)
        if (span_ieq(written, schemes[i].written))
            return schemes[i].scheme;
    struct span https = record_value(r, ROLE_HTTPS);
    if (span_ieq(https, SPAN("off")) || span_ieq(https, SPAN("false")) || span_eq(https, SPAN("0")))
        return SPAN("http");
    if (https.len)
        return SPAN("https"); /* "on", "true", 1, a version of TLS */
    return span_eq(record_value(r, ROLE_SERVER_PORT), SPAN("443")) ? SPAN("https") : SPAN_NONE;
}

static bool has_port(struct span authority)
{
    ptrdiff_t colon = span_rfind_char(authority, ':');
    return colon > 0 && span_find_char(span_from(authority, (size_t)colon), ']') < 0;
}

static struct span authority_of(const struct record *r)
{
    if (record_has(r, ROLE_AUTHORITY))
        return r->values[ROLE_AUTHORITY];
    struct span name = record_value(r, ROLE_SERVER_NAME);
    /* "_" and "*" are how configurations say: any host. */
    if (name.len < 2 || name.ptr[0] == '*')
        return SPAN_NONE;
    struct span port = record_value(r, ROLE_SERVER_PORT);
    if (port.len == 0 || has_port(name) || span_eq(port, SPAN("80")) || span_eq(port, SPAN("443")))
        return name;
    return arena_printf(r->arena, "%.*s:%.*s", SPAN_ARG(name), SPAN_ARG(port));
}

static void put_authority(struct record *r, struct http_request *q, struct span authority)
{
    if (authority.len)
        request_set_authority(q, authority, r->arena);
}

/* A path that was decoded by the server, encoded again where no request line could carry it. */
static struct span encoded_path(struct record *r, struct span path)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t odd = 0;
    for (size_t i = 0; i < path.len; i++)
        odd += (unsigned char)path.ptr[i] <= ' ' || (unsigned char)path.ptr[i] >= 0x7f ||
               path.ptr[i] == '?' || path.ptr[i] == '#' || path.ptr[i] == '%';
    if (odd == 0)
        return path;
    char *to = arena_alloc(r->arena, path.len + 2 * odd);
    size_t len = 0;
    for (size_t i = 0; i < path.len; i++) {
        unsigned char c = (unsigned char)path.ptr[i];
        if (c > ' ' && c < 0x7f && c != '?' && c != '#' && c != '%') {
            to[len++] = (char)c;
            continue;
        }
        to[len++] = '%';
        to[len++] = hex[c >> 4];
        to[len++] = hex[c & 15];
    }
    return span_make(to, len);
}

/* path?query as one text, in the arena; `path` itself when there is no query. */
static struct span joined_target(struct record *r, struct span path)
{
    struct span query = undo_target(r, record_value(r, ROLE_QUERY));
    bool slash = r->rules->path_without_slash && path.len && path.ptr[0] != '/';
    if (query.len && query.ptr[0] == '?')
        query = span_from(query, 1);
    if (query.len == 0 && !slash)
        return path;
    char *to = arena_alloc(r->arena, path.len + query.len + 2);
    size_t len = 0;
    if (slash)
        to[len++] = '/';
    memcpy(to + len, path.ptr, path.len);
    len += path.len;
    if (query.len) {
        to[len++] = '?';
        memcpy(to + len, query.ptr, query.len);
        len += query.len;
    }
    return span_make(to, len);
}

/* The target out of what there is, the surest source first; SPAN_NONE when there is none. */
static struct span target_of(struct record *r, struct span *ret_shown)
{
    static const enum role order[] = { ROLE_TARGET, ROLE_URL, ROLE_PATH, ROLE_DECODED_PATH };
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        if (!record_has(r, order[i]))
            continue;
        struct span text = *ret_shown = r->values[order[i]];
        text = undo_target(r, text);
        if (order[i] == ROLE_DECODED_PATH)
            text = encoded_path(r, text);
        /* A target that has its query needs no second one. */
        if (span_find_char(text, '?') >= 0)
            return text;
        return order[i] == ROLE_TARGET && !r->rules->path_without_slash && text.ptr[0] == '/'
                   ? text
                   : joined_target(r, text);
    }
    return SPAN_NONE;
}

/* Apache's %U%q, nginx's $uri$is_args$args: the path was decoded, the query was not. */
static void split_decoded_target(struct record *r)
{
    struct span query = record_value(r, ROLE_DECODED_TARGET);
    if (query.len == 0)
        return;
    r->values[ROLE_DECODED_PATH] = span_cut(&query, '?');
    r->has |= (uint64_t)1 << ROLE_DECODED_PATH;
    if (span_is_none(query))
        return;
    r->values[ROLE_QUERY] = query;
    r->has |= (uint64_t)1 << ROLE_QUERY;
}

static int request_from_line(struct record *r, struct http_request *q, struct source_item *ret)
{
    struct span line = r->values[ROLE_REQUEST_LINE];
    if (span_starts(line, SPAN("CONNECT ")))
        return source_skip(ret, tunnel);
    const char *fault = request_set_line(q, line, r->arena);
    if (!fault)
        return 0;
    return record_reject(r, ret, line, span_of(fault), "a request line: METHOD /target HTTP/1.1");
}

static int request_from_parts(struct record *r, struct http_request *q, struct source_item *ret)
{
    struct span shown = SPAN_NONE;
    struct span method = record_value(r, ROLE_METHOD);
    if (!request_method_fits(method))
        return record_reject(r, ret, method, SPAN("not an HTTP request"), "a request method");
    if (span_eq(method, SPAN("CONNECT")))
        return source_skip(ret, tunnel);
    q->method = method;
    split_decoded_target(r);
    struct span target = target_of(r, &shown);
    if (!request_set_target(q, target, r->arena))
        return record_reject(r, ret, shown, SPAN("no usable request target"),
                             "a path, an absolute URL or *");
    return 0;
}

static int make_request(struct record *r, struct source_item *ret)
{
    struct http_request *q = &ret->exchange.request;
    q->scheme = scheme_of(r);
    put_authority(r, q, authority_of(r));
    int rc = record_has(r, ROLE_REQUEST_LINE) ? request_from_line(r, q, ret)
                                              : request_from_parts(r, q, ret);
    if (rc)
        return rc;
    if (r->rules->scheme_is_made_up)
        q->scheme = scheme_of(r);
    if (span_is_none(q->version) && record_has(r, ROLE_VERSION))
        q->version = request_version(r->values[ROLE_VERSION]);
    q->fields = r->request_fields;
    return 0;
}

static void make_cookies(struct record *r, struct http_request *q)
{
    if (r->cookie_pairs.len == 0 || r->saw_cookies)
        return;
    size_t bytes = 0;
    for (uint32_t i = 0; i < r->cookie_pairs.len; i++)
        bytes += r->cookie_pairs.at[i].name.len + r->cookie_pairs.at[i].value.len + 3;
    char *to = arena_alloc(r->arena, bytes);
    size_t len = 0;
    for (uint32_t i = 0; i < r->cookie_pairs.len; i++) {
        struct http_field *pair = &r->cookie_pairs.at[i];
        if (i) {
            to[len++] = ';';
            to[len++] = ' ';
        }
        memcpy(to + len, pair->name.ptr, pair->name.len);
        len += pair->name.len;
        to[len++] = '=';
        memcpy(to + len, pair->value.ptr, pair->value.len);
        len += pair->value.len;
    }
    http_fields_add(&q->fields, r->arena, SPAN("Cookie"), span_make(to, len));
}

static int64_t bytes_of(const struct record *r, enum role role)
{
    struct span text = record_value(r, role);
    int64_t n;
    if (text.len && text.ptr[0] == '+')
        text = span_from(text, 1); /* HAProxy logged before the end: at least so many */
    return text.len && span_to_i64(text, &n) && n >= 0 ? n : -1;
}

static void make_request_body(struct record *r, struct http_request *q)
{
    q->body_bytes = bytes_of(r, ROLE_REQUEST_BODY_BYTES);
    q->body = record_value(r, ROLE_REQUEST_BODY);
    if (q->body.len && q->body_bytes < 0)
        q->body_bytes = (int64_t)q->body.len;
    make_cookies(r, q);
}

/* ---- the response and the times ---- */

static int make_response(struct record *r, struct source_item *ret)
{
    struct exchange *x = &ret->exchange;
    struct span text = record_value(r, ROLE_STATUS);
    uint64_t status = 0;
    x->response.fields = r->response_fields;
    x->response.body_bytes = bytes_of(r, ROLE_RESPONSE_BYTES);
    if (text.len && !span_eq(text, SPAN("-1")) && (!span_to_u64(text, &status) || status > 999))
        return record_reject(r, ret, text, SPAN("no status code"), "a status from 100 to 999");
    if (r->saw_status && status < 100) {
        if (status)
            return record_reject(r, ret, text, SPAN("no status code"), "a status from 100 to 999");
        r->marks |= MARK_CLIENT_ABORTED; /* 000, 0, -1: the client was gone before there was one */
    }
    x->response.status = (int)status;
    return 0;
}

/* -1 when there is none that can be read; HAProxy's '+' says that it went on from there. */
static int64_t duration_of(const struct record *r, enum role role, enum time_unit unit)
{
    struct span text = record_value(r, role);
    int64_t us;
    if (text.len && text.ptr[0] == '+')
        text = span_from(text, 1);
    return text.len && log_duration_parse(text, unit, &us) ? us : -1;
}

static bool time_at(struct record *r, enum role role, struct source *source, struct time_memo *memo,
                    int64_t *ret_us)
{
    return time_memo_parse(memo, r->values[role], source->options.utc_offset_s, ret_us);
}

/* W3C keeps date and time apart. */
static void join_date(struct record *r)
{
    if (!record_has(r, ROLE_DATE) || !record_has(r, ROLE_CLOCK) || record_has(r, ROLE_TIME))
        return;
    struct span date = r->values[ROLE_DATE], clock = r->values[ROLE_CLOCK];
    if (date.len + clock.len > 40)
        return;
    char *to = arena_alloc(r->arena, date.len + clock.len + 1);
    memcpy(to, date.ptr, date.len);
    to[date.len] = 'T';
    memcpy(to + date.len + 1, clock.ptr, clock.len);
    r->values[ROLE_TIME] = span_make(to, date.len + clock.len + 1);
    r->has |= (uint64_t)1 << ROLE_TIME;
}

static void join_zone_and_fraction(struct record *r, int64_t *us)
{
    int64_t n, east = 0;
    struct span zone = record_value(r, ROLE_ZONE);
    if (record_has(r, ROLE_FRACTION_MS) && span_to_i64(r->values[ROLE_FRACTION_MS], &n) && n < 1000)
        *us += n * 1000;
    if (record_has(r, ROLE_FRACTION_US) && span_to_i64(r->values[ROLE_FRACTION_US], &n) &&
        n < 1000000)
        *us += n;
    if (zone.len == 5 && span_to_i64(span_from(zone, 1), &n))
        east = (n / 100 * 3600 + n % 100 * 60) * (zone.ptr[0] == '-' ? -1 : 1);
    *us -= east * 1000000;
}

static int make_times(struct record *r, struct source *source, struct time_memo *memo,
                      struct source_item *ret)
{
    struct exchange *x = &ret->exchange;
    int64_t at = 0, end = 0;
    x->duration_us = duration_of(r, ROLE_DURATION, r->duration_unit);
    x->first_byte_us = duration_of(r, ROLE_FIRST_BYTE, r->first_byte_unit);
    join_date(r);
    if (record_has(r, ROLE_END) && !time_at(r, ROLE_END, source, memo, &end))
        return record_reject(r, ret, r->values[ROLE_END], SPAN("no point in time"),
                             "a time such as 2026-03-07T09:15:32Z");
    enum role role = record_has(r, ROLE_START) ? ROLE_START : ROLE_TIME;
    if (record_has(r, role)) {
        if (!time_at(r, role, source, memo, &at))
            return record_reject(r, ret, r->values[role], SPAN("no point in time"),
                                 "a time such as 07/Mar/2026:10:15:32 +0100");
        join_zone_and_fraction(r, &at);
    }
    bool is_end = role == ROLE_TIME && r->rules->time_is_end;
    if (at && end && !is_end && x->duration_us < 0 && end >= at)
        x->duration_us = end - at;
    if (!at && end) {
        at = end;
        is_end = true;
    }
    x->start_us = is_end && x->duration_us > 0 ? at - x->duration_us : at;
    return 0;
}

/* ---- the whole ---- */

static struct span endpoint_address(struct span endpoint)
{
    ptrdiff_t colon = span_rfind_char(endpoint, ':');
    if (colon > 0)
        endpoint.len = (size_t)colon;
    if (endpoint.len > 2 && endpoint.ptr[0] == '[' && endpoint.ptr[endpoint.len - 1] == ']')
        endpoint = span_make(endpoint.ptr + 1, endpoint.len - 2);
    return endpoint;
}

static bool is_true(struct span v)
{
    size_t zeros = 0;
    while (zeros < v.len && v.ptr[zeros] == '0')
        zeros++;
    return zeros < v.len && !span_ieq(v, SPAN("false"));
}

/* Where no address is logged, the first of X-Forwarded-For is the visitor's. */
static struct span forwarded_client(const struct record *r)
{
    struct span all = http_fields_value(&r->request_fields, SPAN("X-Forwarded-For"));
    return all.len ? span_trim(span_cut(&all, ',')) : SPAN_NONE;
}

static void make_surroundings(struct record *r, struct exchange *x)
{
    x->client = record_value(r, ROLE_CLIENT);
    if (span_starts(x->client, SPAN("unix:")))
        x->client = SPAN_NONE; /* nginx behind a socket file: nobody's address */
    if (record_has(r, ROLE_CLIENT_ENDPOINT) && span_is_none(x->client))
        x->client = endpoint_address(r->values[ROLE_CLIENT_ENDPOINT]);
    if (span_is_none(x->client))
        x->client = forwarded_client(r);
    x->user = record_value(r, ROLE_USER);
    x->cache = record_value(r, ROLE_CACHE);
    if (record_has(r, ROLE_CACHE_HIT) && span_is_none(x->cache))
        x->cache = is_true(r->values[ROLE_CACHE_HIT]) ? SPAN("HIT") : SPAN("MISS");
    if (record_has(r, ROLE_CONNECTION_STATE) &&
        span_eq(r->values[ROLE_CONNECTION_STATE], SPAN("X")))
        r->marks |= MARK_CLIENT_ABORTED;
    if (r->rules->all_response_fields)
        r->marks |= MARK_ALL_RESPONSE_FIELDS;
    if (r->rules->all_request_fields && !(r->marks & MARK_CREDENTIALS_MASKED))
        r->marks |= MARK_ALL_REQUEST_FIELDS;
    x->marks |= r->marks;
}

void record_add_evidence(struct strbuf *out, int fit, int lines, const struct exchange *first)
{
    strbuf_addf(out, "%d of the first %d lines fit, such as ", fit, lines);
    text_add_printable(out, first->request.method, 32);
    strbuf_add_char(out, ' ');
    if (first->request.authority.len)
        text_add_printable(out, first->request.authority, 60);
    text_add_printable(out, first->request.target, 60);
    strbuf_addf(out, " -> %d", first->response.status);
    if (first->client.len) {
        strbuf_add_str(out, " for ");
        text_add_printable(out, first->client, 60);
    }
}

int record_finish(struct record *r, struct source *source, struct time_memo *memo,
                  struct source_item *ret)
{
    if (record_has(r, ROLE_VARNISH_SIDE) && span_eq(r->values[ROLE_VARNISH_SIDE], SPAN("b")))
        return source_skip(ret, SPAN("the backend side of a Varnish request"));
    if ((record_has(r, ROLE_SUBREQUEST) && is_true(r->values[ROLE_SUBREQUEST])) ||
        (record_has(r, ROLE_PARENT) && is_true(r->values[ROLE_PARENT])))
        return source_skip(ret, SPAN("a request of the edge itself, not of a visitor"));
    if (r->too_many)
        return source_reject(ret, 0, SPAN("more header fields than any server takes"),
                             SPAN("expected at most 4096"));
    int rc = make_request(r, ret);
    r->bad_request = rc == SOURCE_REJECTED;
    if (rc == 0)
        rc = make_response(r, ret);
    if (rc == 0)
        rc = make_times(r, source, memo, ret);
    if (rc)
        return rc;
    make_request_body(r, &ret->exchange.request);
    make_surroundings(r, &ret->exchange);
    exchange_finish(&ret->exchange, &source->options, r->arena);
    return SOURCE_EXCHANGE;
}
