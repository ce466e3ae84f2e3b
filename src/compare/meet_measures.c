/* What is measured of a pair, and what lies behind its fields: bodies. */
#include "meet.h"

#include <math.h>

#include "rehearse/cache/cache_status.h"

static uint32_t body_example(struct comparison *c, const struct pair *pair)
{
    return examples_keep(&c->examples, pair->production, pair->staging, SPAN(""), SPAN(""));
}

static bool is_same_type(const struct exchange *p, const struct exchange *s)
{
    return body_form_of(&p->response) == body_form_of(&s->response);
}

static void meet_language(struct comparison *c, const struct pair *pair,
                          const struct span language[2])
{
    if (span_is_none(language[0]) || span_is_none(language[1]))
        return;
    /* Content-Language says the same thing first: one finding is enough. */
    struct span said[2] = {
        http_fields_value(&pair->production->response.fields, SPAN("Content-Language")),
        http_fields_value(&pair->staging->response.fields, SPAN("Content-Language")),
    };
    if (!span_is_none(said[0]) && !span_is_none(said[1]) && !span_ieq(said[0], said[1]))
        return;
    struct pair in_cohort = *pair;
    in_cohort.base = pair->cohort;
    meet_fixed(c, &in_cohort, FACET_LANGUAGE, arena_copy_lower(&c->scratch, language[0]),
               arena_copy_lower(&c->scratch, language[1]), language, NULL, false);
}

void meet_bodies(struct comparison *c, const struct pair *pair)
{
    struct body_pair bodies = { pair->production, pair->staging, pair->cohort, pair->route,
                                c->options.body_pairs_per_route };
    struct body_outcome o = bodies_add(&c->bodies, &bodies, &c->scratch);
    const char *why_not = o.why_not ? o.why_not : pair->why_uneven;
    coverage_count(&c->coverage, SPAN("bodies"), why_not ? span_of(why_not) : SPAN(""));
    if (!o.evidence)
        return;
    if (o.differs) {
        ledger_note(&c->ledger, &o.evidence->sessions, c->session.ordinal);
        if (!o.evidence->example)
            o.evidence->example = body_example(c, pair);
    }
    meet_language(c, pair, o.language);
}

/* The same coding on both sides, by what the responses say; -1: not known. */
static int same_coding(const struct exchange *p, const struct exchange *s)
{
    if (!exchange_knows_field(p, SPAN("Content-Encoding")) ||
        !exchange_knows_field(s, SPAN("Content-Encoding")))
        return -1;
    struct span a = http_fields_value(&p->response.fields, SPAN("Content-Encoding"));
    struct span b = http_fields_value(&s->response.fields, SPAN("Content-Encoding"));
    return span_ieq(span_is_none(a) ? SPAN("identity") : a, span_is_none(b) ? SPAN("identity") : b);
}

/* How production's own size moves when the same request comes again. */
static void note_size(struct size_measures *m, struct slot_at at, uint64_t size)
{
    double before = (double)at.slot->size;
    if (at.again && at.slot->sized) {
        m->repeats++;
        m->unequal += fabs(before - (double)size) > before / 10 + 100;
    }
    at.slot->size = size;
    at.slot->sized = true;
}

/* Text halves at least, and may shrink to a hundredth; images, fonts and films do not. */
static bool may_be_compressed(struct span type)
{
    static const struct span packed[] = {
        { "image/", 6 }, { "video/", 6 }, { "audio/", 6 }, { "font/", 5 }
    };
    for (size_t i = 0; i < sizeof packed / sizeof *packed; i++)
        if (span_istarts(type, packed[i]))
            return span_istarts(type, SPAN("image/svg"));
    return true;
}

/* Where production's log does not say how its answer was coded: may the coding alone be the
 * difference? */
static bool coding_explains(const struct pair *pair, const int64_t sizes[2])
{
    const struct http_fields *fields = &pair->whole_staging->response.fields;
    struct span coding = http_fields_value(fields, SPAN("Content-Encoding"));
    bool coded = !span_is_none(coding) && !span_ieq(coding, SPAN("identity"));
    return may_be_compressed(http_fields_value(fields, SPAN("Content-Type"))) &&
           (coded ? sizes[1] < sizes[0] : sizes[1] > sizes[0]);
}

void measure_size(struct comparison *c, const struct pair *pair, struct slot_at at)
{
    const struct exchange *p = pair->production, *s = pair->staging;
    int64_t sizes[2] = { p->response.body_bytes, s->response.body_bytes };
    int coding = same_coding(p, s);
    if ((p->marks | s->marks) & MARK_RESPONSE_BODY_CUT || !is_same_type(p, s))
        return;
    if (!span_is_none(p->response.body) && !span_is_none(s->response.body)) {
        sizes[0] = (int64_t)p->response.body.len;
        sizes[1] = (int64_t)s->response.body.len;
        coding = 1;
    }
    if (sizes[0] < 0 || sizes[1] < 0 || coding == 0 || span_eq(p->request.method, SPAN("HEAD")))
        return;
    if (coding < 0 && coding_explains(pair, sizes))
        return;
    struct size_measures *m = measures_size(&c->measures, pair->cohort);
    size_measures_add(m, (uint64_t)sizes[0], (uint64_t)sizes[1]);
    ledger_note(&c->ledger, &m->sessions, c->session.ordinal);
    m->coding_unknown |= coding < 0;
    note_size(m, at, (uint64_t)sizes[0]);
    double ratio = ((double)sizes[1] + 200) / ((double)sizes[0] + 200);
    if (!m->example && (ratio > 1.5 || ratio < 0.67))
        m->example = examples_keep(&c->examples, p, s,
                                   arena_printf(&c->scratch, "%lld bytes", (long long)sizes[0]),
                                   arena_printf(&c->scratch, "%lld bytes", (long long)sizes[1]));
}

/* Could a cache have had it by then? Of visitors that ask at once, one brings it for all: how many
 * those are is a matter of the pace. */
static bool is_repeat_in_time(struct repeat_slot *slot, int side, const struct exchange *x)
{
    bool repeat = x->start_us >= slot->answered_us[side];
    int64_t whole_us = x->start_us + (x->duration_us > 0 ? x->duration_us : 0);
    if (whole_us < slot->answered_us[side])
        slot->answered_us[side] = whole_us;
    return repeat;
}

static bool spares_origin(enum cache_outcome o)
{
    return cache_outcome_is_hit(o) || o == OUTCOME_COLLAPSED;
}

static void measure_hits(struct comparison *c, const struct pair *pair, struct route_measures *m,
                         struct repeat_slot *slot)
{
    const struct exchange *const x[2] = { pair->production, pair->staging };
    const enum cache_outcome o[2] = { c->production.outcome, c->staging.outcome };
    bool repeat[2];
    for (int side = 0; side < 2; side++)
        repeat[side] = is_repeat_in_time(slot, side, x[side]);
    if (o[0] == OUTCOME_UNKNOWN || o[1] == OUTCOME_UNKNOWN)
        return;
    for (int side = 0; side < 2; side++) {
        m->asked[side] += repeat[side];
        m->hits[side] += repeat[side] && spares_origin(o[side]);
    }
    if (repeat[0] && repeat[1] && !m->hit_example && spares_origin(o[0]) && !spares_origin(o[1]))
        m->hit_example = examples_keep(&c->examples, x[0], x[1], span_of(cache_outcome_name(o[0])),
                                       span_of(cache_outcome_name(o[1])));
}

void measure_route(struct comparison *c, const struct pair *pair, struct slot_at at)
{
    const struct exchange *const x[2] = { pair->production, pair->staging };
    struct route_measures *m = measures_route(&c->measures, pair->route);
    if (!m)
        return;
    const enum cache_outcome o[2] = { c->production.outcome, c->staging.outcome };
    bool timed = x[0]->duration_us >= 0 && x[1]->duration_us >= 0;
    bool alike = o[0] == OUTCOME_UNKNOWN || o[1] == OUTCOME_UNKNOWN ||
                 cache_outcome_is_hit(o[0]) == cache_outcome_is_hit(o[1]);
    ledger_note(&c->ledger, &m->sessions, c->session.ordinal);
    for (int side = 0; side < 2; side++) {
        if (x[side]->duration_us >= 0)
            histogram_add(&m->time[side], (uint64_t)x[side]->duration_us);
        if (timed && alike)
            histogram_add(&m->alike[side], (uint64_t)x[side]->duration_us);
    }
    measure_hits(c, pair, m, at.slot);
    if (timed && alike && !m->slow_example && x[1]->duration_us > 2 * x[0]->duration_us + 50000)
        m->slow_example = examples_keep(
            &c->examples, x[0], x[1],
            arena_printf(&c->scratch, "%lld ms", (long long)(x[0]->duration_us / 1000)),
            arena_printf(&c->scratch, "%lld ms", (long long)(x[1]->duration_us / 1000)));
}
