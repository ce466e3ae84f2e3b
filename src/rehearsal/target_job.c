#include "rehearse/rehearsal/jobs.h"

int target_of_scenario(struct target **ret, const char *name, bool production,
                       const struct scenario_target *wanted, struct err *err)
{
    AUTO(target_freep) struct target *target = target_new(name, production);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < wanted->host_count; i++)
        rc = target_add_host(target, wanted->hosts[i].production, wanted->hosts[i].place, err);
    for (size_t i = 0; rc == 0 && i < wanted->connect_count; i++)
        rc = target_add_connect(target, wanted->connect[i].production, wanted->connect[i].place,
                                err);
    for (int i = 0; rc == 0 && wanted->mutations && i < MUTATION_CLASSES; i++)
        if (!wanted->refused[i])
            rc = target_set_class(target, (enum mutation_class)i, MUTATIONS_ALLOW, err);
    if (rc == 0 && wanted->proxy)
        rc = target_set_proxy(target, wanted->proxy, err);
    if (rc < 0)
        return rc;
    if (wanted->write_budget_given)
        target_set_write_budget(target, wanted->write_budget);
    target_set_tls(target, wanted->tls_verify, wanted->tls_ca);
    target_set_http2(target, wanted->http2);
    *ret = target;
    target = NULL; /* handed over */
    return 0;
}
