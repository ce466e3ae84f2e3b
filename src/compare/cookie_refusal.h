#ifndef SRC_COMPARE_COOKIE_REFUSAL_H
#define SRC_COMPARE_COOKIE_REFUSAL_H

#include "canonical.h"
#include "rehearse/compare/finding.h"
#include "rehearse/http/cookie.h"

/*
 * What staging's address does to a cookie: browsers would not take it there though they
 * take production's (RFC 6265bis, section 5.7; CHIPS for Partitioned), or the framework
 * writes it otherwise because it is asked over plain http. Each reason is a member of the
 * attributes of staging's cookie, so that it is compared, counted and explained like one.
 */
struct cookie_reason {
    const char *member;             /* "refused by browsers: Domain of production" */
    const char *sentence;           /* for a person */
    enum finding_severity severity; /* where nothing else differs */
    bool by_address;                /* staging's address explains it */
    const char *goes_with[3]; /* members of production's that differ by it alone, by their front;
                                 NULL: no more */
};

/* Appends "; member" for each that holds; nothing for production's own cookies, for cookies that
 * production does not set, and for what is the same there. */
void cookie_add_reasons(const struct canonical_context *c, const struct set_cookie *cookie,
                        struct strbuf *out);
/* NULL: no such member. */
const struct cookie_reason *cookie_reason_of(struct span member);
/*
 * Why staging, at these places, cannot be given a cookie of this name and these attributes of
 * production's at all; NULL: it could.
 */
const char *cookie_missing_reason(struct span name, struct span attributes,
                                  struct span staging_scheme, struct span staging_authority);

#endif
