#ifndef REHEARSE_CACHE_PRODUCT_H
#define REHEARSE_CACHE_PRODUCT_H

#include "rehearse/base/span.h"

/* By which response field a cache in front gives itself away, though nobody named it. */
struct product_sign {
    struct span product; /* as profiles are named: "varnish" */
    struct span field;   /* "X-Varnish" */
    struct span part;    /* that the value holds, in any case; empty: any value */
};
/* All, the surest first: of two products in a row, the one nearer the visitor. Static. */
const struct product_sign *product_signs(size_t *ret_count);
/* Does the value of the sign's field fit? */
bool product_sign_fits(const struct product_sign *sign, struct span value);

#endif
