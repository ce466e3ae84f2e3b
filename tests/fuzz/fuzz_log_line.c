#include "fuzz_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte picks the format. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const formats[] = { "combined",   "common",      "vhost-combined",
                                           "nginx-main", "varnishncsa", "traefik",
                                           "envoy",      "alb",         "squid",
                                           "haproxy",    NULL };
    if (size == 0)
        return 0;
    struct source_options options = {
        .format = formats[data[0] % (sizeof formats / sizeof *formats)],
    };
    fuzz_read_all(data + 1, size - 1, &options);
    return 0;
}
