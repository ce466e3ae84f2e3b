#ifndef REHEARSE_SRC_REPLAY_SENTINEL_IMPL_H
#define REHEARSE_SRC_REPLAY_SENTINEL_IMPL_H

/* What sentinel.c and sentinel_evidence.c share. */
#include <pthread.h>

#include "rehearse/base/map.h"
#include "rehearse/session/learned_marks.h"
#include "rehearse/session/mark_set.h"
#include "sentinel.h"

/* What is known of a mark of an account; written by all shards. */
struct mark_state {
    bool given; /* to its owner, by this answer first */
    uint64_t session;
    uint32_t seq;
    bool public; /* strangers had it before its owner began */
    bool found;  /* a remark says so */
};

struct sentinel {
    const struct identity_pool *pool; /* borrowed */
    struct mark_set *marks;           /* owned; only read */
    struct learned_marks *learned;    /* owned */
    pthread_mutex_t lock;             /* guards the rest */
    struct mark_state *states;        /* owned; one a mark */
    bool *began;                      /* owned; one an account: it has sent something */
    uint64_t answers, remarks, beyond;
};

/* More remarks than this say nothing new. */
enum { LEAK_REMARKS_MAX = 20000 };

#endif
