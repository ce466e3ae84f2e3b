/* The places of a request that carry values, and new values written into them. */
#include "json_trail.h"
#include "patch.h"
#include "places.h"
#include "rehearse/base/json_cursor.h"
#include "rehearse/http/cookie.h"
#include "rehearse/http/media_type.h"
#include "rehearse/http/url.h"
#include "rehearse/session/value_place.h"
#include "value_template.h"
#include "value_text.h"

struct sinks {
    value_sink_fn *visit;
    void *ctx;
    struct arena *arena;
};

static struct span ask(const struct sinks *s, const struct value_at *at)
{
    if (at->value.len == 0 || at->value.len > VALUE_LONGEST || !value_at_is_nameable(at))
        return SPAN_NONE;
    return s->visit(s->ctx, at);
}

/* ---- target ---- */

static void walk_segments(const struct sinks *s, struct patch *p, struct span path)
{
    uint32_t part = 0;
    struct span rest = span_starts(path, SPAN("/")) ? span_from(path, 1) : path;
    while (!span_is_none(rest)) {
        struct span segment = span_cut(&rest, '/');
        struct span raw = span_cut(&segment, ';'); /* ;jsessionid=… stays */
        struct span identifier = url_identifier(raw);
        raw = span_is_none(identifier) ? raw : identifier; /* .json stays */
        struct span given = ask(s, &(struct value_at){ .kind = VALUE_PATH,
                                                       .value = url_decode(raw, false, s->arena),
                                                       .part = ++part });
        if (given.len == 0)
            continue;
        patch_at(p, raw);
        url_encode(&p->out, given);
    }
}

static void walk_items(const struct sinks *s, struct patch *p, struct span query)
{
    struct query_item item;
    while (query_next(&query, &item)) {
        if (span_is_none(item.value))
            continue;
        struct span given =
            ask(s, &(struct value_at){ .kind = VALUE_QUERY,
                                       .name = url_decode(item.name, true, s->arena),
                                       .value = url_decode(item.value, true, s->arena) });
        if (span_is_none(given))
            continue;
        patch_at(p, item.value);
        url_encode(&p->out, given);
    }
}

static struct span walk_target(const struct sinks *s, struct span target)
{
    AUTO(patch_release) struct patch p = patch_make(target);
    struct span query = target;
    walk_segments(s, &p, span_cut(&query, '?'));
    walk_items(s, &p, query);
    return patch_finish(&p, s->arena);
}

/* ---- fields ---- */

/* Answers are hostile too: no line breaks into a field. */
static bool fits_a_field(struct span value)
{
    for (size_t i = 0; i < value.len; i++)
        if ((unsigned char)value.ptr[i] < 0x20 || value.ptr[i] == 0x7f)
            return false;
    return true;
}

static bool fits_a_cookie(struct span value)
{
    return fits_a_field(value) && span_find_char(value, ';') < 0;
}

static struct span walk_cookies(const struct sinks *s, struct span line)
{
    AUTO(patch_release) struct patch p = patch_make(line);
    struct span rest = line;
    struct cookie_pair pair;
    while (cookie_next(&rest, &pair)) {
        struct span given =
            ask(s, &(struct value_at){ .kind = VALUE_COOKIE,
                                       .name = pair.name,
                                       .value = url_decode(pair.value, false, s->arena) });
        if (span_is_none(given) || !fits_a_cookie(given))
            continue;
        patch_at(&p, pair.value);
        strbuf_add_span(&p.out, given);
    }
    return patch_finish(&p, s->arena);
}

/* Of "Bearer x", x. */
static struct span credential_of(struct span value)
{
    struct span rest = value;
    span_cut(&rest, ' ');
    return span_is_none(rest) ? value : span_trim(rest);
}

static struct span walk_value(const struct sinks *s, const struct http_field *field)
{
    AUTO(patch_release) struct patch p = patch_make(field->value);
    bool scheme = span_ieq(field->name, SPAN("Authorization"));
    struct span value = scheme ? credential_of(field->value) : field->value;
    struct span given =
        ask(s, &(struct value_at){ .kind = VALUE_HEADER, .name = field->name, .value = value });
    if (span_is_none(given) || !fits_a_field(given))
        return field->value;
    patch_at(&p, value);
    strbuf_add_span(&p.out, given);
    return patch_finish(&p, s->arena);
}

static void walk_field(const struct sinks *s, struct http_field *field)
{
    struct span value = span_ieq(field->name, SPAN("Cookie")) ? walk_cookies(s, field->value)
                                                              : walk_value(s, field);
    if (value.ptr == field->value.ptr)
        return;
    field->value = value;
    field->id = 0; /* the store's line was the old one */
}

/* ---- body ---- */

static struct span on_json(void *ctx, const struct json_trail *trail, struct span raw,
                           bool is_string)
{
    const struct sinks *s = ctx;
    if (raw.len == 0 || raw.len > VALUE_LONGEST)
        return SPAN_NONE;
    return ask(s, &(struct value_at){ .kind = VALUE_JSON,
                                      .value = is_string ? json_unescape(raw, s->arena) : raw,
                                      .trail = trail });
}

static struct span on_form(void *ctx, const struct place *place)
{
    return ask(
        ctx, &(struct value_at){ .kind = VALUE_FORM, .name = place->name, .value = place->value });
}

static struct span on_part(void *ctx, const struct place *place)
{
    return ask(
        ctx, &(struct value_at){ .kind = VALUE_PART, .name = place->name, .value = place->value });
}

static struct span walk_body(struct sinks *s, struct span body, struct span content_type)
{
    struct places walk = { .ctx = s, .arena = s->arena };
    switch (body_form(body, content_type)) {
    case BODY_JSON:
        return json_trail_walk(body, on_json, s, s->arena);
    case BODY_FORM:
        walk.visit = on_form;
        return form_places(body, &walk);
    case BODY_MULTIPART:
        walk.visit = on_part;
        return multipart_places(body, places_boundary(body, content_type), &walk);
    case BODY_HTML:
    case BODY_XML:
    case BODY_SCRIPT:
    case BODY_OTHER:
        break;
    }
    return body;
}

void value_sinks(struct http_request *request, value_sink_fn *visit, void *ctx, struct arena *arena)
{
    struct sinks s = { visit, ctx, arena };
    request->target = walk_target(&s, request->target);
    for (uint32_t i = 0; i < request->fields.len; i++)
        if (request->fields.at[i].value.len)
            walk_field(&s, &request->fields.at[i]);
    if (request->body.len == 0)
        return;
    struct span type = http_fields_value(&request->fields, SPAN("Content-Type"));
    struct span body = walk_body(&s, request->body, type);
    if (body.ptr == request->body.ptr)
        return;
    request->body = body;
    request->body_bytes = (int64_t)body.len;
}

/* ---- changes by place ---- */

struct change {
    struct value_change *asked;
    struct value_place place;
    uint64_t met;
    bool readable;
};

struct changes {
    struct change *at;
    size_t len;
    struct template_memo memo;
    struct arena *arena;
};

static struct span on_sink(void *ctx, const struct value_at *at)
{
    struct changes *all = ctx;
    struct span given = SPAN_NONE;
    for (size_t i = 0; i < all->len; i++) {
        struct change *c = &all->at[i];
        if (!c->readable || !value_place_is(&c->place, at, &all->memo) || ++c->met != c->place.nth)
            continue;
        c->asked->was = arena_copy(all->arena, at->value);
        given = c->asked->value;
    }
    return given;
}

void value_sinks_change(struct http_request *request, struct value_change *changes, size_t count,
                        struct arena *arena)
{
    struct changes all = { .len = count, .memo = TEMPLATE_MEMO_INIT, .arena = arena };
    if (count == 0)
        return;
    all.at = arena_calloc(arena, count, sizeof *all.at);
    for (size_t i = 0; i < count; i++) {
        changes[i].was = SPAN_NONE;
        all.at[i].asked = &changes[i];
        all.at[i].readable = value_place_parse(&all.at[i].place, changes[i].sink, arena);
    }
    value_sinks(request, on_sink, &all, arena);
    strbuf_release(&all.memo.text);
}
