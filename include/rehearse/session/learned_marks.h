#ifndef REHEARSE_SESSION_LEARNED_MARKS_H
#define REHEARSE_SESSION_LEARNED_MARKS_H

#include "rehearse/base/auto.h"
#include "rehearse/base/span.h"

/*
 * Marks that staging itself gives while a run goes on: a member's session tokens, the
 * numbers of his orders. Thread-safe. Bounded: of the last LEARNED_KEPT marks at least
 * all are known, of twice as many at most; older ones are forgotten. No value is kept,
 * only its hash.
 */
struct learned_marks;

enum { LEARNED_KEPT = 65536, LEARNED_SHORTEST = 5, LEARNED_LONGEST = 4096 };

struct learned_mark {
    uint32_t owner;   /* the caller's number of the member */
    const char *kind; /* static: "session token" */
    uint64_t session; /* the answer that gave it first */
    uint32_t seq;
};

struct learned_marks *learned_marks_new(void);
void learned_marks_free(struct learned_marks *learned);
/*
 * True: it is known as somebody else's, who comes back in *ret; it stays his. Values too
 * short or too long are not kept, and nobody's.
 */
bool learned_marks_add(struct learned_marks *learned, const struct learned_mark *mark,
                       struct span value, struct learned_mark *ret);

/* False ends the walk. Called with a lock held: do not add from here. */
typedef bool learned_found_fn(void *ctx, const struct learned_mark *mark, struct span found);
/* All marks in the text, as they were given, byte for byte; linear in the text. */
void learned_marks_find(struct learned_marks *learned, struct span text, learned_found_fn *fn,
                        void *ctx);

AUTO_FREE(struct learned_marks, learned_marks_free);

#endif
