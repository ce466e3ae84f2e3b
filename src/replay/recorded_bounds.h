#ifndef REHEARSE_SRC_REPLAY_RECORDED_BOUNDS_H
#define REHEARSE_SRC_REPLAY_RECORDED_BOUNDS_H

#include "rehearse/session/bound_values.h"
#include "rehearse/store/store.h"

/* The bindings that the capture knows of a session, with what its visitor sent there. In `arena`. */
int recorded_bounds(struct store *capture, uint64_t session, const struct exchange *exchanges,
                    size_t exchange_count, struct bound **ret, size_t *ret_count,
                    struct arena *arena, struct err *err);

#endif
