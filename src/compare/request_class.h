#ifndef SRC_COMPARE_REQUEST_CLASS_H
#define SRC_COMPARE_REQUEST_CLASS_H

#include "rehearse/base/strset.h"
#include "rehearse/http/cookie_role.h"
#include "rehearse/http/exchange.h"

/*
 * What sort of asking a request is: requests of one sort on one route should be
 * answered alike. Everything is read from production's request.
 */
enum request_form { /* what the client wants back, where that selects the answer */
    FORM_ANY = 0, FORM_HTML, FORM_JSON, FORM_IMAGE, FORM_RSC, FORM_RANGE, FORM_AJAX,
};

struct request_class {
    uint16_t method;   /* numbers of the classes' texts */
    uint16_t host;
    uint16_t language; /* first Accept-Language tag, or a locale cookie's value; 0 none */
    uint8_t form;
    bool credential;   /* a session cookie or Authorization */
    bool bot;
    uint64_t target;   /* what is asked for, whoever asks */
    uint64_t identity; /* of the whole question: same target, cookies and language ask the same */
};

#define CLASS_TEXTS_MAX 512 /* different methods, hosts and languages told apart; the rest is one */
enum { AGENT_MEMO = 512 };    /* user agents remembered; a power of two */
struct request_classes {
    struct strset texts; /* 0 is "" */
    struct { uint64_t key; bool bot; } agents[AGENT_MEMO];
    struct cookie_roles roles;
};

void request_classes_release(struct request_classes *classes);
struct request_class request_class_of(struct request_classes *classes, const struct exchange *x);

/* Does a Cookie line hold a cookie that may carry a session or a login, by its name? */
bool cookies_hold_credential(struct span cookie_line);
/* By name: "sid", "PHPSESSID", "connect.sid", "__Host-auth", … */
bool cookie_name_is_credential(struct span name);
/* Is a cookie of that name sent? All Cookie lines. */
bool request_sends_cookie(const struct http_request *request, struct span name);
bool request_has_credential(const struct http_request *request);
bool user_agent_is_bot(struct span user_agent);

#endif
