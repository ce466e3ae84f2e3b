#include <string.h>

#include "fuzz_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Up to the first NUL a log format, behind it lines. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
    size_t len = nul ? (size_t)(nul - data) : size;
    char *format = strndup((const char *)data, len);
    struct source_options options = { .log_format = format };
    if (nul)
        fuzz_read_all(nul + 1, size - len - 1, &options);
    else
        fuzz_read_all("", 0, &options);
    free(format);
    return 0;
}
