#include "fuzz_document.h"

/* libfyaml 0.7.12 leaks a little in fy_token_get_text() for a quoted scalar with many escapes. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libfyaml\n";
}

/* Any bytes at all as a file of this format: every record accounted for, nothing else. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_document("proxy-verifier", data, size);
    return 0;
}
