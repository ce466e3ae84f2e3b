#ifndef REHEARSAL_LONG_SESSIONS_H
#define REHEARSAL_LONG_SESSIONS_H

#include "rehearse/base/map.h"

/*
 * A monitor or a bot without a cookie never pauses for long enough to end its
 * session, and a session is held in memory whole when it is replayed or compared.
 * So sessions that were told by address only are cut into parts; nothing is lost,
 * since no login and no cart hangs together in them.
 *
 * Bounded memory: a sketch tells the few long sessions from the many, and only
 * those are counted one by one. A part is LONG_SESSION_PART exchanges, the first
 * one up to twice that.
 */
enum { LONG_SESSION_PART = 10000, LONG_SESSION_SKETCH = 65536, LONG_SESSION_COUNTED = 65536 };

struct long_sessions {
    uint16_t seen[LONG_SESSION_SKETCH]; /* exchanges of all sessions with equal low bits; stays at
                                           LONG_SESSION_PART */
    struct map counted;                 /* of those that may be long: exchanges since then */
};

struct long_sessions *long_sessions_new(void);
void long_sessions_free(struct long_sessions *l);
/* Count one more exchange of this session; returns the id of the part it belongs to. */
uint64_t long_sessions_place(struct long_sessions *l, uint64_t session);

#endif
