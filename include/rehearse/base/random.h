#ifndef REHEARSE_BASE_RANDOM_H
#define REHEARSE_BASE_RANDOM_H

#include <stdint.h>

/* Numbers that repeat for the same seed (splitmix64); for choices, never for secrets. */
struct random {
    uint64_t state;
};

uint64_t random_next(struct random *r);
/* 0 to below-1; below > 0. */
uint64_t random_below(struct random *r, uint64_t below);
/* 0.0 to below 1.0. */
double random_unit(struct random *r);

#endif
