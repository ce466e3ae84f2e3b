#ifndef SRC_COMPARE_OWN_CONTENT_H
#define SRC_COMPARE_OWN_CONTENT_H

#include "rehearse/base/map.h"

/*
 * Does an answer hold what is one visitor's own? Told by production's bodies for
 * one cache key: the same for one visitor each time, and others for others.
 */
enum { OWN_KEYS_MAX = 8192 };

struct own_first { /* the first answer of a key */
    uint64_t body;
    uint32_t session;
};
struct own_of_route {
    uint64_t same_again, other_again;     /* one visitor, asked again */
    uint64_t same_for_all, other_for_all; /* another visitor */
};
struct own_content {
    struct map by_key;
    struct own_first *firsts; /* owned */
    size_t len, cap;
    struct own_of_route *routes; /* owned; by route number */
    size_t route_len, route_cap;
};

void own_content_release(struct own_content *o);
void own_content_add(struct own_content *o, uint32_t route, uint64_t key, uint64_t body,
                     uint32_t session);
bool own_content_shows(const struct own_content *o, uint32_t route);

#endif
