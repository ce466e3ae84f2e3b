#include "fuzz_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LINES_MAX = 100000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(input_closep) struct input *input = NULL;
    struct err err = ERR_INIT;
    struct span got;
    char path[64];
    int fd = fuzz_file(path, data, size);
    if (input_open(&input, path, &err) == 0) {
        int rc = input_peek(input, 1000, &got, &err);
        for (int i = 0; i < LINES_MAX && rc >= 0; i++) {
            rc = i % 7 == 6 ? input_chunk(input, &got, &err) : input_line(input, &got, NULL, &err);
            if (rc <= 0)
                break;
        }
    }
    close(fd);
    return 0;
}
