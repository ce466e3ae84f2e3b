#include "safety_options.h"

static int refuse_classes(const struct safety_options *options, struct target *target,
                          struct err *err)
{
    for (size_t i = 0; i < options->refused.len; i++) {
        enum mutation_class class;
        const char *name = options->refused.at[i];
        if (!mutation_class_named(span_of(name), &class))
            return err_set(err, E_USAGE,
                           "--refuse: found \"%s\", expected idempotent, cart, account, payment, "
                           "message or other",
                           name);
        int rc = target_set_class(target, class, MUTATIONS_REFUSE, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

int safety_of_options(const struct safety_options *options, struct target *target,
                      struct production_facts *ret, struct err *err)
{
    *ret = (struct production_facts){ .addresses = options->addresses.at,
                                      .address_count = options->addresses.len };
    int rc = refuse_classes(options, target, err);
    for (size_t i = 0; rc == 0 && i < options->addresses.len; i++)
        rc = production_check_address(options->addresses.at[i], err);
    for (size_t i = 0; rc == 0 && i < options->shared.len; i++) {
        unsigned bit = 0;
        if (!production_shared_named(span_of(options->shared.at[i]), &bit))
            rc = err_set(err, E_USAGE,
                         "--shared-with-production: found \"%s\", expected address, certificate "
                         "or host",
                         options->shared.at[i]);
        ret->shared |= bit;
    }
    target_set_write_budget(target, options->write_budget);
    return rc;
}
