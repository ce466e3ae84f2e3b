#include "canonical.h"

#include "rehearse/http/media_type.h"

void canonical_content_type(const struct canonical_context *c, struct span value,
                            struct strbuf *out)
{
    strbuf_add_span(out, arena_copy_lower(c->scratch, media_type_essence(value)));
    struct span charset = media_type_parameter(value, SPAN("charset"));
    if (charset.len) {
        strbuf_add_str(out, "; charset=");
        strbuf_add_span(out, arena_copy_lower(c->scratch, charset));
    }
}
