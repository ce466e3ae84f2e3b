#ifndef TESTS_CACHE_DECISION_KIT_H
#define TESTS_CACHE_DECISION_KIT_H

/* One stored response and one request; rows of what is decided about them. */
#include "rehearse/cache/decision.h"
#include "support/cache_names.h"
#include "support/fields.h"

/* The stored response came at noon; a row says how many seconds later it is asked for. */
static const int64_t NOON = 1772884800; /* Sat, 07 Mar 2026 12:00:00 GMT */

struct row {
    const char *request; /* fields */
    const char *stored;  /* fields of a 200; NULL: nothing is stored */
    int64_t after_s;
    enum cache_step step;
    const char *rule;
    enum cache_forwarded forwarded;
};

struct scene {
    struct arena arena;
    struct http_request asked, request;
    struct http_response response;
    struct stored_response stored;
};

static inline struct http_request get(const char *fields, struct arena *arena)
{
    return (struct http_request){ .method = SPAN("GET"),
                                  .scheme = SPAN("https"),
                                  .authority = SPAN("shop.example"),
                                  .target = SPAN("/a?b=1"),
                                  .fields = fields_from(fields, arena),
                                  .body_bytes = -1 };
}

static inline void set_scene(struct scene *s, const char *request, const char *stored)
{
    s->request = get(request, &s->arena);
    s->asked = get("", &s->arena);
    s->response =
        (struct http_response){ .status = 200, .body = SPAN("0123456789"), .body_bytes = 10 };
    s->response.fields = fields_from(stored ? stored : "", &s->arena);
    s->stored = (struct stored_response){ .asked = &s->asked,
                                          .response = &s->response,
                                          .times = { NOON, NOON } };
}

static inline struct cache_decision decide(const struct scene *s, const struct cache_policy *policy,
                                           int64_t after_s)
{
    return cache_decide(policy, &s->request, &s->stored, 1, NOON + after_s);
}

static inline void check_rows(const struct cache_policy *policy, const struct row *rows,
                              size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct scene s = { .arena = ARENA_INIT };
        set_scene(&s, rows[i].request, rows[i].stored);
        struct cache_decision d = cache_decide(policy, &s.request, &s.stored,
                                               rows[i].stored != NULL, NOON + rows[i].after_s);
        if (d.step != rows[i].step || strcmp(d.why.rule, rows[i].rule) != 0 ||
            d.forwarded != rows[i].forwarded)
            print_error("row %zu, [%s] on [%s] after %lld s: %s (%s, %s): %s\n", i, rows[i].request,
                        rows[i].stored ? rows[i].stored : "nothing", (long long)rows[i].after_s,
                        cache_step_name(d.step), d.why.rule, cache_forwarded_name(d.forwarded),
                        d.why.sentence);
        assert_int_equal(d.step, rows[i].step);
        assert_string_equal(d.why.rule, rows[i].rule);
        assert_int_equal(d.forwarded, rows[i].forwarded);
        assert_true(strlen(d.why.sentence) > 10);
        assert_int_equal(d.candidate, rows[i].stored && d.step != CACHE_PASS ? 0 : d.candidate);
        arena_release(&s.arena);
    }
}

#define CHECK_ROWS(policy, rows) check_rows(policy, rows, sizeof(rows) / sizeof *(rows))

/* Fresh for a minute, with both validators. */
#define TAGGED                                                                                     \
    "Cache-Control: max-age=60\nETag: \"a\"\nLast-Modified: Fri, 06 Mar 2026 09:15:32 GMT"

#endif
