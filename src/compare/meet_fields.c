/* Response fields of a pair. */
#include "meet.h"

static struct span accept_encoding(const struct exchange *x)
{
    struct span value = http_fields_value(&x->request.fields, SPAN("Accept-Encoding"));
    return span_is_none(value) ? SPAN("") : value;
}

static bool asked_for_same_coding(const struct exchange *p, const struct exchange *s)
{
    return span_eq(accept_encoding(p), accept_encoding(s));
}

static void meet_field(struct comparison *c, const struct pair *pair, uint16_t facet,
                       struct slot_at at)
{
    const struct seen *p = observed_find(&c->production, facet),
                      *s = observed_find(&c->staging, facet);
    struct meeting m = {
        .cohort = pair->cohort,
        .facet = facet,
        .value = { p ? p->value : VALUE_ABSENT, s ? s->value : VALUE_ABSENT },
        .raw = { p ? p->raw : 0, s ? s->raw : 0 },
        .text = { p ? p->text : SPAN_NONE, s ? s->text : SPAN_NONE },
        .slot = at.slot,
        .again = at.again,
    };
    meet(c, pair, &m);
    /* What follows in this session without that cookie follows from its absence. */
    if (c->facets.at[facet].kind == FACET_COOKIE && (!p || !s) &&
        c->session.missing_cookies.len < MISSING_COOKIES_MAX)
        strset_add(&c->session.missing_cookies, c->facets.at[facet].field);
    /* A cookie that is staging's own invention gives its visitor no right that production's lacks.
     */
    if (c->facets.at[facet].kind == FACET_COOKIE && p && !s)
        strset_add(&c->session.lingering_cookies, c->facets.at[facet].field);
}

static enum cache_outcome outcome_of(const struct exchange *x, const struct observed *seen)
{
    enum cache_outcome o =
        seen->of_cache ? cache_outcome_of(&x->response.fields).outcome : OUTCOME_UNKNOWN;
    if (o == OUTCOME_UNKNOWN && !span_is_none(x->cache))
        o = cache_outcome_of_text(x->cache);
    return o;
}

/* Fields of an uneven pair differ from production's because of the visitor, unless production
 * gives strangers other ones too. */
static struct span reach_of_fields(struct comparison *c, const struct pair *pair)
{
    if (!pair->uneven)
        return SPAN("");
    return arena_printf(&c->scratch, "only with what production tells strangers: %s",
                        pair->why_uneven);
}

void meet_fields(struct comparison *c, struct pair *pair, struct slot_at at)
{
    const struct asked asked = { &pair->production->request, &pair->staging->request };
    struct observe_scope scope = {
        .production = pair->production,
        .staging = pair->staging,
        .scratch = &c->scratch,
        .redirect = status_is_redirect(pair->production->response.status),
        .same_coding = asked_for_same_coding(pair->production, pair->staging),
        .asked_key = translate_key(&c->translator, &asked),
    };
    observe_response(&c->observer, &scope, &c->production);
    scope.side_staging = true;
    observe_response(&c->observer, &scope, &c->staging);
    c->production.outcome = outcome_of(pair->production, &c->production);
    c->staging.outcome = outcome_of(pair->staging, &c->staging);
    note_provenance(c, pair, &c->ledger.cohorts[pair->cohort].from);
    bool kept_alike = meet_cache(c, pair, at);
    for (size_t i = 0; i < c->production.len; i++) {
        const struct facet *f = &c->facets.at[c->production.at[i].facet];
        if (kept_alike || !f->meaning || !f->meaning->validator)
            meet_field(c, pair, c->production.at[i].facet, at);
    }
    for (size_t i = 0; i < c->staging.len; i++) {
        const struct facet *f = &c->facets.at[c->staging.at[i].facet];
        if (!observed_find(&c->production, c->staging.at[i].facet) &&
            (kept_alike || !f->meaning || !f->meaning->validator))
            meet_field(c, pair, c->staging.at[i].facet, at);
    }
    coverage_count(&c->coverage, SPAN("response fields"), reach_of_fields(c, pair));
}
