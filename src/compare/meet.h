#ifndef SRC_COMPARE_MEET_H
#define SRC_COMPARE_MEET_H

#include "comparison_state.h"
#include "rehearse/compare/gate.h"

/* How one pair is counted: every facet's two values meet in a cell of the ledger. */
struct meeting {
    uint32_t cohort;
    uint16_t facet;
    uint32_t value[2], raw[2];
    struct span text[2];
    struct repeat_slot *slot; /* or NULL */
    bool again;
};

/* Count the meeting; who shows a difference is noted, and an example kept. */
void meet(struct comparison *c, const struct pair *pair, struct meeting *m);
/* The same for a facet that is there from the start, in pair->base; `texts` are what is shown. */
void meet_fixed(struct comparison *c, const struct pair *pair, enum facet_kind kind,
                struct span production, struct span staging, const struct span texts[2],
                struct repeat_slot *slot, bool again);

/* Where the two answers at hand came from. */
void note_provenance(const struct comparison *c, const struct pair *pair, struct provenance *from);

/* ---- meet_ending.c: the answer as a whole ---- */
bool status_is_redirect(int status);
/* Does staging's redirect, or the chain it began, come back to where it was, where production's
 * does not? */
bool pair_loops(struct comparison *c, const struct pair *pair, const struct exchange *hops,
                size_t hop_count);
/* True: the answers are of one kind. */
bool meet_status(struct comparison *c, const struct pair *pair);
/* Where two redirects lead whose codes differ. */
void meet_location(struct comparison *c, const struct pair *pair);
/* "302, Location: /x", in the scratch arena. */
struct span answer_shown(struct comparison *c, const struct pair *pair, int side);

/* ---- meet_fields.c ---- */
struct slot_at {
    struct repeat_slot *slot;
    bool again;
};

/* A bound on what a session remembers of its cookies. */
enum { MISSING_COOKIES_MAX = 32 };
/* Sets pair->effect. */
void meet_fields(struct comparison *c, struct pair *pair, struct slot_at at);

/* ---- meet_cache.c: what a shared cache makes of both ---- */
/*
 * From the coarse to the fine: whether it keeps the response, for how long, and what else is
 * said. A difference in one makes the next ones moot. True: both are kept alike. Sets pair->effect.
 */
bool meet_cache(struct comparison *c, struct pair *pair, struct slot_at at);

/* ---- meet_keys.c: under which keys ---- */
void meet_keys(struct comparison *c, const struct pair *pair);

/* ---- meet_measures.c: bodies, sizes, times and hits ---- */
void meet_bodies(struct comparison *c, const struct pair *pair);
void measure_size(struct comparison *c, const struct pair *pair, struct slot_at at);
void measure_route(struct comparison *c, const struct pair *pair, struct slot_at at);

/* ---- footing.c: does staging's visitor stand where production's stood? ---- */
/* NULL: yes; else why not (static). Sets pair->lacks_cookie. */
const char *uneven_footing(const struct comparison *c, struct pair *pair);
bool brings_more_back(const struct comparison *c, const struct pair *pair);
/* Cookies that only one side set, of answers whose fields are not compared. */
void note_missing_cookies(struct comparison *c, const struct pair *pair);

#endif
