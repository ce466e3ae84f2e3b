#ifndef REHEARSE_SESSION_MARK_SET_H
#define REHEARSE_SESSION_MARK_SET_H

#include "rehearse/base/auto.h"
#include "rehearse/base/span.h"
#include "rehearse/session/identity.h"

/*
 * Marks: texts that are one member's own (his e-mail address, his name, what he wrote
 * into his cart) and that no answer to anybody else should hold. All of them are looked
 * for in one walk over a text. Filled once, then only read, from any thread.
 *
 * A mark is found where words begin and end, in any ASCII case, and in the codings that
 * pages have: %40, \u0040, &#64;, &amp;, '+' for a space.
 */
struct mark_set;

enum {
    MARK_SHORTEST = 5,        /* bytes: what is shorter stands in any page */
    MARK_SHORTEST_NUMBER = 6, /* of digits alone: prices have five */
    MARK_LONGEST = 128,       /* the rest of it is not looked at */
};

struct mark {
    uint32_t owner;   /* the caller's number of the member */
    const char *kind; /* static: "e-mail address" */
    struct span text; /* in the set's memory */
    bool shared;      /* several members have it: never found */
};

struct mark_set *mark_set_new(void);
void mark_set_free(struct mark_set *set);
/*
 * `kind` is static. False for what says nothing of anybody: too short, an ordinary word
 * of accounts ("customer"), a person's name of one word; for what is in the set already,
 * where another owner makes it shared; and when the set is full.
 */
bool mark_set_add(struct mark_set *set, uint32_t owner, const char *kind, struct span text);
size_t mark_set_count(const struct mark_set *set);
const struct mark *mark_set_at(const struct mark_set *set, size_t number);

/* False ends the walk. */
typedef bool mark_found_fn(void *ctx, size_t number);
/* Linear in the text. A mark is told each time it is found; shared ones are not. */
void mark_set_find(const struct mark_set *set, struct span text, mark_found_fn *fn, void *ctx);

/* What the columns of the accounts say of their owners, by the columns' names; owners are the
 * accounts' places in the pool. No password, no secret of a second factor. */
void mark_set_add_accounts(struct mark_set *set, const struct identity_pool *pool);

AUTO_FREE(struct mark_set, mark_set_free);

#endif
