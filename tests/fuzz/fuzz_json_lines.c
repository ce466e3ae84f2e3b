#include "fuzz_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte picks the preset. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const formats[] = {
        "json",         "nginx-json",       "caddy",      "traefik-json", "envoy-json",
        "haproxy-json", "cloudfront-json",  "cloudflare", "fastly",       "akamai",
        "gcp",          "varnishncsa-json",
    };
    if (size == 0)
        return 0;
    struct source_options options = {
        .format = formats[data[0] % (sizeof formats / sizeof *formats)],
    };
    fuzz_read_all(data + 1, size - 1, &options);
    return 0;
}
