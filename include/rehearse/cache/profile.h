#ifndef REHEARSE_CACHE_PROFILE_H
#define REHEARSE_CACHE_PROFILE_H

#include "rehearse/cache/policy.h"

/*
 * What real caches do by default: one policy a product, by name. A profile is the
 * product as its maker ships it, without rules of the customer; where a setting has
 * no default (nginx's proxy_cache_valid, say), what nothing is configured for does
 * not happen. All static.
 */

/* How we know, the surest first. */
enum profile_evidence {
    PROFILE_MEASURED = 0, /* the program was asked: tests/conformance/profiles* */
    PROFILE_SOURCE,       /* read in its source code */
    PROFILE_DOCUMENTED,   /* its maker says so */
    PROFILE_ASSUMED,      /* the usual thing; nothing found that says otherwise */
};

/* "measured", "source", "documented", "assumed". */
const char *profile_evidence_name(enum profile_evidence evidence);

/* One thing the product does its own way. */
struct profile_fact {
    enum profile_evidence evidence;
    const char *sentence;
};

struct cache_profile {
    struct span name;  /* "varnish": what a scenario says */
    const char *title; /* "Varnish with its built-in VCL" */
    const char *about; /* one line: what sets it apart */
    const struct cache_policy *policy;
    const struct profile_fact *facts;
    size_t fact_count;
};

/* NULL when there is none of that name; any case. Other names in use are known too ("ats", "httpd",
 * "cloud-cdn"). */
const struct cache_profile *cache_profile_named(struct span name);
/* All, the strict one first, then by name. */
const struct cache_profile *const *cache_profiles(size_t *ret_count);
#endif
