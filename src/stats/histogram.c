#include "rehearse/stats/histogram.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rehearse/base/mem.h"

/* Values below SUB have a bucket each; above, every power of two has SUB buckets. */
enum { SUB_BITS = 5, SUB = 1 << SUB_BITS };

static size_t bucket_of(uint64_t value)
{
    if (value < SUB)
        return (size_t)value;
    unsigned power = 63u - (unsigned)__builtin_clzll(value);
    uint64_t sub = (value >> (power - SUB_BITS)) & (SUB - 1);
    return (size_t)(power - SUB_BITS + 1) * SUB + (size_t)sub;
}

static double middle_of(size_t bucket)
{
    if (bucket < SUB)
        return (double)bucket;
    unsigned power = (unsigned)(bucket / SUB) - 1;
    double width = ldexp(1.0, (int)power);
    return (double)(SUB + bucket % SUB) * width + (width - 1) / 2;
}

void histogram_release(struct histogram *h)
{
    free(h->counts);
    *h = (struct histogram)HISTOGRAM_INIT;
}

static void reach(struct histogram *h, size_t len)
{
    if (len <= h->len)
        return;
    h->counts = array_room(h->counts, &h->cap, len, sizeof *h->counts);
    memset(h->counts + h->len, 0, (len - h->len) * sizeof *h->counts);
    h->len = len;
}

static void widen(struct histogram *h, uint64_t value)
{
    if (h->total == 0 || value < h->min)
        h->min = value;
    if (h->total == 0 || value > h->max)
        h->max = value;
}

static void add_many(struct histogram *h, uint64_t value, uint64_t count)
{
    size_t bucket = bucket_of(value);
    reach(h, bucket + 1);
    h->counts[bucket] += count;
    widen(h, value);
    h->total += count;
}

void histogram_add(struct histogram *h, uint64_t value)
{
    add_many(h, value, 1);
}

void histogram_add_scaled(struct histogram *into, const struct histogram *from, double factor)
{
    for (size_t i = 0; i < from->len; i++)
        if (from->counts[i])
            add_many(into, (uint64_t)fmin(middle_of(i) * factor, 0x1p63), from->counts[i]);
}

double histogram_quantile(const struct histogram *h, double q)
{
    if (h->total == 0)
        return NAN;
    if (q >= 1)
        return (double)h->max;
    double wanted = q * (double)h->total;
    uint64_t below = 0;
    for (size_t i = 0; i < h->len; i++) {
        below += h->counts[i];
        if (h->counts[i] && (double)below >= wanted) {
            double middle = middle_of(i);
            return fmin(fmax(middle, (double)h->min), (double)h->max);
        }
    }
    return (double)h->max;
}
