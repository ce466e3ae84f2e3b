#ifndef REHEARSE_SRC_REPLAY_PLAN_H
#define REHEARSE_SRC_REPLAY_PLAN_H

#include "rehearse/session/bound_values.h"
#include "rehearse/session/identity.h"
#include "rehearse/session/persona.h"
#include "rehearse/store/store.h"

/*
 * A captured session on its way to a shard: one block of memory that holds its
 * exchanges and nothing of the store. Ten thousand are held at once, so each text
 * that repeats within the session is there once, and bodies of responses are not.
 */
struct planned {
    uint64_t session;
    int64_t first_us;    /* recorded start of the session */
    uint32_t attempt;    /* 1, or higher when an earlier attempt was cut off */
    bool wants_identity; /* holds a login, or begins behind one */
    bool logs_in;        /* before its first request: its visitor was logged in already */
    struct identity_pool *accounts; /* who may stand in comes from here; borrowed, NULL: nobody */
    enum persona_credentials credentials;
    bool plays_role; /* asked as somebody: without the login it says nothing */
    bool asks_conditions; /* If-None-Match and its kin are among its fields */
    size_t bytes;        /* of the block, this struct included */
    size_t count;
    struct exchange *exchanges; /* in the block */
    size_t bound_count;
    struct bound *bounds; /* in the block: values that staging's answers give */
};

/* Packs exchanges; keeps scratch memory between calls. */
struct packer;
struct packer *packer_new(void);
void packer_free(struct packer *packer);
/* What is packed: a session as it was recorded. Borrowed for the call. */
struct recorded_session {
    uint64_t id;
    const struct exchange *exchanges;
    size_t count;
    const struct bound *bounds;
    size_t bound_count;
};
/* One block, for free(). */
struct planned *packer_pack(struct packer *packer, const struct recorded_session *session);

AUTO_FREE(struct packer, packer_free);

#endif
