#ifndef REHEARSE_SRC_REPLAY_AIRBAG_H
#define REHEARSE_SRC_REPLAY_AIRBAG_H

#include "rehearse/replay/production.h"
#include "rehearse/replay/target.h"
#include "resolve.h"

/*
 * The airbag: production met anywhere on the way to staging ends the run before a
 * byte of a request is written. It knows production by name (of the map, of the
 * capture, by the user's word), by address and by certificate; the transport asks
 * about each address before it connects to it and about each server's certificate
 * before it writes the first request. One serves all shards; airbag_meet_name is
 * for the planner's thread, the rest for any.
 *
 * All of them take NULL, which knows nothing: a run against production itself.
 */
struct airbag;

struct airbag_options {
    const struct target *target;          /* borrowed */
    const struct production_facts *facts; /* borrowed for the call; NULL: none */
    const struct resolver *resolver;      /* borrowed; NULL: the system's */
    int64_t resolve_us;                   /* how long DNS may take in all; 0: AIRBAG_RESOLVE_US */
    /* An address that staging did not have before makes us ask again where production is, when what
     * DNS said is older than this; 0: AIRBAG_FRESH_US. */
    int64_t fresh_us;
};
#define AIRBAG_RESOLVE_US 3000000
#define AIRBAG_FRESH_US 5000000

/* E_REFUSED when the map, a connect override or the proxy leads to production as it stands. */
int airbag_new(struct airbag **ret, const struct airbag_options *options, struct err *err);
void airbag_free(struct airbag *airbag);

/* A name that the capture has requests for, where the map has a star: production's too. E_REFUSED
 * as above. */
int airbag_meet_name(struct airbag *airbag, struct span authority, struct err *err);

/* May a connection for `authority` be opened to this address? NULL: yes; else why not, good as long
 * as the airbag, and everything after it is refused too. */
const char *airbag_check_address(struct airbag *airbag, struct span authority,
                                 const struct sockaddr *address, socklen_t len);
/* The same of the certificate (PEM) the server showed; SPAN_NONE: none could be seen. */
const char *airbag_check_certificate(struct airbag *airbag, struct span authority, struct span pem);
/* Why it has gone off; NULL while it has not. */
const char *airbag_tripped(const struct airbag *airbag);
/* Is the host of a place a production name, wherever it is connected to? */
bool airbag_is_production_name(const struct airbag *airbag, struct span authority);

/* For the report, a line each: what was watched for, and what was let pass by the user's word. */
typedef int airbag_line_fn(void *ctx, const char *line);
int airbag_each_line(struct airbag *airbag, airbag_line_fn *fn, void *ctx);

AUTO_FREE(struct airbag, airbag_free);

#endif
