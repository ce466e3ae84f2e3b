/* The inputs of a key that have a name: headers, cookies and query parameters. */
#include "made.h"
#include "parts.h"
#include "rehearse/http/cookie.h"
#include "rehearse/http/url.h"

static const struct span places[] = {
    [KEY_HEADER] = { "header.", 7 },
    [KEY_COOKIE] = { "cookie.", 7 },
    [KEY_PARAMETER] = { "parameter.", 10 },
    [KEY_MADE] = { "variable.", 9 },
};

/* ---- the value ---- */

static struct span header_value(const struct key_input *input, const struct http_request *request,
                                struct strbuf *joined)
{
    struct span value = SPAN_NONE;
    for (uint32_t i = 0; i < request->fields.len; i++) {
        const struct http_field *f = &request->fields.at[i];
        if (f->name.len != input->name.len || span_is_none(f->value) ||
            !span_ieq(f->name, input->name))
            continue;
        if (span_is_none(value)) {
            value = span_trim(f->value);
            continue;
        }
        if (joined->len == 0)
            strbuf_add_span(joined, value);
        strbuf_add_str(joined, ", ");
        strbuf_add_span(joined, span_trim(f->value));
        value = strbuf_span(joined);
    }
    return value;
}

static bool is_named(const struct key_input *input, struct span name)
{
    return input->any_case ? span_ieq(input->name, name) : span_eq(input->name, name);
}

static struct span cookie_input(const struct key_input *input, const struct http_request *request)
{
    struct cookie_pair pair;
    for (uint32_t i = 0; i < request->fields.len; i++) {
        struct span rest = request->fields.at[i].value;
        if (!span_ieq(request->fields.at[i].name, SPAN("Cookie")))
            continue;
        while (cookie_next(&rest, &pair))
            if (is_named(input, pair.name))
                return pair.value;
    }
    return SPAN_NONE;
}

static struct span parameter_input(const struct key_input *input,
                                   const struct http_request *request)
{
    struct span query = request->target;
    struct query_item item;
    span_cut(&query, '?');
    while (query_next(&query, &item)) {
        if (!is_named(input, item.name))
            continue;
        if (!span_is_none(item.value))
            return item.value;
        if (!input->any_case) /* nginx's $arg_x wants the '=' */
            return SPAN("");
    }
    return SPAN_NONE;
}

static uint64_t length_bit(size_t len)
{
    return UINT64_C(1) << (len < 63 ? len : 63);
}

uint64_t field_name_lengths(const struct http_fields *fields)
{
    uint64_t lengths = 0;
    for (uint32_t i = 0; i < fields->len; i++)
        lengths |= length_bit(fields->at[i].name.len);
    return lengths;
}

struct span key_input_value(const struct key_input *input, const struct http_request *request,
                            struct strbuf *joined)
{
    switch (input->place) {
    case KEY_HEADER:
        return header_value(input, request, joined);
    case KEY_COOKIE:
        return cookie_input(input, request);
    case KEY_PARAMETER:
        return parameter_input(input, request);
    case KEY_MADE:
        key_made_add(joined, input->made, request);
        return strbuf_span(joined);
    }
    return SPAN_NONE;
}

/* ---- what of it is in the key ---- */

typedef void rule_fn(struct strbuf *out, const struct key_input *input, struct span value);

static bool has_value(const struct key_input *input, struct span value)
{
    for (size_t i = 0; i < input->value_count; i++)
        if (span_ieq(input->values[i], value))
            return true;
    return false;
}

static void add_some(struct strbuf *out, struct span value)
{
    if (span_is_none(value))
        return;
    key_put_char(out, '=');
    key_add_bytes(out, value);
}

static void add_value(struct strbuf *out, const struct key_input *input, struct span value)
{
    (void)input;
    add_some(out, value);
}

static void add_text(struct strbuf *out, const struct key_input *input, struct span value)
{
    (void)input;
    add_some(out, value.len ? value : SPAN_NONE);
}

static void add_folded(struct strbuf *out, const struct key_input *input, struct span value)
{
    (void)input;
    if (span_is_none(value))
        return;
    key_put_char(out, '=');
    key_add_lower(out, value);
}

static void add_presence(struct strbuf *out, const struct key_input *input, struct span value)
{
    (void)input;
    add_some(out, span_is_none(value) ? SPAN_NONE : SPAN("*"));
}

static void add_contained(struct strbuf *out, const struct key_input *input, struct span value)
{
    bool found = false;
    for (size_t i = 0; !found && i < input->value_count; i++)
        found = span_ifind(value, input->values[i]) >= 0;
    if (!span_is_none(value))
        add_some(out, found ? SPAN("true") : SPAN("false"));
}

static void add_unless(struct strbuf *out, const struct key_input *input, struct span value)
{
    add_some(out, has_value(input, value) ? SPAN_NONE : value);
}

static void add_language(struct strbuf *out, const struct key_input *input, struct span value)
{
    add_some(out, negotiated_language(value, input->values, input->value_count));
}

static void add_first_language(struct strbuf *out, const struct key_input *input, struct span value)
{
    add_folded(out, input, first_language(value));
}

static void add_encoding(struct strbuf *out, const struct key_input *input, struct span value)
{
    for (size_t i = 0; i < input->value_count; i++)
        if (encoding_accepted(value, input->values[i])) {
            add_some(out, input->values[i]);
            return;
        }
}

static void add_encodings(struct strbuf *out, const struct key_input *input, struct span value)
{
    char before = '=';
    for (size_t i = 0; i < input->value_count; i++)
        if (encoding_accepted(value, input->values[i])) {
            key_put_char(out, before);
            key_add_bytes(out, input->values[i]);
            before = ',';
        }
}

static void add_device(struct strbuf *out, const struct key_input *input, struct span value)
{
    struct span device = device_of(value, has_value(input, SPAN("bot")));
    if (input->value_count && !has_value(input, device))
        device = SPAN("desktop");
    add_some(out, device);
}

static void add_is_device(struct strbuf *out, const struct key_input *input, struct span value)
{
    struct span device = device_of(value, has_value(input, SPAN("bot")));
    add_some(out, has_value(input, device) ? SPAN("true") : SPAN("false"));
}

static rule_fn *const rules[] = {
    [KEY_VALUE] = add_value,        [KEY_TEXT] = add_text,
    [KEY_FOLDED] = add_folded,      [KEY_PRESENCE] = add_presence,
    [KEY_CONTAINS] = add_contained, [KEY_UNLESS] = add_unless,
    [KEY_LANGUAGE] = add_language,  [KEY_FIRST_LANGUAGE] = add_first_language,
    [KEY_ENCODING] = add_encoding,  [KEY_ENCODINGS] = add_encodings,
    [KEY_DEVICE] = add_device,      [KEY_IS_DEVICE] = add_is_device,
};

void key_add_title(struct strbuf *out, const struct key_input *input)
{
    if (input->title.len) {
        key_put(out, input->title);
        return;
    }
    key_put(out, places[input->place]);
    if (input->place == KEY_HEADER)
        key_add_lower(out, input->name);
    else
        key_add_bytes(out, input->name);
}

void key_add_input(struct strbuf *out, const struct key_input *input,
                   const struct http_request *request, uint64_t lengths)
{
    AUTO(strbuf_release) struct strbuf joined = STRBUF_INIT;
    struct span value = SPAN_NONE;
    if (input->place != KEY_HEADER || lengths & length_bit(input->name.len))
        value = key_input_value(input, request, &joined);
    key_add_title(out, input);
    rules[input->rule](out, input, value);
    key_put_char(out, '\n');
}
