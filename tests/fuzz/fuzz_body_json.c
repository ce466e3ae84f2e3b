#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "../../src/compare/body.h"

/* Any bytes are a document: its skeleton is bounded, whatever they hold. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct path_dictionary dictionary = { .texts = STRSET_INIT };
    struct skeleton_builder builder = { .dictionary = &dictionary };

    skeleton_of_json(&builder, span_make((const char *)data, size));
    if (builder.len > 16 * (size_t)SKELETON_PATHS_MAX || dictionary.texts.len > PATHS_MAX)
        abort();
    free(builder.paths);
    free(dictionary.parents);
    strset_release(&dictionary.texts);
    return 0;
}
