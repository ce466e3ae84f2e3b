#include "session_outcome.h"

#include "rehearse/http/cookie.h"
#include "rehearse/http/cookie_role.h"
#include "rehearse/session/identity.h"

/* 304 is what a visitor gets whose browser has the page already: the page. */
static int plain_status(int status)
{
    return status == 304 ? 200 : status;
}

static bool is_answered_alike(const struct exchange *production, const struct exchange *staging)
{
    if (!staging || staging->marks & (MARK_NOT_SENT | MARK_FAILED))
        return false;
    return plain_status(production->response.status) == plain_status(staging->response.status);
}

static bool brings_session(const struct http_request *request)
{
    struct span rest = http_fields_value(&request->fields, SPAN("Cookie"));
    struct cookie_pair pair;
    if (http_fields_value(&request->fields, SPAN("Authorization")).len)
        return true;
    while (cookie_next(&rest, &pair))
        if (cookie_may_log_in(pair.name, cookie_role(pair.name)))
            return true;
    return false;
}

/* A login of his own, or a session he brought that staging has nothing for. */
static bool shows_member(const struct exchange *production, const struct exchange *staging)
{
    if (!span_is_none(production->request.body) && request_is_login(&production->request))
        return true;
    return staging && staging->marks & MARK_CREDENTIAL_UNRESOLVED &&
           brings_session(&production->request);
}

void session_outcome_add(struct session_outcome *o, const struct exchange *production,
                         const struct exchange *staging)
{
    o->member = o->member || shows_member(production, staging);
    if (production->response.status == 0)
        return;
    o->any = true;
    o->differs |= !is_answered_alike(production, staging);
}

void session_outcome_count(struct session_outcome *o, struct session_outcomes *counts)
{
    bool alike = o->any && !o->differs;
    counts->sessions++;
    counts->as_in_production += alike;
    counts->members += o->member;
    counts->members_as_in_production += o->member && alike;
    *o = (struct session_outcome){ false, false, false };
}
