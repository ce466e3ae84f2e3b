/* Strict-Transport-Security (RFC 6797, section 6.1): names in any case, in any order. */
#include "canonical.h"

void canonical_hsts(const struct canonical_context *c, struct span value, struct strbuf *out)
{
    struct members directives = { .len = 0 };
    while (!span_is_none(value)) {
        struct span directive = span_trim(span_cut(&value, ';'));
        char *plain = arena_alloc(c->scratch, directive.len + 1);
        size_t len = 0;
        for (size_t i = 0; i < directive.len; i++) /* max-age="1" is max-age=1 */
            if (directive.ptr[i] != '"' && directive.ptr[i] != ' ')
                plain[len++] = char_lower(directive.ptr[i]);
        members_add(&directives, span_make(plain, len));
    }
    members_write(&directives, "; ", out);
}
