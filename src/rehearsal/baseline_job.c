#include "file_facts.h"
#include "pairing.h"
#include "rehearse/rehearsal/jobs.h"
#include "rehearse/session/credential.h"

/* Production is asked gently, whatever else was said. */
static int ask_production(const struct baseline_job *job, struct store *capture,
                          struct store *baseline, struct baseline_result *ret, struct err *err)
{
    unsigned char key[VEIL_KEY_BYTES];
    struct replay_summary summary = { 0 };
    int rc = veil_key_load(key, NULL, err);
    if (rc < 0)
        return rc;
    const struct replay_options options = {
        .target = job->live,
        .shards = 1,
        .concurrency = 4,
        .speed = REPLAY_SPEED_MAX,
        .rate = job->rate > 0 ? job->rate : 5,
        .asks = job->asks,
        .safe_only = true,
        .no_credentials = true,
        .veil_key = key,
        .progress = job->progress,
        .stop = job->stop,
    };
    rc = facts_put_target(baseline, job->live, err);
    if (rc == 0)
        rc = replay_run(capture, baseline, &options, &summary, err);
    ret->exchanges = summary.planned;
    ret->answered = summary.answered;
    ret->skipped = summary.skipped;
    return rc;
}

static int take_recorded(const struct baseline_job *job, struct store *capture,
                         struct store *baseline, struct baseline_result *ret, struct err *err)
{
    struct store_totals totals;
    int rc = baseline_from_recorded(capture, baseline, job->progress, err);
    if (rc == 0)
        rc = store_totals(baseline, &totals, err);
    if (rc == 0)
        ret->exchanges = ret->answered = totals.exchanges;
    return rc;
}

struct contract_writing {
    struct store *baseline;
    uint64_t lines;
    struct err *err;
};

static int learn_target(void *ctx, struct span target)
{
    routes_learn(ctx, target);
    return 0;
}

static int put_line(void *ctx, struct span route, struct span field, struct span shape)
{
    struct contract_writing *w = ctx;
    w->lines++;
    return store_put_contract(w->baseline, route, field, shape, w->err);
}

/* Production compared with itself: what it says constantly, and how the rest varies. */
static int learn_contract(const struct baseline_job *job, struct store *baseline,
                          struct baseline_result *ret, struct err *err)
{
    struct routes *routes = routes_new();
    int rc = store_each_target(baseline, learn_target, routes, err);
    routes_settle(routes);
    const struct comparison_options options = { .routes = routes };
    struct comparison *comparison = comparison_new(&options);
    struct pairing pairing = { .baseline = baseline,
                               .comparison = comparison,
                               .progress = job->progress };
    struct contract_writing writing = { baseline, 0, err };
    if (rc == 0)
        rc = pairing_walk(&pairing, err);
    if (rc == 0)
        rc = comparison_each_contract_line(comparison, put_line, &writing);
    ret->contract_lines = writing.lines;
    comparison_free(comparison);
    routes_free(routes);
    return rc < 0 ? rc : store_commit(baseline, err);
}

int baseline_job_run(const struct baseline_job *job, struct baseline_result *ret, struct err *err)
{
    AUTO(store_closep) struct store *capture = NULL;
    AUTO(store_closep) struct store *baseline = NULL;
    *ret = (struct baseline_result){ 0 };
    int rc = store_open(&capture, job->capture, false, err);
    if (rc == 0)
        rc = store_create(&baseline, job->out, STORE_BASELINE, job->replace, err);
    if (rc == 0)
        rc = facts_copy_import(capture, baseline, err);
    if (rc == 0)
        rc = job->live ? ask_production(job, capture, baseline, ret, err)
                       : take_recorded(job, capture, baseline, ret, err);
    if (rc == 0)
        rc = store_finish(baseline, err);
    return rc < 0 ? rc : learn_contract(job, baseline, ret, err);
}
