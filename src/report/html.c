/*
 * index.html: one file that opens from disk with no network and no script. All
 * that came from outside passes text_add_html; the page's policy forbids
 * everything but its own style sheet, so that a slip would still be inert.
 */
#include <math.h>

#include "bindings.h"
#include "cache_facts.h"
#include "facts.h"
#include "html_page.h"
#include "rehearse/report/simulation.h"
#include "rehearse/base/text.h"
#include "rehearse/report/doors.h"

static void add_text(struct strbuf *out, struct span value, size_t max)
{
    text_add_html(out, value, max);
}

static void add_code(struct strbuf *out, struct span value)
{
    if (span_is_none(value)) {
        strbuf_add_str(out, "<span class=\"soft\">absent</span>");
        return;
    }
    if (value.len == 0) {
        strbuf_add_str(out, "<span class=\"soft\">empty</span>");
        return;
    }
    strbuf_add_str(out, "<code>");
    add_text(out, value, VALUE_BYTES);
    strbuf_add_str(out, "</code>");
}

static void add_head(struct strbuf *out, const struct report_facts *facts)
{
    AUTO(strbuf_release) struct strbuf title = STRBUF_INIT;
    strbuf_addf(&title, "%s: ", verdict_word(facts));
    add_text(&title, facts->name, TITLE_BYTES);
    html_page_open(out, strbuf_span(&title));
}

static void add_tile(struct strbuf *out, const char *class, uint64_t n, const char *what)
{
    strbuf_addf(out, "<li><b class=\"%s\">", class);
    text_add_count(out, n);
    strbuf_addf(out, "</b>%s</li>", what);
}

static void add_banner(struct strbuf *out, const struct report_facts *facts)
{
    AUTO(strbuf_release) struct strbuf reasons = STRBUF_INIT;
    strbuf_addf(out, "<header><h1><span class=\"verdict %s\">%s</span> ",
                facts->verdict.go ? "go" : "no-go", verdict_word(facts));
    add_text(out, facts->name, TITLE_BYTES);
    strbuf_add_str(out, "</h1>\n<p>");
    facts_add_coverage(out, facts);
    strbuf_add_char(out, ' ');
    facts_add_not_compared(&reasons, facts);
    add_text(out, strbuf_span(&reasons), reasons.len);
    strbuf_add_str(
        out, " <a href=\"#coverage\">All of the coverage</a>.</p>\n<dl><dt>production</dt><dd>");
    add_text(out, facts->production, VALUE_BYTES);
    strbuf_add_str(out, ", ");
    facts_add_time(out, facts->captured_first_us);
    strbuf_add_str(out, " to ");
    facts_add_time(out, facts->captured_last_us);
    strbuf_add_str(out, "</dd><dt>staging</dt><dd>");
    add_text(out, facts->staging, VALUE_BYTES);
    strbuf_add_str(out, ", ");
    facts_add_time(out, facts->replayed_first_us);
    strbuf_add_str(out, " to ");
    facts_add_time(out, facts->replayed_last_us);
    strbuf_add_str(out, "</dd></dl>\n<ul class=\"tiles\">");
    for (int s = SEVERITY_CRITICAL; s >= SEVERITY_INFO; s--) {
        const char *name = severity_name((enum finding_severity)s);
        add_tile(out, name, facts_count(facts, (enum finding_severity)s), name);
    }
    add_tile(out, "soft", facts->summary.compared, "compared");
    add_tile(out, facts->failed ? "failed" : "soft", facts->failed, "failed");
    strbuf_add_str(out, "</ul></header>\n<main>\n");
}

static void add_gates(struct strbuf *out, const struct verdict *verdict)
{
    strbuf_add_str(
        out, "<section aria-labelledby=\"gates\"><h2 id=\"gates\">Gates</h2><div class=\"scroll\">"
             "<table><thead><tr><th scope=\"col\">gate<th scope=\"col\">outcome"
             "<th scope=\"col\">measured</tr></thead><tbody>\n");
    for (size_t i = 0; i < verdict->gate_count; i++) {
        const struct gate *gate = &verdict->gates[i];
        const char *outcome = gate_outcome_name(gate->outcome);
        strbuf_add_str(out, "<tr><td>");
        add_text(out, gate->name, TITLE_BYTES);
        strbuf_addf(out, "<td class=\"%s\">%s<td>", outcome, outcome);
        add_text(out, gate->reason, VALUE_BYTES);
        strbuf_add_str(out, "</tr>\n");
    }
    strbuf_add_str(out, "</tbody></table></div></section>\n");
}

static void add_where(struct strbuf *out, const struct finding *f)
{
    strbuf_add_str(out, "<dt>where</dt><dd>");
    add_code(out, f->route);
    if (f->route_count > 1) {
        strbuf_addf(out, " <details><summary>%zu routes</summary><ul>", f->route_count);
        for (size_t i = 0; i < f->route_count && i < ROUTES_IN_FINDING; i++) {
            strbuf_add_str(out, "<li>");
            add_code(out, f->routes[i]);
        }
        if (f->route_count > ROUTES_IN_FINDING)
            strbuf_addf(out, "<li>and %zu more", f->route_count - ROUTES_IN_FINDING);
        strbuf_add_str(out, "</ul></details>");
    }
    if (f->owner.len) {
        strbuf_add_str(out, ", owner ");
        add_text(out, f->owner, TITLE_BYTES);
    }
    strbuf_add_str(out, "</dd>");
}

/* A table with a column a side. */
static void add_rows(struct strbuf *out, const struct cache_row *rows, size_t count)
{
    if (count == 0)
        return;
    strbuf_add_str(out,
                   "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">in a shared cache"
                   "<th scope=\"col\" class=\"n\">production<th scope=\"col\" class=\"n\">"
                   "staging</tr></thead><tbody>\n");
    for (size_t i = 0; i < count; i++) {
        strbuf_add_str(out, "<tr><td>");
        add_text(out, rows[i].what, TITLE_BYTES);
        for (int side = 0; side < 2; side++) {
            strbuf_add_str(out, "<td class=\"n\">");
            add_text(out, rows[i].side[side].len ? rows[i].side[side] : SPAN("–"), TITLE_BYTES);
        }
        strbuf_add_str(out, "</tr>\n");
    }
    strbuf_add_str(out, "</tbody></table></div>");
}

static void add_whys(struct strbuf *out, const struct finding_cache *cache)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct cache_why whys[CACHE_WHYS_MAX];
    size_t count = facts_cache_whys(cache, &arena, whys);
    for (size_t i = 0; i < count; i++) {
        strbuf_addf(out, "<dt>%s</dt><dd>", whys[i].label);
        add_text(out, whys[i].text, VALUE_BYTES);
        strbuf_add_str(out, "</dd>");
    }
}

static void add_cache(struct strbuf *out, const struct finding_cache *cache)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct cache_row rows[CACHE_ROWS_MAX];
    size_t count = cache ? facts_cache_rows(cache, &arena, rows) : 0;
    if (count == 0)
        return;
    strbuf_add_str(out, "<details><summary>what a shared cache makes of it</summary>");
    add_rows(out, rows, count);
    strbuf_add_str(out, "</details>");
}

static void add_forecast(struct strbuf *out, const struct comparison_summary *s)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(strbuf_release) struct strbuf basis = STRBUF_INIT;
    struct cache_row rows[CACHE_ROWS_MAX];
    size_t count = facts_forecast_rows(s, &arena, rows);
    if (count == 0)
        return;
    facts_add_forecast_basis(&basis, s);
    strbuf_add_str(out, "<section aria-labelledby=\"cache\"><h2 id=\"cache\">Shared cache</h2><p>");
    add_text(out, strbuf_span(&basis), VALUE_BYTES);
    strbuf_add_str(out, "</p>");
    add_rows(out, rows, count);
    strbuf_add_str(out, "</section>\n");
}

/* What production has too is known to its caches: only what is new stands out. */
static void add_tolerance(struct strbuf *out, const struct tolerance_line *line)
{
    int example = facts_tolerance_side(line);
    strbuf_add_str(out, "<tr><td>");
    add_code(out, line->field);
    strbuf_add_str(out, "<td>");
    add_text(out, line->sentence, VALUE_BYTES);
    if (line->is_new)
        strbuf_add_str(out, " <span class=\"tag major\">new on staging</span>");
    strbuf_add_str(out, "<td>");
    add_code(out, line->value[example]);
    strbuf_add_str(out, " <span class=\"soft\">");
    add_text(out, line->where[example], TITLE_BYTES);
    strbuf_add_str(out, "</span>");
    for (int side = 0; side < 2; side++) {
        AUTO(strbuf_release) struct strbuf told = STRBUF_INIT;
        facts_add_tolerated(&told, line, side);
        strbuf_add_str(out, "<td>");
        add_text(out, told.len ? strbuf_span(&told) : SPAN("–"), TITLE_BYTES);
    }
    strbuf_add_str(out, "</tr>\n");
}

static void add_tolerances(struct strbuf *out, const struct comparison_summary *s)
{
    AUTO(strbuf_release) struct strbuf left = STRBUF_INIT;
    if (!s->tolerance_count)
        return;
    strbuf_add_str(
        out, "<section aria-labelledby=\"tolerated\"><h2 id=\"tolerated\">Tolerated</h2>"
             "<p>What is wrong in the answers' cache fields, and what a shared cache makes of "
             "the first such answer.</p><div class=\"scroll\"><table><thead><tr>"
             "<th scope=\"col\">field<th scope=\"col\">what is tolerated"
             "<th scope=\"col\">example<th scope=\"col\">production"
             "<th scope=\"col\">staging</tr></thead><tbody>\n");
    for (size_t i = 0; i < s->tolerance_count && i < TOLERANCES_SHOWN; i++)
        add_tolerance(out, &s->tolerances[i]);
    strbuf_add_str(out, "</tbody></table></div>");
    facts_add_tolerances_left(&left, s, TOLERANCES_SHOWN);
    if (left.len)
        strbuf_addf(out, "<p>%s</p>", left.buf);
    strbuf_add_str(out, "</section>\n");
}

static void add_notes(struct strbuf *out, const struct comparison_summary *s)
{
    for (size_t i = 0; i < s->note_count; i++) {
        strbuf_add_str(out, "<p>");
        add_text(out, s->notes[i].text, VALUE_BYTES);
        strbuf_add_str(out, " <span class=\"soft\">");
        facts_add_plural(out, s->notes[i].exchanges, "exchange");
        strbuf_add_str(out, "</span></p>\n");
    }
}

static void add_examples(struct strbuf *out, const struct finding *f)
{
    if (f->example_count == 0)
        return;
    strbuf_add_str(out, "<details><summary>see it yourself</summary>");
    for (size_t i = 0; i < f->example_count; i++) {
        const struct finding_example *x = &f->examples[i];
        strbuf_add_str(out, "<p><code>");
        add_text(out, x->method, 40);
        strbuf_add_char(out, ' ');
        add_text(out, x->url, VALUE_BYTES);
        strbuf_addf(out,
                    "</code> <span class=\"soft\">session %016llx, exchange "
                    "%u</span></p><dl><dt>production</dt><dd>",
                    (unsigned long long)x->session, (unsigned)x->seq);
        add_code(out, x->production);
        strbuf_add_str(out, "</dd><dt>staging</dt><dd>");
        add_code(out, x->staging);
        strbuf_add_str(out, "</dd></dl><pre>");
        add_text(out, x->curl_production, 1500);
        strbuf_add_char(out, '\n');
        add_text(out, x->curl_staging, 1500);
        strbuf_add_str(out, "</pre>");
    }
    strbuf_add_str(out, "</details>");
}

static void add_finding(struct strbuf *out, const struct finding *f)
{
    const char *severity = severity_name(f->severity);
    strbuf_addf(out, "<article class=\"%s\" id=\"", severity);
    add_text(out, f->id, 40);
    strbuf_addf(out, "\"><h3><span class=\"tag %s\">%s%s</span> ", severity, severity,
                f->waived ? ", waived" : "");
    add_text(out, f->title, TITLE_BYTES);
    strbuf_add_str(out, "</h3><p>");
    add_text(out, f->effect, EFFECT_BYTES);
    strbuf_add_str(out, "</p><dl><dt>production</dt><dd>");
    add_code(out, f->production);
    strbuf_add_str(out, "</dd><dt>staging</dt><dd>");
    add_code(out, f->staging);
    strbuf_add_str(out, "</dd>");
    if (f->cache)
        add_whys(out, f->cache);
    add_where(out, f);
    strbuf_add_str(out, "<dt>touches</dt><dd>");
    facts_add_plural(out, f->exchanges, "exchange");
    strbuf_add_str(out, " in ");
    facts_add_plural(out, f->sessions, "session");
    strbuf_add_str(out, ", ");
    facts_add_share(out, f->traffic_share);
    strbuf_add_str(out, " of the traffic compared</dd><dt>kind</dt><dd>");
    add_code(out, f->kind);
    strbuf_add_str(out, ", ");
    add_code(out, f->id);
    strbuf_add_str(out, "</dd></dl>");
    add_cache(out, f->cache);
    add_examples(out, f);
    strbuf_add_str(out, "</article>\n");
}

static void add_findings(struct strbuf *out, const struct report_facts *facts)
{
    const struct findings *findings = facts->findings;
    strbuf_add_str(out,
                   "<section aria-labelledby=\"findings\"><h2 id=\"findings\">Findings</h2>\n");
    if (findings->len == 0)
        strbuf_add_str(out, facts->summary.compared
                                ? "<p>None: staging treated this traffic as production did.</p>\n"
                                : "<p>None, for nothing was compared.</p>\n");
    enum { TOLD = 400 };
    for (size_t i = 0; i < findings->len && i < TOLD; i++)
        add_finding(out, &findings->at[i]);
    if (findings->len > TOLD)
        strbuf_addf(out, "<p>And %zu more, in findings.json.</p>\n", findings->len - TOLD);
    strbuf_add_str(out, "</section>\n");
}

static void add_coverage(struct strbuf *out, const struct comparison_summary *s)
{
    strbuf_add_str(out, "<section aria-labelledby=\"coverage\"><h2 id=\"coverage\">Coverage</h2>"
                        "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">what"
                        "<th scope=\"col\" class=\"n\">exchanges<th scope=\"col\">compared, or why "
                        "not</tr></thead><tbody>\n");
    for (size_t i = 0; i < s->coverage_count; i++) {
        strbuf_add_str(out, "<tr><td>");
        add_text(out, s->coverage[i].what, TITLE_BYTES);
        strbuf_add_str(out, "<td class=\"n\">");
        text_add_count(out, s->coverage[i].exchanges);
        strbuf_add_str(out, "<td>");
        add_text(out, coverage_outcome(&s->coverage[i]), TITLE_BYTES);
        strbuf_add_str(out, "</tr>\n");
    }
    strbuf_add_str(out, "</tbody></table></div>");
    add_notes(out, s);
    strbuf_add_str(out, "</section>\n");
}

static void add_accounts(struct strbuf *out, const char *id, const char *title,
                         const struct report_account *accounts, size_t count)
{
    if (count == 0)
        return;
    strbuf_addf(
        out,
        "<section aria-labelledby=\"%s\"><h2 id=\"%s\">%s</h2><div class=\"scroll\"><table>"
        "<thead><tr><th scope=\"col\">source<th scope=\"col\">outcome<th scope=\"col\">reason"
        "<th scope=\"col\" class=\"n\">count</tr></thead><tbody>\n",
        id, id, title);
    for (size_t i = 0; i < count && i < ROUTES_SHOWN; i++) {
        strbuf_add_str(out, "<tr><td>");
        add_text(out, accounts[i].source, TITLE_BYTES);
        strbuf_add_str(out, "<td>");
        add_text(out, accounts[i].outcome, TITLE_BYTES);
        strbuf_add_str(out, "<td>");
        add_text(out, accounts[i].reason, TITLE_BYTES);
        strbuf_add_str(out, "<td class=\"n\">");
        text_add_count(out, accounts[i].count);
        strbuf_add_str(out, "</tr>\n");
    }
    strbuf_add_str(out, "</tbody></table></div>");
    if (count > ROUTES_SHOWN)
        strbuf_addf(out, "<p>And %zu more lines, in findings.json.</p>", count - ROUTES_SHOWN);
    strbuf_add_str(out, "</section>\n");
}

static void add_latency(struct strbuf *out, double us)
{
    strbuf_add_str(out, "<td class=\"n\">");
    if (isfinite(us))
        text_add_duration(out, (int64_t)us);
    else
        strbuf_add_str(out, "–");
}

static void add_routes(struct strbuf *out, const struct comparison_summary *s)
{
    if (s->route_count == 0)
        return;
    strbuf_add_str(
        out,
        "<section aria-labelledby=\"routes\"><h2 id=\"routes\">Routes</h2><div class=\"scroll\">"
        "<table><thead><tr><th scope=\"col\">route<th scope=\"col\" class=\"n\">exchanges"
        "<th scope=\"col\" class=\"n\">compared<th scope=\"col\" class=\"n\">differing"
        "<th scope=\"col\" class=\"n\">median, production<th scope=\"col\" class=\"n\">median, "
        "staging"
        "<th scope=\"col\" class=\"n\">95 %, production<th scope=\"col\" class=\"n\">95 %, staging"
        "</tr></thead><tbody>\n");
    for (size_t i = 0; i < s->route_count && i < ROUTES_SHOWN; i++) {
        const struct route_summary *r = &s->routes[i];
        const uint64_t counts[] = { r->exchanges, r->compared, r->differing };
        strbuf_add_str(out, "<tr><td>");
        add_code(out, r->route);
        for (size_t k = 0; k < 3; k++) {
            strbuf_add_str(out, "<td class=\"n\">");
            text_add_count(out, counts[k]);
        }
        add_latency(out, r->production_p50_us);
        add_latency(out, r->staging_p50_us);
        add_latency(out, r->production_p95_us);
        add_latency(out, r->staging_p95_us);
        strbuf_add_str(out, "</tr>\n");
    }
    strbuf_add_str(out, "</tbody></table></div>");
    if (s->route_count > ROUTES_SHOWN)
        strbuf_addf(out, "<p>And %zu more routes, in findings.json.</p>",
                    s->route_count - ROUTES_SHOWN);
    strbuf_add_str(out, "</section>\n");
}

static void write_html(const struct report_facts *facts, struct strbuf *out)
{
    add_head(out, facts);
    add_banner(out, facts);
    add_gates(out, &facts->verdict);
    add_findings(out, facts);
    add_forecast(out, &facts->summary);
    if (facts->gates)
        doors_add_html(facts->gates, out);
    add_tolerances(out, &facts->summary);
    if (facts->simulation)
        simulation_add_section(facts->simulation, out);
    add_coverage(out, &facts->summary);
    leaks_add_html(out, facts->leaks);
    bindings_add_html(out, &facts->bindings);
    add_routes(out, &facts->summary);
    write_ledger_add_html(out, facts->ledger);
    add_accounts(out, "import", "Import", facts->accounts, facts->account_count);
    add_accounts(out, "skipped", "Planned and not sent", facts->skipped, facts->skipped_count);
    html_page_close(out, facts->tool);
}

const struct report_writer report_html = {
    .file = "index.html",
    .summary = "the report as one page, without network or script",
    .write = write_html,
};
