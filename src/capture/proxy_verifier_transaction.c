#include "proxy_verifier_transaction.h"

#include <inttypes.h>

#include "recorded.h"
#include "rehearse/http/url.h"
#include "source_impl.h"

enum {
    FILLER_STEP = 8,        /* "0000000 " */
    FILLER_SURE = 9,        /* from here on the value counts upwards */
    FILLER_END = 128 * 1024 /* no more of it is ever written */
};

bool value_is_filler(struct span value, bool short_too)
{
    static const char digits[] = "0123456789abcdef";

    if (value.len == 0 || value.len > FILLER_END || (value.len < FILLER_SURE && !short_too))
        return false;
    for (size_t i = 0; i < value.len; i++) {
        size_t place = i % FILLER_STEP;
        size_t shift = 4 * (FILLER_STEP - 2 - place); /* seven digits, the highest first */
        char expected = place == FILLER_STEP - 1 ? ' ' : digits[i / FILLER_STEP >> shift & 15];
        if (value.ptr[i] != expected)
            return false;
    }
    return true;
}

/*
 * Messages.
 */
/* Where a message is written as HTTP/2 frames, the frame of that kind; else the message itself. */
static const cJSON *part_of(const cJSON *message, const char *frame)
{
    const cJSON *frames = tree_member(message, "frames");
    const cJSON *at;

    if (!cJSON_IsArray(frames))
        return message;
    cJSON_ArrayForEach(at, frames)
    {
        if (tree_member(at, frame))
            return tree_member(at, frame);
    }
    return NULL;
}

static const cJSON *fields_of(const cJSON *message)
{
    return tree_member(tree_member(part_of(message, "HEADERS"), "headers"), "fields");
}

/*
 * A value may carry a rule, or be one: {value: x, as: contains}. Only a rule of
 * equality tells what the value was. NULL when it is not told.
 */
static const cJSON *known_value(const cJSON *field)
{
    const cJSON *value = cJSON_GetArrayItem(field, 1);
    const cJSON *rule = cJSON_IsObject(value) ? value : cJSON_GetArrayItem(field, 2);
    struct span as = tree_text(rule, "as");

    if (tree_member(rule, "not") || (as.len && !span_eq(as, SPAN("equal"))))
        return NULL;
    return cJSON_IsObject(value) ? tree_member(value, "value") : value;
}

typedef void take_field(struct exchange *x, struct arena *arena, struct span name,
                        struct span value);

static void take_request_field(struct exchange *x, struct arena *arena, struct span name,
                               struct span value)
{
    if (value_is_filler(value, span_ieq(name, SPAN("Cookie"))))
        x->marks |= MARK_CREDENTIALS_MASKED;
    else
        request_take_field(&x->request, arena, name, value);
}

static void take_response_field(struct exchange *x, struct arena *arena, struct span name,
                                struct span value)
{
    if (value_is_filler(value, span_ieq(name, SPAN("Set-Cookie"))))
        x->marks |= MARK_CREDENTIALS_MASKED;
    else
        response_take_field(&x->response, arena, name, value);
}

/* esc_json and plain are undone by the JSON or YAML around them; uri is ours. */
static struct span decoded(struct span text, struct span encoding, struct arena *arena)
{
    return span_ieq(encoding, SPAN("uri")) ? url_decode(text, /* plus= */ false, arena) : text;
}

/* Every field whose value is known goes to `take`; returns whether that was every field. */
static bool read_fields(struct exchange *x, const cJSON *message, take_field *take,
                        struct arena *arena)
{
    struct span encoding =
        tree_text(tree_member(part_of(message, "HEADERS"), "headers"), "encoding");
    const cJSON *field;
    bool all = fields_of(message) != NULL;

    cJSON_ArrayForEach(field, fields_of(message))
    {
        struct span name = tree_scalar_copy(cJSON_GetArrayItem(field, 0), arena);
        const cJSON *value = known_value(field);
        const cJSON *first = cJSON_IsArray(value) ? value->child : value;
        all &= !span_is_none(name) && first;
        for (const cJSON *at = first; at; at = cJSON_IsArray(value) ? at->next : NULL) {
            struct span text = tree_scalar_copy(at, arena);
            if (span_is_none(text) || span_is_none(name))
                all = false;
            else
                take(x, arena, name, decoded(text, encoding, arena));
        }
    }
    return all;
}

/* The value of a pseudo field (RFC 9113, section 8.3), or NULL. */
static const cJSON *pseudo_field(const cJSON *message, const char *name)
{
    const cJSON *field;

    cJSON_ArrayForEach(field, fields_of(message))
    {
        const cJSON *label = cJSON_GetArrayItem(field, 0);
        if (cJSON_IsString(label) && strcmp(label->valuestring, name) == 0)
            return known_value(field);
    }
    return NULL;
}

static struct span line_part(const cJSON *message, const char *member, const char *pseudo,
                             struct arena *arena)
{
    struct span part = tree_text_copy(message, member, arena);
    return part.len ? part : tree_scalar_copy(pseudo_field(message, pseudo), arena);
}

struct content {
    struct span data; /* SPAN_NONE when not recorded */
    int64_t size;     /* -1 when not said */
};

static struct content read_content(const cJSON *message, struct arena *arena)
{
    const cJSON *content = tree_member(part_of(message, "DATA"), "content");
    const cJSON *data = tree_member(content, "data");
    struct content ret = { .size = tree_count(content, "size") };

    if (cJSON_IsObject(data)) /* a rule around it */
        data = tree_member(data, "value");
    ret.data = decoded(tree_scalar_copy(data, arena), tree_text(content, "encoding"), arena);
    if (!span_is_none(ret.data) && ret.size < 0)
        ret.size = (int64_t)ret.data.len;
    return ret;
}

/* The layer of that name in the connection's protocol stack, or NULL. */
static const cJSON *layer_of(const cJSON *protocol, struct span name)
{
    const cJSON *layer;

    cJSON_ArrayForEach(layer, protocol)
    {
        if (span_ieq(tree_text(layer, "name"), name))
            return layer;
    }
    return NULL;
}

static struct span version_of(const cJSON *request, const cJSON *protocol, struct arena *arena)
{
    struct span version = tree_text_copy(request, "version", arena);

    if (span_is_none(version))
        version = tree_text_copy(layer_of(protocol, SPAN("http")), "version", arena);
    return request_version(version);
}

static void read_scheme(struct http_request *r, const cJSON *request, const cJSON *protocol,
                        struct arena *arena)
{
    struct span scheme = line_part(request, "scheme", ":scheme", arena);

    if (span_ieq(scheme, SPAN("https")) || layer_of(protocol, SPAN("tls")))
        r->scheme = SPAN("https");
    else if (span_ieq(scheme, SPAN("http")) || cJSON_IsArray(protocol))
        r->scheme = SPAN("http");
}

/*
 * What a transaction must have.
 */
static int reject(struct source_item *item, struct arena *arena, const char *reason,
                  const char *member, struct span found, const char *expected)
{
    const char *quote = span_is_none(found) ? "" : "\"";

    if (span_is_none(found))
        found = SPAN("missing or of another type");
    return source_reject(item, 0, span_of(reason),
                         arena_printf(arena, "transaction %" PRIu64 ": %s is %s%.*s%s, expected %s",
                                      item->entry, member, quote, SPAN_ARG(span_head(found, 100)),
                                      quote, expected));
}

static const cJSON *request_of(const cJSON *transaction)
{
    const cJSON *request = tree_member(transaction, "client-request");
    return cJSON_IsObject(request) ? request : tree_member(transaction, "proxy-request");
}

static bool tells_fields(const cJSON *message)
{
    const cJSON *field;

    cJSON_ArrayForEach(field, fields_of(message))
    {
        if (known_value(field))
            return true;
    }
    return false;
}

/* Written by hand, proxy-response often holds rules only, and the answer is the server's. */
static const cJSON *response_of(const cJSON *transaction)
{
    const cJSON *proxy = tree_member(transaction, "proxy-response");
    const cJSON *server = tree_member(transaction, "server-response");
    bool status = tree_member(proxy, "status") || pseudo_field(proxy, ":status");

    if (cJSON_IsObject(server) && (!status || (!tells_fields(proxy) && tells_fields(server))))
        return server;
    return proxy ? proxy : server;
}

static int read_request_line(struct source_item *item, const cJSON *request, const cJSON *protocol,
                             struct arena *arena)
{
    struct http_request *r = &item->exchange.request;
    struct span method = line_part(request, "method", ":method", arena);
    struct span target = line_part(request, "url", ":path", arena);

    if (!request_method_fits(method))
        return reject(item, arena, "transaction has no method", "method", method,
                      "a token such as GET, or the field :method");
    if (span_is_none(target))
        return reject(item, arena, "transaction has no url", "url", target,
                      "a path, an absolute URL, or the field :path");
    read_scheme(r, request, protocol, arena);
    if (!request_set_target(r, target, arena))
        return reject(item, arena, "url is no request target", "url", target,
                      "a path that begins with /, or an absolute http or https URL");
    r->method = method;
    r->version = version_of(request, protocol, arena);
    return 0;
}

/* Nanoseconds since 1970. traffic_dump has called it start-time, and connection-time since. */
static int64_t start_of(const cJSON *transaction)
{
    double ns;

    if (!tree_number(transaction, "start-time", &ns) &&
        !tree_number(transaction, "connection-time", &ns))
        return 0;
    /* A double holds such numbers to a quarter of a microsecond: round, do not cut. */
    return ns > 0 && ns < 9.2e18 ? ((int64_t)ns + 500) / 1000 : 0;
}

static void read_request_body(struct exchange *x, const cJSON *request, struct arena *arena)
{
    struct content content = read_content(request, arena);

    x->request.body_bytes = content.size;
    if (!span_is_none(content.data) && content.size <= (int64_t)content.data.len)
        x->request.body = content.data;
    else if (content.size > 0)
        x->marks |= MARK_REQUEST_BODY_MISSING;
}

static void read_response(struct exchange *x, const cJSON *response, struct arena *arena)
{
    struct span text = line_part(response, "status", ":status", arena);
    uint64_t status;

    if (!span_to_u64(text, &status) || status < 100 || status > 599)
        return;
    x->response.status = (int)status;
    x->response.version = request_version(tree_text_copy(response, "version", arena));
    if (read_fields(x, response, take_response_field, arena))
        x->marks |= MARK_ALL_RESPONSE_FIELDS;
    struct content content = read_content(response, arena);
    x->response.body_bytes = content.size;
    if (!span_is_none(content.data))
        response_take_coded_body(x, arena, content.data);
}

int transaction_read(struct source_item *item, const cJSON *transaction, const cJSON *protocol,
                     struct arena *arena)
{
    struct exchange *x = &item->exchange;
    const cJSON *request = request_of(transaction);

    if (!cJSON_IsObject(request))
        return reject(item, arena, "transaction has no client-request", "client-request", SPAN_NONE,
                      "an object with method and url");
    int rc = read_request_line(item, request, protocol, arena);
    if (rc)
        return rc;
    x->start_us = start_of(transaction);
    if (read_fields(x, request, take_request_field, arena))
        x->marks |= MARK_ALL_REQUEST_FIELDS;
    read_request_body(x, request, arena);
    read_response(x, response_of(transaction), arena);
    if (exchange_drop_masked(x, arena) || (x->marks & MARK_CREDENTIALS_MASKED))
        x->marks &= ~(uint32_t)(MARK_ALL_REQUEST_FIELDS | MARK_ALL_RESPONSE_FIELDS);
    return SOURCE_EXCHANGE;
}
