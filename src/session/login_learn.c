#include "rehearse/session/login_learn.h"

#include <stdlib.h>

#include "login_values.h"
#include "rehearse/base/glob.h"
#include "rehearse/base/hash.h"
#include "rehearse/base/map.h"
#include "rehearse/base/mem.h"
#include "rehearse/http/cookie.h"
#include "rehearse/http/cookie_role.h"
#include "rehearse/http/media_type.h"
#include "rehearse/http/url.h"

enum {
    MAX_WAYS = 64,       /* different logins of a capture */
    MAX_COOKIES = 256,   /* names of cookies that may log in */
    MAX_GATES = 1 << 20, /* paths remembered; later ones are not */
    MAX_COOKIE_NAME = 256,
};

/* A gate: what answers a path gave. */
enum { GATE_DENIED = 1, GATE_ALLOWED = 2 };

/* How often a cookie of that name was given, to whom. */
struct cookie_facts {
    uint64_t name; /* hash */
    uint64_t by_login;
    uint64_t to_stranger;         /* in an answer to a request without it that was no login */
    uint64_t let_in, turned_away; /* requests that brought it */
    bool says_so;                 /* its name means that somebody is logged in */
};

/* One way to log in: a place that takes a password. */
struct way {
    uint64_t key;
    uint64_t count;
    bool proven; /* a cookie or token was seen, not only a redirect */
    struct exchange recorded;
    struct span page; /* path of the page before it; SPAN_NONE */
};

struct login_learner {
    struct arena arena;
    struct map gates; /* hash of authority and path -> GATE_… */
    struct cookie_facts cookies[MAX_COOKIES];
    size_t cookie_count;
    struct way ways[MAX_WAYS];
    size_t way_count;
    struct login_step step;
    struct login_plan plan;
};

struct login_learner *login_learner_new(void)
{
    return xcalloc(1, sizeof(struct login_learner));
}

void login_learner_free(struct login_learner *learner)
{
    if (!learner)
        return;
    map_release(&learner->gates);
    arena_release(&learner->arena);
    free(learner);
}

/* ---- requests ---- */

static struct span path_of(const struct exchange *x)
{
    struct span rest = x->request.target;
    return span_cut(&rest, '?');
}

static uint64_t place_of(const struct exchange *x)
{
    return hash_mix(hash64(x->request.authority), hash64(path_of(x)));
}

/* One password: two are asked for where an account is made, or a password changed. */
static bool is_login(const struct exchange *x)
{
    return request_passwords(&x->request) == 1;
}

/* ---- answers ---- */

static bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static struct span location_path(const struct exchange *x)
{
    struct url url;
    struct span location = http_fields_value(&x->response.fields, SPAN("Location"));
    return location.len && url_parse(&url, location) ? url.path : SPAN_NONE;
}

/* cdn.md, E.5. */
static bool leads_to_login(const struct exchange *x)
{
    static const struct span words[] = { { "login", 5 },   { "signin", 6 },      { "sign-in", 7 },
                                         { "sign_in", 7 }, { "logon", 5 },       { "/auth", 5 },
                                         { "/sso", 4 },    { "session/new", 11 } };
    struct span path = location_path(x);
    for (size_t i = 0; path.len && i < sizeof words / sizeof *words; i++)
        if (span_ifind(path, words[i]) >= 0)
            return true;
    return false;
}

static bool turned_away(const struct exchange *x)
{
    return x->response.status == 401 || (is_redirect(x->response.status) && leads_to_login(x));
}

static bool let_in(const struct exchange *x)
{
    return (x->response.status >= 200 && x->response.status < 300) || x->response.status == 304;
}

static bool next_cookie(const struct exchange *x, uint32_t *at, struct set_cookie *ret)
{
    while (*at < x->response.fields.len) {
        const struct http_field *f = &x->response.fields.at[(*at)++];
        if (span_ieq(f->name, SPAN("Set-Cookie")) && !span_is_none(f->value) &&
            set_cookie_parse(ret, f->value) && ret->value.len > 0 &&
            !(ret->has_max_age && ret->max_age_s <= 0) &&
            cookie_may_log_in(ret->name, cookie_role(ret->name)))
            return true;
    }
    return false;
}

static bool gives_cookie(const struct exchange *x)
{
    struct set_cookie cookie;
    uint32_t at = 0;
    return next_cookie(x, &at, &cookie);
}

static bool gives_token(const struct exchange *x)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    return login_json_token(x->response.body, &arena).len > 0;
}

/* Where fields of the answer were not recorded, leaving the login page is all there is to go by. */
static bool leaves_the_page(const struct exchange *x)
{
    struct span to = location_path(x);
    if (x->marks & MARK_ALL_RESPONSE_FIELDS || gives_cookie(x))
        return false;
    return is_redirect(x->response.status) && (to.len == 0 || !leads_to_login(x));
}

/* ---- cookies ---- */

static struct cookie_facts *facts_of(const struct login_learner *learner, struct span name)
{
    uint64_t key = hash64(cookie_base_name(name));
    for (size_t i = 0; i < learner->cookie_count; i++)
        if (learner->cookies[i].name == key)
            return (struct cookie_facts *)(uintptr_t)&learner->cookies[i];
    return NULL;
}

/* Names that nobody has who is not logged in (cdn.md, E.2). */
static bool means_login(struct span name)
{
    static const char *const patterns[] = { "*logged_in*",    "*remember*",          "*identity*",
                                            "*auth*",         "*next-auth.session*", "*jwt*",
                                            "*access_token*", "secure_customer_sig" };
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        if (glob_imatches(span_of(patterns[i]), name))
            return true;
    return false;
}

static struct cookie_facts *facts_for(struct login_learner *learner, struct span name)
{
    struct cookie_facts *facts = facts_of(learner, name);
    if (facts || learner->cookie_count == MAX_COOKIES || name.len > MAX_COOKIE_NAME)
        return facts;
    facts = &learner->cookies[learner->cookie_count++];
    *facts = (struct cookie_facts){ .name = hash64(cookie_base_name(name)),
                                    .says_so = means_login(name) };
    return facts;
}

static bool brings(const struct exchange *x, struct span name)
{
    for (uint32_t i = 0; i < x->request.fields.len; i++)
        if (span_ieq(x->request.fields.at[i].name, SPAN("Cookie")) &&
            !span_is_none(cookie_value(x->request.fields.at[i].value, name)))
            return true;
    return false;
}

static void see_given(struct login_learner *learner, const struct exchange *x, bool login)
{
    struct set_cookie cookie;
    for (uint32_t at = 0; next_cookie(x, &at, &cookie);) {
        struct cookie_facts *facts = facts_for(learner, cookie.name);
        if (!facts)
            continue;
        if (login)
            facts->by_login++;
        else if (!brings(x, cookie.name))
            facts->to_stranger++;
    }
}

static void see_brought(struct login_learner *learner, const struct exchange *x)
{
    bool in = let_in(x), away = turned_away(x);
    if (!in && !away)
        return;
    for (uint32_t i = 0; i < x->request.fields.len; i++) {
        struct cookie_pair pair;
        struct span rest = x->request.fields.at[i].value;
        if (!span_ieq(x->request.fields.at[i].name, SPAN("Cookie")))
            continue;
        while (cookie_next(&rest, &pair)) {
            if (!cookie_may_log_in(pair.name, cookie_role(pair.name)))
                continue;
            struct cookie_facts *facts = facts_for(learner, pair.name);
            if (facts)
                *(away ? &facts->turned_away : &facts->let_in) += 1;
        }
    }
}

/* ---- the first walk ---- */

static struct way *way_for(struct login_learner *learner, const struct exchange *x)
{
    uint64_t key = hash_mix(place_of(x), hash64(x->request.method));
    for (size_t i = 0; i < learner->way_count; i++)
        if (learner->ways[i].key == key)
            return &learner->ways[i];
    if (learner->way_count == MAX_WAYS)
        return NULL;
    struct way *way = &learner->ways[learner->way_count++];
    *way = (struct way){ .key = key, .page = SPAN_NONE };
    way->recorded = *x;
    way->recorded.response.body = SPAN_NONE;
    way->recorded = exchange_copy(&way->recorded, &learner->arena);
    return way;
}

static bool may_be_page(const struct exchange *x)
{
    struct span type = http_fields_value(&x->response.fields, SPAN("Content-Type"));
    return span_eq(x->request.method, SPAN("GET")) && let_in(x) &&
           (type.len == 0 || media_type_is_html(type));
}

/* Recorded before the login, and no page: the last thing a script asked for. */
static bool is_no_page(const struct exchange *x, size_t login, struct span path)
{
    for (size_t i = login; i-- > 0;)
        if (span_eq(path_of(&x[i]), path) && span_eq(x[i].request.method, SPAN("GET")))
            return !may_be_page(&x[i]);
    return false;
}

/* The page that the form stands on: what Referer says, else one at the same path, else the last. */
static struct span page_before(const struct exchange *x, size_t login)
{
    struct url referer;
    struct span said = http_fields_value(&x[login].request.fields, SPAN("Referer"));
    struct span last = SPAN_NONE;
    if (said.len && url_parse(&referer, said) && referer.path.len &&
        span_ieq(referer.authority, x[login].request.authority) &&
        !is_no_page(x, login, referer.path))
        return referer.path;
    for (size_t i = login; i-- > 0;) {
        if (!may_be_page(&x[i]) || !span_eq(x[i].request.authority, x[login].request.authority))
            continue;
        if (span_eq(path_of(&x[i]), path_of(&x[login])))
            return path_of(&x[i]);
        if (span_is_none(last))
            last = path_of(&x[i]);
    }
    return last;
}

static void see_login(struct login_learner *learner, const struct exchange *x, size_t login)
{
    bool proven = gives_cookie(&x[login]) || gives_token(&x[login]);
    if (x[login].response.status >= 400 || (!proven && !leaves_the_page(&x[login])))
        return;
    struct way *way = way_for(learner, &x[login]);
    if (!way)
        return;
    way->count++;
    way->proven |= proven;
    if (span_is_none(way->page))
        way->page = arena_copy(&learner->arena, page_before(x, login));
}

static void see_gate(struct login_learner *learner, const struct exchange *x)
{
    uint64_t bit = turned_away(x) ? GATE_DENIED : let_in(x) ? GATE_ALLOWED : 0;
    uint64_t *gate = map_get(&learner->gates, place_of(x));
    if (!bit)
        return;
    if (!gate && learner->gates.len < MAX_GATES)
        gate = map_put(&learner->gates, place_of(x), 0, NULL);
    if (gate)
        *gate |= bit;
}

void login_learner_see(struct login_learner *learner, const struct exchange *x, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool login = is_login(&x[i]);
        see_gate(learner, &x[i]);
        see_given(learner, &x[i], login);
        see_brought(learner, &x[i]);
        if (login)
            see_login(learner, x, i);
    }
}

/* ---- what came of it ---- */

/* What was proven goes before what was only likely, then the more common, then the first seen. */
static const struct way *best_way(const struct login_learner *learner)
{
    const struct way *best = NULL;
    for (size_t i = 0; i < learner->way_count; i++) {
        const struct way *way = &learner->ways[i];
        if (way->count == 0)
            continue;
        if (!best || way->proven > best->proven ||
            (way->proven == best->proven && way->count > best->count))
            best = way;
    }
    return best;
}

const struct login_plan *login_learner_plan(struct login_learner *learner)
{
    const struct way *way = best_way(learner);
    if (!way)
        return NULL;
    learner->step = (struct login_step){ .kind = LOGIN_RECORDED, .recorded = &way->recorded };
    if (way->page.len) {
        learner->step.kind = LOGIN_FORM;
        /* In the terms of production: the caller knows where that lives. */
        learner->step.url =
            way->recorded.request.authority.len
                ? arena_printf(&learner->arena, "%s://%.*s%.*s",
                               span_eq(way->recorded.request.scheme, SPAN("http")) ? "http"
                                                                                   : "https",
                               SPAN_ARG(way->recorded.request.authority), SPAN_ARG(way->page))
                : way->page;
    }
    learner->plan = (struct login_plan){ .steps = &learner->step, .count = 1 };
    return &learner->plan;
}

/*
 * Does this cookie belong to visitors who are logged in? One that is given without a
 * login too (PHP's, say) tells nothing, but for a stray one in twenty. Where it was not
 * recorded who gave it, its name must say so, and few be turned away who bring it.
 */
static bool is_login_cookie(const struct login_learner *learner, struct span name)
{
    const struct cookie_facts *facts = facts_of(learner, name);
    if (!facts)
        return false;
    if (facts->by_login + facts->to_stranger > 0)
        return facts->by_login > 0 && facts->to_stranger * 20 <= facts->by_login;
    return facts->says_so && facts->let_in > 0 && facts->turned_away * 10 <= facts->let_in;
}

static bool brings_login_cookie(const struct login_learner *learner, const struct exchange *x)
{
    for (uint32_t i = 0; i < x->request.fields.len; i++) {
        struct cookie_pair pair;
        struct span rest = x->request.fields.at[i].value;
        if (!span_ieq(x->request.fields.at[i].name, SPAN("Cookie")))
            continue;
        while (cookie_next(&rest, &pair))
            if (is_login_cookie(learner, pair.name))
                return true;
    }
    return false;
}

static bool stands_behind_gate(const struct login_learner *learner, const struct exchange *x)
{
    const uint64_t *gate = map_get(&learner->gates, place_of(x));
    return gate && (*gate & GATE_DENIED) && let_in(x);
}

enum session_start login_learner_start_of(const struct login_learner *learner,
                                          const struct exchange *x, size_t count)
{
    bool cookie = false;
    for (size_t i = 0; i < count; i++) {
        struct span authorization = http_fields_value(&x[i].request.fields, SPAN("Authorization"));
        if (is_login(&x[i]))
            break; /* from here on it is the session's own login that counts */
        if (span_istarts(authorization, SPAN("Basic ")) && !turned_away(&x[i]))
            return START_BASIC;
        if (span_istarts(authorization, SPAN("Bearer ")) && !turned_away(&x[i]))
            return START_LOGGED_IN;
        if (stands_behind_gate(learner, &x[i]))
            return START_LOGGED_IN;
        if (brings_login_cookie(learner, &x[i])) {
            if (turned_away(&x[i]))
                return START_ANONYMOUS; /* it is over, or was never good */
            cookie = true;
        }
    }
    return cookie ? START_LOGGED_IN : START_ANONYMOUS;
}
