/* Certificates: every name told lies inside the bytes, or is an address in text. */
#include <assert.h>

#include "../../src/replay/certificate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int take_name(void *ctx, struct span name)
{
    const struct span *der = ctx;
    bool inside = name.ptr >= der->ptr && name.ptr + name.len <= der->ptr + der->len;
    struct ip_address ip;
    assert(inside || ip_parse(&ip, name));
    certificate_name_covers(name, SPAN("shop.example"));
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(strbuf_release) struct strbuf der = STRBUF_INIT;
    struct span bytes = span_make((const char *)data, size);
    unsigned char print[FINGERPRINT_BYTES];
    certificate_each_name(bytes, take_name, &bytes);
    certificate_of_pem(&der, bytes);
    fingerprint_parse(print, bytes);
    certificate_fingerprint(print, bytes);
    return 0;
}
