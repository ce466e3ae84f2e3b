#include "fuzz_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    /* Other files are not the fuzzer's to open. */
    if (span_find(span_make((const char *)data, size), SPAN("include")) >= 0)
        return 0;
    int fd = fuzz_file(path, data, size);
    struct source_options options = { .nginx_conf = path };
    fuzz_read_all("1.2.3.4 - - [x] \"GET / HTTP/1.1\" 200 1 \"-\" \"-\"\n", 47, &options);
    close(fd);
    return 0;
}
