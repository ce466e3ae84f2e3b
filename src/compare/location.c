/*
 * Location (RFC 9110, section 10.2.2), resolved against the request. What it
 * repeats of the request is written as a reference to it, so that ten thousand
 * redirects of one rule have one text: "/old/red" to "/new/red" is "/new/{2}".
 */
#include "canonical.h"

#include "rehearse/http/url.h"
#include "shape.h"

enum { SEGMENTS_MAX = 16 };

struct request_parts {
    struct url url;
    struct span segments[SEGMENTS_MAX];
    size_t len;
};

static void split_request(struct request_parts *r, struct span target)
{
    *r = (struct request_parts){ .len = 0 };
    if (!url_parse(&r->url, target))
        return;
    struct span rest = r->url.path;
    while (!span_is_none(rest) && r->len < SEGMENTS_MAX) {
        struct span segment = span_cut(&rest, '/');
        if (segment.len)
            r->segments[r->len++] = segment;
    }
}

static void write_segment(const struct request_parts *r, struct span segment, struct strbuf *out)
{
    for (size_t i = 0; i < r->len; i++)
        if (segment.len && span_eq(r->segments[i], segment)) {
            strbuf_addf(out, "{%zu}", i + 1);
            return;
        }
    struct span query = r->url.query;
    struct query_item item;
    while (segment.len && !span_is_none(query) && query_next(&query, &item))
        if (span_eq(item.value, segment) && item.name.len) {
            strbuf_addf(out, "{%.*s}", SPAN_ARG(item.name));
            return;
        }
    shape_add(out, segment);
}

static void write_path(const struct request_parts *r, struct span path, struct strbuf *out)
{
    bool first = true;
    while (!span_is_none(path)) {
        if (!first)
            strbuf_add_char(out, '/');
        write_segment(r, span_cut(&path, '/'), out);
        first = false;
    }
}

static void write_value(const struct canonical_context *c, const struct request_parts *r,
                        struct span value, struct strbuf *out)
{
    struct span plain = url_decode(value, true, c->scratch);
    struct url own;
    if (url_parse(&own, plain) && !span_is_none(own.authority))
        plain = own.target;
    if (plain.len && span_eq(plain, r->url.target))
        strbuf_add_str(out, "{target}");
    else if (plain.len && span_eq(plain, r->url.path))
        strbuf_add_str(out, "{path}");
    else
        shape_add(out, plain);
}

static void write_query(const struct canonical_context *c, const struct request_parts *r,
                        struct span query, struct strbuf *out)
{
    struct query_item item;
    char mark = '?';
    if (span_is_none(query))
        return;
    if (query.len && !span_is_none(r->url.query) && span_eq(query, r->url.query)) {
        strbuf_add_str(out, "?{query}");
        return;
    }
    while (query_next(&query, &item)) {
        strbuf_add_char(out, mark);
        mark = '&';
        strbuf_add_span(out, item.name);
        if (span_is_none(item.value))
            continue;
        strbuf_add_char(out, '=');
        write_value(c, r, item.value, out);
    }
}

static bool same_place(const struct http_request *request, const struct url *to)
{
    /* Where the recording does not say how it was asked, the scheme tells nothing. */
    struct span scheme = !span_is_none(request->scheme) ? request->scheme
                         : !span_is_none(to->scheme)    ? to->scheme
                                                        : SPAN("https");
    if (span_is_none(to->authority))
        return true;
    if (!span_is_none(to->scheme) && !span_ieq(to->scheme, scheme))
        return false;
    struct url own = { .scheme = SPAN_NONE };
    char text[300];
    if (request->authority.len > sizeof text - 3)
        return false;
    text[0] = text[1] = '/';
    if (request->authority.len)
        memcpy(text + 2, request->authority.ptr, request->authority.len);
    if (!url_parse(&own, span_make(text, request->authority.len + 2)))
        return false;
    int usual = url_default_port(scheme);
    return span_ieq(own.host, to->host) &&
           (own.port ? own.port : usual) == (to->port ? to->port : usual);
}

void canonical_location(const struct canonical_context *c, struct span value, struct strbuf *out)
{
    const struct http_request *request = &c->production->request;
    struct request_parts parts;
    struct url to;
    split_request(&parts, request->target);
    struct span whole = value;
    if (url_parse(&to, value) && span_is_none(to.authority) && span_is_none(to.scheme) &&
        !(to.path.len && to.path.ptr[0] == '/')) {
        whole = url_resolve(request->target, value, c->scratch);
    }
    if (!url_parse(&to, whole)) {
        shape_add(out, value);
        return;
    }
    if (!same_place(request, &to)) {
        if (!span_is_none(to.scheme)) {
            strbuf_add_span(out, to.scheme);
            strbuf_add_char(out, ':');
        }
        strbuf_add_str(out, "//");
        strbuf_add_span(out, to.authority);
    }
    write_path(&parts, to.path.len ? to.path : SPAN("/"), out);
    write_query(c, &parts, to.query, out);
    if (!span_is_none(to.fragment)) {
        strbuf_add_char(out, '#');
        shape_add(out, to.fragment);
    }
}
