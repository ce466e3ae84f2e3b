/*
 * How fast pairs are judged, and in how much memory. A million pairs of an A/A
 * rehearsal: ten fields a side of which three change every time, field lines
 * numbered as the store numbers them, bodies mostly repeated. Prints one JSON
 * object a line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "rehearse/base/clock.h"
#include "rehearse/base/random.h"
#include "rehearse/compare/comparison.h"

enum {
    PAIRS = 1000000,
    PAIRS_A_SESSION = 20,
    PRODUCTS = 20000,
    BODIES = 500, /* different ones */
    FIXED_FIELDS = 7,
};

struct line {
    const char *name, *value;
};

static const struct line fixed[FIXED_FIELDS] = {
    { "Content-Type", "text/html; charset=utf-8" },
    { "Cache-Control", "public, s-maxage=60, stale-while-revalidate=600" },
    { "Vary", "Accept-Encoding, Accept-Language" },
    { "Strict-Transport-Security", "max-age=31536000; includeSubDomains" },
    { "X-Frame-Options", "DENY" },
    { "Content-Security-Policy", "default-src 'self'; img-src *; script-src 'self' https://cdn.example" },
    { "Link", "</app.3f9a12bc.css>; rel=preload; as=style" },
};

static char body[] = "<html lang=en><body><main id=product><h1>A fine thing</h1><section class=reviews>"
                     "<p>good</p></section></main></body></html>";

static int give_body(void *ctx, const struct exchange *x, bool staging, struct span *ret)
{
    (void)ctx;
    (void)x;
    (void)staging;
    *ret = span_make(body, sizeof body - 1);
    return 0;
}

struct maker {
    struct random random;
    uint32_t next_line; /* numbers of lines that never come again */
    char target[64], request_id[32], etag[32], date[40], agent[96];
};

static void add_line(struct http_fields *fields, struct http_field *at, struct span name,
                     struct span value, uint32_t id)
{
    at[fields->len++] = (struct http_field){ name, value, id };
    fields->at = at;
}

static struct exchange make(struct maker *m, uint64_t i, bool staging, struct http_field *request,
                            struct http_field *response)
{
    struct exchange x = exchange_blank();
    x.session = i / PAIRS_A_SESSION + 1;
    x.seq = (uint32_t)(i % PAIRS_A_SESSION);
    x.start_us = 1772874932000000 + (int64_t)i * 1000;
    x.duration_us = 20000 + (int64_t)random_below(&m->random, 30000);
    x.marks = MARK_ALL_REQUEST_FIELDS | MARK_ALL_RESPONSE_FIELDS;
    x.request.method = SPAN("GET");
    x.request.scheme = SPAN("https");
    x.request.authority = staging ? SPAN("shop.staging.test") : SPAN("shop.example");
    x.request.target = span_of(m->target);
    add_line(&x.request.fields, request, SPAN("User-Agent"), span_of(m->agent), 1000 + (uint32_t)(x.session % 300));
    add_line(&x.request.fields, request, SPAN("Accept-Language"), i % 3 ? SPAN("en-US,en") : SPAN("de-DE,de"), 3);
    x.response.status = 200;
    for (uint32_t f = 0; f < FIXED_FIELDS; f++)
        add_line(&x.response.fields, response, span_of(fixed[f].name), span_of(fixed[f].value), 10 + f);
    snprintf(m->request_id, sizeof m->request_id, "%016llx", (unsigned long long)random_next(&m->random));
    add_line(&x.response.fields, response, SPAN("X-Request-Id"), span_of(m->request_id), m->next_line++);
    add_line(&x.response.fields, response, SPAN("ETag"), span_of(m->etag), m->next_line++);
    add_line(&x.response.fields, response, SPAN("Date"), span_of(m->date), m->next_line++);
    x.response.body_bytes = 4000;
    x.body_id = (uint32_t)(i % BODIES) + 1;
    return x;
}

int main(void)
{
    struct routes *routes = routes_new();
    struct maker m = { .random = { 7 }, .next_line = 100000 };
    struct host_pair hosts[] = { { SPAN("shop.example"), SPAN("shop.staging.test"), SPAN_NONE } };
    struct comparison_options options = { .routes = routes, .hosts = hosts, .host_count = 1 };
    struct comparison *comparison = comparison_new(&options);
    struct findings findings = FINDINGS_INIT;
    struct comparison_summary summary;
    struct err err = ERR_INIT;
    struct http_field lines[4][16];
    int64_t in_comparison = 0;

    comparison_set_bodies(comparison, give_body, NULL);
    snprintf(m.etag, sizeof m.etag, "\"3f9a12bc4d\"");
    snprintf(m.date, sizeof m.date, "Sat, 07 Mar 2026 09:15:32 GMT");
    for (uint64_t i = 0; i < PAIRS; i++) {
        snprintf(m.target, sizeof m.target, i % 5 ? "/products/%u" : "/category/%u?page=2",
                 (unsigned)random_below(&m.random, PRODUCTS));
        snprintf(m.agent, sizeof m.agent, "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/%u",
                 (unsigned)(i / PAIRS_A_SESSION % 300));
        struct exchange p = make(&m, i, false, lines[0], lines[1]);
        struct exchange s = make(&m, i, true, lines[2], lines[3]);
        int64_t before = clock_now_ns();
        comparison_add(comparison, &p, &s, NULL, 0);
        in_comparison += clock_now_ns() - before;
    }
    int64_t before = clock_now_ns();
    if (comparison_finish(comparison, &findings, &summary, &err) < 0)
        return 1;
    in_comparison += clock_now_ns() - before;

    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("{\"bench\":\"compare\",\"metric\":\"judged_seconds_per_million\",\"value\":%.2f,\"unit\":\"s\"}\n",
           (double)in_comparison / 1e9 * 1e6 / PAIRS);
    printf("{\"bench\":\"compare\",\"metric\":\"judged_rss_mb\",\"value\":%.1f,\"unit\":\"MB\"}\n",
           (double)usage.ru_maxrss / 1000);
    fprintf(stderr, "%zu findings of %llu compared\n", findings.len, (unsigned long long)summary.compared);
    findings_release(&findings);
    comparison_free(comparison);
    routes_free(routes);
    return 0;
}
