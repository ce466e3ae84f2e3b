/* Sending cookies: RFC 6265bis, section 5.8, and the Cookie line of a replayed request. */
#include <stdlib.h>

#include "jar_cookies.h"
#include "rehearse/http/cookie.h"
#include "rehearse/http/cookie_role.h"
#include "rehearse/session/credential.h"

bool cookie_goes_to_host(const struct cookie *c, const struct cookie_place *place)
{
    return c->host_only ? span_eq(place->host, cookie_domain(c))
                        : domain_matches(place->host, place->is_address, cookie_domain(c));
}

/* Section 5.8.3, step 1. SameSite is not asked: a replayed session moves about one site. */
static bool cookie_goes_to(const struct cookie *c, const struct cookie_place *place, int64_t now_s)
{
    return c->expires_s > now_s && (!c->secure || place->secure) && cookie_goes_to_host(c, place) &&
           path_matches(place->path, cookie_path(c));
}

/* Section 5.8.3, step 2: longer paths first, then the order of creation. */
static int by_path_and_age(const void *left, const void *right)
{
    const struct cookie *a = *(const struct cookie *const *)left;
    const struct cookie *b = *(const struct cookie *const *)right;
    if (a->path_len != b->path_len)
        return a->path_len > b->path_len ? -1 : 1;
    return a->created < b->created ? -1 : a->created > b->created;
}

enum { MAX_RECORDED = 400 }; /* names of a recorded line that are looked at */

struct chosen {
    const struct cookie *at[JAR_MAX_COOKIES];
    bool sent[JAR_MAX_COOKIES];
    size_t len;
};

static void choose(struct chosen *ret, const struct jar *jar, const struct cookie_place *place,
                   int64_t now_s)
{
    ret->len = 0;
    for (size_t i = 0; i < jar->len; i++)
        if (cookie_goes_to(jar->at[i], place, now_s)) {
            ret->sent[ret->len] = false;
            ret->at[ret->len++] = jar->at[i];
        }
    qsort(ret->at, ret->len, sizeof *ret->at, by_path_and_age);
}

struct line {
    struct strbuf *out;
    bool begun;
};

static void add_pair(struct line *line, struct span name, struct span value)
{
    if (line->begun)
        strbuf_add_str(line->out, "; ");
    line->begun = true;
    if (name.len) {
        strbuf_add_span(line->out, name);
        strbuf_add_char(line->out, '=');
    }
    strbuf_add_span(line->out, value);
}

static void add_one(struct line *line, struct chosen *chosen, size_t i)
{
    if (!chosen->sent[i])
        add_pair(line, cookie_name(chosen->at[i]), cookie_text(chosen->at[i]));
    chosen->sent[i] = true;
}

/* What is not in the line yet. */
static void add_rest(struct line *line, struct chosen *chosen)
{
    for (size_t i = 0; i < chosen->len; i++)
        add_one(line, chosen, i);
}

static bool add_by_name(struct line *line, struct chosen *chosen, struct span name)
{
    bool any = false;
    name = cookie_base_name(name);
    for (size_t i = 0; i < chosen->len; i++)
        if (span_eq(cookie_base_name(cookie_name(chosen->at[i])), name)) {
            add_one(line, chosen, i);
            any = true;
        }
    return any;
}

static bool add_by_family(struct line *line, struct chosen *chosen, struct span name)
{
    bool any = false;
    int family = chosen->len ? cookie_family(name) : COOKIE_NO_FAMILY;
    for (size_t i = 0; family != COOKIE_NO_FAMILY && i < chosen->len; i++)
        if (cookie_family(cookie_name(chosen->at[i])) == family) {
            add_one(line, chosen, i);
            any = true;
        }
    return any;
}

void jar_add_cookie_line(const struct jar *jar, struct strbuf *out, struct span scheme,
                         struct span authority, struct span target, int64_t now_s)
{
    struct cookie_place place;
    struct chosen chosen;
    struct line line = { out, false };

    if (jar->len == 0 || !cookie_place_init(&place, scheme, authority, target))
        return;
    choose(&chosen, jar, &place, now_s);
    add_rest(&line, &chosen);
}

static bool belongs_to_the_way(struct span name)
{
    enum cookie_role role = cookie_role(name);
    return role == COOKIE_STICKINESS || role == COOKIE_BOT || role == COOKIE_ANALYTICS;
}

/* Logs may hold anything; nothing of it may end the field early. */
static bool fits_a_line(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (((unsigned char)s.ptr[i] < 0x20 && s.ptr[i] != '\t') || s.ptr[i] == 0x7f)
            return false;
    return true;
}

/* What production's visitor sent, put in the environment's terms. */
static void add_recorded(struct line *line, struct chosen *chosen, const struct jar *jar,
                         const struct cookie_place *place, struct cookie_pair pair,
                         unsigned *unresolved)
{
    if (add_by_name(line, chosen, pair.name) || add_by_family(line, chosen, pair.name) ||
        jar_has_deleted(jar, pair.name, place) || belongs_to_the_way(pair.name))
        return;
    if (is_pseudonym(pair.value))
        (*unresolved)++;
    else if (fits_a_line(pair.name) && fits_a_line(pair.value))
        add_pair(line, pair.name, pair.value);
}

void jar_add_replay_line(const struct jar *jar, struct strbuf *out, struct span recorded,
                         struct span scheme, struct span authority, struct span target,
                         int64_t now_s, unsigned *ret_unresolved)
{
    struct cookie_place place;
    struct chosen chosen;
    struct line line = { out, false };
    struct cookie_pair pair;
    unsigned unresolved = 0;

    *ret_unresolved = 0;
    if (!cookie_place_init(&place, scheme, authority, target))
        return;
    choose(&chosen, jar, &place, now_s);
    for (int i = 0; i < MAX_RECORDED && cookie_next(&recorded, &pair); i++)
        add_recorded(&line, &chosen, jar, &place, pair, &unresolved);
    add_rest(&line, &chosen);
    *ret_unresolved = unresolved;
}
