/* Changes of what a shared cache makes of the answers. */
#include "change_parts.h"
#include "rehearse/base/text.h"

/* ---- kept or not ---- */

static bool carries_cookie(struct span kept)
{
    return span_find(kept, SPAN("cookie")) >= 0;
}

/* Whose answer it is that all may get; NULL: nobody's in particular. */
static const char *whose_answer(const struct difference_at *d, struct sides v, bool newly_kept)
{
    const struct comparison *c = d->comparison;
    const struct cohort *cohort = &c->ledger.cohorts[d->evidence->cohort];
    if (carries_cookie(v.staging))
        return "It sets a visitor's cookie, which by HTTP's rules keeps no answer out of caches: "
               "whoever gets the kept one goes on as that visitor.";
    if (newly_kept && cohort->credential)
        return "It was asked for with a login or a session: a shared cache gives one visitor's "
               "answer to the next visitor.";
    if (newly_kept && own_content_shows(&c->own_content, cohort->route))
        return "It is another answer for each visitor, and the same one for a visitor who asks "
               "again: a shared cache gives one visitor's answer to the next visitor.";
    return NULL;
}

/* By a cache that was named, or where that one refuses, by any other. */
static bool is_open(struct span kept)
{
    return span_starts(kept, SPAN("kept")) || span_starts(kept, SPAN("left to"));
}

static struct span title_of_storing(struct sides v, struct arena *arena)
{
    if (span_starts(v.staging, SPAN("left to")))
        return arena_printf(arena, "This cache does not answer with it, other caches may; was %.*s",
                            SPAN_ARG(v.production));
    return arena_printf(arena, "In shared caches: %.*s, was %.*s", SPAN_ARG(v.staging),
                        SPAN_ARG(v.production));
}

bool change_of_storing(const struct difference_at *d, struct change *ret)
{
    struct sides v = change_values(d);
    struct span field = SPAN("Cache-Control");
    const struct cohort *cohort = &d->comparison->ledger.cohorts[d->evidence->cohort];
    bool kept = span_starts(v.staging, SPAN("kept")),
         was_kept = span_starts(v.production, SPAN("kept"));
    const char *whose =
        whose_answer(d, v, (kept && !was_kept) || (is_open(v.staging) && !is_open(v.production)));
    if (kept && was_kept && !carries_cookie(v.staging))
        return false; /* no visitor's cookie any more: nothing is lost by that */
    if (whose) {
        *ret = change_make("cache.private-leak", SEVERITY_CRITICAL, field,
                           (struct sides){ SPAN("not kept"), SPAN("kept") },
                           SPAN("Shared caches may keep an answer that was made for one visitor"),
                           whose);
        return true;
    }
    *ret = change_make("cache.storability", SEVERITY_MAJOR, field, v, title_of_storing(v, d->arena),
                       was_kept ? "Every request for it goes to the origin."
                       : kept   ? "Shared caches answer with it for a while; it may be old."
                                : "Shared caches treat it differently.");
    if (!was_kept && !kept && !cohort->credential)
        ret->severity = SEVERITY_MINOR;
    return true;
}

/* ---- how long ---- */

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

struct change change_of_lifetime(const struct difference_at *d)
{
    struct sides v = change_values(d);
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
    return change_make("cache.lifetime", far || too_stale ? SEVERITY_MAJOR : SEVERITY_MINOR,
                       SPAN("Cache-Control"), v, arena_copy(d->arena, strbuf_span(&title)),
                       s > p ? "Visitors may see it that much longer after it has changed."
                             : "The origin is asked that much more often.");
}

struct change change_of_cache_text(const struct difference_at *d)
{
    struct sides m = change_differing(change_values(d), ", ", d->arena);
    return change_make(
        "header.changed", SEVERITY_MINOR, SPAN("Cache-Control"), m,
        change_title_of(SPAN("Cache-Control"), m, d->arena),
        "Shared caches keep it as before; browsers, and caches whose origin fails, may not.");
}

/* ---- which variant ---- */

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

/* Fields that each visitor sends in his own way: what they tell apart is visitors. */
static bool tells_visitors_apart(struct span list)
{
    return has_word(list, SPAN("cookie")) || has_word(list, SPAN("authorization"));
}

/* By what the answers can be mixed up, or split into so many copies that none is found again. */
struct change change_of_vary(const struct difference_at *d)
{
    struct sides m = change_differing(change_values(d), ", ", d->arena);
    bool stored = is_stored(d);
    bool lost = m.production.len > 0 && !span_eq(m.production, SPAN("accept-encoding"));
    bool merges = stored && tells_visitors_apart(m.production);
    bool scatters = has_word(m.staging, SPAN("user-agent")) || tells_visitors_apart(m.staging) ||
                    has_word(m.staging, SPAN("*"));
    struct change change = change_make(
        stored ? "cache.vary" : "header.changed",
        merges                         ? SEVERITY_CRITICAL
        : stored && (lost || scatters) ? SEVERITY_MAJOR
                                       : SEVERITY_MINOR,
        SPAN("Vary"), m, change_title_of(SPAN("Vary"), m, d->arena),
        merges ? "Visitors became one: a shared cache gives one visitor's answer to the next."
        : lost ? "A shared cache gives one variant's answer to visitors of another."
        : scatters
            ? "One object became many: a shared cache keeps a copy for each value, nearly one "
              "for each visitor."
            : "A shared cache keeps a copy for each value; fewer requests find one.");
    change.about_language = has_word(m.production, SPAN("accept-language"));
    return change;
}

/* ---- under which key ---- */

/* Do production's answers to the requests that became one differ, beyond what they differ anyway?
 */
static bool content_crosses(const struct key_facts *k)
{
    return k->unlike > 0 && 2 * k->changed <= k->repeats;
}

/* Told by the answers, where the key does not say whose it is: nearly every key was one visitor's,
 * who got the same again, and others got something else. */
static bool keys_are_visitors(const struct key_facts *k)
{
    enum { OWN_LEAST = 4, REPEATS_LEAST = 3, PIECES_LEAST = 3 };
    return k->own >= OWN_LEAST && k->own >= 9 * k->common && k->unlike && k->unlike >= 9 * k->alike &&
           k->repeats >= REPEATS_LEAST && k->repeats >= 9 * k->changed &&
           k->pieces >= PIECES_LEAST * k->objects;
}

static bool visitors_became_one(const struct key_facts *k)
{
    return k->credential || keys_are_visitors(k);
}

/* "Production's answers to them differ (8 of 8 times)." */
static void add_contents(struct strbuf *out, const struct key_facts *k)
{
    if (k->unlike == 0 && k->alike) {
        strbuf_add_str(out, " Production's answers to them were the same each time they were "
                            "compared (");
        text_add_count(out, k->alike);
        strbuf_add_str(out, " times).");
    } else if (content_crosses(k) || (k->unlike && !k->repeats)) {
        strbuf_add_str(out, " Production's answers to them differ (");
        text_add_count(out, k->unlike);
        strbuf_add_str(out, " of ");
        text_add_count(out, k->unlike + k->alike);
        strbuf_add_str(out, " times).");
    } else if (k->unlike) {
        strbuf_add_str(out, " Whether their content differs cannot be told: production's bodies "
                            "change from request to request.");
    }
}

/* Who may get what was made for whom. */
static void add_visitors(struct strbuf *out, const struct key_facts *k)
{
    if (!k->visitors)
        return;
    strbuf_addf(out, " In %.0f %% of these cases the two were different visitors",
                100 * (double)k->visitors / (double)k->events);
    if (k->credentials && !k->credential)
        strbuf_addf(out, ", in %.0f %% one of them had a session or a login",
                    100 * (double)k->credentials / (double)k->events);
    strbuf_add_char(out, '.');
}

static struct span merge_effect(const struct key_facts *k, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    if (!k->kept)
        return SPAN("Caches keep none of these answers now; as soon as they keep one, visitors get "
                    "answers that were made for other requests.");
    if (visitors_became_one(k))
        strbuf_add_str(&out, "Visitors became one: a shared cache gives one visitor's own answer "
                             "to the next.");
    else if (k->unlike == 0 && k->alike)
        strbuf_add_str(&out, "Different objects became one.");
    else
        strbuf_add_str(&out, "Different objects became one: a shared cache gives one visitor the "
                             "answer that was made for another.");
    if (!k->credential && keys_are_visitors(k)) {
        strbuf_add_str(&out, " Each of production's keys was one visitor's (");
        text_add_count(&out, k->own);
        strbuf_add_str(&out, " of ");
        text_add_count(&out, k->own + k->common);
        strbuf_add_str(&out, ").");
    }
    add_contents(&out, k);
    add_visitors(&out, k);
    return arena_copy(arena, strbuf_span(&out));
}

static enum finding_severity merge_severity(const struct key_facts *k)
{
    enum { ALIKE_LEAST = 8 }; /* so many equal answers before their being equal means something */
    if (!k->kept)
        return SEVERITY_MAJOR;
    if (visitors_became_one(k) || content_crosses(k))
        return SEVERITY_CRITICAL;
    if (k->unlike == 0 && k->alike >= ALIKE_LEAST)
        return SEVERITY_MINOR;
    return span_eq(k->category, SPAN("query parameter")) ? SEVERITY_MAJOR : SEVERITY_CRITICAL;
}

struct change change_of_key(const struct key_facts *k, struct arena *arena)
{
    struct span title = arena_printf(
        arena, k->merge ? "No longer in the cache key: %.*s" : "New in the cache key: %.*s",
        SPAN_ARG(k->inputs));
    struct change change = change_make(
        k->merge ? "cache.key-merge" : "cache.key-split",
        k->merge  ? merge_severity(k)
        : k->kept ? SEVERITY_MAJOR
                  : SEVERITY_MINOR,
        k->inputs,
        k->merge ? (struct sides){ SPAN("several keys"), SPAN("one key") }
                 : (struct sides){ SPAN("one key"), SPAN("several keys") },
        title,
        k->kept ? "One object became many: the same answer is fetched and kept once for each value."
                : "Caches keep none of these answers now; as soon as they keep one, it is fetched "
                  "and kept once for each value.");
    if (k->merge)
        change.effect = merge_effect(k, arena);
    change.wide = true;
    change.about_language =
        span_ifind(k->inputs, SPAN("lang")) >= 0 || span_ifind(k->inputs, SPAN("locale")) >= 0;
    return change;
}
