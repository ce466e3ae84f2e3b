/* The suite's client: client/fetching.mjs sends, client/test.mjs checks. */
#include <assert.h>

#include "player.h"

enum {
    PAUSE_MS = 3000, /* client/utils.mjs */
    TRIP_MS = 4,     /* a request on one machine; so that times are not all the same */
    REQUESTS_MAX = 16,
};
/* Half past a full second, so that no trip happens to end in the next one. */
#define START_MS INT64_C(1767225600500)

struct player {
    const cJSON *test;
    cJSON *requests; /* owned copy: checks write into it as the suite's do */
    const struct play_cache *cache;
    struct play_origin origin;
    struct play_clock clock;
    struct http_response responses[REQUESTS_MAX];
    struct arena *arena;
    struct play_outcome outcome;
};

static struct span text_of(const cJSON *item)
{
    return span_of(cJSON_GetStringValue(item));
}

/* lib/utils.mjs assert(): the first check that fails ends the test. */
static bool expect(struct player *p, bool setup, bool holds, struct span text)
{
    if (!holds && p->outcome.end == PLAY_PASS)
        p->outcome = (struct play_outcome){ setup ? PLAY_SETUP : PLAY_ASSERTION, text };
    return holds;
}

/* client/utils.mjs setupCheck(). */
static bool is_setup(const cJSON *request, const char *member)
{
    const cJSON *item;
    if (play_is_true(request, "setup"))
        return true;
    cJSON_ArrayForEach(
        item, cJSON_GetObjectItemCaseSensitive(
                  request, "setup_tests")) if (span_eq(text_of(item), span_of(member))) return true;
    return false;
}

static struct span seen_by_client(struct player *p, const struct http_response *r, struct span name)
{
    return play_field(&r->fields, name, p->arena);
}

static struct play_fixup fixup_of(struct player *p, const struct http_response *r)
{
    struct play_fixup with = { -1, seen_by_client(p, r, SPAN("Server-Base-Url")),
                               seen_by_client(p, r, SPAN("Capability-Seen")) };
    if (!play_number(seen_by_client(p, r, SPAN("Server-Now")), &with.server_now_ms))
        with.server_now_ms = -1;
    return with;
}

/* Request. */

static struct span target_of(struct player *p, const cJSON *request)
{
    const char *file = play_text(request, "filename"), *query = play_text(request, "query_arg");
    return arena_printf(p->arena, "/test/%.*s%s%s%s%s", SPAN_ARG(p->origin.uuid), *file ? "/" : "",
                        file, *query ? "?" : "", query);
}

static void add(struct player *p, struct http_request *r, const char *name, struct span value)
{
    http_fields_add(&r->fields, p->arena, span_of(name), value);
}

/*
 * Node.js sends a request without a body in Latin-1 and a response with one in
 * UTF-8, so what is beyond ASCII never comes back as it was.
 */
static struct span as_latin1(struct player *p, struct span text)
{
    char *bytes = arena_alloc(p->arena, text.len + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if ((c & 0xe0) == 0xc0 && i + 1 < text.len)
            c = (unsigned char)((c & 3) << 6 | ((unsigned char)text.ptr[++i] & 0x3f));
        bytes[n++] = (char)c;
    }
    return span_make(bytes, n);
}

static void add_fields(struct player *p, struct http_request *r, const cJSON *wanted, int at)
{
    struct play_fixup with = { -1, SPAN_NONE, SPAN_NONE };
    cJSON *given = cJSON_GetObjectItemCaseSensitive(wanted, "request_headers"), *header;
    if (at)
        with = fixup_of(p, &p->responses[at - 1]);
    if (!given) {
        add(p, r, "Pragma", SPAN("foo"));
        add(p, r, "Cache-Control", SPAN("nothing-to-see-here"));
    }
    cJSON_ArrayForEach(header, given)
    {
        struct span name = text_of(cJSON_GetArrayItem(header, 0));
        struct span value = play_header_value(header, &with, wanted, p->arena);
        http_fields_add(&r->fields, p->arena, name, as_latin1(p, span_trim(value)));
    }
    add(p, r, "Test-Name", span_of(play_text(p->test, "name")));
    add(p, r, "Test-ID", span_of(play_text(p->test, "id")));
    add(p, r, "Req-Num", arena_printf(p->arena, "%d", at + 1));
    add(p, r, "Accept", SPAN("*/*"));
    add(p, r, "User-Agent", SPAN("node-fetch/1.0 (+https://github.com/bitinn/node-fetch)"));
    add(p, r, "Accept-Encoding", SPAN("gzip,deflate"));
    add(p, r, "Connection", SPAN("close"));
}

static struct http_request request_of(struct player *p, const cJSON *wanted, int at)
{
    struct http_request r = exchange_blank().request;
    const char *method = play_text(wanted, "request_method");
    const char *body = play_text(wanted, "request_body");
    r.method = *method ? span_of(method) : SPAN("GET");
    r.scheme = SPAN("http");
    r.authority = SPAN("localhost:8001");
    r.target = target_of(p, wanted);
    r.version = SPAN("HTTP/1.1");
    add_fields(p, &r, wanted, at);
    if (*body) {
        r.body = span_of(body);
        add(p, &r, "Content-Length", arena_printf(p->arena, "%zu", r.body.len));
    }
    return r;
}

/* Response: checkResponse(). */

static bool repeats(struct span numbers)
{
    int64_t known[REQUESTS_MAX * 4], n;
    int len = 0;
    while (!span_is_none(numbers)) {
        if (!play_number(span_cut(&numbers, ' '), &n))
            continue;
        for (int i = 0; i < len; i++)
            if (known[i] == n)
                return true;
        if (len < (int)(sizeof known / sizeof *known))
            known[len++] = n;
    }
    return false;
}

static void check_type(struct player *p, const cJSON *wanted, const struct http_response *r,
                       int num)
{
    struct span type = span_of(play_text(wanted, "expected_type"));
    bool setup = is_setup(wanted, "expected_type");
    int64_t server = 0;
    bool counted = play_number(seen_by_client(p, r, SPAN("Server-Request-Count")), &server);
    if (span_eq(type, SPAN("cached")) && !(r->status == 304 && !counted))
        expect(p, setup, counted && server < num,
               arena_printf(p->arena, "Response %d does not come from cache", num));
    if (span_eq(type, SPAN("not_cached")))
        expect(p, setup, counted && server == num,
               arena_printf(p->arena, "Response %d comes from cache", num));
}

static void check_status(struct player *p, const cJSON *wanted, const struct http_response *r,
                         int num)
{
    const cJSON *expected = cJSON_GetObjectItemCaseSensitive(wanted, "expected_status");
    const cJSON *given = cJSON_GetObjectItemCaseSensitive(wanted, "response_status");
    int status = expected ? expected->valueint
                 : given  ? cJSON_GetArrayItem(given, 0)->valueint
                          : 200;
    if (!expected && !given && r->status == 999) {
        expect(p, is_setup(wanted, "expected_type"), false,
               arena_printf(p->arena, "Request %d should have been conditional, but it was not.",
                            num));
        return;
    }
    expect(p, expected ? is_setup(wanted, "expected_status") : true, r->status == status,
           arena_printf(p->arena, "Response %d status is %d, not %d", num, r->status, status));
}

/* ["Age", ">", 5] and ["Age", "=", "Other"]. */
static bool relation_holds(struct player *p, const cJSON *header, const struct http_response *r,
                           struct span value)
{
    const cJSON *operand = cJSON_GetArrayItem(header, 2);
    int64_t n;
    if (span_eq(text_of(cJSON_GetArrayItem(header, 1)), SPAN("=")))
        return span_eq(value, seen_by_client(p, r, text_of(operand)));
    return play_number(value, &n) && n > (int64_t)operand->valuedouble;
}

static void check_present(struct player *p, const cJSON *wanted, const struct http_response *r,
                          int num)
{
    bool setup = is_setup(wanted, "expected_response_headers");
    cJSON *header;
    cJSON_ArrayForEach(header,
                       cJSON_GetObjectItemCaseSensitive(wanted, "expected_response_headers"))
    {
        bool bare = cJSON_IsString(header);
        struct span name = text_of(bare ? header : cJSON_GetArrayItem(header, 0));
        struct span value = seen_by_client(p, r, name);
        bool related = !bare && cJSON_GetArraySize(header) > 2;
        struct play_fixup with = fixup_of(p, r);
        if (bare || related)
            expect(p, setup, !span_is_none(value),
                   arena_printf(p->arena, "Response %d %.*s header not present.", num,
                                SPAN_ARG(name)));
        if (related)
            expect(p, setup, relation_holds(p, header, r, value),
                   arena_printf(p->arena, "Response %d header %.*s is %.*s", num, SPAN_ARG(name),
                                SPAN_ARG(value)));
        else if (!bare)
            expect(p, setup,
                   !span_is_none(value) &&
                       span_eq(value, play_header_value(header, &with, wanted, p->arena)),
                   arena_printf(p->arena, "Response %d header %.*s is \"%.*s\"", num,
                                SPAN_ARG(name), SPAN_ARG(value)));
    }
}

/* The form with a value never fails in the suite (it asks for a property that is not there). */
static void check_missing(struct player *p, const cJSON *wanted, const struct http_response *r,
                          int num)
{
    bool setup = is_setup(wanted, "expected_response_headers_missing");
    const cJSON *header;
    cJSON_ArrayForEach(header,
                       cJSON_GetObjectItemCaseSensitive(
                           wanted, "expected_response_headers_missing")) if (cJSON_IsString(header))
        expect(p, setup, span_is_none(seen_by_client(p, r, text_of(header))),
               arena_printf(p->arena, "Response %d includes unexpected header %s", num,
                            header->valuestring));
}

static void check_body(struct player *p, const cJSON *wanted, const struct http_response *r,
                       int num)
{
    const cJSON *check = cJSON_GetObjectItemCaseSensitive(wanted, "check_body");
    const cJSON *expected = cJSON_GetObjectItemCaseSensitive(wanted, "expected_response_text");
    const cJSON *given = cJSON_GetObjectItemCaseSensitive(wanted, "response_body");
    struct span text = SPAN_NONE;
    bool setup = true;
    if (cJSON_IsFalse(check) || cJSON_IsNull(expected))
        return;
    if (expected) {
        setup = is_setup(wanted, "expected_response_text");
        text = text_of(expected);
    } else if (given && !cJSON_IsNull(given)) {
        text = text_of(given);
    } else if (r->status != 204 && r->status != 304 &&
               !span_eq(span_of(play_text(wanted, "request_method")), SPAN("HEAD"))) {
        text = p->origin.uuid;
    } else {
        return;
    }
    expect(p, setup, span_eq(r->body, text),
           arena_printf(p->arena, "Response %d body is \"%.*s\", not \"%.*s\"", num,
                        SPAN_ARG(r->body), SPAN_ARG(text)));
}

static void check_response(struct player *p, const cJSON *wanted, const struct http_response *r,
                           int num)
{
    expect(p, true, !repeats(seen_by_client(p, r, SPAN("Request-Numbers"))), SPAN("retry"));
    check_type(p, wanted, r, num);
    check_status(p, wanted, r, num);
    check_present(p, wanted, r, num);
    check_missing(p, wanted, r, num);
    check_body(p, wanted, r, num);
}

/* What the origin saw: checkServerRequests(). */

static void script_breaks(struct player *p)
{
    if (p->outcome.end == PLAY_PASS)
        p->outcome = (struct play_outcome){ PLAY_TYPE, SPAN("the origin did not see the request") };
}

/* Did the origin see a condition in `seen`, which may be NULL? */
static void check_condition(struct player *p, const cJSON *wanted, const struct play_seen *seen,
                            int num, struct span name)
{
    bool setup = is_setup(wanted, "expected_type");
    expect(p, setup, seen != NULL, arena_printf(p->arena, "request %d wasn't sent to server", num));
    if (seen)
        expect(p, setup, !span_is_none(play_field(&seen->request.fields, name, p->arena)),
               arena_printf(p->arena, "request %d doesn't have %.*s header", num, SPAN_ARG(name)));
}

static void check_request_fields(struct player *p, const cJSON *wanted,
                                 const struct play_seen *seen, int num)
{
    bool setup = is_setup(wanted, "expected_request_headers");
    const cJSON *header;
    cJSON_ArrayForEach(header, cJSON_GetObjectItemCaseSensitive(wanted, "expected_request_headers"))
    {
        if (!seen) {
            script_breaks(p);
            return;
        }
        bool bare = cJSON_IsString(header);
        struct span name = text_of(bare ? header : cJSON_GetArrayItem(header, 0));
        struct span value = play_field(&seen->request.fields, name, p->arena);
        expect(p, setup,
               !span_is_none(value) &&
                   (bare || span_eq(value, text_of(cJSON_GetArrayItem(header, 1)))),
               arena_printf(p->arena, "Request %d header %.*s is \"%.*s\"", num, SPAN_ARG(name),
                            SPAN_ARG(value)));
    }
}

static void check_saved(struct player *p, const struct play_seen *seen,
                        const struct http_response *r, int num)
{
    for (uint32_t i = 0; i < seen->saved.len; i++) {
        const struct http_field *f = &seen->saved.at[i];
        struct span received = seen_by_client(p, r, f->name);
        if (span_ieq(f->name, SPAN("date")))
            continue;
        expect(p, true, !span_is_none(received) && span_eq(received, f->value),
               arena_printf(p->arena, "Response %d header %.*s is \"%.*s\", not \"%.*s\"", num,
                            SPAN_ARG(f->name), SPAN_ARG(received), SPAN_ARG(f->value)));
    }
}

static void check_seen(struct player *p, const cJSON *wanted, const struct play_seen *seen,
                       const struct http_response *r, int num)
{
    struct span type = span_of(play_text(wanted, "expected_type"));
    const char *method = play_text(wanted, "expected_method");
    if (span_eq(type, SPAN("not_cached"))) {
        if (!seen)
            script_breaks(p);
        else
            expect(p, is_setup(wanted, "expected_type"), seen->request_num == num,
                   arena_printf(p->arena, "Response %d comes from cache (%d on server)", num,
                                seen->request_num));
    }
    if (span_eq(type, SPAN("etag_validated")))
        check_condition(p, wanted, seen, num, SPAN("if-none-match"));
    if (span_eq(type, SPAN("lm_validated")))
        check_condition(p, wanted, seen, num, SPAN("if-modified-since"));
    check_request_fields(p, wanted, seen, num);
    if (seen)
        check_saved(p, seen, r, num);
    if (*method && !seen)
        script_breaks(p);
    else if (*method)
        expect(p, is_setup(wanted, "expected_method"),
               span_eq(seen->request.method, span_of(method)),
               arena_printf(p->arena, "Request %d had method %.*s, not %s", num,
                            SPAN_ARG(seen->request.method), method));
}

static void check_all_seen(struct player *p)
{
    int at = 0, num = 0;
    const cJSON *wanted;
    cJSON_ArrayForEach(wanted, p->requests)
    {
        num++;
        if (span_eq(span_of(play_text(wanted, "expected_type")), SPAN("cached")))
            continue; /* the origin will not have seen it */
        check_seen(p, wanted, at < p->origin.seen_len ? &p->origin.seen[at] : NULL,
                   &p->responses[num - 1], num);
        at++;
        if (p->outcome.end != PLAY_PASS)
            return;
    }
}

static void play_one(struct player *p, cJSON *wanted, int at)
{
    struct http_request request = request_of(p, wanted, at);
    p->clock.now_ms += TRIP_MS;
    if (!p->cache->answer(p->cache->self, &p->origin, &request, p->clock.now_ms / 1000, p->arena,
                          &p->responses[at]))
        p->outcome = (struct play_outcome){ PLAY_FETCH, SPAN("the cache closed the connection") };
    else
        check_response(p, wanted, &p->responses[at], at + 1);
    if (play_has(wanted, "pause_after"))
        p->clock.now_ms += PAUSE_MS;
}

struct play_outcome play_test(const cJSON *test, const struct play_cache *cache,
                              struct arena *arena)
{
    struct player p = { .test = test, .cache = cache, .arena = arena, .clock = { START_MS } };
    int at = 0;
    cJSON *wanted;
    p.requests = cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(test, "requests"), true);
    assert(p.requests && cJSON_GetArraySize(p.requests) <= REQUESTS_MAX);
    play_origin_start(&p.origin, test, arena, &p.clock);
    cJSON_ArrayForEach(wanted, p.requests)
    {
        play_one(&p, wanted, at++);
        if (p.outcome.end != PLAY_PASS)
            break;
    }
    if (p.outcome.end == PLAY_PASS)
        check_all_seen(&p);
    play_origin_end(&p.origin);
    cJSON_Delete(p.requests);
    return p.outcome;
}
