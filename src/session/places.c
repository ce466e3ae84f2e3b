#include "places.h"

#include "one_of.h"
#include "rehearse/http/media_type.h"

/* `user[emails][]`: brackets that are empty or hold a number say nothing. */
static bool says_nothing(struct span name)
{
    uint64_t n;
    return name.len == 0 || span_to_u64(name, &n);
}

struct span place_leaf(struct span name)
{
    struct span left = name;

    while (left.len && left.ptr[left.len - 1] == ']') {
        ptrdiff_t open = span_rfind_char(left, '[');
        if (open < 0)
            break;
        struct span inner = span_make(left.ptr + open + 1, left.len - (size_t)open - 2);
        if (!says_nothing(inner))
            return inner;
        left = span_head(left, (size_t)open);
    }
    ptrdiff_t dot = span_rfind_char(left, '.');
    struct span behind = dot < 0 ? left : span_from(left, (size_t)dot + 1);
    return behind.len ? behind : left;
}

static bool is_script_type(struct span content_type)
{
    static const char *const types[] = { "text/javascript", "application/javascript",
                                         "application/x-javascript", "text/x-component" };
    struct span essence = media_type_essence(content_type);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (span_ieq(essence, span_of(types[i])))
            return true;
    return false;
}

static bool is_xml_type(struct span essence)
{
    return span_ieq(essence, SPAN("text/xml")) || span_ieq(essence, SPAN("application/xml")) ||
           span_ends(essence, SPAN("+xml"));
}

bool looks_like_form(struct span body)
{
    ptrdiff_t equals = span_find_char(body, '=');
    if (equals <= 0)
        return false;
    for (ptrdiff_t i = 0; i < equals; i++) {
        char c = body.ptr[i];
        if (!char_is_alpha(c) && !char_is_digit(c) && !is_one_of(c, "_-.%[]$+~"))
            return false;
    }
    return true;
}

/* "--boundary", and the first part's fields right behind it. */
static bool looks_like_multipart(struct span body)
{
    enum { FRONT = 300 };
    struct span front = span_head(body, body.len < FRONT ? body.len : FRONT);
    return span_starts(front, SPAN("--")) && span_find_char(front, '\n') > 2 &&
           span_find(front, SPAN("ontent-")) > 0;
}

/* Where no field names it, the first line does. */
struct span places_boundary(struct span body, struct span content_type)
{
    struct span named = media_type_parameter(content_type, SPAN("boundary"));
    if (named.len || !looks_like_multipart(body))
        return named;
    struct span line = span_head(body, (size_t)span_find_char(body, '\n'));
    return span_trim(span_from(line, 2));
}

/* Logs give bodies without their type, and text/plain holds anything. */
static enum body_form form_by_look(struct span body)
{
    struct span front = span_trim(body);
    if (front.len == 0)
        return BODY_OTHER;
    if (front.ptr[0] == '{' || front.ptr[0] == '[')
        return BODY_JSON;
    if (span_istarts(front, SPAN("<?xml")))
        return BODY_XML;
    if (front.ptr[0] == '<')
        return BODY_HTML;
    if (looks_like_multipart(body))
        return BODY_MULTIPART;
    return looks_like_form(front) ? BODY_FORM : BODY_OTHER;
}

enum body_form body_form(struct span body, struct span content_type)
{
    struct span essence = media_type_essence(content_type);

    if (body.len == 0)
        return BODY_OTHER;
    if (media_type_is_html(content_type))
        return BODY_HTML;
    if (media_type_is_json(content_type))
        return BODY_JSON;
    if (media_type_is_form(content_type))
        return BODY_FORM;
    if (span_istarts(essence, SPAN("multipart/")))
        return BODY_MULTIPART;
    if (is_xml_type(essence))
        return BODY_XML;
    if (is_script_type(content_type))
        return BODY_SCRIPT;
    if (essence.len == 0 || span_istarts(essence, SPAN("text/plain")) ||
        span_istarts(essence, SPAN("application/graphql")) ||
        span_istarts(essence, SPAN("application/x-ndjson")))
        return form_by_look(body);
    return BODY_OTHER;
}

struct span body_places(struct span body, struct span content_type, const struct places *walk)
{
    switch (body_form(body, content_type)) {
    case BODY_HTML:
        return html_places(body, walk);
    case BODY_JSON:
        return json_places(body, walk);
    case BODY_FORM:
        return form_places(body, walk);
    case BODY_MULTIPART:
        return multipart_places(body, places_boundary(body, content_type), walk);
    case BODY_XML:
        return xml_places(body, walk);
    case BODY_SCRIPT:
        return script_places(body, walk);
    case BODY_OTHER:
        break;
    }
    return body;
}
