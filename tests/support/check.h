#ifndef REHEARSE_TESTS_CHECK_H
#define REHEARSE_TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rehearse/base/arena.h"
#include "rehearse/base/span.h"
#include "rehearse/http/field.h"

/* Checks that say both values when they fail. NULL stands for SPAN_NONE. */
#define check_span(actual, expected) check_span_at((actual), (expected), __FILE__, __LINE__)

static inline void check_span_at(struct span actual, const char *expected, const char *file,
                                 int line)
{
    if (span_is_none(actual) == !expected && span_eq(actual, span_of(expected)))
        return;
    print_error("%s%.*s%s is not %s%s%s\n", actual.ptr ? "\"" : "", SPAN_ARG(actual),
                actual.ptr ? "\"" : "none", expected ? "\"" : "", expected ? expected : "none",
                expected ? "\"" : "");
    _fail(file, line);
}

/* In a table: the row's own text is what a failing case prints. */
#define check_row(condition, row) check_row_at((condition), (row), __FILE__, __LINE__)

static inline void check_row_at(bool condition, const char *row, const char *file, int line)
{
    if (condition)
        return;
    print_error("row: %s\n", row);
    _fail(file, line);
}

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
