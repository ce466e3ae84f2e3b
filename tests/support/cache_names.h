#ifndef TESTS_SUPPORT_CACHE_NAMES_H
#define TESTS_SUPPORT_CACHE_NAMES_H

/* What a cache decided, in words: for rows that fail. */
#include "rehearse/cache/decision.h"

static inline const char *cache_step_name(enum cache_step step)
{
    static const char *const names[] = {
        [CACHE_FORWARD] = "forward",   [CACHE_PASS] = "pass",
        [CACHE_SERVE] = "serve",       [CACHE_NOT_MODIFIED] = "not-modified",
        [CACHE_PART] = "part",         [CACHE_UNSATISFIABLE] = "unsatisfiable",
        [CACHE_VALIDATE] = "validate", [CACHE_COMPLETE] = "complete",
        [CACHE_REFUSE] = "refuse",
    };
    return names[step];
}

static inline const char *cache_taking_name(enum cache_taking taking)
{
    static const char *const names[] = {
        [CACHE_PASS_ON] = "pass-on",
        [CACHE_STORE] = "store",
        [CACHE_FRESHEN] = "freshen",
        [CACHE_COMBINE] = "combine",
        [CACHE_SERVE_STALE] = "serve-stale",
        [CACHE_ASK_AGAIN] = "ask-again",
        [CACHE_FAIL] = "fail",
    };
    return names[taking];
}

#endif
