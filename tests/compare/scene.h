#ifndef TESTS_COMPARE_SCENE_H
#define TESTS_COMPARE_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rehearse/compare/comparison.h"

/*
 * Pairs from text. A request is "GET /path", then fields, a line each; a response
 * is "200", then fields, an empty line, and the body. Production is
 * https://shop.example, staging lives at http://127.0.0.1:8443.
 */
struct scene {
    struct routes *routes;
    struct comparison *comparison;
    struct arena arena;
    uint64_t session;
    uint32_t seq;
    struct findings findings;
    struct comparison_summary summary;
    uint32_t production_marks, staging_marks; /* beside what is recorded whole */
};

static const struct host_pair scene_hosts[] = {
    { { "shop.example", 12 }, { "127.0.0.1:8443", 14 }, { "http", 4 } },
};

static inline void scene_open(struct scene *s)
{
    memset(s, 0, sizeof *s);
    s->routes = routes_new();
    s->session = 1;
    struct comparison_options options = { .routes = s->routes,
                                          .hosts = scene_hosts,
                                          .host_count = 1 };
    s->comparison = comparison_new(&options);
}

static inline void scene_close(struct scene *s)
{
    findings_release(&s->findings);
    comparison_free(s->comparison);
    routes_free(s->routes);
    arena_release(&s->arena);
}

static inline struct span read_fields(struct scene *s, struct http_fields *fields, struct span text)
{
    while (text.len) {
        struct span line = span_cut(&text, '\n');
        if (!line.len)
            return span_is_none(text) ? SPAN("") : text;
        struct span name = span_cut(&line, ':');
        http_fields_add(fields, &s->arena, name, span_is_none(line) ? SPAN("") : span_trim(line));
    }
    return SPAN("");
}

static inline struct exchange read_exchange(struct scene *s, const char *request,
                                            const char *response, bool staging)
{
    struct exchange x = exchange_blank();
    struct span text = arena_copy(&s->arena, span_of(request));
    struct span line = span_cut(&text, '\n');
    x.request.method = span_cut(&line, ' ');
    x.request.target = line;
    x.request.scheme = staging ? SPAN("http") : SPAN("https");
    x.request.authority = staging ? SPAN("127.0.0.1:8443") : SPAN("shop.example");
    read_fields(s, &x.request.fields, text);
    text = arena_copy(&s->arena, span_of(response));
    line = span_cut(&text, '\n');
    uint64_t status = 0;
    assert_true(span_to_u64(line, &status));
    x.response.status = (int)status;
    x.response.body = read_fields(s, &x.response.fields, text);
    x.response.body_bytes = (int64_t)x.response.body.len;
    if (!x.response.body.len)
        x.response.body = SPAN_NONE;
    x.session = s->session;
    x.seq = s->seq;
    x.start_us = INT64_C(1772874932000000) + s->seq * 1000000;
    x.marks = MARK_ALL_REQUEST_FIELDS | MARK_ALL_RESPONSE_FIELDS;
    return x;
}

static inline void add_exchanges(struct scene *s, struct exchange *p, struct exchange *t,
                                 const struct exchange *hops, size_t hop_count)
{
    p->marks |= s->production_marks;
    if (t)
        t->marks |= s->staging_marks;
    comparison_add(s->comparison, p, t, hops, hop_count);
    s->seq++;
}

/* Both sides were asked alike. */
static inline void pair(struct scene *s, const char *request, const char *production,
                        const char *staging)
{
    struct exchange p = read_exchange(s, request, production, false);
    struct exchange t = read_exchange(s, request, staging, true);
    add_exchanges(s, &p, &t, NULL, 0);
}

static inline void next_session(struct scene *s)
{
    s->session++;
    s->seq = 0;
}

static inline void scene_finish(struct scene *s)
{
    struct err err = ERR_INIT;
    assert_int_equal(comparison_finish(s->comparison, &s->findings, &s->summary, &err), 0);
}

static inline void print_findings(const struct scene *s)
{
    for (size_t i = 0; i < s->findings.len; i++) {
        const struct finding *f = &s->findings.at[i];
        printf("  %.*s %s %.*s [%.*s] on %.*s (%llu x, %llu sessions): %.*s | %.*s -> %.*s\n",
               SPAN_ARG(f->id), severity_name(f->severity), SPAN_ARG(f->kind), SPAN_ARG(f->field),
               SPAN_ARG(f->route), (unsigned long long)f->exchanges,
               (unsigned long long)f->sessions, SPAN_ARG(f->title), SPAN_ARG(f->production),
               SPAN_ARG(f->staging));
    }
}

static inline void check_none(struct scene *s)
{
    scene_finish(s);
    if (s->findings.len)
        print_findings(s);
    assert_int_equal(s->findings.len, 0);
    scene_close(s);
}

/* Exactly one finding, and it is this one. `field` NULL: any. */
static inline const struct finding *check_one(struct scene *s, const char *kind, const char *field,
                                              const char *route, enum finding_severity least)
{
    scene_finish(s);
    if (s->findings.len != 1 || !span_eq(s->findings.at[0].kind, span_of(kind)))
        print_findings(s);
    assert_int_equal(s->findings.len, 1);
    const struct finding *f = &s->findings.at[0];
    assert_true(span_eq(f->kind, span_of(kind)));
    if (field && !span_eq(f->field, span_of(field)))
        print_findings(s);
    assert_true(!field || span_eq(f->field, span_of(field)));
    if (!span_eq(f->route, span_of(route)))
        print_findings(s);
    assert_true(span_eq(f->route, span_of(route)));
    assert_true(f->severity >= least);
    assert_true(f->example_count > 0);
    assert_true(f->title.len && f->effect.len && f->id.len == 14);
    return f;
}

#endif
