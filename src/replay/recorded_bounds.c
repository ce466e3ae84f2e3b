#include "recorded_bounds.h"

#include <assert.h>

static_assert(BINDING_NO_SOURCE == BOUND_BY_SHAPE, "one number for a source that is not known");

int recorded_bounds(struct store *capture, uint64_t session, const struct exchange *exchanges,
                    size_t exchange_count, struct bound **ret, size_t *ret_count,
                    struct arena *arena, struct err *err)
{
    struct store_binding *bindings = NULL;
    int rc = store_load_bindings(capture, session, &bindings, ret_count, arena, err);
    if (rc < 0 || *ret_count == 0)
        return rc;
    struct bound *bounds = arena_calloc(arena, *ret_count, sizeof *bounds);
    for (size_t i = 0; i < *ret_count; i++)
        bounds[i] = (struct bound){ .seq = bindings[i].seq,
                                    .source_seq = bindings[i].source_seq,
                                    .sink = bindings[i].sink,
                                    .source = bindings[i].source,
                                    .recorded = SPAN_NONE };
    bounds_read_recorded(bounds, *ret_count, exchanges, exchange_count, arena);
    *ret = bounds;
    return 0;
}
