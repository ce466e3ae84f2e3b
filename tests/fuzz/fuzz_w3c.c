#include "fuzz_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte picks named columns or those of the real-time logs. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const formats[] = { "w3c", "cloudfront", "cloudfront-realtime" };
    if (size == 0)
        return 0;
    struct source_options options = { .format = formats[data[0] % 3] };
    fuzz_read_all(data + 1, size - 1, &options);
    return 0;
}
