#include "rehearse/report/ledger.h"

#include <stdlib.h>

#include "facts.h"
#include "rehearse/base/json_text.h"
#include "rehearse/base/text.h"

/* A report lists so many routes; the rest is in findings.json. */
enum { LINES_SHOWN = 200, SAFETY_SHOWN = 40 };

void write_ledger_release(struct write_ledger *ledger)
{
    free(ledger->lines);
    free(ledger->entries);
    free(ledger->safety);
    arena_release(&ledger->arena);
    *ledger = (struct write_ledger){ .lines = NULL };
}

/* ---- in words ---- */

static void add_answers(struct strbuf *out, const struct write_ledger_line *line)
{
    for (size_t i = 0; i < line->status_count; i++) {
        strbuf_addf(out, "%s%d", i ? ", " : "", line->statuses[i].status);
        if (line->statuses[i].count > 1) {
            strbuf_add_str(out, " × ");
            text_add_count(out, line->statuses[i].count);
        }
    }
    if (line->counts.failed) {
        strbuf_add_str(out, line->status_count ? ", no answer × " : "no answer × ");
        text_add_count(out, line->counts.failed);
    }
}

static struct span undo_of(const struct write_ledger_line *line)
{
    if (line->counts.sent == 0)
        return SPAN("");
    return span_is_none(line->undo) ? SPAN("none known") : line->undo;
}

/* "12 unsafe requests: 9 sent, 3 skipped." and what deserves a second look. */
static void add_sum(struct strbuf *out, const struct write_ledger *ledger)
{
    uint64_t sent = 0, grave = ledger->classes[MUTATION_PAYMENT].sent +
                               ledger->classes[MUTATION_MESSAGE].sent;
    for (int i = 0; i < MUTATION_CLASSES; i++)
        sent += ledger->classes[i].sent;
    facts_add_plural(out, ledger->total, "unsafe request");
    strbuf_add_str(out, ": ");
    text_add_count(out, sent);
    strbuf_add_str(out, " sent, ");
    text_add_count(out, ledger->total - sent);
    strbuf_add_str(out, " skipped.");
    if (ledger->superseded) {
        strbuf_add_char(out, ' ');
        facts_add_plural(out, ledger->superseded, "exchange");
        strbuf_add_str(out, " of sessions that were begun again after a stop are not in it.");
    }
    if (!grave)
        return;
    strbuf_add_str(out, " Of the sent, ");
    text_add_count(out, ledger->classes[MUTATION_PAYMENT].sent);
    strbuf_add_str(out, " look like payments and ");
    text_add_count(out, ledger->classes[MUTATION_MESSAGE].sent);
    strbuf_add_str(out, " like messages to people; mutations: {payment: refuse, message: refuse} "
                        "keeps them from being sent.");
}

/* ---- JSON ---- */

static void add_count_member(struct strbuf *out, bool *first, const char *key, uint64_t n)
{
    json_add_key(out, first, key);
    strbuf_add_u64(out, n);
}

static void add_text_member(struct strbuf *out, bool *first, const char *key, struct span text)
{
    json_add_key(out, first, key);
    json_add_string_or_null(out, span_is_none(text) ? text : span_head(text, EFFECT_BYTES));
}

static void add_counts(struct strbuf *out, bool *first, const struct write_ledger_counts *c)
{
    add_count_member(out, first, "sent", c->sent);
    add_count_member(out, first, "skipped", c->skipped);
    add_count_member(out, first, "failed", c->failed);
    add_count_member(out, first, "undo_known", c->undo_known);
}

static void add_line_json(struct strbuf *out, const struct write_ledger_line *line)
{
    bool first = true;
    strbuf_add_char(out, '{');
    add_text_member(out, &first, "class", span_of(mutation_class_name(line->class)));
    add_text_member(out, &first, "method", line->method);
    add_text_member(out, &first, "route", line->route);
    add_text_member(out, &first, "sign", span_of(line->sign));
    add_text_member(out, &first, "class_by", span_of(line->why));
    add_counts(out, &first, &line->counts);
    json_add_key(out, &first, "statuses");
    for (size_t i = 0; i < line->status_count; i++)
        strbuf_addf(out, "%s{\"status\":%d,\"count\":%llu}", i ? "," : "[",
                    line->statuses[i].status, (unsigned long long)line->statuses[i].count);
    strbuf_add_str(out, line->status_count ? "]" : "[]");
    add_text_member(out, &first, "reason", line->reason);
    add_text_member(out, &first, "undo", line->undo);
    strbuf_add_char(out, '}');
}

void write_ledger_add_entry_json(struct strbuf *out, const struct write_ledger_entry *entry)
{
    bool first = true;
    strbuf_addf(out, "{\"session\":\"%016llx\",\"seq\":%u", (unsigned long long)entry->session,
                entry->seq);
    first = false;
    add_text_member(out, &first, "class", span_of(mutation_class_name(entry->class)));
    add_text_member(out, &first, "method", entry->method);
    add_text_member(out, &first, "target", entry->target);
    add_text_member(out, &first, "route", entry->route);
    add_text_member(out, &first, "sign", span_of(entry->sign));
    add_text_member(out, &first, "class_by", span_of(entry->why));
    json_add_key(out, &first, "sent");
    strbuf_add_str(out, entry->sent ? "true" : "false");
    json_add_key(out, &first, "status");
    strbuf_addf(out, "%d", entry->status);
    add_text_member(out, &first, "note", entry->note);
    add_text_member(out, &first, "undo", entry->undo);
    strbuf_add_char(out, '}');
}

void write_ledger_add_members(struct strbuf *out, const struct write_ledger *ledger)
{
    strbuf_addf(out, "\"total\":%llu,\"superseded\":%llu,\"classes\":{",
                (unsigned long long)ledger->total, (unsigned long long)ledger->superseded);
    bool first_class = true;
    for (int i = 0; i < MUTATION_CLASSES; i++) {
        bool first = true;
        json_add_key(out, &first_class, mutation_class_name((enum mutation_class)i));
        strbuf_add_char(out, '{');
        add_counts(out, &first, &ledger->classes[i]);
        strbuf_add_char(out, '}');
    }
    strbuf_add_str(out, "},\"lines\":[");
    for (size_t i = 0; i < ledger->line_count; i++) {
        strbuf_add_str(out, i ? "," : "");
        add_line_json(out, &ledger->lines[i]);
    }
    strbuf_add_str(out, "],\"safety\":[");
    for (size_t i = 0; i < ledger->safety_count; i++) {
        strbuf_add_str(out, i ? "," : "");
        json_add_string(out, ledger->safety[i]);
    }
    strbuf_add_char(out, ']');
}

void write_ledger_add_json(struct strbuf *out, const struct write_ledger *ledger)
{
    if (!ledger) {
        strbuf_add_str(out, "null");
        return;
    }
    strbuf_add_char(out, '{');
    write_ledger_add_members(out, ledger);
    strbuf_add_str(out, ",\"entries\":[");
    for (size_t i = 0; i < ledger->entry_count; i++) {
        strbuf_add_str(out, i ? "," : "");
        write_ledger_add_entry_json(out, &ledger->entries[i]);
    }
    strbuf_add_str(out, "]}");
}

/* ---- a terminal ---- */

void write_ledger_add_entry_text(struct strbuf *out, const struct write_ledger_entry *entry)
{
    strbuf_addf(out, "%016llx %4u  %-10s  ", (unsigned long long)entry->session, entry->seq,
                mutation_class_name(entry->class));
    text_add_printable(out, entry->method, 20);
    strbuf_add_char(out, ' ');
    text_add_printable(out, entry->target, 120);
    strbuf_add_str(out, "  ");
    if (entry->status)
        strbuf_addf(out, "%d", entry->status);
    else
        strbuf_add_str(out, entry->sent ? "no answer" : "not sent");
    if (entry->note.len) {
        strbuf_add_str(out, ": ");
        text_add_printable(out, entry->note, 200);
    }
    if (entry->sent) {
        strbuf_add_str(out, "  undo: ");
        text_add_printable(out, span_is_none(entry->undo) ? SPAN("none known") : entry->undo, 200);
    }
}

void write_ledger_add_text(struct strbuf *out, const struct write_ledger *ledger)
{
    add_sum(out, ledger);
    strbuf_addf(out, "\n%-12s%10s%10s%10s%12s\n", "class", "sent", "skipped", "failed",
                "undo known");
    for (int i = 0; i < MUTATION_CLASSES; i++) {
        const struct write_ledger_counts *c = &ledger->classes[i];
        if (c->sent + c->skipped)
            strbuf_addf(out, "%-12s%10llu%10llu%10llu%12llu\n",
                        mutation_class_name((enum mutation_class)i), (unsigned long long)c->sent,
                        (unsigned long long)c->skipped, (unsigned long long)c->failed,
                        (unsigned long long)c->undo_known);
    }
    for (size_t i = 0; i < ledger->line_count && i < LINES_SHOWN; i++) {
        const struct write_ledger_line *line = &ledger->lines[i];
        strbuf_addf(out, "%-12s%10llu%10llu  ", mutation_class_name(line->class),
                    (unsigned long long)line->counts.sent,
                    (unsigned long long)line->counts.skipped);
        text_add_printable(out, line->method, 20);
        strbuf_add_char(out, ' ');
        text_add_printable(out, line->route, 100);
        strbuf_add_str(out, "  ");
        add_answers(out, line);
        strbuf_add_char(out, '\n');
    }
    for (size_t i = 0; i < ledger->safety_count && i < SAFETY_SHOWN; i++) {
        text_add_printable(out, ledger->safety[i], EFFECT_BYTES);
        strbuf_add_char(out, '\n');
    }
}

/* ---- Markdown ---- */

static void add_cell(struct strbuf *out, struct span text, size_t max)
{
    AUTO(strbuf_release) struct strbuf plain = STRBUF_INIT;
    text_add_html(&plain, text, max);
    for (size_t i = 0; i < plain.len; i++) {
        if (strchr("|*_`[]\\", plain.buf[i]))
            strbuf_add_char(out, '\\');
        strbuf_add_char(out, plain.buf[i]);
    }
}

static void add_line_markdown(struct strbuf *out, const struct write_ledger_line *line)
{
    strbuf_addf(out, "| %s | ", mutation_class_name(line->class));
    add_cell(out, line->method, 20);
    strbuf_add_char(out, ' ');
    add_cell(out, line->route, 200);
    strbuf_add_str(out, " | ");
    text_add_count(out, line->counts.sent);
    strbuf_add_str(out, " | ");
    text_add_count(out, line->counts.skipped);
    strbuf_add_str(out, " | ");
    add_answers(out, line);
    strbuf_add_str(out, " | ");
    add_cell(out, line->reason, 200);
    strbuf_add_str(out, " | ");
    add_cell(out, undo_of(line), 200);
    strbuf_add_str(out, " |\n");
}

void write_ledger_add_markdown(struct strbuf *out, const struct write_ledger *ledger)
{
    if (!ledger || (ledger->total == 0 && ledger->safety_count == 0))
        return;
    strbuf_add_str(out, "\n## What was changed\n\n");
    add_sum(out, ledger);
    strbuf_add_char(out, '\n');
    if (ledger->line_count)
        strbuf_add_str(out, "\n| class | request | sent | skipped | answers | why not | undo |\n"
                            "| --- | --- | ---: | ---: | --- | --- | --- |\n");
    for (size_t i = 0; i < ledger->line_count && i < LINES_SHOWN / 4; i++)
        add_line_markdown(out, &ledger->lines[i]);
    if (ledger->line_count > LINES_SHOWN / 4)
        strbuf_addf(out, "\n… and %zu more, in findings.json.\n",
                    ledger->line_count - LINES_SHOWN / 4);
    for (size_t i = 0; i < ledger->safety_count && i < SAFETY_SHOWN; i++) {
        strbuf_add_str(out, i ? "- " : "\n- ");
        add_cell(out, ledger->safety[i], EFFECT_BYTES);
        strbuf_add_char(out, '\n');
    }
}

/* ---- HTML ---- */

static void add_html_cell(struct strbuf *out, const char *tag, struct span text, size_t max)
{
    strbuf_add_str(out, tag);
    text_add_html(out, text, max);
}

static void add_line_html(struct strbuf *out, const struct write_ledger_line *line)
{
    strbuf_addf(out, "<tr><td>%s", mutation_class_name(line->class));
    add_html_cell(out, "<td><code>", line->method, 20);
    add_html_cell(out, " ", line->route, 300);
    strbuf_add_str(out, "</code>");
    add_html_cell(out, "<td>", span_of(line->sign), 200);
    add_html_cell(out, "; its class by ", span_of(line->why), 200);
    strbuf_add_str(out, "<td class=\"n\">");
    text_add_count(out, line->counts.sent);
    strbuf_add_str(out, "<td class=\"n\">");
    text_add_count(out, line->counts.skipped);
    strbuf_add_str(out, "<td>");
    add_answers(out, line);
    add_html_cell(out, "<td>", line->reason, 300);
    add_html_cell(out, "<td>", undo_of(line), 300);
    strbuf_add_str(out, "</tr>\n");
}

static void add_lines_html(struct strbuf *out, const struct write_ledger *ledger)
{
    if (!ledger->line_count)
        return;
    strbuf_add_str(
        out,
        "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">class<th scope=\"col\">request"
        "<th scope=\"col\">sign<th scope=\"col\" class=\"n\">sent<th scope=\"col\" class=\"n\">"
        "skipped<th scope=\"col\">answers<th scope=\"col\">why not<th scope=\"col\">undo</tr>"
        "</thead><tbody>\n");
    for (size_t i = 0; i < ledger->line_count && i < LINES_SHOWN; i++)
        add_line_html(out, &ledger->lines[i]);
    strbuf_add_str(out, "</tbody></table></div>");
    if (ledger->line_count > LINES_SHOWN)
        strbuf_addf(out, "<p>And %zu more, in findings.json.</p>",
                    ledger->line_count - LINES_SHOWN);
}

void write_ledger_add_html(struct strbuf *out, const struct write_ledger *ledger)
{
    if (!ledger || (ledger->total == 0 && ledger->safety_count == 0))
        return;
    strbuf_add_str(out, "<section aria-labelledby=\"ledger\"><h2 id=\"ledger\">What was changed"
                        "</h2><p>");
    add_sum(out, ledger);
    strbuf_add_str(out, "</p>\n");
    add_lines_html(out, ledger);
    for (size_t i = 0; i < ledger->safety_count && i < SAFETY_SHOWN; i++) {
        strbuf_add_str(out, i ? "<li>" : "<ul><li>");
        text_add_html(out, ledger->safety[i], EFFECT_BYTES);
        strbuf_add_str(out, "</li>\n");
    }
    strbuf_add_str(out, ledger->safety_count ? "</ul></section>\n" : "</section>\n");
}
