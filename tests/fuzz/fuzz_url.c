/* URLs: parts lie inside the text, resolving ends, decoding never grows. */
#include <assert.h>

#include "rehearse/http/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(struct span part, struct span whole)
{
    assert(span_is_none(part) || part.len <= whole.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(strbuf_release) struct strbuf encoded = STRBUF_INIT;
    struct span text = span_make((const char *)data, size);
    struct url url;
    if (url_parse(&url, text)) {
        check_inside(url.host, url.authority);
        check_inside(url.path, url.target);
        check_inside(url.query, url.target);
        assert(url.port >= 0 && url.port <= 65535);
    }
    struct span base = text;
    struct span reference = span_cut(&base, '\n');
    struct span resolved = url_resolve(base, reference, &arena);
    url_resolve(SPAN("http://a/b/c/d;p?q"), resolved, &arena);

    struct query_item item;
    for (struct span rest = text; query_next(&rest, &item);)
        assert(url_decode(item.name, true, &arena).len <= item.name.len);
    url_encode(&encoded, text);
    assert(span_eq(url_decode(strbuf_span(&encoded), false, &arena), text));
    return 0;
}
