#ifndef SIMULATE_READING_H
#define SIMULATE_READING_H

#include "rehearse/simulate/simulate.h"
#include "rehearse/store/store.h"
#include "timeline.h"

/*
 * The two files as steps of a timeline: production's exchanges session by session,
 * each with what staging answered to it.
 */
struct reading {
    const struct simulate_options *options; /* borrowed */
    struct store *production, *staging;     /* owned; staging NULL when there is none */
    struct store_sessions *walk;            /* owned; of production */
    struct store_session session;           /* the next one to be read */
    bool more;                              /* there is one */
    struct routes *routes;                  /* owned */
    struct variant_space *space;            /* owned */
    struct model_reader *readers[2];        /* owned */
    struct timeline timeline;
    struct arena arenas[2]; /* of the session being read */
    struct simulate_pairing pairing;
    struct progress_state progress;
    uint64_t not_seen;
};

int reading_open(struct reading *reading, const struct simulate_options *options, struct err *err);
void reading_close(struct reading *reading);
/*
 * The next step in order of time: 1 and a step, 0 at the end, negative on failure.
 * Before the first step of a session is given, its answers are known to the readers.
 */
int reading_next(struct reading *reading, struct step *ret, struct err *err);

#endif
