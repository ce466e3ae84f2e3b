#ifndef REHEARSE_SESSION_LOGIN_MACHINE_H
#define REHEARSE_SESSION_LOGIN_MACHINE_H

#include "login_values.h"

/*
 * Inside of a login: what it remembers between two answers, and what each kind of step
 * brings along. Ten thousand are on their way at once, so a flow holds no page.
 */
enum {
    LOGIN_MAX_REQUESTS = 40, /* of one step: redirects, pages, forms */
    LOGIN_MAX_TOKEN = 64 * 1024,
};

/* Where a walk through pages is. */
struct login_walk {
    unsigned requests;
    uint64_t home; /* hash of the scheme and authority it began at */
    bool user_sent, password_sent, code_sent, consent_sent;
    bool code_reused; /* the code that was sent may have served an earlier login */
    bool captcha;     /* seen on a page of this step */
    bool recorded_sent;
};

struct login_flow {
    const struct login_plan *plan; /* borrowed */
    struct login_who who;
    size_t at;     /* the step */
    bool renewing; /* only that step, by its refresh token */
    struct login_walk walk;
    bool session_cookie; /* some answer set one */
    bool cookie_as_told; /* the one that the step names, where it names one */
    bool blames_account;
    struct strbuf reason;
    struct strbuf sent; /* the form on its way, for a redirect that repeats it (307, 308) */
    const char *sent_type;
    /* What the login gave so far. */
    struct strbuf header, value, refresh_token, certificate, key;
    bool basic;
    int64_t expires_s;
    size_t token_step;
};

/* One call of login_flow_next. */
struct login_turn {
    struct login_flow *flow;
    const struct login_step *step;
    const struct login_answer *answer; /* NULL at the very first */
    struct login_request *ret;
    struct login_values values;
    struct arena *arena;
};

/* What a kind of step does. LOGIN_DONE: the step is over. */
typedef enum login_word login_turn_fn(struct login_turn *t);
struct login_kind_ops {
    login_turn_fn *start; /* the step's first request */
    login_turn_fn *take;  /* an answer came; NULL: the step sends nothing */
};

login_turn_fn login_walk_start, login_walk_take;
login_turn_fn login_request_start, login_request_take;
login_turn_fn login_recorded_start, login_recorded_take;
login_turn_fn login_oauth_start, login_oauth_take;
login_turn_fn login_renew_start;

/* Sets the reason. `to_blame`: the account's fault. */
enum login_word login_fail(struct login_turn *t, bool to_blame, const char *format, ...)
    PRINTF(3, 4);
/* For a status that says no; LOGIN_DONE for one that does not. */
enum login_word login_check_status(struct login_turn *t);
/* A value was asked for that nobody knows: fails; LOGIN_DONE when all is there. */
enum login_word login_check_missing(struct login_turn *t);
void login_keep_token(struct login_turn *t, struct span token);
/* Is there a session cookie, the named one where one was named, and did the jar keep it?
 * LOGIN_DONE, or the failure. */
enum login_word login_check_cookie(struct login_turn *t);
/* A form body of items whose values are templates, appended. */
void login_add_items(struct strbuf *out, const struct login_item *items, size_t count,
                     struct login_values *values);
void login_add_pair(struct strbuf *out, struct span name, struct span value);

#endif
