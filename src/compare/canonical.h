#ifndef SRC_COMPARE_CANONICAL_H
#define SRC_COMPARE_CANONICAL_H

#include "rehearse/base/arena.h"
#include "rehearse/base/strbuf.h"
#include "rehearse/http/exchange.h"

/*
 * A field's meaning as text: two values that mean the same give the same text.
 * The value comes joined and in production's terms. One file a field, or a family
 * of fields with one grammar.
 */
struct canonical_context {
    const struct exchange *production; /* the request both sides were asked; for Location, Domain */
    const struct exchange *own;        /* whose response it is */
    struct arena *scratch;             /* for the length of the call */
};
typedef void canonical_fn(const struct canonical_context *c, struct span value, struct strbuf *out);

canonical_fn canonical_set; /* comma-separated names in any order, any case: Allow, Vary, … */
canonical_fn canonical_content_type; /* type/subtype, then charset */
canonical_fn canonical_csp;          /* directives sorted, nonces and hashes taken out */
canonical_fn canonical_policy;       /* Permissions-Policy: as a set of directives */
canonical_fn canonical_hsts;
canonical_fn canonical_link;
canonical_fn
    canonical_location; /* what is the request's own is written as such: "/login?next={target}" */

/* ---- helpers ---- */
#define MEMBERS_MAX 128
struct members {
    struct span at[MEMBERS_MAX];
    size_t len;
};
/* More than MEMBERS_MAX are left out: what stays is bounded. */
void members_add(struct members *m, struct span member);
/* Sorted, each once, joined. */
void members_write(struct members *m, const char *separator, struct strbuf *out);

#endif
