/* What a shared cache makes of both sides' answers. */
#include "meet.h"

#include "rehearse/base/hash.h"
#include "rehearse/http/cookie.h"
#include "shape.h"

static bool has_field(const struct http_fields *fields, struct span name)
{
    return http_fields_first(fields, name) != NULL;
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

/* Kept, and a visitor's cookie in it: worse than kept, for everyone gets that cookie. */
static struct span keeps_text(struct comparison *c, const struct http_response *r,
                              const struct cache_effect *e)
{
    bool own = (e->keeps == KEEPS_FRESH || e->left_to_others) && sets_own_cookie(c, r);
    if (e->left_to_others)
        return own ? SPAN("left to other caches, with a visitor's cookie in it")
                   : SPAN("left to other caches");
    return own ? SPAN("kept, with a visitor's cookie in it") : cache_keeps_name(e->keeps);
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

/* True: what becomes of both is the same. */
static bool meet_stored(struct comparison *c, const struct pair *in_cohort,
                        const struct cache_effect effects[2], struct span shown[2],
                        struct slot_at at)
{
    struct span said[2] = { keeps_text(c, &in_cohort->production->response, &effects[0]),
                            keeps_text(c, &in_cohort->staging->response, &effects[1]) };
    bool alike = span_eq(said[0], said[1]);
    c->kept_session_cookies += alike && span_find(said[0], SPAN("cookie")) >= 0;
    if (!alike && span_is_none(shown[0]))
        show_cache(c, in_cohort, shown);
    meet_fixed(c, in_cohort, FACET_STORED, said[0], said[1], shown, at.slot, at.again);
    return alike;
}

bool meet_cache(struct comparison *c, struct pair *pair, struct slot_at at)
{
    if (!exchange_knows_field(pair->production, SPAN("Cache-Control")) ||
        !exchange_knows_field(pair->staging, SPAN("Cache-Control")))
        return true;
    const struct effect_memo *memo = effect_of(c, pair, 0);
    struct cache_effect p = memo->effect; /* the memo's place may be taken by the next one */
    uint32_t p_text = memo->text;
    pair->effect[0] = memo->number;
    memo = effect_of(c, pair, 1);
    pair->effect[1] = memo->number;
    const struct cache_effect s = memo->effect;
    struct span shown[2] = { SPAN_NONE, SPAN_NONE };
    if (p_text != memo->text || p.keeps != s.keeps || p.lifetime_s != s.lifetime_s)
        show_cache(c, pair, shown);
    struct pair in_cohort = *pair;
    in_cohort.base = pair->cohort;
    if (!meet_stored(c, &in_cohort, (const struct cache_effect[2]){ p, s }, shown, at))
        return p.keeps == s.keeps;
    if (p.keeps == KEEPS_FRESH) {
        struct span lives[2] = { lifetime_text(c, &p), lifetime_text(c, &s) };
        meet_fixed(c, &in_cohort, FACET_LIFETIME, lives[0], lives[1], shown, at.slot, at.again);
        if (!span_eq(lives[0], lives[1]))
            return true;
    }
    struct meeting m = { .cohort = pair->cohort,
                         .facet = FACET_CACHE_TEXT,
                         .value = { p_text, memo->text },
                         .raw = { p_text, memo->text },
                         .text = { shown[0], shown[1] },
                         .slot = at.slot,
                         .again = at.again };
    if (p_text || memo->text)
        meet(c, pair, &m);
    return true;
}
