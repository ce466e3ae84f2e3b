#include "target_options.h"

#include "rehearse/base/strbuf.h"

static int add_pair(struct target *target, const char *text, const char *option,
                    int (*add)(struct target *, const char *, const char *, struct err *),
                    struct err *err)
{
    AUTO(strbuf_release) struct strbuf name = STRBUF_INIT;
    struct span place = span_of(text);
    struct span front = span_cut(&place, '=');
    if (span_is_none(place) || front.len == 0 || place.len == 0)
        return err_set(err, E_USAGE, "%s: found \"%s\", expected NAME=PLACE", option, text);
    strbuf_add_span(&name, front);
    return add(target, name.buf, place.ptr, err);
}

int target_of_options(struct target **ret, const struct target_options *options, const char *name,
                      bool production, struct err *err)
{
    if (!options->target && !options->hosts.len)
        return err_set(err, E_USAGE,
                       "no target: say --target URL, or --host NAME=PLACE for each host");
    AUTO(target_freep) struct target *target = target_new(name, production);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < options->hosts.len; i++)
        rc = add_pair(target, options->hosts.at[i], "--host", target_add_host, err);
    for (size_t i = 0; rc == 0 && i < options->connect.len; i++)
        rc = add_pair(target, options->connect.at[i], "--connect", target_add_connect, err);
    if (rc == 0 && options->target)
        rc = target_add_host(target, "*", options->target, err);
    if (rc == 0 && options->allow_mutations)
        rc = target_set_mutations(target, MUTATIONS_ALLOW, err);
    if (rc < 0)
        return rc;
    target_set_tls(target, !options->insecure, options->ca);
    target_set_http2(target, !options->http1);
    *ret = target;
    target = NULL; /* handed over */
    return 0;
}
