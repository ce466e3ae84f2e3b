#ifndef REHEARSE_SESSION_GROUPING_H
#define REHEARSE_SESSION_GROUPING_H

#include "rehearse/http/exchange.h"

/*
 * Which session an exchange belongs to. In this order: the source's own word (a
 * browser's HAR file is one visitor: the caller sets x->session before; with
 * MARK_SESSION_OF_RECORDING until a second user agent or a stranger's session
 * cookie shows that it is several), the session cookie
 * (named by the user, else known names), a login's new cookie linked to the old
 * one by Set-Cookie, or where that was not recorded by its coming right behind a POST, a bearer
 * token, the log's user, else client address (the browser's language where
 * no address is known) and user agent, cut where nothing came for `idle_gap`
 * (users too). A cookie that is new takes over the anonymous visit it grew out of. Bounded memory
 * (8 MB): visitors seen longest ago are forgotten first, which can only cut a session in two.
 *
 * Works on the original values: call it before veil_exchange. Ids are hashes, the
 * same for the same capture on every machine.
 */
struct grouping;

struct grouping_options {
    const char *const *cookies; /* borrowed names, NULL-terminated; NULL: the known ones */
    int64_t idle_gap_us;        /* 0: 30 minutes */
};

struct grouped {
    uint64_t session;   /* never 0 */
    uint64_t visitor;   /* what sampling looks at: equal for all visits of one visitor */
    const char *how;    /* static: "source", "cookie" (which one: below), "bearer", "user", "address
                           and user agent" */
    struct span cookie; /* name of the cookie that told, or SPAN_NONE */
    bool heuristic;     /* by address and user agent: several people may share it */
};

struct grouping *grouping_new(const struct grouping_options *options);
void grouping_free(struct grouping *grouping);
struct grouped grouping_place(struct grouping *grouping, const struct exchange *x);
/* Keep this visitor at `share` (0.0 to 1.0)? The same answer each time for the same capture. */
bool grouping_in_sample(uint64_t visitor, double share);

AUTO_FREE(struct grouping, grouping_free);

#endif
