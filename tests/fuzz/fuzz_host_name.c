/* Hosts and addresses: what libcurl takes has a name or an address, and both read back the same. */
#include <assert.h>

#include "../../src/replay/host_name.h"
#include "rehearse/replay/production.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    struct host_name host, again;
    strbuf_add(&text, data, size);
    production_check_address(text.buf, NULL);
    if (!host_name_of(&host, strbuf_span(&text)))
        return 0;
    assert(host.text[0]);
    assert(host_name_same(&host, &host));
    if (host.is_ip) {
        strbuf_clear(&text);
        ip_add(&text, &host.ip);
        assert(ip_parse(&again.ip, strbuf_span(&text)) && ip_same(&again.ip, &host.ip, 128));
    }
    return 0;
}
