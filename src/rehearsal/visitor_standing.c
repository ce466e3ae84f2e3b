#include "visitor_standing.h"

#include "rehearse/compare/gate.h"
#include "rehearse/http/cookie.h"
#include "rehearse/http/cookie_role.h"
#include "rehearse/http/method.h"
#include "rehearse/session/identity.h"

static bool is_post(const struct exchange *x)
{
    return !method_is_safe(x->request.method);
}

static enum gate_answer answer_of(const struct exchange *x)
{
    return gate_answer_of(x->response.status,
                          http_fields_value(&x->response.fields, SPAN("Location")));
}

static bool gives_session(const struct exchange *x)
{
    for (uint32_t i = 0; i < x->response.fields.len; i++) {
        struct set_cookie cookie;
        const struct http_field *f = &x->response.fields.at[i];
        if (span_ieq(f->name, SPAN("Set-Cookie")) && !span_is_none(f->value) &&
            set_cookie_parse(&cookie, f->value) && cookie.value.len > 0 &&
            cookie_may_log_in(cookie.name, cookie_role(cookie.name)))
            return true;
    }
    return false;
}

/* A login that worked: away from the login page, or a new session with the page. */
static bool logs_in(const struct exchange *x)
{
    if (!is_post(x) || x->request.body.len == 0 || !request_is_login(&x->request))
        return false;
    enum gate_answer answer = answer_of(x);
    return answer == ANSWER_REDIRECT || (answer == ANSWER_ALLOW && gives_session(x));
}

static bool logs_out(const struct exchange *x)
{
    static const struct span words[] = {
        { "logout", 6 },  { "signout", 7 },  { "log-out", 7 }, { "sign-out", 8 },
        { "log_out", 7 }, { "sign_out", 8 }, { "logoff", 6 },
    };
    struct span rest = x->request.target;
    struct span path = span_cut(&rest, '?');
    enum gate_answer answer = answer_of(x);
    if (answer != ANSWER_ALLOW && answer != ANSWER_REDIRECT && answer != ANSWER_LOGIN)
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (span_ifind(path, words[i]) >= 0)
            return true;
    return false;
}

/* Without a login, or with one that is over. */
static bool is_turned_away(const struct exchange *x)
{
    enum gate_answer answer = answer_of(x);
    return answer == ANSWER_LOGIN || answer == ANSWER_CHALLENGE;
}

static bool cookies_are_known(const struct exchange *x)
{
    return x->marks & MARK_ALL_REQUEST_FIELDS ||
           http_fields_first(&x->request.fields, SPAN("Cookie"));
}

static bool brings_session(const struct exchange *x)
{
    for (uint32_t i = 0; i < x->request.fields.len; i++) {
        const struct http_field *f = &x->request.fields.at[i];
        struct span rest = f->value;
        struct cookie_pair pair;
        if (span_is_none(f->value))
            continue;
        if (span_ieq(f->name, SPAN("Authorization")))
            return true;
        if (!span_ieq(f->name, SPAN("Cookie")))
            continue;
        while (cookie_next(&rest, &pair))
            if (cookie_may_log_in(pair.name, cookie_role(pair.name)))
                return true;
    }
    return false;
}

struct visitor_standing visitor_standing_at_start(const struct login_learner *learner,
                                                  const struct exchange *x, size_t count)
{
    bool given = false, foreign = false, known = true;
    if (login_learner_start_of(learner, x, count) != START_ANONYMOUS)
        return (struct visitor_standing){ STANDING_MEMBER };
    for (size_t i = 0; i < count; i++) {
        known = known && cookies_are_known(&x[i]) && !(x[i].marks & MARK_CREDENTIALS_MASKED);
        foreign = foreign || (!given && brings_session(&x[i]));
        given = given || gives_session(&x[i]);
        if (logs_in(&x[i]))
            break;
        /* Who is turned away was nobody, all the way to here. */
        if (known && is_turned_away(&x[i]))
            return (struct visitor_standing){ STANDING_ANONYMOUS };
    }
    bool anyone = foreign || !known;
    return (struct visitor_standing){ anyone ? STANDING_UNKNOWN : STANDING_ANONYMOUS };
}

/* A form of which no more is known than that it was sent and taken. */
static bool may_have_logged_in(const struct exchange *x)
{
    enum gate_answer answer = answer_of(x);
    return is_post(x) && x->marks & MARK_REQUEST_BODY_MISSING &&
           (answer == ANSWER_REDIRECT || answer == ANSWER_ALLOW);
}

void visitor_standing_pass(struct visitor_standing *standing, const struct exchange *x)
{
    bool known = cookies_are_known(x);
    if (logs_in(x))
        standing->now = STANDING_MEMBER;
    else if (logs_out(x) || (standing->now != STANDING_ANONYMOUS && is_turned_away(x)))
        standing->now = known ? STANDING_ANONYMOUS : STANDING_UNKNOWN;
    else if (standing->now == STANDING_ANONYMOUS && (!known || may_have_logged_in(x)))
        standing->now = STANDING_UNKNOWN;
}
