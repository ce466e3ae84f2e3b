#ifndef REHEARSE_COMPARE_GATE_H
#define REHEARSE_COMPARE_GATE_H

#include "rehearse/http/exchange.h"

/* What a gate did with a visitor: cdn.md, E.5. Compared as a class, not by bytes. */
enum gate_answer {
    ANSWER_OTHER = 0,
    ANSWER_ALLOW,     /* 2xx */
    ANSWER_LOGIN,     /* sent to a login page */
    ANSWER_CHALLENGE, /* 401 */
    ANSWER_FORBIDDEN, /* 403 */
    ANSWER_HIDDEN,    /* 404, 410 */
    ANSWER_REDIRECT,  /* elsewhere */
    ANSWER_ERROR,     /* 5xx */
    ANSWER_LIMITED,   /* 429 */
    ANSWER_PUZZLE,    /* a bot manager's test in place of the page; gate_answer_read alone */
    GATE_ANSWERS,
};

/* `location` is SPAN_NONE when absent. */
enum gate_answer gate_answer_of(int status, struct span location);
/*
 * The same with the soft gates: an answer that is a 200 by its status and keeps the visitor
 * out all the same. That is a page which is the login form, or leads there (meta refresh,
 * x-nextjs-redirect, a NEXT_REDIRECT digest), a GraphQL error UNAUTHENTICATED or FORBIDDEN.
 * The body may be missing; of a long one the front part is looked at. `x->request.target`
 * tells whether a login page is what was asked for.
 */
enum gate_answer gate_answer_read(const struct exchange *x);
/* A word for a person and for `expect:`: "open", "to login", "challenge", "forbidden", "hidden",
 * "elsewhere", "error", "limited", "puzzle", "other". Static. */
const char *gate_answer_name(enum gate_answer answer);
bool gate_answer_named(struct span name, enum gate_answer *ret);
/* The visitor was kept out for want of a login or a right. */
bool gate_answer_is_closed(enum gate_answer answer);
/* "gate.opened", "gate.closed", "gate.changed", or NULL when no gate is in it. */
const char *gate_kind(enum gate_answer production, enum gate_answer staging);
/* The language an answer says it is in: Content-Language, else that of its page, without the
 * region; of a redirect, a language at the front of its target's path ("/de/…"). Borrowed; empty
 * when it says nothing. */
struct span gate_answer_language(const struct exchange *x);

#endif
