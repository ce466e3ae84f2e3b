#ifndef REHEARSE_SRC_REPLAY_OUTGOING_H
#define REHEARSE_SRC_REPLAY_OUTGOING_H

#include "rehearse/replay/replay.h"
#include "rehearse/session/binding.h"
#include "rehearse/session/bound_values.h"
#include "rehearse/session/build_names.h"
#include "rehearse/session/identity.h"
#include "rehearse/session/jar.h"
#include "rehearse/session/login_flow.h"
#include "rehearse/session/originals.h"
#include "rehearse/session/times.h"
#include "rehearse/session/validators.h"
#include "rehearse/session/variant_values.h"

/*
 * The request that goes out for a recorded one: the same bytes, but for what belongs
 * to production alone. Host, Origin and Referer are translated, the cookies are
 * staging's own, numbers and tokens come from staging's answers, conditions ask about
 * these, times move, the login is the identity's; hop-by-hop fields, trace ids, and
 * conditions on what staging never gave are left out.
 */
struct outgoing {
    struct http_request wire;
    /* Whose request it is in production's terms: where the jar keeps its cookies. */
    struct span scheme, authority;
    uint32_t marks;   /* MARK_… of the exchange */
    struct span note; /* what was left out, for a person; SPAN_NONE */
    const char *skip; /* static: why it cannot be sent at all; NULL */
    bool is_login;
    struct span certificate, key; /* of the TLS client: paths, terminated; SPAN_NONE */
    int64_t not_before_s;         /* of a login: Unix seconds; 0: at once */
    struct bound_counts bounds;
    struct restored *restored; /* production's originals that went out; NULL: none */
    struct span cookies;       /* of the visitor, originals put back, for a hop; SPAN_NONE */
    struct unresolved *unresolved; /* values that staging gave nothing for; NULL: none */
};

/* A value that goes out as production's visitor sent it, for want of one of staging. */
struct unresolved {
    struct span what; /* for a person: "path:2, from link:/orders/{}#1 of request 12" */
    struct unresolved *next;
};

/* What the session brings. All borrowed. */
struct outgoing_source {
    const struct target *target;
    const struct jar *jar;
    const struct bindings *bindings;
    struct bound_values *bounds; /* of the recorded bindings; NULL: none */
    const struct build_names *builds;    /* NULL: the capture names no build */
    const struct validators *validators; /* NULL: the session asks no conditions */
    const struct identity *identity;       /* NULL: none */
    const struct login_grant *grant;       /* what its login gave beside cookies; NULL: none */
    const struct variant_values *variants; /* of the capture; NULL: none */
    const struct originals *originals; /* for a staging with production's sessions; NULL: none */
    bool no_credentials;
    enum persona_credentials credentials; /* what becomes of them at last */
    const struct replay_asks *asks; /* NULL: none */
    uint64_t run_seed;   /* idempotency keys are renewed by it: of this run and its resumes */
    bool canaries;       /* free text of the identity's cart and account becomes its canary */
    uint64_t trace_seed; /* of this exchange: the fresh trace id comes from it */
    int64_t now_s;
};

/* Everything in `ret` is in `arena`, static, or borrowed from `recorded` and the target. */
void outgoing_build(struct outgoing *ret, const struct exchange *recorded,
                    const struct outgoing_source *source, struct arena *arena);
/*
 * The next request of a redirect that production did not give: GET (or HEAD) of
 * `location`, seen from `from`. False when it leads to no http(s) URL.
 */
bool outgoing_follow(struct outgoing *ret, const struct outgoing *from, struct span location,
                     const struct outgoing_source *source, struct arena *arena);
/*
 * A request of a login flow that no recording has, in the wake of `page` (URL of the
 * page it comes from; SPAN_NONE: none). A URL without host lives where `first` does, an
 * exchange of the session, whose browser and language it takes over. False when its URL
 * is none.
 */
bool outgoing_login(struct outgoing *ret, const struct login_request *request, struct span page,
                    const struct exchange *first, const struct outgoing_source *source,
                    struct arena *arena);
/*
 * A Set-Cookie line of staging in production's terms: its Domain translated to the
 * one that covers the same hosts, or with `narrow` to the host itself. The line
 * itself when there is nothing to translate.
 */
struct span outgoing_translate_set_cookie(struct span line, const struct outgoing *sent,
                                          const struct target *target, bool narrow,
                                          struct arena *arena);
/* Does a value hold a pseudonym anywhere? */
bool holds_pseudonym(struct span value);

#endif
