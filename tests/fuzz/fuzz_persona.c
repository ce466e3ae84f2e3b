#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "rehearse/session/persona.h"

/* Any recorded post: its tokens come out, and what is left holds none; any value can be spoiled. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = { "application/x-www-form-urlencoded", "application/json",
                                         "multipart/form-data; boundary=x", "text/html" };
    struct arena arena = ARENA_INIT;
    if (size < 1)
        return 0;
    struct span text = span_make((const char *)data + 1, size - 1);
    struct http_request r = { .method = SPAN("POST"), .target = text, .body = text };
    http_fields_add(&r.fields, &arena, SPAN("Content-Type"), span_of(types[data[0] % 4]));
    http_fields_add(&r.fields, &arena, SPAN("Cookie"), text);
    http_fields_add(&r.fields, &arena, SPAN("Authorization"), text);
    struct http_request posted = r;
    persona_drop_tokens(&posted, &arena);
    /* In JSON a token that was one digit becomes "". */
    if (posted.body.len > 2 * text.len || posted.target.len > text.len)
        abort();
    struct span spoiled = persona_spoiled(text, CREDENTIALS_TAMPERED, data[0], &arena);
    if (spoiled.len != text.len)
        abort();
    persona_spoil(&r, data[0] & 4 ? CREDENTIALS_TAMPERED : CREDENTIALS_EXPIRED, data[0], &arena);
    arena_release(&arena);
    return 0;
}
