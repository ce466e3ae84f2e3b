#include "rehearse/http/url.h"

enum { MAX_PORT = 65535 };

/* Section 3.1: ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ), then ':'. The length, or 0. */
static size_t scheme_length(struct span s)
{
    if (s.len == 0 || !char_is_alpha(s.ptr[0]))
        return 0;
    for (size_t i = 1; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == ':')
            return i;
        if (!char_is_alpha(c) && !char_is_digit(c) && c != '+' && c != '-' && c != '.')
            return 0;
    }
    return 0;
}

static bool has_control(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f)
            return true;
    return false;
}

static size_t find_any(struct span s, char a, char b, char c)
{
    size_t i = 0;
    while (i < s.len && s.ptr[i] != a && s.ptr[i] != b && s.ptr[i] != c)
        i++;
    return i;
}

/* Section 3.2: [userinfo@]host[:port]; userinfo is dropped. */
static bool parse_authority(struct url *url, struct span s)
{
    ptrdiff_t at = span_rfind_char(s, '@');
    if (at >= 0)
        s = span_from(s, (size_t)at + 1);
    url->authority = s;
    url->host = s;

    ptrdiff_t colon = span_rfind_char(s, ':');
    ptrdiff_t bracket = span_rfind_char(s, ']'); /* [::1] has colons of its own */
    if (colon < 0 || colon < bracket)
        return true;
    struct span port = span_from(s, (size_t)colon + 1);
    uint64_t n = 0;
    if (port.len && (!span_to_u64(port, &n) || n > MAX_PORT))
        return false;
    url->host = span_head(s, (size_t)colon);
    url->port = (int)n;
    return true;
}

static void parse_target(struct url *url, struct span s)
{
    ptrdiff_t hash = span_find_char(s, '#');
    if (hash >= 0) {
        url->fragment = span_from(s, (size_t)hash + 1);
        s = span_head(s, (size_t)hash);
    }
    url->target = s;
    url->query = s;
    url->path = span_cut(&url->query, '?');
}

bool url_parse(struct url *ret, struct span text)
{
    struct url url = { 0 };
    size_t scheme = scheme_length(text);

    if (has_control(text))
        return false;
    if (span_is_none(text))
        text = SPAN("");
    if (scheme) {
        url.scheme = span_head(text, scheme);
        text = span_from(text, scheme + 1);
    }
    if (span_starts(text, SPAN("//"))) {
        text = span_from(text, 2);
        size_t len = find_any(text, '/', '?', '#');
        if (!parse_authority(&url, span_head(text, len)))
            return false;
        text = span_from(text, len);
    }
    parse_target(&url, text);
    *ret = url;
    return true;
}

int url_default_port(struct span scheme)
{
    if (span_ieq(scheme, SPAN("https")))
        return 443;
    return span_ieq(scheme, SPAN("http")) ? 80 : 0;
}

struct span url_without_default_port(struct span authority, struct span scheme)
{
    if (span_ieq(scheme, SPAN("https")) && span_ends(authority, SPAN(":443")))
        return span_head(authority, authority.len - 4);
    if (span_ieq(scheme, SPAN("http")) && span_ends(authority, SPAN(":80")))
        return span_head(authority, authority.len - 3);
    return authority;
}

/* Drop the last segment written, back to `floor`. */
static void drop_segment(struct strbuf *out, size_t floor)
{
    ptrdiff_t slash = span_rfind_char(span_from(strbuf_span(out), floor), '/');
    strbuf_cut(out, slash < 0 ? floor : floor + (size_t)slash);
}

/* Section 5.2.4, remove_dot_segments, segment by segment. */
static void add_without_dots(struct strbuf *out, struct span path)
{
    size_t floor = out->len;
    while (path.len) {
        bool rooted = path.ptr[0] == '/';
        struct span rest = span_from(path, rooted);
        ptrdiff_t slash = span_find_char(rest, '/');
        struct span segment = slash < 0 ? rest : span_head(rest, (size_t)slash);
        bool last = slash < 0;
        path = last ? SPAN("") : span_from(rest, (size_t)slash);

        bool up = span_eq(segment, SPAN(".."));
        if (up || span_eq(segment, SPAN("."))) {
            if (up)
                drop_segment(out, floor);
            if (last && (rooted || out->len > floor))
                strbuf_add_char(out, '/');
            continue;
        }
        /* A relative path whose front was dots must not come out rooted. */
        if (rooted)
            strbuf_add_char(out, '/');
        strbuf_add_span(out, segment);
    }
}

/* Section 5.2.3: the reference's path in the place of base's last segment. */
static void add_merged(struct strbuf *out, const struct url *base, struct span path)
{
    AUTO(strbuf_release) struct strbuf merged = STRBUF_INIT;
    ptrdiff_t slash = span_rfind_char(base->path, '/');

    if (slash >= 0)
        strbuf_add_span(&merged, span_head(base->path, (size_t)slash + 1));
    else if (!span_is_none(base->authority))
        strbuf_add_char(&merged, '/');
    strbuf_add_span(&merged, path);
    add_without_dots(out, strbuf_span(&merged));
}

static void add_part(struct strbuf *out, const char *mark, struct span part)
{
    if (span_is_none(part))
        return;
    strbuf_add_str(out, mark);
    strbuf_add_span(out, part);
}

static void add_path(struct strbuf *out, const struct url *base, const struct url *r)
{
    if (!span_is_none(r->scheme) || !span_is_none(r->authority) || span_starts(r->path, SPAN("/")))
        add_without_dots(out, r->path);
    else if (r->path.len == 0)
        strbuf_add_span(out, base->path);
    else
        add_merged(out, base, r->path);
}

struct span url_resolve(struct span base_text, struct span reference, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    struct url base, r;

    reference = span_trim(reference);
    if (!url_parse(&base, base_text) || !url_parse(&r, reference))
        return arena_copy(arena, reference); /* what cannot be read is left as it is */

    bool own_scheme = !span_is_none(r.scheme);
    bool own_authority = own_scheme || !span_is_none(r.authority);
    struct span scheme = own_scheme ? r.scheme : base.scheme;
    if (!span_is_none(scheme)) {
        strbuf_add_span(&out, scheme);
        strbuf_add_char(&out, ':');
    }
    add_part(&out, "//", own_authority ? r.authority : base.authority);
    add_path(&out, &base, &r);
    bool keeps_query = !own_authority && r.path.len == 0 && span_is_none(r.query);
    add_part(&out, "?", keeps_query ? base.query : r.query);
    add_part(&out, "#", r.fragment);
    return arena_copy(arena, strbuf_span(&out));
}

bool query_next(struct span *rest, struct query_item *ret)
{
    if (span_is_none(*rest))
        return false;
    struct span item = span_cut(rest, '&');
    ret->name = span_cut(&item, '=');
    ret->value = item;
    return true;
}

struct span url_decode(struct span s, bool plus, struct arena *arena)
{
    if (span_find_char(s, '%') < 0 && !(plus && span_find_char(s, '+') >= 0))
        return s;
    char *out = arena_alloc(arena, s.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        int high = -1, low = -1;
        if (c == '%' && i + 2 < s.len) {
            high = char_hex(s.ptr[i + 1]);
            low = char_hex(s.ptr[i + 2]);
        }
        if (high >= 0 && low >= 0) {
            c = (char)(high * 16 + low);
            i += 2;
        } else if (plus && c == '+') {
            c = ' ';
        }
        out[len++] = c;
    }
    out[len] = '\0';
    return span_make(out, len);
}

static void encode(struct strbuf *out, struct span s, const char *space)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        unsigned char byte = (unsigned char)c;
        if (char_is_alpha(c) || char_is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~') {
            strbuf_add_char(out, c);
        } else if (c == ' ') {
            strbuf_add_str(out, space);
        } else {
            char escape[3] = { '%', hex[byte >> 4], hex[byte & 15] };
            strbuf_add(out, escape, sizeof escape);
        }
    }
}

void url_encode(struct strbuf *out, struct span s)
{
    encode(out, s, "%20");
}

void form_encode(struct strbuf *out, struct span s)
{
    encode(out, s, "+");
}
