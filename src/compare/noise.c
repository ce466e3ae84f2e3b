#include "noise.h"

#include <math.h>

#include "rehearse/stats/significance.h"
#include "shape.h"

void noise_init(struct noise *n, const struct comparison *c)
{
    memset(n, 0, sizeof *n);
    n->comparison = c;
    for (size_t i = 0; i < c->ledger.evidence_count; i++) {
        const struct evidence *e = &c->ledger.evidence[i];
        struct facet_noise *f = &n->of[e->facet];
        f->repeats += e->repeats[0];
        f->unequal += e->unequal[0];
        for (unsigned k = 0; k < e->len; k++)
            if (e->cells[k].production != VALUE_ABSENT)
                f->seen += e->cells[k].count;
    }
}

static uint64_t pairs_of(const struct noise *n, const struct evidence *e)
{
    return n->comparison->ledger.cohorts[e->cohort].pairs;
}

/* How often production showed that value in this cohort. */
static uint64_t production_count(const struct noise *n, const struct evidence *e, uint32_t value)
{
    uint64_t count = 0, all = e->lost;
    for (unsigned i = 0; i < e->len; i++) {
        all += e->cells[i].count;
        if (e->cells[i].production == value)
            count += e->cells[i].count;
    }
    if (value == VALUE_ABSENT &&
        pairs_of(n, e) > all) /* absent on both sides is not counted as a cell */
        count += pairs_of(n, e) - all;
    return count;
}

/* The same request was answered differently by production itself. */
static bool is_restless(const struct noise *n, const struct evidence *e)
{
    const struct facet_noise *f = &n->of[e->facet];
    if (e->unequal[0])
        return true;
    return e->repeats[0] < 20 && f->unequal * 50 > f->repeats;
}

static const struct cell *reverse_of(const struct evidence *e, const struct cell *cell)
{
    for (unsigned i = 0; i < e->len; i++)
        if (e->cells[i].production == cell->staging && e->cells[i].staging == cell->production)
            return &e->cells[i];
    return NULL;
}

/* Answers made independently of each other: a kept one is one, however often it is given. */
static uint64_t independent_count(const struct cell *cell)
{
    return cell ? cell->count - cell->from.kept + provenance_objects(&cell->from) : 0;
}

/* Of the answers with that value on that side: how many were fresh, how many objects kept them. */
struct given {
    uint64_t fresh, objects;
};

static struct given given_with(const struct noise *n, const struct evidence *e, int side,
                               uint32_t value)
{
    const struct provenance *all = &n->comparison->ledger.cohorts[e->cohort].from;
    struct given with = { 0, 0 }, without = { 0, 0 };
    for (unsigned i = 0; i < e->len; i++) {
        const struct cell *c = &e->cells[i];
        struct given *g = (side ? c->staging : c->production) == value ? &with : &without;
        g->fresh += c->from.fresh[side];
        g->objects += provenance_objects(&c->from);
    }
    if (value == VALUE_ABSENT) { /* absent on both sides is not counted as a cell */
        uint64_t objects = provenance_objects(all);
        with.fresh = all->fresh[side] - without.fresh;
        with.objects = objects > without.objects ? objects - without.objects : with.objects;
    }
    return with;
}

/*
 * This cohort gets the value out of the cache only, never when the answer is made
 * for itself, and not because it was seldom asked: the answer was made for another
 * kind of visitor, and the cache does not tell the two apart.
 */
static bool is_made_for_others(const struct noise *n, const struct evidence *e, int side,
                               uint32_t value)
{
    const struct provenance *all = &n->comparison->ledger.cohorts[e->cohort].from;
    struct given given = given_with(n, e, side, value);
    uint64_t objects = provenance_objects(all);
    if (given.fresh || !all->fresh[side] || !objects)
        return false;
    double share = fmin(1, (double)given.objects / (double)objects);
    return pow(1 - share, all->fresh[side]) <= 0.05;
}

/* Too few objects to tell from chance, each kept for whichever kind of visitor came first. */
static bool is_lot(const struct noise *n, const struct evidence *e, const struct cell *cell)
{
    uint64_t there = independent_count(cell), back = independent_count(reverse_of(e, cell));
    return cell->from.kept && e->facet != FACET_STATUS && sign_test_p(there, back) > 0.05 &&
           production_count(n, e, cell->staging) &&
           (is_made_for_others(n, e, 0, cell->production) ||
            is_made_for_others(n, e, 1, cell->staging));
}

static const struct cell *same_cell(const struct evidence *e, const struct cell *like)
{
    for (unsigned i = 0; e && i < e->len; i++)
        if (e->cells[i].production == like->production && e->cells[i].staging == like->staging)
            return &e->cells[i];
    return NULL;
}

/* The cache drew the lots that this cohort was given: here, or before the eyes of a larger one. */
static bool is_drawn_by_cache(const struct noise *n, const struct evidence *e,
                              const struct cell *cell)
{
    const struct ledger *l = &n->comparison->ledger;
    if (is_lot(n, e, cell))
        return true;
    if (cell->from.kept < cell->count)
        return false;
    for (uint32_t i = 0; i < l->cohort_count; i++) {
        if (l->cohorts[i].route != l->cohorts[e->cohort].route)
            continue;
        const struct evidence *other = ledger_find(l, i, e->facet);
        const struct cell *same = same_cell(other, cell);
        if (same && !(cell->from.objects & ~same->from.objects) && is_lot(n, other, same))
            return true;
    }
    return false;
}

/*
 * Values that production shows too: noise goes both ways alike (sign test). Where
 * production never changed its mind, the reverse must have been seen at least once.
 */
static bool is_exchange(const struct noise *n, const struct evidence *e, const struct cell *cell)
{
    const struct cell *reverse = reverse_of(e, cell);
    double p = sign_test_p(independent_count(cell), independent_count(reverse));
    if (is_restless(n, e) && e->facet != FACET_STATUS)
        return p >= 0.001;
    return reverse && p > 0.05;
}

/*
 * A vocabulary that is still growing: how many of production's values were seen
 * once tells how many of staging's may be new (Good and Turing's estimate).
 */
static bool is_open_vocabulary(const struct noise *n, const struct evidence *e)
{
    uint64_t once = 0, unknown = 0;
    for (unsigned i = 0; i < e->len; i++) {
        const struct cell *c = &e->cells[i];
        if (c->production != VALUE_ABSENT && production_count(n, e, c->production) == 1)
            once++;
        if (c->staging != VALUE_ABSENT && production_count(n, e, c->staging) == 0)
            unknown += c->count;
    }
    if (once < 2)
        return false;
    double expected = (double)once; /* both sides have seen equally many */
    return (double)unknown <= expected + 3 * sqrt(expected) + 1;
}

static uint64_t staging_count(const struct evidence *e, uint32_t value)
{
    uint64_t count = 0;
    for (unsigned i = 0; i < e->len; i++)
        if (e->cells[i].staging == value)
            count += e->cells[i].count;
    return count;
}

/*
 * Staging answers the same request now so, now otherwise, and production, which
 * is no constant either, may have missed by chance what staging showed a few times.
 */
static bool is_rarely_seen(const struct noise *n, const struct evidence *e, const struct cell *cell)
{
    bool constant = cell->production != VALUE_ABSENT &&
                    production_count(n, e, cell->production) == pairs_of(n, e);
    return (e->unequal[1] || e->unequal[0]) && !constant &&
           sign_test_p(staging_count(e, cell->staging), 0) >= 0.01;
}

/* max-age counts down behind some caches: a few samples cannot tell that from a change. */
static bool may_count_down(const struct noise *n, const struct evidence *e, const struct cell *cell)
{
    AUTO(strbuf_release) struct strbuf p = STRBUF_INIT, s = STRBUF_INIT;
    const struct facets *f = &n->comparison->facets;
    if (e->facet != FACET_CACHE_TEXT || pairs_of(n, e) >= 8)
        return false;
    shape_add(&p, facet_text(f, cell->production));
    shape_add(&s, facet_text(f, cell->staging));
    return span_eq(strbuf_span(&p), strbuf_span(&s));
}

/* Nearly every value of the facet is another one, wherever it is seen. */
static bool is_always_new(const struct noise *n, const struct evidence *e)
{
    uint64_t seen = n->of[e->facet].seen;
    return seen >= 4 && (uint64_t)n->comparison->facets.at[e->facet].values * 3 > 2 * seen;
}

static bool is_bare_token(struct span shape)
{
    for (size_t i = 0; i < shape.len; i++) {
        char c = shape.ptr[i];
        if (!char_is_alpha(c) && !char_is_digit(c) && c != '@' && c != '#')
            return false;
    }
    return shape.len > 0;
}

/* Tokens nobody chose now and then look like a word or a number; rarely is it a change. */
static bool is_odd_token(const struct noise *n, const struct evidence *e, const struct cell *cell)
{
    const struct facets *f = &n->comparison->facets;
    bool p = shape_has_opaque(facet_text(f, cell->production));
    bool s = shape_has_opaque(facet_text(f, cell->staging));
    if (p == s)
        return false;
    uint32_t token = p ? cell->production : cell->staging;
    if (is_bare_token(facet_text(f, cell->production)) &&
        is_bare_token(facet_text(f, cell->staging)) && cell->count * 4 <= pairs_of(n, e) + 3)
        return true;
    return cell->count * 20 < pairs_of(n, e) || production_count(n, e, token) > 20 * cell->count;
}

static bool is_one_of_many(const struct noise *n, const struct evidence *e, const struct cell *cell)
{
    const struct facet_noise *f = &n->of[e->facet];
    if (cell->staging != VALUE_MANY_ELSE)
        return true;
    bool steady = f->repeats >= 5 && f->unequal == 0;
    return !steady || cell->count * 2 < pairs_of(n, e);
}

/* No answer, or an error page: strangers do not get that for being strangers. */
static bool is_failure(const struct noise *n, const struct evidence *e, const struct cell *cell)
{
    return e->facet == FACET_TRANSPORT ||
           (e->facet == FACET_STATUS &&
            span_starts(facet_text(&n->comparison->facets, cell->staging), SPAN("5")));
}

/*
 * Staging was asked without the visitor's login: it answers as production answers
 * a stranger. What production does not do with strangers either stays a difference.
 */
static bool is_for_strangers(const struct noise *n, const struct evidence *e,
                             const struct cell *cell)
{
    const struct ledger *l = &n->comparison->ledger;
    if (!l->cohorts[e->cohort].uneven || is_failure(n, e, cell))
        return false;
    struct cohort stranger = l->cohorts[e->cohort];
    stranger.credential = stranger.uneven = false;
    uint32_t number = ledger_find_cohort(l, &stranger);
    if (number == NO_COHORT)
        return true;
    const struct evidence *theirs = ledger_find(l, number, e->facet);
    if (!theirs)
        return cell->staging == VALUE_ABSENT;
    return production_count(n, theirs, cell->staging) > 0;
}

bool noise_explains(const struct noise *n, const struct evidence *e, const struct cell *cell)
{
    if (cell->production >= VALUE_MANY && cell->production < VALUES_FIXED)
        return is_one_of_many(n, e, cell);
    if (cell->staging >= VALUE_MANY && cell->staging < VALUES_FIXED)
        return true;
    if (is_for_strangers(n, e, cell))
        return true;
    if (is_drawn_by_cache(n, e, cell))
        return true;
    if (production_count(n, e, cell->staging))
        return is_exchange(n, e, cell);
    if (e->facet == FACET_STATUS)
        return false;
    if (is_rarely_seen(n, e, cell) || may_count_down(n, e, cell))
        return true;
    if (n->comparison->facets.at[e->facet].kind != FACET_FIELD)
        return is_open_vocabulary(n, e);
    if (is_odd_token(n, e, cell))
        return true;
    if (cell->staging != VALUE_ABSENT && cell->production != VALUE_ABSENT && is_always_new(n, e))
        return true;
    return is_open_vocabulary(n, e) || (is_restless(n, e) && pairs_of(n, e) < 8);
}
