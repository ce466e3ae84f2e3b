/*
 * The one pass: each pair is told apart, looked at and counted. Nothing is judged
 * here; judge.c does that when all the evidence is in.
 */
#include <math.h>
#include <stdlib.h>

#include "meet.h"
#include "pace.h"
#include "rehearse/base/mem.h"
#include "rehearse/http/method.h"
#include "view.h"

struct comparison *comparison_new(const struct comparison_options *options)
{
    struct comparison *c = xcalloc(1, sizeof *c);
    c->options = *options;
    if (c->options.body_pairs_per_route == 0)
        c->options.body_pairs_per_route = BODY_PAIRS_DEFAULT;
    translator_init(&c->translator, options, &c->arena);
    facets_init(&c->facets);
    c->observer = (struct observer){ .facets = &c->facets,
                                     .translator = &c->translator,
                                     .ignore = options->ignore,
                                     .ignore_count = options->ignore_count };
    c->traffic = (struct traffic)TRAFFIC_INIT;
    c->vary = facet_of_field(&c->facets, SPAN("Vary"));
    c->etag = facet_of_field(&c->facets, SPAN("ETag"));
    c->last_modified = facet_of_field(&c->facets, SPAN("Last-Modified"));
    return c;
}

void comparison_free(struct comparison *c)
{
    if (!c)
        return;
    facets_release(&c->facets);
    request_classes_release(&c->classes);
    ledger_release(&c->ledger);
    examples_release(&c->examples);
    coverage_release(&c->coverage);
    strset_release(&c->session.missing_cookies);
    strset_release(&c->session.lingering_cookies);
    bodies_release(&c->bodies);
    effects_release(&c->effects);
    strset_release(&c->cache_texts);
    variants_release(&c->variants);
    traffic_release(&c->traffic);
    own_content_release(&c->own_content);
    keys_release(&c->keys);
    tolerances_release(&c->tolerances);
    measures_release(&c->measures);
    free(c->routes);
    arena_release(&c->scratch);
    arena_release(&c->arena);
    free(c);
}

void comparison_set_bodies(struct comparison *c, comparison_body_fn *fn, void *ctx)
{
    c->bodies.fetch = fn;
    c->bodies.fetch_ctx = ctx;
}

/* ---- what is not compared ---- */

/* NULL: it can be compared. */
static const char *not_comparable(const struct exchange *p, const struct exchange *s)
{
    static const struct {
        uint32_t mark;
        const char *reason;
    } production_marks[] = {
        { MARK_FROM_BROWSER_CACHE, "answered by the browser's cache: production never saw it" },
        { MARK_CLIENT_ABORTED, "the visitor went away before production had answered" },
        { MARK_RECORDED_304, "production said not modified: status and body were not recorded" },
        { MARK_PREFLIGHT, "a CORS preflight: made by the browser, not by the page" },
        { MARK_FAILED, "production did not answer completely" },
        { MARK_NOT_SENT, "production was not asked" },
    };
    for (size_t i = 0; i < sizeof production_marks / sizeof *production_marks; i++)
        if (p->marks & production_marks[i].mark)
            return production_marks[i].reason;
    if (p->response.status == 0)
        return "production's answer was not recorded";
    if (s->marks & MARK_FAILED)
        return NULL;
    if (s->response.status == 0)
        return "the run holds no answer of staging";
    if (s->response.status == 304 && p->response.status != 304)
        return "staging said not modified";
    return NULL;
}

static void enter_session(struct comparison *c, uint64_t id)
{
    if (c->session.any && c->session.id == id)
        return;
    if (c->session.any)
        c->session.ordinal++;
    c->session.any = true;
    c->session.id = id;
    c->sessions++;
    c->session.change_unsent = false;
    if (c->session.missing_cookies.len)
        strset_release(&c->session.missing_cookies);
    if (c->session.lingering_cookies.len)
        strset_release(&c->session.lingering_cookies);
}

static struct route_count *count_of_route(struct comparison *c, uint32_t route)
{
    if (route >= c->route_len) {
        c->routes = array_room(c->routes, &c->route_cap, route + 1, sizeof *c->routes);
        memset(c->routes + c->route_len, 0, (route + 1 - c->route_len) * sizeof *c->routes);
        c->route_len = route + 1;
    }
    return &c->routes[route];
}

/* ---- the pair ---- */

static struct cohort cohort_of(const struct pair *pair, int status)
{
    return (struct cohort){
        .route = pair->route,
        .method = pair->class.method,
        .host = pair->class.host,
        .language = pair->class.language,
        .form = pair->class.form,
        .status = (uint16_t)status,
        .credential = pair->class.credential,
        .bot = pair->class.bot,
        .uneven = pair->uneven,
    };
}

static void compared(struct comparison *c, const struct pair *pair)
{
    c->compared++;
    count_of_route(c, pair->route)->compared++;
    coverage_count(&c->coverage, SPAN("exchanges"), SPAN(""));
}

static void not_compared(struct comparison *c, struct span why)
{
    coverage_count(&c->coverage, SPAN("exchanges"), why);
}

static void compare_failed(struct comparison *c, const struct pair *pair)
{
    struct span note =
        span_is_none(pair->staging->note) ? SPAN("no complete answer") : pair->staging->note;
    struct span shown[2] = { answer_shown(c, pair, 0), note };
    compared(c, pair);
    meet_fixed(c, pair, FACET_TRANSPORT, SPAN("complete"), SPAN("failed"), shown, NULL, false);
}

static void compare_loop(struct comparison *c, const struct pair *pair)
{
    struct span shown[2] = { answer_shown(c, pair, 0), answer_shown(c, pair, 1) };
    compared(c, pair);
    meet_fixed(c, pair, FACET_LOOP, SPAN("ends"), SPAN("loops"), shown, NULL, false);
}

/* Sent elsewhere, or answered with another status. */
static bool ends_elsewhere(const struct pair *pair)
{
    return pair->production->response.status != pair->staging->response.status ||
           (status_is_redirect(pair->production->response.status) &&
            !span_eq(pair->location[0], pair->location[1]));
}

static bool ends_alike(struct comparison *c, struct pair *pair, const char *uneven)
{
    int status[2] = { pair->production->response.status, pair->staging->response.status };
    enum gate_answer answer[2] = { gate_answer_of(status[0], pair->location[0]),
                                   gate_answer_of(status[1], pair->location[1]) };
    /* A stranger who gets in where the visitor was kept out is no matter of footing. */
    bool opened =
        pair->lacks_cookie && gate_answer_is_closed(answer[0]) && answer[1] == ANSWER_ALLOW;
    if (uneven && answer[0] != answer[1] && answer[1] != ANSWER_ERROR && !opened) {
        not_compared(c, span_of(uneven));
        return false;
    }
    bool let_in = gate_answer_is_closed(answer[0]) && answer[1] == ANSWER_ALLOW;
    if (ends_elsewhere(pair) && answer[1] != ANSWER_ERROR && !let_in && brings_more_back(c, pair)) {
        not_compared(c, SPAN("follows from a cookie that production's visitor did not bring back"));
        return false;
    }
    bool cookies_unknown =
        !(pair->production->marks & MARK_ALL_REQUEST_FIELDS) && !pair->class.credential;
    if (cookies_unknown && answer[0] == ANSWER_ALLOW && gate_answer_is_closed(answer[1]) &&
        !pair->class.bot) { /* crawlers do not log in */
        not_compared(c, SPAN("needs an identity: the recording does not show who was logged in"));
        return false;
    }
    compared(c, pair);
    bool alike = meet_status(c, pair);
    if (alike)
        return true;
    note_missing_cookies(c, pair);
    if (answer[0] == ANSWER_REDIRECT && answer[1] == ANSWER_REDIRECT)
        meet_location(c, pair);
    coverage_count(&c->coverage, SPAN("response fields"), SPAN("the status differs"));
    return false;
}

static void compare_answers(struct comparison *c, struct pair *pair, const char *uneven)
{
    if (!ends_alike(c, pair, uneven))
        return;
    struct cohort like = cohort_of(pair, pair->production->response.status);
    pair->cohort = ledger_cohort(&c->ledger, &like);
    if (pair->cohort == NO_COHORT) {
        coverage_count(&c->coverage, SPAN("response fields"),
                       SPAN("beyond the number of cohorts compared"));
        return;
    }
    c->ledger.cohorts[pair->cohort].pairs++;
    struct slot_at at;
    at.slot = ledger_repeat(&c->ledger, pair->cohort, pair->class.identity, &at.again);
    meet_fields(c, pair, at);
    meet_bodies(c, pair);
    if (!pair->uneven)
        measure_size(c, pair, at);
    measure_route(c, pair, at);
    meet_keys(c, pair);
}

static void compare_pair(struct comparison *c, struct pair *pair, const struct exchange *hops,
                         size_t hop_count)
{
    const struct asked asked = { &pair->production->request, &pair->staging->request };
    pair->location[0] = http_fields_value(&pair->production->response.fields, SPAN("Location"));
    /* A redirect whose target was not recorded is compared with one whose target is not looked at.
     */
    if (!status_is_redirect(pair->production->response.status) ||
        exchange_knows_field(pair->production, SPAN("Location")))
        pair->location[1] =
            http_fields_value(&pair->whole_staging->response.fields, SPAN("Location"));
    if (!span_is_none(pair->location[1]))
        pair->location[1] = translate(&c->translator, &asked, pair->location[1], &c->scratch);
    const char *uneven = uneven_footing(c, pair);
    pair->uneven = uneven != NULL;
    pair->why_uneven = uneven;
    struct cohort like = cohort_of(pair, 0);
    pair->base = ledger_cohort(&c->ledger, &like);
    if (pair->base == NO_COHORT) {
        not_compared(c, SPAN("beyond the number of cohorts compared"));
        return;
    }
    c->ledger.cohorts[pair->base].pairs++;
    bool loops = pair_loops(c, pair, hops, hop_count);
    if (pair->staging->marks & MARK_FAILED)
        compare_failed(c, pair);
    else if (loops)
        compare_loop(c, pair);
    else
        compare_answers(c, pair, uneven);
}

/* Of all that each side said, whether the other side's recording knows the field or not. */
static void note_tolerances(struct comparison *c, const struct exchange *production,
                            const struct exchange *staging, uint32_t route)
{
    const struct tolerated_pair told = {
        .answer = { production, staging },
        .policy = { c->options.caches[0].policy, c->options.caches[1].policy },
        .route = route,
    };
    if (!(staging->marks & MARK_FAILED))
        tolerances_add(&c->tolerances, &told, &c->scratch);
}

void comparison_add(struct comparison *c, const struct exchange *production,
                    const struct exchange *staging, const struct exchange *hops, size_t hop_count)
{
    arena_clear(&c->scratch);
    c->planned++;
    enter_session(c, production->session);
    struct pair pair = { .route = routes_match(c->options.routes, production->request.target) };
    count_of_route(c, pair.route)->exchanges++;
    if (!staging) {
        not_compared(c, SPAN("not in the run"));
        return;
    }
    if (staging->marks & MARK_NOT_SENT) {
        c->session.change_unsent |= !method_is_safe(production->request.method);
        not_compared(c, arena_printf(&c->scratch, "not sent: %.*s", SPAN_ARG(staging->note)));
        return;
    }
    c->sent++;
    const char *why_not = not_comparable(production, staging);
    if (why_not) {
        not_compared(c, span_of(why_not));
        return;
    }
    note_tolerances(c, production, staging, pair.route);
    pair.production = view_of(production, staging, &c->scratch);
    pair.staging = view_of(staging, production, &c->scratch);
    pair.whole_staging = staging;
    pair.class = request_class_of(&c->classes, production);
    compare_pair(c, &pair, hops, hop_count);
}

/* ---- the end ---- */

static int by_route_name(const void *a, const void *b)
{
    const struct route_summary *x = a, *y = b;
    return span_cmp(x->route, y->route);
}

static void summarize_routes(struct comparison *c, struct comparison_summary *ret,
                             struct arena *arena)
{
    ret->routes = arena_calloc(arena, c->route_len, sizeof *ret->routes);
    for (uint32_t i = 0; i < c->route_len; i++) {
        if (!c->routes[i].exchanges)
            continue;
        struct route_summary *s = &ret->routes[ret->route_count++];
        *s = (struct route_summary){
            .route = arena_copy(arena, routes_name(c->options.routes, i)),
            .exchanges = c->routes[i].exchanges,
            .compared = c->routes[i].compared,
            .differing = c->routes[i].differing,
            .production_p50_us = NAN,
            .production_p95_us = NAN,
            .staging_p50_us = NAN,
            .staging_p95_us = NAN,
        };
        if (i >= c->measures.len)
            continue;
        const struct route_measures *m = &c->measures.routes[i];
        s->production_p50_us = histogram_quantile(&m->time[0], 0.5);
        s->production_p95_us = histogram_quantile(&m->time[0], 0.95);
        s->staging_p50_us = histogram_quantile(&m->time[1], 0.5);
        s->staging_p95_us = histogram_quantile(&m->time[1], 0.95);
    }
    if (ret->route_count)
        qsort(ret->routes, ret->route_count, sizeof *ret->routes, by_route_name);
}

static void note(struct comparison_summary *ret, struct span text, uint64_t exchanges)
{
    ret->notes[ret->note_count++] = (struct note_line){ text, exchanges };
}

/* What would be a finding of each route, were it not that of all. */
static void note_pace(const struct comparison *c, struct comparison_summary *ret,
                      struct arena *arena)
{
    struct paces paces = paces_of(&c->measures);
    struct pace pace = paces_middle(&paces);
    if (paces.len >= 3 && pace.factor > PACE_FACTOR && pace.delay_us > PACE_DELAY_US)
        note(ret,
             arena_printf(arena,
                          "Answers take %.1f times as long on the route in the middle, and so on "
                          "the others: staging's machine or the pace, not a route.",
                          pace.factor),
             paces.exchanges);
    paces_release(&paces);
}

static void write_notes(const struct comparison *c, struct comparison_summary *ret,
                        struct arena *arena)
{
    ret->notes = arena_calloc(arena, 2, sizeof *ret->notes);
    if (c->kept_session_cookies)
        note(ret,
             SPAN("Shared caches may keep answers that set a visitor's cookie, in production and "
                  "on staging alike."),
             c->kept_session_cookies);
    note_pace(c, ret, arena);
}

/*
 * Staging was asked without what the visitor had, and production answered no stranger
 * there: whatever differs may come from that, so that nothing was compared.
 */
static void take_back_strangers(struct comparison *c)
{
    const struct ledger *l = &c->ledger;
    uint64_t count = 0;
    for (size_t i = 0; i < l->cohort_count; i++) {
        struct cohort stranger = l->cohorts[i];
        if (!stranger.uneven || stranger.status == 0)
            continue;
        stranger.credential = stranger.uneven = false;
        if (ledger_find_cohort(l, &stranger) != NO_COHORT)
            continue;
        count += l->cohorts[i].pairs;
        c->routes[l->cohorts[i].route].compared -= l->cohorts[i].pairs;
    }
    c->compared -= count;
    coverage_take_back(&c->coverage, SPAN("exchanges"),
                       SPAN("needs an identity: staging's visitor stood otherwise (no login, or a "
                            "difference before), and production answered no stranger there"),
                       count);
}

int comparison_finish(struct comparison *c, struct findings *ret_findings,
                      struct comparison_summary *ret_summary, struct err *err)
{
    (void)err;
    struct arena *arena = &ret_findings->arena;
    traffic_run(&c->traffic, &c->effects);
    keys_sum(&c->keys);
    comparison_judge(c, ret_findings);
    findings_sort(ret_findings);
    take_back_strangers(c);
    *ret_summary = (struct comparison_summary){
        .planned = c->planned,
        .sent = c->sent,
        .compared = c->compared,
        .sessions = c->sessions,
        .coverage = coverage_lines(&c->coverage, arena),
        .coverage_count = c->coverage.len,
        .tolerances = tolerances_lines(&c->tolerances, c->options.routes, arena),
        .tolerance_count = c->tolerances.len,
        .tolerances_beyond = c->tolerances.beyond,
        .forecast = c->traffic.total,
        .forecast_share = traffic_sampled(&c->traffic),
    };
    write_notes(c, ret_summary, arena);
    summarize_routes(c, ret_summary, arena);
    return 0;
}
