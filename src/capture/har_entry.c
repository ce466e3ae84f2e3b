/*
 * One entry of a HAR 1.2 document, in the dialects of Chrome, Firefox, Safari and
 * mitmproxy. An export is a browser's memory of what it did, not of what went over
 * the wire: entries that never left the browser are told apart here.
 */
#include "har_entry.h"

#include <inttypes.h>

#include "base64.h"
#include "recorded.h"
#include "rehearse/http/date.h"
#include "rehearse/http/media_type.h"
#include "source_impl.h"

enum har_creator har_creator_of(struct span name)
{
    static const struct {
        const char *word; /* in creator.name */
        enum har_creator creator;
    } known[] = {
        { "WebInspector", HAR_CHROME },
        { "Firefox", HAR_FIREFOX },
        { "WebKit Web Inspector", HAR_SAFARI },
        { "mitmproxy", HAR_MITMPROXY },
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (span_ifind(name, span_of(known[i].word)) >= 0)
            return known[i].creator;
    return HAR_OTHER;
}

/*
 * Why an entry is nothing to replay.
 */
static bool is_http(struct span url)
{
    return span_istarts(url, SPAN("http://")) || span_istarts(url, SPAN("https://"));
}

/* "data:", "chrome-extension:": a scheme that is not ours, but one. */
static bool has_other_scheme(struct span url)
{
    struct span rest = url;
    struct span scheme = span_cut(&rest, ':');

    if (span_is_none(rest) || scheme.len == 0 || is_http(url))
        return false;
    for (size_t i = 0; i < scheme.len; i++)
        if (!char_is_alpha(scheme.ptr[i]) && !char_is_digit(scheme.ptr[i]) &&
            scheme.ptr[i] != '-' && scheme.ptr[i] != '+' && scheme.ptr[i] != '.')
            return false;
    return true;
}

/* Chrome, Edge and Safari say it. */
static bool says_cached(const cJSON *entry)
{
    struct span fetch = tree_text(entry, "_fetchType"); /* Safari */

    return tree_text(entry, "_fromCache").len > 0 || tree_is_true(entry, "_fromCache") ||
           tree_is_true(entry, "_fetchedViaServiceWorker") ||
           span_eq(fetch, SPAN("Memory Cache")) || span_eq(fetch, SPAN("Disk Cache")) ||
           span_eq(fetch, SPAN("Service Worker"));
}

/*
 * Firefox does not: its cached entries have a content, nothing transferred, and no
 * time spent on anything. All three together, for a fast server on the same
 * machine has times of 0 ms too.
 */
static bool firefox_cached(const cJSON *entry)
{
    static const char *const phases[] = { "blocked", "dns", "connect", "send", "wait", "receive" };
    const cJSON *response = tree_member(entry, "response");
    const cJSON *timings = tree_member(entry, "timings");
    double ms;

    if (tree_count(response, "bodySize") > 0 || tree_count(response, "status") == 304 ||
        tree_count(tree_member(response, "content"), "size") <= 0)
        return false;
    for (size_t i = 0; i < sizeof phases / sizeof *phases; i++)
        if (tree_number(timings, phases[i], &ms) && ms > 0)
            return false;
    return !tree_number(entry, "time", &ms) || ms <= 0;
}

/*
 * Playwright does not say it either, nor when a test answered in the server's
 * place: what came over the network has at least a status line.
 */
static bool nothing_transferred(const cJSON *entry)
{
    const cJSON *response = tree_member(entry, "response");
    double wait;

    return tree_count(response, "_transferSize") == 0 && tree_count(response, "status") > 0 &&
           tree_number(tree_member(entry, "timings"), "wait", &wait) && wait <= 0;
}

static struct span reason_to_skip(const cJSON *entry, struct span url,
                                  const struct har_entry_context *context)
{
    struct span type = tree_text(entry, "_resourceType");

    if (span_istarts(url, SPAN("ws:")) || span_istarts(url, SPAN("wss:")) ||
        span_eq(type, SPAN("websocket")))
        return SPAN("a WebSocket, which is not replayed");
    if (has_other_scheme(url))
        return SPAN("not an http or https URL (data:, blob:, a browser extension)");
    if (says_cached(entry) || nothing_transferred(entry) ||
        (context->creator == HAR_FIREFOX && firefox_cached(entry)))
        return SPAN("answered by the browser's cache");
    /* net::ERR_BLOCKED_BY_CLIENT and kin: a content blocker's or the browser's own doing. */
    if (span_starts(tree_text(tree_member(entry, "response"), "_error"),
                    SPAN("net::ERR_BLOCKED_BY")))
        return SPAN("blocked inside the browser, never sent");
    return SPAN_NONE;
}

/*
 * What an entry must have.
 */
static int reject(struct source_item *item, struct arena *arena, const char *reason,
                  const char *member, const cJSON *found, const char *expected)
{
    return source_reject(item, 0, span_of(reason),
                         arena_printf(arena, "entry %" PRIu64 ": %s is %s, expected %s",
                                      item->entry, member, tree_type(found), expected));
}

static int reject_text(struct source_item *item, struct arena *arena, const char *reason,
                       const char *member, struct span found, const char *expected)
{
    return source_reject(item, 0, span_of(reason),
                         arena_printf(arena, "entry %" PRIu64 ": %s is \"%.*s\", expected %s",
                                      item->entry, member, SPAN_ARG(span_head(found, 100)),
                                      expected));
}

/* 0, or the outcome of a rejection. */
static int read_request_line(struct source_item *item, const cJSON *request, struct arena *arena)
{
    struct http_request *r = &item->exchange.request;
    struct span url = tree_text(request, "url");
    struct span method = tree_text(request, "method");

    if (span_is_none(method))
        return reject(item, arena, "entry has no request.method", "request.method",
                      tree_member(request, "method"), "a string such as \"GET\"");
    if (!request_method_fits(method))
        return reject_text(item, arena, "request.method is no HTTP method", "request.method",
                           method, "a token such as \"GET\"");
    if (!is_http(url) || !request_set_target(r, arena_copy(arena, url), arena))
        return reject_text(item, arena, "request.url is no URL", "request.url", url,
                           "an absolute http or https URL");
    if (r->authority.len == 0)
        return reject_text(item, arena, "request.url is no URL", "request.url", url,
                           "a URL with a host");
    r->method = arena_copy(arena, method);
    r->version = request_version(tree_text(request, "httpVersion"));
    return 0;
}

static struct span header_text(const cJSON *header, const char *name, struct arena *arena)
{
    struct span text = tree_text_copy(header, name, arena);
    return span_is_none(text) ? SPAN("") : text;
}

/* Fields that cannot have been on the wire are left out: the exchange is worth more than they are.
 */
static void read_headers(struct exchange *x, const cJSON *request, const cJSON *response,
                         struct arena *arena)
{
    const cJSON *header;

    cJSON_ArrayForEach(header, tree_member(request, "headers"))
    {
        request_take_field(&x->request, arena, header_text(header, "name", arena),
                           header_text(header, "value", arena));
    }
    cJSON_ArrayForEach(header, tree_member(response, "headers"))
    {
        response_take_field(&x->response, arena, header_text(header, "name", arena),
                            header_text(header, "value", arena));
    }
}

/* The cookies array, where an exporter left the Cookie field itself out. */
static void read_request_cookies(struct exchange *x, const cJSON *request, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf line = STRBUF_INIT;
    const cJSON *cookie;

    if (http_fields_first(&x->request.fields, SPAN("Cookie")))
        return;
    cJSON_ArrayForEach(cookie, tree_member(request, "cookies"))
    {
        struct span name = tree_text(cookie, "name");
        if (name.len == 0)
            continue;
        strbuf_add_str(&line, line.len ? "; " : "");
        strbuf_add_span(&line, name);
        strbuf_add_char(&line, '=');
        strbuf_add_span(&line, tree_text(cookie, "value"));
    }
    if (line.len)
        request_take_field(&x->request, arena, SPAN("Cookie"),
                           arena_copy(arena, strbuf_span(&line)));
}

static void add_attribute(struct strbuf *line, const char *name, struct span value)
{
    if (value.len) {
        strbuf_addf(line, "; %s=", name);
        strbuf_add_span(line, value);
    }
}

static void add_expires(struct strbuf *line, struct span expires)
{
    int64_t us;

    if (expires.len && iso_time_parse(expires, &us)) {
        strbuf_add_str(line, "; Expires=");
        http_date_add(line, us / 1000000);
    }
}

static void read_response_cookies(struct exchange *x, const cJSON *response, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf line = STRBUF_INIT;
    const cJSON *cookie;

    if (http_fields_first(&x->response.fields, SPAN("Set-Cookie")))
        return;
    cJSON_ArrayForEach(cookie, tree_member(response, "cookies"))
    {
        strbuf_clear(&line);
        strbuf_add_span(&line, tree_text(cookie, "name"));
        if (line.len == 0)
            continue;
        strbuf_add_char(&line, '=');
        strbuf_add_span(&line, tree_text(cookie, "value"));
        add_attribute(&line, "Path", tree_text(cookie, "path"));
        add_attribute(&line, "Domain", tree_text(cookie, "domain"));
        add_expires(&line, tree_text(cookie, "expires"));
        strbuf_add_str(&line, tree_is_true(cookie, "secure") ? "; Secure" : "");
        strbuf_add_str(&line, tree_is_true(cookie, "httpOnly") ? "; HttpOnly" : "");
        add_attribute(&line, "SameSite", tree_text(cookie, "sameSite"));
        response_take_field(&x->response, arena, SPAN("Set-Cookie"),
                            arena_copy(arena, strbuf_span(&line)));
    }
}

static int64_t ms_to_us(double ms)
{
    return ms < 0 || ms > 1e12 ? -1 : (int64_t)(ms * 1000 + 0.5);
}

/*
 * `time` is the sum of the phases. What is left of it without `receive` is the time
 * to the first byte, in every dialect: some count ssl into connect, as HAR asks,
 * and some do not.
 */
static void read_timings(struct exchange *x, const cJSON *entry)
{
    const cJSON *timings = tree_member(entry, "timings");
    double total;
    double receive;
    double wait;

    if (!tree_number(entry, "time", &total) || total < 0)
        return;
    x->duration_us = ms_to_us(total);
    if (tree_number(timings, "wait", &wait) && wait >= 0 &&
        tree_number(timings, "receive", &receive) && receive >= 0 && receive <= total)
        x->first_byte_us = ms_to_us(total - receive);
}

/*
 * Did the exporter keep the front part only? content.size counts the decoded
 * bytes, and text in UTF-8 is never shorter, but for UTF-16 pages, a byte order
 * mark, and mitmproxy, whose size is that of the coded body.
 */
static bool is_cut(struct span text, const cJSON *content, const struct har_entry_context *context)
{
    int64_t size = tree_count(content, "size");
    struct span charset = media_type_parameter(tree_text(content, "mimeType"), SPAN("charset"));

    if (context->holds_nul && size > 0 && (uint64_t)size > text.len)
        return true;
    if (size < 0 || (uint64_t)size <= text.len + 3 || span_istarts(charset, SPAN("utf-16")))
        return false;
    return context->creator != HAR_MITMPROXY;
}

static void read_content(struct exchange *x, const cJSON *content,
                         const struct har_entry_context *context, struct arena *arena)
{
    struct span text = tree_text(content, "text");
    struct span body;

    if (span_is_none(text)) {
        /* No text and no bytes: an empty body. No text and a size: not recorded. */
        if (tree_count(content, "size") == 0 || x->response.body_bytes == 0)
            x->response.body = SPAN("");
        return;
    }
    if (span_ieq(tree_text(content, "encoding"), SPAN("base64"))) {
        if (base64_decode(&body, text, arena))
            response_take_body(x, body);
        else
            x->marks |= MARK_BODY_UNDECODABLE;
        return;
    }
    if (is_cut(text, content, context))
        x->marks |= MARK_RESPONSE_BODY_CUT;
    response_take_body(x, arena_copy(arena, text));
}

static int64_t coded_body_bytes(const struct exchange *x, const cJSON *response)
{
    int64_t size = tree_count(response, "bodySize");
    return size > 0 ? size : fields_content_length(&x->response.fields);
}

static void read_response(struct exchange *x, const cJSON *response,
                          const struct har_entry_context *context, struct arena *arena)
{
    int64_t status = tree_count(response, "status");

    if (status < 100 || status > 599) {
        /*
         * 0, -1 (Playwright) and everything else: the browser gave up, or was told to.
         * The request's fields are provisional then, and Cookie is not among them.
         */
        x->marks |= MARK_CLIENT_ABORTED;
        x->marks &= ~(uint32_t)(MARK_ALL_REQUEST_FIELDS | MARK_ALL_RESPONSE_FIELDS);
        x->note = tree_text_copy(response, "_error", arena);
        if (span_is_none(x->note))
            x->note = tree_text_copy(response, "_failureText", arena);
        x->response.fields = (struct http_fields){ 0 };
        return;
    }
    x->response.status = (int)status;
    x->response.version = request_version(tree_text(response, "httpVersion"));
    x->response.body_bytes = coded_body_bytes(x, response);
    read_content(x, tree_member(response, "content"), context, arena);
}

static bool is_preflight(const cJSON *entry)
{
    return span_eq(tree_text(tree_member(entry, "_initiator"), "type"), SPAN("preflight")) ||
           span_eq(tree_text(entry, "_resourceType"), SPAN("preflight"));
}

int har_entry_read(struct source_item *item, const cJSON *entry,
                   const struct har_entry_context *context, struct arena *arena)
{
    struct exchange *x = &item->exchange;
    const cJSON *request = tree_member(entry, "request");
    const cJSON *response = tree_member(entry, "response");
    struct span url = tree_text(request, "url");

    if (!cJSON_IsObject(request))
        return reject(item, arena, "entry has no request", "request", request, "an object");
    if (span_is_none(url))
        return reject(item, arena, "entry has no request.url", "request.url",
                      tree_member(request, "url"), "an absolute URL");
    struct span skip = reason_to_skip(entry, url, context);
    if (!span_is_none(skip))
        return source_skip(item, skip);
    int rc = read_request_line(item, request, arena);
    if (rc)
        return rc;
    struct span started = tree_text(entry, "startedDateTime");
    if (!iso_time_parse(started, &x->start_us))
        return reject_text(item, arena, "entry has no startedDateTime", "startedDateTime", started,
                           "an ISO 8601 time such as \"2026-03-07T09:15:32.114Z\"");

    x->marks |= MARK_ALL_REQUEST_FIELDS | MARK_ALL_RESPONSE_FIELDS;
    if (is_preflight(entry))
        x->marks |= MARK_PREFLIGHT;
    read_headers(x, request, response, arena);
    read_request_cookies(x, request, arena);
    read_response_cookies(x, response, arena);
    read_timings(x, entry);
    har_post_data_read(x, request, context, arena);
    read_response(x, response, context, arena);
    return SOURCE_EXCHANGE;
}
