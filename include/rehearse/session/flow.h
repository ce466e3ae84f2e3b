#ifndef REHEARSE_SESSION_FLOW_H
#define REHEARSE_SESSION_FLOW_H

#include "rehearse/base/auto.h"
#include "rehearse/http/exchange.h"

/*
 * Bindings found in a capture: a value that an answer gave (a source) and a later
 * request of the same session carries (a sink). Places are texts of value_place.h.
 *
 * No binding: what the visitor brought before an answer gave it; words; short numbers
 * whose source has nothing to do with the sink ("17" of a cart goes to a cart); what
 * answers gave to several visitors alike (a catalogue's ids: staging's are the same);
 * names of a build, which replay knows by their shape; cookies that Set-Cookie set,
 * which are the jar's. The latest answer that gave the value wins, and in it the best
 * kind of place.
 *
 * Where answers were recorded without their bodies, by shape: an identifier that only
 * this visitor sends and that appears first after a write of his has its source in what
 * staging's own pages offer since then (source_seq FLOW_NO_SOURCE, the source a link, an
 * input or a name). The same for what a request sends twice, in a cookie and elsewhere,
 * when no answer gave it: the source is the cookie.
 *
 * Two rounds: every exchange as it comes, its request being looked at; then session by
 * session, with the bodies of their answers.
 * Bounded memory: about 150 MB at the most, and what one session without its bodies takes.
 * Where a table is full, a value is taken for shared. Deterministic.
 */
struct flow;

#define FLOW_NO_SOURCE UINT32_MAX

struct flow_binding {
    uint64_t session;
    uint32_t seq;        /* of the request */
    uint32_t source_seq; /* of the answer, or FLOW_NO_SOURCE */
    struct span sink, source;
};
/* Spans are good for the call. Negative ends the search and is returned. */
typedef int flow_binding_fn(void *ctx, const struct flow_binding *binding);

/*
 * Puts the body of an answer into x->response.body, in `arena`. NULL where the
 * exchanges hold their bodies.
 */
typedef int flow_body_fn(void *ctx, struct exchange *x, struct arena *arena);

struct flow_options {
    flow_binding_fn *found;
    flow_body_fn *body;
    void *ctx;    /* of both */
    size_t slots; /* of the tables of values, a power of two, at least 4096; 0: 4,194,304 */
};

struct flow *flow_new(const struct flow_options *options);
void flow_free(struct flow *flow);
/* First round: every exchange, in the order of time. `arena` is for the call. */
void flow_meet(struct flow *flow, struct exchange *x, struct arena *arena);
/* Is there anything to find in a session, or in any? What is not wanted need not be searched. */
bool flow_wants(const struct flow *flow, uint64_t session);
bool flow_wants_any(const struct flow *flow);
/*
 * Second round: session by session, its exchanges in order with seq from 0. May call
 * `found`, when a table is full.
 */
int flow_search(struct flow *flow, struct exchange *exchanges, size_t count);
/* After the second round: `found` for the rest. */
int flow_end(struct flow *flow);

AUTO_FREE(struct flow, flow_free);

#endif
