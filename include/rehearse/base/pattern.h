#ifndef REHEARSE_BASE_PATTERN_H
#define REHEARSE_BASE_PATTERN_H

#include "rehearse/base/auto.h"
#include "rehearse/base/err.h"
#include "rehearse/base/span.h"

/*
 * A regular expression (PCRE2 with JIT), compiled once, matched from one thread
 * at a time. Matching is bounded: an expression that backtracks without end
 * counts as "does not match".
 */
struct pattern;

int pattern_compile(struct pattern **ret, const char *expression, bool ignore_case,
                    struct err *err);
void pattern_free(struct pattern *pattern);
bool pattern_matches(struct pattern *pattern, struct span subject);
/* Groups 0 (the whole) to max-1; groups that took no part are SPAN_NONE. Returns false if no match. */
bool pattern_match(struct pattern *pattern, struct span subject, struct span *ret_groups,
                   size_t max);

AUTO_FREE(struct pattern, pattern_free);

#endif
