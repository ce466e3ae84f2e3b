/* What a shared cache makes of both sides' answers. */
#include "meet.h"

#include "rehearse/base/hash.h"
#include "rehearse/http/cookie.h"
#include "shape.h"

/* The length first: asked of every response, and nearly always in vain. */
static bool has_field(const struct http_fields *fields, struct span name)
{
    for (uint32_t i = 0; i < fields->len; i++)
        if (fields->at[i].name.len == name.len && span_ieq(fields->at[i].name, name))
            return true;
    return false;
}

/* All that the judgement depends on; moments count where a lifetime is computed from them. */
static uint64_t effect_key(const struct comparison *c, const struct pair *pair, int side)
{
    const struct exchange *x = side ? pair->staging : pair->production;
    const struct observed *o = side ? &c->staging : &c->production;
    const struct cache_policy *policy = c->options.caches[side].policy;
    unsigned asked = (unsigned)has_field(&x->request.fields, SPAN("Authorization")) |
                     (unsigned)has_field(&x->response.fields, SPAN("Set-Cookie")) << 1 |
                     (unsigned)side << 2;
    uint64_t key = hash_mix(o->cache_key, (uint64_t)x->response.status << 20 | asked);
    key = hash_mix(key, pair->class.method);
    if (policy) { /* a product's own ways: heuristics, cookies, Vary */
        const struct seen *vary = c->vary == FACET_NONE ? NULL : observed_find(o, c->vary);
        key = hash_mix(key, vary ? vary->raw : 0);
        key = hash_mix(key, has_field(&x->request.fields, SPAN("Cookie")));
        struct span modified = http_fields_value(&x->response.fields, SPAN("Last-Modified"));
        key = hash_mix(key, hash64(modified));
    }
    if (o->has_expires || (policy && policy->heuristic_percent))
        key = hash_mix(key, o->date_key);
    return key | 1;
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

static uint32_t shown_number(struct comparison *c, const struct http_response *response)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    if (c->cache_texts.len >= EFFECT_MEMO)
        return 0;
    cache_display(response, &text);
    return strset_add(&c->cache_texts, strbuf_span(&text)) + 1;
}

static const struct effect_memo *effect_of(struct comparison *c, const struct pair *pair, int side)
{
    const struct exchange *x = side ? pair->staging : pair->production;
    uint64_t key = effect_key(c, pair, side);
    struct effect_memo *memo = &c->effect_memo[(key >> 20) & (EFFECT_MEMO - 1)];
    if (memo->key == key)
        return memo;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    memo->key = key;
    memo->effect = cache_effect_of(c->options.caches[side].policy, &x->request, &x->response,
                                   x->start_us / 1000000);
    memo->number = effects_number(&c->effects, &memo->effect);
    cache_text(&x->response, &c->scratch, &text);
    memo->text =
        text.len ? facet_value(&c->facets, FACET_CACHE_TEXT, strbuf_span(&text)) : VALUE_ABSENT;
    memo->shown = shown_number(c, &x->response);
    memo->stored = facet_value(&c->facets, FACET_STORED,
                               memo->effect.left_to_others ? SPAN("left to other caches")
                                                           : cache_keeps_name(memo->effect.keeps));
    memo->lifetime = facet_value(&c->facets, FACET_LIFETIME, lifetime_text(c, &memo->effect));
    return memo;
}

/* One that names its visitor: a session, or what no table knows and looks made by a machine. */
static bool is_visitors_own(struct comparison *c, const struct set_cookie *cookie)
{
    enum cookie_role role = cookie_role_kept(&c->classes.roles, cookie->name);
    bool gone = cookie->has_max_age && cookie->max_age_s <= 0;
    return cookie->value.len && !gone &&
           (cookie_may_log_in(cookie->name, role) ||
            (role == COOKIE_CSRF && shape_token_is_opaque(cookie->value)) ||
            (role == COOKIE_UNKNOWN && shape_token_is_opaque(cookie->value)));
}

static bool sets_own_cookie(struct comparison *c, const struct http_response *r)
{
    struct set_cookie cookie;
    for (uint32_t i = 0; i < r->fields.len; i++)
        if (r->fields.at[i].name.len == 10 && span_ieq(r->fields.at[i].name, SPAN("Set-Cookie")) &&
            set_cookie_parse(&cookie, r->fields.at[i].value) && is_visitors_own(c, &cookie))
            return true;
    return false;
}

/* Kept, and a visitor's cookie in it: worse than kept, for everyone gets that cookie. SPAN_NONE:
 * nothing of the kind. */
static struct span text_with_cookie(struct comparison *c, const struct http_response *r,
                                    const struct cache_effect *e)
{
    if ((e->keeps != KEEPS_FRESH && !e->left_to_others) || !sets_own_cookie(c, r))
        return SPAN_NONE;
    return e->left_to_others ? SPAN("left to other caches, with a visitor's cookie in it")
                             : SPAN("kept, with a visitor's cookie in it");
}

static bool is_with_cookie(const struct facets *facets, uint32_t stored)
{
    return span_find(facet_text(facets, stored), SPAN("cookie")) >= 0;
}

static struct span show_cache(struct comparison *c, const struct http_response *response,
                              uint32_t shown)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    if (shown)
        return strset_text(&c->cache_texts, shown - 1);
    cache_display(response, &text);
    return arena_copy(&c->scratch, strbuf_span(&text));
}

/* What was found of one side's answer. */
struct kept {
    struct cache_effect effect;
    uint32_t stored, lifetime, text; /* values of the three facets */
    uint32_t shown;
};

/* The memo's place may be taken by the next answer: what is needed of it is copied. */
static struct kept kept_of(struct comparison *c, struct pair *pair, int side)
{
    const struct exchange *x = side ? pair->staging : pair->production;
    const struct effect_memo *memo = effect_of(c, pair, side);
    struct kept k = { memo->effect, memo->stored, memo->lifetime, memo->text, memo->shown };
    pair->effect[side] = memo->number;
    struct span with_cookie = text_with_cookie(c, &x->response, &k.effect);
    if (!span_is_none(with_cookie))
        k.stored = facet_value(&c->facets, FACET_STORED, with_cookie);
    return k;
}

static void meet_values(struct comparison *c, const struct pair *pair, enum facet_kind facet,
                        const uint32_t values[2], const struct span shown[2], struct slot_at at)
{
    struct meeting m = { .cohort = pair->cohort,
                         .facet = (uint16_t)facet,
                         .value = { values[0], values[1] },
                         .raw = { values[0], values[1] },
                         .text = { shown[0], shown[1] },
                         .slot = at.slot,
                         .again = at.again };
    meet(c, pair, &m);
}

bool meet_cache(struct comparison *c, struct pair *pair, struct slot_at at)
{
    if (!exchange_knows_field(pair->production, SPAN("Cache-Control")) ||
        !exchange_knows_field(pair->staging, SPAN("Cache-Control")))
        return true;
    const struct kept p = kept_of(c, pair, 0), s = kept_of(c, pair, 1);
    bool kept_alike = p.effect.keeps == s.effect.keeps;
    struct span shown[2] = { SPAN_NONE, SPAN_NONE };
    if (p.text != s.text || p.stored != s.stored || p.lifetime != s.lifetime) {
        shown[0] = show_cache(c, &pair->production->response, p.shown);
        shown[1] = show_cache(c, &pair->staging->response, s.shown);
    }
    c->kept_session_cookies += p.stored == s.stored && is_with_cookie(&c->facets, p.stored);
    meet_values(c, pair, FACET_STORED, (const uint32_t[2]){ p.stored, s.stored }, shown, at);
    if (p.stored != s.stored)
        return kept_alike;
    if (p.effect.keeps == KEEPS_FRESH && kept_alike) {
        meet_values(c, pair, FACET_LIFETIME, (const uint32_t[2]){ p.lifetime, s.lifetime }, shown,
                    at);
        if (p.lifetime != s.lifetime)
            return true;
    }
    if (p.text || s.text)
        meet_values(c, pair, FACET_CACHE_TEXT, (const uint32_t[2]){ p.text, s.text }, shown, at);
    return true;
}
