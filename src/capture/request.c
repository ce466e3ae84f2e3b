/*
 * What every format has to judge alike: is this a request, where does it go, and
 * what do its parts say about the recording. RFC 9112, section 3; RFC 9110,
 * section 9.1.
 */
#include "source_impl.h"

#include "rehearse/http/token.h"
#include "rehearse/http/url.h"

enum { METHOD_MAX = 32 };

bool request_method_fits(struct span method)
{
    return method.len <= METHOD_MAX && http_is_token(method);
}

/* A byte that no request line can carry: space, control, DEL. */
static bool has_unsendable(struct span s)
{
    size_t i = 0;
    for (; i + 8 <= s.len; i += 8) {
        uint64_t w;
        memcpy(&w, s.ptr + i, sizeof w);
        uint64_t low = (w - 0x2121212121212121u) & ~w; /* a byte below 0x21 */
        uint64_t del = w ^ 0x7f7f7f7f7f7f7f7fu;
        del = (del - 0x0101010101010101u) & ~del;
        if ((low | del) & 0x8080808080808080u)
            return true;
    }
    for (; i < s.len; i++)
        if ((unsigned char)s.ptr[i] <= ' ' || s.ptr[i] == 0x7f)
            return true;
    return false;
}

static struct span lower(struct span s, struct arena *arena)
{
    size_t i = 0;
    while (i < s.len && !(s.ptr[i] >= 'A' && s.ptr[i] <= 'Z'))
        i++;
    if (i == s.len)
        return s;
    char *to = arena_alloc(arena, s.len);
    for (i = 0; i < s.len; i++)
        to[i] = char_lower(s.ptr[i]);
    return span_make(to, s.len);
}

void request_set_authority(struct http_request *request, struct span authority, struct arena *arena)
{
    ptrdiff_t at = span_rfind_char(authority, '@');
    if (at >= 0)
        authority = span_from(authority, (size_t)at + 1);
    if (authority.len == 0)
        return;
    request->authority = lower(url_without_default_port(authority, request->scheme), arena);
}

static struct span without_fragment(struct span target)
{
    ptrdiff_t hash = span_find_char(target, '#');
    return hash < 0 ? target : span_head(target, (size_t)hash);
}

static struct span with_slash(struct span query, struct arena *arena)
{
    char *to = arena_alloc(arena, query.len + 1);
    to[0] = '/';
    if (query.len)
        memcpy(to + 1, query.ptr, query.len);
    return span_make(to, query.len + 1);
}

/* "http://host/x?y" (RFC 9112, section 3.2.2); "http://host?y" has no path and gets one. */
static bool set_absolute(struct http_request *request, struct span text, struct arena *arena)
{
    struct url url;
    if (!url_parse(&url, text) || span_is_none(url.scheme) || url.host.len == 0 ||
        url_default_port(url.scheme) == 0)
        return false;
    request->scheme = lower(url.scheme, arena);
    request_set_authority(request, url.authority, arena);
    request->target = url.target;
    if (url.path.len == 0)
        request->target = with_slash(url.target, arena);
    return true;
}

bool request_set_target(struct http_request *request, struct span target, struct arena *arena)
{
    if (target.len == 0 || has_unsendable(target))
        return false;
    if (target.ptr[0] == '/') {
        request->target = without_fragment(target);
        return true;
    }
    if (span_eq(target, SPAN("*"))) {
        request->target = target;
        return true;
    }
    return set_absolute(request, target, arena);
}

struct span request_version(struct span v)
{
    static const struct {
        struct span written, meant;
    } versions[] = {
        { { "HTTP/1.1", 8 }, { "HTTP/1.1", 8 } }, { { "HTTP/2.0", 8 }, { "HTTP/2", 6 } },
        { { "HTTP/2", 6 }, { "HTTP/2", 6 } },     { { "HTTP/1.0", 8 }, { "HTTP/1.0", 8 } },
        { { "h2", 2 }, { "HTTP/2", 6 } },         { { "HTTP/3", 6 }, { "HTTP/3", 6 } },
        { { "HTTP/3.0", 8 }, { "HTTP/3", 6 } },   { { "h3", 2 }, { "HTTP/3", 6 } },
        { { "h2c", 3 }, { "HTTP/2", 6 } },        { { "1.1", 3 }, { "HTTP/1.1", 8 } },
        { { "1.0", 3 }, { "HTTP/1.0", 8 } },      { { "2.0", 3 }, { "HTTP/2", 6 } },
        { { "2", 1 }, { "HTTP/2", 6 } },          { { "3", 1 }, { "HTTP/3", 6 } },
        { { "3.0", 3 }, { "HTTP/3", 6 } },
    };
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
        if (v.len == versions[i].written.len && span_ieq(v, versions[i].written))
            return versions[i].meant;
    return SPAN_NONE;
}

const char *request_set_line(struct http_request *request, struct span line, struct arena *arena)
{
    struct span rest = line;
    struct span method = span_cut(&rest, ' ');
    if (!request_method_fits(method) || span_eq(method, SPAN("-")) || rest.len == 0)
        return "not an HTTP request";
    if (span_eq(method, SPAN("PRI")))
        return "an HTTP/2 connection preface";

    struct http_request made = *request;
    made.method = method;
    ptrdiff_t space = span_rfind_char(rest, ' ');
    struct span last = space < 0 ? SPAN_NONE : span_from(rest, (size_t)space + 1);
    if (span_istarts(last, SPAN("HTTP/"))) {
        made.version = request_version(last);
        rest.len = (size_t)space;
    }
    /* Without a version it is HTTP/0.9 and garbage alike: only a path speaks for it. */
    if (!request_set_target(&made, rest, arena))
        return "no usable request target";
    *request = made;
    return NULL;
}

bool value_is_masked(struct span v)
{
    static const struct span masks[] = {
        { "REDACTED", 8 }, { "[REDACTED]", 10 }, { "<redacted>", 10 }, { "[FILTERED]", 10 },
        { "MASKED", 6 },   { "[MASKED]", 8 },    { "(masked)", 8 },    { "***", 3 },
        { "removed", 7 },  { "[removed]", 9 },   { "hidden", 6 },
    };
    for (size_t i = 0; i < sizeof masks / sizeof *masks; i++)
        if (span_ieq(v, masks[i]))
            return true;
    /* "xxxxxxxx", "********": one filler all along. */
    if (v.len < 3 || (v.ptr[0] != '*' && char_lower(v.ptr[0]) != 'x'))
        return false;
    for (size_t i = 1; i < v.len; i++)
        if (v.ptr[i] != v.ptr[0])
            return false;
    return true;
}

static bool carries_body(struct span method)
{
    return span_eq(method, SPAN("POST")) || span_eq(method, SPAN("PUT")) ||
           span_eq(method, SPAN("PATCH"));
}

static bool body_is_missing(const struct http_request *r)
{
    if (!span_is_none(r->body))
        return false;
    return r->body_bytes > 0 || (r->body_bytes < 0 && carries_body(r->method));
}

void exchange_finish(struct exchange *x, const struct source_options *options, struct arena *arena)
{
    if (body_is_missing(&x->request))
        x->marks |= MARK_REQUEST_BODY_MISSING;
    if (x->response.status == 304)
        x->marks |= MARK_RECORDED_304;
    if (x->response.status == 499)
        x->marks |= MARK_CLIENT_ABORTED;
    if (x->request.method.len == 7 && span_eq(x->request.method, SPAN("OPTIONS")) &&
        !span_is_none(http_fields_value(&x->request.fields, SPAN("Access-Control-Request-Method"))))
        x->marks |= MARK_PREFLIGHT;
    if (span_is_none(x->request.scheme) && options->scheme) {
        x->request.scheme = span_of(options->scheme);
        /* Now that it is known, its own port can go. */
        request_set_authority(&x->request, x->request.authority, arena);
    }
    if (span_is_none(x->request.authority))
        request_set_authority(&x->request, span_of(options->authority), arena);
}
