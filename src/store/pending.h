#ifndef STORE_PENDING_H
#define STORE_PENDING_H

#include "rehearse/base/strbuf.h"

/*
 * The sessions being written: their encoded exchanges wait here until they are
 * worth a row. A fixed pool of small chunks, so that memory is bounded whatever
 * the traffic looks like; the session that was quiet longest is the first to go.
 */
enum {
    PENDING_SESSIONS = 65536,
    PENDING_CHUNKS = 65536,
    PENDING_CHUNK_BYTES = 184,
    PENDING_BUCKETS = 65536,
    PENDING_SEGMENT_MAX = 16384, /* a session with more than this is written */
};

struct pending_session {
    uint64_t id;
    int64_t base_us, first_us, last_us;
    uint32_t attempt;
    uint32_t n;
    uint32_t how, identity, outcome; /* texts, 0 none */
    uint32_t bytes;
    uint32_t head, tail;  /* chunks, 0 none */
    uint32_t bucket_next; /* the rest are sessions, 0 none */
    uint32_t newer, older;
};

struct pending_chunk {
    uint32_t next;
    uint32_t used;
    char bytes[PENDING_CHUNK_BYTES];
};

struct pending {
    struct pending_session
        *sessions; /* owned; 0 is the ring's anchor: newer = oldest, older = newest */
    struct pending_chunk *chunks;        /* owned; 0 is unused */
    uint32_t *buckets;                   /* owned */
    uint32_t free_session, free_chunk;   /* lists by bucket_next and next */
    uint32_t fresh_session, fresh_chunk; /* never used so far, from here on */
    uint32_t free_chunks;                /* how many there are to be had */
    uint32_t len;
};

/* Memory is taken at the first session, touched as it fills. */
void pending_release(struct pending *pending);
/* NULL when that session has nothing pending. */
struct pending_session *pending_find(const struct pending *pending, uint64_t id);
/* Can this many bytes be appended to a session, a new one perhaps? */
bool pending_has_room(const struct pending *pending, size_t bytes);
/* A new session; there must be room, and it must not be there. */
struct pending_session *pending_add(struct pending *pending, uint64_t id, uint32_t attempt);
/* There must be room. The session becomes the newest. */
void pending_append(struct pending *pending, struct pending_session *session, struct span bytes);
/* The one that got nothing for longest, or NULL. */
struct pending_session *pending_oldest(const struct pending *pending);
/* All its bytes, appended to `out`. */
void pending_collect(const struct pending *pending, const struct pending_session *session,
                     struct strbuf *out);
void pending_drop(struct pending *pending, struct pending_session *session);

#endif
