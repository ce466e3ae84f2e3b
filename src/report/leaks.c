#include "rehearse/report/leaks.h"

#include "facts.h"
#include "markdown_text.h"
#include "rehearse/base/json_text.h"
#include "rehearse/base/text.h"

enum { LEAKS_SHOWN = 60, LEAKS_IN_MARKDOWN = 15 };

static bool says_anything(const struct report_leaks *l)
{
    return l && l->watched;
}

static void add_share_of(struct strbuf *out, uint64_t part, uint64_t all, const char *what)
{
    text_add_count(out, part);
    strbuf_add_str(out, " of ");
    facts_add_plural(out, all, what);
    if (!all)
        return;
    strbuf_add_str(out, " (");
    facts_add_share(out, (double)part / (double)all);
    strbuf_add_char(out, ')');
}

/* "33 members with 192 marks …" */
static void add_sentences(struct strbuf *out, const struct report_leaks *l)
{
    facts_add_plural(out, l->members, "member");
    strbuf_add_str(out, " and the visitors without account were replayed side by side; ");
    facts_add_plural(out, l->answers, "answer");
    strbuf_add_str(out, " searched for what is another member's own: ");
    facts_add_plural(out, l->marks, "mark");
    strbuf_add_str(out,
                   " of the accounts, and the tokens and numbers that staging gave. Covered: ");
    add_share_of(out, l->pairs, l->pairs_in_all, "pair");
    strbuf_add_str(out, " of members, which were answered on a route in common; ");
    add_share_of(out, l->routes_covered, l->routes, "route");
    strbuf_add_str(out, " reached logged in, which somebody else was answered on too. ");
    if (!l->leak_count)
        strbuf_add_str(out, "Nothing of one member was shown to another or to a stranger.");
    if (l->shown_by_production) {
        strbuf_add_str(out, l->leak_count ? "" : " ");
        text_add_count(out, l->shown_by_production);
        strbuf_add_str(out, " times it was something that production shows to strangers too.");
    }
    if (l->beyond) {
        strbuf_add_char(out, ' ');
        text_add_count(out, l->beyond);
        strbuf_add_str(out, " more were found than are kept.");
    }
}

void leaks_add_html(struct strbuf *out, const struct report_leaks *l)
{
    if (!says_anything(l))
        return;
    strbuf_add_str(out, "<section aria-labelledby=\"leaks\"><h2 id=\"leaks\">Leaks between "
                        "visitors</h2><p>");
    add_sentences(out, l);
    strbuf_add_str(out, "</p>");
    if (l->leak_count)
        strbuf_add_str(out, "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">route"
                            "<th scope=\"col\">what<th scope=\"col\" class=\"n\">answers"
                            "<th scope=\"col\" class=\"n\">from a cache"
                            "<th scope=\"col\">the path of the clearest</tr></thead><tbody>\n");
    for (size_t i = 0; i < l->leak_count && i < LEAKS_SHOWN; i++) {
        const struct report_leak *leak = &l->leaks[i];
        strbuf_add_str(out, "<tr><td><code>");
        text_add_html(out, leak->route, TITLE_BYTES);
        strbuf_add_str(out, "</code><td>");
        text_add_html(out, leak->marks, TITLE_BYTES);
        strbuf_add_str(out, "<td class=\"n\">");
        text_add_count(out, leak->answers);
        strbuf_add_str(out, "<td class=\"n\">");
        text_add_count(out, leak->cached);
        strbuf_add_str(out, "<td>");
        text_add_html(out, leak->path, EFFECT_BYTES);
        strbuf_add_str(out, "</tr>\n");
    }
    if (l->leak_count)
        strbuf_add_str(out, "</tbody></table></div>");
    if (l->leak_count > LEAKS_SHOWN)
        strbuf_addf(out, "<p>And %zu more routes, in findings.json.</p>",
                    l->leak_count - LEAKS_SHOWN);
    strbuf_add_str(out, "</section>\n");
}

void leaks_add_markdown(struct strbuf *out, const struct report_leaks *l)
{
    if (!says_anything(l))
        return;
    strbuf_add_str(out, "\n## Leaks between visitors\n\n");
    add_sentences(out, l);
    strbuf_add_str(out, "\n");
    for (size_t i = 0; i < l->leak_count && i < LEAKS_IN_MARKDOWN; i++) {
        const struct report_leak *leak = &l->leaks[i];
        strbuf_add_str(out, i ? "- " : "\n- ");
        markdown_add_code(out, leak->route, TITLE_BYTES);
        strbuf_add_str(out, ": ");
        markdown_add_plain(out, leak->path, EFFECT_BYTES);
        strbuf_add_char(out, '\n');
    }
}

static void add_leak_json(struct strbuf *out, const struct report_leak *leak)
{
    bool first = true;
    strbuf_add_char(out, '{');
    json_member_string(out, &first, "route", leak->route);
    json_member_string(out, &first, "marks", leak->marks);
    json_member_u64(out, &first, "answers", leak->answers);
    json_member_u64(out, &first, "from_cache", leak->cached);
    json_member_string(out, &first, "path", leak->path);
    json_add_key(out, &first, "in_another_finding");
    strbuf_add_str(out, leak->folded ? "true" : "false");
    strbuf_add_char(out, '}');
}

void leaks_add_json(struct strbuf *out, const struct report_leaks *l)
{
    bool first = true;
    if (!says_anything(l)) {
        strbuf_add_str(out, "null");
        return;
    }
    strbuf_add_char(out, '{');
    json_member_u64(out, &first, "members", l->members);
    json_member_u64(out, &first, "marks", l->marks);
    json_member_u64(out, &first, "answers", l->answers);
    json_member_u64(out, &first, "pairs", l->pairs);
    json_member_u64(out, &first, "pairs_in_all", l->pairs_in_all);
    json_member_u64(out, &first, "routes", l->routes);
    json_member_u64(out, &first, "routes_covered", l->routes_covered);
    json_member_u64(out, &first, "shown_by_production", l->shown_by_production);
    json_member_u64(out, &first, "beyond", l->beyond);
    json_add_key(out, &first, "found");
    strbuf_add_char(out, '[');
    for (size_t i = 0; i < l->leak_count; i++) {
        strbuf_add_str(out, i ? ",\n    " : "\n    ");
        add_leak_json(out, &l->leaks[i]);
    }
    strbuf_add_str(out, "]}");
}
