/* The reader of side files, on bytes that were sealed with its key and on bytes that were not. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "rehearse/session/credential.h"
#include "rehearse/session/side_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int on_original(void *ctx, const struct original *original)
{
    size_t *count = ctx;
    if (!is_pseudonym(original->pseudonym) || original->text.len > ORIGINAL_MAX)
        abort();
    return ++*count > 1000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned char key[SEAL_KEY_BYTES]; /* of zeros, as the stored inputs have it */
    struct err err = ERR_INIT;
    struct side_id id;
    size_t count = 0;

    side_text_each(span_make((const char *)data, size), "input", key, &id, on_original, &count,
                   &err);
    return 0;
}
