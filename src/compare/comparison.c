/*
 * The one pass: each pair is told apart, looked at and counted. Nothing is judged
 * here; judge.c does that when all the evidence is in.
 */
#include "comparison_state.h"

#include <math.h>
#include <stdlib.h>

#include "gate.h"
#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"
#include "rehearse/cache/cache_status.h"
#include "rehearse/cache/key.h"
#include "rehearse/http/cookie.h"
#include "rehearse/http/method.h"
#include "rehearse/http/url.h"
#include "view.h"

enum {
    HOPS_MAX = 10,            /* a chain that is longer counts as a loop */
    MISSING_COOKIES_MAX = 32, /* remembered of a session */
};

struct comparison *comparison_new(const struct comparison_options *options)
{
    struct comparison *c = xcalloc(1, sizeof *c);
    c->options = *options;
    if (c->options.body_pairs_per_route == 0)
        c->options.body_pairs_per_route = BODY_PAIRS_DEFAULT;
    translator_init(&c->translator, options, &c->arena);
    facets_init(&c->facets);
    c->observer = (struct observer){ .facets = &c->facets, .translator = &c->translator,
                                     .ignore = options->ignore,
                                     .ignore_count = options->ignore_count };
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
    keys_release(&c->keys);
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

/* ---- counting one facet of one pair ---- */

struct meeting {
    uint32_t cohort;
    uint16_t facet;
    uint32_t value[2], raw[2];
    struct span text[2];
    struct repeat_slot *slot; /* or NULL */
    bool again;
};

static void note_raw(struct evidence *e, const struct meeting *m)
{
    for (int side = 0; side < 2; side++) {
        if (m->value[side] == VALUE_ABSENT)
            continue;
        e->raw[side].varies |= e->raw[side].any && e->raw[side].raw != m->raw[side];
        e->raw[side].any = true;
        e->raw[side].raw = m->raw[side];
    }
}

static uint32_t keep_example(struct comparison *c, const struct pair *pair, const struct meeting *m)
{
    return examples_keep(&c->examples, pair->production, pair->staging, m->text[0], m->text[1]);
}

static void note_difference(struct comparison *c, const struct pair *pair, struct cell *cell,
                            const struct meeting *m)
{
    ledger_note(&c->ledger, &cell->sessions, c->session.ordinal);
    for (size_t i = 0; i < FINDING_EXAMPLES; i++)
        if (!cell->examples[i]) {
            cell->examples[i] = keep_example(c, pair, m);
            return;
        }
}

static void meet(struct comparison *c, const struct pair *pair, struct meeting *m)
{
    struct evidence *e = ledger_evidence(&c->ledger, m->cohort, m->facet);
    if (!e)
        return;
    bool many = m->value[0] == VALUE_MANY && m->value[1] == VALUE_MANY;
    if (many && m->raw[0] != m->raw[1])
        m->value[1] = VALUE_MANY_ELSE;
    struct cell *cell = evidence_count(e, m->value[0], m->value[1]);
    note_raw(e, m);
    if (m->slot)
        repeat_note(m->slot, m->again, e, m->value[0] == VALUE_MANY ? m->raw[0] : m->value[0],
                    m->value[1] >= VALUE_MANY && m->value[1] < VALUES_FIXED ? m->raw[1] : m->value[1]);
    if (cell && m->value[0] != m->value[1])
        note_difference(c, pair, cell, m);
    else if (cell && m->raw[0] != m->raw[1]) {
        ledger_note(&c->ledger, &cell->sessions, c->session.ordinal);
        if (!e->raw_example)
            e->raw_example = keep_example(c, pair, m);
    }
}

static bool is_redirect(int status)
{
    return status >= 300 && status < 400 && status != 304;
}

/* ---- the route as a whole: does it end, where, with what status ---- */

static bool same_place(const struct http_request *a, const struct http_request *b)
{
    return span_eq(a->target, b->target) && span_ieq(a->authority, b->authority);
}

/* Does the chain come back to where it was, or never end? */
static bool hops_loop(const struct exchange *staging, const struct exchange *hops, size_t count)
{
    if (count >= HOPS_MAX)
        return true;
    for (size_t i = 0; i < count; i++) {
        if (hops[i].response.status < 300 || hops[i].response.status >= 400)
            continue; /* a page may lie behind a redirect that came with a cookie */
        if (same_place(&hops[i].request, &staging->request))
            return true;
        for (size_t j = 0; j < i; j++)
            if (same_place(&hops[i].request, &hops[j].request))
                return true;
    }
    return false;
}

static bool leads_to_itself(struct comparison *c, const struct pair *pair, int side)
{
    const struct exchange *x = side ? pair->staging : pair->production;
    if (x->response.status < 300 || x->response.status >= 400 || span_is_none(pair->location[side]))
        return false;
    struct url url;
    struct span whole = url_resolve(pair->production->request.target, pair->location[side], &c->scratch);
    if (!url_parse(&url, whole) || !span_eq(url.target, pair->production->request.target))
        return false;
    return span_is_none(url.authority) || span_ieq(url.authority, pair->production->request.authority);
}

static void meet_fixed(struct comparison *c, const struct pair *pair, enum facet_kind kind,
                       struct span production, struct span staging, const struct span texts[2],
                       struct repeat_slot *slot, bool again)
{
    uint16_t facet = (uint16_t)kind;
    struct meeting m = {
        .cohort = pair->base, .facet = facet,
        .value = { facet_value(&c->facets, facet, production),
                   facet_value(&c->facets, facet, staging) },
        .text = { texts[0], texts[1] }, .slot = slot, .again = again,
    };
    m.raw[0] = m.value[0];
    m.raw[1] = m.value[1];
    meet(c, pair, &m);
}

static struct span answer_text(struct comparison *c, const struct pair *pair, int side)
{
    const struct exchange *x = side ? pair->staging : pair->production;
    enum gate_answer answer = gate_answer_of(x->response.status, pair->location[side]);
    return arena_printf(&c->scratch, answer == ANSWER_LOGIN ? "%d to login" : "%d",
                        x->response.status);
}

static struct span answer_shown(struct comparison *c, const struct pair *pair, int side)
{
    const struct exchange *x = side ? pair->staging : pair->production;
    if (span_is_none(pair->location[side]))
        return arena_printf(&c->scratch, "%d", x->response.status);
    return arena_printf(&c->scratch, "%d, Location: %.*s", x->response.status,
                        SPAN_ARG(span_head(pair->location[side], 400)));
}

/* Statuses of both, and where two redirects lead when their codes differ. True: the answers are of one kind. */
static bool meet_status(struct comparison *c, const struct pair *pair)
{
    bool again;
    struct repeat_slot *slot = ledger_repeat(&c->ledger, pair->base, pair->class.identity, &again);
    struct span said[2] = { answer_text(c, pair, 0), answer_text(c, pair, 1) };
    struct span shown[2] = { answer_shown(c, pair, 0), answer_shown(c, pair, 1) };
    meet_fixed(c, pair, FACET_STATUS, said[0], said[1], shown, slot, again);
    return span_eq(said[0], said[1]);
}

static void meet_location(struct comparison *c, const struct pair *pair)
{
    struct span leads[2];
    for (int side = 0; side < 2; side++) {
        AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
        struct canonical_context context = { pair->production, side ? pair->staging : pair->production,
                                             &c->scratch };
        canonical_location(&context, pair->location[side], &text);
        leads[side] = arena_copy(&c->scratch, strbuf_span(&text));
    }
    meet_fixed(c, pair, FACET_LOCATION, leads[0], leads[1], pair->location, NULL, false);
}

/* ---- fields ---- */

static struct span accept_encoding(const struct exchange *x)
{
    struct span value = http_fields_value(&x->request.fields, SPAN("Accept-Encoding"));
    return span_is_none(value) ? SPAN("") : value;
}

static bool asked_for_same_coding(const struct exchange *p, const struct exchange *s)
{
    return span_eq(accept_encoding(p), accept_encoding(s));
}

static const struct effect_memo *effect_of(struct comparison *c, const struct pair *pair, int side)
{
    const struct exchange *x = side ? pair->staging : pair->production;
    const struct observed *o = side ? &c->staging : &c->production;
    bool authorized = http_fields_first(&x->request.fields, SPAN("Authorization")) != NULL;
    uint64_t key = hash_mix(o->cache_key, (uint64_t)x->response.status << 20 | authorized);
    key = hash_mix(key, pair->class.method) | 1;
    if (o->has_expires)
        key = hash_mix(key, o->date_key) | 1;
    struct effect_memo *memo = &c->effects[(key >> 20) & (EFFECT_MEMO - 1)];
    if (memo->key == key)
        return memo;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    memo->key = key;
    memo->effect = cache_effect_of(&x->request, &x->response, x->start_us / 1000000);
    cache_text(&x->response, &c->scratch, &text);
    memo->text = text.len ? facet_value(&c->facets, FACET_CACHE_TEXT, strbuf_span(&text)) : VALUE_ABSENT;
    return memo;
}

/* A cookie that carries a session makes a kept response worse: everyone gets that session. */
static bool sets_credential(const struct http_response *r)
{
    struct set_cookie cookie;
    for (uint32_t i = 0; i < r->fields.len; i++)
        if (r->fields.at[i].name.len == 10 && span_ieq(r->fields.at[i].name, SPAN("Set-Cookie")) &&
            set_cookie_parse(&cookie, r->fields.at[i].value) &&
            cookie_name_is_credential(cookie.name))
            return true;
    return false;
}

/* Kept from now on, and a session in it: worse than kept. */
static struct span staging_keeps_text(const struct pair *pair, enum cache_keeps was, enum cache_keeps is)
{
    if (is == KEEPS_FRESH && was != KEEPS_FRESH && sets_credential(&pair->staging->response))
        return SPAN("kept, with a session cookie in it");
    return cache_keeps_name(is);
}

static void show_cache(struct comparison *c, const struct pair *pair, struct span ret[2])
{
    for (int side = 0; side < 2; side++) {
        AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
        cache_display(side ? &pair->staging->response : &pair->production->response, &text);
        ret[side] = arena_copy(&c->scratch, strbuf_span(&text));
    }
}

static struct span lifetime_text(struct comparison *c, const struct cache_effect *e)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    /* One computed from two dates moves by seconds: two digits are what is meant. */
    int64_t s = e->lifetime_s, unit = 1;
    while (!e->exact && s / unit >= 100)
        unit *= 10;
    strbuf_add_i64(&text, (s + unit / 2) / unit * unit);
    strbuf_add_str(&text, " s");
    return arena_copy(&c->scratch, strbuf_span(&text));
}

struct slot_at {
    struct repeat_slot *slot;
    bool again;
};

/*
 * What a shared cache makes of both, from the coarse to the fine: whether it keeps
 * the response, for how long, and what else is said. A difference in one makes the
 * next ones moot. True: both are kept alike.
 */
static bool meet_cache(struct comparison *c, const struct pair *pair, struct slot_at at)
{
    if (!exchange_knows_field(pair->production, SPAN("Cache-Control")) ||
        !exchange_knows_field(pair->staging, SPAN("Cache-Control")))
        return true;
    const struct effect_memo *p = effect_of(c, pair, 0);
    struct cache_effect pe = p->effect;
    uint32_t p_text = p->text; /* the memo's place may be taken by the next line */
    const struct effect_memo *s = effect_of(c, pair, 1);
    struct span shown[2] = { SPAN_NONE, SPAN_NONE };
    if (p_text != s->text || pe.keeps != s->effect.keeps || pe.lifetime_s != s->effect.lifetime_s)
        show_cache(c, pair, shown);
    struct pair in_cohort = *pair;
    in_cohort.base = pair->cohort;
    meet_fixed(c, &in_cohort, FACET_STORED, cache_keeps_name(pe.keeps),
               staging_keeps_text(pair, pe.keeps, s->effect.keeps), shown, at.slot, at.again);
    if (pe.keeps != s->effect.keeps)
        return false;
    if (pe.keeps == KEEPS_FRESH) {
        struct span lives[2] = { lifetime_text(c, &pe), lifetime_text(c, &s->effect) };
        meet_fixed(c, &in_cohort, FACET_LIFETIME, lives[0], lives[1], shown, at.slot, at.again);
        if (!span_eq(lives[0], lives[1]))
            return true;
    }
    struct meeting m = { .cohort = pair->cohort, .facet = FACET_CACHE_TEXT,
                         .value = { p_text, s->text }, .raw = { p_text, s->text },
                         .text = { shown[0], shown[1] }, .slot = at.slot, .again = at.again };
    if (p_text || s->text)
        meet(c, pair, &m);
    return true;
}

static void meet_field(struct comparison *c, const struct pair *pair, uint16_t facet,
                       struct slot_at at)
{
    const struct seen *p = observed_find(&c->production, facet), *s = observed_find(&c->staging, facet);
    struct meeting m = {
        .cohort = pair->cohort, .facet = facet,
        .value = { p ? p->value : VALUE_ABSENT, s ? s->value : VALUE_ABSENT },
        .raw = { p ? p->raw : 0, s ? s->raw : 0 },
        .text = { p ? p->text : SPAN_NONE, s ? s->text : SPAN_NONE },
        .slot = at.slot, .again = at.again,
    };
    meet(c, pair, &m);
    /* What follows in this session without that cookie follows from its absence. */
    if (c->facets.at[facet].kind == FACET_COOKIE && (!p || !s) &&
        c->session.missing_cookies.len < MISSING_COOKIES_MAX)
        strset_add(&c->session.missing_cookies, c->facets.at[facet].field);
    /* A cookie that is staging's own invention gives its visitor no right that production's lacks. */
    if (c->facets.at[facet].kind == FACET_COOKIE && p && !s)
        strset_add(&c->session.lingering_cookies, c->facets.at[facet].field);
}

static void meet_fields(struct comparison *c, const struct pair *pair, struct slot_at at)
{
    const struct asked asked = { &pair->production->request, &pair->staging->request };
    struct observe_scope scope = {
        .production = pair->production, .staging = pair->staging, .scratch = &c->scratch,
        .redirect = is_redirect(pair->production->response.status),
        .same_coding = asked_for_same_coding(pair->production, pair->staging),
        .asked_key = translate_key(&c->translator, &asked),
    };
    observe_response(&c->observer, &scope, &c->production);
    scope.side_staging = true;
    observe_response(&c->observer, &scope, &c->staging);
    bool kept_alike = meet_cache(c, pair, at);
    for (size_t i = 0; i < c->production.len; i++) {
        const struct facet *f = &c->facets.at[c->production.at[i].facet];
        if (kept_alike || !f->meaning || !f->meaning->validator)
            meet_field(c, pair, c->production.at[i].facet, at);
    }
    for (size_t i = 0; i < c->staging.len; i++) {
        const struct facet *f = &c->facets.at[c->staging.at[i].facet];
        if (!observed_find(&c->production, c->staging.at[i].facet) &&
            (kept_alike || !f->meaning || !f->meaning->validator))
            meet_field(c, pair, c->staging.at[i].facet, at);
    }
    coverage_count(&c->coverage, SPAN("response fields"), SPAN(""));
}

/* ---- bodies, keys, measures ---- */

static uint32_t body_example(struct comparison *c, const struct pair *pair)
{
    return examples_keep(&c->examples, pair->production, pair->staging, SPAN(""), SPAN(""));
}

static bool is_same_type(const struct exchange *p, const struct exchange *s)
{
    return body_form_of(&p->response) == body_form_of(&s->response);
}

static void meet_language(struct comparison *c, const struct pair *pair, const struct span language[2])
{
    if (span_is_none(language[0]) || span_is_none(language[1]))
        return;
    /* Content-Language says the same thing first: one finding is enough. */
    struct span said[2] = {
        http_fields_value(&pair->production->response.fields, SPAN("Content-Language")),
        http_fields_value(&pair->staging->response.fields, SPAN("Content-Language")),
    };
    if (!span_is_none(said[0]) && !span_is_none(said[1]) && !span_ieq(said[0], said[1]))
        return;
    struct pair in_cohort = *pair;
    in_cohort.base = pair->cohort;
    meet_fixed(c, &in_cohort, FACET_LANGUAGE, lower_case(language[0], &c->scratch),
               lower_case(language[1], &c->scratch), language, NULL, false);
}

static void meet_bodies(struct comparison *c, const struct pair *pair)
{
    struct body_pair bodies = { pair->production, pair->staging, pair->cohort, pair->route,
                                c->options.body_pairs_per_route };
    struct body_outcome o = bodies_add(&c->bodies, &bodies, &c->scratch);
    coverage_count(&c->coverage, SPAN("bodies"), o.why_not ? span_of(o.why_not) : SPAN(""));
    if (!o.evidence)
        return;
    if (o.differs) {
        ledger_note(&c->ledger, &o.evidence->sessions, c->session.ordinal);
        if (!o.evidence->example)
            o.evidence->example = body_example(c, pair);
    }
    meet_language(c, pair, o.language);
}

/* The same coding on both sides, by what the responses say; -1: not known. */
static int same_coding(const struct exchange *p, const struct exchange *s)
{
    if (!exchange_knows_field(p, SPAN("Content-Encoding")) ||
        !exchange_knows_field(s, SPAN("Content-Encoding")))
        return -1;
    struct span a = http_fields_value(&p->response.fields, SPAN("Content-Encoding"));
    struct span b = http_fields_value(&s->response.fields, SPAN("Content-Encoding"));
    return span_ieq(span_is_none(a) ? SPAN("identity") : a, span_is_none(b) ? SPAN("identity") : b);
}

/* How production's own size moves when the same request comes again. */
static void note_size(struct size_measures *m, struct slot_at at, uint64_t size)
{
    double before = (double)at.slot->size;
    if (at.again && at.slot->sized) {
        m->repeats++;
        m->unequal += fabs(before - (double)size) > before / 10 + 100;
    }
    at.slot->size = size;
    at.slot->sized = true;
}

static void measure_size(struct comparison *c, const struct pair *pair, struct slot_at at)
{
    const struct exchange *p = pair->production, *s = pair->staging;
    int64_t sizes[2] = { p->response.body_bytes, s->response.body_bytes };
    int coding = same_coding(p, s);
    if ((p->marks | s->marks) & MARK_RESPONSE_BODY_CUT || !is_same_type(p, s))
        return;
    if (!span_is_none(p->response.body) && !span_is_none(s->response.body)) {
        sizes[0] = (int64_t)p->response.body.len;
        sizes[1] = (int64_t)s->response.body.len;
        coding = 1;
    }
    if (sizes[0] < 0 || sizes[1] < 0 || coding == 0 || span_eq(p->request.method, SPAN("HEAD")))
        return;
    struct size_measures *m = measures_size(&c->measures, pair->cohort);
    size_measures_add(m, (uint64_t)sizes[0], (uint64_t)sizes[1]);
    ledger_note(&c->ledger, &m->sessions, c->session.ordinal);
    m->coding_unknown |= coding < 0;
    note_size(m, at, (uint64_t)sizes[0]);
    double ratio = ((double)sizes[1] + 200) / ((double)sizes[0] + 200);
    if (!m->example && (ratio > 1.5 || ratio < 0.67))
        m->example = examples_keep(&c->examples, p, s,
                                   arena_printf(&c->scratch, "%lld bytes", (long long)sizes[0]),
                                   arena_printf(&c->scratch, "%lld bytes", (long long)sizes[1]));
}

static enum cache_outcome outcome_of(const struct exchange *x, const struct observed *seen)
{
    enum cache_outcome o = seen->of_cache ? cache_outcome_of(&x->response.fields).outcome
                                          : OUTCOME_UNKNOWN;
    if (o == OUTCOME_UNKNOWN && !span_is_none(x->cache))
        o = cache_outcome_of_text(x->cache);
    return o;
}

static void measure_route(struct comparison *c, const struct pair *pair, bool again)
{
    const struct exchange *const x[2] = { pair->production, pair->staging };
    struct route_measures *m = measures_route(&c->measures, pair->route);
    if (!m)
        return;
    enum cache_outcome o[2] = { outcome_of(x[0], &c->production),
                                  outcome_of(x[1], &c->staging) };
    bool timed = x[0]->duration_us >= 0 && x[1]->duration_us >= 0;
    bool alike = o[0] == OUTCOME_UNKNOWN || o[1] == OUTCOME_UNKNOWN ||
                 cache_outcome_is_hit(o[0]) == cache_outcome_is_hit(o[1]);
    ledger_note(&c->ledger, &m->sessions, c->session.ordinal);
    for (int side = 0; side < 2; side++) {
        if (x[side]->duration_us >= 0)
            histogram_add(&m->time[side], (uint64_t)x[side]->duration_us);
        if (timed && alike)
            histogram_add(&m->alike[side], (uint64_t)x[side]->duration_us);
        if (again && o[0] != OUTCOME_UNKNOWN && o[1] != OUTCOME_UNKNOWN) {
            m->asked[side]++;
            m->hits[side] += cache_outcome_is_hit(o[side]);
        }
    }
    if (timed && alike && !m->slow_example && x[1]->duration_us > 2 * x[0]->duration_us + 50000)
        m->slow_example = examples_keep(&c->examples, x[0], x[1],
                                        arena_printf(&c->scratch, "%lld ms", (long long)(x[0]->duration_us / 1000)),
                                        arena_printf(&c->scratch, "%lld ms", (long long)(x[1]->duration_us / 1000)));
    if (again && !m->hit_example && cache_outcome_is_hit(o[0]) && o[1] != OUTCOME_UNKNOWN &&
        !cache_outcome_is_hit(o[1]))
        m->hit_example = examples_keep(&c->examples, x[0], x[1], span_of(cache_outcome_name(o[0])),
                                       span_of(cache_outcome_name(o[1])));
}

static void meet_keys(struct comparison *c, const struct pair *pair)
{
    struct observed_key p, s;
    if (!c->production.of_cache || !c->staging.of_cache ||
        !key_observed(&pair->production->response.fields, SPAN_NONE, &c->scratch, &p) ||
        !key_observed(&pair->staging->response.fields, SPAN_NONE, &c->scratch, &s)) {
        coverage_count(&c->coverage, SPAN("cache keys"), SPAN("not shown by both sides"));
        return;
    }
    const struct asked asked = { &pair->production->request, &pair->staging->request };
    struct keyed_pair keyed = { pair->production, pair->staging, p.key,
                                translate(&c->translator, &asked, s.key, &c->scratch), pair->route,
                                c->session.ordinal };
    keys_add(&c->keys, &keyed, &c->examples);
    coverage_count(&c->coverage, SPAN("cache keys"), SPAN(""));
}

/* ---- the pair ---- */

/* What the visitors hold of the cookies that one side alone set: -1 staging lacks one, 1 it still has a login, 0. */
static int cookie_footing(const struct comparison *c, const struct pair *pair)
{
    const struct strset *missing = &c->session.missing_cookies;
    for (uint32_t i = 0; i < missing->len; i++) {
        struct span name = strset_text(missing, i);
        bool had = request_sends_cookie(&pair->production->request, name);
        bool has = request_sends_cookie(&pair->staging->request, name);
        if (had && !has)
            return -1;
        if (has && !had && cookie_name_is_credential(name) &&
            strset_find(&c->session.lingering_cookies, name) != STRSET_ABSENT)
            return 1;
    }
    return 0;
}

/* Does staging's visitor stand where production's stood? NULL: yes. */
static const char *uneven_footing(const struct comparison *c, struct pair *pair)
{
    int cookies = c->session.missing_cookies.len ? cookie_footing(c, pair) : 0;
    pair->lacks_cookie = cookies < 0 && !(pair->staging->marks & MARK_CREDENTIAL_UNRESOLVED);
    if (cookies)
        return "follows from a cookie that only one side set earlier in the session";
    if (c->session.change_unsent)
        return "follows from a change that was not sent earlier in the session";
    /* One more on staging is no login: a redirect that was followed there may have given it. */
    bool lacks = pair->class.credential && pair->staging->request.fields.len &&
                 !request_has_credential(&pair->staging->request);
    if ((pair->staging->marks & MARK_CREDENTIAL_UNRESOLVED) || lacks)
        return "needs an identity: staging was asked without the visitor's login";
    return NULL;
}

static struct cohort cohort_of(const struct pair *pair, int status)
{
    return (struct cohort){
        .route = pair->route, .method = pair->class.method, .host = pair->class.host,
        .language = pair->class.language, .form = pair->class.form, .status = (uint16_t)status,
        .credential = pair->class.credential, .bot = pair->class.bot, .uneven = pair->uneven,
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
    struct span note = span_is_none(pair->staging->note) ? SPAN("no complete answer") : pair->staging->note;
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

static bool sets_cookie(const struct http_response *r, struct span name)
{
    struct set_cookie cookie;
    for (uint32_t i = 0; i < r->fields.len; i++)
        if (r->fields.at[i].name.len == 10 && span_ieq(r->fields.at[i].name, SPAN("Set-Cookie")) &&
            set_cookie_parse(&cookie, r->fields.at[i].value) && span_eq(cookie.name, name))
            return true;
    return false;
}

/* Where the status is the finding, cookies that only one side set are its consequence, and have their own. */
static void note_missing_cookies(struct comparison *c, const struct pair *pair)
{
    struct set_cookie cookie;
    for (int side = 0; side < 2; side++) {
        const struct http_response *own = side ? &pair->staging->response : &pair->production->response;
        const struct http_response *other = side ? &pair->production->response : &pair->staging->response;
        for (uint32_t i = 0; i < own->fields.len; i++)
            if (span_ieq(own->fields.at[i].name, SPAN("Set-Cookie")) &&
                set_cookie_parse(&cookie, own->fields.at[i].value) && !sets_cookie(other, cookie.name) &&
                c->session.missing_cookies.len < MISSING_COOKIES_MAX) {
                strset_add(&c->session.missing_cookies, cookie.name);
                if (side == 0)
                    strset_add(&c->session.lingering_cookies, cookie.name);
            }
    }
}

static bool ends_alike(struct comparison *c, struct pair *pair, const char *uneven)
{
    int status[2] = { pair->production->response.status, pair->staging->response.status };
    enum gate_answer answer[2] = { gate_answer_of(status[0], pair->location[0]),
                                   gate_answer_of(status[1], pair->location[1]) };
    /* A stranger who gets in where the visitor was kept out is no matter of footing. */
    bool opened = pair->lacks_cookie && gate_answer_is_closed(answer[0]) && answer[1] == ANSWER_ALLOW;
    if (uneven && answer[0] != answer[1] && answer[1] != ANSWER_ERROR && !opened) {
        not_compared(c, span_of(uneven));
        return false;
    }
    bool cookies_unknown = !(pair->production->marks & MARK_ALL_REQUEST_FIELDS) && !pair->class.credential;
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
        coverage_count(&c->coverage, SPAN("response fields"), SPAN("beyond the number of cohorts compared"));
        return;
    }
    c->ledger.cohorts[pair->cohort].pairs++;
    struct slot_at at;
    at.slot = ledger_repeat(&c->ledger, pair->cohort, pair->class.identity, &at.again);
    meet_fields(c, pair, at);
    meet_bodies(c, pair);
    if (!pair->uneven)
        measure_size(c, pair, at);
    measure_route(c, pair, at.again);
    meet_keys(c, pair);
}

static void compare_pair(struct comparison *c, struct pair *pair, const struct exchange *hops,
                         size_t hop_count)
{
    const struct asked asked = { &pair->production->request, &pair->staging->request };
    pair->location[0] = http_fields_value(&pair->production->response.fields, SPAN("Location"));
    /* A redirect whose target was not recorded is compared with one whose target is not looked at. */
    if (!is_redirect(pair->production->response.status) ||
        exchange_knows_field(pair->production, SPAN("Location")))
        pair->location[1] = http_fields_value(&pair->whole_staging->response.fields, SPAN("Location"));
    if (!span_is_none(pair->location[1]))
        pair->location[1] = translate(&c->translator, &asked, pair->location[1], &c->scratch);
    const char *uneven = uneven_footing(c, pair);
    pair->uneven = uneven != NULL;
    struct cohort like = cohort_of(pair, 0);
    pair->base = ledger_cohort(&c->ledger, &like);
    if (pair->base == NO_COHORT) {
        not_compared(c, SPAN("beyond the number of cohorts compared"));
        return;
    }
    c->ledger.cohorts[pair->base].pairs++;
    bool loops = hops_loop(pair->staging, hops, hop_count) ||
                 (hop_count == 0 && leads_to_itself(c, pair, 1) && !leads_to_itself(c, pair, 0));
    if (pair->staging->marks & MARK_FAILED)
        compare_failed(c, pair);
    else if (loops)
        compare_loop(c, pair);
    else
        compare_answers(c, pair, uneven);
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
            .exchanges = c->routes[i].exchanges, .compared = c->routes[i].compared,
            .differing = c->routes[i].differing,
            .production_p50_us = NAN, .production_p95_us = NAN,
            .staging_p50_us = NAN, .staging_p95_us = NAN,
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

int comparison_finish(struct comparison *c, struct findings *ret_findings,
                      struct comparison_summary *ret_summary, struct err *err)
{
    (void)err;
    comparison_judge(c, ret_findings);
    findings_sort(ret_findings);
    struct arena *arena = &ret_findings->arena;
    *ret_summary = (struct comparison_summary){
        .planned = c->planned, .sent = c->sent, .compared = c->compared, .sessions = c->sessions,
        .coverage = coverage_lines(&c->coverage, arena), .coverage_count = c->coverage.len,
    };
    summarize_routes(c, ret_summary, arena);
    return 0;
}
