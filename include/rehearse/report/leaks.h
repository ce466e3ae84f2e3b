#ifndef REHEARSE_REPORT_LEAKS_H
#define REHEARSE_REPORT_LEAKS_H

#include "rehearse/base/strbuf.h"

/*
 * What the leak sentinel watched, and what it saw: a member's own (his name, his session
 * token, …) in an answer to somebody else. No mark is in here, members go by number.
 */
struct report_leak {
    struct span route;
    struct span marks;        /* "e-mail address, session token" */
    struct span path;         /* how the clearest one came about, in sentences */
    uint64_t answers, cached; /* that hold another's; of these, from a cache */
    bool folded;              /* another finding names the cause */
};

struct report_leaks {
    bool watched; /* false: the run had no accounts, or is older; the rest says nothing */
    uint64_t members, marks, answers;
    uint64_t pairs, pairs_in_all;    /* of members; asked one route of members at least */
    uint64_t routes, routes_covered; /* reached logged in; asked by two members, or one and a
                                        stranger */
    uint64_t shown_by_production;    /* remarks left out: production shows that mark to anybody */
    uint64_t beyond;                 /* found and not kept */
    struct report_leak *leaks;
    size_t leak_count;
};

/* The section of each report; `leaks` may be NULL or not watched: nothing then. */
void leaks_add_html(struct strbuf *out, const struct report_leaks *leaks);
void leaks_add_markdown(struct strbuf *out, const struct report_leaks *leaks);
/* A value: an object, or null. */
void leaks_add_json(struct strbuf *out, const struct report_leaks *leaks);

#endif
