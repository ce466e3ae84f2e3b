/* Response fields of a pair, and what a shared cache makes of them. */
#include "meet.h"

#include "rehearse/base/hash.h"
#include "rehearse/http/cookie.h"

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
    memo->text =
        text.len ? facet_value(&c->facets, FACET_CACHE_TEXT, strbuf_span(&text)) : VALUE_ABSENT;
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
static struct span staging_keeps_text(const struct pair *pair, enum cache_keeps was,
                                      enum cache_keeps is)
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
    struct meeting m = { .cohort = pair->cohort,
                         .facet = FACET_CACHE_TEXT,
                         .value = { p_text, s->text },
                         .raw = { p_text, s->text },
                         .text = { shown[0], shown[1] },
                         .slot = at.slot,
                         .again = at.again };
    if (p_text || s->text)
        meet(c, pair, &m);
    return true;
}

static void meet_field(struct comparison *c, const struct pair *pair, uint16_t facet,
                       struct slot_at at)
{
    const struct seen *p = observed_find(&c->production, facet),
                      *s = observed_find(&c->staging, facet);
    struct meeting m = {
        .cohort = pair->cohort,
        .facet = facet,
        .value = { p ? p->value : VALUE_ABSENT, s ? s->value : VALUE_ABSENT },
        .raw = { p ? p->raw : 0, s ? s->raw : 0 },
        .text = { p ? p->text : SPAN_NONE, s ? s->text : SPAN_NONE },
        .slot = at.slot,
        .again = at.again,
    };
    meet(c, pair, &m);
    /* What follows in this session without that cookie follows from its absence. */
    if (c->facets.at[facet].kind == FACET_COOKIE && (!p || !s) &&
        c->session.missing_cookies.len < MISSING_COOKIES_MAX)
        strset_add(&c->session.missing_cookies, c->facets.at[facet].field);
    /* A cookie that is staging's own invention gives its visitor no right that production's lacks.
     */
    if (c->facets.at[facet].kind == FACET_COOKIE && p && !s)
        strset_add(&c->session.lingering_cookies, c->facets.at[facet].field);
}

static enum cache_outcome outcome_of(const struct exchange *x, const struct observed *seen)
{
    enum cache_outcome o =
        seen->of_cache ? cache_outcome_of(&x->response.fields).outcome : OUTCOME_UNKNOWN;
    if (o == OUTCOME_UNKNOWN && !span_is_none(x->cache))
        o = cache_outcome_of_text(x->cache);
    return o;
}

void meet_fields(struct comparison *c, const struct pair *pair, struct slot_at at)
{
    const struct asked asked = { &pair->production->request, &pair->staging->request };
    struct observe_scope scope = {
        .production = pair->production,
        .staging = pair->staging,
        .scratch = &c->scratch,
        .redirect = status_is_redirect(pair->production->response.status),
        .same_coding = asked_for_same_coding(pair->production, pair->staging),
        .asked_key = translate_key(&c->translator, &asked),
    };
    observe_response(&c->observer, &scope, &c->production);
    scope.side_staging = true;
    observe_response(&c->observer, &scope, &c->staging);
    c->production.outcome = outcome_of(pair->production, &c->production);
    c->staging.outcome = outcome_of(pair->staging, &c->staging);
    note_provenance(c, pair, &c->ledger.cohorts[pair->cohort].from);
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
