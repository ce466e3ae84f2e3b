#include <string.h>

#include "bindings_facts.h"
#include "cache_guess.h"
#include "file_facts.h"
#include "leaks.h"
#include "pairing.h"
#include "rehearse/rehearsal/jobs.h"
#include "rehearse/verdict/command.h"

static int learn_target(void *ctx, struct span target)
{
    routes_learn(ctx, target);
    return 0;
}

static struct routes *make_routes(const struct scenario *scenario)
{
    struct routes *routes = routes_new();
    for (size_t i = 0; scenario && i < scenario->route_count; i++)
        routes_add_rule(routes, &scenario->routes[i]);
    return routes;
}

static struct span file_stem(const char *path)
{
    struct span name = span_of(path);
    name = span_from(name, (size_t)(span_rfind_char(name, '/') + 1));
    ptrdiff_t dot = span_rfind_char(name, '.');
    return dot > 0 ? span_head(name, (size_t)dot) : name;
}

static void put_gates(const struct compare_job *job, struct compare_result *ret, size_t *ret_count)
{
    size_t max = sizeof ret->gates / sizeof ret->gates[0];
    if (!job->scenario || !job->scenario->gate_count) {
        *ret_count = verdict_default_gates(ret->gates, max);
        return;
    }
    size_t count = job->scenario->gate_count < max ? job->scenario->gate_count : max;
    memcpy(ret->gates, job->scenario->gates, count * sizeof *ret->gates);
    *ret_count = count;
}

static int run_commands(const struct compare_job *job, struct compare_result *ret, size_t count,
                        struct err *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < count; i++)
        if (ret->gates[i].kind == GATE_COMMAND)
            rc = gate_run_command(&ret->gates[i], job->scenario->gate_command_us, &ret->arena, err);
    return rc;
}

static int put_facts(const struct compare_job *job, struct store *baseline, struct store *run,
                     const struct pairing *pairing, struct compare_result *ret, struct err *err)
{
    struct report_facts *facts = &ret->facts;
    struct target_facts live, staging;
    struct report_account *accounts, *skipped;
    struct store_totals totals;
    size_t gate_count;

    int rc = facts_get_target(baseline, &live, &ret->arena, err);
    if (rc == 0)
        rc = facts_get_target(run, &staging, &ret->arena, err);
    if (rc == 0)
        rc = facts_get_accounts(baseline, &accounts, &facts->account_count, &ret->arena, err);
    if (rc == 0)
        rc = facts_get_accounts(run, &skipped, &facts->skipped_count, &ret->arena, err);
    if (rc == 0)
        rc = bindings_get(run, &facts->bindings, &ret->arena, err);
    if (rc == 0)
        rc = store_totals(baseline, &totals, err);
    if (rc < 0)
        return rc;
    put_gates(job, ret, &gate_count);
    rc = run_commands(job, ret, gate_count, err);
    if (rc < 0)
        return rc;
    facts->name = arena_copy(&ret->arena, job->name ? span_of(job->name) : file_stem(job->run));
    facts->tool = SPAN("rehearse " REHEARSE_VERSION);
    facts->production = live.words.len ? live.words : SPAN("the recorded responses");
    facts->staging = staging.words.len ? staging.words : SPAN("unknown");
    facts->captured_first_us = totals.first_us;
    facts->captured_last_us = totals.last_us;
    facts->replayed_first_us = pairing->replayed_first_us;
    facts->replayed_last_us = pairing->replayed_last_us;
    facts->accounts = accounts;
    facts->skipped = skipped;
    facts->failed = pairing->failed;
    facts->ledger = &ret->ledger;
    facts->leaks = &ret->leaks;
    facts->outcomes = pairing->outcomes;
    facts->findings = &ret->findings;
    facts->verdict = verdict_decide(ret->gates, gate_count, &ret->findings, &facts->summary,
                                    pairing->failed, &ret->arena);
    return 0;
}

static int check_kinds(struct store *baseline, struct store *run, struct err *err)
{
    if (store_kind(baseline) == STORE_CAPTURE)
        return err_set(
            err, E_USAGE,
            "%s: is a capture, expected a baseline or a run; make one with: rehearse baseline",
            store_path(baseline));
    if (store_kind(run) == STORE_CAPTURE)
        return err_set(err, E_USAGE,
                       "%s: is a capture, expected a run; make one with: rehearse replay",
                       store_path(run));
    return 0;
}

/* Without a scenario, or without its section, the comparison's own defaults. */
static struct compared_cache compared_cache(const struct compare_job *job, int side)
{
    const struct scenario *s = job->scenario;
    if (!s || !s->cache_given)
        return (struct compared_cache){ .policy = NULL };
    /* One rule for both is one pointer: the comparison need not look for what differs. */
    const struct scenario_cache *cache = &s->caches[s->staging_cache_given ? side : 0];
    return (struct compared_cache){
        .policy = &cache->policy,
        .key = cache->key_given ? &cache->key.policy : NULL,
        .key_field = cache->field,
    };
}

/* What of the caches' configuration no comparison heeds, beside the coverage: a report travels
 * without what was printed when it was made. */
static void put_notes(const struct compare_job *job, struct compare_result *ret)
{
    const struct scenario *s = job->scenario;
    struct comparison_summary *summary = &ret->facts.summary;
    size_t len = summary->note_count, more = 0;
    if (!s || !s->cache_given)
        return;
    bool both = s->caches[0].key.notes != s->caches[1].key.notes;
    for (int side = 0; side <= both; side++)
        more += s->caches[side].key.note_count;
    if (!more)
        return;
    struct note_line *notes = arena_calloc(&ret->arena, len + more, sizeof *notes);
    if (len)
        memcpy(notes, summary->notes, len * sizeof *notes);
    for (int side = 0; side <= both; side++) {
        const struct key_source *key = &s->caches[side].key;
        for (size_t i = 0; i < key->note_count; i++)
            notes[len++] = (struct note_line){
                arena_printf(&ret->arena,
                             "Of the cache's configuration%s, not taken into account: %.*s",
                             side ? " on staging" : "", SPAN_ARG(key->notes[i])),
                summary->compared
            };
    }
    summary->notes = notes;
    summary->note_count = len;
}

static int compare_stores(const struct compare_job *job, struct store *baseline, struct store *run,
                          struct routes *routes, struct compare_result *ret, struct err *err)
{
    struct target_facts staging;
    int rc = facts_get_target(run, &staging, &ret->arena, err);
    if (rc < 0)
        return rc;
    const struct comparison_options options = {
        .routes = routes,
        .hosts = staging.hosts,
        .host_count = staging.host_count,
        .ignore = job->scenario ? job->scenario->ignore : NULL,
        .ignore_count = job->scenario ? job->scenario->ignore_count : 0,
        .caches = { compared_cache(job, 0), compared_cache(job, 1) },
    };
    AUTO(comparison_freep) struct comparison *comparison = comparison_new(&options);
    struct write_ledger_filling ledger = { .ledger = &ret->ledger, .run = run, .routes = routes };
    struct pairing pairing = { .baseline = baseline,
                               .run = run,
                               .comparison = comparison,
                               .ledger = &ledger,
                               .progress = job->progress };
    rc = pairing_walk(&pairing, err);
    int finished = write_ledger_finish(&ledger, rc == 0 ? err : NULL);
    rc = rc < 0 ? rc : finished;
    if (rc == 0)
        rc = comparison_finish(comparison, &ret->findings, &ret->facts.summary, err);
    if (rc == 0 && job->gates)
        gate_matrix_add_findings(job->gates, &ret->findings, ret->facts.summary.compared);
    ret->facts.gates = job->gates;
    if (rc == 0)
        rc = leaks_find(&(struct leaks_job){ run, routes, staging.hosts, staging.host_count,
                                              &ret->facts.summary, &ret->findings },
                        &ret->leaks, &ret->arena, err);
    if (rc == 0)
        put_notes(job, ret);
    if (rc == 0 && !(job->scenario && job->scenario->cache_given))
        rc = cache_guess(baseline, &ret->product, err);
    return rc < 0 ? rc : put_facts(job, baseline, run, &pairing, ret, err);
}

int compare_job_run(const struct compare_job *job, struct compare_result *ret, struct err *err)
{
    AUTO(store_closep) struct store *baseline = NULL;
    AUTO(store_closep) struct store *run = NULL;
    int rc = store_open(&baseline, job->baseline, false, err);
    if (rc == 0)
        rc = store_open(&run, job->run, false, err);
    if (rc == 0)
        rc = check_kinds(baseline, run, err);
    if (rc < 0)
        return rc;
    struct routes *routes = make_routes(job->scenario);
    rc = store_each_target(baseline, learn_target, routes, err);
    routes_settle(routes);
    if (rc == 0)
        rc = compare_stores(job, baseline, run, routes, ret, err);
    routes_free(routes);
    return rc;
}

void compare_result_release(struct compare_result *result)
{
    findings_release(&result->findings);
    simulation_release(&result->simulation);
    write_ledger_release(&result->ledger);
    gate_matrix_release(&result->doors);
    arena_release(&result->arena);
    memset(result, 0, sizeof *result);
}
