#ifndef REHEARSE_REHEARSAL_VISITOR_STANDING_H
#define REHEARSE_REHEARSAL_VISITOR_STANDING_H

#include "rehearse/session/login_learn.h"

/* Was the visitor of a recorded session logged in when he asked? */
enum standing {
    STANDING_UNKNOWN =
        0, /* he brought a session of which nothing is known, or it was not recorded */
    STANDING_ANONYMOUS,
    STANDING_MEMBER,
};

struct visitor_standing {
    enum standing now;
};

/* At the session's start; reads on as far as his first login. */
struct visitor_standing visitor_standing_at_start(const struct login_learner *learner,
                                                  const struct exchange *x, size_t count);
/* Behind an exchange of his. */
void visitor_standing_pass(struct visitor_standing *standing, const struct exchange *x);

#endif
