/* Content codings and chunks: the limit holds, whatever the bytes claim. */
#include <assert.h>

#include "rehearse/http/coding.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct span codings[] = {
        { "gzip", 4 }, { "deflate", 7 }, { "br", 2 }, { "zstd", 4 }, { "gzip, br", 8 },
    };
    enum { MAX = 100000 };
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    struct err err = ERR_INIT;
    if (size == 0)
        return 0;
    struct span body = span_make((const char *)data + 1, size - 1);
    struct span coding = codings[data[0] % 5];
    int rc = content_decode(&out, body, coding, MAX, &err);
    assert(out.len <= MAX && (rc == 0 || err.text[0]));
    strbuf_clear(&out);
    rc = chunked_decode(&out, body, MAX, &err);
    assert(out.len <= MAX && out.len <= size);
    /* The list of codings itself. */
    content_decode(&out, SPAN("x"), body, MAX, &err);
    return 0;
}
