#include "own_content.h"

#include <stdlib.h>
#include <string.h>

#include "rehearse/base/mem.h"

void own_content_release(struct own_content *o)
{
    map_release(&o->by_key);
    free(o->firsts);
    free(o->routes);
    memset(o, 0, sizeof *o);
}

static struct own_of_route *route_of(struct own_content *o, uint32_t route)
{
    if (route >= o->route_len) {
        o->routes = array_room(o->routes, &o->route_cap, route + 1, sizeof *o->routes);
        memset(o->routes + o->route_len, 0, (route + 1 - o->route_len) * sizeof *o->routes);
        o->route_len = route + 1;
    }
    return &o->routes[route];
}

void own_content_add(struct own_content *o, uint32_t route, uint64_t key, uint64_t body,
                     uint32_t session)
{
    const uint64_t *known = map_get(&o->by_key, key);
    if (!known && o->len >= OWN_KEYS_MAX)
        return;
    if (!known) {
        map_put(&o->by_key, key, o->len, NULL);
        o->firsts = array_room(o->firsts, &o->cap, o->len + 1, sizeof *o->firsts);
        o->firsts[o->len++] = (struct own_first){ body, session };
        return;
    }
    const struct own_first *first = &o->firsts[*known];
    struct own_of_route *r = route_of(o, route);
    if (first->session == session) {
        r->same_again += first->body == body;
        r->other_again += first->body != body;
    } else {
        r->same_for_all += first->body == body;
        r->other_for_all += first->body != body;
    }
}

bool own_content_shows(const struct own_content *o, uint32_t route)
{
    enum { LEAST = 3 }; /* so many visitors who get something else before it means anything */
    if (route >= o->route_len)
        return false;
    const struct own_of_route *r = &o->routes[route];
    return r->other_for_all >= LEAST && r->other_for_all >= 9 * r->same_for_all &&
           r->same_again > 0 && r->same_again >= 9 * r->other_again;
}
