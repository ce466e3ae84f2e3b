#ifndef TESTS_SUPPORT_DRIP_H
#define TESTS_SUPPORT_DRIP_H

#include "rehearse/base/err.h"
#include "rehearse/base/span.h"

/* Hands a text out in chunks of `step` bytes: where they end must not change what is read. */
struct drip {
    struct span rest;
    size_t step;
};

static inline int read_drip(void *ctx, struct span *ret, struct err *err)
{
    struct drip *drip = ctx;
    (void)err;
    *ret = span_head(drip->rest, drip->step);
    drip->rest = span_from(drip->rest, ret->len);
    return ret->len > 0;
}

#endif
