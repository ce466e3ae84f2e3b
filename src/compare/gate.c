#include "rehearse/compare/gate.h"

#include "gate_place.h"
#include "rehearse/http/url.h"

/* A segment that names a login page or an identity provider's door. */
static const struct span login_segments[] = {
    { "login", 5 },         { "signin", 6 },    { "sign-in", 7 },   { "sign_in", 7 },
    { "log-in", 6 },        { "sso", 3 },       { "authorize", 9 }, { "authenticate", 12 },
    { "wp-login.php", 12 }, { "login.php", 9 }, { "logon", 5 },     { "saml", 4 },
    { "oauth2", 6 },
};

bool is_login_place(struct span location)
{
    struct url url;
    if (!url_parse(&url, location))
        return false;
    struct span rest = url.path;
    while (!span_is_none(rest)) {
        struct span segment = span_cut(&rest, '/');
        for (size_t i = 0; i < sizeof login_segments / sizeof *login_segments; i++)
            if (span_ieq(segment, login_segments[i]))
                return true;
    }
    return false;
}

enum gate_answer gate_answer_of(int status, struct span location)
{
    if (status >= 200 && status < 300)
        return ANSWER_ALLOW;
    if (status >= 300 && status < 400)
        return is_login_place(location) ? ANSWER_LOGIN : ANSWER_REDIRECT;
    if (status >= 500)
        return ANSWER_ERROR;
    switch (status) {
    case 401:
        return ANSWER_CHALLENGE;
    case 403:
        return ANSWER_FORBIDDEN;
    case 404:
    case 410:
        return ANSWER_HIDDEN;
    case 429:
        return ANSWER_LIMITED;
    default:
        return ANSWER_OTHER;
    }
}

bool gate_answer_is_closed(enum gate_answer answer)
{
    return answer == ANSWER_LOGIN || answer == ANSWER_CHALLENGE || answer == ANSWER_FORBIDDEN;
}

const char *gate_kind(enum gate_answer production, enum gate_answer staging)
{
    bool was_closed = gate_answer_is_closed(production), is_closed = gate_answer_is_closed(staging);
    if (was_closed && staging == ANSWER_ALLOW)
        return "gate.opened";
    if (production == ANSWER_ALLOW && is_closed)
        return "gate.closed";
    if (production != staging && was_closed && (is_closed || staging == ANSWER_HIDDEN))
        return "gate.changed";
    return NULL;
}

static const char *const names[GATE_ANSWERS] = {
    [ANSWER_OTHER] = "other",         [ANSWER_ALLOW] = "open",
    [ANSWER_LOGIN] = "to login",      [ANSWER_CHALLENGE] = "challenge",
    [ANSWER_FORBIDDEN] = "forbidden", [ANSWER_HIDDEN] = "hidden",
    [ANSWER_REDIRECT] = "elsewhere",  [ANSWER_ERROR] = "error",
    [ANSWER_LIMITED] = "limited",     [ANSWER_PUZZLE] = "puzzle",
};

const char *gate_answer_name(enum gate_answer answer)
{
    return names[answer];
}

bool gate_answer_named(struct span name, enum gate_answer *ret)
{
    for (unsigned i = 0; i < GATE_ANSWERS; i++)
        if (span_eq(name, span_of(names[i]))) {
            *ret = (enum gate_answer)i;
            return true;
        }
    return false;
}
