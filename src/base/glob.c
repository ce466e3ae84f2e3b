#include "rehearse/base/glob.h"

static bool same(char a, char b, bool fold)
{
    return a == b || (fold && char_lower(a) == char_lower(b));
}

static bool matches(struct span pattern, struct span text, bool fold)
{
    size_t p = 0, t = 0, after_star = 0, back = 0; /* after_star 0: none so far */

    while (t < text.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            after_star = ++p;
            back = t;
        } else if (p < pattern.len && same(pattern.ptr[p], text.ptr[t], fold)) {
            p++;
            t++;
        } else if (after_star) {
            p = after_star;
            t = ++back;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*')
        p++;
    return p == pattern.len;
}

bool glob_matches(struct span pattern, struct span text)
{
    return matches(pattern, text, /* fold= */ false);
}

bool glob_imatches(struct span pattern, struct span text)
{
    return matches(pattern, text, /* fold= */ true);
}
