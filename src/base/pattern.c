#include "rehearse/base/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

#include "rehearse/base/mem.h"

enum { MATCH_LIMIT = 200000 };

struct pattern {
    pcre2_code *code;          /* owned */
    pcre2_match_data *match;   /* owned */
    pcre2_match_context *ctx;  /* owned */
};

int pattern_compile(struct pattern **ret, const char *expression, bool ignore_case, struct err *err)
{
    int number;
    PCRE2_SIZE offset;
    uint32_t options = PCRE2_NEVER_BACKSLASH_C | (ignore_case ? PCRE2_CASELESS : 0);
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)expression, PCRE2_ZERO_TERMINATED, options,
                                     &number, &offset, NULL);
    if (!code) {
        PCRE2_UCHAR why[160];
        pcre2_get_error_message(number, why, sizeof why);
        return err_set(err, E_USAGE, "regular expression \"%s\", column %zu: %s", expression,
                       offset + 1, (const char *)why);
    }
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
    struct pattern *p = xcalloc(1, sizeof *p);
    p->code = code;
    p->match = pcre2_match_data_create_from_pattern(code, NULL);
    p->ctx = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(p->ctx, MATCH_LIMIT);
    *ret = p;
    return 0;
}

void pattern_free(struct pattern *pattern)
{
    if (!pattern)
        return;
    pcre2_match_context_free(pattern->ctx);
    pcre2_match_data_free(pattern->match);
    pcre2_code_free(pattern->code);
    free(pattern);
}

static int run(struct pattern *pattern, struct span subject)
{
    const char *text = subject.ptr ? subject.ptr : "";
    return pcre2_match(pattern->code, (PCRE2_SPTR)text, subject.len, 0, 0, pattern->match,
                       pattern->ctx);
}

bool pattern_matches(struct pattern *pattern, struct span subject)
{
    return run(pattern, subject) > 0;
}

bool pattern_match(struct pattern *pattern, struct span subject, struct span *ret_groups,
                   size_t max)
{
    int found = run(pattern, subject);
    if (found <= 0)
        return false;
    const PCRE2_SIZE *at = pcre2_get_ovector_pointer(pattern->match);
    for (size_t i = 0; i < max; i++) {
        ret_groups[i] = SPAN_NONE;
        if (i < (size_t)found && at[2 * i] != PCRE2_UNSET)
            ret_groups[i] = span_make(subject.ptr + at[2 * i], at[2 * i + 1] - at[2 * i]);
    }
    return true;
}
