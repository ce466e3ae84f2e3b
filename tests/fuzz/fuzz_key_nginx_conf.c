#include "fuzz_key_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_key_source(key_from_nginx_conf, data, size);
    return 0;
}
