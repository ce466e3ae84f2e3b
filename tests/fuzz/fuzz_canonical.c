#include <stdint.h>

#include "../../src/compare/set_cookie.h"
#include "../../src/compare/shape.h"

/* Field values of any sort through every canonical form: the first byte picks it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static canonical_fn *const forms[] = {
        canonical_csp,      canonical_policy, canonical_hsts,         canonical_link,
        canonical_location, canonical_set,    canonical_content_type,
    };
    struct arena arena = ARENA_INIT;
    struct exchange x = { .request = { .target = SPAN("/a/b?c=d"),
                                       .authority = SPAN("shop.example") } };
    struct canonical_context context = { &x, &x, &arena };
    struct set_cookie cookie;

    if (size) {
        AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
        struct span value = span_make((const char *)data + 1, size - 1);
        forms[data[0] % (sizeof forms / sizeof *forms)](&context, value, &out);
        shape_add(&out, value);
        if (set_cookie_parse(&cookie, value))
            set_cookie_attributes(&context, &cookie, &out);
    }
    arena_release(&arena);
    return 0;
}
