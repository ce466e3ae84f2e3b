#ifndef REHEARSE_SRC_REPLAY_SENTINEL_H
#define REHEARSE_SRC_REPLAY_SENTINEL_H

#include "journal.h"
#include "outgoing.h"
#include "session_run.h"

/*
 * The leak sentinel: looks in every answer for what is another member's own. Marks are
 * what the accounts file says of its people, canaries, and what staging gives a member
 * during the run: session tokens, the numbers of his orders. What it finds becomes remarks
 * of kind "leak" that hold no mark, as JSON:
 *
 *     {"mark": "e-mail address", "of": 3, "to": 5, "in": "body",
 *      "first_session": "1f00…", "first_seq": 7}
 *
 * Members go by the place of their account in the pool, from 1; `to` is null for a visitor
 * without account; first_… is the first answer that gave the mark to its owner, left out
 * when none did. No leak: what the request itself holds, what strangers were shown
 * before its owner had sent anything, unless a cache answered; and, told at the end,
 * what production shows to strangers (facts "leak.public.3.name").
 */
struct sentinel; /* of a run; shared by its shards */

/* NULL for a pool without accounts or no pool: nobody is watched, all below take NULL. */
struct sentinel *sentinel_new(const struct identity_pool *pool, uint64_t run_seed);
void sentinel_free(struct sentinel *sentinel);
/*
 * After the last answer: what it looked at, as the fact "leak.watch", and which marks
 * production itself shows to strangers, by the bodies of the capture. Only where something
 * was found are these read.
 */
int sentinel_finish(struct sentinel *sentinel, struct store *capture, struct store *run,
                    struct err *err);

struct watch; /* of one shard */

struct watch *watch_new(struct sentinel *sentinel);
void watch_free(struct watch *watch);
/* A session begins, under its identity. */
void watch_begin(struct watch *watch, const struct session_run *run);
/* What its login gave beside cookies; after a login or a renewal. */
void watch_grant(struct watch *watch, const struct session_run *run);
/* An answer with its body, after session_run_learn. */
void watch_answer(struct watch *watch, const struct session_run *run, const struct outgoing *sent,
                  const struct exchange *answered);
/* Is there something to remark of the answers looked at last? */
bool watch_has_remarks(const struct watch *watch);
/* The remarks; forgets them. */
void watch_put_remarks(struct watch *watch, const struct planned *planned,
                       struct journal_batch *batch);

#endif
