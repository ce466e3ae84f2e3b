#ifndef REHEARSE_SRC_REPLAY_VERIFY_H
#define REHEARSE_SRC_REPLAY_VERIFY_H

#include "rehearse/http/exchange.h"

/*
 * A first verdict on each answer while the run goes on: the same status, and the
 * same fields as recorded? Only a count for the eye; the comparison proper judges by
 * meaning, later. Most answers of a route carry the same fields, so the verdict on a
 * pair of field blocks is kept and a repeat costs a hash.
 */
struct verifier; /* of one thread; bounded memory */

struct verdict_on_answer {
    bool status_known, status_same;
    bool fields_known, fields_same;
};

struct verifier *verifier_new(void);
void verifier_free(struct verifier *verifier);
/* `block`: the answer's field lines as they came, whose parsed form is in
 * answered->response.fields. */
struct verdict_on_answer verifier_check(struct verifier *verifier, const struct exchange *recorded,
                                        const struct exchange *answered, struct span block);

AUTO_FREE(struct verifier, verifier_free);

#endif
