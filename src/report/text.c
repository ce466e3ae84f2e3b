/* The report on a terminal: what one needs before opening the page. */
#include "facts.h"
#include "rehearse/base/text.h"

static const char *const severity_colors[] = {
    [SEVERITY_INFO] = "\x1b[36m",
    [SEVERITY_MINOR] = "\x1b[33m",
    [SEVERITY_MAJOR] = "\x1b[31m",
    [SEVERITY_CRITICAL] = "\x1b[1;31m",
};

static void add_colored(struct strbuf *out, bool color, const char *code, const char *text)
{
    if (color)
        strbuf_addf(out, "%s%s\x1b[0m", code, text);
    else
        strbuf_add_str(out, text);
}

static void add_value(struct strbuf *out, const char *side, struct span value)
{
    strbuf_addf(out, "      %-11s", side);
    if (span_is_none(value))
        strbuf_add_str(out, "(absent)");
    else
        text_add_printable(out, value, 200);
    strbuf_add_char(out, '\n');
}

static void add_finding(struct strbuf *out, const struct finding *f, bool color)
{
    strbuf_add_str(out, "  ");
    add_colored(out, color, severity_colors[f->severity], severity_name(f->severity));
    strbuf_addf(out, "%*s", (int)(10 - strlen(severity_name(f->severity))), "");
    text_add_printable(out, f->title, 200);
    strbuf_add_str(out, f->waived ? " (waived)\n      " : "\n      ");
    text_add_printable(out, f->kind, 60);
    strbuf_add_str(out, " · ");
    text_add_printable(out, f->route, 80);
    if (f->route_count > 1)
        strbuf_addf(out, " (%zu routes)", f->route_count);
    strbuf_add_str(out, " · ");
    facts_add_plural(out, f->exchanges, "exchange");
    strbuf_add_str(out, " · ");
    facts_add_share(out, f->traffic_share);
    strbuf_add_str(out, " of traffic · ");
    text_add_printable(out, f->id, 40);
    strbuf_add_char(out, '\n');
    add_value(out, "production", f->production);
    add_value(out, "staging", f->staging);
}

static void add_gate(struct strbuf *out, const struct gate *gate, bool color)
{
    const char *word = gate_outcome_name(gate->outcome);
    strbuf_add_str(out, "  gate ");
    add_colored(out, color, gate->outcome == GATE_PASSED ? "\x1b[32m" : "\x1b[31m", word);
    strbuf_addf(out, "%*s", (int)(10 - strlen(word)), "");
    text_add_printable(out, gate->name, 60);
    strbuf_add_str(out, ": ");
    text_add_printable(out, gate->reason, 300);
    strbuf_add_char(out, '\n');
}

void report_add_text(const struct report_facts *facts, struct strbuf *out, size_t max, bool color)
{
    add_colored(out, color, facts->verdict.go ? "\x1b[1;32m" : "\x1b[1;31m", verdict_word(facts));
    strbuf_add_str(out, "  ");
    text_add_printable(out, facts->name, 100);
    strbuf_add_str(out, "\n  ");
    facts_add_coverage(out, facts);
    strbuf_add_char(out, '\n');
    size_t before = out->len;
    strbuf_add_str(out, "  ");
    facts_add_not_compared(out, facts);
    if (out->len > before + 2)
        strbuf_add_char(out, '\n');
    else
        strbuf_cut(out, before);
    for (size_t i = 0; i < facts->verdict.gate_count; i++)
        add_gate(out, &facts->verdict.gates[i], color);
    if (facts->findings->len == 0)
        strbuf_add_str(out, "  no finding\n");
    for (size_t i = 0; i < facts->findings->len && i < max; i++)
        add_finding(out, &facts->findings->at[i], color);
    if (facts->findings->len > max)
        strbuf_addf(out, "  … and %zu more findings, in the report\n", facts->findings->len - max);
}
