#ifndef REHEARSE_STATS_HISTOGRAM_H
#define REHEARSE_STATS_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

/*
 * Counts of non-negative whole numbers (microseconds, bytes) in buckets whose
 * width grows with the value: 32 to each power of two, so a value read back is
 * at most about 3 % off. Small, mergeable, order does not matter.
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
void histogram_merge(struct histogram *into, const struct histogram *from);
/* The value below which a share `q` (0 to 1) of the counts lies; NAN while empty. */
double histogram_quantile(const struct histogram *h, double q);
double histogram_mean(const struct histogram *h);

/* The bucket of a value, and the middle of a bucket: for those who walk `counts`. */
size_t histogram_bucket(uint64_t value);
double histogram_middle(size_t bucket);

#endif
