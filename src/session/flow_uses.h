#ifndef SRC_SESSION_FLOW_USES_H
#define SRC_SESSION_FLOW_USES_H

#include "flow_value.h"
#include "rehearse/base/map.h"

/*
 * What the requests of one session carry: every sink with a value worth a look, in the
 * order of the requests. Everything is in the arena; bounded by USES_MAX.
 */
enum { USES_MAX = 1 << 18, USES_A_REQUEST = 1024 };

struct use {
    uint32_t seq;
    enum value_place_kind kind;
    enum worth worth;
    bool after_write;   /* an unsafe request of this session came before */
    uint64_t value;     /* hash */
    uint64_t template_; /* of the request's target, hashed */
    uint32_t part;      /* path, query: which variable part of that target; 0: none of them */
    struct noun noun;
    struct span sink; /* text */
    struct span leaf;
    struct span target;
};

struct uses {
    struct use *at;
    size_t len;
};

/* Fields that browsers write by themselves, and that replay writes anew. */
bool field_is_browsers(struct span name);

/* What a sink's value tells, by its look, its kind of place and its name. */
enum worth sink_worth(const struct value_at *at);

struct uses uses_of(struct exchange *exchanges, size_t count, struct arena *arena);

#endif
