#include "rehearse/compare/gate_matrix.h"

#define BIT(answer) ((uint16_t)(1u << (answer)))

void gate_matrix_release(struct gate_matrix *matrix)
{
    arena_release(&matrix->arena);
    *matrix = (struct gate_matrix){ .arena = ARENA_INIT };
}

void gate_cell_add_language(struct gate_cell *cell, struct span language)
{
    for (size_t i = 0; language.len && i < CELL_LANGUAGES; i++) {
        if (span_ieq(cell->languages[i], language))
            return;
        if (cell->languages[i].len == 0) {
            cell->languages[i] = language;
            return;
        }
    }
}

/* ---- one cell ---- */

static bool speaks(const struct gate_cell *cell)
{
    for (size_t i = 0; i < CELL_LANGUAGES; i++)
        if (span_ieq(cell->languages[i], cell->language))
            return true;
    return false;
}

static uint16_t closed_bits(void)
{
    uint16_t bits = 0;
    for (unsigned i = 0; i < GATE_ANSWERS; i++)
        if (gate_answer_is_closed((enum gate_answer)i))
            bits |= BIT(i);
    return bits;
}

/* Where nobody saw the pages of production, a page that is a login form is a page. */
static enum gate_answer staging_answer(const struct gate_cell *cell)
{
    return cell->blind ? cell->hard : cell->staging;
}

/* The kind of the door's change; NULL where no gate is in it. */
static const char *door(uint16_t production, enum gate_answer staging)
{
    const uint16_t closed = closed_bits();
    bool was_open = production & BIT(ANSWER_ALLOW), was_closed = production & closed;
    if (staging == ANSWER_ALLOW)
        return was_closed ? "gate.opened" : NULL;
    if (gate_answer_is_closed(staging) && was_open && !was_closed)
        return "gate.closed";
    if ((gate_answer_is_closed(staging) || staging == ANSWER_HIDDEN) && was_closed && !was_open)
        return "gate.changed";
    return NULL;
}

/* What bots run into, and people's browsers do not: also what is no gate by its name. */
static const char *bot_door(uint16_t production, enum gate_answer staging)
{
    const char *kind = door(production, staging);
    bool shut = (production & BIT(ANSWER_ALLOW)) &&
                (staging == ANSWER_HIDDEN || staging == ANSWER_PUZZLE || staging == ANSWER_LIMITED);
    return kind || shut ? "bot" : NULL;
}

static const struct gate_column *column_at(const struct gate_matrix *m, size_t column)
{
    return &m->columns[column];
}

/* The one that asks without anything special: first among the columns, where there is one. */
static const struct gate_cell *plain_cell(const struct gate_matrix *m, size_t row, size_t *ret_at)
{
    for (size_t c = 0; c < m->column_count; c++)
        if (column_at(m, c)->kind == COLUMN_PEOPLE && column_at(m, c)->as_anonymous) {
            *ret_at = c;
            return gate_cell_at(m, row, c);
        }
    return NULL;
}

/* Of a session that is over or forged nothing was recorded: it may do no more than a stranger. */
static void borrow(struct gate_cell *cell, const struct gate_cell *plain)
{
    if (cell->known != KNOWN_NOT || !plain || plain->known == KNOWN_NOT)
        return;
    cell->known = KNOWN_ALIKE;
    cell->production = plain->production;
    cell->blind = plain->blind;
}

/* Whether asked alone or in its session: if staging does as production there, it needs what came
 * before. */
static bool holds_in_session(const struct gate_cell *cell, enum gate_answer staging)
{
    return cell->in_sessions && !(cell->in_sessions & ~cell->production) &&
           !(cell->production & BIT(staging));
}

/* The scenario says what is to happen there; hidden is closed too, then. */
static const char *against_the_rule(const struct gate_column *column, const struct gate_cell *cell)
{
    if (column->kind == COLUMN_BOT)
        return "bot";
    if (cell->staging == ANSWER_ALLOW)
        return "gate.opened";
    return cell->production & BIT(ANSWER_ALLOW) ? "gate.closed" : "gate.changed";
}

static void judge_cell(const struct gate_column *column, struct gate_cell *cell)
{
    enum gate_answer staging = staging_answer(cell);
    if (cell->production & BIT(staging)) {
        cell->differs = column->kind == COLUMN_LOCALE && cell->languages[0].len &&
                        cell->language.len && !speaks(cell);
        cell->kind = cell->differs ? "locale" : NULL;
        return;
    }
    if (holds_in_session(cell, staging)) {
        cell->in_session = true;
        return;
    }
    const char *kind = column->kind == COLUMN_BOT ? bot_door(cell->production, staging)
                                                  : door(cell->production, staging);
    if (cell->known == KNOWN_ALIKE) {
        /* To turn away whom a stranger's page is open to is common: his cookie is no good. */
        bool opened = kind && span_eq(span_of(kind), SPAN("gate.opened"));
        cell->kind = opened ? kind : NULL;
        cell->differs = opened;
        return;
    }
    cell->kind = !kind && cell->known == KNOWN_EXPECTED ? against_the_rule(column, cell) : kind;
    cell->differs = cell->kind != NULL;
}

/* The same change for people is no matter of bots. */
static bool is_everybodys(const struct gate_cell *cell, const struct gate_cell *plain)
{
    return plain && plain->asked && staging_answer(plain) == staging_answer(cell);
}

/* A stranger is kept out by staging and a session that is no session gets in. */
static void judge_forged(struct gate_cell *cell, const struct gate_cell *plain)
{
    if (cell->known != KNOWN_NOT || !plain || !plain->asked ||
        !gate_answer_is_closed(plain->staging) || cell->staging != ANSWER_ALLOW)
        return;
    cell->known = KNOWN_ALIKE;
    cell->production = BIT(plain->staging);
    cell->kind = "gate.opened";
    cell->differs = true;
}

static void judge_row(struct gate_matrix *m, size_t row)
{
    size_t plain_at = SIZE_MAX;
    const struct gate_cell *plain = plain_cell(m, row, &plain_at);
    for (size_t c = 0; c < m->column_count; c++) {
        const struct gate_column *column = column_at(m, c);
        struct gate_cell *cell = gate_cell_at(m, row, c);
        bool stranger = column->kind == COLUMN_PEOPLE && column->as_anonymous && c != plain_at;
        if (stranger)
            borrow(cell, plain);
        if (!cell->asked)
            continue;
        m->cells_asked++;
        if (stranger)
            judge_forged(cell, plain);
        if (cell->known == KNOWN_NOT)
            continue;
        m->cells_known++;
        if (!cell->differs)
            judge_cell(column, cell);
        if (cell->kind && column->kind == COLUMN_BOT && is_everybodys(cell, plain))
            cell->kind = NULL;
        m->cells_differing += cell->differs;
    }
}

void gate_matrix_judge(struct gate_matrix *m)
{
    for (size_t row = 0; row < m->row_count; row++)
        judge_row(m, row);
}

/* ---- words ---- */

void gate_outcomes_add(struct strbuf *out, uint16_t bits)
{
    const char *between = "";
    for (unsigned i = 0; i < GATE_ANSWERS; i++) {
        if (!(bits & BIT(i)))
            continue;
        strbuf_addf(out, "%s%s", between, gate_answer_name((enum gate_answer)i));
        between = " or ";
    }
    if (!bits)
        strbuf_add_str(out, "unknown");
}

void gate_cell_add_side(struct strbuf *out, const struct gate_cell *cell, bool staging)
{
    bool locale = cell->kind && span_eq(span_of(cell->kind), SPAN("locale"));
    if (staging && !cell->asked)
        strbuf_add_str(out, "not asked");
    else if (staging)
        strbuf_add_str(out, gate_answer_name(staging_answer(cell)));
    else
        gate_outcomes_add(out, cell->production);
    if (!locale)
        return;
    strbuf_add_str(out, " in ");
    if (staging)
        strbuf_add_span(out, cell->language);
    for (size_t i = 0; !staging && i < CELL_LANGUAGES && cell->languages[i].len; i++) {
        strbuf_add_str(out, i ? " or " : "");
        strbuf_add_span(out, cell->languages[i]);
    }
}

const char *gate_known_name(enum gate_known known)
{
    static const char *const words[] = {
        [KNOWN_NOT] = "not known",
        [KNOWN_RECORDED] = "recorded",
        [KNOWN_LIVE] = "asked live",
        [KNOWN_EXPECTED] = "expected by the scenario",
        [KNOWN_ALIKE] = "as without a login",
    };
    return words[known];
}
