#include "rehearse/report/doors.h"

#include "rehearse/base/json_text.h"
#include "rehearse/base/text.h"

enum { ROWS_SHOWN = 1000, NAME_BYTES = 120, WHY_BYTES = 200 };

/* ---- which rows belong into a table ---- */

static const struct {
    const char *id, *title, *about;
} tables[] = {
    [COLUMN_PEOPLE] = { "people", "Doors", "Who is let in where." },
    [COLUMN_BOT] = { "crawlers", "Doors for crawlers",
                     "What crawlers get, and where it is not what people get." },
    [COLUMN_LOCALE] = { "languages", "Doors by language",
                        "What visitors of a language get, and in which language." },
    [COLUMN_FLAG] = { "flags", "Feature flags and kill switches", "What a flag opens and closes." },
};
enum { TABLES = sizeof tables / sizeof *tables };

static bool has_column(const struct gate_matrix *m, enum gate_column_kind kind)
{
    for (size_t c = 0; c < m->column_count; c++)
        if (m->columns[c].kind == kind)
            return true;
    return false;
}

static const struct gate_cell *stranger(const struct gate_matrix *m, const struct gate_row *row)
{
    for (size_t c = 0; c < m->column_count; c++)
        if (m->columns[c].kind == COLUMN_PEOPLE && m->columns[c].as_anonymous)
            return &row->cells[c];
    return NULL;
}

static bool is_shut(const struct gate_cell *cell)
{
    return cell->asked && cell->staging != ANSWER_ALLOW;
}

/* A flag's two sides, or a crawler and a stranger, are told apart by staging. */
static bool tells_apart(const struct gate_matrix *m, const struct gate_row *row, size_t c)
{
    const struct gate_cell *cell = &row->cells[c], *other = NULL;
    if (m->columns[c].kind == COLUMN_BOT)
        other = stranger(m, row);
    else if (m->columns[c].kind == COLUMN_FLAG && m->columns[c].flag_on)
        for (size_t o = 0; o < m->column_count; o++)
            if (o != c && span_eq(m->columns[o].flag, m->columns[c].flag))
                other = &row->cells[o];
    return other && cell->asked && other->asked && cell->staging != other->staging &&
           (is_shut(cell) || is_shut(other));
}

/* A member's own page, open to another one: nobody knows what production does. */
static bool is_worth_a_look(const struct gate_column *column, const struct gate_cell *cell)
{
    return column->of_another && cell->known == KNOWN_NOT && cell->asked &&
           cell->staging == ANSWER_ALLOW;
}

static bool is_shown(const struct gate_matrix *m, const struct gate_row *row,
                     enum gate_column_kind kind)
{
    for (size_t c = 0; c < m->column_count; c++)
        if (m->columns[c].kind == kind && (row->cells[c].differs || tells_apart(m, row, c) ||
                                           is_worth_a_look(&m->columns[c], &row->cells[c])))
            return true;
    return false;
}

static size_t count_shown(const struct gate_matrix *m, enum gate_column_kind kind)
{
    size_t count = 0;
    for (size_t r = 0; r < m->row_count; r++)
        count += is_shown(m, &m->rows[r], kind);
    return count;
}

/* "to login → open", "open", "–". */
static void add_cell(struct strbuf *out, const struct gate_column *column,
                     const struct gate_cell *cell)
{
    if (!cell->asked) {
        strbuf_add_str(out, "–");
        return;
    }
    if (cell->differs) {
        gate_cell_add_side(out, cell, false);
        strbuf_add_str(out, " → ");
    }
    gate_cell_add_side(out, cell, true);
    if (is_worth_a_look(column, cell))
        strbuf_add_str(out, " (another's own page)");
}

/* Why it stands there like this, for whoever asks. */
static struct span reason_of(const struct gate_column *column, const struct gate_cell *cell)
{
    if (column->why_not.len)
        return column->why_not;
    if (is_worth_a_look(column, cell))
        return SPAN("one member's own page, open to another; of production it is not known");
    if (cell->why_not.len)
        return cell->why_not;
    if (cell->in_session)
        return SPAN("asked alone; in its session it is as in production");
    return span_of(gate_known_name(cell->known));
}

static const char *post_word(const struct csrf_row *row)
{
    return !row->asked ? "not asked" : row->accepted ? "accepted" : "refused";
}

static const char *post_before(const struct csrf_row *row)
{
    if (row->refused_in_production)
        return row->taken_in_production ? "refused or accepted" : "refused";
    return row->taken_in_production ? "accepted" : "unknown";
}

/* ---- sums ---- */

static void add_sums(struct strbuf *out, const struct gate_matrix *m)
{
    text_add_count(out, m->row_count);
    strbuf_add_str(out, m->row_count == 1 ? " route was asked as " : " routes were asked as ");
    text_add_count(out, m->column_count);
    strbuf_add_str(out, m->column_count == 1 ? " persona: " : " personas: ");
    text_add_count(out, m->cells_asked);
    strbuf_add_str(out, " answers, ");
    text_add_count(out, m->cells_known);
    strbuf_add_str(out, " of them known of production, ");
    text_add_count(out, m->cells_differing);
    strbuf_add_str(out, " differ.");
    if (m->routes_left_out) {
        strbuf_add_char(out, ' ');
        text_add_count(out, m->routes_left_out);
        strbuf_add_str(out, " more routes were left out.");
    }
}

/* Personas that nobody could ask as. */
static bool next_absent(const struct gate_matrix *m, size_t *at)
{
    while (*at < m->column_count && m->columns[*at].why_not.len == 0)
        ++*at;
    return *at < m->column_count;
}

/* ---- page ---- */

static const char *class_of(const struct gate_cell *cell)
{
    if (!cell->differs)
        return cell->known == KNOWN_NOT ? "soft" : "";
    bool opened = cell->kind && span_eq(span_of(cell->kind), SPAN("gate.opened"));
    return opened ? "critical" : cell->kind ? "major" : "minor";
}

static void add_html_row(struct strbuf *out, const struct gate_matrix *m,
                         const struct gate_row *row, enum gate_column_kind kind)
{
    strbuf_add_str(out, "<tr><th scope=\"row\"><code title=\"");
    text_add_html(out, row->place.url, WHY_BYTES);
    strbuf_add_str(out, "\">");
    text_add_html(out, row->place.route, NAME_BYTES);
    strbuf_add_str(out, "</code>");
    for (size_t c = 0; c < m->column_count; c++) {
        const struct gate_cell *cell = &row->cells[c];
        AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
        if (m->columns[c].kind != kind)
            continue;
        add_cell(&text, &m->columns[c], cell);
        strbuf_addf(out, "<td class=\"%s\" title=\"", class_of(cell));
        text_add_html(out, reason_of(&m->columns[c], cell), WHY_BYTES);
        strbuf_add_str(out, cell->differs ? "\"><b>" : "\">");
        text_add_html(out, strbuf_span(&text), NAME_BYTES);
        strbuf_add_str(out, cell->differs ? "</b>" : "");
    }
    strbuf_add_str(out, "</tr>\n");
}

static void add_html_rows(struct strbuf *out, const struct gate_matrix *m,
                          enum gate_column_kind kind, bool shown)
{
    size_t left = ROWS_SHOWN;
    strbuf_add_str(out, "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">route");
    for (size_t c = 0; c < m->column_count; c++) {
        if (m->columns[c].kind != kind)
            continue;
        strbuf_add_str(out, "<th scope=\"col\">");
        text_add_html(out, m->columns[c].name, NAME_BYTES);
    }
    strbuf_add_str(out, "</tr></thead><tbody>\n");
    for (size_t r = 0; r < m->row_count && left; r++)
        if (is_shown(m, &m->rows[r], kind) == shown) {
            add_html_row(out, m, &m->rows[r], kind);
            left--;
        }
    strbuf_add_str(out, "</tbody></table></div>\n");
}

static void add_html_table(struct strbuf *out, const struct gate_matrix *m,
                           enum gate_column_kind kind)
{
    size_t shown = count_shown(m, kind), others = m->row_count - shown;
    strbuf_addf(out, "<h3 id=\"doors-%s\">%s</h3><p>%s ", tables[kind].id, tables[kind].title,
                tables[kind].about);
    strbuf_add_str(out, shown ? "Production → staging where they differ.</p>\n"
                              : "Nothing differs.</p>\n");
    if (shown)
        add_html_rows(out, m, kind, true);
    if (!others)
        return;
    strbuf_addf(out, "<details><summary>%zu more %s, %s</summary>\n", others,
                others == 1 ? "route" : "routes", "where nothing differs");
    add_html_rows(out, m, kind, false);
    strbuf_add_str(out, "</details>\n");
}

static void add_html_posts(struct strbuf *out, const struct gate_matrix *m)
{
    if (!m->csrf_count)
        return;
    strbuf_add_str(out, "<h3 id=\"doors-posts\">Posts without their token</h3><p>Each post that "
                        "carried a token against forged requests, sent once without.</p>"
                        "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">route"
                        "<th scope=\"col\">production<th scope=\"col\">staging"
                        "<th scope=\"col\">status<th scope=\"col\">why not</tr></thead><tbody>\n");
    for (size_t i = 0; i < m->csrf_count && i < ROWS_SHOWN; i++) {
        const struct csrf_row *row = &m->csrf[i];
        strbuf_add_str(out, "<tr><th scope=\"row\"><code>");
        text_add_html(out, row->place.method, 40);
        strbuf_add_char(out, ' ');
        text_add_html(out, row->place.route, NAME_BYTES);
        strbuf_addf(out, "</code><td>%s<td class=\"%s\">%s<td>", post_before(row),
                    row->asked && row->accepted && !row->taken_in_production ? "critical" : "",
                    post_word(row));
        if (row->asked)
            strbuf_addf(out, "%d", row->status);
        strbuf_add_str(out, "<td>");
        text_add_html(out, row->why_not, WHY_BYTES);
        strbuf_add_str(out, "</tr>\n");
    }
    strbuf_add_str(out, "</tbody></table></div>\n");
}

void doors_add_html(const struct gate_matrix *m, struct strbuf *out)
{
    strbuf_add_str(out,
                   "<section aria-labelledby=\"doors\"><h2 id=\"doors\">Gates by persona</h2><p>");
    add_sums(out, m);
    strbuf_add_str(out, "</p>\n");
    for (unsigned kind = 0; kind < TABLES; kind++)
        if (m->row_count && has_column(m, (enum gate_column_kind)kind))
            add_html_table(out, m, (enum gate_column_kind)kind);
    add_html_posts(out, m);
    for (size_t c = 0; next_absent(m, &c); c++) {
        strbuf_add_str(out, "<p class=\"soft\">Not asked as ");
        text_add_html(out, m->columns[c].name, NAME_BYTES);
        strbuf_add_str(out, ": ");
        text_add_html(out, m->columns[c].why_not, WHY_BYTES);
        strbuf_add_str(out, ".</p>\n");
    }
    strbuf_add_str(out, "</section>\n");
}

/* ---- Markdown ---- */

/* In a code span, where nothing is obeyed but the fence and the table. */
static void add_fenced(struct strbuf *out, struct span text)
{
    AUTO(strbuf_release) struct strbuf shown = STRBUF_INIT;
    text_add_printable(&shown, text, NAME_BYTES);
    strbuf_add_char(out, '`');
    for (size_t i = 0; i < shown.len; i++) {
        char c = shown.buf[i];
        if (c == '|')
            strbuf_add_str(out, "\\|");
        else
            strbuf_add_char(out, c == '`' ? '\'' : c);
    }
    strbuf_add_char(out, '`');
}

static void add_markdown_row(struct strbuf *out, const struct gate_matrix *m,
                             const struct gate_row *row, enum gate_column_kind kind)
{
    strbuf_add_str(out, "| ");
    add_fenced(out, row->place.route);
    for (size_t c = 0; c < m->column_count; c++) {
        AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
        if (m->columns[c].kind != kind)
            continue;
        const char *fence = row->cells[c].differs ? "**" : "";
        add_cell(&text, &m->columns[c], &row->cells[c]);
        strbuf_addf(out, " | %s%s%s", fence, text.buf, fence);
    }
    strbuf_add_str(out, " |\n");
}

static void add_markdown_table(struct strbuf *out, const struct gate_matrix *m,
                               enum gate_column_kind kind, size_t rows)
{
    size_t shown = count_shown(m, kind), left = rows;
    if (!shown)
        return;
    strbuf_addf(out, "\n### %s\n\n%s Production → staging where they differ.\n\n| route",
                tables[kind].title, tables[kind].about);
    for (size_t c = 0; c < m->column_count; c++)
        if (m->columns[c].kind == kind) {
            strbuf_add_str(out, " | ");
            add_fenced(out, m->columns[c].name);
        }
    strbuf_add_str(out, " |\n| ---");
    for (size_t c = 0; c < m->column_count; c++)
        strbuf_add_str(out, m->columns[c].kind == kind ? " | ---" : "");
    strbuf_add_str(out, " |\n");
    for (size_t r = 0; r < m->row_count && left; r++)
        if (is_shown(m, &m->rows[r], kind)) {
            add_markdown_row(out, m, &m->rows[r], kind);
            left--;
        }
    if (shown > rows)
        strbuf_addf(out, "\nAnd %zu more routes, in findings.json.\n", shown - rows);
}

static void add_markdown_posts(struct strbuf *out, const struct gate_matrix *m, size_t rows)
{
    if (!m->csrf_count)
        return;
    strbuf_add_str(out, "\n### Posts without their token\n\n| route | production | staging |\n"
                        "| --- | --- | --- |\n");
    for (size_t i = 0; i < m->csrf_count && i < rows; i++) {
        strbuf_add_str(out, "| ");
        add_fenced(out, m->csrf[i].place.route);
        strbuf_addf(out, " | %s | %s |\n", post_before(&m->csrf[i]), post_word(&m->csrf[i]));
    }
}

void doors_add_markdown(const struct gate_matrix *m, struct strbuf *out, size_t rows)
{
    strbuf_add_str(out, "\n## Gates by persona\n\n");
    add_sums(out, m);
    strbuf_add_char(out, '\n');
    for (unsigned kind = 0; kind < TABLES; kind++)
        add_markdown_table(out, m, (enum gate_column_kind)kind, rows);
    add_markdown_posts(out, m, rows);
    for (size_t c = 0; next_absent(m, &c); c++) {
        strbuf_add_str(out, "\nNot asked as ");
        add_fenced(out, m->columns[c].name);
        strbuf_add_str(out, ": ");
        add_fenced(out, m->columns[c].why_not);
        strbuf_add_str(out, ".\n");
    }
}

/* ---- JSON ---- */

static const char *const column_words[] = {
    [COLUMN_PEOPLE] = "people",
    [COLUMN_BOT] = "bot",
    [COLUMN_LOCALE] = "locale",
    [COLUMN_FLAG] = "flag",
};

static void add_json_columns(struct strbuf *out, const struct gate_matrix *m)
{
    strbuf_add_char(out, '[');
    for (size_t c = 0; c < m->column_count; c++) {
        const struct gate_column *column = &m->columns[c];
        bool first = true;
        strbuf_add_str(out, c ? ",\n    {" : "\n    {");
        json_member_string(out, &first, "name", column->name);
        json_member_string(out, &first, "kind", span_of(column_words[column->kind]));
        if (column->flag.len)
            json_member_string(out, &first, "flag", column->flag);
        json_member_u64(out, &first, "asked", column->asked);
        if (column->why_not.len)
            json_member_string(out, &first, "not_asked", column->why_not);
        strbuf_add_char(out, '}');
    }
    strbuf_add_char(out, ']');
}

static void add_json_side(struct strbuf *out, bool *first, const struct gate_cell *cell,
                          bool staging)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    gate_cell_add_side(&text, cell, staging);
    json_member_string(out, first, staging ? "staging" : "production", strbuf_span(&text));
}

static void add_json_cell(struct strbuf *out, const struct gate_column *column,
                          const struct gate_cell *cell)
{
    bool first = true;
    strbuf_add_char(out, '{');
    json_member_string(out, &first, "persona", column->name);
    if (cell->known != KNOWN_NOT)
        add_json_side(out, &first, cell, false);
    json_member_string(out, &first, "known", span_of(gate_known_name(cell->known)));
    if (cell->asked)
        add_json_side(out, &first, cell, true);
    if (cell->asked && cell->language.len)
        json_member_string(out, &first, "language", cell->language);
    if (cell->why_not.len)
        json_member_string(out, &first, "not_asked", cell->why_not);
    json_add_key(out, &first, "differs");
    strbuf_add_str(out, cell->differs ? "true" : "false");
    if (cell->kind)
        json_member_string(out, &first, "finding", span_of(cell->kind));
    strbuf_add_char(out, '}');
}

static void add_json_place(struct strbuf *out, bool *first, const struct gate_place *place)
{
    json_member_string(out, first, "route", place->route);
    json_member_string(out, first, "method", place->method);
    json_member_string(out, first, "url", place->url);
}

static void add_json_rows(struct strbuf *out, const struct gate_matrix *m)
{
    strbuf_add_char(out, '[');
    for (size_t r = 0; r < m->row_count; r++) {
        const struct gate_row *row = &m->rows[r];
        bool first = true;
        strbuf_add_str(out, r ? ",\n    {" : "\n    {");
        add_json_place(out, &first, &row->place);
        json_member_u64(out, &first, "members", row->members);
        json_add_key(out, &first, "cells");
        for (size_t c = 0; c < m->column_count; c++) {
            strbuf_add_str(out, c ? ",\n      " : "[");
            add_json_cell(out, &m->columns[c], &row->cells[c]);
        }
        strbuf_add_str(out, m->column_count ? "]}" : "[]}");
    }
    strbuf_add_char(out, ']');
}

static void add_json_posts(struct strbuf *out, const struct gate_matrix *m)
{
    strbuf_add_char(out, '[');
    for (size_t i = 0; i < m->csrf_count; i++) {
        const struct csrf_row *row = &m->csrf[i];
        bool first = true;
        strbuf_add_str(out, i ? ",\n    {" : "\n    {");
        add_json_place(out, &first, &row->place);
        json_member_string(out, &first, "production", span_of(post_before(row)));
        json_member_string(out, &first, "staging", span_of(post_word(row)));
        if (row->asked)
            json_member_u64(out, &first, "status", (uint64_t)row->status);
        if (row->why_not.len)
            json_member_string(out, &first, "not_asked", row->why_not);
        strbuf_add_char(out, '}');
    }
    strbuf_add_char(out, ']');
}

void doors_add_json(const struct gate_matrix *m, struct strbuf *out)
{
    bool first = true;
    strbuf_add_char(out, '{');
    json_member_u64(out, &first, "asked", m->cells_asked);
    json_member_u64(out, &first, "known", m->cells_known);
    json_member_u64(out, &first, "differing", m->cells_differing);
    json_member_u64(out, &first, "requests", m->requests);
    json_member_u64(out, &first, "routes_left_out", m->routes_left_out);
    json_add_key(out, &first, "personas");
    add_json_columns(out, m);
    json_add_key(out, &first, "rows");
    add_json_rows(out, m);
    json_add_key(out, &first, "posts");
    add_json_posts(out, m);
    strbuf_add_char(out, '}');
}

/* ---- terminal ---- */

static void add_text_cell(struct strbuf *out, const struct gate_matrix *m,
                          const struct gate_row *row, size_t c)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    const struct gate_cell *cell = &row->cells[c];
    add_cell(&text, &m->columns[c], cell);
    strbuf_add_str(out, "  ");
    text_add_printable(out, row->place.route, NAME_BYTES);
    strbuf_add_str(out, "  ");
    text_add_printable(out, m->columns[c].name, NAME_BYTES);
    strbuf_add_str(out, ": ");
    text_add_printable(out, strbuf_span(&text), NAME_BYTES);
    strbuf_addf(out, "%s%s\n", cell->kind ? "  " : "", cell->kind ? cell->kind : "");
}

void doors_add_text(const struct gate_matrix *m, struct strbuf *out, size_t rows)
{
    size_t left = rows;
    add_sums(out, m);
    strbuf_add_char(out, '\n');
    for (size_t r = 0; r < m->row_count; r++)
        for (size_t c = 0; c < m->column_count; c++)
            if (m->rows[r].cells[c].differs && left) {
                add_text_cell(out, m, &m->rows[r], c);
                left--;
            }
    for (size_t i = 0; i < m->csrf_count; i++)
        if (m->csrf[i].asked && m->csrf[i].accepted && !m->csrf[i].taken_in_production) {
            strbuf_add_str(out, "  ");
            text_add_printable(out, m->csrf[i].place.route, NAME_BYTES);
            strbuf_addf(out, "  without its token: accepted (%d), production: %s\n",
                        m->csrf[i].status, post_before(&m->csrf[i]));
        }
    for (size_t c = 0; next_absent(m, &c); c++) {
        strbuf_add_str(out, "  not asked as ");
        text_add_printable(out, m->columns[c].name, NAME_BYTES);
        strbuf_add_str(out, ": ");
        text_add_printable(out, m->columns[c].why_not, WHY_BYTES);
        strbuf_add_char(out, '\n');
    }
}
