#include "rehearse/cache/decision.h"

#include "rehearse/http/method.h"
#include "rehearse/http/url.h"

/* By the RFC. */
static bool invalidates(const struct http_request *request, const struct http_response *response,
                        struct reason *ret_why)
{
    if (method_is_safe(request->method)) {
        *ret_why = (struct reason){ "B-I0", SPAN_NONE, "RFC 9111 section 4.4",
                                    "A safe method leaves what is stored alone." };
        return false;
    }
    if (response->status < 200 || response->status > 399) {
        *ret_why = (struct reason){ "B-I0", SPAN_NONE, "RFC 9111 section 4.4",
                                    "The unsafe request failed, so nothing changed." };
        return false;
    }
    *ret_why =
        (struct reason){ "B-I1", SPAN_NONE, "RFC 9111 section 4.4",
                         "An unsafe request succeeded: what is stored of its URI is invalid." };
    return true;
}

static bool is_known(struct span method)
{
    return span_eq(method, SPAN("POST")) || span_eq(method, SPAN("PUT")) ||
           span_eq(method, SPAN("DELETE"));
}

bool exchange_invalidates_for(const struct cache_policy *policy, const struct http_request *request,
                              const struct http_response *response, struct reason *ret_why)
{
    struct http_response taken = *response;
    if (policy->never_invalidates) {
        *ret_why = (struct reason){ "B-I2", SPAN_NONE, "",
                                    "This cache keeps what it has, whatever is written." };
        return false;
    }
    if (policy->invalidates_by_known_methods && !is_known(request->method)) {
        *ret_why = (struct reason){ "B-I2", SPAN_NONE, "",
                                    "This method makes nothing invalid in this cache." };
        return false;
    }
    bool always = policy->invalidates_on_failure ||
                  (policy->others_invalidate_on_failure && !is_known(request->method));
    if (always && response->status >= 400)
        taken.status = 200;
    return invalidates(request, &taken, ret_why);
}

/* RFC 9110 section 4.3.1: scheme, host and port. */
static bool same_origin(const struct url *a, const struct url *b)
{
    int port_a = a->port ? a->port : url_default_port(a->scheme);
    int port_b = b->port ? b->port : url_default_port(b->scheme);
    return span_ieq(a->scheme, b->scheme) && span_ieq(a->host, b->host) && port_a == port_b;
}

static struct span own_uri(const struct http_request *request, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    strbuf_add_span(&out, span_is_none(request->scheme) ? SPAN("https") : request->scheme);
    strbuf_add_str(&out, "://");
    strbuf_add_span(&out, request->authority);
    strbuf_add_span(&out, request->target);
    return arena_copy(arena, strbuf_span(&out));
}

static bool seen(const struct span *list, size_t count, struct span uri)
{
    for (size_t i = 0; i < count; i++)
        if (span_eq(list[i], uri))
            return true;
    return false;
}

size_t invalidated_uris(const struct http_request *request, const struct http_response *response,
                        struct arena *arena, struct span ret[INVALIDATED_MAX])
{
    static const struct span fields[] = { { "Location", 8 }, { "Content-Location", 16 } };
    struct reason why;
    struct url own, other;
    size_t count = 0;

    if (!invalidates(request, response, &why))
        return 0;
    ret[count++] = own_uri(request, arena);
    if (!url_parse(&own, ret[0]))
        return count;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        struct span reference = http_fields_value(&response->fields, fields[i]);
        if (span_is_none(reference))
            continue;
        struct span uri = url_resolve(ret[0], reference, arena);
        ptrdiff_t fragment = span_find_char(uri, '#');
        uri = fragment < 0 ? uri : span_head(uri, (size_t)fragment);
        if (url_parse(&other, uri) && same_origin(&own, &other) && !seen(ret, count, uri))
            ret[count++] = uri;
    }
    return count;
}

struct cache_invalidation cache_invalidation_of(const struct cache_policy *policy,
                                                const struct http_request *request,
                                                const struct http_response *response,
                                                struct arena *arena)
{
    struct cache_invalidation out = { .count = 0 };
    if (!exchange_invalidates_for(policy, request, response, &out.why))
        return out;
    out.count = invalidated_uris(request, response, arena, out.uris);
    if (out.count == 0) /* it failed, and this cache does not look at that */
        out.uris[out.count++] = own_uri(request, arena);
    if (policy->keeps_other_uris && out.count > 1)
        out.count = 1;
    if (policy->reads_cache_groups)
        out.groups = cache_groups_invalidated(&response->fields, request->method, arena);
    return out;
}
