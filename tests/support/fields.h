#ifndef TESTS_SUPPORT_FIELDS_H
#define TESTS_SUPPORT_FIELDS_H

#include "rehearse/base/arena.h"
#include "rehearse/http/field.h"
#include "support/check.h"

/* "Name: value" lines as fields; the text outlives them. */
static inline struct http_fields fields_from(const char *text, struct arena *arena)
{
    struct http_fields fields = { 0 };
    size_t bad;
    if (http_fields_parse(&fields, span_of(text), arena, &bad) < 0)
        fail_msg("the test's own fields are wrong at byte %zu: %s", bad, text);
    return fields;
}

#endif
