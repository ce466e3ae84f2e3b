#include "gates_plan.h"

#include <stdlib.h>

#include "rehearse/base/glob.h"
#include "rehearse/base/hash.h"
#include "rehearse/http/mutation.h"
#include "rehearse/http/url.h"

enum {
    STRANGERS_A_SESSION = 64, /* rows asked in one visit without a login */
    MEMBER_SESSIONS = 4,      /* at most, of one persona: each logs in */
    ROWS_MAX = 10000,
};
#define COLUMN_SHIFT 24
#define POSTS_FROM (UINT64_C(1) << 40)
/* Requests of a visit are independent of each other: each takes, as far as the plan is concerned,
 * longer than all of them. */
#define OVERLAPPING_US (INT64_C(3600) * 1000000)

/* ---- rows ---- */

static int by_route(const void *a, const void *b)
{
    const struct survey_route *const *x = a, *const *y = b;
    return (*x)->route < (*y)->route ? -1 : (*x)->route > (*y)->route;
}

/* A parameter, and a star, fit anything. */
static bool route_fits(struct span pattern, struct span route, struct arena *scratch)
{
    AUTO(strbuf_release) struct strbuf glob = STRBUF_INIT;
    if (span_eq(pattern, route))
        return true;
    for (size_t i = 0; i < pattern.len; i++) {
        bool parameter = pattern.ptr[i] == ':' && i > 0 && pattern.ptr[i - 1] == '/';
        strbuf_add_char(&glob, parameter ? '*' : pattern.ptr[i]);
        while (parameter && i + 1 < pattern.len && pattern.ptr[i + 1] != '/')
            i++;
    }
    return glob_matches(arena_copy(scratch, strbuf_span(&glob)), route);
}

static const struct persona_expectation *expectation(const struct persona *p, struct span route,
                                                     struct span target, struct arena *scratch)
{
    struct span path = span_cut(&target, '?');
    for (size_t i = 0; i < p->expect_count; i++)
        if (route_fits(p->expect[i].route, route, scratch) ||
            route_fits(p->expect[i].route, path, scratch))
            return &p->expect[i];
    return NULL;
}

static bool languages_differ(const struct survey_route *route, size_t columns)
{
    struct span first = SPAN("");
    for (size_t c = 0; c < columns; c++)
        for (size_t i = 0; i < CELL_LANGUAGES && route->cells[c].languages[i].len; i++) {
            if (first.len == 0)
                first = route->cells[c].languages[i];
            else if (!span_ieq(first, route->cells[c].languages[i]))
                return true;
        }
    return false;
}

static bool is_wanted(const struct gates_plan_options *o, const struct gate_survey *survey,
                      const struct survey_route *route, struct arena *scratch)
{
    const struct survey_request *request = survey_representative(route);
    if (!request)
        return false;
    if (survey_route_counts(route) || languages_differ(route, o->persona_count))
        return true;
    struct span name = routes_name(survey->routes, route->route);
    for (size_t p = 0; p < o->persona_count; p++)
        if (expectation(&o->personas[p], name, request->x.request.target, scratch))
            return true;
    return false;
}

static struct gate_place place_of(struct arena *arena, const struct gate_survey *survey,
                                  uint32_t route, const struct exchange *x)
{
    const struct route_rule *rule = routes_rule(survey->routes, route);
    struct span scheme = x->request.scheme.len ? x->request.scheme : SPAN("https");
    return (struct gate_place){
        .route = arena_copy(arena, routes_name(survey->routes, route)),
        .segment = rule && rule->segment.len ? arena_copy(arena, rule->segment) : SPAN(""),
        .owner = rule && rule->owner.len ? arena_copy(arena, rule->owner) : SPAN(""),
        .method = arena_copy(arena, x->request.method),
        .url = arena_printf(arena, "%.*s://%.*s%.*s", SPAN_ARG(scheme),
                            SPAN_ARG(x->request.authority), SPAN_ARG(x->request.target)),
        .session = x->session,
        .seq = x->seq,
    };
}

static void put_cells(struct gates_plan *plan, struct gate_row *row,
                      const struct survey_route *from, const struct gates_plan_options *o)
{
    struct arena *arena = &plan->matrix->arena;
    AUTO(arena_release) struct arena scratch = ARENA_INIT;
    row->cells = arena_calloc(arena, o->persona_count, sizeof *row->cells);
    for (size_t c = 0; c < o->persona_count; c++) {
        struct gate_cell *cell = &row->cells[c];
        enum gate_answer answer;
        *cell = from->cells[c];
        for (size_t i = 0; i < CELL_LANGUAGES; i++)
            cell->languages[i] = arena_copy(arena, cell->languages[i]);
        const struct persona_expectation *e =
            expectation(&o->personas[c], row->place.route,
                        survey_representative(from)->x.request.target, &scratch);
        if (!e || !gate_answer_named(e->outcome, &answer))
            continue;
        cell->known = KNOWN_EXPECTED;
        cell->production = (uint16_t)(1u << answer);
        cell->blind = false;
        cell->in_sessions = 0;
    }
}

/* An id in its address that its own session was given: the page of one member. */
static int find_owner(struct gates_plan *plan, struct planned_row *row,
                      const struct gates_plan_options *o, struct err *err)
{
    AUTO(arena_release) struct arena scratch = ARENA_INIT;
    const struct exchange *x = &row->request->x;
    struct store_binding *bindings;
    struct store_session session;
    struct exchange *run;
    size_t count;
    if (row->request->members == 0)
        return 0;
    int rc = store_load_bindings(o->capture, x->session, &bindings, &count, &scratch, err);
    for (size_t i = 0; rc == 0 && i < count; i++)
        row->owned |= bindings[i].seq == x->seq && (span_starts(bindings[i].sink, SPAN("path:")) ||
                                                    span_starts(bindings[i].sink, SPAN("query:")));
    if (rc < 0 || !row->owned || !o->run)
        return rc;
    rc = store_find_session(o->run, x->session, &session, &scratch, err);
    if (rc == 0)
        row->owner = arena_copy(&plan->matrix->arena, session.identity);
    if (rc == 0)
        rc = store_load_session(o->run, x->session, /* bodies= */ false, &run, &count, &scratch,
                                err);
    for (size_t i = 0; rc == 0 && i < count; i++)
        if (run[i].planned == x->seq && !exchange_is_extra(&run[i]) &&
            !(run[i].marks & MARK_NOT_SENT))
            row->target = arena_copy(&plan->matrix->arena, run[i].request.target);
    return rc == E_NOT_FOUND ? 0 : rc;
}

static int put_rows(struct gates_plan *plan, const struct gates_plan_options *o, struct err *err)
{
    struct gate_matrix *m = plan->matrix;
    const struct gate_survey *survey = plan->survey;
    AUTO(arena_release) struct arena scratch = ARENA_INIT;
    const struct survey_route **wanted = arena_calloc(&scratch, survey->len + 1, sizeof *wanted);
    size_t count = 0;
    for (size_t i = 0; i < survey->len; i++)
        if (is_wanted(o, survey, &survey->at[i], &scratch))
            wanted[count++] = &survey->at[i];
    if (count)
        qsort(wanted, count, sizeof *wanted, by_route);
    m->routes_left_out = survey->routes_left_out + (count > ROWS_MAX ? count - ROWS_MAX : 0);
    count = count > ROWS_MAX ? ROWS_MAX : count;
    m->rows = arena_calloc(&m->arena, count + 1, sizeof *m->rows);
    plan->rows = arena_calloc(&m->arena, count + 1, sizeof *plan->rows);
    int rc = 0;
    for (; rc == 0 && m->row_count < count; m->row_count++) {
        const struct survey_route *from = wanted[m->row_count];
        struct gate_row *row = &m->rows[m->row_count];
        struct planned_row *planned = &plan->rows[m->row_count];
        *planned = (struct planned_row){ .request = survey_representative(from) };
        row->place = place_of(&m->arena, survey, from->route, &planned->request->x);
        row->members = from->members;
        row->exchanges = from->exchanges;
        put_cells(plan, row, from, o);
        rc = find_owner(plan, planned, o, err);
        row->owned = planned->owned;
    }
    return rc;
}

/* ---- columns ---- */

static enum gate_column_kind kind_of(enum persona_kind kind)
{
    switch (kind) {
    case PERSONA_BOT:
        return COLUMN_BOT;
    case PERSONA_LOCALE:
        return COLUMN_LOCALE;
    case PERSONA_FLAG:
        return COLUMN_FLAG;
    default:
        return COLUMN_PEOPLE;
    }
}

static bool is_stranger(enum persona_kind kind)
{
    return kind == PERSONA_ANONYMOUS || kind == PERSONA_EXPIRED || kind == PERSONA_TAMPERED;
}

static void put_columns(struct gates_plan *plan, const struct gates_plan_options *o)
{
    struct gate_matrix *m = plan->matrix;
    m->columns = arena_calloc(&m->arena, o->persona_count + 1, sizeof *m->columns);
    plan->columns = arena_calloc(&m->arena, o->persona_count + 1, sizeof *plan->columns);
    m->column_count = o->persona_count;
    for (size_t c = 0; c < o->persona_count; c++) {
        const struct persona *p = &o->personas[c];
        m->columns[c] = (struct gate_column){
            .name = arena_copy(&m->arena, p->name),
            .kind = kind_of(p->kind),
            .as_anonymous = is_stranger(p->kind),
            .of_another = p->kind == PERSONA_ANOTHER,
            .flag = arena_copy(&m->arena, p->flag),
            .flag_on = p->flag_on,
            .why_not = SPAN(""),
        };
        plan->columns[c].persona = p;
        plan->columns[c].rows =
            arena_calloc(&m->arena, m->row_count + 1, sizeof *plan->columns[c].rows);
    }
}

/* ---- posts ---- */

static void put_posts(struct gates_plan *plan, const struct gates_plan_options *o)
{
    struct gate_matrix *m = plan->matrix;
    const struct gate_survey *survey = plan->survey;
    m->csrf = arena_calloc(&m->arena, survey->post_count + 1, sizeof *m->csrf);
    plan->posts = arena_calloc(&m->arena, survey->post_count + 1, sizeof *plan->posts);
    for (size_t i = 0; i < survey->post_count; i++) {
        const struct survey_post *post = &survey->posts[i];
        if (!post->found)
            continue;
        enum mutation_class class = request_mutation(&post->x.request).class;
        bool allowed = target_class(o->target, class) == MUTATIONS_ALLOW;
        plan->posts[m->csrf_count] = (struct planned_post){ .post = post, .asked = allowed };
        m->csrf[m->csrf_count++] = (struct csrf_row){
            .place = place_of(&m->arena, survey, post->route, &post->x),
            .with_token = post->x.response.status,
            .refused_in_production = post->refused,
            .taken_in_production = post->taken,
            .why_not = allowed ? SPAN("")
                               : arena_printf(&m->arena, "staging takes no writes of the class %s",
                                              mutation_class_name(class)),
        };
    }
}

int gates_plan_make(struct gates_plan *ret, struct gate_matrix *matrix,
                    const struct gate_survey *survey, const struct gates_plan_options *options,
                    struct err *err)
{
    *ret = (struct gates_plan){ .matrix = matrix, .survey = survey };
    int rc = put_rows(ret, options, err);
    if (rc < 0)
        return rc;
    put_columns(ret, options);
    put_posts(ret, options);
    return 0;
}

/* ---- who plays whom ---- */

static size_t size_of(const struct identity_pool *pool)
{
    return pool ? identity_pool_size(pool) : 0;
}

static bool can_log_in(const struct identity_pool *pool, const struct login_plan *login)
{
    return login && (size_of(pool) > 0 || !login_plan_needs_account(login));
}

/* Why nobody can ask as this persona; NULL when somebody can. An expired session can be made up. */
static const char *impossible(const struct planned_column *column, const struct login_plan *login)
{
    const struct persona *p = column->persona;
    if (!p->logs_in || p->kind == PERSONA_EXPIRED || column->role.logs_in)
        return NULL;
    if (!login)
        return "the capture shows no login, and the scenario gives none";
    if (p->kind == PERSONA_ANOTHER)
        return "needs an account of its own, and every one is in use by those it asks about";
    return p->role.len ? "no staging account of this role" : "no staging account";
}

/* An ordinary member: whose page it is. Roles may look at other people's. */
static bool is_owner(const struct persona *p)
{
    return p->kind == PERSONA_MEMBER && p->role.len == 0;
}

/* Of its own session a member is told by the replay; others are asked with the ids staging gave. */
static bool skips(const struct gates_plan *plan, const struct planned_column *column, size_t row,
                  const char **ret_why)
{
    const struct planned_row *r = &plan->rows[row];
    *ret_why = NULL;
    if (column->persona->kind == PERSONA_ANOTHER && !r->owned)
        *ret_why = "nobody's own page";
    else if (r->owned && r->target.len == 0 && column->persona->logs_in)
        *ret_why = "holds an id that staging gives anew: needs the replay of its session";
    else if (r->owned && is_owner(column->persona))
        *ret_why = "one member's own page: told from his session";
    return *ret_why != NULL;
}

/* The owner himself was asked in the replay. */
static void take_from_session(struct gate_cell *cell)
{
    for (unsigned i = 0; i < GATE_ANSWERS; i++)
        if (cell->in_sessions == 1u << i) {
            cell->asked = true;
            cell->staging = cell->hard = (enum gate_answer)i;
        }
}

static void cast_column(struct gates_plan *plan, size_t c, const struct gates_accounts *accounts,
                        const struct login_plan *login)
{
    struct planned_column *column = &plan->columns[c];
    const struct persona *p = column->persona;
    struct identity_pool *pool = accounts->roles && accounts->roles[c] ? accounts->roles[c]
                                 : p->kind == PERSONA_ANOTHER          ? accounts->another
                                                                       : accounts->members;
    column->role = (struct replay_role){ .credentials = p->credentials };
    column->role.logs_in = p->logs_in && can_log_in(pool, login);
    column->role.accounts = column->role.logs_in && size_of(pool) ? pool : NULL;
    const char *why = impossible(column, login);
    if (why) {
        plan->matrix->columns[c].why_not = span_of(why);
        return;
    }
    for (size_t r = 0; r < plan->matrix->row_count; r++) {
        struct gate_cell *cell = gate_cell_at(plan->matrix, r, c);
        if (!skips(plan, column, r, &why)) {
            column->rows[column->len++] = r;
            continue;
        }
        cell->why_not = span_of(why);
        if (plan->rows[r].owned && is_owner(p))
            take_from_session(cell);
    }
    size_t sessions = STRANGERS_A_SESSION;
    if (column->role.logs_in) {
        size_t most = size_of(column->role.accounts);
        most = most > MEMBER_SESSIONS || most == 0 ? MEMBER_SESSIONS : most;
        sessions = (column->len + most - 1) / most;
        sessions = sessions < STRANGERS_A_SESSION ? STRANGERS_A_SESSION : sessions;
    }
    column->per_session = sessions;
}

void gates_plan_cast(struct gates_plan *plan, const struct gates_accounts *accounts,
                     const struct login_plan *login)
{
    for (size_t c = 0; c < plan->matrix->column_count; c++)
        cast_column(plan, c, accounts, login);
    for (size_t i = 0; i < plan->matrix->csrf_count; i++) {
        struct planned_post *post = &plan->posts[i];
        bool is_login = request_is_login(&post->post->x.request);
        bool pool = size_of(accounts->members) > 0;
        post->role.logs_in = post->post->member && can_log_in(accounts->members, login);
        post->role.accounts = (post->role.logs_in || is_login) && pool ? accounts->members : NULL;
        if (post->asked && post->post->member && !post->role.logs_in) {
            post->asked = false;
            plan->matrix->csrf[i].why_not =
                SPAN("its visitor was logged in, and nobody can be here");
        }
    }
}

/* ---- the capture ---- */

bool gates_column_is_live(const struct planned_column *column)
{
    enum persona_kind kind = column->persona->kind;
    return !column->persona->logs_in &&
           (kind == PERSONA_ANONYMOUS || kind == PERSONA_BOT || kind == PERSONA_LOCALE);
}

uint64_t gates_session_of(const struct gates_plan *plan, size_t column, size_t at,
                          uint32_t *ret_index)
{
    size_t per = plan->columns[column].per_session;
    *ret_index = (uint32_t)(at % per);
    return ((uint64_t)(column + 1) << COLUMN_SHIFT) + at / per;
}

uint64_t gates_session_of_post(size_t post)
{
    return POSTS_FROM + post;
}

const struct replay_role *gates_role_of(void *ctx, uint64_t session)
{
    const struct gates_plan *plan = ctx;
    if (session >= POSTS_FROM)
        return &plan->posts[session - POSTS_FROM].role;
    return &plan->columns[(session >> COLUMN_SHIFT) - 1].role;
}

static struct exchange blank_copy(const struct exchange *from, uint64_t session, int64_t at_us)
{
    struct exchange x = exchange_blank();
    x.request = from->request;
    x.session = session;
    x.start_us = at_us;
    return x;
}

struct writing {
    struct store *capture;
    int64_t now_us;
    uint64_t hash;
    struct arena arena;
    struct err *err;
};

static int put(struct writing *w, const struct exchange *x)
{
    w->hash = hash_mix(w->hash, x->session);
    w->hash = hash_mix(w->hash, hash64(x->request.method));
    w->hash = hash_mix(w->hash, hash64(x->request.authority));
    w->hash = hash_mix(w->hash, hash64(x->request.target));
    w->hash = hash_mix(w->hash, hash64(x->request.body));
    for (uint32_t i = 0; i < x->request.fields.len; i++)
        w->hash = hash_mix(hash_mix(w->hash, hash64(x->request.fields.at[i].name)),
                           hash64(x->request.fields.at[i].value));
    return store_put_exchange(w->capture, x, 1, w->err);
}

static int write_column(const struct gates_plan *plan, size_t c, bool live, struct writing *w)
{
    const struct planned_column *column = &plan->columns[c];
    const struct gate_survey *survey = plan->survey;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < column->len; i++) {
        const struct planned_row *row = &plan->rows[column->rows[i]];
        uint32_t index;
        arena_clear(&w->arena);
        uint64_t session = gates_session_of(plan, c, i, &index);
        struct exchange x = blank_copy(&row->request->x, session, w->now_us++);
        x.duration_us = OVERLAPPING_US;
        if (!live && row->target.len)
            x.request.target = row->target;
        /* Who logs in has a session of staging's own to be spoiled. */
        persona_ask(&x.request, column->persona, survey->cookies,
                    column->role.logs_in ? 0 : survey->cookie_count, &w->arena);
        rc = put(w, &x);
    }
    return rc;
}

static int write_post(const struct gates_plan *plan, size_t i, struct writing *w)
{
    static const struct persona plain = { .kind = PERSONA_ANONYMOUS };
    const struct survey_post *post = plan->posts[i].post;
    int rc = 0;
    arena_clear(&w->arena);
    for (size_t p = 0; rc == 0 && p <= post->page_count; p++) {
        bool last = p == post->page_count;
        struct exchange x =
            blank_copy(last ? &post->x : &post->pages[p], gates_session_of_post(i), w->now_us++);
        persona_ask(&x.request, &plain, NULL, 0, &w->arena);
        if (last)
            persona_drop_tokens(&x.request, &w->arena);
        rc = put(w, &x);
    }
    return rc;
}

int gates_plan_write(const struct gates_plan *plan, bool live, struct store *capture,
                     uint64_t *ret_hash, struct err *err)
{
    struct writing w = { .capture = capture, .now_us = 1, .err = err };
    /* Times in addresses move as far as this lies back. */
    for (size_t r = 0; r < plan->matrix->row_count; r++)
        if (plan->rows[r].request->x.start_us > w.now_us)
            w.now_us = plan->rows[r].request->x.start_us;
    int rc = 0;
    for (size_t c = 0; rc == 0 && c < plan->matrix->column_count; c++)
        if (!live || gates_column_is_live(&plan->columns[c]))
            rc = write_column(plan, c, live, &w);
    for (size_t i = 0; rc == 0 && !live && i < plan->matrix->csrf_count; i++)
        if (plan->posts[i].asked)
            rc = write_post(plan, i, &w);
    arena_release(&w.arena);
    if (rc == 0)
        rc = store_commit(capture, err);
    if (rc == 0)
        rc = store_finish(capture, err);
    *ret_hash = w.hash;
    return rc;
}
