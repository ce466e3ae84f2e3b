/* The values of one facet on both sides, counted. */
#include "meet.h"

static void note_raw(struct evidence *e, const struct meeting *m)
{
    for (int side = 0; side < 2; side++) {
        if (m->value[side] == VALUE_ABSENT)
            continue;
        e->raw[side].varies |= e->raw[side].any && e->raw[side].raw != m->raw[side];
        e->raw[side].any = true;
        e->raw[side].raw = m->raw[side];
    }
}

static uint32_t keep_example(struct comparison *c, const struct pair *pair, const struct meeting *m)
{
    uint32_t number =
        examples_keep(&c->examples, pair->production, pair->staging, m->text[0], m->text[1]);
    if (number)
        memcpy(c->examples.at[number - 1].effect, pair->effect, sizeof pair->effect);
    return number;
}

static void note_difference(struct comparison *c, const struct pair *pair, struct cell *cell,
                            const struct meeting *m)
{
    ledger_note(&c->ledger, &cell->sessions, c->session.ordinal);
    for (size_t i = 0; i < FINDING_EXAMPLES; i++)
        if (!cell->examples[i]) {
            cell->examples[i] = keep_example(c, pair, m);
            return;
        }
}

void note_provenance(const struct comparison *c, const struct pair *pair, struct provenance *from)
{
    const bool kept[2] = { cache_outcome_is_hit(c->production.outcome),
                           cache_outcome_is_hit(c->staging.outcome) };
    provenance_add(from, kept, pair->class.target);
}

/* Counted before it is looked at where the answers came from. */
static bool is_ending(uint16_t facet)
{
    return facet == FACET_STATUS || facet == FACET_LOCATION || facet == FACET_TRANSPORT ||
           facet == FACET_LOOP;
}

void meet(struct comparison *c, const struct pair *pair, struct meeting *m)
{
    struct evidence *e = ledger_evidence(&c->ledger, m->cohort, m->facet);
    if (!e)
        return;
    bool many = m->value[0] == VALUE_MANY && m->value[1] == VALUE_MANY;
    if (many && m->raw[0] != m->raw[1])
        m->value[1] = VALUE_MANY_ELSE;
    struct cell *cell = evidence_count(e, m->value[0], m->value[1]);
    note_raw(e, m);
    if (cell && !is_ending(m->facet))
        note_provenance(c, pair, &cell->from);
    if (m->slot)
        repeat_note(m->slot, m->again, e, m->value[0] == VALUE_MANY ? m->raw[0] : m->value[0],
                    m->value[1] >= VALUE_MANY && m->value[1] < VALUES_FIXED ? m->raw[1]
                                                                            : m->value[1]);
    if (cell && m->value[0] != m->value[1])
        note_difference(c, pair, cell, m);
    else if (cell && m->raw[0] != m->raw[1]) {
        ledger_note(&c->ledger, &cell->sessions, c->session.ordinal);
        if (!e->raw_example)
            e->raw_example = keep_example(c, pair, m);
    }
}

void meet_fixed(struct comparison *c, const struct pair *pair, enum facet_kind kind,
                struct span production, struct span staging, const struct span texts[2],
                struct repeat_slot *slot, bool again)
{
    uint16_t facet = (uint16_t)kind;
    struct meeting m = {
        .cohort = pair->base,
        .facet = facet,
        .value = { facet_value(&c->facets, facet, production),
                   facet_value(&c->facets, facet, staging) },
        .text = { texts[0], texts[1] },
        .slot = slot,
        .again = again,
    };
    m.raw[0] = m.value[0];
    m.raw[1] = m.value[1];
    meet(c, pair, &m);
}
