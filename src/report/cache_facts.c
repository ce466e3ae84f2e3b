#include "cache_facts.h"

#include "facts.h"
#include "rehearse/base/text.h"

static bool same_why(const struct finding_cache *cache)
{
    return span_eq(cache->why[0].rule, cache->why[1].rule) &&
           span_eq(cache->why[0].sentence, cache->why[1].sentence);
}

static struct span why_text(const struct finding_reason *why, struct arena *arena)
{
    return arena_printf(arena, "%.*s (%.*s%srule %.*s)", SPAN_ARG(why->sentence),
                        SPAN_ARG(why->section), why->section.len ? ", " : "", SPAN_ARG(why->rule));
}

size_t facts_cache_whys(const struct finding_cache *cache, struct arena *arena,
                        struct cache_why ret[CACHE_WHYS_MAX])
{
    static const char *const labels[] = { "why, on production", "why, on staging" };
    size_t count = 0;
    bool same = same_why(cache);
    for (int side = same; side < 2; side++)
        if (cache->why[side].sentence.len)
            ret[count++] = (struct cache_why){ same ? "why" : labels[side],
                                               why_text(&cache->why[side], arena) };
    return count;
}

/* ---- rows ---- */

static struct span ratio_text(const struct cache_forecast *f, int side, struct arena *arena)
{
    return arena_printf(arena, "%.1f %%", 100 * (double)f->hits[side] / (double)f->requests);
}

static struct span count_text(uint64_t n, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    text_add_count(&text, n);
    return arena_copy(arena, strbuf_span(&text));
}

static size_t add_forecast(struct cache_row *rows, const struct cache_forecast *f,
                           const char *where, struct arena *arena)
{
    if (!f->requests)
        return 0;
    rows[0].what = arena_printf(arena, "hits%s", where);
    rows[1].what = arena_printf(arena, "requests to the origin%s", where);
    rows[2].what = arena_printf(arena, "objects%s", where);
    for (int side = 0; side < 2; side++) {
        rows[0].side[side] = ratio_text(f, side, arena);
        rows[1].side[side] = count_text(f->origin_requests[side], arena);
        rows[2].side[side] = count_text(f->objects[side], arena);
    }
    return 3;
}

/* "60 s", "5 min", "365 days": in the largest unit that gives at least 2. */
static struct span lifetime_text(int64_t lifetime_s, struct arena *arena)
{
    static const struct {
        int64_t s;
        const char *name;
    } units[] = { { 86400, "days" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };
    size_t i = 0;
    if (lifetime_s < 0)
        return SPAN("");
    while (i < 3 && (lifetime_s < 2 * units[i].s || lifetime_s % units[i].s))
        i++;
    return arena_printf(arena, "%lld %s", (long long)(lifetime_s / units[i].s), units[i].name);
}

size_t facts_cache_rows(const struct finding_cache *cache, struct arena *arena,
                        struct cache_row ret[CACHE_ROWS_MAX])
{
    size_t len = 0;
    if (cache->stored[0].len || cache->stored[1].len) {
        ret[len++] = (struct cache_row){ SPAN("stored"), { cache->stored[0], cache->stored[1] } };
        ret[len++] = (struct cache_row){ SPAN("lifetime"),
                                         { lifetime_text(cache->lifetime_s[0], arena),
                                           lifetime_text(cache->lifetime_s[1], arena) } };
    }
    len += add_forecast(ret + len, &cache->route, ", here", arena);
    return len + add_forecast(ret + len, &cache->total, ", in total", arena);
}

size_t facts_forecast_rows(const struct comparison_summary *summary, struct arena *arena,
                           struct cache_row ret[CACHE_ROWS_MAX])
{
    return add_forecast(ret, &summary->forecast, "", arena);
}

void facts_add_forecast_basis(struct strbuf *out, const struct comparison_summary *summary)
{
    strbuf_add_str(out, "What a shared cache that never runs full would make of ");
    text_add_count(out, summary->forecast.requests);
    strbuf_add_str(out, " compared GET and HEAD requests, in the order of the capture: on "
                        "production's answers, and on staging's.");
    if (summary->forecast_share < 1)
        strbuf_addf(out, " Computed from a sample of the paths, %.0f %% of the requests.",
                    100 * summary->forecast_share);
}

/* ---- what was tolerated ---- */

void facts_add_tolerated(struct strbuf *out, const struct tolerance_line *line, int side)
{
    if (!line->answers[side])
        return;
    facts_add_plural(out, line->answers[side], "answer");
    if (span_is_none(line->taken[side]))
        return;
    strbuf_add_str(out, ", ");
    strbuf_add_span(out, line->taken[side]);
}

int facts_tolerance_side(const struct tolerance_line *line)
{
    return line->is_new || !line->answers[0];
}

void facts_add_tolerances_left(struct strbuf *out, const struct comparison_summary *summary,
                               size_t shown)
{
    if (summary->tolerance_count > shown)
        strbuf_addf(out, "And %zu more, in findings.json.", summary->tolerance_count - shown);
    if (!summary->tolerances_beyond)
        return;
    strbuf_add_str(out, out->len ? " " : "");
    text_add_count(out, summary->tolerances_beyond);
    strbuf_add_str(out, " times something else was tolerated, of more kinds than are remembered.");
}
