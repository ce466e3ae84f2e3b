/* Under which keys a shared cache files what both sides answer, and what comes of it. */
#include "meet.h"

#include "rehearse/base/hash.h"
#include "rehearse/base/strbuf.h"
#include "rehearse/key/bypass.h"
#include "rehearse/key/key.h"
#include "rehearse/key/observed_key.h"

/* The keys of a pair, in production's terms. */
struct pair_keys {
    uint64_t hash[2];
    struct span text[2]; /* where they are to be compared */
    const char *why_not; /* NULL: the two are to be compared */
};

static const struct key_policy common_policy;

static const struct key_policy *policy_of(const struct comparison *c, int side)
{
    const struct key_policy *key = c->options.caches[side].key;
    return key ? key : &common_policy;
}

static bool observed(struct comparison *c, const struct pair *pair, int side, struct span *ret)
{
    const struct exchange *x = side ? pair->staging : pair->production;
    const struct asked asked = { &pair->production->request, &pair->staging->request };
    struct span field = c->options.caches[side].key_field;
    struct observed_key key;
    bool told = (side ? &c->staging : &c->production)->of_cache || !span_is_none(field);
    if (!told || !key_observed(&x->response.fields, field, &c->scratch, &key))
        return false;
    *ret = side ? translate(&c->translator, &asked, key.key, &c->scratch) : key.key;
    return true;
}

/* By both policies of the request as production got it: what staging's visitor is called says
 * nothing. */
static struct span computed(struct comparison *c, const struct pair *pair, int side)
{
    return key_of(policy_of(c, side), &pair->production->request, &c->scratch);
}

static void compute_keys(struct comparison *c, const struct pair *pair, struct pair_keys *k)
{
    bool given = c->options.caches[0].key || c->options.caches[1].key;
    if (!given) {
        k->why_not = "not shown by both sides";
        k->hash[0] = k->hash[1] = pair->class.target; /* what key_of would tell apart */
        return;
    }
    bool same = policy_of(c, 0) == policy_of(c, 1);
    for (int side = 0; side < 2; side++)
        k->text[side] = side && same ? k->text[0] : computed(c, pair, side);
    if (same)
        k->why_not = "made by the same rule on both sides";
}

/* Live production gets no visitor's credentials: its key cannot hold what it was not sent. */
static bool asked_otherwise(const struct pair *pair)
{
    return pair->production->marks & MARK_CREDENTIAL_UNRESOLVED &&
           request_has_credential(&pair->staging->request);
}

static struct pair_keys keys_of(struct comparison *c, const struct pair *pair)
{
    struct pair_keys k = { .text = { SPAN_NONE, SPAN_NONE } };
    bool shown[2] = { observed(c, pair, 0, &k.text[0]), observed(c, pair, 1, &k.text[1]) };
    /* One that is shown is compared with one that a policy makes, never with a guess. */
    for (int side = 0; side < 2; side++)
        if (!shown[side] && shown[1 - side] && c->options.caches[side].key) {
            k.text[side] = computed(c, pair, side);
            shown[side] = true;
        }
    if (!shown[0] || !shown[1])
        compute_keys(c, pair, &k);
    else if (asked_otherwise(pair))
        k.why_not = "production was asked without the visitor's cookies";
    for (int side = 0; side < 2; side++)
        if (!span_is_none(k.text[side]))
            k.hash[side] = hash64(k.text[side]);
    return k;
}

/* ---- past the cache ---- */

/* What the product of that side does with requests of visitors it may know: past it, in and out. */
static bool passes(const struct cache_policy *policy, const struct http_request *r)
{
    return policy && ((policy->cookie_passes && http_fields_first(&r->fields, SPAN("Cookie"))) ||
                      (policy->authorized == AUTHORIZED_PASSES &&
                       http_fields_first(&r->fields, SPAN("Authorization"))));
}

/* EFFECT_NOT_READ, EFFECT_NOT_STORED: which ways the request goes past the cache of that side, by
 * its key's rules or by its product's. */
static unsigned ways_past(const struct comparison *c, const struct pair *pair, int side)
{
    const struct compared_cache *cache = &c->options.caches[side];
    const struct http_request *r = &pair->production->request;
    struct bypass bypass = { .reads = true, .stores = true };
    if (passes(cache->policy, r))
        return EFFECT_NOT_READ | EFFECT_NOT_STORED;
    if (cache->key)
        bypass_of(cache->key, r, &bypass);
    return (bypass.reads ? 0 : EFFECT_NOT_READ) | (bypass.stores ? 0 : EFFECT_NOT_STORED);
}

/* ---- what is filed ---- */

static enum cache_keeps keeps(const struct comparison *c, const struct pair *pair, int side)
{
    return c->effects.at[pair->effect[side]].keeps;
}

static bool effects_known(const struct pair *pair)
{
    return pair->effect[0] != EFFECT_UNKNOWN && pair->effect[1] != EFFECT_UNKNOWN;
}

/* Neither answered from the cache nor stored: it has nothing to do with any object. Past it one
 * way, it fills what others are given, or is given what others filled. */
static bool goes_past(const unsigned past[2])
{
    const unsigned both = EFFECT_NOT_READ | EFFECT_NOT_STORED;
    return past[0] == both || past[1] == both;
}

/* What one side does not keep has no object there. */
static bool may_be_kept(const struct comparison *c, const struct pair *pair, const unsigned past[2])
{
    if (goes_past(past))
        return false;
    return !effects_known(pair) ||
           (keeps(c, pair, 0) != KEEPS_NOT && keeps(c, pair, 1) != KEEPS_NOT);
}

/* What production's body is known by; 0 when it is not. */
static uint64_t body_of(const struct exchange *x)
{
    if (x->body_id)
        return hash_mix(1, x->body_id);
    return span_is_none(x->response.body) ? 0 : hash64(x->response.body) | 1;
}

static void file_keys(struct comparison *c, const struct pair *pair, const struct pair_keys *k,
                      const unsigned past[2])
{
    if (k->why_not) {
        coverage_count(&c->coverage, SPAN("cache keys"), span_of(k->why_not));
        return;
    }
    const struct keyed_pair keyed = {
        .production = pair->production,
        .staging = pair->staging,
        .production_key = k->text[0],
        .staging_key = k->text[1],
        .body = body_of(pair->production),
        .kept = may_be_kept(c, pair, past),
        .credential = pair->class.credential,
        .effect = { pair->effect[0], pair->effect[1] },
        .route = pair->route,
        .session = c->session.ordinal,
    };
    bool filed = keys_add(&c->keys, &keyed, &c->examples);
    coverage_count(&c->coverage, SPAN("cache keys"),
                   filed ? SPAN("") : SPAN("beyond the number of keys compared"));
}

/* ---- what is forecast ---- */

static struct span vary_of_side(const struct comparison *c, const struct observed *o)
{
    const struct seen *vary = c->vary == FACET_NONE ? NULL : observed_find(o, c->vary);
    return vary ? vary->text : SPAN_NONE;
}

static uint32_t validator(const struct comparison *c, const struct observed *o)
{
    const struct seen *seen = c->etag == FACET_NONE ? NULL : observed_find(o, c->etag);
    if (!seen && c->last_modified != FACET_NONE)
        seen = observed_find(o, c->last_modified);
    return seen ? seen->raw | 1 : 0;
}

static bool is_fetch(const struct comparison *c, const struct pair *pair)
{
    struct span method = strset_text(&c->classes.texts, pair->class.method);
    return span_eq(method, SPAN("GET")) || span_eq(method, SPAN("HEAD"));
}

/* All requests of a path are kept or none: its hash, without the query. */
static uint32_t path_hash(struct span target)
{
    return (uint32_t)hash64(span_cut(&target, '?'));
}

static void note_forecast(struct comparison *c, const struct pair *pair, const uint64_t keys[2],
                          const unsigned past[2])
{
    const struct exchange *p = pair->production;
    bool cut = false;
    if (!effects_known(pair) || p->start_us <= 0 || !is_fetch(c, pair))
        return;
    struct span vary[2] = { vary_of_side(c, &c->production), vary_of_side(c, &c->staging) };
    uint64_t variant[2] = { variant_of(&c->variants, vary[0], p, &cut) };
    variant[1] =
        span_eq(vary[0], vary[1]) ? variant[0] : variant_of(&c->variants, vary[1], p, &cut);
    struct traffic_request r = {
        .time_s = (uint32_t)(p->start_us / 1000000),
        .route = pair->route,
        .path = path_hash(p->request.target),
        .validator = { validator(c, &c->production), validator(c, &c->staging) },
        .effect = { (uint16_t)(pair->effect[0] | past[0]), (uint16_t)(pair->effect[1] | past[1]) },
        .key = { hash_mix(keys[0], variant[0]), hash_mix(keys[1], variant[1]) },
    };
    traffic_note(&c->traffic, &r);
    if (cut)
        coverage_count(&c->coverage, SPAN("variants"),
                       SPAN("by the first names only: Vary names more fields than are looked at"));
}

/* Kept from now on, though made for one visitor? */
static void note_own_content(struct comparison *c, const struct pair *pair, uint64_t key)
{
    uint64_t body = body_of(pair->production);
    if (!body || !effects_known(pair) || keeps(c, pair, 0) == KEEPS_FRESH ||
        keeps(c, pair, 1) != KEEPS_FRESH)
        return;
    own_content_add(&c->own_content, pair->route, key, body, c->session.ordinal);
}

void meet_keys(struct comparison *c, const struct pair *pair)
{
    const struct pair_keys keys = keys_of(c, pair);
    const unsigned past[2] = { ways_past(c, pair, 0), ways_past(c, pair, 1) };
    file_keys(c, pair, &keys, past);
    note_forecast(c, pair, keys.hash, past);
    note_own_content(c, pair, keys.hash[1]);
}
