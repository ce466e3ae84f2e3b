/*
 * Regular expressions of a hostile configuration over hostile texts: the first byte
 * says whether case counts, a NUL parts the pattern from the text. Bounded work, and
 * the same answer whether groups are wanted or not.
 */
#include <assert.h>

#include "../../src/key/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct pattern_fault fault;
    struct pattern_groups groups;
    uint64_t work = 2000000, same = work;
    if (size < 2)
        return 0;
    struct span text = span_make((const char *)data + 1, size - 1);
    struct span expression = span_cut(&text, '\0');
    const struct pattern *pattern = pattern_of(expression, data[0] & 1, &arena, &fault);
    assert(!pattern == (fault.what != NULL));
    if (!pattern)
        return 0;
    bool matches = pattern_matches(pattern, text, &groups, &work);
    bool again = pattern_matches(pattern, text, NULL, &same);
    assert(matches == again || work == 0 || same == 0);
    for (size_t i = 0; matches && i < PATTERN_GROUPS_MAX; i++)
        assert(span_is_none(groups.at[i]) || !text.len ||
               (groups.at[i].ptr >= text.ptr &&
                groups.at[i].ptr + groups.at[i].len <= text.ptr + text.len));
    assert(!matches || !span_is_none(groups.at[0]));
    return 0;
}
