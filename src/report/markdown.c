/*
 * report.md: the report for a release or a pull request. Values from outside go
 * into code spans or are escaped; at most LISTED findings are told in full, so
 * that it stays under the 60 KB that code hosts take.
 */
#include "bindings.h"
#include "cache_facts.h"
#include "facts.h"
#include "markdown_text.h"
#include "rehearse/base/text.h"
#include "rehearse/report/doors.h"

enum { LISTED = 30, SIZE_MAX_BYTES = 56000 };

static void add_gates(struct strbuf *out, const struct verdict *verdict)
{
    strbuf_add_str(out, "\n## Gates\n\n| gate | outcome | measured |\n| --- | --- | --- |\n");
    for (size_t i = 0; i < verdict->gate_count; i++) {
        const struct gate *gate = &verdict->gates[i];
        strbuf_add_str(out, "| ");
        markdown_add_plain(out, gate->name, TITLE_BYTES);
        strbuf_addf(out, " | %s | ", gate_outcome_name(gate->outcome));
        markdown_add_plain(out, gate->reason, VALUE_BYTES);
        strbuf_add_str(out, " |\n");
    }
}

/* A table with a column a side. */
static void add_rows(struct strbuf *out, const struct cache_row *rows, size_t count)
{
    if (count == 0)
        return;
    strbuf_add_str(out, "\n| in a shared cache | production | staging |\n| --- | ---: | ---: |\n");
    for (size_t i = 0; i < count; i++) {
        strbuf_add_str(out, "| ");
        markdown_add_plain(out, rows[i].what, TITLE_BYTES);
        for (int side = 0; side < 2; side++) {
            strbuf_add_str(out, " | ");
            markdown_add_plain(out, rows[i].side[side], TITLE_BYTES);
        }
        strbuf_add_str(out, " |\n");
    }
}

static void add_whys(struct strbuf *out, const struct finding_cache *cache)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct cache_why whys[CACHE_WHYS_MAX];
    size_t count = facts_cache_whys(cache, &arena, whys);
    for (size_t i = 0; i < count; i++) {
        strbuf_addf(out, "- %s: ", whys[i].label);
        markdown_add_plain(out, whys[i].text, VALUE_BYTES);
        strbuf_add_char(out, '\n');
    }
}

static void add_forecast(struct strbuf *out, const struct comparison_summary *s)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct cache_row rows[CACHE_ROWS_MAX];
    size_t count = facts_forecast_rows(s, &arena, rows);
    if (count) {
        strbuf_add_str(out, "\n## Shared cache\n\n");
        facts_add_forecast_basis(out, s);
        strbuf_add_char(out, '\n');
        add_rows(out, rows, count);
    }
}

/* New on staging in bold: what production has too is known to its caches. */
static void add_tolerance(struct strbuf *out, const struct tolerance_line *line)
{
    int example = facts_tolerance_side(line);
    strbuf_add_str(out, "| ");
    markdown_add_code(out, line->field, 100);
    strbuf_add_str(out, " | ");
    markdown_add_plain(out, line->sentence, VALUE_BYTES);
    strbuf_add_str(out, line->is_new ? " **new on staging** | " : " | ");
    markdown_add_code(out, line->value[example], 120);
    strbuf_add_str(out, " in ");
    markdown_add_code(out, line->where[example], 120);
    for (int side = 0; side < 2; side++) {
        AUTO(strbuf_release) struct strbuf told = STRBUF_INIT;
        facts_add_tolerated(&told, line, side);
        strbuf_add_str(out, " | ");
        markdown_add_plain(out, told.len ? strbuf_span(&told) : SPAN("–"), TITLE_BYTES);
    }
    strbuf_add_str(out, " |\n");
}

static void add_tolerances(struct strbuf *out, const struct comparison_summary *s)
{
    AUTO(strbuf_release) struct strbuf left = STRBUF_INIT;
    if (!s->tolerance_count)
        return;
    strbuf_add_str(out, "\n## Tolerated\n\nWhat is wrong in the answers' cache fields, and what a "
                        "shared cache makes of the first such answer.\n\n"
                        "| field | what is tolerated | example | production | staging |\n"
                        "| --- | --- | --- | --- | --- |\n");
    size_t shown = 0;
    for (; shown < s->tolerance_count && shown < 30 && out->len < SIZE_MAX_BYTES; shown++)
        add_tolerance(out, &s->tolerances[shown]);
    facts_add_tolerances_left(&left, s, shown);
    if (left.len)
        strbuf_addf(out, "\n%s\n", left.buf);
}

static void add_notes(struct strbuf *out, const struct comparison_summary *s)
{
    for (size_t i = 0; i < s->note_count; i++) {
        strbuf_add_str(out, i ? "- " : "\n- ");
        markdown_add_plain(out, s->notes[i].text, VALUE_BYTES);
        strbuf_add_str(out, " (");
        facts_add_plural(out, s->notes[i].exchanges, "exchange");
        strbuf_add_str(out, ")\n");
    }
}

static void add_coverage(struct strbuf *out, const struct report_facts *facts)
{
    const struct comparison_summary *s = &facts->summary;
    strbuf_add_str(out, "\n## Coverage\n\n");
    facts_add_coverage(out, facts);
    strbuf_add_str(out, "\n\nProduction: ");
    markdown_add_plain(out, facts->production, VALUE_BYTES);
    strbuf_add_str(out, ", ");
    facts_add_time(out, facts->captured_first_us);
    strbuf_add_str(out, " to ");
    facts_add_time(out, facts->captured_last_us);
    strbuf_add_str(out, ". Staging: ");
    markdown_add_plain(out, facts->staging, VALUE_BYTES);
    strbuf_add_str(out, ".\n\n| what | exchanges | compared, or why not |\n| --- | ---: | --- |\n");
    for (size_t i = 0; i < s->coverage_count; i++) {
        strbuf_add_str(out, "| ");
        markdown_add_plain(out, s->coverage[i].what, TITLE_BYTES);
        strbuf_add_str(out, " | ");
        text_add_count(out, s->coverage[i].exchanges);
        strbuf_add_str(out, " | ");
        markdown_add_plain(out, coverage_outcome(&s->coverage[i]), TITLE_BYTES);
        strbuf_add_str(out, " |\n");
    }
    add_notes(out, s);
}

static void add_accounts(struct strbuf *out, const char *title,
                         const struct report_account *accounts, size_t count)
{
    if (count == 0)
        return;
    strbuf_addf(out,
                "\n### %s\n\n| source | outcome | reason | count |\n| --- | --- | --- | ---: |\n",
                title);
    for (size_t i = 0; i < count && i < 60; i++) {
        strbuf_add_str(out, "| ");
        markdown_add_plain(out, accounts[i].source, TITLE_BYTES);
        strbuf_add_str(out, " | ");
        markdown_add_plain(out, accounts[i].outcome, TITLE_BYTES);
        strbuf_add_str(out, " | ");
        markdown_add_plain(out, accounts[i].reason, TITLE_BYTES);
        strbuf_add_str(out, " | ");
        text_add_count(out, accounts[i].count);
        strbuf_add_str(out, " |\n");
    }
    if (count > 60)
        strbuf_addf(out, "\n… and %zu more lines, in findings.json.\n", count - 60);
}

static void add_finding(struct strbuf *out, const struct finding *f)
{
    strbuf_addf(out, "\n### %s: ", severity_name(f->severity));
    markdown_add_plain(out, f->title, TITLE_BYTES);
    strbuf_add_str(out, "\n\n");
    markdown_add_plain(out, f->effect, EFFECT_BYTES);
    strbuf_add_str(out, "\n\n- ");
    markdown_add_code(out, f->kind, 60);
    strbuf_add_str(out, " on ");
    markdown_add_code(out, f->route, 200);
    if (f->route_count > 1)
        strbuf_addf(out, " (%zu routes)", f->route_count);
    strbuf_add_str(out, ", ");
    facts_add_plural(out, f->exchanges, "exchange");
    strbuf_add_str(out, " in ");
    facts_add_plural(out, f->sessions, "session");
    strbuf_add_str(out, ", ");
    facts_add_share(out, f->traffic_share);
    strbuf_add_str(out, " of the traffic compared, id ");
    markdown_add_code(out, f->id, 40);
    strbuf_add_str(out, f->waived ? ", waived\n- production: " : "\n- production: ");
    markdown_add_code(out, f->production, VALUE_BYTES);
    strbuf_add_str(out, "\n- staging: ");
    markdown_add_code(out, f->staging, VALUE_BYTES);
    strbuf_add_char(out, '\n');
    if (f->cache)
        add_whys(out, f->cache);
    if (f->example_count && f->examples[0].curl_staging.len) {
        strbuf_add_str(out, "- see it: ");
        markdown_add_code(out, f->examples[0].curl_staging, 1000);
        strbuf_add_char(out, '\n');
    }
}

static void add_findings(struct strbuf *out, const struct report_facts *facts)
{
    const struct findings *findings = facts->findings;
    strbuf_add_str(out, "\n## Findings\n");
    if (findings->len == 0)
        strbuf_add_str(out, facts->summary.compared
                                ? "\nNone: staging treated this traffic as production did.\n"
                                : "\nNone, for nothing was compared.\n");
    size_t told = 0;
    for (; told < findings->len && told < LISTED && out->len < SIZE_MAX_BYTES - 8000; told++)
        add_finding(out, &findings->at[told]);
    if (told == findings->len)
        return;
    strbuf_addf(out, "\n### %zu more\n\n", findings->len - told);
    for (size_t i = told; i < findings->len && out->len < SIZE_MAX_BYTES - 1000; i++) {
        strbuf_addf(out, "- %s: ", severity_name(findings->at[i].severity));
        markdown_add_plain(out, findings->at[i].title, 150);
        strbuf_add_char(out, '\n');
    }
    strbuf_add_str(out, "\nAll of them are in index.html and findings.json.\n");
}

static void write_markdown(const struct report_facts *facts, struct strbuf *out)
{
    AUTO(strbuf_release) struct strbuf reasons = STRBUF_INIT;
    strbuf_addf(out, "# %s: ", verdict_word(facts));
    markdown_add_plain(out, facts->name, TITLE_BYTES);
    strbuf_add_str(out, "\n\n");
    for (int s = SEVERITY_CRITICAL; s >= SEVERITY_INFO; s--)
        strbuf_addf(out, "%s%llu %s", s == SEVERITY_CRITICAL ? "Findings: " : ", ",
                    (unsigned long long)facts_count(facts, (enum finding_severity)s),
                    severity_name((enum finding_severity)s));
    strbuf_add_str(out, ". ");
    facts_add_coverage(out, facts);
    strbuf_add_char(out, ' ');
    facts_add_not_compared(&reasons, facts);
    markdown_add_plain(out, strbuf_span(&reasons), SIZE_MAX_BYTES);
    strbuf_add_char(out, '\n');
    add_gates(out, &facts->verdict);
    add_findings(out, facts);
    add_forecast(out, &facts->summary);
    if (facts->gates)
        doors_add_markdown(facts->gates, out, LISTED);
    add_tolerances(out, &facts->summary);
    leaks_add_markdown(out, facts->leaks);
    bindings_add_markdown(out, &facts->bindings);
    add_coverage(out, facts);
    write_ledger_add_markdown(out, facts->ledger);
    add_accounts(out, "Import", facts->accounts, facts->account_count);
    add_accounts(out, "Planned and not sent", facts->skipped, facts->skipped_count);
    strbuf_add_str(out, "\nWritten by ");
    markdown_add_plain(out, facts->tool, 100);
    strbuf_add_str(out, ".\n");
}

const struct report_writer report_markdown = {
    .file = "report.md",
    .summary = "the report for a release or a pull request",
    .write = write_markdown,
};
