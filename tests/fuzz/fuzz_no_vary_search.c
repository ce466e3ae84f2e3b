/* A No-Vary-Search value and two queries, on three lines: being the same is mutual. */
#include <assert.h>

#include "rehearse/cache/no_vary_search.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same(struct span a, struct span b)
{
    return span_is_none(a) == span_is_none(b) && span_eq(a, b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct span b = span_make((const char *)data, size);
    struct span value = span_cut(&b, '\n');
    struct span a = span_is_none(b) ? b : span_cut(&b, '\n');

    for (unsigned dialects = 0; dialects <= NO_VARY_ANY_DIALECT; dialects++) {
        struct no_vary_search n = no_vary_search_read(value, dialects, &arena);
        bool equal = no_vary_search_equal(&n, a, b);
        assert(equal == no_vary_search_equal(&n, b, a));
        assert(no_vary_search_equal(&n, a, a));
        assert(n.effective || equal == same(a, b));
    }
    return 0;
}
