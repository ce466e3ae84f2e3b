/* What a page offers for taking something back: short, and never more than the page. */
#include <assert.h>

#include "../../src/rehearsal/undo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct span undo = undo_offered(span_make((const char *)data, size), &arena);
    assert(span_is_none(undo) || (undo.len > 4 && undo.len <= size + 8));
    return 0;
}
