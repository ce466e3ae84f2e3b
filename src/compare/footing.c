/*
 * Does staging's visitor stand where production's stood? A cookie that only one side
 * set, a login that was not sent, a credential without a twin: what differs after
 * that follows from it, and is no finding of its own.
 */
#include "meet.h"

#include "rehearse/http/cookie.h"

/* What the visitors hold of the cookies that one side alone set: -1 staging lacks one, 1 it still
 * has a login, 0. */
static int cookie_footing(const struct comparison *c, const struct pair *pair)
{
    const struct strset *missing = &c->session.missing_cookies;
    for (uint32_t i = 0; i < missing->len; i++) {
        struct span name = strset_text(missing, i);
        bool had = request_sends_cookie(&pair->production->request, name);
        bool has = request_sends_cookie(&pair->staging->request, name);
        if (had && !has)
            return -1;
        if (has && !had && cookie_name_is_credential(name) &&
            strset_find(&c->session.lingering_cookies, name) != STRSET_ABSENT)
            return 1;
    }
    return 0;
}

static unsigned cookie_count(const struct http_request *request)
{
    struct cookie_pair pair;
    unsigned count = 0;
    for (uint32_t i = 0; i < request->fields.len; i++) {
        struct span line = request->fields.at[i].value;
        if (request->fields.at[i].name.len == 6 &&
            span_ieq(request->fields.at[i].name, SPAN("Cookie")))
            while (cookie_next(&line, &pair))
                count++;
    }
    return count;
}

/*
 * A choice (language, consent, experiment) that both sides' visitors were given and
 * only staging's brought back: it ran out in production, or the recording holds
 * two visitors as one.
 */
bool brings_more_back(const struct comparison *c, const struct pair *pair)
{
    const struct http_request *had = &pair->production->request, *has = &pair->staging->request;
    struct cookie_pair cookie;
    if (!(pair->production->marks & MARK_ALL_REQUEST_FIELDS) ||
        cookie_count(has) <= cookie_count(had))
        return false;
    for (uint32_t i = 0; i < has->fields.len; i++) {
        struct span line = has->fields.at[i].value;
        if (!span_ieq(has->fields.at[i].name, SPAN("Cookie")))
            continue;
        while (cookie_next(&line, &cookie))
            if (!cookie_name_is_credential(cookie.name) &&
                !request_sends_cookie(had, cookie.name) &&
                strset_find(&c->session.missing_cookies, cookie.name) == STRSET_ABSENT)
                return true;
    }
    return false;
}

/* Does staging's visitor stand where production's stood? NULL: yes. */
const char *uneven_footing(const struct comparison *c, struct pair *pair)
{
    int cookies = c->session.missing_cookies.len ? cookie_footing(c, pair) : 0;
    pair->lacks_cookie = cookies < 0 && !(pair->staging->marks & MARK_CREDENTIAL_UNRESOLVED);
    if (cookies)
        return "follows from a cookie that only one side set earlier in the session";
    if (c->session.change_unsent)
        return "follows from a change that was not sent earlier in the session";
    /* One more on staging is no login: a redirect that was followed there may have given it. */
    bool lacks = pair->class.credential && pair->staging->request.fields.len &&
                 !request_has_credential(&pair->staging->request);
    if ((pair->staging->marks & MARK_CREDENTIAL_UNRESOLVED) || lacks)
        return "needs an identity: staging was asked without the visitor's login";
    return NULL;
}

static bool sets_cookie(const struct http_response *r, struct span name)
{
    struct set_cookie cookie;
    for (uint32_t i = 0; i < r->fields.len; i++)
        if (r->fields.at[i].name.len == 10 && span_ieq(r->fields.at[i].name, SPAN("Set-Cookie")) &&
            set_cookie_parse(&cookie, r->fields.at[i].value) && span_eq(cookie.name, name))
            return true;
    return false;
}

/* Where the status is the finding, cookies that only one side set are its consequence, and have
 * their own. */
void note_missing_cookies(struct comparison *c, const struct pair *pair)
{
    struct set_cookie cookie;
    for (int side = 0; side < 2; side++) {
        const struct http_response *own =
            side ? &pair->staging->response : &pair->production->response;
        const struct http_response *other =
            side ? &pair->production->response : &pair->staging->response;
        for (uint32_t i = 0; i < own->fields.len; i++)
            if (span_ieq(own->fields.at[i].name, SPAN("Set-Cookie")) &&
                set_cookie_parse(&cookie, own->fields.at[i].value) &&
                !sets_cookie(other, cookie.name) &&
                c->session.missing_cookies.len < MISSING_COOKIES_MAX) {
                strset_add(&c->session.missing_cookies, cookie.name);
                if (side == 0)
                    strset_add(&c->session.lingering_cookies, cookie.name);
            }
    }
}
