#ifndef REHEARSE_STATS_HISTOGRAM_H
#define REHEARSE_STATS_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

/*
 * Counts of non-negative whole numbers (microseconds, bytes) in buckets whose
 * width grows with the value: 32 to each power of two, so a value read back is
 * at most about 3 % off. Small; order does not matter.
 */
struct histogram {
    uint64_t *counts; /* owned; grows to the highest bucket used */
    size_t len, cap;
    uint64_t total;
    uint64_t min, max; /* exact; 0 while empty */
};

#define HISTOGRAM_INIT                                                                             \
    {                                                                                              \
        NULL, 0, 0, 0, 0, 0                                                                        \
    }

void histogram_release(struct histogram *h);
void histogram_add(struct histogram *h, uint64_t value);
/* The values of `from`, each `factor` times as large; 0 <= factor. */
void histogram_add_scaled(struct histogram *into, const struct histogram *from, double factor);
/* The value below which a share `q` (0 to 1) of the counts lies; NAN while empty. */
double histogram_quantile(const struct histogram *h, double q);

#endif
