#include <assert.h>
#include <stdint.h>

#include "../../src/capture/json_slices.h"
#include "../support/drip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t read_all(struct span text, size_t step)
{
    static const char *const elements[] = { "a", "[]", "b", "[]", NULL };
    static const char *const aside[] = { "a", "[]", "c", NULL };
    static const struct json_slices_spec spec = { elements, aside };
    struct drip drip = { text, step };
    AUTO(json_slices_freep) struct json_slices *slices = json_slices_new(&spec, read_drip, &drip);
    struct json_slice slice;
    uint64_t seen = 0;
    int outcome;

    while ((outcome = json_slices_next(slices, &slice, NULL)) > 0)
        seen = seen * 31 + slice.bytes.len + slice.line + slice.column + slice.outer +
               (uint64_t)outcome + json_slices_aside(slices).len;
    return seen;
}

/* The first byte is the size of the chunks, which must make no difference. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = { (const char *)data + 1, size - 1 };

    if (size < 2)
        return 0;
    uint64_t whole = read_all(text, text.len);
    uint64_t drips = read_all(text, data[0] % 16 + 1u);
    assert(whole == drips);
    return 0;
}
