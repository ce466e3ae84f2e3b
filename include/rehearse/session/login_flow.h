#ifndef REHEARSE_SESSION_LOGIN_FLOW_H
#define REHEARSE_SESSION_LOGIN_FLOW_H

#include "rehearse/http/exchange.h"
#include "rehearse/session/identity.h"

/*
 * Logging an account in: a state machine without sockets and clock. It is told the
 * last answer and says the next request, or that the login is done or has failed.
 * Cookies are the caller's: he keeps what the answers set and sends it along; so is
 * whether a request may go out at all.
 *
 * Values of a step may hold ${username}, ${password}, ${email}, ${totp} (the code of the
 * moment), ${any other column of the accounts file} and ${answer:path} (a member of the
 * JSON that the step before answered); each is written in the coding of its place.
 */
enum login_kind {
    LOGIN_FORM = 1,    /* get the page, fill its form in, submit it; redirects are followed */
    LOGIN_OIDC,        /* as LOGIN_FORM, by way of another host and back: consent, form_post */
    LOGIN_REQUEST,     /* one request, as given; a token of its answer is kept */
    LOGIN_OAUTH,       /* the token endpoint of RFC 6749 */
    LOGIN_BASIC,       /* RFC 7617, on every request; sends nothing itself */
    LOGIN_CERTIFICATE, /* TLS client certificate; sends nothing itself */
    LOGIN_RECORDED,    /* an exchange of the capture that logged somebody in */
};

enum login_grant_type { GRANT_CLIENT_CREDENTIALS, GRANT_PASSWORD };

struct login_item {
    struct span name, value;
};

/* What a step needs of these depends on its kind; the rest is zero. All borrowed. */
struct login_step {
    enum login_kind kind;
    struct span url;    /* a path on the first place of the target, or absolute; form: the page */
    struct span method; /* REQUEST */
    const struct login_item *items; /* form: further inputs; request: a form body; OAuth: further */
    size_t item_count;
    struct span body;                /* REQUEST: in place of items, as it is sent */
    struct span content_type;        /* of `body` */
    const struct login_item *fields; /* REQUEST: request fields */
    size_t field_count;
    bool wants_login; /* REQUEST: its answer must bring a session cookie or a token */
    struct span
        token; /* path of the token in a JSON answer ("data.access_token"); none: found by name */
    struct span header; /* the field that carries the token as it is; none: Authorization: Bearer */
    struct span cookie; /* the session cookie's name; none: any that logins have */
    struct span refresh; /* where an expired token is renewed; none: OAuth's own endpoint, or not */
    enum login_grant_type grant;
    struct span client_id, client_secret, scope;
    bool client_in_body;          /* else by Basic: RFC 6749, section 2.3.1 */
    struct span certificate, key; /* paths, PEM */
    const struct exchange
        *recorded; /* RECORDED, or FORM: what to send where the page has no form */
};

struct login_plan {
    const struct login_step *steps;
    size_t count;
    bool registers; /* makes an account instead of logging one in */
};

/*
 * What requests of the session carry from the login on. Owns its texts; zero it, release it.
 */
struct login_grant {
    char *block;               /* owned: holds the texts below */
    struct span header, value; /* "Authorization", "Bearer …"; none without a token */
    bool basic;                /* by LOGIN_BASIC */
    struct span refresh_token;
    int64_t expires_s; /* 0: not said */
    size_t step;       /* of the plan, that gave the token */
    struct span certificate, key;
};
void login_grant_release(struct login_grant *grant);
/* Is the token over, or about to be? */
bool login_grant_is_stale(const struct login_grant *grant, int64_t now_s);

/* What came back for the last request. */
struct login_answer {
    struct span url; /* of what was asked for, absolute */
    int status;
    const struct http_fields *fields;
    struct span body;    /* decoded */
    const char *failure; /* static: no answer, and why; or NULL */
    const char *refused; /* static: it was not sent, and why (the guard); or NULL */
    size_t cookies;      /* in the jar by now */
};

struct login_request {
    struct span method;
    struct span url;      /* absolute, or a path on the first place */
    bool of_answer;       /* the URL is the environment's own word, not the plan's */
    int64_t not_before_s; /* Unix seconds; 0: at once. A one-time code of then is in it */
    struct http_fields fields;
    struct span body;             /* SPAN_NONE: none */
    bool credentials;             /* body or query hold the account's secrets */
    struct span certificate, key; /* as in a grant */
    const struct exchange
        *recorded; /* send this one, as a replay sends it; then only this is set */
};

enum login_word {
    LOGIN_SEND,
    LOGIN_DONE,
    LOGIN_FAILED,
};

struct login_flow;

/* Who logs in. `identity` may be NULL for plans that need no account. All borrowed. */
struct login_who {
    struct identity_pool *pool;
    const struct identity *identity;
};

/* `plan` is borrowed; the texts of `who` must last as long as the flow. */
struct login_flow *login_flow_new(const struct login_plan *plan, const struct login_who *who);
/* Renewing `grant`, which is of the same plan and is copied. */
struct login_flow *login_flow_renew(const struct login_plan *plan, const struct login_who *who,
                                    const struct login_grant *grant);
void login_flow_free(struct login_flow *flow);
/* Can a grant of this plan be renewed by itself? Else the login is gone through again. */
bool login_can_renew(const struct login_plan *plan, const struct login_grant *grant);
/*
 * `answer` is NULL at first. `ret` is filled in for LOGIN_SEND, in `arena`, and good as
 * long as that and the answer are.
 */
enum login_word login_flow_next(struct login_flow *flow, const struct login_answer *answer,
                                int64_t now_s, struct login_request *ret, struct arena *arena);
/* Behind LOGIN_FAILED: why, for a person; no credential is in it. */
struct span login_flow_reason(const struct login_flow *flow);
/* Is it the account that is to blame (refused, captcha, second factor), not the way to it? */
bool login_flow_blames_account(const struct login_flow *flow);
/* Behind LOGIN_DONE: takes what the login gave; what was in `ret` is released. */
void login_flow_take_grant(struct login_flow *flow, struct login_grant *ret);

/* Does the plan use the account's own values at all? */
bool login_plan_needs_account(const struct login_plan *plan);

AUTO_FREE(struct login_flow, login_flow_free);

#endif
