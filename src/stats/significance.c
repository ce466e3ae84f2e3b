#include "rehearse/stats/significance.h"

#include <math.h>

static double two_sided(double z)
{
    return erfc(fabs(z) / sqrt(2.0));
}

struct mann_whitney mann_whitney(const struct histogram *a, const struct histogram *b)
{
    struct mann_whitney result = { 1.0, 0.5 };
    double na = (double)a->total, nb = (double)b->total, n = na + nb;
    if (a->total == 0 || b->total == 0)
        return result;

    /* Buckets stand in for values: members of one bucket are ties. */
    double u = 0, a_below = 0, ties = 0;
    size_t len = a->len > b->len ? a->len : b->len;
    for (size_t i = 0; i < len; i++) {
        double ca = i < a->len ? (double)a->counts[i] : 0;
        double cb = i < b->len ? (double)b->counts[i] : 0;
        u += cb * (a_below + ca / 2);
        a_below += ca;
        double t = ca + cb;
        ties += t * t * t - t;
    }
    result.superiority = u / (na * nb);
    double variance = na * nb / 12 * (n + 1 - ties / (n * (n - 1)));
    if (n > 1 && variance > 0)
        result.p = two_sided((u - na * nb / 2) / sqrt(variance));
    return result;
}

double sign_test_p(uint64_t a, uint64_t b)
{
    uint64_t n = a + b, fewer = a < b ? a : b;
    if (n == 0)
        return 1;
    if (n > 1000)
        return two_sided((fabs((double)a - (double)b) - 1) / sqrt((double)n));
    double tail = 0;
    for (uint64_t k = 0; k <= fewer; k++)
        tail += exp(lgamma((double)n + 1) - lgamma((double)k + 1) - lgamma((double)(n - k) + 1) -
                    (double)n * log(2.0));
    return fmin(1, 2 * tail);
}

double two_shares_p(uint64_t hits_a, uint64_t n_a, uint64_t hits_b, uint64_t n_b)
{
    if (n_a == 0 || n_b == 0)
        return 1;
    double na = (double)n_a, nb = (double)n_b;
    double pooled = ((double)hits_a + (double)hits_b) / (na + nb);
    double variance = pooled * (1 - pooled) * (1 / na + 1 / nb);
    if (variance <= 0)
        return 1;
    return two_sided(((double)hits_a / na - (double)hits_b / nb) / sqrt(variance));
}
