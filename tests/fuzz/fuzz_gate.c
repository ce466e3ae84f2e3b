#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "rehearse/compare/gate.h"

/* Any answer has a class and says a language or none: a head, an empty line, a body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA_INIT;
    struct exchange x = exchange_blank();
    size_t bad;
    if (size < 1)
        return 0;
    struct span text = span_make((const char *)data + 1, size - 1);
    static const int statuses[] = { 200, 202, 302, 401, 403, 404, 429, 503 };
    x.request.target = SPAN("/account");
    x.response.status = statuses[data[0] % 8];
    ptrdiff_t head = http_fields_parse(&x.response.fields, text, &arena, &bad);
    x.response.body = span_from(text, head < 0 ? 0 : (size_t)head);
    if (gate_answer_read(&x) >= GATE_ANSWERS || gate_answer_language(&x).len > 3)
        abort();
    arena_release(&arena);
    return 0;
}
