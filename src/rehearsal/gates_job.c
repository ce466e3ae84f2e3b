/* The gate matrix: survey the capture, plan, send past the guard into a run of its own, read. */
#include <stdlib.h>
#include <string.h>

#include "file_facts.h"
#include "gates_plan.h"
#include "rehearse/base/file.h"
#include "rehearse/base/mem.h"
#include "rehearse/http/url.h"
#include "rehearse/rehearsal/gates.h"
#include "rehearse/session/credential.h"

struct gating {
    const struct gates_job *job;
    struct gate_matrix *matrix;
    struct store *capture, *run; /* owned; run may be NULL */
    struct persona *personas;    /* owned */
    size_t persona_count;
    struct arena arena;
    struct gate_survey *survey; /* owned */
    struct gates_plan plan;
    struct identity_pool *members, *another; /* owned */
    struct identity_pool **roles;            /* owned, one a persona */
    const struct login_plan *login;
};

static void gating_release(struct gating *g)
{
    for (size_t i = 0; g->roles && i < g->persona_count; i++)
        identity_pool_free(g->roles[i]);
    free(g->roles);
    identity_pool_free(g->members);
    identity_pool_free(g->another);
    gate_survey_free(g->survey);
    store_close(g->run);
    store_close(g->capture);
    free(g->personas);
    arena_release(&g->arena);
}

/* ---- personas ---- */

enum { LOCALES_MAX = 4, PERSONAS_ROOM = 80 };

static int add_language(void *ctx, struct span line)
{
    struct strset *languages = ctx;
    span_cut(&line, ':');
    struct span language = persona_language_of(line);
    if (language.len >= 2 && language.len <= 3 && languages->len < 64)
        strset_add(languages, language);
    return 0;
}

static int by_text(const void *a, const void *b)
{
    return span_cmp(*(const struct span *)a, *(const struct span *)b);
}

/* Those that visitors of the capture asked for. */
static int add_locales(struct gating *g, struct err *err)
{
    AUTO(strset_release) struct strset languages = STRSET_INIT;
    int rc = store_each_field_line(g->capture, "Accept-Language", add_language, &languages, err);
    if (rc < 0 || languages.len < 2)
        return rc;
    qsort(languages.texts, languages.len, sizeof *languages.texts, by_text);
    for (size_t i = 0; i < languages.len && i < LOCALES_MAX; i++) {
        struct persona_item *field = arena_alloc(&g->arena, sizeof *field);
        struct span language = arena_copy(&g->arena, languages.texts[i]);
        *field = (struct persona_item){ SPAN("Accept-Language"), language };
        g->personas[g->persona_count++] = (struct persona){
            .name = arena_printf(&g->arena, "language %.*s", SPAN_ARG(language)),
            .kind = PERSONA_LOCALE,
            .language = language,
            .fields = field,
            .field_count = 1,
        };
    }
    return 0;
}

static int choose_personas(struct gating *g, struct err *err)
{
    static const char *const usual[] = { "anonymous", "member",    "expired", "tampered",
                                         "another",   "googlebot", "bingbot" };
    const struct gates_job *job = g->job;
    g->personas = xcalloc(PERSONAS_ROOM, sizeof *g->personas);
    if (job->personas) {
        g->persona_count = job->persona_count < PERSONAS_ROOM ? job->persona_count : PERSONAS_ROOM;
        memcpy(g->personas, job->personas, g->persona_count * sizeof *g->personas);
        return 0;
    }
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        persona_named(&g->personas[g->persona_count++], span_of(usual[i]));
    return add_locales(g, err);
}

/* ---- accounts ---- */

static struct span role_of(const struct identity_pool *pool, const struct identity *identity)
{
    struct span role = identity_value(pool, identity, "role");
    return span_is_none(role) ? SPAN("") : span_trim(role);
}

static bool has_role(void *ctx, const struct identity_pool *pool, const struct identity *identity)
{
    const struct persona *p = ctx;
    return span_ieq(role_of(pool, identity), p->role);
}

/* No persona names its role: an ordinary member. */
static bool is_ordinary(void *ctx, const struct identity_pool *pool,
                        const struct identity *identity)
{
    const struct gating *g = ctx;
    struct span role = role_of(pool, identity);
    for (size_t i = 0; i < g->persona_count; i++)
        if (g->personas[i].role.len && span_ieq(g->personas[i].role, role))
            return false;
    return true;
}

/* Ordinary, and nobody's whose own page is asked for. */
static bool is_another(void *ctx, const struct identity_pool *pool, const struct identity *identity)
{
    const struct gating *g = ctx;
    for (size_t r = 0; r < g->matrix->row_count; r++)
        if (g->plan.rows[r].owned && span_eq(g->plan.rows[r].owner, identity->username))
            return false;
    return is_ordinary(ctx, pool, identity);
}

/* The same accounts again: a pool for each that takes from them by rules of its own. */
static int make_pool(const struct gating *g, struct identity_pool **ret, struct err *err)
{
    unsigned char key[VEIL_KEY_BYTES];
    const struct gates_job *job = g->job;
    if (job->accounts)
        return identity_pool_load(ret, job->accounts, err);
    int rc = veil_key_load(key, NULL, err);
    if (rc == 0)
        *ret = identity_pool_make(job->accounts_made, job->options.seed, key);
    return rc;
}

static int load_accounts(struct gating *g, struct err *err)
{
    g->roles = xcalloc(g->persona_count + 1, sizeof *g->roles);
    if (!g->job->accounts && !g->job->accounts_made)
        return 0;
    int rc = make_pool(g, &g->members, err);
    if (rc == 0)
        rc = make_pool(g, &g->another, err);
    for (size_t i = 0; rc == 0 && i < g->persona_count; i++) {
        if (!g->personas[i].role.len)
            continue;
        rc = make_pool(g, &g->roles[i], err);
        if (rc == 0)
            identity_pool_filter(g->roles[i], has_role, &g->personas[i]);
    }
    if (rc < 0)
        return rc;
    identity_pool_filter(g->members, is_ordinary, g);
    identity_pool_filter(g->another, is_another, g);
    return 0;
}

/* ---- sending ---- */

struct passage { /* one side */
    const struct target *target;
    const char *out;
    bool live;
};

static void path_of_plan(struct strbuf *out, const char *run)
{
    strbuf_addf(out, "%s.capture", run);
}

static int write_plan(const struct gating *g, const struct passage *p, const char *path,
                      uint64_t *ret_hash, struct err *err)
{
    AUTO(store_closep) struct store *capture = NULL;
    store_remove(path);
    int rc = store_create(&capture, path, STORE_CAPTURE, /* replace= */ true, err);
    return rc < 0 ? rc : gates_plan_write(&g->plan, p->live, capture, ret_hash, err);
}

/* What was asked in the same words before, and answered to the end. */
static bool is_done(const char *path, struct span hash)
{
    AUTO(store_closep) struct store *run = NULL;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct span state = SPAN_NONE, of = SPAN_NONE;
    return file_exists(path) && store_open(&run, path, false, NULL) == 0 &&
           store_get_meta(run, "state", &state, &arena, NULL) == 0 &&
           store_get_meta(run, "gates.plan", &of, &arena, NULL) == 0 &&
           span_eq(state, SPAN("finished")) && span_eq(of, hash);
}

static struct replay_options options_of(struct gating *g, const struct passage *p)
{
    struct replay_options o = g->job->options;
    o.target = p->target;
    o.identities = NULL;
    o.login = g->login;
    o.role = gates_role_of;
    o.role_ctx = &g->plan;
    o.speed = REPLAY_SPEED_MAX;
    o.resume = false;
    o.request_budget = 0;
    if (p->live) {
        o.safe_only = o.no_credentials = true;
        o.rate = g->job->live_rate > 0 ? g->job->live_rate : 5;
        o.asks = (struct replay_asks){ 0 };
    }
    return o;
}

static int replay_plan(struct gating *g, const struct passage *p, const char *path,
                       struct span hash, struct replay_summary *summary, struct err *err)
{
    AUTO(file_unlock) int lock = -1;
    AUTO(store_closep) struct store *capture = NULL;
    AUTO(store_closep) struct store *run = NULL;
    unsigned char key[VEIL_KEY_BYTES];
    struct replay_options options = options_of(g, p);
    int rc = store_open(&capture, path, false, err);
    if (rc == 0)
        rc = veil_key_load(key, NULL, err);
    if (rc == 0)
        store_remove(p->out);
    if (rc == 0)
        rc = store_create(&run, p->out, p->live ? STORE_BASELINE : STORE_RUN, true, err);
    if (rc == 0)
        rc = file_lock(&lock, p->out, err);
    if (rc == 0)
        rc = facts_put_target(run, p->target, err);
    if (rc == 0)
        rc = store_put_meta(run, "gates.plan", hash, err);
    if (rc == 0)
        rc = store_commit(run, err);
    if (rc < 0)
        return rc;
    options.veil_key = key;
    return replay_run(capture, run, &options, summary, err);
}

/* ---- reading ---- */

struct reading {
    struct store *run;
    struct exchange *x;
    size_t count;
    uint64_t session;
    bool any;
    struct arena arena, body;
    uint32_t body_id; /* in `body`; 0: none. Equal pages follow each other */
    struct span body_text;
};

static int read_session(struct reading *r, uint64_t session, struct err *err)
{
    if (r->any && r->session == session)
        return 0;
    arena_clear(&r->arena);
    r->any = true;
    r->session = session;
    int rc =
        store_load_session(r->run, session, /* bodies= */ false, &r->x, &r->count, &r->arena, err);
    if (rc == 0 && r->count)
        qsort(r->x, r->count, sizeof *r->x, exchange_by_planned);
    return rc;
}

static int read_body(struct reading *r, uint32_t id, struct err *err)
{
    if (r->body_id == id)
        return 0;
    r->body_id = 0;
    arena_clear(&r->body);
    int rc = store_load_body(r->run, id, &r->body_text, &r->body, err);
    r->body_id = rc == 0 ? id : 0;
    return rc;
}

/* What a request of the plan came to, with its body; NULL: it is not in the run.
 * Good until the next one is read. */
static int read_answer(struct reading *r, uint64_t session, uint32_t index, struct exchange **ret,
                       struct err *err)
{
    int rc = read_session(r, session, err);
    *ret = NULL;
    for (size_t i = 0; rc == 0 && i < r->count; i++) {
        struct exchange *x = &r->x[i];
        if (x->planned != index || exchange_is_extra(x))
            continue;
        *ret = x;
        rc = x->body_id ? read_body(r, x->body_id, err) : 0;
        x->response.body = x->body_id && rc == 0 ? r->body_text : SPAN_NONE;
        return rc;
    }
    return rc;
}

static struct span why_unanswered(struct arena *arena, const struct exchange *x)
{
    if (!x)
        return SPAN("not sent");
    if (x->marks & (MARK_NOT_SENT | MARK_FAILED) || x->response.status == 0)
        return x->note.len ? arena_copy(arena, x->note) : SPAN("no complete answer");
    return SPAN_NONE;
}

static enum gate_answer hard_answer(const struct exchange *x)
{
    return gate_answer_of(x->response.status,
                          http_fields_value(&x->response.fields, SPAN("Location")));
}

static void take_answer(struct gate_matrix *m, struct gate_cell *cell, const struct exchange *x,
                        bool live)
{
    struct span why = why_unanswered(&m->arena, x);
    struct span language = SPAN("");
    if (!span_is_none(why)) {
        if (!live)
            cell->why_not = why;
        return;
    }
    language = arena_copy(&m->arena, gate_answer_language(x));
    if (!live) {
        cell->asked = true;
        cell->staging = gate_answer_read(x);
        cell->hard = x->response.status == 304 ? ANSWER_ALLOW : hard_answer(x);
        cell->language = language;
    } else if (cell->known != KNOWN_EXPECTED) {
        cell->known = KNOWN_LIVE;
        cell->production = (uint16_t)(1u << gate_answer_read(x));
        cell->blind = false;
        memset(cell->languages, 0, sizeof cell->languages);
        gate_cell_add_language(cell, language);
    }
}

static int read_column(struct gating *g, size_t c, bool live, struct reading *r, struct err *err)
{
    const struct planned_column *column = &g->plan.columns[c];
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < column->len; i++) {
        struct exchange *x;
        uint32_t index;
        uint64_t session = gates_session_of(&g->plan, c, i, &index);
        rc = read_answer(r, session, index, &x, err);
        if (rc < 0)
            return rc;
        take_answer(g->matrix, gate_cell_at(g->matrix, column->rows[i], c), x, live);
        if (!live)
            g->matrix->columns[c].asked += gate_cell_at(g->matrix, column->rows[i], c)->asked;
    }
    return rc;
}

static struct span path_of(struct span location)
{
    struct url url;
    return url_parse(&url, location) ? url.path : SPAN("");
}

/* As it is answered with its token: sent to the same place, or given a page that is no gate. */
static bool is_accepted(const struct exchange *with, const struct exchange *without)
{
    enum gate_answer answer = gate_answer_read(without);
    enum gate_answer before = hard_answer(with);
    if (answer == ANSWER_ALLOW)
        return before == ANSWER_ALLOW;
    return answer == ANSWER_REDIRECT && before == ANSWER_REDIRECT &&
           span_eq(path_of(http_fields_value(&with->response.fields, SPAN("Location"))),
                   path_of(http_fields_value(&without->response.fields, SPAN("Location"))));
}

static int read_posts(struct gating *g, struct reading *r, struct err *err)
{
    for (size_t i = 0; i < g->matrix->csrf_count; i++) {
        struct csrf_row *row = &g->matrix->csrf[i];
        const struct survey_post *post = g->plan.posts[i].post;
        struct exchange *x;
        if (!g->plan.posts[i].asked)
            continue;
        int rc = read_answer(r, gates_session_of_post(i), (uint32_t)post->page_count, &x, err);
        if (rc < 0)
            return rc;
        struct span why = why_unanswered(&g->matrix->arena, x);
        row->asked = span_is_none(why);
        if (!row->asked) {
            row->why_not = why;
            continue;
        }
        row->status = x->response.status;
        row->accepted = is_accepted(&post->x, x);
    }
    return 0;
}

static int read_run(struct gating *g, const struct passage *p, struct err *err)
{
    AUTO(store_closep) struct store *run = NULL;
    int rc = store_open(&run, p->out, false, err);
    if (rc < 0)
        return rc;
    struct reading r = { .run = run };
    for (size_t c = 0; rc == 0 && c < g->matrix->column_count; c++)
        if (!p->live || gates_column_is_live(&g->plan.columns[c]))
            rc = read_column(g, c, p->live, &r, err);
    if (rc == 0 && !p->live)
        rc = read_posts(g, &r, err);
    arena_release(&r.arena);
    arena_release(&r.body);
    return rc;
}

static int ask(struct gating *g, const struct passage *p, struct err *err)
{
    AUTO(strbuf_release) struct strbuf path = STRBUF_INIT;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct replay_summary summary = { 0 };
    uint64_t hash;
    path_of_plan(&path, p->out);
    int rc = write_plan(g, p, path.buf, &hash, err);
    struct span text = arena_printf(&arena, "%016llx", (unsigned long long)hash);
    if (rc == 0 && !(g->job->resume && is_done(p->out, text)))
        rc = replay_plan(g, p, path.buf, text, &summary, err);
    store_remove(path.buf);
    g->matrix->requests += summary.sent + summary.login_steps;
    g->matrix->elapsed_us += summary.elapsed_us;
    return rc < 0 ? rc : read_run(g, p, err);
}

/* ---- the job ---- */

static int survey(struct gating *g, struct err *err)
{
    const struct gates_job *job = g->job;
    const struct survey_options options = {
        .capture = g->capture,
        .run = g->run,
        .rules = job->rules,
        .rule_count = job->rule_count,
        .personas = g->personas,
        .persona_count = g->persona_count,
        .stop = job->options.stop,
    };
    return gate_survey_run(&g->survey, &options, err);
}

static int make_plan(struct gating *g, struct err *err)
{
    const struct gates_plan_options options = { .capture = g->capture,
                                                .run = g->run,
                                                .personas = g->personas,
                                                .persona_count = g->persona_count,
                                                .target = g->job->options.target };
    int rc = gates_plan_make(&g->plan, g->matrix, g->survey, &options, err);
    if (rc == 0)
        rc = load_accounts(g, err);
    if (rc < 0)
        return rc;
    const struct gates_accounts accounts = { g->members, g->another, g->roles };
    g->login =
        g->job->options.login ? g->job->options.login : login_learner_plan(g->survey->learner);
    gates_plan_cast(&g->plan, &accounts, g->login);
    return 0;
}

static int carry_out(struct gating *g, struct err *err)
{
    const struct gates_job *job = g->job;
    const struct passage staging = { job->options.target, job->out, false };
    const struct passage live = { job->live, job->live_out, true };
    int rc = store_open(&g->capture, job->capture, false, err);
    if (rc == 0 && job->run)
        rc = store_open(&g->run, job->run, false, err);
    if (rc == 0)
        rc = choose_personas(g, err);
    if (rc == 0)
        rc = survey(g, err);
    if (rc == 0)
        rc = make_plan(g, err);
    if (rc < 0 || g->matrix->row_count + g->matrix->csrf_count == 0)
        return rc;
    if (job->live)
        rc = ask(g, &live, err);
    return rc < 0 ? rc : ask(g, &staging, err);
}

int gates_job_run(const struct gates_job *job, struct gate_matrix *ret, struct err *err)
{
    struct gating g = { .job = job, .matrix = ret };
    int rc = carry_out(&g, err);
    if (rc == 0)
        gate_matrix_judge(ret);
    gating_release(&g);
    return rc;
}
