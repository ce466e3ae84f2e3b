/*
 * HAR 1.2, postData: the body as text, as a list of parameters, or both. The text
 * wins, since it is what was sent; parameters alone are put together again.
 */
#include "base64.h"
#include "har_entry.h"
#include "recorded.h"
#include "rehearse/http/media_type.h"
#include "rehearse/http/url.h"

static void add_form_param(struct strbuf *out, const cJSON *param)
{
    struct span value = tree_text(param, "value");

    strbuf_add_str(out, out->len ? "&" : "");
    form_encode(out, tree_text(param, "name"));
    if (!span_is_none(value)) {
        strbuf_add_char(out, '=');
        form_encode(out, value);
    }
}

/* RFC 7578, section 4.2. A quote in a name is sent as %22, as browsers do. */
static void add_quoted(struct strbuf *out, const char *what, struct span name)
{
    strbuf_add_str(out, what);
    strbuf_add_str(out, "=\"");
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '"')
            strbuf_add_str(out, "%22");
        else if (name.ptr[i] != '\r' && name.ptr[i] != '\n')
            strbuf_add_char(out, name.ptr[i]);
    }
    strbuf_add_char(out, '"');
}

/* False for a part whose content was not recorded, as browsers leave files out. */
static bool add_part(struct strbuf *out, const cJSON *param, struct span boundary)
{
    struct span value = tree_text(param, "value");
    struct span file = tree_text(param, "fileName");
    struct span type = tree_text(param, "contentType");

    if (span_is_none(value))
        return false;
    strbuf_addf(out, "--%.*s\r\nContent-Disposition: form-data; ", SPAN_ARG(boundary));
    add_quoted(out, "name", tree_text(param, "name"));
    if (!span_is_none(file))
        add_quoted(out, "; filename", file);
    if (type.len)
        strbuf_addf(out, "\r\nContent-Type: %.*s", SPAN_ARG(type));
    strbuf_add_str(out, "\r\n\r\n");
    strbuf_add_span(out, value);
    strbuf_add_str(out, "\r\n");
    return true;
}

static bool rebuild_multipart(struct strbuf *out, const cJSON *params, struct span mime)
{
    struct span boundary = media_type_parameter(mime, SPAN("boundary"));
    const cJSON *param;

    if (boundary.len == 0)
        return false;
    cJSON_ArrayForEach(param, params)
    {
        if (!add_part(out, param, boundary))
            return false;
    }
    strbuf_addf(out, "--%.*s--\r\n", SPAN_ARG(boundary));
    return true;
}

static bool rebuild(struct strbuf *out, const cJSON *params, struct span mime)
{
    const cJSON *param;

    if (span_istarts(media_type_essence(mime), SPAN("multipart/")))
        return rebuild_multipart(out, params, mime);
    if (!media_type_is_form(mime))
        return false;
    cJSON_ArrayForEach(param, params)
    {
        add_form_param(out, param);
    }
    return true;
}

/*
 * Was something lost on the way into text? Bytes that are not UTF-8 become
 * U+FFFD in browsers' exports, and the length no longer fits.
 */
static bool is_lossy(struct span text, int64_t body_bytes, bool holds_nul)
{
    bool fits = body_bytes <= 0 || (uint64_t)body_bytes == text.len;

    if (fits)
        return false;
    return holds_nul || span_find(text, SPAN("\xEF\xBF\xBD")) >= 0;
}

static struct span body_from_text(const cJSON *post, struct arena *arena)
{
    struct span text = tree_text(post, "text");
    struct span body = SPAN_NONE;

    /* Not in HAR 1.2, yet some exporters carry binary bodies this way. */
    if (span_ieq(tree_text(post, "encoding"), SPAN("base64")))
        return base64_decode(&body, text, arena) ? body : SPAN_NONE;
    return arena_copy(arena, text);
}

/* The type with its boundary: postData often shortens what the field says in full. */
static struct span type_of(const struct exchange *x, const cJSON *post)
{
    struct span field = http_fields_value(&x->request.fields, SPAN("Content-Type"));
    return field.len ? field : tree_text(post, "mimeType");
}

static bool has_params(const cJSON *post)
{
    const cJSON *params = tree_member(post, "params");
    return cJSON_IsArray(params) && params->child;
}

void har_post_data_read(struct exchange *x, const cJSON *request,
                        const struct har_entry_context *context, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf rebuilt = STRBUF_INIT;
    const cJSON *post = tree_member(request, "postData");
    struct span text = tree_text(post, "text");
    int64_t declared = tree_count(request, "bodySize");

    if (declared <= 0) {
        int64_t length = fields_content_length(&x->request.fields);
        declared = length >= 0 ? length : declared;
    }
    if (text.len && !is_lossy(text, declared, context->holds_nul))
        x->request.body = body_from_text(post, arena);
    else if (text.len == 0 && has_params(post) &&
             rebuild(&rebuilt, tree_member(post, "params"), type_of(x, post)))
        x->request.body = arena_copy(arena, strbuf_span(&rebuilt));
    else if (!span_is_none(text) && text.len == 0 && declared <= 0)
        x->request.body = SPAN(""); /* an empty body, and nothing says otherwise */

    if (!span_is_none(x->request.body)) {
        x->request.body_bytes = (int64_t)x->request.body.len;
        return;
    }
    x->request.body_bytes = declared;
    if (declared > 0 || text.len || has_params(post))
        x->marks |= MARK_REQUEST_BODY_MISSING;
}
