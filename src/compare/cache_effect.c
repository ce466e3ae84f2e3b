#include "cache_effect.h"

#include <stdlib.h>

#include "canonical.h"
#include "field_meaning.h"
#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"
#include "rehearse/cache/freshness.h"
#include "rehearse/cache/storability.h"

/* No product was named: the policy is what CDNs have in common, with lifetimes of a key's file
 * perhaps. */
static bool is_common(const struct cache_policy *policy)
{
    return !policy || strcmp(policy->name, cache_policy_cdn.name) == 0;
}

/*
 * What CDNs have in common, less two things: Set-Cookie is a finding of its own,
 * and a lifetime nobody wrote down is a cache's guess.
 */
static struct cache_policy policy_asked(const struct cache_policy *policy)
{
    struct cache_policy p = policy ? *policy : cache_policy_cdn;
    if (is_common(policy)) {
        p.set_cookie_forbids_storing = false;
        p.heuristic_percent = 0;
    }
    return p;
}

static struct cache_effect judge(const struct cache_policy *p, const struct http_request *request,
                                 const struct http_response *response, int64_t received_s)
{
    struct storability stored = storability_of(p, request, response);
    if (!stored.storable)
        return (struct cache_effect){ .keeps = KEEPS_NOT, .exact = true, .why = stored.why };
    struct freshness f = freshness_on_arrival(p, response, received_s);
    bool served = f.lifetime_s > 0 || f.stale_while_revalidate_s > 0;
    return (struct cache_effect){
        .keeps = served && !f.must_validate ? KEEPS_FRESH : KEEPS_VALIDATING,
        .lifetime_s = f.lifetime_s,
        .stale_s = f.stale_while_revalidate_s,
        .exact = f.source == FRESHNESS_S_MAXAGE || f.source == FRESHNESS_MAX_AGE,
        .validate = f.must_validate,
        .why = f.why,
    };
}

struct cache_effect cache_effect_of(const struct cache_policy *policy,
                                    const struct http_request *request,
                                    const struct http_response *response, int64_t received_s)
{
    const struct cache_policy asked = policy_asked(policy), others = policy_asked(NULL);
    struct cache_effect effect = judge(&asked, request, response, received_s);
    if (is_common(policy))
        effect.cookie_keeps_out =
            effect.keeps != KEEPS_NOT && http_fields_first(&response->fields, SPAN("Set-Cookie"));
    else if (effect.keeps != KEEPS_FRESH)
        effect.left_to_others = judge(&others, request, response, received_s).keeps == KEEPS_FRESH;
    return effect;
}

void effects_release(struct effects *effects)
{
    free(effects->at);
    map_release(&effects->by_value);
    memset(effects, 0, sizeof *effects);
}

static uint64_t value_of(const struct cache_effect *e)
{
    uint64_t h = hash_mix((uint64_t)e->keeps, (uint64_t)e->lifetime_s);
    h = hash_mix(h, (uint64_t)e->stale_s);
    h = hash_mix(h, (unsigned)e->exact | (unsigned)e->validate << 1 |
                        (unsigned)e->cookie_keeps_out << 2 | (unsigned)e->left_to_others << 3);
    h = hash_mix(h, hash64(span_of(e->why.rule)));
    return hash_mix(h, hash64(span_of(e->why.sentence)));
}

uint16_t effects_number(struct effects *effects, const struct cache_effect *effect)
{
    if (effects->len == 0) {
        effects->at = array_room(effects->at, &effects->cap, 1, sizeof *effects->at);
        effects->at[EFFECT_UNKNOWN] = (struct cache_effect){ .lifetime_s = -1 };
        effects->len = 1;
    }
    uint64_t value = value_of(effect);
    const uint64_t *known = map_get(&effects->by_value, value);
    if (known)
        return (uint16_t)*known;
    if (effects->len >= EFFECTS_MAX)
        return EFFECT_UNKNOWN;
    map_put(&effects->by_value, value, effects->len, NULL);
    effects->at = array_room(effects->at, &effects->cap, effects->len + 1, sizeof *effects->at);
    effects->at[effects->len] = *effect;
    return (uint16_t)effects->len++;
}

struct span cache_keeps_name(enum cache_keeps keeps)
{
    switch (keeps) {
    case KEEPS_FRESH:
        return SPAN("kept");
    case KEEPS_VALIDATING:
        return SPAN("validated each time");
    default:
        return SPAN("not kept");
    }
}

static bool is_cache_text_field(struct span name)
{
    return name.len >= 13 && field_meaning_of(name)->how == FIELD_CACHE;
}

void cache_text(const struct http_response *response, struct arena *scratch, struct strbuf *out)
{
    struct members m = { .len = 0 };
    for (uint32_t i = 0; i < response->fields.len; i++) {
        const struct http_field *f = &response->fields.at[i];
        if (span_is_none(f->value) || !is_cache_text_field(f->name))
            continue;
        struct span rest = arena_copy_lower(scratch, f->value);
        bool plain = span_ieq(f->name, SPAN("Cache-Control"));
        while (!span_is_none(rest)) {
            struct span one = span_trim(span_cut(&rest, ','));
            if (!plain && one.len)
                one = arena_printf(scratch, "%.*s: %.*s", SPAN_ARG(f->name), SPAN_ARG(one));
            members_add(&m, one);
        }
    }
    members_write(&m, ", ", out);
}

void cache_display(const struct http_response *response, struct strbuf *out)
{
    size_t start = out->len;
    for (uint32_t i = 0; i < response->fields.len; i++) {
        const struct http_field *f = &response->fields.at[i];
        if (span_is_none(f->value) || field_meaning_of(f->name)->how != FIELD_CACHE)
            continue;
        if (out->len > start)
            strbuf_add_str(out, "; ");
        strbuf_add_span(out, f->name);
        strbuf_add_str(out, ": ");
        strbuf_add_span(out, span_head(f->value, 300));
    }
    if (out->len == start)
        strbuf_add_str(out, "no Cache-Control");
}
