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
    return err_set(err, E_FORMAT, "gor is not readable yet");
}

const struct source_format format_gor = {
    .name = "gor",
    .summary = "GoReplay",
    .sniff = sniff,
    .open = open_source,
};
