#include "finding_cache.h"

#include "rehearse/base/text.h"

/* ---- kept, how long, and why ---- */

static struct finding_reason reason_of(const struct reason *why, struct arena *arena)
{
    return (struct finding_reason){
        .rule = why->rule ? span_of(why->rule) : SPAN(""),
        .field = span_is_none(why->field) ? SPAN("") : arena_copy(arena, why->field),
        .section = why->section ? span_of(why->section) : SPAN(""),
        .sentence = why->sentence ? span_of(why->sentence) : SPAN(""),
    };
}

static void write_side(struct finding_cache *ret, int side, const struct cache_effect *effect,
                       struct arena *arena)
{
    ret->stored[side] = cache_keeps_name(effect->keeps);
    if (effect->keeps != KEEPS_NOT)
        ret->lifetime_s[side] = effect->lifetime_s;
    ret->why[side] = reason_of(&effect->why, arena);
}

static const struct example *told_by_member(const struct member *m, const struct comparison *c)
{
    for (size_t k = 0; k < FINDING_EXAMPLES; k++) {
        uint32_t number = m->examples[k];
        const struct example *e = number ? &c->examples.at[number - 1] : NULL;
        if (e && e->effect[0] && e->effect[1])
            return e;
    }
    return NULL;
}

/* An example whose two effects are known, of the route that shows it most. */
static const struct example *told_by(const struct cluster *cluster, const struct comparison *c)
{
    const struct example *best = NULL;
    uint64_t most = 0;
    for (size_t i = 0; i < cluster->len; i++) {
        const struct member *m = &cluster->members[i];
        const struct example *e = m->count > most ? told_by_member(m, c) : NULL;
        if (e) {
            best = e;
            most = m->count;
        }
    }
    return best;
}

/* Where it is not the keeping that changed, but which request is answered by what is kept. */
static const struct {
    struct span kind;
    struct finding_reason why;
} rules[] = {
    { { "cache.vary", 10 },
      { { "B-C1", 4 },
        { "Vary", 4 },
        { "RFC 9111 section 4.1", 20 },
        { "What is kept answers a request only when all fields that Vary names are as they were.",
          85 } } },
    { { "cache.key-split", 15 },
      { { "B-C2", 4 },
        { "", 0 },
        { "RFC 9111 section 2", 18 },
        { "What is kept answers requests with the same cache key, and no others.", 69 } } },
    { { "cache.key-merge", 15 },
      { { "B-C2", 4 },
        { "", 0 },
        { "RFC 9111 section 2", 18 },
        { "What is kept answers every request with the same cache key.", 59 } } },
};

static void write_rule(const struct cluster *cluster, struct finding_cache *ret)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (span_eq(cluster->change.kind, rules[i].kind))
            ret->why[0] = ret->why[1] = rules[i].why;
}

/* ---- forecast ---- */

static bool came_before(const struct cluster *cluster, size_t member)
{
    for (size_t i = 0; i < member; i++)
        if (cluster->members[i].route == cluster->members[member].route)
            return true;
    return false;
}

static struct cache_forecast sum_of_routes(const struct cluster *cluster,
                                           const struct comparison *c, bool alone)
{
    struct cache_forecast sum = { 0 };
    for (size_t i = 0; i < cluster->len; i++) {
        struct cache_forecast one =
            traffic_forecast_of(&c->traffic, cluster->members[i].route, alone);
        if (!came_before(cluster, i))
            cache_forecast_add(&sum, &one);
    }
    return sum;
}

const struct finding_cache *finding_cache_of(const struct cluster *cluster,
                                             const struct comparison *c, struct arena *arena)
{
    if (!span_starts(cluster->change.kind, SPAN("cache.")))
        return NULL;
    struct finding_cache *ret = arena_calloc(arena, 1, sizeof *ret);
    const struct example *told = told_by(cluster, c);
    for (int side = 0; side < 2; side++) {
        const struct cache_effect unknown = { .lifetime_s = -1 };
        ret->lifetime_s[side] = -1;
        ret->why[side] = reason_of(&unknown.why, arena);
        ret->stored[side] = SPAN("");
        if (told)
            write_side(ret, side, &c->effects.at[told->effect[side]], arena);
    }
    for (size_t k = 0; k < cluster->len; k++)
        for (int side = 0; side < 2; side++)
            ret->objects[side] += cluster->members[k].objects[side];
    ret->route = sum_of_routes(cluster, c, false);
    ret->total = c->traffic.total;
    if (span_eq(cluster->change.kind, SPAN("cache.key-split")) ||
        span_eq(cluster->change.kind, SPAN("cache.vary")))
        ret->alone = sum_of_routes(cluster, c, true);
    write_rule(cluster, ret);
    return ret;
}

/* ---- words ---- */

static void add_ratio(struct strbuf *out, const struct cache_forecast *f, int side)
{
    strbuf_addf(out, "%.1f %%", 100 * (double)f->hits[side] / (double)f->requests);
}

/* "61.0 % of the requests are answered from it, were 93.1 %; 1,560 go to the origin, were 280". */
static void add_forecast(struct strbuf *out, const struct cache_forecast *f)
{
    add_ratio(out, f, 1);
    strbuf_add_str(out, " of the requests are answered from it, were ");
    add_ratio(out, f, 0);
    strbuf_add_str(out, "; ");
    text_add_count(out, f->origin_requests[1]);
    strbuf_add_str(out, " go to the origin, were ");
    text_add_count(out, f->origin_requests[0]);
}

/* "3 objects become 120, which alone takes 117 more requests to the origin." */
static void add_objects(struct strbuf *out, const struct finding_cache *cache)
{
    const struct cache_forecast *f = &cache->alone;
    const uint64_t *objects = cache->objects[0] ? cache->objects : f->objects;
    uint64_t more = f->requests ? f->origin_requests[1] - f->origin_requests[0] : 0;
    if (objects[0] == objects[1])
        return;
    strbuf_add_char(out, ' ');
    text_add_count(out, objects[0]);
    strbuf_add_str(out, objects[0] == 1 ? " object becomes " : " objects become ");
    text_add_count(out, objects[1]);
    if (objects[1] > objects[0] && more) {
        strbuf_add_str(out, ", which alone takes ");
        text_add_count(out, more);
        strbuf_add_str(out, more == 1 ? " more request" : " more requests");
        strbuf_add_str(out, " to the origin");
    }
    strbuf_add_char(out, '.');
}

void finding_cache_add_words(struct strbuf *out, const struct finding_cache *cache)
{
    if (!cache)
        return;
    add_objects(out, cache);
    if (!cache->route.requests || (!cache->route.hits[0] && !cache->route.hits[1]))
        return;
    strbuf_add_str(out, " Forecast for a cache that never runs full, here: ");
    add_forecast(out, &cache->route);
    strbuf_add_str(out, ". In total, with every other change: ");
    add_forecast(out, &cache->total);
    strbuf_add_char(out, '.');
}
