#include "source_impl.h"

static int sniff(struct span head, struct strbuf *evidence)
{
    (void)head;
    (void)evidence;
    return 0;
}

static int open_source(struct source **ret, struct input *input, const struct source_options *options, struct err *err)
{
    (void)ret;
    (void)input;
    (void)options;
    return err_set(err, E_FORMAT, "proxy-verifier is not readable yet");
}

const struct source_format format_proxy_verifier = {
    .name = "proxy-verifier",
    .summary = "Proxy Verifier",
    .sniff = sniff,
    .open = open_source,
};
