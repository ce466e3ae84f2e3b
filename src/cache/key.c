#include "rehearse/cache/key.h"

#include <stdlib.h>

#include "rehearse/base/mem.h"
#include "rehearse/http/cookie.h"
#include "rehearse/http/url.h"

bool key_name_matches(struct span pattern, struct span name)
{
    if (pattern.len && pattern.ptr[pattern.len - 1] == '*')
        return span_starts(name, span_head(pattern, pattern.len - 1));
    return span_eq(pattern, name);
}

static bool matches_any(const struct span *patterns, size_t count, struct span name)
{
    for (size_t i = 0; i < count; i++)
        if (key_name_matches(patterns[i], name))
            return true;
    return false;
}

/* A query item or a cookie, with its place, so that sorting keeps the order of equal names. */
struct item {
    struct span name;
    struct span value; /* SPAN_NONE without '=' */
    size_t place;
};

struct items {
    struct item *at; /* owned */
    size_t len, cap;
};

static void items_release(struct items *items)
{
    free(items->at);
}

static void items_add(struct items *items, struct span name, struct span value)
{
    items->at = array_room(items->at, &items->cap, items->len + 1, sizeof *items->at);
    items->at[items->len] = (struct item){ name, value, items->len };
    items->len++;
}

static int by_name(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    int order = span_cmp(x->name, y->name);
    if (order)
        return order;
    return x->place < y->place ? -1 : x->place > y->place;
}

static void items_sort(struct items *items)
{
    if (items->len > 1)
        qsort(items->at, items->len, sizeof *items->at, by_name);
}

/* No input may pose as two lines of the key. */
static void add_input(struct strbuf *out, struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '\n')
            strbuf_add_str(out, "%0A");
        else
            strbuf_add_char(out, s.ptr[i]);
    }
}

static void add_host(struct strbuf *out, const struct key_policy *policy,
                     const struct http_request *request)
{
    struct span host = request->authority;
    ptrdiff_t colon = span_rfind_char(host, ':');
    uint64_t port;
    /* The port that the scheme implies says nothing (RFC 9110 section 4.2.3). */
    if (colon > 0 && span_to_u64(span_from(host, (size_t)colon + 1), &port) && port &&
        port == (uint64_t)url_default_port(request->scheme))
        host = span_head(host, (size_t)colon);
    for (size_t i = 0; i < policy->host_count; i++)
        if (span_ieq(policy->hosts[i].name, host)) {
            host = policy->hosts[i].stands;
            break;
        }
    for (size_t i = 0; i < host.len; i++)
        strbuf_add_char(out, char_lower(host.ptr[i]));
}

static void add_path(struct strbuf *out, const struct key_policy *policy, struct span path)
{
    size_t start = out->len;
    add_input(out, path);
    for (size_t i = start; policy->fold_path && i < out->len; i++)
        out->buf[i] = char_lower(out->buf[i]);
}

static bool keeps(const struct key_policy *policy, struct span name)
{
    bool named = matches_any(policy->query_names, policy->query_count, name);
    switch (policy->query) {
    case KEY_QUERY_ALL:
        return true;
    case KEY_QUERY_NONE:
        return false;
    case KEY_QUERY_KEEP:
        return named;
    case KEY_QUERY_DROP:
        return !named;
    }
    return true;
}

static void add_query(struct strbuf *out, const struct key_policy *policy, struct span query)
{
    AUTO(items_release) struct items items = { 0 };
    struct query_item item;

    if (span_is_none(query) || policy->query == KEY_QUERY_NONE)
        return;
    if (policy->query == KEY_QUERY_ALL && !policy->query_sort) {
        strbuf_add_char(out, '?'); /* byte for byte, an empty one too */
        add_input(out, query);
        return;
    }
    while (query_next(&query, &item))
        if (keeps(policy, item.name))
            items_add(&items, item.name, item.value);
    if (policy->query_sort)
        items_sort(&items);
    for (size_t i = 0; i < items.len; i++) {
        strbuf_add_char(out, i ? '&' : '?');
        add_input(out, items.at[i].name);
        if (!span_is_none(items.at[i].value)) {
            strbuf_add_char(out, '=');
            add_input(out, items.at[i].value);
        }
    }
}

static void add_header(struct strbuf *out, struct span name, const struct http_request *request)
{
    bool present = false;
    strbuf_add_str(out, "header.");
    for (size_t i = 0; i < name.len; i++)
        strbuf_add_char(out, char_lower(name.ptr[i]));
    for (uint32_t i = 0; i < request->fields.len; i++) {
        const struct http_field *f = &request->fields.at[i];
        if (span_is_none(f->value) || !span_ieq(f->name, name))
            continue;
        strbuf_add_str(out, present ? ", " : "=");
        add_input(out, span_trim(f->value));
        present = true;
    }
    strbuf_add_char(out, '\n');
}

static void add_cookies(struct strbuf *out, const struct key_policy *policy,
                        const struct http_request *request)
{
    AUTO(items_release) struct items items = { 0 };
    struct cookie_pair pair;

    for (uint32_t i = 0; policy->cookie_count && i < request->fields.len; i++) {
        struct span rest = request->fields.at[i].value;
        if (!span_ieq(request->fields.at[i].name, SPAN("Cookie")))
            continue;
        while (cookie_next(&rest, &pair))
            if (matches_any(policy->cookies, policy->cookie_count, pair.name))
                items_add(&items, pair.name, pair.value);
    }
    items_sort(&items);
    for (size_t i = 0; i < items.len; i++) {
        strbuf_add_str(out, "cookie.");
        add_input(out, items.at[i].name);
        strbuf_add_char(out, '=');
        add_input(out, items.at[i].value);
        strbuf_add_char(out, '\n');
    }
}

void key_add(struct strbuf *out, const struct key_policy *policy,
             const struct http_request *request)
{
    struct span query = request->target;
    struct span path = span_cut(&query, '?');

    if (!policy->ignore_host)
        add_host(out, policy, request);
    add_path(out, policy, path);
    add_query(out, policy, query);
    strbuf_add_char(out, '\n');
    if (policy->method)
        strbuf_addf(out, "method=%.*s\n", SPAN_ARG(request->method));
    if (policy->scheme)
        strbuf_addf(out, "scheme=%.*s\n", SPAN_ARG(request->scheme));
    for (size_t i = 0; i < policy->header_count; i++)
        add_header(out, policy->headers[i], request);
    add_cookies(out, policy, request);
}

struct span key_of(const struct key_policy *policy, const struct http_request *request,
                   struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    key_add(&out, policy, request);
    return arena_copy(arena, strbuf_span(&out));
}
