#ifndef SRC_SESSION_FLOW_STATE_H
#define SRC_SESSION_FLOW_STATE_H

#include "flow_sightings.h"
#include "flow_uses.h"
#include "rehearse/base/strset.h"
#include "rehearse/http/cookie_role.h"
#include "rehearse/session/flow.h"

/* What a search for bindings knows: flow_meet.c fills it in the first round, flow.c asks it in the
 * second. */
enum {
    VALUE_SLOTS = 1 << 22, /* of who was given what */
    SENT_SHARE = 2,        /* slots of who sent what: so many times fewer */
    SESSIONS_SHARE = 8,    /* of sessions */
    SESSION_WAYS = 8,
    COOKIES_SHARE = 4, /* of who came with which cookie */
    BODIES_SHARE = 16, /* of who was given which body */
    FILTER_SHARE = 4,  /* words of 64 bits */
    MAX_NOUNS = 1 << 16,
    ENOUGH_OF_EACH = 4,  /* values that are each one visitor's */
    MAX_FOUND = 1 << 20, /* bindings waiting for the end */
    MAX_TEXT = 32 << 20, /* bytes of their places */
};

struct found {
    uint64_t session;
    uint64_t key; /* of the value in `given`; 0: not asked */
    uint32_t seq, source_seq;
    uint32_t sink, source; /* in `texts` */
};

/* How often the first request with a value of this kind came before and after a write. */
struct noun_count {
    uint32_t before, after, shared;
};

/* What the first round knows of a session; a table of fixed size. */
struct met_session {
    uint32_t tag,
        who;       /* who 0: empty; else as sightings have it, shared by visits with one cookie */
    uint32_t last; /* when it was met last */
    bool after_write; /* an unsafe request came */
    bool wanted;      /* there may be something to find in it */
};

struct flow {
    struct flow_options options;
    size_t slots;
    struct met_session *sessions; /* owned; sets of SESSION_WAYS */
    uint32_t clock;               /* exchanges met */
    bool wanted;                  /* any session is */
    bool forgot;                  /* a session made room for another one */
    struct sightings *cookies;    /* who came with it */
    struct sightings *sent;       /* who sent a value */
    struct sightings *given;      /* who was given it; made with the second round */
    struct sightings *bodies;     /* who was given that body */
    size_t filter_words;
    uint64_t *filter; /* owned; values that requests carry: a Bloom filter of two bits in a word */
    struct map nouns; /* hash to index in counts */
    struct noun_count *counts; /* owned */
    size_t count_cap;
    struct cookie_roles roles;
    struct found *found; /* owned */
    size_t found_len, found_cap;
    struct strset texts;
};

/* A session by itself, as sightings have it. */
uint32_t flow_who_of_session(uint64_t session);
/* Whose visit a session is, told by credentials; asked in the second round. */
uint32_t flow_visitor(struct flow *flow, const struct exchange *exchanges, size_t count);
/* May a request carry a value of this hash? */
bool flow_filter_may_hold(const struct flow *flow, uint64_t hash);
/* A strong value is itself wherever it stands; "17" only where it means the same thing. */
uint64_t flow_value_key(uint64_t value, enum worth worth, const struct noun *noun);
/* NULL when there are too many. */
struct noun_count *flow_count_of(struct flow *flow, const struct noun *noun);

#endif
