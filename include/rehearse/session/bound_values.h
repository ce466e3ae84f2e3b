#ifndef REHEARSE_SESSION_BOUND_VALUES_H
#define REHEARSE_SESSION_BOUND_VALUES_H

#include "rehearse/http/exchange.h"

/*
 * The bindings of one recorded session on their way through staging: a value of a
 * request that production's answer had given is read from the same place of
 * staging's answer, and written where production's stood (cart and order numbers,
 * one-time links, tokens). Places are texts of value_place.h.
 *
 * A value that staging names itself, in a place of that kind and name, stays as it
 * was recorded: catalogue numbers are alike on both sides, and the third link of a
 * list need not be. A value found for one request serves every other request that
 * carried the same recorded value.
 */
struct bound {
    uint32_t seq;        /* of the request in its session */
    uint32_t source_seq; /* of the request whose answer gave it; BOUND_BY_SHAPE: not recorded */
    struct span sink, source; /* places */
    struct span recorded; /* the visitor's value; SPAN_NONE: the request has no such place */
};

/*
 * Where production's answer was not recorded, `source` says what the value looks like,
 * "link:/orders/{}#1": any link or redirect of staging's answers that fits offers one. What was
 * first offered after a write of this session goes before what was there already; that is
 * taken for safe requests alone.
 */
#define BOUND_BY_SHAPE UINT32_MAX

/* Fill in `recorded`, from the session's requests as they were recorded. In `arena`. */
void bounds_read_recorded(struct bound *bounds, size_t count, const struct exchange *exchanges,
                          size_t exchange_count, struct arena *arena);

struct bound_values;
/* `bounds` is borrowed, in the order of seq. NULL for none: every function takes NULL. */
struct bound_values *bound_values_new(const struct bound *bounds, size_t count);
void bound_values_free(struct bound_values *values);

/* Staging's answer (body decoded) to the recorded request `seq`, or to a redirect that it led to. */
void bound_values_learn(struct bound_values *values, uint32_t seq, const struct exchange *answered,
                        struct arena *scratch);

/* What staging gave by the answer to `seq` that is not what production gave there. */
typedef void bound_given_fn(void *ctx, struct span value);
void bound_values_each_given(const struct bound_values *values, uint32_t seq, bound_given_fn *fn,
                             void *ctx);

struct bound_counts {
    unsigned given;   /* values of staging written into the request */
    unsigned kept;    /* left as recorded: staging says the same */
    unsigned missing; /* left as recorded: staging gave nothing. Without pseudonyms: those are
                         tokens, for which binding.h has another way */
};
/* A value that staging gave nothing for. */
typedef void bound_missing_fn(void *ctx, const struct bound *bound);
/*
 * Rewrite the recorded request `seq` that is about to be sent. `missing` may be NULL; it is called
 * for each that is counted so.
 */
struct bound_counts bound_values_apply(struct bound_values *values, uint32_t seq,
                                       struct http_request *request, bound_missing_fn *missing,
                                       void *ctx, struct arena *arena);

AUTO_FREE(struct bound_values, bound_values_free);

#endif
