#include "fuzz_document.h"

/* Any bytes at all as a file of this format: every record accounted for, nothing else. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_document("gor", data, size);
    return 0;
}
