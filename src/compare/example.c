#include "example.h"

#include <stdlib.h>

#include "rehearse/base/mem.h"
#include "rehearse/base/text.h"
#include "request_class.h"
#include "shape.h"

void examples_release(struct examples *e)
{
    free(e->at);
    arena_release(&e->arena);
    memset(e, 0, sizeof *e);
}

static bool is_token(char c)
{
    return char_is_alpha(c) || char_is_digit(c) || c == '-' || c == '_' || c == '~';
}

struct span value_shown(struct span value, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf plain = STRBUF_INIT, shown = STRBUF_INIT;
    struct span rest = span_head(value, 4 * (size_t)EXAMPLE_VALUE_MAX);
    while (rest.len) {
        size_t len = 0;
        while (len < rest.len && is_token(rest.ptr[len]))
            len++;
        struct span token = span_head(rest, len ? len : 1);
        if (len && shape_token_is_opaque(token))
            strbuf_add_str(&plain, "…");
        else
            strbuf_add_span(&plain, token);
        rest = span_from(rest, token.len);
    }
    text_add_printable(&shown, strbuf_span(&plain), EXAMPLE_VALUE_MAX - 4);
    return arena_copy(arena, strbuf_span(&shown));
}

/* "*" asks the server as a whole (RFC 9110, section 7.1): no path of a URL. */
static bool is_asterisk(const struct http_request *r)
{
    return span_eq(r->target, SPAN("*"));
}

/* Where the source did not say the host, as much as there is: the path. */
static struct span url_text(const struct http_request *r, struct arena *arena)
{
    if (r->authority.len == 0)
        return arena_copy(arena, span_head(r->target, EXAMPLE_URL_MAX));
    struct span scheme = span_is_none(r->scheme) ? SPAN("https") : r->scheme;
    return arena_printf(
        arena, "%.*s://%.*s%.*s", SPAN_ARG(span_head(scheme, 8)),
        SPAN_ARG(span_head(r->authority, 260)),
        SPAN_ARG(is_asterisk(r) ? SPAN("/") : span_head(r->target, EXAMPLE_URL_MAX)));
}

static struct span request_value(const struct http_request *r, struct span name,
                                 struct arena *arena)
{
    struct span value = http_fields_value(&r->fields, name);
    return span_is_none(value) ? value : arena_copy(arena, span_head(value, 300));
}

uint32_t examples_keep(struct examples *e, const struct exchange *production,
                       const struct exchange *staging, struct span production_value,
                       struct span staging_value)
{
    if (e->len >= EXAMPLES_MAX)
        return 0;
    e->at = array_room(e->at, &e->cap, e->len + 1, sizeof *e->at);
    const struct http_request *r = &production->request;
    struct arena *a = &e->arena;
    e->at[e->len] = (struct example){
        .session = production->session,
        .seq = production->seq,
        .method = arena_copy(a, span_head(r->method, 32)),
        .url = url_text(r, a),
        .staging_url = staging->request.target.len ? url_text(&staging->request, a) : SPAN_NONE,
        .language = request_value(r, SPAN("Accept-Language"), a),
        .accept = request_value(r, SPAN("Accept"), a),
        .agent = request_value(r, SPAN("User-Agent"), a),
        .shown_cookie = SPAN_NONE,
        .asterisk = is_asterisk(r),
        .cookie = !span_is_none(http_fields_value(&r->fields, SPAN("Cookie"))),
        .authorization = !span_is_none(http_fields_value(&r->fields, SPAN("Authorization"))),
        .production = value_shown(production_value, a),
        .staging = value_shown(staging_value, a),
    };
    if (!user_agent_is_bot(e->at[e->len].agent))
        e->at[e->len].agent = SPAN_NONE;
    return (uint32_t)++e->len;
}

/* In single quotes, which only a single quote can end. Controls are dropped: no URL holds one. */
static void add_quoted(struct strbuf *out, struct span s)
{
    strbuf_add_char(out, '\'');
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c == '\'')
            strbuf_add_str(out, "'\\''");
        else if (c >= 0x20 && c != 0x7f)
            strbuf_add_char(out, s.ptr[i]);
    }
    strbuf_add_char(out, '\'');
}

static void add_header(struct strbuf *out, const char *name, struct span value)
{
    AUTO(strbuf_release) struct strbuf line = STRBUF_INIT;
    if (span_is_none(value))
        return;
    strbuf_addf(&line, "%s: ", name);
    strbuf_add_span(&line, value);
    strbuf_add_str(out, " -H ");
    add_quoted(out, strbuf_span(&line));
}

static struct span curl_line(const struct example *e, struct span url, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    if (url.len == 0 || url.ptr[0] == '/' || url.ptr[0] == '*') /* nobody said where to ask */
        return SPAN("");
    strbuf_add_str(&out, "curl -sS ");
    if (span_eq(e->method, SPAN("HEAD"))) {
        strbuf_add_str(&out, "-I ");
    } else {
        strbuf_add_str(&out, "-D - -o /dev/null ");
        if (!span_eq(e->method, SPAN("GET"))) {
            strbuf_add_str(&out, "-X ");
            add_quoted(&out, e->method);
            strbuf_add_char(&out, ' ');
        }
    }
    if (e->asterisk)
        strbuf_add_str(&out, "--request-target '*' ");
    add_quoted(&out, url);
    add_header(&out, "Accept", e->accept);
    add_header(&out, "Accept-Language", e->language);
    add_header(&out, "User-Agent", e->agent);
    add_header(&out, "Cookie", e->shown_cookie);
    if (e->cookie && span_is_none(e->shown_cookie))
        strbuf_add_str(&out, " -H \"Cookie: $COOKIE\"");
    if (e->authorization)
        strbuf_add_str(&out, " -H \"Authorization: $AUTHORIZATION\"");
    return arena_copy(arena, strbuf_span(&out));
}

struct finding_example example_shown(const struct example *e, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf url = STRBUF_INIT;
    text_add_printable(&url, e->url, EXAMPLE_URL_MAX + 300);
    return (struct finding_example){
        .session = e->session,
        .seq = e->seq,
        .method = arena_copy(arena, e->method),
        .url = arena_copy(arena, strbuf_span(&url)),
        .production = arena_copy(arena, e->production),
        .staging = arena_copy(arena, e->staging),
        .curl_production = curl_line(e, e->url, arena),
        .curl_staging = curl_line(e, e->staging_url, arena),
    };
}
