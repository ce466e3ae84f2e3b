/*
 * Sessions out of a stream of exchanges. Everything that tells visitors apart is a
 * key, a 64-bit hash; the table of visitors says which session a key belongs to.
 * A request that shows a known key joins its session and brings the keys its
 * response hands out: so a session survives the new cookie of a login, and one
 * that changes with every response.
 */
#include "rehearse/session/grouping.h"

#include <stdlib.h>

#include "bearer.h"
#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"
#include "rehearse/http/cookie.h"
#include "rehearse/http/cookie_role.h"
#include "rehearse/http/method.h"
#include "rehearse/session/credential.h"
#include "visitors.h"

enum {
    MAX_KEYS = 12,      /* session cookies of one exchange that are looked at */
    SHORTEST_VALUE = 8, /* of a cookie known by its name only: "guest" is nobody's session */
};

static const int64_t default_gap_us = INT64_C(30) * 60 * 1000 * 1000;
/*
 * A cookie seen for the first time takes over the anonymous visit of the same
 * address and browser when that was just now: the page before the cookie. Later it
 * is more likely somebody else behind that address.
 */
static const int64_t takeover_us = INT64_C(10) * 1000 * 1000;

/* So that equal bytes of different kinds are different keys. */
enum {
    SEED_COOKIE = 1,
    SEED_BEARER,
    SEED_USER,
    SEED_CLIENT,
    SEED_LOGIN,
    SEED_RECORDING,
    SEED_FIRST
};

struct grouping {
    struct visitors *visitors;
    const char *const *cookies; /* borrowed; NULL: the known ones */
    int64_t idle_gap_us;
    struct cookie_roles roles;
};

struct key {
    uint64_t hash;
    struct span name;
};

/* What an exchange says about its visitor. */
struct hints {
    struct key keys[MAX_KEYS]; /* what the request shows */
    size_t shown;
    size_t len; /* with those the response hands out */
    uint64_t bearer;
    struct span agent, language, forwarded;
};

struct grouping *grouping_new(const struct grouping_options *options)
{
    struct grouping *g = xcalloc(1, sizeof *g);
    g->visitors = visitors_new();
    g->cookies = options ? options->cookies : NULL;
    g->idle_gap_us = options && options->idle_gap_us ? options->idle_gap_us : default_gap_us;
    return g;
}

void grouping_free(struct grouping *g)
{
    if (!g)
        return;
    visitors_free(g->visitors);
    free(g);
}

static uint64_t never_zero(uint64_t hash)
{
    return hash ? hash : 1;
}

static bool is_named(const struct grouping *g, struct span name)
{
    for (const char *const *at = g->cookies; *at; at++)
        if (span_eq(name, span_of(*at)))
            return true;
    return false;
}

static bool tells_session(struct grouping *g, struct cookie_pair pair)
{
    if (pair.value.len == 0)
        return false;
    if (g->cookies)
        return is_named(g, pair.name);
    return pair.value.len >= SHORTEST_VALUE &&
           cookie_role_kept(&g->roles, pair.name) == COOKIE_SESSION;
}

static void add_key(struct grouping *g, struct hints *h, struct cookie_pair pair)
{
    if (h->len == MAX_KEYS || !tells_session(g, pair))
        return;
    uint64_t name = hash64_seeded(pair.name, SEED_COOKIE);
    uint64_t session = jwt_session_hash(pair.value);
    uint64_t hash = session ? hash_mix(name, session) : hash64_seeded(pair.value, name);
    h->keys[h->len++] = (struct key){ never_zero(hash), pair.name };
}

static void read_cookie_line(struct grouping *g, struct hints *h, struct span line)
{
    struct cookie_pair pair;
    while (cookie_next(&line, &pair))
        add_key(g, h, pair);
}

/* A line that deletes hands nothing out. */
static void read_set_cookie(struct grouping *g, struct hints *h, struct span line, int64_t start_us)
{
    struct set_cookie c;
    if (!set_cookie_parse(&c, line))
        return;
    bool deletes =
        c.has_max_age ? c.max_age_s <= 0 : c.has_expires && c.expires_s <= start_us / 1000000;
    if (!deletes)
        add_key(g, h, (struct cookie_pair){ c.name, c.value });
}

/* Names are told apart by their length first: this runs for every line of a log. */
static void read_request_field(struct grouping *g, struct hints *h, const struct http_field *f)
{
    switch (f->name.len) {
    case 6:
        if (span_ieq(f->name, SPAN("Cookie")))
            read_cookie_line(g, h, f->value);
        break;
    case 10:
        if (span_ieq(f->name, SPAN("User-Agent")))
            h->agent = f->value;
        break;
    case 13:
        if (span_ieq(f->name, SPAN("Authorization")))
            h->bearer = bearer_hash(f->value);
        break;
    case 15:
        if (span_ieq(f->name, SPAN("X-Forwarded-For")))
            h->forwarded = span_trim(span_cut(&(struct span){ f->value.ptr, f->value.len }, ','));
        else if (span_ieq(f->name, SPAN("Accept-Language")))
            h->language = f->value;
        break;
    case 9:
        if (span_ieq(f->name, SPAN("X-Real-IP")))
            h->forwarded = f->value;
        break;
    default:
        break;
    }
}

static void read_hints(struct grouping *g, struct hints *h, const struct exchange *x)
{
    h->len = 0;
    h->bearer = 0;
    h->agent = h->language = h->forwarded = SPAN_NONE;
    for (uint32_t i = 0; i < x->request.fields.len; i++)
        read_request_field(g, h, &x->request.fields.at[i]);
    if (h->bearer && h->len < MAX_KEYS)
        h->keys[h->len++] = (struct key){ never_zero(hash_mix(SEED_BEARER, h->bearer)), SPAN_NONE };
    h->shown = h->len;
    for (uint32_t i = 0; i < x->response.fields.len; i++)
        if (span_ieq(x->response.fields.at[i].name, SPAN("Set-Cookie")))
            read_set_cookie(g, h, x->response.fields.at[i].value, x->start_us);
}

static uint64_t client_key(const struct hints *h, const struct exchange *x)
{
    struct span client = x->client.len ? x->client : h->forwarded;
    /* Visitors of one recording are nobody in another. */
    uint64_t scope = hash_mix(x->session, SEED_CLIENT);
    return never_zero(
        hash64_seeded(h->agent, hash64_seeded(client, x->session ? scope : SEED_CLIENT)));
}

/*
 * Who asks, when no cookie tells. Without an address the browser's language is all
 * there is beside its name; pages may set it on what they fetch, so that it alone
 * does not make two visitors of one.
 */
static uint64_t anonymous_key(const struct hints *h, const struct exchange *x)
{
    uint64_t client = client_key(h, x);
    bool addressed = x->client.len || h->forwarded.len;
    return addressed || !h->language.len ? client : never_zero(hash64_seeded(h->language, client));
}

static void touch(struct visit *visit, int64_t now_us)
{
    if (visit->last_us < now_us)
        visit->last_us = now_us;
}

static bool is_idle(const struct grouping *g, const struct visit *visit, int64_t now_us)
{
    if (now_us == 0 || visit->last_us == 0)
        return false;
    int64_t gap = now_us > visit->last_us ? now_us - visit->last_us : visit->last_us - now_us;
    return gap > g->idle_gap_us;
}

static struct grouped grouped_as(const struct visit *visit, const char *how)
{
    return (struct grouped){
        .session = visit->session, .visitor = visit->visitor, .how = how, .cookie = SPAN_NONE
    };
}

/* A visit of somebody known by `key`, a new one after each idle gap. */
static struct visit *visit_by_gap(struct grouping *g, uint64_t key, int64_t now_us)
{
    struct visit *visit = visitors_put(g->visitors, key);
    if (visit->session == 0 || is_idle(g, visit, now_us))
        visit->session = never_zero(hash_mix(key, (uint64_t)now_us));
    visit->visitor = key;
    touch(visit, now_us);
    return visit;
}

/*
 * The anonymous visit a new cookie grew out of, closed so that the next new cookie
 * from there (another person at that address) does not join it too. An exchange
 * that showed no key belongs to that visit itself.
 */
static bool take_over(struct grouping *g, const struct hints *h, const struct exchange *x,
                      struct visit *ret)
{
    struct visit *before = visitors_find(g->visitors, anonymous_key(h, x));
    if (!before || before->session == 0 || is_idle(g, before, x->start_us))
        return false;
    if (h->shown && x->start_us - before->last_us > takeover_us)
        return false;
    *ret = *before;
    before->session = 0;
    return true;
}

/*
 * Logs often have the request's session cookie and no Set-Cookie. A login then
 * shows as a cookie nobody has seen, right behind an unsafe request that carried
 * another value of it, from the same address and browser.
 */
static uint64_t login_key(const struct hints *h, const struct exchange *x, struct span cookie)
{
    return never_zero(hash64_seeded(cookie, hash_mix(anonymous_key(h, x), SEED_LOGIN)));
}

static bool may_be_unseen_login(const struct hints *h, const struct exchange *x)
{
    return h->shown && h->len == h->shown && !(x->marks & MARK_ALL_RESPONSE_FIELDS) &&
           !method_is_safe(x->request.method);
}

static void note_login(struct grouping *g, const struct hints *h, const struct exchange *x,
                       const struct visit *visit)
{
    for (size_t i = 0; i < h->shown; i++) {
        struct visit *login = visitors_put(g->visitors, login_key(h, x, h->keys[i].name));
        *login = (struct visit){ visit->session, visit->visitor, x->start_us };
    }
}

static bool follows_login(struct grouping *g, const struct hints *h, const struct exchange *x,
                          struct visit *ret)
{
    for (size_t i = 0; i < h->shown; i++) {
        struct visit *login = visitors_find(g->visitors, login_key(h, x, h->keys[i].name));
        if (!login || login->session == 0 || x->start_us - login->last_us > takeover_us)
            continue;
        *ret = *login;
        login->session = 0; /* one new cookie a login */
        return true;
    }
    return false;
}

/* The first key that is known, with what the table says of it. */
static const struct key *find_known(struct grouping *g, const struct hints *h, struct visit *ret)
{
    for (size_t i = 0; i < h->len; i++) {
        const struct visit *known = visitors_find(g->visitors, h->keys[i].hash);
        if (known) {
            *ret = *known;
            return &h->keys[i];
        }
    }
    return NULL;
}

/* Keys that already lead elsewhere stay there: somebody came back to an old session. */
static void join_keys(struct grouping *g, const struct hints *h, const struct visit *visit,
                      int64_t now_us)
{
    for (size_t i = 0; i < h->len; i++) {
        struct visit *known = visitors_put(g->visitors, h->keys[i].hash);
        if (known->session == 0) {
            known->session = visit->session;
            known->visitor = visit->visitor;
        }
        touch(known, now_us);
    }
}

static struct grouped place_by_keys(struct grouping *g, const struct hints *h,
                                    const struct exchange *x)
{
    struct visit visit;
    const struct key *told = find_known(g, h, &visit);
    if (!told) {
        told = &h->keys[0];
        if (!follows_login(g, h, x, &visit) && !take_over(g, h, x, &visit))
            visit = (struct visit){ told->hash, told->hash, x->start_us };
    }
    join_keys(g, h, &visit, x->start_us);
    if (may_be_unseen_login(h, x))
        note_login(g, h, x, &visit);
    struct grouped grouped = grouped_as(&visit, span_is_none(told->name) ? "bearer" : "cookie");
    grouped.cookie = told->name;
    return grouped;
}

/* ---- recordings that may hold several visitors ---- */

/* Of one site, a cookie that the one visitor of a recording cannot hold: never handed out, and not
 * the one he shows. */
static bool shows_strange_cookie(struct grouping *g, const struct hints *h,
                                 const struct exchange *x)
{
    bool strange = false;
    for (size_t i = 0; i < h->shown; i++) {
        uint64_t place = hash64_seeded(x->request.authority, hash_mix(x->session, SEED_RECORDING));
        place = never_zero(hash64_seeded(h->keys[i].name, place));
        bool known = visitors_find(g->visitors, h->keys[i].hash) != NULL;
        struct visit *shown = visitors_put(g->visitors, place);
        strange |= shown->session && shown->session != h->keys[i].hash && !known;
        *shown = (struct visit){ h->keys[i].hash, 0, x->start_us };
    }
    return strange;
}

/* The first client of a recording, by anonymous_key. */
static struct visit *first_of(struct grouping *g, uint64_t recording)
{
    return visitors_put(g->visitors, never_zero(hash_mix(recording, SEED_FIRST)));
}

/* Is it one visitor still? `session` of the recording's entry is the client that was seen in it,
 * `visitor` 1 once there were two. */
static bool is_one_visitor(struct grouping *g, const struct hints *h, const struct exchange *x)
{
    uint64_t recording = never_zero(hash_mix(x->session, SEED_RECORDING));
    uint64_t client = client_key(h, x);
    struct visit seen = *visitors_put(g->visitors, recording);
    if (seen.visitor == 0) {
        bool strange = shows_strange_cookie(g, h, x);
        bool second = seen.session && h->agent.len && seen.session != client;
        if (second) /* what the first one does without a cookie stays his */
            *visitors_put(g->visitors, first_of(g, recording)->session) =
                (struct visit){ x->session, x->session, x->start_us };
        if (h->agent.len && seen.session == 0) {
            seen.session = client;
            first_of(g, recording)->session = anonymous_key(h, x);
        }
        seen.visitor = strange || second;
    }
    seen.last_us = x->start_us;
    *visitors_put(g->visitors, recording) = seen;
    return seen.visitor == 0;
}

static struct grouped place_by_source(struct grouping *g, const struct hints *h,
                                      const struct exchange *x)
{
    const struct visit visit = { x->session, x->session, x->start_us };
    if (h)
        join_keys(g, h, &visit, x->start_us);
    return grouped_as(&visit, "source");
}

struct grouped grouping_place(struct grouping *g, const struct exchange *x)
{
    struct hints hints;

    if (x->session && !(x->marks & MARK_SESSION_OF_RECORDING))
        return place_by_source(g, NULL, x);
    read_hints(g, &hints, x);
    if (x->session && is_one_visitor(g, &hints, x))
        return place_by_source(g, &hints, x);
    if (hints.len)
        return place_by_keys(g, &hints, x);
    if (x->user.len) {
        uint64_t key = never_zero(hash64_seeded(x->user, SEED_USER));
        return grouped_as(visit_by_gap(g, key, x->start_us), "user");
    }
    struct grouped grouped = grouped_as(visit_by_gap(g, anonymous_key(&hints, x), x->start_us),
                                        "address and user agent");
    grouped.heuristic = true;
    return grouped;
}

bool grouping_in_sample(uint64_t visitor, double share)
{
    if (share >= 1.0)
        return true;
    if (!(share > 0.0))
        return false;
    /* 53 bits make a double exactly: the same answer on every machine. */
    uint64_t place = hash_mix(0x72656865617273ULL, visitor) >> 11;
    return (double)place * 0x1.0p-53 < share;
}
