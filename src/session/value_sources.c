/* The places of an answer that hand values out, in the order of its fields and its body. */
#include "html_tags.h"
#include "json_trail.h"
#include "places.h"
#include "rehearse/base/json_cursor.h"
#include "rehearse/http/cookie.h"
#include "rehearse/http/url.h"
#include "value_template.h"
#include "value_text.h"

struct sources {
    struct span page; /* target of the request */
    value_source_fn *visit;
    void *ctx;
    struct arena *arena;
    bool done;
};

static void show(struct sources *s, const struct value_at *at)
{
    if (s->done || at->value.len == 0 || at->value.len > VALUE_LONGEST || !value_at_is_nameable(at))
        return;
    s->done = !s->visit(s->ctx, at);
}

/* ---- URLs ---- */

static void show_target(struct sources *s, enum value_place_kind kind, struct span target)
{
    struct url_part parts[URL_MAX_PARTS];
    unsigned len = url_parts(target, parts);
    for (unsigned i = 0; i < len && !s->done; i++)
        show(s, &(struct value_at){
                    .kind = kind,
                    .value = url_decode(parts[i].raw, !span_is_none(parts[i].name), s->arena),
                    .url = target,
                    .part = i + 1 });
}

static void show_link(struct sources *s, enum value_place_kind kind, struct span link)
{
    struct span target = link_target(link, s->page, s->arena);
    if (!span_is_none(target))
        show_target(s, kind, target);
}

/* A text that is a URL as a whole: REST answers say where to go next. */
static bool is_url(struct span text)
{
    return text.len > 1 && (text.ptr[0] == '/' || span_istarts(text, SPAN("https://")) ||
                            span_istarts(text, SPAN("http://")));
}

/* ---- fields ---- */

static struct span without_quotes(struct span s)
{
    if (s.len >= 2 && s.ptr[0] == '"' && s.ptr[s.len - 1] == '"')
        return span_make(s.ptr + 1, s.len - 2);
    return s;
}

static void show_cookie(struct sources *s, struct span line)
{
    struct set_cookie c;
    if (!set_cookie_parse(&c, line))
        return;
    struct span value = url_decode(without_quotes(c.value), false, s->arena);
    show(s, &(struct value_at){ .kind = VALUE_COOKIE, .name = c.name, .value = value });
}

/* RFC 8288: <target>; rel=… */
static void show_link_field(struct sources *s, struct span value)
{
    while (!s->done) {
        ptrdiff_t open = span_find_char(value, '<');
        if (open < 0)
            return;
        value = span_from(value, (size_t)open + 1);
        ptrdiff_t close = span_find_char(value, '>');
        if (close < 0)
            return;
        show_link(s, VALUE_LINK, span_head(value, (size_t)close));
        value = span_from(value, (size_t)close);
    }
}

/* "sub@json:/access_token=u-17", as claims_keep has it. */
static void show_claim(struct sources *s, struct span value)
{
    struct value_place token;
    ptrdiff_t equals = span_rfind_char(value, '=');
    struct span place = span_head(value, equals < 0 ? 0 : (size_t)equals);
    struct span name = span_cut(&place, '@');
    if (equals > 0 && place.len && value_place_parse(&token, place, s->arena) &&
        token.kind != VALUE_CLAIM)
        show(s, &(struct value_at){ .kind = VALUE_CLAIM,
                                    .name = name,
                                    .value = span_from(value, (size_t)equals + 1),
                                    .url = place });
}

static void show_field(struct sources *s, const struct http_field *field)
{
    if (span_ieq(field->name, SPAN(VALUE_CLAIM_FIELD)))
        show_claim(s, field->value);
    else if (span_ieq(field->name, SPAN("Set-Cookie")))
        show_cookie(s, field->value);
    else if (span_ieq(field->name, SPAN("Location")))
        show_link(s, VALUE_LOCATION, field->value);
    else if (span_ieq(field->name, SPAN("Link")))
        show_link_field(s, field->value);
    else
        show(s, &(struct value_at){
                    .kind = VALUE_HEADER, .name = field->name, .value = field->value });
}

/* ---- JSON ---- */

static struct span on_json(void *ctx, const struct json_trail *trail, struct span raw,
                           bool is_string)
{
    struct sources *s = ctx;
    if (s->done || raw.len == 0 || raw.len > VALUE_LONGEST)
        return SPAN_NONE;
    struct span value = is_string ? json_unescape(raw, s->arena) : raw;
    show(s, &(struct value_at){ .kind = VALUE_JSON, .value = value, .trail = trail });
    if (is_string && is_url(value))
        show_link(s, VALUE_LINK, value);
    return SPAN_NONE;
}

/* ---- scripts, XML ---- */

static struct span on_named(void *ctx, const struct place *place)
{
    struct sources *s = ctx;
    if (place->kind == PLACE_SCRIPT || place->kind == PLACE_JSON || place->kind == PLACE_FORM) {
        show(s, &(struct value_at){
                    .kind = VALUE_SCRIPT, .name = place->name, .value = place->value });
        if (is_url(place->value))
            show_link(s, VALUE_LINK, place->value);
    }
    return SPAN_NONE;
}

static struct places named(struct sources *s)
{
    return (struct places){ .visit = on_named, .ctx = s, .numbers = true, .arena = s->arena };
}

/* ---- pages ---- */

struct page {
    struct sources *s;
    struct span action; /* target of the form that is open */
    struct span select; /* name of the list that is open; SPAN_NONE outside */
};

static void note_form(struct page *page, const struct html_tag *tag)
{
    if (!span_ieq(tag->name, SPAN("form")))
        return;
    page->action = SPAN_NONE;
    if (tag->closing)
        return;
    struct sources *s = page->s;
    struct span action = span_trim(html_attribute_value(tag, "action", s->arena));
    page->action = action.len ? link_target(action, s->page, s->arena) : s->page;
}

static void show_input(struct page *page, const struct html_tag *tag, struct span name)
{
    struct sources *s = page->s;
    struct span value = html_attribute_raw(tag, "value");
    if (value.len == 0 || value.len > VALUE_LONGEST || name.len == 0)
        return;
    show(s,
         &(struct value_at){ .kind = VALUE_INPUT,
                             .name = name,
                             .value = html_unescape(value, s->arena),
                             .url = page->action,
                             .hidden = span_ieq(html_attribute_raw(tag, "type"), SPAN("hidden")) });
}

static void show_meta(struct sources *s, const struct html_tag *tag)
{
    struct span name = html_attribute_value(tag, "name", s->arena);
    if (span_is_none(name))
        name = html_attribute_value(tag, "property", s->arena);
    struct span value = html_attribute_raw(tag, "content");
    if (name.len == 0 || value.len == 0 || value.len > VALUE_LONGEST)
        return;
    show(s, &(struct value_at){
                .kind = VALUE_META, .name = name, .value = html_unescape(value, s->arena) });
}

#define NAME(text)                                                                                 \
    {                                                                                              \
        text, sizeof text - 1                                                                      \
    }
static bool leads_somewhere(struct span attribute)
{
    static const struct span names[] = { NAME("href"),     NAME("src"),       NAME("action"),
                                         NAME("hx-get"),   NAME("hx-post"),   NAME("hx-put"),
                                         NAME("hx-patch"), NAME("hx-delete"), NAME("formaction") };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (span_ieq(attribute, names[i]))
            return true;
    return false;
}
#undef NAME

static void show_attributes(struct sources *s, const struct html_tag *tag)
{
    for (size_t i = 0; i < tag->len && !s->done; i++) {
        const struct html_attribute *a = &tag->at[i];
        if (a->raw.len == 0 || a->raw.len > VALUE_LONGEST)
            continue;
        bool is_data = span_istarts(a->name, SPAN("data-"));
        if (!is_data && !leads_somewhere(a->name))
            continue;
        struct span value = html_unescape(a->raw, s->arena);
        if (is_data)
            show(s, &(struct value_at){
                        .kind = VALUE_DATA, .name = span_from(a->name, 5), .value = value });
        if (!is_data || is_url(value))
            show_link(s, VALUE_LINK, value);
    }
}

static void show_script(struct sources *s, const struct html_tag *tag)
{
    struct places walk = named(s);
    if (tag->content.len && span_ieq(tag->name, SPAN("script")))
        script_places(tag->content, &walk);
}

static void note_select(struct page *page, const struct html_tag *tag)
{
    if (span_ieq(tag->name, SPAN("select")))
        page->select = tag->closing ? SPAN_NONE : html_attribute_value(tag, "name", page->s->arena);
}

static void show_tag(struct page *page, const struct html_tag *tag)
{
    note_form(page, tag);
    note_select(page, tag);
    if (tag->closing)
        return;
    if (span_ieq(tag->name, SPAN("input")) || span_ieq(tag->name, SPAN("button")))
        show_input(page, tag, html_attribute_value(tag, "name", page->s->arena));
    else if (span_ieq(tag->name, SPAN("option")))
        show_input(page, tag, page->select);
    else if (span_ieq(tag->name, SPAN("meta")))
        show_meta(page->s, tag);
    show_attributes(page->s, tag);
    show_script(page->s, tag);
}

static void show_page(struct sources *s, struct span text)
{
    struct page page = { s, SPAN_NONE, SPAN_NONE };
    struct html_tag tag;
    while (!s->done && html_next_tag(&text, &tag))
        show_tag(&page, &tag);
}

/* ---- all of it ---- */

enum { LONGEST_BARE_WORD = 256 };

/* Drupal answers GET /session/token with nothing but the token. */
static void show_bare_word(struct sources *s, struct span body)
{
    static const struct json_trail nowhere = { .depth = 0 };
    body = span_trim(body);
    if (body.len > LONGEST_BARE_WORD)
        return;
    for (size_t i = 0; i < body.len; i++)
        if ((unsigned char)body.ptr[i] <= ' ' || body.ptr[i] == '<' || body.ptr[i] == '>')
            return;
    show(s, &(struct value_at){ .kind = VALUE_JSON, .value = body, .trail = &nowhere });
}

static void show_body(struct sources *s, struct span body, struct span content_type)
{
    struct places walk = named(s);
    switch (body_form(body, content_type)) {
    case BODY_HTML:
        show_page(s, body);
        break;
    case BODY_JSON:
        json_trail_walk(body, on_json, s, s->arena);
        break;
    case BODY_SCRIPT:
        script_places(body, &walk);
        break;
    case BODY_XML:
        xml_places(body, &walk);
        break;
    case BODY_FORM: /* OAuth 1 answers so */
        form_places(body, &walk);
        break;
    case BODY_MULTIPART:
        break;
    case BODY_OTHER:
        show_bare_word(s, body);
        break;
    }
}

void value_sources(const struct exchange *answered, value_source_fn *visit, void *ctx,
                   struct arena *arena)
{
    struct sources s = { answered->request.target, visit, ctx, arena, false };
    const struct http_fields *fields = &answered->response.fields;
    for (uint32_t i = 0; i < fields->len && !s.done; i++)
        if (fields->at[i].value.len)
            show_field(&s, &fields->at[i]);
    if (!s.done && answered->response.body.len)
        show_body(&s, answered->response.body, http_fields_value(fields, SPAN("Content-Type")));
}
