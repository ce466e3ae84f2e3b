/* Requests that a login flow makes up: no recording has them. */
#include "outgoing.h"
#include "rehearse/base/strbuf.h"
#include "rehearse/http/url.h"

/*
 * The URL as one without doubt. The plan speaks of paths on the session's own place and
 * of production's names; what the environment says is taken by its word.
 */
static bool find_place(struct outgoing *ret, const struct login_request *request,
                       const struct exchange *first, const struct target *target,
                       struct arena *arena)
{
    struct url url;
    struct target_place place;
    if (!url_parse(&url, arena_copy(arena, request->url)))
        return false;
    bool bare = url.authority.len == 0;
    struct http_request as_if = { .scheme = bare ? first->request.scheme : url.scheme,
                                  .authority = bare ? first->request.authority : url.authority };
    bool own = !bare && target_holds(target, url.authority);
    if (!own && !request->of_answer && target_place_of(target, &as_if, &place)) {
        ret->wire.scheme = place.scheme;
        ret->wire.authority = place.authority;
    } else {
        /* A place of the target, or a stranger: the guard knows. */
        ret->wire.scheme = span_ieq(url.scheme, SPAN("http")) ? SPAN("http") : SPAN("https");
        ret->wire.authority = arena_copy_lower(arena, url.authority);
    }
    ret->wire.target = url.target.len && url.target.ptr[0] == '/'
                           ? url.target
                           : arena_printf(arena, "/%.*s", SPAN_ARG(url.target));
    return ret->wire.authority.len > 0;
}

/* Where the jar keeps its cookies: as outgoing_build has it for recorded requests. */
static void set_production_terms(struct outgoing *ret, const struct exchange *first,
                                 const struct target *target)
{
    bool plain =
        span_eq(ret->wire.scheme, SPAN("http")) && span_eq(first->request.scheme, SPAN("http"));
    struct target_place home;
    ret->scheme = plain ? SPAN("http") : SPAN("https");
    ret->authority = target_production_name(target, ret->wire.authority);
    /* A place for all hosts has no name of its own: the session's host is the one meant. */
    if (ret->authority.len == 0 && first->request.authority.len &&
        target_place_of(target, &first->request, &home) &&
        span_eq(home.authority, ret->wire.authority))
        ret->authority = first->request.authority;
    if (ret->authority.len == 0)
        ret->authority = ret->wire.authority;
}

/* What a browser sends by itself. */
static void add_browser(struct outgoing *ret, const struct exchange *first, struct arena *arena)
{
    static const struct span names[] = { { "User-Agent", 10 }, { "Accept-Language", 15 } };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct span value = http_fields_value(&first->request.fields, names[i]);
        if (value.len)
            http_fields_add(&ret->wire.fields, arena, names[i], value);
    }
}

/* Django looks at Referer and many others at Origin before they take a form. */
static void add_origin(struct outgoing *ret, struct span page, struct arena *arena)
{
    struct url url;
    if (!url_parse(&url, page) || url.authority.len == 0)
        return;
    http_fields_add(&ret->wire.fields, arena, SPAN("Referer"), arena_copy(arena, page));
    if (!span_eq(ret->wire.method, SPAN("GET")))
        http_fields_add(
            &ret->wire.fields, arena, SPAN("Origin"),
            arena_printf(arena, "%.*s://%.*s", SPAN_ARG(url.scheme), SPAN_ARG(url.authority)));
}

bool outgoing_login(struct outgoing *ret, const struct login_request *request, struct span page,
                    const struct exchange *first, const struct outgoing_source *source,
                    struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf cookies = STRBUF_INIT;
    *ret = (struct outgoing){ .marks = MARK_LOGIN_STEP };
    ret->wire.method = request->method;
    ret->wire.body = request->body;
    ret->wire.body_bytes = span_is_none(request->body) ? 0 : (int64_t)request->body.len;
    ret->not_before_s = request->not_before_s;
    ret->certificate = request->certificate;
    ret->key = request->key;
    if (!find_place(ret, request, first, source->target, arena))
        return false;
    set_production_terms(ret, first, source->target);
    for (uint32_t i = 0; i < request->fields.len; i++)
        http_fields_add(&ret->wire.fields, arena, request->fields.at[i].name,
                        request->fields.at[i].value);
    add_browser(ret, first, arena);
    add_origin(ret, page, arena);
    jar_add_cookie_line(source->jar, &cookies, ret->scheme, ret->authority, ret->wire.target,
                        source->now_s);
    if (cookies.len)
        http_fields_add(&ret->wire.fields, arena, SPAN("Cookie"),
                        arena_copy(arena, strbuf_span(&cookies)));
    return true;
}
