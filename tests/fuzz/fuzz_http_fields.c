/* Header blocks: what was read is inside the text, and names are found again. */
#include <assert.h>

#include "rehearse/http/field.h"
#include "rehearse/http/media_type.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_fields fields = { 0 };
    size_t bad = 0;
    ptrdiff_t read = http_fields_parse(&fields, span_make((const char *)data, size), &arena, &bad);
    assert(read <= (ptrdiff_t)size && bad <= size);
    for (uint32_t i = 0; i < fields.len && i < 50; i++) {
        struct span name = fields.at[i].name;
        assert(http_fields_first(&fields, name) <= &fields.at[i]);
        assert(http_fields_joined(&fields, name, &arena).len >= fields.at[i].value.len);
        media_type_essence(fields.at[i].value);
        media_type_parameter(fields.at[i].value, name);
    }
    while (fields.len) {
        uint32_t before = fields.len;
        struct span name = fields.at[0].name;
        http_fields_set(&fields, &arena, name, SPAN("x"));
        assert(http_fields_remove(&fields, name) == 1 && fields.len < before);
    }
    return 0;
}
