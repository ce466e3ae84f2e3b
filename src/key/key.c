#include "rehearse/key/key.h"

#include <stdlib.h>

#include "parts.h"
#include "rehearse/base/glob.h"
#include "rehearse/base/mem.h"
#include "rehearse/http/cookie.h"
#include "rehearse/http/url.h"

bool key_name_matches(struct span pattern, struct span name)
{
    ptrdiff_t star = span_find_char(pattern, '*');
    if (star < 0)
        return span_eq(pattern, name);
    if ((size_t)star + 1 == pattern.len)
        return span_starts(name, span_head(pattern, (size_t)star));
    return glob_matches(pattern, name);
}

static bool matches_any(const struct span *patterns, size_t count, struct span name)
{
    for (size_t i = 0; i < count; i++)
        if (key_name_matches(patterns[i], name))
            return true;
    return false;
}

void key_add_bytes(struct strbuf *out, struct span s)
{
    while (s.len) {
        ptrdiff_t line = span_find_char(s, '\n');
        if (line < 0) {
            key_put(out, s);
            return;
        }
        key_put(out, span_head(s, (size_t)line));
        key_put(out, SPAN("\n\t"));
        s = span_from(s, (size_t)line + 1);
    }
}

void key_add_lower(struct strbuf *out, struct span s)
{
    size_t start = out->len;
    key_add_bytes(out, s);
    for (size_t i = start; i < out->len; i++)
        out->buf[i] = char_lower(out->buf[i]);
}

/* ---- items: of a query, of a cookie line ---- */

enum { ITEMS_NEAR = 24 };

/* With its place, so that sorting keeps the order of equal names. */
struct item {
    struct span name;
    struct span value; /* SPAN_NONE without '=' */
    size_t place;
};

struct items {
    struct item near[ITEMS_NEAR]; /* no allocation for what nearly every request has */
    struct item *far;             /* owned: all of them, once they are more */
    size_t len, cap;
};

static void items_release(struct items *items)
{
    free(items->far);
}

static struct item *items_at(struct items *items)
{
    return items->far ? items->far : items->near;
}

static void items_add(struct items *items, struct span name, struct span value)
{
    if (items->len == ITEMS_NEAR && !items->far) {
        items->far = array_room(NULL, &items->cap, (size_t)ITEMS_NEAR * 2, sizeof *items->far);
        memcpy(items->far, items->near, sizeof items->near);
    } else if (items->far) {
        items->far = array_room(items->far, &items->cap, items->len + 1, sizeof *items->far);
    }
    items_at(items)[items->len] = (struct item){ name, value, items->len };
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

static int by_name_and_value(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    int order = span_cmp(x->name, y->name);
    return order ? order : span_cmp(x->value, y->value);
}

static void items_sort(struct items *items, int (*by)(const void *a, const void *b))
{
    if (items->len > 1)
        qsort(items_at(items), items->len, sizeof(struct item), by);
}

/* ---- host ---- */

static void add_host(struct strbuf *out, const struct key_policy *policy,
                     const struct http_request *request)
{
    /* The port that the scheme implies says nothing (RFC 9110 section 4.2.3). */
    struct span host = url_without_default_port(request->authority, request->scheme);
    for (size_t i = 0; i < policy->host_count; i++)
        if (glob_imatches(policy->hosts[i].name, host)) {
            host = policy->hosts[i].stands;
            break;
        }
    key_add_lower(out, host);
    if (span_find_char(host, '/') >= 0) /* no host, and where the path begins could not be told */
        key_put_char(out, '\n');
}

/* ---- query ---- */

static bool keeps(const struct key_policy *policy, struct span name)
{
    switch (policy->query) {
    case KEY_QUERY_ALL:
        return true;
    case KEY_QUERY_NONE:
        return false;
    case KEY_QUERY_KEEP:
        return matches_any(policy->query_names, policy->query_count, name);
    case KEY_QUERY_DROP:
        return !matches_any(policy->query_names, policy->query_count, name);
    }
    return true;
}

static void add_item(struct strbuf *out, char before, struct span name, struct span value)
{
    key_put_char(out, before);
    key_add_bytes(out, name);
    if (span_is_none(value))
        return;
    key_put_char(out, '=');
    key_add_bytes(out, value);
}

static void add_sorted(struct strbuf *out, const struct key_policy *policy, struct span query)
{
    AUTO(items_release) struct items items;
    struct query_item item;
    items.far = NULL;
    items.len = items.cap = 0;
    while (query_next(&query, &item))
        if (keeps(policy, item.name))
            items_add(&items, item.name, item.value);
    items_sort(&items, policy->query_values ? by_name_and_value : by_name);
    for (size_t i = 0; i < items.len; i++)
        add_item(out, i ? '&' : '?', items_at(&items)[i].name, items_at(&items)[i].value);
}

static void add_chosen(struct strbuf *out, const struct key_policy *policy, struct span query)
{
    struct query_item item;
    char before = '?';
    while (query_next(&query, &item)) {
        if (!keeps(policy, item.name))
            continue;
        add_item(out, before, item.name, item.value);
        before = '&';
    }
}

static void add_query(struct strbuf *out, const struct key_policy *policy, struct span query)
{
    AUTO(strbuf_release) struct strbuf spelt = STRBUF_INIT;
    if (span_is_none(query) || policy->query == KEY_QUERY_NONE ||
        (query.len == 0 && policy->query_empty))
        return;
    if (policy->query_percent) {
        key_add_percent(&spelt, query);
        query = strbuf_span(&spelt);
    }
    size_t start = out->len;
    if (policy->query_sort) {
        add_sorted(out, policy, query);
    } else if (policy->query == KEY_QUERY_ALL) {
        key_put_char(out, '?'); /* byte for byte, an empty one too */
        key_add_bytes(out, query);
    } else {
        add_chosen(out, policy, query);
    }
    for (size_t i = start; policy->query_fold && i < out->len; i++)
        out->buf[i] = char_lower(out->buf[i]);
}

/* ---- the rest ---- */

static void add_cookies(struct strbuf *out, const struct key_policy *policy,
                        const struct http_request *request)
{
    AUTO(items_release) struct items items;
    struct cookie_pair pair;
    bool keep = policy->cookie_mode == KEY_COOKIES_KEEP;

    items.far = NULL;
    items.len = items.cap = 0;
    for (uint32_t i = 0; i < request->fields.len; i++) {
        struct span rest = request->fields.at[i].value;
        if (!span_ieq(request->fields.at[i].name, SPAN("Cookie")))
            continue;
        while (cookie_next(&rest, &pair))
            if (matches_any(policy->cookies, policy->cookie_count, pair.name) == keep)
                items_add(&items, pair.name, pair.value);
    }
    items_sort(&items, by_name);
    for (size_t i = 0; i < items.len; i++) {
        key_put(out, SPAN("cookie."));
        key_add_bytes(out, items_at(&items)[i].name);
        key_put_char(out, '=');
        key_add_bytes(out, items_at(&items)[i].value);
        key_put_char(out, '\n');
    }
}

static void add_line(struct strbuf *out, struct span name, struct span value)
{
    key_put(out, name);
    key_put_char(out, '=');
    key_add_bytes(out, value);
    key_put_char(out, '\n');
}

static void add_method(struct strbuf *out, const struct key_policy *policy, struct span method)
{
    bool get = span_eq(method, SPAN("GET")) || span_eq(method, SPAN("HEAD"));
    if (policy->method == KEY_METHOD_YES || (policy->method == KEY_METHOD_HEAD_IS_GET && !get))
        add_line(out, SPAN("method"), method);
}

void key_add(struct strbuf *out, const struct key_policy *policy,
             const struct http_request *request)
{
    struct span query = request->target;
    struct span path = span_cut(&query, '?');

    if (!policy->ignore_host)
        add_host(out, policy, request);
    key_add_path(out, policy->path, path);
    add_query(out, policy, query);
    key_put_char(out, '\n');
    add_method(out, policy, request->method);
    if (policy->scheme)
        add_line(out, SPAN("scheme"), request->scheme);
    uint64_t lengths = policy->input_count ? field_name_lengths(&request->fields) : 0;
    for (size_t i = 0; i < policy->input_count; i++)
        key_add_input(out, &policy->inputs[i], request, lengths);
    if (policy->cookie_count || policy->cookie_mode != KEY_COOKIES_KEEP)
        add_cookies(out, policy, request);
    strbuf_room(out, 0);
    strbuf_grew(out, 0); /* the NUL that key_put leaves out */
}

struct key_policy key_policy_ready(const struct key_policy *policy, struct arena *arena)
{
    struct key_policy ready = *policy;
    struct key_input *inputs = arena_calloc(arena, policy->input_count + 1, sizeof *inputs);
    for (size_t i = 0; i < policy->input_count; i++) {
        inputs[i] = policy->inputs[i];
        if (inputs[i].title.len)
            continue;
        AUTO(strbuf_release) struct strbuf title = STRBUF_INIT;
        key_add_title(&title, &inputs[i]);
        inputs[i].title = arena_copy(arena, strbuf_span(&title));
    }
    ready.inputs = inputs;
    return ready;
}

struct span key_of(const struct key_policy *policy, const struct http_request *request,
                   struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    key_add(&out, policy, request);
    return arena_copy(arena, strbuf_span(&out));
}
