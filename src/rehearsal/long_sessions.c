#include "long_sessions.h"

#include <stdlib.h>

#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"

struct long_sessions *long_sessions_new(void)
{
    return xcalloc(1, sizeof(struct long_sessions));
}

void long_sessions_free(struct long_sessions *l)
{
    if (!l)
        return;
    map_release(&l->counted);
    free(l);
}

uint64_t long_sessions_place(struct long_sessions *l, uint64_t session)
{
    uint16_t *seen = &l->seen[session & (LONG_SESSION_SKETCH - 1)];
    if (*seen < LONG_SESSION_PART) {
        ++*seen;
        return session;
    }
    if (l->counted.len >= LONG_SESSION_COUNTED)
        map_clear(&l->counted);
    uint64_t *count = map_put(&l->counted, session, 0, NULL);
    uint64_t part = (*count)++ / LONG_SESSION_PART;
    if (part == 0)
        return session;
    uint64_t id = hash_mix(session, part);
    return id ? id : 1;
}
