#ifndef SRC_COMPARE_PACE_H
#define SRC_COMPARE_PACE_H

#include "measures.h"

/*
 * Staging's machine may be a smaller one, or busy, or asked at another pace: then every
 * route is slower, some by a factor and some by a time. What the other routes show is no
 * route's own doing; only what goes far beyond it is.
 */
enum { TIMED_LEAST = 30 }; /* times on both sides before a route is judged by them */
/* Far beyond: both so many times as long, and so much longer. */
#define PACE_FACTOR 2.0
#define PACE_DELAY_US 50000.0

struct pace {
    double factor;   /* at least 1 */
    double delay_us; /* at least 0 */
};

/* How much slower than production's the routes are, each sorted. */
struct paces {
    double *factors, *delays; /* owned */
    size_t len;
    uint64_t exchanges; /* that were timed on both sides */
};
struct paces paces_of(const struct measures *m);
void paces_release(struct paces *p);
/* Of the route in the middle; {1, 0} when there are no routes to tell. */
struct pace paces_middle(const struct paces *p);
/* The same, without that one. */
struct pace paces_of_others(const struct paces *p, const struct route_measures *route);
/* What production's time would be at that pace. */
double pace_expects(const struct pace *pace, double production_us);

#endif
