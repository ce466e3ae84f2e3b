#include "bindings.h"

#include "facts.h"
#include "markdown_text.h"
#include "rehearse/base/json_text.h"
#include "rehearse/base/text.h"

enum { UNRESOLVED_SHOWN = 40, UNRESOLVED_IN_MARKDOWN = 10, PLACE_BYTES = 200 };

static bool has_any(const struct report_bindings *b)
{
    return b->given || b->kept || b->missing || b->graph_count;
}

/* "Of 1,234 values that earlier answers had given, …" */
static void add_sentence(struct strbuf *out, const struct report_bindings *b)
{
    uint64_t all = b->given + b->kept + b->missing;
    strbuf_add_str(out, "Of ");
    facts_add_plural(out, all, "value");
    strbuf_add_str(out, " that an earlier answer of the visit had given (numbers, links, tokens, "
                        "files of a build), staging gave its own for ");
    text_add_count(out, b->given);
    strbuf_add_str(out, " and named the same for ");
    text_add_count(out, b->kept);
    strbuf_add_str(out, "; ");
    text_add_count(out, b->missing);
    strbuf_add_str(out, " went out as they were recorded. Resolved: ");
    facts_add_share(out, all ? (double)(b->given + b->kept) / (double)all : 1);
    strbuf_add_char(out, '.');
}

/* ---- HTML ---- */

static void add_unresolved_html(struct strbuf *out, const struct report_bindings *b)
{
    if (!b->unresolved_count)
        return;
    strbuf_add_str(out, "<h3>Unresolved</h3><div class=\"scroll\"><table><thead><tr>"
                        "<th scope=\"col\">value<th scope=\"col\" class=\"n\">times</tr></thead>"
                        "<tbody>\n");
    for (size_t i = 0; i < b->unresolved_count && i < UNRESOLVED_SHOWN; i++) {
        strbuf_add_str(out, "<tr><td>");
        text_add_html(out, b->unresolved[i].what, VALUE_BYTES);
        strbuf_add_str(out, "<td class=\"n\">");
        text_add_count(out, b->unresolved[i].count);
        strbuf_add_str(out, "</tr>\n");
    }
    strbuf_add_str(out, "</tbody></table></div>");
    if (b->unresolved_count > UNRESOLVED_SHOWN)
        strbuf_addf(out, "<p>And %zu more kinds, in findings.json.</p>",
                    b->unresolved_count - UNRESOLVED_SHOWN);
}

static void add_source_html(struct strbuf *out, const struct report_binding *g)
{
    if (g->by_shape)
        strbuf_add_str(out, "what staging offers like <code>");
    else
        strbuf_addf(out, "answer %u, <code>", g->source_seq);
    text_add_html(out, g->source, PLACE_BYTES);
    strbuf_add_str(out, "</code>");
}

static void add_graph_html(struct strbuf *out, const struct report_bindings *b)
{
    if (!b->graph_count)
        return;
    strbuf_addf(out,
                "<details><summary>the bindings of visit %016llx</summary><div class=\"scroll\">"
                "<table><thead><tr><th scope=\"col\" class=\"n\">request<th scope=\"col\">asks"
                "<th scope=\"col\">with<th scope=\"col\">from</tr></thead><tbody>\n",
                (unsigned long long)b->session);
    for (size_t i = 0; i < b->graph_count; i++) {
        const struct report_binding *g = &b->graph[i];
        strbuf_addf(out, "<tr><td class=\"n\">%u<td>", g->seq);
        text_add_html(out, g->request, PLACE_BYTES);
        strbuf_add_str(out, "<td><code>");
        text_add_html(out, g->sink, PLACE_BYTES);
        strbuf_add_str(out, "</code><td>");
        add_source_html(out, g);
        strbuf_add_str(out, "</tr>\n");
    }
    strbuf_add_str(out, "</tbody></table></div></details>");
}

void bindings_add_html(struct strbuf *out, const struct report_bindings *b)
{
    if (!has_any(b))
        return;
    strbuf_add_str(out, "<section aria-labelledby=\"bindings\"><h2 id=\"bindings\">Bindings</h2><p>");
    add_sentence(out, b);
    strbuf_add_str(out, "</p>");
    add_unresolved_html(out, b);
    add_graph_html(out, b);
    strbuf_add_str(out, "</section>\n");
}

/* ---- Markdown ---- */

void bindings_add_markdown(struct strbuf *out, const struct report_bindings *b)
{
    if (!has_any(b))
        return;
    strbuf_add_str(out, "\n## Bindings\n\n");
    add_sentence(out, b);
    strbuf_add_str(out, "\n");
    for (size_t i = 0; i < b->unresolved_count && i < UNRESOLVED_IN_MARKDOWN; i++) {
        strbuf_add_str(out, i ? "- " : "\nUnresolved:\n\n- ");
        markdown_add_code(out, b->unresolved[i].what, PLACE_BYTES);
        strbuf_addf(out, ", %llu times\n", (unsigned long long)b->unresolved[i].count);
    }
}

/* ---- JSON ---- */

static void add_unresolved_json(struct strbuf *out, const struct report_bindings *b)
{
    strbuf_add_char(out, '[');
    for (size_t i = 0; i < b->unresolved_count; i++) {
        bool first = true;
        strbuf_add_str(out, i ? ",\n      {" : "\n      {");
        json_member_string(out, &first, "what", b->unresolved[i].what);
        json_member_u64(out, &first, "times", b->unresolved[i].count);
        strbuf_add_char(out, '}');
    }
    strbuf_add_char(out, ']');
}

static void add_graph_json(struct strbuf *out, const struct report_bindings *b)
{
    strbuf_add_char(out, '[');
    for (size_t i = 0; i < b->graph_count; i++) {
        const struct report_binding *g = &b->graph[i];
        bool first = true;
        strbuf_add_str(out, i ? ",\n      {" : "\n      {");
        json_member_u64(out, &first, "seq", g->seq);
        json_member_string(out, &first, "request", g->request);
        json_member_string(out, &first, "sink", g->sink);
        if (!g->by_shape)
            json_member_u64(out, &first, "source_seq", g->source_seq);
        json_member_string(out, &first, "source", g->source);
        strbuf_add_char(out, '}');
    }
    strbuf_add_char(out, ']');
}

void bindings_add_json(struct strbuf *out, bool *first, const struct report_bindings *b)
{
    bool inner = true;
    json_add_key(out, first, "bindings");
    strbuf_add_char(out, '{');
    json_member_u64(out, &inner, "given", b->given);
    json_member_u64(out, &inner, "kept", b->kept);
    json_member_u64(out, &inner, "missing", b->missing);
    json_add_key(out, &inner, "unresolved");
    add_unresolved_json(out, b);
    json_member_u64(out, &inner, "unresolved_beyond", b->unresolved_beyond);
    json_add_key(out, &inner, "graph");
    add_graph_json(out, b);
    strbuf_add_char(out, '}');
}
