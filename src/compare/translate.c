#include "translate.h"

#include <stdlib.h>

#include "rehearse/base/hash.h"

static bool is_star(const struct host_pair *host)
{
    return span_eq(host->production, SPAN("*"));
}

/* "shop.test:8443" is "shop.test"; "[::1]:8443" is "[::1]". */
static struct span without_port(struct span authority)
{
    ptrdiff_t colon = span_rfind_char(authority, ':');
    return colon > 0 && span_find_char(span_from(authority, (size_t)colon), ']') < 0
               ? span_head(authority, (size_t)colon)
               : authority;
}

static int longest_first(const void *a, const void *b)
{
    const struct translated_name *x = a, *y = b;
    if (x->words.len != y->words.len)
        return x->words.len > y->words.len ? -1 : 1;
    int order = span_cmp(x->words, y->words);
    if (order == 0 && x->bare != y->bare)
        return x->bare ? 1 : -1; /* the host that is really called that */
    return order ? order : span_cmp(x->host->production, y->host->production);
}

void translator_init(struct translator *t, const struct comparison_options *options,
                     struct arena *arena)
{
    *t = (struct translator){ 0 };
    t->hosts = arena_calloc(arena, options->host_count + 1, sizeof *t->hosts);
    t->staging = arena_calloc(arena, 2 * options->host_count + 1, sizeof *t->staging);
    for (size_t i = 0; i < options->host_count; i++) {
        if (!options->hosts[i].staging.len || !options->hosts[i].production.len)
            continue;
        struct host_pair *host = &t->hosts[t->count++];
        *host = options->hosts[i];
        struct span bare = without_port(host->staging);
        t->staging[t->staging_count++] = (struct translated_name){ host->staging, host, false };
        if (bare.len && bare.len < host->staging.len)
            t->staging[t->staging_count++] = (struct translated_name){ bare, host, true };
    }
    if (t->staging_count)
        qsort(t->staging, t->staging_count, sizeof *t->staging, longest_first);
}

/* ---- finding ---- */

static bool is_host_char(char c)
{
    return char_is_alpha(c) || char_is_digit(c) || c == '-' || c == '.';
}

/* "shop.test" is not in "my-shop.test" nor in "shop.test.example". */
static bool stands_alone(struct span text, size_t at, size_t len)
{
    if (at && is_host_char(text.ptr[at - 1]))
        return at >= 1 && text.ptr[at - 1] == '.' && at == 1;
    size_t end = at + len;
    return end >= text.len || !is_host_char(text.ptr[end]) ||
           (text.ptr[end] == '.' && end + 1 == text.len);
}

static bool has_port_behind(struct span text, size_t end)
{
    return end + 1 < text.len && text.ptr[end] == ':' && char_is_digit(text.ptr[end + 1]);
}

/*
 * A host without its port is that host where no other port follows. An address
 * may stand in a text for many reasons: only in a URL it is this host.
 */
static bool is_meant(const struct translated_name *name, struct span text, size_t at)
{
    if (!stands_alone(text, at, name->words.len))
        return false;
    if (!name->bare)
        return true;
    char last = name->words.ptr[name->words.len - 1];
    bool address = char_is_digit(last) || last == ']';
    return !has_port_behind(text, at + name->words.len) &&
           (!address || span_ends(span_head(text, at), SPAN("//")));
}

struct names {
    const struct translated_name *at;
    size_t len;
};

struct hit {
    size_t at;
    const struct translated_name *name;
};

/* The first place, there the longest name. */
static bool next_hit(struct names names, struct span text, size_t from, struct hit *ret)
{
    ret->name = NULL;
    for (size_t i = 0; i < names.len; i++) {
        size_t at = from;
        for (;;) {
            ptrdiff_t found = span_find(span_from(text, at), names.at[i].words);
            if (found < 0)
                break;
            at += (size_t)found;
            if (ret->name && at >= ret->at)
                break;
            if (is_meant(&names.at[i], text, at)) {
                *ret = (struct hit){ at, &names.at[i] };
                break;
            }
            at++;
        }
    }
    return ret->name != NULL;
}

/* ---- replacing ---- */

/* The scheme in front of a host that comes next, at the end of `out`: "https" of "…https://"; none.
 */
static struct span scheme_before(const struct strbuf *out)
{
    static const struct span schemes[] = { { "https", 5 }, { "http", 4 } };
    struct span done = strbuf_span(out);
    if (!span_ends(done, SPAN("://")))
        return SPAN_NONE;
    done.len -= 3;
    for (size_t i = 0; i < 2; i++) {
        struct span before =
            span_head(done, done.len - (done.len < schemes[i].len ? done.len : schemes[i].len));
        if (span_ends(done, schemes[i]) &&
            !(before.len && char_is_alpha(before.ptr[before.len - 1])))
            return span_from(done, before.len);
    }
    return SPAN_NONE;
}

/* `own` is what the side was asked by; its scheme becomes `production`'s, or nothing when that is
 * unknown. */
static void fix_scheme(struct strbuf *out, struct span own, struct span production)
{
    struct span scheme = scheme_before(out);
    if (span_is_none(scheme))
        return;
    bool drop = span_is_none(production);
    if (!drop && !span_eq(scheme, own))
        return; /* staging says another scheme than it was asked by, and means it */
    strbuf_cut(out, out->len - scheme.len - 3);
    if (!drop) {
        strbuf_add_span(out, production);
        strbuf_add_char(out, ':');
    }
    strbuf_add_str(out, "//");
}

/* SPAN_NONE: nobody knows what production calls it. */
static struct span production_name(const struct translated_name *name, const struct asked *asked)
{
    struct span to = is_star(name->host) ? SPAN_NONE : name->host->production;
    struct span own = asked->production->authority;
    if (own.len && span_ieq(name->host->staging, asked->staging->authority))
        to = own;
    if (span_is_none(to))
        return to;
    return name->bare ? without_port(to) : to;
}

static struct span staging_scheme(const struct host_pair *host, const struct asked *asked)
{
    return host->scheme.len ? host->scheme : asked->staging->scheme;
}

struct span translate(const struct translator *t, const struct asked *asked, struct span text,
                      struct arena *arena)
{
    struct names names = { t->staging, t->staging_count };
    struct hit hit;
    size_t from = 0;
    if (!text.len || !next_hit(names, text, 0, &hit))
        return text;
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    do {
        struct span name = production_name(hit.name, asked);
        strbuf_add(&out, text.ptr + from, hit.at - from);
        if (span_is_none(name)) {
            name = hit.name->words;
        } else {
            fix_scheme(&out, staging_scheme(hit.name->host, asked), asked->production->scheme);
        }
        strbuf_add_span(&out, name);
        from = hit.at + hit.name->words.len;
    } while (next_hit(names, text, from, &hit));
    strbuf_add_span(&out, span_from(text, from));
    return arena_copy(arena, strbuf_span(&out));
}

/* The names production is known by: the one it was asked by, and those of the map. */
static struct names production_names(const struct translator *t, const struct asked *asked,
                                     struct arena *arena)
{
    struct translated_name *at = arena_calloc(arena, t->count + 1, sizeof *at);
    struct names names = { at, 0 };
    if (asked->production->authority.len)
        at[names.len++].words = asked->production->authority;
    for (size_t i = 0; i < t->count; i++)
        if (!is_star(&t->hosts[i]))
            at[names.len++].words = t->hosts[i].production;
    return names;
}

struct span translate_production(const struct translator *t, const struct asked *asked,
                                 struct span text, struct arena *arena)
{
    if (!span_is_none(asked->production->scheme) || span_find(text, SPAN("://")) < 0)
        return text;
    struct names names = production_names(t, asked, arena);
    struct hit hit;
    size_t from = 0;
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    while (next_hit(names, text, from, &hit)) {
        strbuf_add(&out, text.ptr + from, hit.at - from);
        fix_scheme(&out, SPAN_NONE, SPAN_NONE);
        strbuf_add_span(&out, hit.name->words);
        from = hit.at + hit.name->words.len;
    }
    strbuf_add_span(&out, span_from(text, from));
    return from ? arena_copy(arena, strbuf_span(&out)) : text;
}

uint64_t translate_key(const struct translator *t, const struct asked *asked)
{
    const struct http_request *p = asked->production, *s = asked->staging;
    if (!t->count)
        return span_is_none(p->scheme);
    uint64_t key = hash_mix(hash64(p->authority), span_is_none(p->scheme) ? 0 : 1 + p->scheme.len);
    return hash_mix(hash_mix(key, hash64(s->authority)), s->scheme.len);
}
