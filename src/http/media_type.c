#include "rehearse/http/media_type.h"

#include "rehearse/http/field.h"

struct span media_type_essence(struct span content_type)
{
    return span_trim(span_cut(&content_type, ';'));
}

/* The parameter at the front of *rest, up to a ';' that is not inside quotes. */
static struct span take_parameter(struct span *rest)
{
    struct span whole = *rest;
    size_t i = 0;
    bool closed;
    while (i < whole.len && whole.ptr[i] != ';')
        i += whole.ptr[i] == '"' ? http_quoted_length(span_from(whole, i), &closed) : 1;
    *rest = i < whole.len ? span_from(whole, i + 1) : SPAN_NONE;
    return span_trim(span_head(whole, i));
}

static struct span without_quotes(struct span value)
{
    if (value.len == 0 || value.ptr[0] != '"')
        return value;
    bool closed;
    size_t len = http_quoted_length(value, &closed);
    return span_make(value.ptr + 1, len - 1 - closed);
}

struct span media_type_parameter(struct span content_type, struct span name)
{
    struct span rest = content_type;
    span_cut(&rest, ';');
    while (!span_is_none(rest)) {
        struct span value = take_parameter(&rest);
        struct span key = span_trim(span_cut(&value, '='));
        if (!span_is_none(value) && span_ieq(key, name))
            return without_quotes(span_trim(value));
    }
    return SPAN_NONE;
}

bool media_type_is_html(struct span content_type)
{
    struct span type = media_type_essence(content_type);
    return span_ieq(type, SPAN("text/html")) || span_ieq(type, SPAN("application/xhtml+xml"));
}

bool media_type_is_json(struct span content_type)
{
    struct span type = media_type_essence(content_type);
    if (span_ieq(type, SPAN("application/json")) || span_ieq(type, SPAN("text/json")))
        return true;
    return type.len > 5 && span_find_char(type, '/') > 0 &&
           span_ieq(span_from(type, type.len - 5), SPAN("+json")); /* RFC 6839 section 3.1 */
}

bool media_type_is_form(struct span content_type)
{
    return span_ieq(media_type_essence(content_type), SPAN("application/x-www-form-urlencoded"));
}
