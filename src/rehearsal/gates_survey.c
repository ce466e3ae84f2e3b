#include "gates_survey.h"

#include <stdlib.h>

#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"
#include "rehearse/http/cookie.h"
#include "rehearse/http/cookie_role.h"
#include "rehearse/http/media_type.h"
#include "rehearse/http/method.h"
#include "rehearse/session/credential.h"
#include "rehearse/session/identity.h"
#include "rehearse/session/variant_values.h"
#include "visitor_standing.h"

struct last_body {
    uint32_t id; /* 0: none */
    struct span text;
    struct arena arena;
};

struct surveying {
    const struct survey_options *options;
    struct gate_survey *survey;
    struct variant_values *variants; /* owned */
    struct arena scratch;            /* of one session */
    struct arena run_arena;
    struct last_body last[2]; /* of the capture, of the run: equal answers follow each other */
    /* The session under way. */
    struct exchange *x, *run;
    size_t count, run_count, run_at;
};

void gate_survey_free(struct gate_survey *survey)
{
    if (!survey)
        return;
    routes_free(survey->routes);
    login_learner_free(survey->learner);
    free(survey->at);
    free(survey->posts);
    map_release(&survey->by_route);
    map_release(&survey->post_by_route);
    strset_release(&survey->languages);
    arena_release(&survey->arena);
    free(survey);
}

/* ---- routes ---- */

static int learn_target(void *ctx, struct span target)
{
    routes_learn(ctx, target);
    return 0;
}

static int make_routes(struct surveying *s, struct err *err)
{
    const struct survey_options *o = s->options;
    s->survey->routes = routes_new();
    for (size_t i = 0; i < o->rule_count; i++)
        routes_add_rule(s->survey->routes, &o->rules[i]);
    int rc = store_each_target(o->capture, learn_target, s->survey->routes, err);
    routes_settle(s->survey->routes);
    return rc;
}

static struct survey_route *route_at(struct surveying *s, uint32_t number)
{
    struct gate_survey *survey = s->survey;
    const uint64_t *known = map_get(&survey->by_route, number);
    if (known)
        return &survey->at[*known];
    if (survey->len >= SURVEY_ROUTES) {
        survey->routes_left_out++;
        return NULL;
    }
    map_put(&survey->by_route, number, survey->len, NULL);
    survey->at = array_room(survey->at, &survey->cap, survey->len + 1, sizeof *survey->at);
    struct survey_route *route = &survey->at[survey->len++];
    *route = (struct survey_route){ .route = number };
    size_t columns = s->options->persona_count;
    route->cells = arena_calloc(&survey->arena, columns + 1, sizeof *route->cells);
    route->bodies = arena_calloc(&survey->arena, columns + 1, sizeof *route->bodies);
    return route;
}

bool survey_route_counts(const struct survey_route *route)
{
    return route->members > 0 || route->closed > 0 || route->bots > 0;
}

/* ---- which request to ask again ---- */

static bool goes_before(const struct survey_request *a, const struct survey_request *b)
{
    if (a->members != b->members)
        return a->members > b->members;
    if (a->others != b->others)
        return a->others > b->others;
    return span_cmp(a->x.request.target, b->x.request.target) < 0;
}

const struct survey_request *survey_representative(const struct survey_route *route)
{
    const struct survey_request *best = NULL;
    for (size_t i = 0; i < route->len; i++)
        if (!best || goes_before(&route->at[i], best))
            best = &route->at[i];
    return best;
}

static bool holds_pseudonym(struct span text)
{
    for (size_t i = 0; i + PSEUDONYM_LEN <= text.len; i++)
        if (text.ptr[i] == 'p' && is_pseudonym(span_make(text.ptr + i, PSEUDONYM_LEN)))
            return true;
    return false;
}

/* Safe, whole, and nothing in its address that was one visitor's secret. */
static bool can_be_asked(const struct exchange *x)
{
    const uint32_t unfit = MARK_FROM_BROWSER_CACHE | MARK_PREFLIGHT | MARK_CLIENT_ABORTED;
    return span_eq(x->request.method, SPAN("GET")) && !(x->marks & unfit) &&
           x->response.status != 101 && !request_mutates(&x->request) &&
           !holds_pseudonym(x->request.target);
}

static struct exchange kept(const struct exchange *x, struct arena *arena)
{
    struct exchange copy = *x;
    copy.response.body = SPAN_NONE;
    return exchange_copy(&copy, arena);
}

/* Counts decay as in the sketch for heavy hitters, so that a common target finds its way in. */
static struct survey_request *candidate(struct surveying *s, struct survey_route *route,
                                        const struct exchange *x)
{
    size_t least = 0;
    for (size_t i = 0; i < route->len; i++) {
        if (span_eq(route->at[i].x.request.target, x->request.target) &&
            span_eq(route->at[i].x.request.authority, x->request.authority))
            return &route->at[i];
        if (goes_before(&route->at[least], &route->at[i]))
            least = i;
    }
    if (route->len < SURVEY_CANDIDATES)
        least = route->len++;
    else if (route->at[least].members + route->at[least].others > 1) {
        route->at[least].members /= 2;
        route->at[least].others /= 2;
        return NULL;
    }
    route->at[least] = (struct survey_request){ .x = kept(x, &s->survey->arena) };
    return &route->at[least];
}

static bool is_given(const struct exchange *x)
{
    return x->response.status >= 200 && x->response.status < 300;
}

static void compete(struct surveying *s, struct survey_route *route, const struct exchange *x,
                    enum standing standing)
{
    bool member = standing == STANDING_MEMBER && is_given(x);
    if (!can_be_asked(x) || x->response.status == 0)
        return;
    struct survey_request *at = candidate(s, route, x);
    if (!at)
        return;
    at->members += member;
    at->others += !member && is_given(x);
}

/* ---- who it was ---- */

struct asker {
    enum standing standing;
    bool bot;
    struct span agent, language, cookies;
};

/* As room compare tells crawlers from people's browsers. */
static bool is_crawler(struct span agent)
{
    static const struct span words[] = {
        { "bot", 3 },
        { "crawl", 5 },
        { "spider", 6 },
        { "slurp", 5 },
        { "facebookexternalhit", 19 },
    };
    struct span head = span_head(agent, 300);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (span_ifind(head, words[i]) >= 0)
            return true;
    return false;
}

static struct asker asker_of(struct surveying *s, const struct exchange *x, enum standing standing)
{
    const struct http_fields *fields = &x->request.fields;
    struct asker a = { .standing = standing };
    a.agent = http_fields_value(fields, SPAN("User-Agent"));
    a.language = persona_language_of(http_fields_value(fields, SPAN("Accept-Language")));
    a.bot = is_crawler(a.agent);
    a.cookies = variant_values_restore(
        s->variants, http_fields_joined(fields, SPAN("Cookie"), &s->scratch), &s->scratch);
    return a;
}

/* Every field and cookie that the persona brings is there. */
static bool brings_all(const struct persona *p, const struct asker *a, const struct exchange *x)
{
    for (size_t i = 0; i < p->field_count; i++)
        if (!span_eq(http_fields_value(&x->request.fields, p->fields[i].name), p->fields[i].value))
            return false;
    for (size_t i = 0; i < p->cookie_count; i++)
        if (!span_eq(cookie_value(a->cookies, p->cookies[i].name), p->cookies[i].value))
            return false;
    return p->field_count + p->cookie_count > 0 || (p->flag.len && !p->flag_on);
}

static bool was_there(const struct persona *p, const struct asker *a, const struct exchange *x)
{
    bool stands = a->standing == (p->logs_in ? STANDING_MEMBER : STANDING_ANONYMOUS) && !a->bot;
    switch (p->kind) {
    case PERSONA_ANONYMOUS:
        return stands;
    case PERSONA_MEMBER:
        return stands && p->role.len == 0;
    case PERSONA_BOT:
        return p->bot.len > 0 && span_ifind(a->agent, p->bot) >= 0;
    case PERSONA_LOCALE:
        return stands && span_ieq(a->language, p->language);
    case PERSONA_FLAG:
    case PERSONA_OTHER:
        return stands && brings_all(p, a, x);
    case PERSONA_EXPIRED:
    case PERSONA_TAMPERED:
    case PERSONA_ANOTHER:
        return false;
    }
    return false;
}

/* ---- what was done with him ---- */

static bool may_be_soft(const struct exchange *x)
{
    struct span type = http_fields_value(&x->response.fields, SPAN("Content-Type"));
    return is_given(x) && (media_type_is_html(type) || media_type_is_json(type) ||
                           span_starts(type, SPAN("text/x-component")));
}

/* The exchange with its body, where that may matter and was kept. */
static int with_body(struct surveying *s, bool run, struct exchange *x, bool *ret_blind,
                     struct err *err)
{
    struct last_body *last = &s->last[run];
    int rc = 0;
    *ret_blind = is_given(x) && !x->body_id;
    if (!x->body_id || !may_be_soft(x))
        return 0;
    if (last->id != x->body_id) {
        arena_clear(&last->arena);
        last->id = 0;
        rc = store_load_body(run ? s->options->run : s->options->capture, x->body_id, &last->text,
                             &last->arena, err);
    }
    if (rc < 0)
        return rc;
    last->id = x->body_id;
    x->response.body = last->text;
    return 0;
}

static const struct exchange *twin_of(struct surveying *s, uint32_t seq)
{
    while (s->run_at < s->run_count && s->run[s->run_at].planned < seq)
        s->run_at++;
    if (s->run_at < s->run_count && s->run[s->run_at].planned == seq &&
        !exchange_is_extra(&s->run[s->run_at]))
        return &s->run[s->run_at];
    return NULL;
}

static int note_twin(struct surveying *s, struct gate_cell *cell, const struct exchange *twin,
                     struct err *err)
{
    struct exchange seen = *twin;
    bool blind;
    if (twin->marks & (MARK_NOT_SENT | MARK_FAILED) || twin->response.status == 0)
        return 0;
    int rc = with_body(s, /* run= */ true, &seen, &blind, err);
    cell->in_sessions |= (uint16_t)(1u << gate_answer_read(&seen));
    return rc;
}

static int note_outcome(struct surveying *s, struct survey_route *route, size_t column,
                        const struct exchange *x, const struct exchange *twin, struct err *err)
{
    struct gate_cell *cell = &route->cells[column];
    struct exchange seen = *x;
    struct span location = http_fields_value(&x->response.fields, SPAN("Location"));
    enum gate_answer answer = gate_answer_of(x->response.status, location);
    bool blind = false, more = route->bodies[column] < SURVEY_BODIES;
    int rc = 0;
    if (more) {
        route->bodies[column]++;
        rc = with_body(s, /* run= */ false, &seen, &blind, err);
        answer = gate_answer_read(&seen);
        struct span language = gate_answer_language(&seen);
        uint32_t number = language.len ? strset_add(&s->survey->languages, language) : 0;
        if (language.len)
            gate_cell_add_language(cell, strset_text(&s->survey->languages, number));
    }
    if (x->response.status == 304)
        answer = ANSWER_ALLOW;
    cell->known = KNOWN_RECORDED;
    cell->blind |= blind;
    cell->production |= (uint16_t)(1u << answer);
    if (rc == 0 && twin && more)
        rc = note_twin(s, cell, twin, err);
    return rc;
}

static bool is_closed(const struct exchange *x)
{
    return gate_answer_is_closed(gate_answer_of(
        x->response.status, http_fields_value(&x->response.fields, SPAN("Location"))));
}

static int survey_get(struct surveying *s, const struct exchange *x, enum standing standing,
                      struct err *err)
{
    const uint32_t unseen = MARK_FROM_BROWSER_CACHE | MARK_CLIENT_ABORTED | MARK_PREFLIGHT;
    if (x->response.status == 0 || x->marks & unseen)
        return 0;
    struct survey_route *route = route_at(s, routes_match(s->survey->routes, x->request.target));
    if (!route)
        return 0;
    struct asker asker = asker_of(s, x, standing);
    const struct exchange *twin = twin_of(s, x->seq);
    int rc = 0;
    route->exchanges++;
    route->members += standing == STANDING_MEMBER && is_given(x);
    route->bots += asker.bot;
    route->closed += is_closed(x);
    /* Who is sent to the login is logged in nowhere. */
    if (standing == STANDING_UNKNOWN && is_closed(x) && x->response.status != 403)
        asker.standing = STANDING_ANONYMOUS;
    for (size_t c = 0; rc == 0 && c < s->options->persona_count; c++)
        if (was_there(&s->options->personas[c], &asker, x))
            rc = note_outcome(s, route, c, x, twin, err);
    if (rc == 0)
        compete(s, route, x, standing);
    return rc;
}

/* ---- posts with tokens ---- */

static unsigned tokens_in(const struct exchange *x, struct arena *scratch)
{
    struct http_request request = x->request;
    return persona_drop_tokens(&request, scratch);
}

static struct survey_post *post_at(struct gate_survey *survey, uint32_t route)
{
    const uint64_t *known = map_get(&survey->post_by_route, route);
    if (known)
        return &survey->posts[*known];
    if (survey->post_count >= SURVEY_POSTS)
        return NULL;
    map_put(&survey->post_by_route, route, survey->post_count, NULL);
    survey->posts =
        array_room(survey->posts, &survey->post_cap, survey->post_count + 1, sizeof *survey->posts);
    survey->posts[survey->post_count] = (struct survey_post){ .route = route };
    return &survey->posts[survey->post_count++];
}

static bool is_page(const struct exchange *x, const struct exchange *of)
{
    struct span type = http_fields_value(&x->response.fields, SPAN("Content-Type"));
    return can_be_asked(x) && x->response.status == 200 &&
           (type.len == 0 || media_type_is_html(type)) &&
           span_eq(x->request.authority, of->request.authority);
}

static void keep_post(struct surveying *s, struct survey_post *post, size_t index,
                      enum standing standing)
{
    const struct exchange *x = &s->x[index];
    post->found = true;
    post->member = standing == STANDING_MEMBER;
    post->x = kept(x, &s->survey->arena);
    size_t first = index;
    for (size_t found = 0; first > 0 && found < SURVEY_PAGES; first--)
        found += is_page(&s->x[first - 1], x);
    for (size_t i = first; i < index && post->page_count < SURVEY_PAGES; i++)
        if (is_page(&s->x[i], x))
            post->pages[post->page_count++] = kept(&s->x[i], &s->survey->arena);
}

/* A post that worked, with its token; and what became of those without. */
static void survey_post(struct surveying *s, size_t index, enum standing standing)
{
    const struct exchange *x = &s->x[index];
    const uint32_t unfit = MARK_REQUEST_BODY_MISSING | MARK_CLIENT_ABORTED;
    if (x->marks & unfit || x->response.status == 0 || x->request.method.len == 0)
        return;
    unsigned tokens = tokens_in(x, &s->scratch);
    bool worked = x->response.status < 400;
    struct survey_post *post =
        tokens || x->request.body.len
            ? post_at(s->survey, routes_match(s->survey->routes, x->request.target))
            : NULL;
    if (!post)
        return;
    if (tokens == 0) {
        post->refused |= !worked || is_closed(x);
        post->taken |= worked && !is_closed(x);
    } else if (worked && !is_closed(x) && !post->found) {
        keep_post(s, post, index, standing);
    }
}

/* ---- sessions ---- */

/* Names alone: what members brought, to make up one that is over. */
static void note_cookies(struct gate_survey *survey, const struct exchange *x)
{
    for (uint32_t i = 0; i < x->request.fields.len; i++) {
        struct span rest = x->request.fields.at[i].value;
        struct cookie_pair pair;
        if (!span_ieq(x->request.fields.at[i].name, SPAN("Cookie")) || span_is_none(rest))
            continue;
        while (survey->cookie_count < SURVEY_COOKIES && cookie_next(&rest, &pair)) {
            bool known = cookie_role(pair.name) != COOKIE_SESSION;
            for (size_t k = 0; !known && k < survey->cookie_count; k++)
                known = span_eq(survey->cookies[k], pair.name);
            if (!known)
                survey->cookies[survey->cookie_count++] = arena_copy(&survey->arena, pair.name);
        }
    }
}

static int load_run(struct surveying *s, uint64_t session, struct err *err)
{
    s->run_count = s->run_at = 0;
    if (!s->options->run)
        return 0;
    arena_clear(&s->run_arena);
    int rc = store_load_session(s->options->run, session, /* bodies= */ false, &s->run,
                                &s->run_count, &s->run_arena, err);
    if (rc == 0 && s->run_count)
        qsort(s->run, s->run_count, sizeof *s->run, exchange_by_planned);
    return rc;
}

static int survey_session(struct surveying *s, uint64_t session, struct err *err)
{
    int rc = load_run(s, session, err);
    struct visitor_standing standing =
        visitor_standing_at_start(s->survey->learner, s->x, s->count);
    for (size_t i = 0; rc == 0 && i < s->count; i++) {
        const struct exchange *x = &s->x[i];
        if (standing.now == STANDING_MEMBER)
            note_cookies(s->survey, x);
        if (span_eq(x->request.method, SPAN("GET")))
            rc = survey_get(s, x, standing.now, err);
        else if (request_mutates(&x->request))
            survey_post(s, i, standing.now);
        visitor_standing_pass(&standing, x);
    }
    return rc;
}

/* The answer to a login may hold its token. */
static int learn_session(struct surveying *s, struct err *err)
{
    for (size_t i = 0; i < s->count; i++) {
        struct exchange *x = &s->x[i];
        if (!x->body_id || x->request.body.len == 0 || !request_is_login(&x->request))
            continue;
        int rc =
            store_load_body(s->options->capture, x->body_id, &x->response.body, &s->scratch, err);
        if (rc < 0)
            return rc;
    }
    login_learner_see(s->survey->learner, s->x, s->count);
    return 0;
}

static int walk(struct surveying *s, bool learning, struct err *err)
{
    AUTO(store_sessions_closep) struct store_sessions *sessions = NULL;
    struct store_session session;
    int rc = store_sessions_open(&sessions, s->options->capture, STORE_BY_START, err);
    while (rc == 0 && (rc = store_sessions_next(sessions, &session, err)) > 0) {
        if (s->options->stop && *s->options->stop)
            return err_set(err, E_STOPPED, "gates: stopped");
        arena_clear(&s->scratch);
        rc = store_load_session(s->options->capture, session.id, /* bodies= */ false, &s->x,
                                &s->count, &s->scratch, err);
        if (rc == 0)
            rc = learning ? learn_session(s, err) : survey_session(s, session.id, err);
    }
    return rc;
}

static int take_variant(void *ctx, struct span name, struct span pseudonym, struct span value)
{
    variant_values_add(ctx, name, pseudonym, value);
    return 0;
}

int gate_survey_run(struct gate_survey **ret, const struct survey_options *options, struct err *err)
{
    AUTO(gate_survey_freep) struct gate_survey *survey = xcalloc(1, sizeof *survey);
    struct surveying s = { .options = options, .survey = survey };
    survey->languages = (struct strset)STRSET_INIT;
    survey->learner = login_learner_new();
    s.variants = variant_values_new();
    int rc = store_each_variant(options->capture, take_variant, s.variants, err);
    if (rc == 0)
        rc = make_routes(&s, err);
    if (rc == 0)
        rc = walk(&s, /* learning= */ true, err);
    if (rc == 0)
        rc = walk(&s, /* learning= */ false, err);
    variant_values_free(s.variants);
    arena_release(&s.scratch);
    arena_release(&s.run_arena);
    arena_release(&s.last[0].arena);
    arena_release(&s.last[1].arena);
    if (rc < 0)
        return rc;
    *ret = survey;
    survey = NULL; /* handed over */
    return 0;
}
