#ifndef REHEARSE_TESTS_FUZZ_KEY_SOURCE_H
#define REHEARSE_TESTS_FUZZ_KEY_SOURCE_H

#include <assert.h>

#include "rehearse/key/bypass.h"
#include "rehearse/key/key_source.h"

typedef int key_from_fn(struct key_source *ret, const char *name, struct span text,
                        struct arena *arena, struct err *err);

/* Ask the policy that was read for a key, and for the rules that send requests past the cache. */
static inline void fuzz_key_use(const struct key_source *source, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf words = STRBUF_INIT;
    struct http_request request = { .method = SPAN("GET"),
                                    .scheme = SPAN("https"),
                                    .authority = SPAN("shop.example"),
                                    .target = SPAN("/a/../%62?c=1&d&a=2&a=1") };
    struct bypass bypass = { .rule = NULL };
    http_fields_add(&request.fields, arena, SPAN("Cookie"), SPAN("a=1; b=2; sid=3"));
    http_fields_add(&request.fields, arena, SPAN("Accept-Encoding"), SPAN("gzip, br;q=0.5"));
    http_fields_add(&request.fields, arena, SPAN("User-Agent"), SPAN("Mozilla/5.0 (iPhone)"));
    struct span key = key_of(&source->policy, &request, arena);
    assert(key.len && key.ptr[key.len - 1] == '\n');
    if (bypass_of(&source->policy, &request, &bypass))
        assert(bypass.why.rule && !(bypass.reads && bypass.stores));
    for (size_t i = 0; i < source->policy.bypass_count; i++)
        bypass_rule_add(&words, &source->policy.bypass[i]);
    assert(source->note_count <= 100 && source->policy.unseen_count <= 100);
}

static inline void fuzz_key_source(key_from_fn *read, const uint8_t *data, size_t size)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct err err = ERR_INIT;
    struct key_source source;
    int rc = read(&source, "fuzz", span_make((const char *)data, size), &arena, &err);
    assert((rc < 0) == (err.text[0] != '\0'));
    if (rc == 0)
        fuzz_key_use(&source, &arena);
}

#endif
