#ifndef REHEARSE_SRC_REPLAY_JOURNAL_H
#define REHEARSE_SRC_REPLAY_JOURNAL_H

#include "rehearse/store/store.h"

/*
 * The journal writes what the shards did into the run file: one thread, which owns
 * the store while the journal is open, with group commit. A shard fills a batch of
 * its own and hands it over; when the writer falls behind, journal_is_full says so
 * and the shard sends nothing new until journal_options.on_room.
 *
 * What is written is veiled first: the run file holds no credential of staging.
 */
struct journal;
struct journal_batch; /* belongs to one shard until it is handed over */

struct journal_options {
    struct store *run;             /* borrowed; nobody else touches it until journal_close */
    const unsigned char *veil_key; /* VEIL_KEY_BYTES, copied; NULL: a fresh random one */
    const char *const *secret_names; /* further ones, NULL-terminated; or NULL. Borrowed. */
    void (*on_room)(
        void *ctx); /* from the writer's thread: there is room again, or it has failed */
    void *ctx;
};

int journal_open(struct journal **ret, const struct journal_options *options, struct err *err);
/*
 * Write all that was handed over, commit, end the thread. Returns the first failure
 * of the writer. Takes the journal in any case; NULL returns 0.
 */
int journal_close(struct journal *journal, struct err *err);

bool journal_is_full(struct journal *journal);
/* The disk is full or the like: what is handed over now is thrown away. */
bool journal_has_failed(struct journal *journal);

/* An empty batch. */
struct journal_batch *journal_take_batch(struct journal *journal);
/* Hand over; never waits. Takes the batch. */
void journal_hand_over(struct journal *journal, struct journal_batch *batch);
/* Large or many enough that it should be handed over. */
bool journal_batch_is_full(const struct journal_batch *batch);
/*
 * Free this block once the batch is written. Batches are written in the order they
 * are handed over, so what earlier entries of the same shard borrow from it is safe.
 */
void journal_let_go(struct journal_batch *batch, void *block);
/* Where the spans of what is put in must live, or longer. */
struct arena *journal_batch_arena(struct journal_batch *batch);

/* An exchange to keep: blank, to be filled in before the next call; its spans in the batch's arena,
 * static, or in a block let go later. */
struct exchange *journal_put(struct journal_batch *batch, uint32_t attempt);
/* The request of the last exchange put had these put back: they are veiled wherever they stand. In
 * the batch's arena, the values borrowed for as long as the journal is open. */
struct restored;
void journal_put_restored(struct journal_batch *batch, const struct restored *restored);
/* Who stood in for the session's visitor. `identity` is copied. */
void journal_put_identity(struct journal_batch *batch, uint64_t session, struct span identity);
/* What is to be said of an exchange beside it: store_put_remark. `kind` is static; `value` is copied,
 * and written as it is: no credential may be in it. */
void journal_put_remark(struct journal_batch *batch, uint64_t session, uint32_t attempt,
                        uint32_t seq, const char *kind, struct span value);
/* The session's end mark. `outcome` is static. */
void journal_put_end(struct journal_batch *batch, uint64_t session, uint32_t attempt,
                     const char *outcome);

#endif
