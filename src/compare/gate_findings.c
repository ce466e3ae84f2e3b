/* The doors of a gate matrix as findings, beside those that the comparison found. */
#include "rehearse/compare/gate_matrix.h"

static const struct {
    const char *kind;
    enum finding_severity severity;
    const char *what, *effect;
} doors[] = {
    { "gate.opened", SEVERITY_CRITICAL, "The gate stands open",
      "Visitors who were kept out get in." },
    { "gate.closed", SEVERITY_MAJOR, "The gate is closed", "Visitors who got in are kept out." },
    { "gate.changed", SEVERITY_MAJOR, "The gate answers differently",
      "Visitors are kept out in another way; clients that react to it no longer do." },
    { "bot", SEVERITY_CRITICAL, "Crawlers are answered differently",
      "Search engines lose the page; people do not notice." },
    { "locale", SEVERITY_MAJOR, "The answer is in another language",
      "Visitors get the page in a language they did not ask for." },
};

static size_t door_of(const char *kind)
{
    size_t i = 0;
    while (!span_eq(span_of(doors[i].kind), span_of(kind)))
        i++;
    return i;
}

static bool shows_on(const struct finding *f, struct span route)
{
    if (span_eq(f->route, route))
        return true;
    for (size_t i = 0; i < f->route_count; i++)
        if (span_eq(f->routes[i], route))
            return true;
    return false;
}

static bool keeps_out(struct span kind)
{
    return span_eq(kind, SPAN("gate.closed")) || span_eq(kind, SPAN("gate.changed"));
}

/* What the comparison found of this door is this door; closed to one is changed to another. */
static bool is_found(const struct findings *findings, struct span route, struct span kind)
{
    for (size_t i = 0; i < findings->len; i++) {
        const struct finding *f = &findings->at[i];
        bool alike = span_eq(f->kind, kind) || (keeps_out(kind) && keeps_out(f->kind));
        if (alike && shows_on(f, route))
            return true;
    }
    return false;
}

/* The personas of a row that show the same door. */
static void add_personas(struct strbuf *out, const struct gate_matrix *m,
                         const struct gate_row *row, const char *kind)
{
    unsigned count = 0;
    for (size_t c = 0; c < m->column_count; c++) {
        const struct gate_cell *cell = &row->cells[c];
        if (!cell->kind || !span_eq(span_of(cell->kind), span_of(kind)))
            continue;
        strbuf_add_str(out, count++ ? ", " : "");
        strbuf_add_span(out, m->columns[c].name);
    }
}

static struct span side_text(struct arena *arena, const struct gate_cell *cell, bool staging)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    gate_cell_add_side(&text, cell, staging);
    return arena_copy(arena, strbuf_span(&text));
}

static void fill_place(struct finding *f, struct arena *arena, const struct gate_place *place)
{
    f->route = arena_copy(arena, place->route);
    f->segment = arena_copy(arena, place->segment);
    f->owner = arena_copy(arena, place->owner);
    f->field = SPAN("");
    f->routes = arena_alloc(arena, sizeof *f->routes);
    f->routes[0] = f->route;
    f->route_count = 1;
    f->id = finding_id(arena, f->kind, f->route, f->field, f->production, f->staging);
    f->examples[0] = (struct finding_example){
        .session = place->session,
        .seq = place->seq,
        .method = arena_copy(arena, place->method),
        .url = arena_copy(arena, place->url),
        .production = f->production,
        .staging = f->staging,
        .curl_production = SPAN(""),
        .curl_staging = SPAN(""),
    };
    f->example_count = 1;
}

static void add_door(const struct gate_matrix *m, const struct gate_row *row,
                     const struct gate_cell *cell, struct findings *findings, uint64_t exchanges)
{
    struct arena *arena = &findings->arena;
    AUTO(strbuf_release) struct strbuf who = STRBUF_INIT;
    size_t door = door_of(cell->kind);
    struct finding *f = findings_add(findings);
    add_personas(&who, m, row, cell->kind);
    f->kind = span_of(cell->kind);
    f->severity = doors[door].severity;
    f->production = side_text(arena, cell, false);
    f->staging = side_text(arena, cell, true);
    f->title = arena_printf(arena, "%s for %s: %.*s became %.*s", doors[door].what, who.buf,
                            SPAN_ARG(f->production), SPAN_ARG(f->staging));
    f->effect = span_of(doors[door].effect);
    f->exchanges = row->exchanges;
    f->sessions = 1;
    f->traffic_share = exchanges ? (double)row->exchanges / (double)exchanges : 0;
    fill_place(f, arena, &row->place);
}

static void add_unenforced(const struct csrf_row *row, struct findings *findings)
{
    struct arena *arena = &findings->arena;
    struct finding *f = findings_add(findings);
    f->kind = SPAN("csrf.unenforced");
    f->severity = row->refused_in_production ? SEVERITY_CRITICAL : SEVERITY_MINOR;
    f->production = row->refused_in_production ? SPAN("refused") : SPAN("not known");
    f->staging = SPAN("accepted");
    f->title = arena_printf(arena, "A change without its token is accepted (%d)", row->status);
    f->effect = row->refused_in_production
                    ? SPAN("Other sites can make a visitor's browser change things in his name.")
                    : SPAN("Other sites can make a visitor's browser change things in his name. "
                           "Whether production refuses it the capture does not show.");
    f->exchanges = f->sessions = 1;
    fill_place(f, arena, &row->place);
}

void gate_matrix_add_findings(const struct gate_matrix *m, struct findings *findings,
                              uint64_t exchanges)
{
    for (size_t r = 0; r < m->row_count; r++)
        for (size_t c = 0; c < m->column_count; c++) {
            const struct gate_cell *cell = &m->rows[r].cells[c];
            if (cell->kind && !is_found(findings, m->rows[r].place.route, span_of(cell->kind)))
                add_door(m, &m->rows[r], cell, findings, exchanges);
        }
    for (size_t i = 0; i < m->csrf_count; i++) {
        const struct csrf_row *row = &m->csrf[i];
        if (row->asked && row->accepted && !row->taken_in_production &&
            !is_found(findings, row->place.route, SPAN("csrf.unenforced")))
            add_unenforced(row, findings);
    }
    findings_sort(findings);
}
