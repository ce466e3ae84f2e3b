#ifndef REHEARSE_COMPARE_ROUTE_H
#define REHEARSE_COMPARE_ROUTE_H

#include "rehearse/base/span.h"

/*
 * Routes: URL templates such as /products/:id. Given ones come first, in order;
 * the others are found from the targets themselves: a segment that is a number,
 * a UUID, a hash or a date is a parameter, and so is one that takes many values
 * while what follows it looks alike. Bounded memory.
 */
struct routes;

struct route_rule {    /* as the scenario gives it; spans borrowed for the call */
    struct span match; /* "/products/:id"; a last segment of one star takes all that follows */
    struct span segment, owner, risk;
    int64_t stale_at_most_s; /* -1 when not given */
};

struct routes *routes_new(void);
void routes_free(struct routes *routes);
void routes_add_rule(struct routes *routes, const struct route_rule *rule);
/* Learn from a target; only its path counts. */
void routes_learn(struct routes *routes, struct span target);
/* After the last routes_learn, before the first routes_match. */
void routes_settle(struct routes *routes);
/* The route's number. Every target has one. */
uint32_t routes_match(struct routes *routes, struct span target);
struct span routes_name(const struct routes *routes, uint32_t route);
/* The rule behind a route, NULL for one that was found. */
const struct route_rule *routes_rule(const struct routes *routes, uint32_t route);
uint32_t routes_count(const struct routes *routes);

#endif
