#ifndef SRC_COMPARE_EXAMPLE_H
#define SRC_COMPARE_EXAMPLE_H

#include "rehearse/compare/finding.h"
#include "rehearse/http/exchange.h"

/*
 * Exchanges kept to show: enough of a request to repeat it by hand, and the two
 * values. Nothing secret is kept: credentials become "$COOKIE" and the like, and
 * tokens in values become "…".
 */
struct example {
    uint64_t session;
    uint32_t seq;
    struct span method, url; /* production's; without a host where the source said none */
    struct span staging_url;
    struct span language, agent; /* fields that select the answer; SPAN_NONE */
    struct span accept;
    struct span shown_cookie; /* "currency=EUR": where that is the point; SPAN_NONE */
    uint16_t effect[2];       /* numbers of what a cache makes of the answers; 0 unknown */
    bool cookie, authorization;
    bool asterisk;                   /* the request was for "*", the server as a whole */
    struct span production, staging; /* values */
};

enum {
    EXAMPLES_MAX = 32768,
    EXAMPLE_URL_MAX = 1000,
    EXAMPLE_VALUE_MAX = 500,
};

struct examples {
    struct arena arena;
    struct example *at; /* owned */
    size_t len, cap;
};

void examples_release(struct examples *e);
/* Its number plus 1, or 0 when there is no room. */
uint32_t examples_keep(struct examples *e, const struct exchange *production,
                       const struct exchange *staging, struct span production_value,
                       struct span staging_value);
/* As the report shows it, in `arena`. */
struct finding_example example_shown(const struct example *e, struct arena *arena);
/* A value for a person: controls made visible, tokens hidden, cut to EXAMPLE_VALUE_MAX. */
struct span value_shown(struct span value, struct arena *arena);

#endif
