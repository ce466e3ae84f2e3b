#include "recorded.h"

#include "rehearse/http/coding.h"
#include "rehearse/http/cookie.h"
#include "rehearse/http/token.h"
#include "source_impl.h"

static bool holds_control(struct span s, bool line_breaks_too)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c == '\r' || c == '\n') {
            if (line_breaks_too)
                return true;
        } else if ((c < 0x20 && c != '\t') || c == 0x7f) {
            return true;
        }
    }
    return false;
}

bool request_take_field(struct http_request *request, struct arena *arena, struct span name,
                        struct span value)
{
    value = span_trim(value);
    if (holds_control(value, /* line_breaks_too= */ true))
        return false;
    if (span_ieq(name, SPAN("Host")) || span_eq(name, SPAN(":authority"))) {
        if (value.len)
            request_set_authority(request, value, arena);
        return true;
    }
    if (name.len && name.ptr[0] == ':')
        return true;
    if (!http_is_token(name))
        return false;
    http_fields_add(&request->fields, arena, name, value);
    return true;
}

bool response_take_field(struct http_response *response, struct arena *arena, struct span name,
                         struct span value)
{
    value = span_trim(value);
    if (name.len && name.ptr[0] == ':')
        return true;
    if (!http_is_token(name) || holds_control(value, /* line_breaks_too= */ false))
        return false;
    while (!span_is_none(value)) {
        struct span line = span_trim(span_cut(&value, '\n'));
        if (line.len || span_is_none(value))
            http_fields_add(&response->fields, arena, name, line);
    }
    return true;
}

/* The pairs that are not masked, or the line itself when none is. */
static struct span without_masked_pairs(struct span line, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf kept = STRBUF_INIT;
    struct span rest = line;
    struct cookie_pair pair;
    bool masked = false;

    if (value_is_masked(line))
        return SPAN("");
    while (cookie_next(&rest, &pair)) {
        if (value_is_masked(pair.value)) {
            masked = true;
            continue;
        }
        strbuf_add_str(&kept, kept.len ? "; " : "");
        strbuf_add_span(&kept, pair.name);
        strbuf_add_char(&kept, '=');
        strbuf_add_span(&kept, pair.value);
    }
    return masked ? arena_copy(arena, strbuf_span(&kept)) : line;
}

static bool drop_masked_cookies(struct http_fields *fields, struct arena *arena)
{
    struct http_fields kept = { 0 };
    bool masked = false;

    for (uint32_t i = 0; i < fields->len; i++) {
        struct http_field f = fields->at[i];
        if (span_ieq(f.name, SPAN("Cookie"))) {
            struct span left = without_masked_pairs(f.value, arena);
            masked |= left.len < f.value.len;
            f.value = left;
            if (left.len == 0)
                continue;
        }
        http_fields_add(&kept, arena, f.name, f.value);
    }
    if (masked)
        *fields = kept;
    return masked;
}

static bool drop_masked_authorization(struct http_fields *fields)
{
    struct span value = http_fields_value(fields, SPAN("Authorization"));
    struct span credentials = value;

    span_cut(&credentials, ' '); /* the scheme is often left standing */
    if (!value_is_masked(value) && !value_is_masked(credentials))
        return false;
    http_fields_remove(fields, SPAN("Authorization"));
    return true;
}

static bool sets_masked_cookie(const struct http_fields *fields)
{
    for (uint32_t i = 0; i < fields->len; i++) {
        struct span line = fields->at[i].value;
        struct set_cookie c;
        if (!span_ieq(fields->at[i].name, SPAN("Set-Cookie")))
            continue;
        if (value_is_masked(line) || (set_cookie_parse(&c, line) && value_is_masked(c.value)))
            return true;
    }
    return false;
}

bool exchange_drop_masked(struct exchange *x, struct arena *arena)
{
    bool masked = drop_masked_cookies(&x->request.fields, arena);
    masked |= drop_masked_authorization(&x->request.fields);
    masked |= sets_masked_cookie(&x->response.fields);
    if (masked)
        x->marks |= MARK_CREDENTIALS_MASKED;
    return masked;
}

void response_take_body(struct exchange *x, struct span body)
{
    if (body.len > RECORDED_MAX_BODY)
        x->marks |= MARK_RESPONSE_BODY_CUT;
    x->response.body = span_head(body, RECORDED_MAX_BODY);
}

void response_take_coded_body(struct exchange *x, struct arena *arena, struct span coded)
{
    AUTO(strbuf_release) struct strbuf body = STRBUF_INIT;
    struct span coding = http_fields_joined(&x->response.fields, SPAN("Content-Encoding"), arena);

    if (coding.len == 0 || coded.len == 0) {
        response_take_body(x, coded);
        return;
    }
    int rc = content_decode(&body, coded, coding, RECORDED_MAX_BODY, NULL);
    if (rc == 0) {
        x->response.body = arena_copy(arena, strbuf_span(&body));
    } else if (rc == E_LIMIT && body.len) {
        x->marks |= MARK_RESPONSE_BODY_CUT;
        x->response.body = arena_copy(arena, strbuf_span(&body));
    } else {
        x->marks |= MARK_BODY_UNDECODABLE;
    }
}

struct span request_first_hop(const struct http_request *request)
{
    struct span value = http_fields_value(&request->fields, SPAN("X-Forwarded-For"));
    struct span hop = span_trim(span_cut(&value, ','));

    if (hop.len == 0)
        hop = span_trim(http_fields_value(&request->fields, SPAN("X-Real-IP")));
    return hop.len ? hop : SPAN_NONE;
}

int64_t fields_content_length(const struct http_fields *fields)
{
    struct span value = span_trim(http_fields_value(fields, SPAN("Content-Length")));
    uint64_t length;

    if (span_is_none(value) || !span_to_u64(value, &length) || length > INT64_MAX)
        return -1;
    return (int64_t)length;
}
