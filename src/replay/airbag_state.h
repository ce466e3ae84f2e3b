#ifndef REHEARSE_SRC_REPLAY_AIRBAG_STATE_H
#define REHEARSE_SRC_REPLAY_AIRBAG_STATE_H

/* Inside the airbag: airbag.c, which watches the way, and airbag_words.c, which reads the
 * scenario's. */
#include <pthread.h>

#include "airbag.h"
#include "known_production.h"

enum { AIRBAG_SEEN_MAX = 256, AIRBAG_LINES_MAX = 40 };

struct airbag_seen {
    struct ip_address ip;
    uint16_t port;
};

struct airbag_place {
    struct host_name host;
    bool connected; /* elsewhere than its name says */
    /* Owned; where its name leads, asked because a proxy hides it; or NULL. */
    struct resolution *behind;
};

struct airbag {
    const struct target *target; /* borrowed */
    int64_t resolve_us, fresh_us;
    unsigned shared;
    bool by_star;                /* the capture says what production's names are */
    struct airbag_place *places; /* owned array, as the target's hosts; fixed after airbag_new */
    size_t place_count;

    pthread_mutex_t lock; /* guards the rest */
    struct known_production known;
    struct airbag_seen seen[AIRBAG_SEEN_MAX]; /* addresses let pass */
    size_t seen_count;
    char *lines[AIRBAG_LINES_MAX]; /* owned: what was let pass by the user's word */
    size_t line_count;

    char reason[700];
    const char *tripped; /* atomic: `reason`, once that is written */
};

/* A line for the report, once. Under the lock. */
void airbag_note(struct airbag *a, const struct strbuf *line);
/* Does the map, an override or the proxy lead to production? E_REFUSED, E_USAGE for what is no
 * host. Under the lock. */
int airbag_check_words(struct airbag *a, struct err *err);

#endif
