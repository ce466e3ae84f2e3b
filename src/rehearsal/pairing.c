#include "pairing.h"

#include <stdlib.h>

#include "session_outcome.h"

/*
 * Sessions come as they began: both files were written in about that order, so what
 * neighbouring sessions need of a file lies close together in it.
 */

/* One session of one file. */
struct side {
    struct store *store;
    struct store_sessions *walk;
    struct store_session session; /* the one the walk stands at */
    bool there;
    struct exchange *exchanges;
    size_t count;
    struct arena arena;
};

static int advance(struct side *side, struct err *err)
{
    int rc = store_sessions_next(side->walk, &side->session, err);
    if (rc >= 0)
        side->there = rc == 1;
    return rc < 0 ? rc : 0;
}

static int open_side(struct side *side, struct store *store, struct err *err)
{
    side->store = store;
    if (!store)
        return 0;
    return store_sessions_open(&side->walk, store, STORE_BY_START, err);
}

static void close_side(struct side *side)
{
    store_sessions_close(side->walk);
    arena_release(&side->arena);
}

static int load(struct side *side, uint64_t session, struct err *err)
{
    arena_clear(&side->arena);
    side->count = 0;
    return store_load_session(side->store, session, false, &side->exchanges, &side->count,
                              &side->arena, err);
}

struct twins {
    const struct exchange *staging;
    const struct exchange *hops;
    size_t hop_count;
};

/* Planned, but the baseline holds nothing for it: counted by way of an answer that is not there. */
static void add_alone(struct pairing *p, const struct exchange *staging)
{
    if (exchange_is_extra(staging))
        return;
    struct exchange missing = exchange_blank();
    missing.session = staging->session;
    missing.seq = missing.planned = staging->planned;
    missing.request = staging->request;
    missing.marks = MARK_NOT_SENT;
    missing.note = SPAN("the baseline holds no answer");
    comparison_add(p->comparison, &missing, staging, NULL, 0);
}

/* Moves *at behind the twins; what lies before them has no twin itself. */
static struct twins find_twins(struct pairing *p, const struct side *run, size_t *at,
                               uint32_t planned)
{
    struct twins twins = { 0 };
    while (*at < run->count && run->exchanges[*at].planned < planned)
        add_alone(p, &run->exchanges[(*at)++]);
    if (*at < run->count && run->exchanges[*at].planned == planned &&
        !exchange_is_extra(&run->exchanges[*at]))
        twins.staging = &run->exchanges[(*at)++];
    size_t first = *at;
    while (*at < run->count && run->exchanges[*at].planned == planned &&
           (run->exchanges[*at].marks & MARK_HOP)) {
        twins.hop_count++;
        (*at)++;
    }
    twins.hops = twins.hop_count ? &run->exchanges[first] : NULL;
    return twins;
}

static void note_run(struct pairing *p, const struct side *run, struct session_outcome *outcome)
{
    if (p->ledger)
        write_ledger_fill(p->ledger, run->exchanges, run->count);
    for (size_t i = 0; i < run->count; i++) {
        const struct exchange *x = &run->exchanges[i];
        outcome->member |= (x->marks & MARK_LOGIN_STEP) != 0;
        p->failed += (x->marks & MARK_FAILED) && !exchange_is_extra(x);
        if (x->marks & MARK_NOT_SENT)
            continue;
        if (!p->replayed_first_us || x->start_us < p->replayed_first_us)
            p->replayed_first_us = x->start_us;
        if (x->start_us > p->replayed_last_us)
            p->replayed_last_us = x->start_us;
    }
}

static void add_pairs(struct pairing *p, struct side *baseline, struct side *run)
{
    struct session_outcome outcome = { 0 };
    size_t at = 0;
    if (run->count)
        qsort(run->exchanges, run->count, sizeof *run->exchanges, exchange_by_planned);
    note_run(p, run, &outcome);
    for (size_t i = 0; i < baseline->count; i++) {
        const struct exchange *production = &baseline->exchanges[i];
        if (exchange_is_extra(production))
            continue;
        struct twins twins = { .staging = production };
        if (p->run)
            twins = find_twins(p, run, &at, production->planned);
        comparison_add(p->comparison, production, twins.staging, twins.hops, twins.hop_count);
        session_outcome_add(&outcome, production, twins.staging);
    }
    session_outcome_count(&outcome, &p->outcomes);
    while (at < run->count)
        add_alone(p, &run->exchanges[at++]);
}

/* What only the run has of sessions that the baseline does not know. */
static void add_unpaired(struct pairing *p, struct side *run)
{
    struct session_outcome unused = { 0 };
    note_run(p, run, &unused);
    for (size_t i = 0; i < run->count; i++)
        add_alone(p, &run->exchanges[i]);
}

/* What the baseline has, with what the run has of the same session. */
static int walk_baseline(struct pairing *p, struct side *baseline, struct side *run,
                         struct progress_state *state, struct err *err)
{
    int rc = advance(baseline, err);
    while (rc == 0 && baseline->there) {
        rc = load(baseline, baseline->session.id, err);
        if (rc == 0 && p->run)
            rc = load(run, baseline->session.id, err);
        if (rc < 0)
            break;
        add_pairs(p, baseline, run);
        state->done += baseline->count;
        progress_report(p->progress, state);
        rc = advance(baseline, err);
    }
    return rc;
}

/* What only the run has: usually nothing, or the run is of another capture. */
static int walk_rest(struct pairing *p, struct side *run, struct err *err)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct store_session twin;
    int rc = advance(run, err);
    while (rc == 0 && run->there) {
        arena_clear(&arena);
        struct err ignored = ERR_INIT;
        int found = store_find_session(p->baseline, run->session.id, &twin, &arena, &ignored);
        if (found == E_NOT_FOUND && (rc = load(run, run->session.id, err)) == 0)
            add_unpaired(p, run);
        else if (found < 0 && found != E_NOT_FOUND)
            return err_set(err, found, "%s", ignored.text);
        rc = rc == 0 ? advance(run, err) : rc;
    }
    return rc;
}

struct bodies {
    struct store *baseline, *run;
    struct arena arena[2]; /* one a side: both bodies of a pair are held at once */
};

static int fetch_body(void *ctx, const struct exchange *x, bool staging, struct span *ret)
{
    struct bodies *bodies = ctx;
    struct arena *arena = &bodies->arena[staging];
    arena_clear(arena);
    if (!x->body_id)
        return E_NOT_FOUND;
    return store_load_body(staging ? bodies->run : bodies->baseline, x->body_id, ret, arena, NULL);
}

int pairing_walk(struct pairing *p, struct err *err)
{
    struct side baseline = { .arena = ARENA_INIT }, run = { .arena = ARENA_INIT };
    struct bodies bodies = { p->baseline,
                             p->run ? p->run : p->baseline,
                             { ARENA_INIT, ARENA_INIT } };
    struct progress_state state = { .doing = p->run ? "compare" : "contract", .unit = "exchanges" };
    struct store_totals totals;

    comparison_set_bodies(p->comparison, fetch_body, &bodies);
    int rc = store_totals(p->baseline, &totals, err);
    if (rc == 0)
        rc = open_side(&baseline, p->baseline, err);
    if (rc == 0)
        rc = open_side(&run, p->run, err);
    state.total = totals.exchanges;
    if (rc == 0)
        rc = walk_baseline(p, &baseline, &run, &state, err);
    if (rc == 0 && p->run)
        rc = walk_rest(p, &run, err);
    comparison_set_bodies(p->comparison, NULL, NULL);
    close_side(&baseline);
    close_side(&run);
    arena_release(&bodies.arena[0]);
    arena_release(&bodies.arena[1]);
    return rc;
}
