/* Secrets looked for in any bytes: what is found lies in the text, and nothing is read beyond it. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "rehearse/session/secret_signs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void see(void *ctx, const struct secret_sighting *s)
{
    const struct span *text = ctx;
    if (s->value.ptr < text->ptr || s->value.ptr + s->value.len > text->ptr + text->len)
        abort();
    if (s->at != (size_t)(s->value.ptr - text->ptr))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = span_make((const char *)data, size);
    struct needles *needles = needles_new();

    needles_add(needles, span_head(text, size < 12 ? size : 12));
    secret_signs_by_look(text, see, &text);
    secret_signs_by_name(text, see, &text);
    needles_find(needles, text, see, &text);
    (void)is_masked(text);
    needles_free(needles);
    return 0;
}
