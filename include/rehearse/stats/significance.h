#ifndef REHEARSE_STATS_SIGNIFICANCE_H
#define REHEARSE_STATS_SIGNIFICANCE_H

#include "rehearse/stats/histogram.h"

/*
 * Is a difference more than chance? Pure functions of counts. Each p is two-sided:
 * how likely chance alone would give a difference at least so large.
 */

/* Mann-Whitney U with the correction for ties, by the normal approximation. */
struct mann_whitney {
    double p;           /* 1 when a side is empty or all is tied */
    double superiority; /* chance that one of `b` exceeds one of `a`, ties counted half */
};
struct mann_whitney mann_whitney(const struct histogram *a, const struct histogram *b);

/*
 * Noise between two readings of the same thing goes either way alike: of a+b
 * changes, `a` went one way and `b` the other (McNemar's test, exact up to 1000).
 */
double sign_test_p(uint64_t a, uint64_t b);

/* Are hits_a of n_a and hits_b of n_b shares of one and the same rate? */
double two_shares_p(uint64_t hits_a, uint64_t n_a, uint64_t hits_b, uint64_t n_b);

#endif
