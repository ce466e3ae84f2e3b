#ifndef REHEARSE_SRC_REHEARSAL_MEMBER_ROUTES_H
#define REHEARSE_SRC_REHEARSAL_MEMBER_ROUTES_H

#include "rehearse/base/strset.h"
#include "rehearse/report/leaks.h"

/*
 * Which members were answered on which routes: what the sentinel had to look at. Pairs are
 * told of the first MEMBERS_MAX members; of more, the share of these stands for all.
 */
enum { MEMBERS_MAX = 4096 };

struct member_routes {
    struct strset members; /* by the name of their account */
    uint64_t **rows;       /* owned; a bit a member, by route; NULL: no member was there */
    bool *strangers;       /* owned, by route */
    size_t count, cap, stranger_cap;
    uint32_t member; /* of the session at hand; STRSET_ABSENT: a stranger */
};

/* The exchanges that follow are of this account; SPAN_NONE or empty: of nobody's. */
void member_routes_begin(struct member_routes *m, struct span identity);
void member_routes_add(struct member_routes *m, uint32_t route);
/* Sets members, pairs and routes. */
void member_routes_sum(const struct member_routes *m, struct report_leaks *ret);
void member_routes_release(struct member_routes *m);

#endif
