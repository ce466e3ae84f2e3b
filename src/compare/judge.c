/*
 * After the last pair: every difference that production's own variation does not
 * explain becomes a change, equal changes become one cluster, and what follows
 * from another change is left out.
 */
#include <math.h>
#include <stdlib.h>

#include "change.h"
#include "rehearse/compare/gate.h"
#include "noise.h"
#include "pace.h"
#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"
#include "rehearse/stats/significance.h"
#include "shape.h"

struct judge {
    const struct comparison *c;
    struct noise noise;
    struct paces paces;
    struct clusters clusters;
    struct arena arena;
    struct map people; /* (route, facet, production, staging) that people's browsers show too */
    struct map asked;  /* (route, facet) that people were compared on */
};

static uint64_t difference_key(uint32_t route, uint16_t facet, const struct cell *cell)
{
    uint64_t h = hash_mix(route + 1, facet);
    return cell ? hash_mix(h, (uint64_t)cell->production << 32 | cell->staging) : h;
}

static const struct cohort *cohort_of(const struct judge *j, const struct evidence *e)
{
    return &j->c->ledger.cohorts[e->cohort];
}

static void note_people(struct judge *j)
{
    for (size_t i = 0; i < j->c->ledger.evidence_count; i++) {
        const struct evidence *e = &j->c->ledger.evidence[i];
        const struct cohort *cohort = cohort_of(j, e);
        if (cohort->bot)
            continue;
        map_put(&j->asked, difference_key(cohort->route, e->facet, NULL), 1, NULL);
        for (unsigned k = 0; k < e->len; k++)
            if (e->cells[k].production != e->cells[k].staging)
                map_put(&j->people, difference_key(cohort->route, e->facet, &e->cells[k]), 1, NULL);
    }
}

static bool only_bots(const struct judge *j, const struct evidence *e, const struct cell *cell)
{
    const struct cohort *cohort = cohort_of(j, e);
    return cohort->bot && map_get(&j->asked, difference_key(cohort->route, e->facet, NULL)) &&
           !map_get(&j->people, difference_key(cohort->route, e->facet, cell));
}

static struct member member_of(const struct judge *j, const struct evidence *e,
                               const struct cell *cell)
{
    struct member m = { .route = cohort_of(j, e)->route,
                        .count = cell->count,
                        .sessions = cell->sessions };
    memcpy(m.examples, cell->examples, sizeof m.examples);
    return m;
}

static void judge_cell(struct judge *j, const struct evidence *e, const struct cell *cell)
{
    struct change change;
    if (cell->production == cell->staging || noise_explains(&j->noise, e, cell))
        return;
    struct difference_at d = { j->c, e, cell, only_bots(j, e, cell), &j->arena };
    struct member member = member_of(j, e, cell);
    if (change_of(&d, &change))
        clusters_add(&j->clusters, &change, &member);
}

enum { CONSTANT_LEAST = 8 }; /* so many equal numbers before their being equal means something */

/* "100" everywhere in production, "50" everywhere in staging: one shape, two constants. */
static void judge_constant(struct judge *j, const struct evidence *e)
{
    const struct facet *f = &j->c->facets.at[e->facet];
    if (f->kind != FACET_FIELD || f->meaning->how != FIELD_SHAPE || e->len != 1 || !e->raw_example)
        return;
    const struct cell *cell = &e->cells[0];
    struct span shape = facet_text(&j->c->facets, cell->production);
    if (cell->production != cell->staging || cell->production < VALUES_FIXED ||
        cell->count < CONSTANT_LEAST || e->raw[0].varies || e->raw[1].varies ||
        e->raw[0].raw == e->raw[1].raw || shape_has_opaque(shape) || shape_is_plain(shape) ||
        cohort_of(j, e)->uneven)
        return;
    struct difference_at d = { j->c, e, cell, false, &j->arena };
    struct change change = change_of_constant(&d);
    struct member member = member_of(j, e, cell);
    member.examples[0] = e->raw_example;
    clusters_add(&j->clusters, &change, &member);
}

static void judge_evidence(struct judge *j)
{
    for (size_t i = 0; i < j->c->ledger.evidence_count; i++) {
        const struct evidence *e = &j->c->ledger.evidence[i];
        for (unsigned k = 0; k < e->len; k++)
            judge_cell(j, e, &e->cells[k]);
        judge_constant(j, e);
    }
}

/* ---- bodies ---- */

static void judge_bodies(struct judge *j)
{
    for (size_t i = 0; i < j->c->bodies.evidence_len; i++) {
        const struct body_evidence *e = &j->c->bodies.evidence[i];
        size_t gone_len, came_len;
        if (!e->differing || j->c->ledger.cohorts[e->cohort].uneven)
            continue;
        struct span *gone = body_paths_gone(&j->c->bodies, e, false, &gone_len, &j->arena);
        struct span *came = body_paths_gone(&j->c->bodies, e, true, &came_len, &j->arena);
        if (!gone_len && !came_len)
            continue;
        struct change change = change_of_body(gone, gone_len, came, came_len, &j->arena);
        struct member member = { .route = j->c->ledger.cohorts[e->cohort].route,
                                 .count = e->differing,
                                 .sessions = e->sessions,
                                 .examples = { e->example } };
        clusters_add(&j->clusters, &change, &member);
    }
}

/* ---- sizes ---- */

/*
 * Few samples need a larger step; sizes that were counted without knowing the
 * coding may be off by as much as compression gives.
 */
static bool size_stands_out(const struct size_measures *m, double ratio)
{
    double p = histogram_quantile(&m->size[0], 0.5), s = histogram_quantile(&m->size[1], 0.5);
    double far = ratio > 1 ? ratio : 1 / ratio;
    double moved = size_measures_moved(m, ratio > 1);
    bool outside = s > 2 * (double)m->size[0].max || 2 * s < (double)m->size[0].min;
    if (fabs(p - s) < 1024 || far <= 1.5 || (m->coding_unknown && far < 8))
        return false;
    if (m->repeats >= 5 && m->unequal * 5 > m->repeats)
        return outside;
    if (m->size[0].total < 5)
        return far >= 3 && moved >= 0.99;
    return moved >= 0.9 || (outside && moved >= 0.75);
}

static void judge_sizes(struct judge *j)
{
    for (size_t i = 0; i < j->c->measures.size_len; i++) {
        const struct size_measures *m = &j->c->measures.sizes[i];
        double ratio = size_measures_ratio(m);
        if (!size_stands_out(m, ratio))
            continue;
        struct change change = change_of_size(ratio, histogram_quantile(&m->size[0], 0.5),
                                              histogram_quantile(&m->size[1], 0.5), &j->arena);
        struct member member = { .route = j->c->ledger.cohorts[m->cohort].route,
                                 .count = m->size[0].total,
                                 .sessions = m->sessions,
                                 .examples = { m->example } };
        clusters_add(&j->clusters, &change, &member);
    }
}

/* ---- time and hits ---- */

enum { HITS_LEAST = 100 };

/* Far slower than production would be at the pace that the other routes show? */
static bool time_stands_out(const struct judge *j, const struct route_measures *m, double p,
                            double s)
{
    struct pace others = paces_of_others(&j->paces, m);
    double expected = pace_expects(&others, p);
    if (s - expected <= PACE_DELAY_US || s <= PACE_FACTOR * expected)
        return false;
    struct histogram slowed = HISTOGRAM_INIT;
    histogram_add_scaled(&slowed, &m->alike[0], (expected + 1) / (p + 1));
    struct mann_whitney test = mann_whitney(&slowed, &m->alike[1]);
    histogram_release(&slowed);
    return test.p < 0.001 / (double)j->c->measures.len && test.superiority >= 0.75;
}

static void judge_latency(struct judge *j, uint32_t route, const struct route_measures *m)
{
    if (m->alike[0].total < TIMED_LEAST || m->alike[1].total < TIMED_LEAST)
        return;
    double p = histogram_quantile(&m->alike[0], 0.5), s = histogram_quantile(&m->alike[1], 0.5);
    if (!time_stands_out(j, m, p, s))
        return;
    struct change change = change_of_latency(p, s, &j->arena);
    struct member member = { .route = route,
                             .count = m->alike[1].total,
                             .sessions = m->sessions,
                             .examples = { m->slow_example } };
    clusters_add(&j->clusters, &change, &member);
}

/* A cold cache, another pace and a sample all lower the ratio: only a collapse is a finding. */
static void judge_hits(struct judge *j, uint32_t route, const struct route_measures *m)
{
    if (m->asked[0] < HITS_LEAST || m->asked[1] < HITS_LEAST)
        return;
    double p = (double)m->hits[0] / (double)m->asked[0],
           s = (double)m->hits[1] / (double)m->asked[1];
    if (p - s < 0.3 || s > p / 2 ||
        two_shares_p(m->hits[0], m->asked[0], m->hits[1], m->asked[1]) > 1e-6)
        return;
    struct change change = change_of_hits(p, s, &j->arena);
    struct member member = { .route = route,
                             .count = m->asked[1],
                             .sessions = m->sessions,
                             .examples = { m->hit_example } };
    clusters_add(&j->clusters, &change, &member);
}

static void judge_routes(struct judge *j)
{
    for (uint32_t route = 0; route < j->c->measures.len; route++) {
        judge_latency(j, route, &j->c->measures.routes[route]);
        judge_hits(j, route, &j->c->measures.routes[route]);
    }
}

/* ---- cache keys ---- */

static int by_text(const void *a, const void *b)
{
    return span_cmp(*(const struct span *)a, *(const struct span *)b);
}

/* What tells visitors apart is a matter of its own. */
static bool is_about(const struct key_cause *cause, const struct key_facts *facts)
{
    return cause->merge == facts->merge && cause->kept == facts->kept &&
           key_input_is_visitor(cause->input) == facts->credential &&
           span_eq(key_input_category(cause->input), facts->category);
}

/* All inputs of one category that were blamed, "cookie currency, cookie locale"; the first eight.
 */
static struct span inputs_of(struct judge *j, const struct key_facts *facts)
{
    struct members m = { .len = 0 };
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    const struct keys *k = &j->c->keys;
    for (size_t i = 0; i < k->cause_len; i++)
        if (is_about(&k->causes[i], facts))
            members_add(&m, k->causes[i].input);
    if (m.len > 8)
        qsort(m.at, m.len, sizeof *m.at, by_text);
    if (m.len > 8)
        m.len = 8;
    members_write(&m, ", ", &out);
    return arena_copy(&j->arena, strbuf_span(&out));
}

static struct key_facts facts_of(struct judge *j, const struct key_cause *like, bool kept)
{
    struct key_facts facts = { .merge = like->merge,
                               .kept = kept,
                               .credential = key_input_is_visitor(like->input),
                               .category = key_input_category(like->input) };
    facts.inputs = inputs_of(j, &facts);
    for (size_t i = 0; i < j->c->keys.cause_len; i++) {
        const struct key_cause *cause = &j->c->keys.causes[i];
        if (!is_about(cause, &facts))
            continue;
        facts.events += cause->events;
        facts.alike += cause->alike;
        facts.unlike += cause->unlike;
        facts.repeats += cause->repeats;
        facts.changed += cause->changed;
        facts.visitors += cause->visitors;
        facts.credentials += cause->credentials;
        facts.own += cause->own;
        facts.common += cause->common;
        facts.objects += cause->objects;
        facts.pieces += cause->pieces;
    }
    return facts;
}

static void judge_keys(struct judge *j)
{
    const struct keys *k = &j->c->keys;
    for (size_t i = 0; i < k->cause_len; i++) {
        const struct key_cause *cause = &k->causes[i];
        const struct key_facts facts = facts_of(j, cause, cause->kept);
        /* The same rule where it matters: what is not kept adds nothing. */
        if (!cause->kept && facts_of(j, cause, true).events)
            continue;
        struct change change = change_of_key(&facts, &j->arena);
        struct member member = { .route = cause->route,
                                 .count = cause->requests > cause->events ? cause->requests
                                                                          : cause->events,
                                 .session_count = cause->sessions,
                                 .objects = { cause->merge ? cause->pieces : cause->objects,
                                              cause->merge ? cause->objects : cause->pieces } };
        memcpy(member.examples, cause->examples, sizeof member.examples);
        clusters_add(&j->clusters, &change, &member);
    }
}

void comparison_judge(struct comparison *c, struct findings *findings)
{
    struct judge *j = xcalloc(1, sizeof *j);
    j->c = c;
    noise_init(&j->noise, c);
    j->paces = paces_of(&c->measures);
    note_people(j);
    judge_evidence(j);
    judge_bodies(j);
    judge_sizes(j);
    judge_routes(j);
    judge_keys(j);
    clusters_subsume(&j->clusters);
    clusters_write(&j->clusters, c, findings);
    clusters_release(&j->clusters);
    paces_release(&j->paces);
    map_release(&j->people);
    map_release(&j->asked);
    arena_release(&j->arena);
    free(j);
}
