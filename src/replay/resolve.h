#ifndef REHEARSE_SRC_REPLAY_RESOLVE_H
#define REHEARSE_SRC_REPLAY_RESOLVE_H

#include "ip_address.h"

/*
 * Addresses of names, within a time limit whatever the resolver does: each name is
 * asked on a thread that is left behind when it does not come back.
 */
enum { RESOLVED_MAX = 16, RESOLVE_NAMES_MAX = 2048 };

/* A seam: the system's own, or a test's. */
struct resolver {
    /* At most RESOLVED_MAX addresses into `ret`; how many. 0: the name has none. Called from
     * several threads at once, perhaps after resolve_names has come back. */
    size_t (*resolve)(const struct resolver *self, const char *host, struct ip_address *ret);
};
extern const struct resolver resolver_system;

enum resolution_state { RESOLUTION_LATE = 0, RESOLUTION_NONE, RESOLUTION_SOME };
struct resolution {
    enum resolution_state state;
    size_t count;
    struct ip_address at[RESOLVED_MAX];
};

/*
 * Ask for all `hosts` (at most RESOLVE_NAMES_MAX) at once; ret[i] is of hosts[i]. Names
 * under .example, .invalid and .test (RFC 6761) are waited for a quarter of a second at most: they
 * are in a hosts file or nowhere.
 */
void resolve_names(const struct resolver *resolver, const char *const *hosts, size_t count,
                   int64_t limit_us, struct resolution *ret);

#endif
