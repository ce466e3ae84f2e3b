#ifndef REHEARSE_SESSION_JOURNEYS_H
#define REHEARSE_SESSION_JOURNEYS_H

#include "rehearse/http/exchange.h"

/*
 * Two recordings of one journey, held against each other: their requests are aligned
 * by method and template of the target, and what varies between them is told place by
 * place. Cookies are the jar's and are not looked at; nor are the fields that browsers
 * write by themselves.
 */
struct journey_difference {
    uint32_t seq_a, seq_b;
    struct span sink;             /* as text */
    struct span value_a, value_b; /* SPAN_NONE: the place is in the other one only */
};
/* Spans are good for the call. */
typedef void journey_difference_fn(void *ctx, const struct journey_difference *difference);

struct journey_counts {
    size_t aligned, only_a, only_b; /* requests */
    size_t same, varying;           /* places */
};

/* Exchanges in order; their bodies of answers are not needed. */
struct journey_counts journeys_compare(struct exchange *a, size_t a_count, struct exchange *b,
                                       size_t b_count, journey_difference_fn *fn, void *ctx);

#endif
