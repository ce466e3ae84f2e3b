#ifndef TESTS_SUPPORT_CHECK_H
#define TESTS_SUPPORT_CHECK_H

/* cmocka with the headers it wants, and asserts that speak span. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rehearse/base/span.h"

static inline void check_span_at(struct span found, const char *expected, const char *file,
                                 int line)
{
    if (expected == NULL) {
        if (found.ptr != NULL) {
            print_error("found \"%.*s\", expected none\n", SPAN_ARG(found));
            _fail(file, line);
        }
        return;
    }
    if (!found.ptr || !span_eq(found, span_of(expected))) {
        print_error("found \"%.*s\", expected \"%s\"\n", SPAN_ARG(found), expected);
        _fail(file, line);
    }
}

static inline void check_contains_at(const char *text, const char *part, const char *file, int line)
{
    if (text && strstr(text, part))
        return;
    print_error("found \"%s\", expected it to contain \"%s\"\n", text ? text : "(nothing)", part);
    _fail(file, line);
}

/* In a table: the row's own text is what a failing case prints. */
static inline void check_row_at(bool holds, const char *row, const char *file, int line)
{
    if (holds)
        return;
    print_error("row: %s\n", row ? row : "");
    _fail(file, line);
}

#define check_row(holds, row) check_row_at(holds, row, __FILE__, __LINE__)
#define check_span(found, expected) check_span_at(found, expected, __FILE__, __LINE__)
#define check_contains(text, part) check_contains_at(text, part, __FILE__, __LINE__)

#endif
