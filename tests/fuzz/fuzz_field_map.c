#include <string.h>

#include "fuzz_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Up to the first NUL a field map, behind it lines of JSON. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
    size_t len = nul ? (size_t)(nul - data) : size;
    char *map = strndup((const char *)data, len);
    struct source_options options = { .format = "json", .field_map = map };
    if (nul)
        fuzz_read_all(nul + 1, size - len - 1, &options);
    else
        fuzz_read_all("{}", 2, &options);
    free(map);
    return 0;
}
