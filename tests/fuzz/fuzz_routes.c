#include <stdint.h>
#include <stdlib.h>

#include "rehearse/compare/route.h"

/* Targets, a line each: the first half teaches, the second is asked; every one has a route with a
 * name. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct routes *routes = routes_new();
    struct span text = span_make((const char *)data, size);
    struct span taught = span_head(text, size / 2), asked = span_from(text, size / 2);

    while (!span_is_none(taught))
        routes_learn(routes, span_cut(&taught, '\n'));
    routes_settle(routes);
    while (!span_is_none(asked)) {
        uint32_t route = routes_match(routes, span_cut(&asked, '\n'));
        if (route >= routes_count(routes) || routes_name(routes, route).len == 0)
            abort();
    }
    routes_free(routes);
    return 0;
}
