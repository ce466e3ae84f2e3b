#ifndef REHEARSE_SRC_CACHE_QUESTION_H
#define REHEARSE_SRC_CACHE_QUESTION_H

#include "rehearse/cache/decision.h"

/* A decision under way: decision.c finds what may be reused, form.c in which form. */

/* Everything a decision looks at. */
struct question {
    const struct cache_policy *policy;
    const struct http_request *request;
    const struct judged_request *asked;
    int64_t now_s;
};

/* The candidate a question is about. */
struct choice {
    const struct stored_response *stored;
    const struct judged_response *judged;
    struct judged_response own; /* when the caller has not judged it */
};

/* Does Authorization keep the answer to such a request out of the store (section 3.5)? */
bool authorization_keeps_out(const struct cache_policy *policy, unsigned asks, unsigned says);

struct cache_decision question_decided(enum cache_step step, enum cache_forwarded forwarded,
                                       const char *rule, struct span field, const char *section,
                                       const char *sentence);
/* When the response was made: Date, or when it came. */
int64_t question_made_s(const struct stored_response *stored, const struct judged_response *judged);
/* The chosen response may be used: as 304, in part, or whole, which is `whole`; or not, because
 * bytes are missing. */
struct cache_decision question_form(const struct question *q, const struct choice *c,
                                    struct cache_decision whole);

#endif
