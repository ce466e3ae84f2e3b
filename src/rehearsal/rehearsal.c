/*
 * A whole rehearsal: import, baseline, replay, compare, verdict, report. The files
 * in between stay in the work folder, so that any part can be looked at or done again.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rehearse/base/file.h"
#include "rehearse/base/text.h"
#include "rehearse/rehearsal/jobs.h"
#include "rehearse/session/credential.h"
#include "rehearse/store/store.h"

struct paths {
    struct strbuf folder, capture, secrets, baseline, run, gates, live_gates;
};

static void paths_release(struct paths *p)
{
    strbuf_release(&p->folder);
    strbuf_release(&p->capture);
    strbuf_release(&p->secrets);
    strbuf_release(&p->baseline);
    strbuf_release(&p->run);
    strbuf_release(&p->gates);
    strbuf_release(&p->live_gates);
}

static void add_work_folder(struct strbuf *out, const struct rehearsal *r)
{
    if (r->work) {
        strbuf_add_str(out, r->work);
        return;
    }
    struct span report = span_of(r->scenario->report_folder);
    while (report.len > 1 && report.ptr[report.len - 1] == '/')
        report.len--;
    ptrdiff_t slash = span_rfind_char(report, '/');
    strbuf_add_span(out, span_head(report, (size_t)(slash + 1)));
    strbuf_add_str(out, ".rehearse");
}

static int make_paths(struct paths *p, const struct rehearsal *r, struct err *err)
{
    add_work_folder(&p->folder, r);
    int rc = file_make_folder(p->folder.buf, err);
    if (rc < 0)
        return rc;
    if (chmod(p->folder.buf, 0700) != 0)
        return err_errno(err, E_IO, "%s: cannot be made private", p->folder.buf);
    rc = file_make_folder(r->scenario->report_folder, err); /* before anything is sent */
    if (rc < 0)
        return rc;
    strbuf_addf(&p->capture, "%s/traffic.capture", p->folder.buf);
    strbuf_addf(&p->secrets, "%s.secrets", p->capture.buf);
    strbuf_addf(&p->baseline, "%s/production.baseline", p->folder.buf);
    strbuf_addf(&p->run, "%s/staging.run", p->folder.buf);
    strbuf_addf(&p->gates, "%s/gates.run", p->folder.buf);
    strbuf_addf(&p->live_gates, "%s/gates.baseline", p->folder.buf);
    return 0;
}

static void say(const struct rehearsal *r, const struct strbuf *line)
{
    if (r->said)
        r->said(r->ctx, line->buf);
}

/*
 * What was interrupted while it was made, or cannot be read, is made again; so is
 * what was asked for in other words (`said`, unless NULL).
 */
static bool is_finished(const char *path, const char *said)
{
    AUTO(store_closep) struct store *store = NULL;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct span state = SPAN_NONE, options = SPAN_NONE;
    return file_exists(path) && store_open(&store, path, false, NULL) == 0 &&
           store_get_meta(store, "state", &state, &arena, NULL) == 0 &&
           span_eq(state, SPAN("finished")) &&
           (!said || (store_get_meta(store, "options", &options, &arena, NULL) == 0 &&
                      span_eq(options, span_of(said))));
}

/* A run is a journal: whatever is in it can be gone on with. */
static bool is_begun(const char *path)
{
    AUTO(store_closep) struct store *store = NULL;
    return file_exists(path) && store_open(&store, path, false, NULL) == 0;
}

/* What an older rehearsal made of other traffic must not be taken for this one's by a resume. */
static int do_import(const struct rehearsal *r, const struct paths *p, struct err *err)
{
    AUTO(strbuf_release) struct strbuf said = STRBUF_INIT;
    struct import_options options;
    import_options_of_scenario(&options, r->scenario);
    options.keep_secrets = r->scenario->capture.keep_secrets ? p->secrets.buf : NULL;
    import_options_add(&said, &options);
    if (r->resume && is_finished(p->capture.buf, said.buf))
        return 0;
    store_remove(p->capture.buf);
    unlink(p->secrets.buf);
    store_remove(p->baseline.buf);
    store_remove(p->run.buf);
    AUTO(strbuf_release) struct strbuf line = STRBUF_INIT;
    struct import_summary summary = { 0 };
    options.said = said.buf;
    options.out = p->capture.buf;
    options.replace = true;
    options.progress = r->progress;
    options.stop = r->stop;
    int rc = veil_key_load(options.key, NULL, err);
    if (rc == 0 && options.keep_secrets)
        rc = seal_key_load(options.seal_key, r->scenario->capture.secrets_key, true, err);
    if (rc == 0)
        rc = import_run(&options, &summary, err);
    key_forget(options.key, sizeof options.key);
    key_forget(options.seal_key, sizeof options.seal_key);
    if (rc == 0) {
        import_add_text(&summary, &line);
        say(r, &line);
    }
    import_summary_release(&summary);
    return rc;
}

static int do_baseline(const struct rehearsal *r, struct paths *p, struct err *err)
{
    AUTO(target_freep) struct target *production = NULL;
    AUTO(strbuf_release) struct strbuf line = STRBUF_INIT;
    struct baseline_result result;
    if (r->scenario->baseline == BASELINE_FILE) {
        strbuf_clear(&p->baseline);
        strbuf_add_str(&p->baseline, r->scenario->baseline_file);
        return 0;
    }
    if (r->resume && is_finished(p->baseline.buf, NULL))
        return 0;
    store_remove(p->run.buf);
    int rc = 0;
    if (r->scenario->baseline == BASELINE_LIVE)
        rc = target_of_scenario(&production, "production", true, &r->scenario->production, err);
    if (rc < 0)
        return rc;
    struct http_field asks[SCENARIO_ASKS_MAX];
    const struct baseline_job job = {
        .capture = p->capture.buf,
        .out = p->baseline.buf,
        .replace = true,
        .live = production,
        .rate = r->scenario->baseline_rate,
        .asks = { .fields = asks,
                  .count = scenario_asks(r->scenario, 0, asks),
                  .production = r->scenario->asks_for_key[0] },
        .progress = r->progress,
        .stop = r->stop,
    };
    rc = baseline_job_run(&job, &result, err);
    if (rc < 0)
        return rc;
    strbuf_add_str(&line, "baseline  ");
    text_add_count(&line, result.answered);
    strbuf_addf(&line, " answers of production, %s", production ? "asked live" : "as recorded");
    say(r, &line);
    return 0;
}

static void add_replay_text(struct strbuf *line, const struct replay_summary *s)
{
    strbuf_add_str(line, "replay    ");
    text_add_count(line, s->planned);
    strbuf_add_str(line, " planned = ");
    text_add_count(line, s->sent);
    strbuf_add_str(line, " sent + ");
    text_add_count(line, s->skipped);
    strbuf_add_str(line, " skipped; ");
    text_add_count(line, s->failed);
    strbuf_add_str(line, " failed, ");
    text_add_count(line, s->sessions_ended);
    strbuf_add_str(line, " sessions, ");
    if (s->logins_failed) {
        text_add_count(line, s->logins_failed);
        strbuf_add_str(line, s->logins_failed == 1 ? " login failed, " : " logins failed, ");
    }
    if (s->sessions_skipped) {
        text_add_count(line, s->sessions_skipped);
        strbuf_add_str(line, " of them skipped: not logged in, ");
    }
    text_add_duration(line, s->elapsed_us);
    if (s->values_given || s->values_missing) {
        strbuf_add_str(line, "\n          ");
        text_add_count(line, s->values_given);
        strbuf_add_str(line, " values of staging in place of production's, ");
        text_add_count(line, s->values_kept);
        strbuf_add_str(line, " the same, ");
        text_add_count(line, s->values_missing);
        strbuf_add_str(line, " unresolved");
    }
}

static int do_replay(const struct rehearsal *r, const struct paths *p, struct err *err)
{
    AUTO(target_freep) struct target *staging = NULL;
    AUTO(strbuf_release) struct strbuf line = STRBUF_INIT;
    const struct scenario *s = r->scenario;
    struct replay_summary summary = { 0 };
    int rc = target_of_scenario(&staging, "staging", false, &s->staging, err);
    if (rc < 0)
        return rc;
    struct http_field asks[SCENARIO_ASKS_MAX];
    const struct replay_job job = {
        .capture = p->capture.buf, .out = p->run.buf, .replace = true, .accounts = s->accounts,
        .accounts_made = s->accounts_made,
        .secrets = s->identities_are_theirs ? p->secrets.buf : NULL,
        .seal_key = s->capture.secrets_key,
        .options = {
            .target = staging, .production = s->known_production, .shards = s->replay.shards, .concurrency = s->replay.concurrency,
            .speed = s->replay.speed, .rate = s->replay.rate, .seed = s->replay.seed,
            .timeout_us = s->replay.timeout_us, .error_budget = s->replay.error_budget,
            .asks = { .fields = asks, .count = scenario_asks(s, 1, asks) },
            .resume = r->resume && is_begun(p->run.buf), .progress = r->progress, .stop = r->stop,
            .login = s->login.count ? &s->login : NULL,
            .registration = s->registration.count ? &s->registration : NULL,
            .identities_for_all = s->identities_for_all,
        },
    };
    rc = replay_job_run(&job, &summary, err);
    add_replay_text(&line, &summary);
    say(r, &line);
    return rc;
}

static void add_gates_text(struct strbuf *line, const struct gate_matrix *m)
{
    strbuf_add_str(line, "gates     ");
    text_add_count(line, m->row_count);
    strbuf_add_str(line, " routes as ");
    text_add_count(line, m->column_count);
    strbuf_add_str(line, " personas, ");
    text_add_count(line, m->requests);
    strbuf_add_str(line, " requests; ");
    text_add_count(line, m->cells_differing);
    strbuf_add_str(line, " of ");
    text_add_count(line, m->cells_known);
    strbuf_add_str(line, " known answers differ, ");
    text_add_duration(line, m->elapsed_us);
}

/* Every route once more, as each persona: where the scenario names some, or there are accounts. */
static int do_gates(const struct rehearsal *r, const struct paths *p, struct gate_matrix *ret,
                    bool *ret_done, struct err *err)
{
    AUTO(target_freep) struct target *staging = NULL;
    AUTO(target_freep) struct target *production = NULL;
    AUTO(strbuf_release) struct strbuf line = STRBUF_INIT;
    const struct scenario *s = r->scenario;
    *ret_done = s->personas_given ? s->persona_count > 0 : s->identities_given != NULL;
    if (!*ret_done)
        return 0;
    int rc = target_of_scenario(&staging, "staging", false, &s->staging, err);
    if (rc == 0 && s->baseline == BASELINE_LIVE)
        rc = target_of_scenario(&production, "production", true, &s->production, err);
    if (rc < 0)
        return rc;
    const struct gates_job job = {
        .capture = p->capture.buf,
        .run = p->run.buf,
        .out = p->gates.buf,
        .personas = s->personas_given ? s->personas : NULL,
        .persona_count = s->persona_count,
        .rules = s->routes,
        .rule_count = s->route_count,
        .accounts = s->accounts,
        .accounts_made = s->accounts_made,
        .options = { .target = staging,
                     .login = s->login.count ? &s->login : NULL,
                     .registration = s->registration.count ? &s->registration : NULL, .production = s->known_production,
                     .shards = s->replay.shards, .concurrency = s->replay.concurrency,
                     .rate = s->replay.rate, .seed = s->replay.seed,
                     .timeout_us = s->replay.timeout_us, .error_budget = s->replay.error_budget,
                     .progress = r->progress, .stop = r->stop },
        .live = production,
        .live_out = p->live_gates.buf,
        .live_rate = s->baseline_rate,
        .resume = r->resume,
    };
    rc = gates_job_run(&job, ret, err);
    if (rc < 0)
        return rc;
    add_gates_text(&line, ret);
    say(r, &line);
    return 0;
}

static void say_cache(const struct rehearsal *r)
{
    AUTO(strbuf_release) struct strbuf line = STRBUF_INIT;
    scenario_add_cache_text(r->scenario, &line);
    if (line.len)
        say(r, &line);
}

/* The captured requests in virtual time, for the report; nothing when staging answered none. */
static int do_simulate(const struct rehearsal *r, const struct paths *p, struct compare_result *ret,
                       struct err *err)
{
    if (ret->facts.summary.compared == 0)
        return 0;
    struct simulate_options options = {
        .production = p->capture.buf,
        .staging = p->run.buf,
        .routes = r->scenario->routes,
        .route_count = r->scenario->route_count,
        .progress = r->progress,
    };
    simulate_caches(options.caches, r->scenario);
    int rc = simulate(&options, &ret->simulation, err);
    if (rc < 0)
        return rc;
    const struct model_counts *total = &ret->simulation.total.production;
    if (total->requests > total->outcomes[MODEL_UNKNOWN])
        ret->facts.simulation = &ret->simulation;
    return 0;
}

int rehearsal_run(const struct rehearsal *r, struct compare_result *ret, struct err *err)
{
    AUTO(paths_release) struct paths p = { STRBUF_INIT, STRBUF_INIT, STRBUF_INIT, STRBUF_INIT,
                                           STRBUF_INIT, STRBUF_INIT, STRBUF_INIT };
    AUTO(file_unlock) int lock = -1; /* of the folder: two rehearsals in it would mix their files */
    int rc = make_paths(&p, r, err);
    if (rc == 0)
        rc = file_lock(&lock, p.folder.buf, err);
    if (rc == 0)
        say_cache(r);
    if (rc == 0)
        rc = do_import(r, &p, err);
    if (rc == 0)
        rc = do_baseline(r, &p, err);
    bool gates = false;
    if (rc == 0)
        rc = do_replay(r, &p, err);
    if (rc == 0)
        rc = do_gates(r, &p, &ret->doors, &gates, err);
    if (rc < 0)
        return rc;
    const struct compare_job job = {
        .baseline = p.baseline.buf,
        .run = p.run.buf,
        .name = r->scenario->name,
        .scenario = r->scenario,
        .gates = gates ? &ret->doors : NULL,
        .progress = r->progress,
    };
    rc = compare_job_run(&job, ret, err);
    if (rc == 0)
        rc = do_simulate(r, &p, ret, err);
    return rc < 0 ? rc : report_write(&ret->facts, r->scenario->report_folder, err);
}
