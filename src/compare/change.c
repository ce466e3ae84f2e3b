#include "change_parts.h"
#include "cookie_refusal.h"
#include "rehearse/compare/gate.h"

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
    return change_make(kind, opened ? SEVERITY_CRITICAL : SEVERITY_MAJOR, SPAN(""), v,
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
    struct sides v = change_values(d);
    struct answer p = answer_of(v.production), s = answer_of(v.staging);
    bool works = s.status < 400 && s.class != ANSWER_LOGIN;
    const char *gate = gate_kind(p.class, s.class);
    struct span title =
        arena_printf(d->arena, "%.*s became %.*s", SPAN_ARG(v.production), SPAN_ARG(v.staging));
    if ((p.class == ANSWER_ERROR || p.class == ANSWER_LIMITED) && s.class != ANSWER_ERROR)
        return false;
    if (d->only_bots)
        *ret = change_make("bot", SEVERITY_CRITICAL, SPAN(""), v,
                           arena_printf(d->arena, "Crawlers get %.*s in place of %.*s",
                                        SPAN_ARG(v.staging), SPAN_ARG(v.production)),
                           "Search engines lose the page; people do not notice.");
    else if (is_unsafe(d) && works && (p.status == 403 || p.status == 419))
        *ret = change_make("csrf.unenforced", SEVERITY_CRITICAL, SPAN(""), v,
                           arena_printf(d->arena,
                                        "A change that is refused today (%.*s) is accepted (%.*s)",
                                        SPAN_ARG(v.production), SPAN_ARG(v.staging)),
                           "Other sites can make a visitor's browser change things in his name.");
    else if (gate)
        *ret = change_of_gate(d, gate, v);
    else if (p.class == ANSWER_REDIRECT && s.class == ANSWER_REDIRECT)
        *ret = change_make(
            "redirect.status", SEVERITY_MINOR, SPAN(""), v, title,
            "Browsers, caches and search engines remember the redirect for another time, "
            "or repeat the request differently.");
    else if (is_unstable(d, s))
        *ret = change_make("stability", SEVERITY_MAJOR, SPAN(""), v,
                           arena_printf(d->arena, "Now and then %.*s in place of %.*s",
                                        SPAN_ARG(v.staging), SPAN_ARG(v.production)),
                           "Some requests fail that succeed when asked again.");
    else
        *ret = change_make("status", status_severity(s), SPAN(""), v, title,
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
    struct sides v = change_values(d);
    return change_make("redirect.target", SEVERITY_MAJOR, SPAN("Location"),
                       (struct sides){ SPAN("elsewhere"), target_route(d, v.staging) },
                       arena_printf(d->arena, "The redirect leads to %.*s, not to %.*s",
                                    SPAN_ARG(span_head(v.staging, 120)),
                                    SPAN_ARG(span_head(v.production, 120))),
                       "Visitors are sent to another place.");
}

/* ---- fields ---- */

static const char *field_kind(const struct difference_at *d)
{
    if (d->cell->production == VALUE_ABSENT)
        return "header.added";
    return d->cell->staging == VALUE_ABSENT ? "header.removed" : "header.changed";
}

static struct change change_of_presence(const struct difference_at *d)
{
    const struct facet *f = change_facet(d);
    bool added = d->cell->production == VALUE_ABSENT;
    struct sides v = { added ? SPAN("absent") : SPAN("present"),
                       added ? SPAN("present") : SPAN("absent") };
    return change_make(
        field_kind(d), added ? f->meaning->added : f->meaning->removed, f->field, v,
        arena_printf(d->arena, "%.*s is %s", SPAN_ARG(f->field), added ? "new" : "gone"),
        f->meaning->effect);
}

static bool same_type(struct sides v)
{
    struct span p = v.production, s = v.staging;
    return span_eq(span_cut(&p, ';'), span_cut(&s, ';'));
}

static struct change change_of_value(const struct difference_at *d)
{
    const struct facet *f = change_facet(d);
    struct sides v = change_values(d);
    const char *kind = f->meaning->changed_kind ? f->meaning->changed_kind : "header.changed";
    enum finding_severity severity = f->meaning->changed;
    if (f->meaning->canonical == canonical_content_type && !same_type(v)) {
        kind = "body.type";
        severity = SEVERITY_MAJOR;
    }
    struct sides shown =
        f->meaning->separator ? change_differing(v, f->meaning->separator, d->arena) : v;
    struct span title = f->meaning->separator
                            ? change_title_of(f->field, shown, d->arena)
                            : arena_printf(d->arena, "%.*s: %.*s became %.*s", SPAN_ARG(f->field),
                                           SPAN_ARG(span_head(v.production, 120)),
                                           SPAN_ARG(span_head(v.staging, 120)));
    return change_make(kind, severity, f->field, shown, title, f->meaning->effect);
}

static struct change change_of_field(const struct difference_at *d)
{
    const struct facet *f = change_facet(d);
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
    const struct facet *f = change_facet(d);
    struct sides v = change_values(d);
    struct change change =
        change_make("header.changed", f->meaning->changed, f->field, v,
                    arena_printf(d->arena, "%.*s is another number everywhere", SPAN_ARG(f->field)),
                    f->meaning->effect);
    change.facet = d->evidence->facet;
    return change;
}

/* ---- cookies ---- */

static bool starts_one_of(struct span member, const char *const *fronts)
{
    for (; *fronts; fronts++)
        if (span_starts(member, span_of(*fronts)))
            return true;
    return false;
}

static struct span next_member(struct span *rest)
{
    ptrdiff_t at = span_find(*rest, SPAN("; "));
    struct span one = at < 0 ? *rest : span_head(*rest, (size_t)at);
    *rest = at < 0 ? SPAN("") : span_from(*rest, (size_t)at + 2);
    return one;
}

/* Does a reason among staging's members account for this one? */
static bool is_accounted_for(struct span member, struct span staging)
{
    while (staging.len) {
        const struct cookie_reason *reason = cookie_reason_of(next_member(&staging));
        if (reason && reason->by_address && starts_one_of(member, reason->goes_with))
            return true;
    }
    return false;
}

/* What staging's address explains of the members that differ: `ret` says it, and how bad the whole
 * is. False: nothing is explained. */
static bool explain_cookie(struct sides m, struct change *ret, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf effect = STRBUF_INIT;
    enum finding_severity severity = SEVERITY_INFO;
    bool all = true, prefix = span_find(m.staging, SPAN("no prefix, over plain http")) >= 0;
    for (struct span rest = m.staging; rest.len;) {
        struct span member = next_member(&rest);
        const struct cookie_reason *reason = cookie_reason_of(member);
        all &= (reason && reason->by_address) || is_accounted_for(member, m.staging);
        if (!reason)
            continue;
        strbuf_addf(&effect, "%s%s", effect.len ? " " : "", reason->sentence);
        /* Who leaves the prefix out leaves Secure out too, by design. */
        if (reason->severity > severity && !(prefix && reason->by_address))
            severity = reason->severity;
    }
    for (struct span rest = m.production; rest.len;)
        all &= is_accounted_for(next_member(&rest), m.staging);
    if (!effect.len)
        return false;
    ret->severity = all ? severity : SEVERITY_MAJOR;
    ret->effect = arena_copy(arena, strbuf_span(&effect));
    return true;
}

/* By the first place of the map: a cookie that staging cannot be given there. */
static const char *missing_reason(const struct difference_at *d, struct span name,
                                  struct span attributes)
{
    const struct comparison_options *o = &d->comparison->options;
    if (!o->host_count)
        return NULL;
    return cookie_missing_reason(name, attributes, o->hosts[0].scheme, o->hosts[0].staging);
}

static struct change change_of_cookie(const struct difference_at *d)
{
    const struct facet *f = change_facet(d);
    bool credential = cookie_name_is_credential(f->field);
    struct sides v = change_values(d);
    struct change change;
    if (d->cell->production == VALUE_ABSENT)
        change =
            change_make("cookie.added", credential ? SEVERITY_MAJOR : SEVERITY_MINOR, f->field,
                        (struct sides){ SPAN("absent"), SPAN("present") },
                        arena_printf(d->arena, "The cookie %.*s is new", SPAN_ARG(f->field)),
                        "Most shared caches do not keep an answer that sets a cookie; visitors' "
                        "consent may be needed.");
    else if (d->cell->staging == VALUE_ABSENT)
        change = change_make(
            "cookie.removed", SEVERITY_MAJOR, f->field,
            (struct sides){ SPAN("present"), SPAN("absent") },
            arena_printf(d->arena, "The cookie %.*s is no longer set", SPAN_ARG(f->field)),
            "What the site remembers of the visitor by it is lost, or stays where it "
            "should have been deleted.");
    if (d->cell->production != VALUE_ABSENT && d->cell->staging == VALUE_ABSENT) {
        const char *why = missing_reason(d, f->field, v.production);
        if (why) {
            change.severity = SEVERITY_INFO;
            change.effect = span_of(why);
        }
    } else if (d->cell->production != VALUE_ABSENT) {
        struct sides m = change_differing(v, "; ", d->arena);
        change = change_make("cookie.attribute", SEVERITY_MAJOR, f->field, m,
                             change_title_of(f->field, m, d->arena),
                             "Browsers send, keep or expose the cookie differently.");
        explain_cookie(m, &change, d->arena);
    }
    change.facet = d->evidence->facet;
    return change;
}

static struct change change_of_language(const struct difference_at *d)
{
    return change_make("locale", SEVERITY_MAJOR, SPAN("html lang"), change_values(d),
                       arena_printf(d->arena, "The page is in %.*s, was in %.*s",
                                    SPAN_ARG(change_values(d).staging),
                                    SPAN_ARG(change_values(d).production)),
                       "Visitors get the page in another language.");
}

bool change_of(const struct difference_at *d, struct change *ret)
{
    switch (change_facet(d)->kind) {
    case FACET_STATUS:
        return change_of_status(d, ret);
    case FACET_LOCATION:
        *ret = change_of_location(d);
        break;
    case FACET_TRANSPORT:
        *ret = change_make("transport", SEVERITY_CRITICAL, SPAN(""), change_values(d),
                           SPAN("The answer does not arrive whole"),
                           "Visitors see half a page or an error of their browser.");
        break;
    case FACET_LOOP:
        *ret = change_make("redirect.loop", SEVERITY_CRITICAL, SPAN("Location"), change_values(d),
                           SPAN("The redirect never ends"), "Browsers give up with an error.");
        break;
    case FACET_STORED:
        if (!change_of_storing(d, ret))
            return false;
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
