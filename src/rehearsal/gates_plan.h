#ifndef REHEARSE_REHEARSAL_GATES_PLAN_H
#define REHEARSE_REHEARSAL_GATES_PLAN_H

/*
 * The plan of a gate matrix: which routes are asked again, as whom, and with which
 * address; and the capture that is made of it, whose sessions are the personas'
 * visits, so that it is sent as any other capture is.
 */
#include "gates_survey.h"
#include "rehearse/replay/replay.h"

/* One row of the matrix on its way. */
struct planned_row {
    const struct survey_request *request;
    struct span target; /* as staging calls it: with the ids that it gave the owner's session */
    struct span owner;  /* the account that stood in for the owner; none */
    bool owned;
};

struct planned_column {
    const struct persona *persona;
    struct replay_role role;
    size_t *rows; /* that are asked, in order */
    size_t len;
    size_t per_session;
};

struct planned_post {
    const struct survey_post *post;
    struct replay_role role;
    bool asked;
};

struct gates_plan {
    struct gate_matrix *matrix; /* borrowed; all texts are in its arena or the survey's */
    const struct gate_survey *survey;
    struct planned_row *rows;
    struct planned_column *columns; /* one a persona, as the matrix has them */
    struct planned_post *posts;     /* as the matrix has them */
};

/* Accounts for who logs in; each may be NULL or empty. */
struct gates_accounts {
    struct identity_pool *members, *another;
    struct identity_pool **roles; /* one a persona; NULL: `members` */
};

struct gates_plan_options {
    struct store *capture, *run; /* run: the replay of the capture, or NULL */
    const struct persona *personas;
    size_t persona_count;
    const struct target *target; /* what posts may be sent to */
};

/* Rows, columns, what is known of production and what the scenario expects. */
int gates_plan_make(struct gates_plan *ret, struct gate_matrix *matrix,
                    const struct gate_survey *survey, const struct gates_plan_options *options,
                    struct err *err);
/* Who logs in with what, and which cells are asked. `login`: how; NULL: nobody knows. */
void gates_plan_cast(struct gates_plan *plan, const struct gates_accounts *accounts,
                     const struct login_plan *login);
/*
 * The capture of it; with `live`, of what production may be asked: anonymous, crawlers,
 * locales. *ret_hash tells equal plans apart from others.
 */
int gates_plan_write(const struct gates_plan *plan, bool live, struct store *capture,
                     uint64_t *ret_hash, struct err *err);

/* Which session of that capture asks the `at`-th row of a column, and in which place. */
uint64_t gates_session_of(const struct gates_plan *plan, size_t column, size_t at,
                          uint32_t *ret_index);
uint64_t gates_session_of_post(size_t post);
/* A replay_role_fn; ctx is the plan. */
const struct replay_role *gates_role_of(void *ctx, uint64_t session);
bool gates_column_is_live(const struct planned_column *column);

#endif
