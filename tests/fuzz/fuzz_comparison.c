#include <stdint.h>
#include <stdlib.h>

#include "rehearse/compare/comparison.h"

/* Messages split by "\n\n\n", taken as pairs: nothing they hold breaks the pass, and its sums add
 * up. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct exchange read_message(struct span text, bool staging, struct arena *arena)
{
    struct exchange x = exchange_blank();
    size_t bad;
    struct span first = span_cut(&text, '\n');
    uint64_t status = 200;
    span_to_u64(span_cut(&first, ' '), &status);
    x.session = status % 5;
    x.start_us = (int64_t)(status % 100000) * 1000000;
    x.marks = MARK_ALL_REQUEST_FIELDS | (status % 2 ? 0 : MARK_ALL_RESPONSE_FIELDS);
    x.request.method = SPAN("GET");
    x.request.scheme = status % 3 ? (staging ? SPAN("http") : SPAN("https")) : SPAN_NONE;
    x.request.authority = staging ? SPAN("t.test") : SPAN("shop.example");
    x.request.target = span_is_none(first) ? SPAN("/") : first;
    x.response.status = (int)(status % 1000);
    if (!span_is_none(text) && http_fields_parse(&x.response.fields, text, arena, &bad) >= 0)
        x.request.fields = x.response.fields;
    ptrdiff_t body = span_find(text, SPAN("\n\n"));
    if (body >= 0)
        x.response.body = span_from(text, (size_t)body + 2);
    x.response.body_bytes = (int64_t)x.response.body.len;
    return x;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct routes *routes = routes_new();
    struct host_pair hosts[] = { { SPAN("shop.example"), SPAN("t.test"), SPAN("http") } };
    static const struct span names[] = { { "utm_*", 5 }, { "s*", 2 } };
    static const struct key_policy key = { .query = KEY_QUERY_DROP,
                                           .query_names = names,
                                           .query_count = 1,
                                           .cookies = names + 1,
                                           .cookie_count = 1 };
    struct comparison_options options = { .routes = routes, .hosts = hosts, .host_count = 1 };
    if (size % 2) /* else what the responses show */
        options.caches[1] = (struct compared_cache){ &cache_policy_rfc, &key, SPAN("X-Key") };
    struct comparison *comparison = comparison_new(&options);
    struct findings findings = FINDINGS_INIT;
    struct comparison_summary summary;
    struct arena arena = ARENA_INIT;
    struct span text = span_make((const char *)data, size), pending = SPAN_NONE;
    uint64_t sum = 0;

    while (text.len) {
        ptrdiff_t at = span_find(text, SPAN("\n\n\n"));
        struct span one = at < 0 ? text : span_head(text, (size_t)at);
        text = at < 0 ? SPAN("") : span_from(text, (size_t)at + 3);
        if (!span_is_none(pending)) {
            struct exchange p = read_message(pending, false, &arena);
            struct exchange s = read_message(one, true, &arena);
            s.request.target = p.request.target;
            comparison_add(comparison, &p, &s, NULL, 0);
            one = SPAN_NONE;
        }
        pending = one;
    }
    if (comparison_finish(comparison, &findings, &summary, NULL) < 0)
        abort();
    for (size_t i = 0; i < summary.coverage_count; i++)
        if (span_eq(summary.coverage[i].what, SPAN("exchanges")))
            sum += summary.coverage[i].exchanges;
    if (sum != summary.planned)
        abort();
    findings_release(&findings);
    comparison_free(comparison);
    routes_free(routes);
    arena_release(&arena);
    return 0;
}
