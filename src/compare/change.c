#include "change.h"

#include "gate.h"

struct sides {
    struct span production, staging;
};

static struct change make(const char *kind, enum finding_severity severity, struct span field,
                          struct sides shapes, struct span title, const char *effect)
{
    return (struct change){ .kind = span_of(kind),
                            .severity = severity,
                            .field = field,
                            .production_shape = shapes.production,
                            .staging_shape = shapes.staging,
                            .title = title,
                            .effect = span_of(effect),
                            .facet = FACETS_MAX };
}

static struct sides values_of(const struct difference_at *d)
{
    const struct facets *f = &d->comparison->facets;
    return (struct sides){ facet_text(f, d->cell->production), facet_text(f, d->cell->staging) };
}

static const struct facet *facet_of(const struct difference_at *d)
{
    return &d->comparison->facets.at[d->evidence->facet];
}

/* ---- status, redirects, gates ---- */

struct answer {
    int status;
    enum gate_answer class;
};

static struct answer answer_of(struct span text)
{
    struct span rest = text;
    uint64_t status = 0;
    span_to_u64(span_cut(&rest, ' '), &status);
    enum gate_answer class =
        span_is_none(rest) ? gate_answer_of((int)status, SPAN_NONE) : ANSWER_LOGIN;
    return (struct answer){ (int)status, class };
}

static bool is_unsafe(const struct difference_at *d)
{
    const struct comparison *c = d->comparison;
    struct span method =
        strset_text(&c->classes.texts, c->ledger.cohorts[d->evidence->cohort].method);
    return !span_eq(method, SPAN("GET")) && !span_eq(method, SPAN("HEAD")) &&
           !span_eq(method, SPAN("OPTIONS"));
}

static enum finding_severity status_severity(struct answer staging)
{
    return staging.class == ANSWER_ERROR ? SEVERITY_CRITICAL : SEVERITY_MAJOR;
}

/* Failing now and then, while the same request is answered well at other times. */
static bool is_unstable(const struct difference_at *d, struct answer staging)
{
    uint64_t row = 0;
    for (unsigned i = 0; i < d->evidence->len; i++)
        if (d->evidence->cells[i].production == d->cell->production)
            row += d->evidence->cells[i].count;
    return staging.class == ANSWER_ERROR && d->evidence->unequal[1] && !d->evidence->unequal[0] &&
           d->cell->count * 20 < row;
}

static struct change change_of_gate(const struct difference_at *d, const char *kind, struct sides v)
{
    static const char *const effects[] = {
        "Visitors who were kept out get in.",
        "Visitors who got in are kept out.",
        "Visitors are kept out in another way; clients that react to it no longer do.",
    };
    bool opened = span_ends(span_of(kind), SPAN("opened"));
    bool closed = span_ends(span_of(kind), SPAN("closed"));
    return make(kind, opened ? SEVERITY_CRITICAL : SEVERITY_MAJOR, SPAN(""), v,
                arena_printf(d->arena, "The gate %s: %.*s became %.*s",
                             opened   ? "stands open"
                             : closed ? "is closed"
                                      : "answers differently",
                             SPAN_ARG(v.production), SPAN_ARG(v.staging)),
                effects[opened   ? 0
                        : closed ? 1
                                 : 2]);
}

static bool change_of_status(const struct difference_at *d, struct change *ret)
{
    struct sides v = values_of(d);
    struct answer p = answer_of(v.production), s = answer_of(v.staging);
    bool works = s.status < 400 && s.class != ANSWER_LOGIN;
    const char *gate = gate_kind(p.class, s.class);
    struct span title =
        arena_printf(d->arena, "%.*s became %.*s", SPAN_ARG(v.production), SPAN_ARG(v.staging));
    if ((p.class == ANSWER_ERROR || p.class == ANSWER_LIMITED) && s.class != ANSWER_ERROR)
        return false;
    if (d->only_bots)
        *ret = make("bot", SEVERITY_CRITICAL, SPAN(""), v,
                    arena_printf(d->arena, "Crawlers get %.*s in place of %.*s",
                                 SPAN_ARG(v.staging), SPAN_ARG(v.production)),
                    "Search engines lose the page; people do not notice.");
    else if (is_unsafe(d) && works && (p.status == 403 || p.status == 419))
        *ret =
            make("csrf.unenforced", SEVERITY_CRITICAL, SPAN(""), v,
                 arena_printf(d->arena, "A change that is refused today (%.*s) is accepted (%.*s)",
                              SPAN_ARG(v.production), SPAN_ARG(v.staging)),
                 "Other sites can make a visitor's browser change things in his name.");
    else if (gate)
        *ret = change_of_gate(d, gate, v);
    else if (p.class == ANSWER_REDIRECT && s.class == ANSWER_REDIRECT)
        *ret = make("redirect.status", SEVERITY_MINOR, SPAN(""), v, title,
                    "Browsers, caches and search engines remember the redirect for another time, "
                    "or repeat the request differently.");
    else if (is_unstable(d, s))
        *ret = make("stability", SEVERITY_MAJOR, SPAN(""), v,
                    arena_printf(d->arena, "Now and then %.*s in place of %.*s",
                                 SPAN_ARG(v.staging), SPAN_ARG(v.production)),
                    "Some requests fail that succeed when asked again.");
    else
        *ret = make("status", status_severity(s), SPAN(""), v, title,
                    s.class == ANSWER_ERROR ? "Visitors get an error page."
                                            : "Visitors and clients get another answer.");
    ret->facet = d->evidence->facet;
    return true;
}

/* The target by its route: ten thousand redirects to product pages are one rule. */
static struct span target_route(const struct difference_at *d, struct span location)
{
    ptrdiff_t authority = span_find(location, SPAN("//"));
    size_t path = authority < 0 ? 0 : (size_t)authority + 2;
    while (path < location.len && location.ptr[path] != '/')
        path++;
    struct span rest = span_from(location, path);
    size_t len = 0;
    while (len < rest.len && rest.ptr[len] != '?' && rest.ptr[len] != '#')
        len++;
    struct routes *routes = d->comparison->options.routes;
    struct span route =
        len ? routes_name(routes, routes_match(routes, span_head(rest, len))) : SPAN("");
    return arena_printf(d->arena, "%.*s%.*s%.*s", SPAN_ARG(span_head(location, path)),
                        SPAN_ARG(route), SPAN_ARG(span_from(rest, len)));
}

/* Many targets that became one are one change; what they were is in the examples. */
static struct change change_of_location(const struct difference_at *d)
{
    struct sides v = values_of(d);
    return make("redirect.target", SEVERITY_MAJOR, SPAN("Location"),
                (struct sides){ SPAN("elsewhere"), target_route(d, v.staging) },
                arena_printf(d->arena, "The redirect leads to %.*s, not to %.*s",
                             SPAN_ARG(span_head(v.staging, 120)),
                             SPAN_ARG(span_head(v.production, 120))),
                "Visitors are sent to another place.");
}

/* ---- caches ---- */

static bool carries_session(struct span kept)
{
    return span_find(kept, SPAN("session")) >= 0;
}

static struct change change_of_storing(const struct difference_at *d)
{
    struct sides v = values_of(d);
    struct span field = SPAN("Cache-Control");
    const struct cohort *cohort = &d->comparison->ledger.cohorts[d->evidence->cohort];
    bool kept = span_starts(v.staging, SPAN("kept")),
         was_kept = span_starts(v.production, SPAN("kept"));
    if (kept && !was_kept && (cohort->credential || carries_session(v.staging)))
        return make("cache.private-leak", SEVERITY_CRITICAL, field,
                    (struct sides){ SPAN("not kept"), SPAN("kept") },
                    SPAN("Shared caches may keep an answer that was made for one visitor"),
                    "A shared cache gives one visitor's answer, or session, to the next visitor.");
    struct change change = make("cache.storability", SEVERITY_MAJOR, field, v,
                                arena_printf(d->arena, "In shared caches: %.*s, was %.*s",
                                             SPAN_ARG(v.staging), SPAN_ARG(v.production)),
                                was_kept ? "Every request for it goes to the origin."
                                : kept ? "Shared caches answer with it for a while; it may be old."
                                       : "Shared caches treat it differently.");
    if (!was_kept && !kept && !cohort->credential)
        change.severity = SEVERITY_MINOR;
    return change;
}

static double seconds(struct span text)
{
    double s = 0;
    struct span rest = text;
    return span_to_double(span_cut(&rest, ' '), &s) ? s : 0;
}

/* "60 s", "5 min", "365 days": in the largest unit that gives at least 2. */
static void add_seconds(struct strbuf *out, struct span text)
{
    static const struct {
        double s;
        const char *name;
    } units[] = { { 86400, "days" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };
    double s = seconds(text);
    size_t i = 0;
    while (i < 3 && s < 2 * units[i].s)
        i++;
    strbuf_addf(out, "%.0f %s", s / units[i].s, units[i].name);
}

static struct change change_of_lifetime(const struct difference_at *d)
{
    struct sides v = values_of(d);
    const struct comparison *c = d->comparison;
    double p = seconds(v.production), s = seconds(v.staging);
    uint32_t route = c->ledger.cohorts[d->evidence->cohort].route;
    const struct route_rule *rule = routes_rule(c->options.routes, route);
    bool too_stale = rule && rule->stale_at_most_s >= 0 && s > (double)rule->stale_at_most_s;
    AUTO(strbuf_release) struct strbuf title = STRBUF_INIT;
    strbuf_add_str(&title, "Shared caches keep it for ");
    add_seconds(&title, v.staging);
    strbuf_add_str(&title, ", was ");
    add_seconds(&title, v.production);
    bool far = s >= 4 * p || p >= 4 * s;
    return make("cache.lifetime", far || too_stale ? SEVERITY_MAJOR : SEVERITY_MINOR,
                SPAN("Cache-Control"), v, arena_copy(d->arena, strbuf_span(&title)),
                s > p ? "Visitors may see it that much longer after it has changed."
                      : "The origin is asked that much more often.");
}

/* ---- fields ---- */

/* Members of one side's value that the other does not have, joined again. */
static struct span members_without(struct span own, struct span other, const char *separator,
                                   struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    struct span sep = span_of(separator);
    while (own.len) {
        ptrdiff_t at = span_find(own, sep);
        struct span one = at < 0 ? own : span_head(own, (size_t)at);
        own = at < 0 ? SPAN("") : span_from(own, (size_t)at + sep.len);
        bool found = false;
        for (struct span rest = other; rest.len && !found;) {
            ptrdiff_t end = span_find(rest, sep);
            found = span_eq(one, end < 0 ? rest : span_head(rest, (size_t)end));
            rest = end < 0 ? SPAN("") : span_from(rest, (size_t)end + sep.len);
        }
        if (found)
            continue;
        if (out.len)
            strbuf_add_str(&out, separator);
        strbuf_add_span(&out, one);
    }
    return arena_copy(arena, strbuf_span(&out));
}

static struct sides differing_members(struct sides v, const char *separator, struct arena *arena)
{
    return (struct sides){ members_without(v.production, v.staging, separator, arena),
                           members_without(v.staging, v.production, separator, arena) };
}

static struct span members_title(struct span field, struct sides m, struct arena *arena)
{
    struct span lost = span_head(m.production, 160), new = span_head(m.staging, 160);
    if (lost.len && new.len)
        return arena_printf(arena, "%.*s: %.*s became %.*s", SPAN_ARG(field), SPAN_ARG(lost),
                            SPAN_ARG(new));
    return lost.len ? arena_printf(arena, "%.*s lost %.*s", SPAN_ARG(field), SPAN_ARG(lost))
                    : arena_printf(arena, "%.*s gained %.*s", SPAN_ARG(field), SPAN_ARG(new));
}

static struct change change_of_cache_text(const struct difference_at *d)
{
    struct sides m = differing_members(values_of(d), ", ", d->arena);
    return make(
        "header.changed", SEVERITY_MINOR, SPAN("Cache-Control"), m,
        members_title(SPAN("Cache-Control"), m, d->arena),
        "Shared caches keep it as before; browsers, and caches whose origin fails, may not.");
}

static const char *field_kind(const struct difference_at *d)
{
    if (d->cell->production == VALUE_ABSENT)
        return "header.added";
    return d->cell->staging == VALUE_ABSENT ? "header.removed" : "header.changed";
}

static struct change change_of_presence(const struct difference_at *d)
{
    const struct facet *f = facet_of(d);
    bool added = d->cell->production == VALUE_ABSENT;
    struct sides v = { added ? SPAN("absent") : SPAN("present"),
                       added ? SPAN("present") : SPAN("absent") };
    return make(field_kind(d), added ? f->meaning->added : f->meaning->removed, f->field, v,
                arena_printf(d->arena, "%.*s is %s", SPAN_ARG(f->field), added ? "new" : "gone"),
                f->meaning->effect);
}

static bool is_stored(const struct difference_at *d)
{
    const struct comparison *c = d->comparison;
    const struct evidence *e = ledger_find(&c->ledger, d->evidence->cohort, FACET_STORED);
    for (unsigned i = 0; e && i < e->len; i++)
        if (!span_eq(facet_text(&c->facets, e->cells[i].production), SPAN("not kept")))
            return true;
    return e == NULL;
}

static bool has_word(struct span list, struct span word)
{
    return span_find(list, word) >= 0;
}

/* By what the answers can be mixed up, or split into so many copies that none is found again. */
static struct change change_of_vary(const struct difference_at *d)
{
    struct sides m = differing_members(values_of(d), ", ", d->arena);
    bool lost = m.production.len > 0 && !span_eq(m.production, SPAN("accept-encoding"));
    bool scatters = has_word(m.staging, SPAN("user-agent")) ||
                    has_word(m.staging, SPAN("cookie")) || has_word(m.staging, SPAN("*"));
    struct change change =
        make(is_stored(d) ? "cache.vary" : "header.changed",
             is_stored(d) && (lost || scatters) ? SEVERITY_MAJOR : SEVERITY_MINOR, SPAN("Vary"), m,
             members_title(SPAN("Vary"), m, d->arena),
             lost ? "A shared cache gives one variant's answer to visitors of another."
                  : "A shared cache keeps a copy for each value; fewer requests find one.");
    change.about_language = has_word(m.production, SPAN("accept-language"));
    return change;
}

static bool same_type(struct sides v)
{
    struct span p = v.production, s = v.staging;
    return span_eq(span_cut(&p, ';'), span_cut(&s, ';'));
}

static struct change change_of_value(const struct difference_at *d)
{
    const struct facet *f = facet_of(d);
    struct sides v = values_of(d);
    const char *kind = f->meaning->changed_kind ? f->meaning->changed_kind : "header.changed";
    enum finding_severity severity = f->meaning->changed;
    if (f->meaning->canonical == canonical_content_type && !same_type(v)) {
        kind = "body.type";
        severity = SEVERITY_MAJOR;
    }
    struct sides shown =
        f->meaning->separator ? differing_members(v, f->meaning->separator, d->arena) : v;
    struct span title = f->meaning->separator
                            ? members_title(f->field, shown, d->arena)
                            : arena_printf(d->arena, "%.*s: %.*s became %.*s", SPAN_ARG(f->field),
                                           SPAN_ARG(span_head(v.production, 120)),
                                           SPAN_ARG(span_head(v.staging, 120)));
    return make(kind, severity, f->field, shown, title, f->meaning->effect);
}

static struct change change_of_field(const struct difference_at *d)
{
    const struct facet *f = facet_of(d);
    struct change change;
    bool both = d->cell->production != VALUE_ABSENT && d->cell->staging != VALUE_ABSENT;
    if (span_eq(f->field, SPAN("Vary")))
        change = change_of_vary(d);
    else if (both && f->meaning->how == FIELD_LOCATION)
        change = change_of_location(d);
    else if (!both)
        change = change_of_presence(d);
    else
        change = change_of_value(d);
    if (d->only_bots && span_eq(f->field, SPAN("X-Robots-Tag")))
        change.kind = SPAN("bot");
    change.facet = d->evidence->facet;
    return change;
}

struct change change_of_constant(const struct difference_at *d)
{
    const struct facet *f = facet_of(d);
    struct sides v = values_of(d);
    struct change change =
        make("header.changed", f->meaning->changed, f->field, v,
             arena_printf(d->arena, "%.*s is another number everywhere", SPAN_ARG(f->field)),
             f->meaning->effect);
    change.facet = d->evidence->facet;
    return change;
}

/* ---- cookies ---- */

static struct change change_of_cookie(const struct difference_at *d)
{
    const struct facet *f = facet_of(d);
    bool credential = cookie_name_is_credential(f->field);
    struct sides v = values_of(d);
    struct change change;
    if (d->cell->production == VALUE_ABSENT)
        change = make("cookie.added", credential ? SEVERITY_MAJOR : SEVERITY_MINOR, f->field,
                      (struct sides){ SPAN("absent"), SPAN("present") },
                      arena_printf(d->arena, "The cookie %.*s is new", SPAN_ARG(f->field)),
                      "Most shared caches do not keep an answer that sets a cookie; visitors' "
                      "consent may be needed.");
    else if (d->cell->staging == VALUE_ABSENT)
        change =
            make("cookie.removed", SEVERITY_MAJOR, f->field,
                 (struct sides){ SPAN("present"), SPAN("absent") },
                 arena_printf(d->arena, "The cookie %.*s is no longer set", SPAN_ARG(f->field)),
                 "What the site remembers of the visitor by it is lost, or stays where it "
                 "should have been deleted.");
    else {
        struct sides m = differing_members(v, "; ", d->arena);
        change = make("cookie.attribute", SEVERITY_MAJOR, f->field, m,
                      members_title(f->field, m, d->arena),
                      "Browsers send, keep or expose the cookie differently.");
    }
    change.facet = d->evidence->facet;
    return change;
}

static struct change change_of_language(const struct difference_at *d)
{
    return make("locale", SEVERITY_MAJOR, SPAN("html lang"), values_of(d),
                arena_printf(d->arena, "The page is in %.*s, was in %.*s",
                             SPAN_ARG(values_of(d).staging), SPAN_ARG(values_of(d).production)),
                "Visitors get the page in another language.");
}

bool change_of(const struct difference_at *d, struct change *ret)
{
    switch (facet_of(d)->kind) {
    case FACET_STATUS:
        return change_of_status(d, ret);
    case FACET_LOCATION:
        *ret = change_of_location(d);
        break;
    case FACET_TRANSPORT:
        *ret = make("transport", SEVERITY_CRITICAL, SPAN(""), values_of(d),
                    SPAN("The answer does not arrive whole"),
                    "Visitors see half a page or an error of their browser.");
        break;
    case FACET_LOOP:
        *ret = make("redirect.loop", SEVERITY_CRITICAL, SPAN("Location"), values_of(d),
                    SPAN("The redirect never ends"), "Browsers give up with an error.");
        break;
    case FACET_STORED:
        *ret = change_of_storing(d);
        break;
    case FACET_LIFETIME:
        *ret = change_of_lifetime(d);
        break;
    case FACET_CACHE_TEXT:
        *ret = change_of_cache_text(d);
        break;
    case FACET_LANGUAGE:
        *ret = change_of_language(d);
        break;
    case FACET_COOKIE:
        *ret = change_of_cookie(d);
        return true;
    case FACET_FIELD:
        *ret = change_of_field(d);
        return true;
    }
    ret->facet = d->evidence->facet;
    return true;
}
