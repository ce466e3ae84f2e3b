/* Cache-Groups of two lines: every name read is found again, and meeting is mutual. */
#include <assert.h>

#include "rehearse/cache/cache_groups.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool has(const struct cache_groups *groups, struct span name)
{
    return cache_groups_meet(groups, &(struct cache_groups){ .at = &name, .len = 1 });
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct span rest = span_make((const char *)data, size);
    struct cache_groups a = cache_groups_read(span_cut(&rest, '\n'), &arena);
    struct cache_groups b = cache_groups_read(rest, &arena);
    bool common = false;

    for (size_t i = 0; i < a.len; i++) {
        assert(has(&a, a.at[i]));
        assert(i == 0 || span_cmp(a.at[i - 1], a.at[i]) < 0);
        common = common || has(&b, a.at[i]);
    }
    assert(cache_groups_meet(&a, &b) == common);
    assert(cache_groups_meet(&b, &a) == common);
    assert(a.faults == 0 || (a.len == 0 && cache_groups_fault_sentence(a.faults)[0]));
    return 0;
}
