#ifndef TESTS_COMPARE_CACHE_SCENE_H
#define TESTS_COMPARE_CACHE_SCENE_H

/* Scenes with caches, and what findings about them say. */
#include "rehearse/base/strbuf.h"
#include "scene.h"

#define HTML "Content-Type: text/html\n"
#define KEPT HTML "Cache-Control: s-maxage=60\n"

static const struct key_policy whole = { .query = KEY_QUERY_ALL };

static inline void open_with(struct scene *s, const struct key_policy *production,
                             const struct key_policy *staging)
{
    scene_open(s);
    comparison_free(s->comparison);
    const struct comparison_options options = {
        .routes = s->routes,
        .hosts = scene_hosts,
        .host_count = 1,
        .caches = { { .key = production }, { .key = staging } },
    };
    s->comparison = comparison_new(&options);
}

static inline void says(struct span text, const char *words)
{
    if (span_find(text, span_of(words)) < 0)
        fail_msg("\"%s\" is missing in: %.*s", words, SPAN_ARG(text));
}

static inline const char *text_of(struct scene *s, const char *format, ...) PRINTF(2, 3);
static inline const char *text_of(struct scene *s, const char *format, ...)
{
    enum { LONGEST = 400 };
    char *text = arena_alloc(&s->arena, LONGEST);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, LONGEST, format, arguments);
    va_end(arguments);
    return text;
}

static inline void expect_coverage(const struct scene *s, const char *what, const char *reason,
                                   uint64_t exchanges)
{
    for (size_t i = 0; i < s->summary.coverage_count; i++) {
        const struct coverage_line *line = &s->summary.coverage[i];
        if (span_eq(line->what, span_of(what)) && span_eq(line->reason, span_of(reason))) {
            assert_int_equal(line->exchanges, exchanges);
            return;
        }
    }
    fail_msg("no coverage line %s: %s", what, reason);
}

#endif
