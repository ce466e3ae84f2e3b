#ifndef SRC_COMPARE_GATE_H
#define SRC_COMPARE_GATE_H

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
};

/* `location` is SPAN_NONE when absent. */
enum gate_answer gate_answer_of(int status, struct span location);
/* The visitor was kept out for want of a login or a right. */
bool gate_answer_is_closed(enum gate_answer answer);
/* "gate.opened", "gate.closed", "gate.changed", or NULL when no gate is in it. */
const char *gate_kind(enum gate_answer production, enum gate_answer staging);

#endif
