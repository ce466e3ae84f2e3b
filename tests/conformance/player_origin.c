/* The suite's origin: server/handle-test.mjs. */
#include <assert.h>
#include <stdlib.h>

#include "player.h"

void play_origin_start(struct play_origin *origin, const cJSON *test, struct arena *arena,
                       const struct play_clock *clock)
{
    *origin = (struct play_origin){
        .requests = cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(test, "requests"), true),
        .uuid = SPAN("3e7a3f5e-0000-4000-8000-000000000001"),
        .arena = arena,
        .clock = clock,
    };
    assert(origin->requests);
}

void play_origin_end(struct play_origin *origin)
{
    cJSON_Delete(origin->requests);
    origin->requests = NULL;
}

/* The last value of that name; numbers that were never used are no text and match nothing. */
static struct span configured(const cJSON *request, const char *name)
{
    const cJSON *header;
    struct span found = SPAN_NONE;
    cJSON_ArrayForEach(header, cJSON_GetObjectItemCaseSensitive(request, "response_headers"))
    {
        struct span here = span_of(cJSON_GetStringValue(cJSON_GetArrayItem(header, 0)));
        if (span_ieq(here, span_of(name)))
            found = span_of(cJSON_GetStringValue(cJSON_GetArrayItem(header, 1)));
    }
    return found;
}

static bool asks_for(const struct play_origin *origin, const struct http_request *request,
                     struct span condition, const cJSON *previous, const char *validator)
{
    struct span had = configured(previous, validator);
    return had.len && span_eq(had, play_field(&request->fields, condition, origin->arena));
}

/* 999: the test says that a conditional request has to come, and this is none. */
static int status_of(const struct play_origin *origin, const struct http_request *request,
                     const cJSON *wanted, const cJSON *previous)
{
    const cJSON *status = cJSON_GetObjectItemCaseSensitive(wanted, "response_status");
    struct span type = span_of(play_text(wanted, "expected_type"));
    if (span_ends(type, SPAN("validated"))) {
        if (asks_for(origin, request, SPAN("if-modified-since"), previous, "Last-Modified") ||
            asks_for(origin, request, SPAN("if-none-match"), previous, "ETag"))
            return 304;
        return 999;
    }
    return status ? cJSON_GetArrayItem(status, 0)->valueint : 200;
}

/* One configured field. Its third member says whether the client is to find it again. */
static void add_configured(struct play_origin *origin, cJSON *header, const struct play_fixup *with,
                           const cJSON *wanted, struct http_fields *out, struct http_fields *saved)
{
    struct span name = span_of(cJSON_GetStringValue(cJSON_GetArrayItem(header, 0)));
    struct span value = play_header_value(header, with, wanted, origin->arena);
    const cJSON *check = cJSON_GetArrayItem(header, 2);

    name = arena_copy(origin->arena, name);
    http_fields_add(out, origin->arena, name, value);
    if (!check || cJSON_IsTrue(check))
        http_fields_set(saved, origin->arena, name, http_fields_joined(out, name, origin->arena));
}

static void add_number(struct play_origin *origin, struct http_fields *out, struct span name,
                       int64_t n)
{
    http_fields_add(out, origin->arena, name, arena_printf(origin->arena, "%lld", (long long)n));
}

static struct span numbers_seen(const struct play_origin *origin)
{
    struct span all = SPAN("");
    for (int i = 0; i < origin->seen_len; i++)
        all = arena_printf(origin->arena, "%.*s%s%d", SPAN_ARG(all), i ? " " : "",
                           origin->seen[i].request_num);
    return all;
}

static struct span body_of(const struct play_origin *origin, const cJSON *wanted, int status)
{
    const char *text = play_text(wanted, "response_body");
    if (status == 204 || status == 304)
        return SPAN_NONE;
    return *text ? arena_copy(origin->arena, span_of(text)) : origin->uuid;
}

/* What Node.js adds by itself. */
static void add_of_node(struct play_origin *origin, const struct http_request *request,
                        struct http_response *r)
{
    struct play_fixup now = { .server_now_ms = origin->clock->now_ms };
    cJSON *date = cJSON_CreateArray();
    cJSON_AddItemToArray(date, cJSON_CreateString("Date"));
    cJSON_AddItemToArray(date, cJSON_CreateNumber(0));
    struct span value = play_header_value(date, &now, NULL, origin->arena);
    cJSON_Delete(date);
    if (span_is_none(http_fields_value(&r->fields, SPAN("Content-Type"))))
        http_fields_add(&r->fields, origin->arena, SPAN("Content-Type"), SPAN("text/plain"));
    if (span_is_none(http_fields_value(&r->fields, SPAN("Date"))))
        http_fields_add(&r->fields, origin->arena, SPAN("Date"), value);
    if (r->status != 204 && r->status != 304 &&
        span_is_none(http_fields_value(&r->fields, SPAN("Content-Length"))))
        add_number(origin, &r->fields, SPAN("Content-Length"), (int64_t)r->body.len);
    if (span_eq(request->method, SPAN("HEAD")))
        r->body = SPAN_NONE;
}

static void answer(struct play_origin *origin, const struct http_request *request, cJSON *wanted,
                   const cJSON *previous, struct http_response *r, struct play_seen *seen)
{
    struct span capability =
        play_field(&request->fields, SPAN("surrogate-capability"), origin->arena);
    struct play_fixup with = { origin->clock->now_ms, request->target, capability };
    cJSON *header;

    r->status = status_of(origin, request, wanted, previous);
    r->version = SPAN("HTTP/1.1");
    http_fields_add(&r->fields, origin->arena, SPAN("Server-Base-Url"), request->target);
    add_number(origin, &r->fields, SPAN("Server-Request-Count"), origin->seen_len + 1);
    add_number(origin, &r->fields, SPAN("Client-Request-Count"), seen->request_num);
    add_number(origin, &r->fields, SPAN("Server-Now"), with.server_now_ms);
    http_fields_add(&r->fields, origin->arena, SPAN("Capability-Seen"),
                    capability.ptr ? capability : SPAN(""));
    cJSON_ArrayForEach(header, cJSON_GetObjectItemCaseSensitive(wanted, "response_headers"))
        add_configured(origin, header, &with, wanted, &r->fields, &seen->saved);
    origin->seen_len++;
    http_fields_add(&r->fields, origin->arena, SPAN("Request-Numbers"), numbers_seen(origin));
    r->body = body_of(origin, wanted, r->status);
    add_of_node(origin, request, r);
    r->body_bytes = (int64_t)r->body.len;
}

static struct http_request copied(const struct http_request *request, struct arena *arena)
{
    struct exchange x = exchange_blank();
    x.request = *request;
    return exchange_copy(&x, arena).request;
}

bool play_origin_answer(struct play_origin *origin, const struct http_request *request,
                        struct http_response *ret)
{
    int64_t number = 0;
    bool numbered =
        play_number(play_field(&request->fields, SPAN("req-num"), origin->arena), &number);
    int at = numbered && number ? (int)number : origin->seen_len + 1;
    cJSON *wanted = cJSON_GetArrayItem(origin->requests, at - 1);

    *ret = exchange_blank().response;
    if (!wanted || origin->seen_len == PLAY_SEEN_MAX) {
        ret->status = 409;
        ret->body = SPAN("config not found for request\n");
        http_fields_add(&ret->fields, origin->arena, SPAN("Content-Type"), SPAN("text/plain"));
        return true;
    }
    struct play_seen *seen = &origin->seen[origin->seen_len];
    *seen =
        (struct play_seen){ .request_num = (int)number, .request = copied(request, origin->arena) };
    answer(origin, request, wanted, cJSON_GetArrayItem(origin->requests, at - 2), ret, seen);
    return !play_is_true(wanted, "disconnect");
}
