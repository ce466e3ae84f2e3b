#include "cluster.h"

#include <stdlib.h>

#include "finding_cache.h"
#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"

void clusters_release(struct clusters *c)
{
    for (size_t i = 0; i < c->len; i++)
        free(c->at[i].members);
    free(c->at);
    map_release(&c->by_change);
    arena_release(&c->arena);
    memset(c, 0, sizeof *c);
}

static struct change change_kept(struct clusters *c, const struct change *change)
{
    struct change kept = *change;
    struct span *const texts[] = { &kept.kind,          &kept.field, &kept.production_shape,
                                   &kept.staging_shape, &kept.title, &kept.effect };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = arena_copy(&c->arena, texts[i]->ptr ? *texts[i] : SPAN(""));
    return kept;
}

void clusters_add(struct clusters *c, const struct change *change, const struct member *member)
{
    /* Vary is one change, whether a cache keeps the answer or not; where one does, that is what
     * matters. */
    bool vary = span_eq(change->field, SPAN("Vary"));
    uint64_t key = hash64(vary ? SPAN("cache.vary") : change->kind);
    key = hash_mix(key, hash64(change->field));
    key = hash_mix(key, hash64(change->production_shape));
    key = hash_mix(key, hash64(change->staging_shape));
    bool made;
    uint64_t *number = map_put(&c->by_change, key, c->len, &made);
    if (made) {
        c->at = array_room(c->at, &c->cap, c->len + 1, sizeof *c->at);
        c->at[c->len++] = (struct cluster){ .change = change_kept(c, change) };
    }
    struct cluster *cluster = &c->at[*number];
    bool stronger = change->severity > cluster->change.severity;
    if (vary && !made && (stronger || !span_eq(change->kind, SPAN("header.changed"))))
        cluster->change = change_kept(c, change);
    else if (stronger)
        cluster->change.severity = change->severity;
    cluster->members =
        array_room(cluster->members, &cluster->cap, cluster->len + 1, sizeof *cluster->members);
    cluster->members[cluster->len++] = *member;
}

/* ---- consequences ---- */

/* Left of the arrow the cause, right of it what follows from it on the same route; "" any kind of
 * the group. */
static const struct {
    const char *cause;
    bool language_only; /* only a cause that is about language */
    const char *consequence;
} follows[] = {
    { "cache.private-leak", false, "cache.storability" },
    { "cache.private-leak", false, "cache.lifetime" },
    { "cache.private-leak", false, "cache.vary" },
    { "cache.private-leak", false, "cache.hit-ratio" },
    { "cache.private-leak", false, "gate.opened" },
    { "cache.private-leak", false, "cookie.removed" },
    { "cache.private-leak", false, "cookie.added" },
    { "cache.private-leak", false, "body.structure" },
    { "cache.private-leak", false, "body.size" },
    { "cache.private-leak", false, "latency" },
    { "cache.storability", false, "cache.lifetime" },
    { "cache.storability", false, "cache.hit-ratio" },
    { "cache.storability", false, "latency" },
    { "cache.lifetime", false, "cache.hit-ratio" },
    { "cache.lifetime", false, "latency" },
    { "cache.vary", false, "cache.hit-ratio" },
    { "cache.vary", false, "cache.key-merge" },
    { "cache.vary", false, "cache.key-split" },
    { "cache.vary", true, "locale" },
    { "cache.key-merge", false, "cache.hit-ratio" },
    { "cache.key-merge", true, "locale" },
    { "cache.key-split", false, "cache.hit-ratio" },
    { "cache.key-split", false, "latency" },
    { "cookie.added", false, "cache.hit-ratio" },
    { "body.type", false, "body.structure" },
    { "body.type", false, "body.size" },
    { "body.structure", false, "body.size" },
    { "body.size", false, "latency" },
    { "locale", false, "body.structure" },
    { "locale", false, "body.size" },
    { "gate.opened", false, "cache.hit-ratio" },
    { "status", false, "cache.hit-ratio" },
};

static bool shows_on(const struct cluster *cluster, uint32_t route)
{
    for (size_t i = 0; i < cluster->len; i++)
        if (cluster->members[i].route == route)
            return true;
    return false;
}

static bool explains(const struct cluster *cause, const struct cluster *effect)
{
    for (size_t i = 0; i < sizeof follows / sizeof *follows; i++)
        if (span_eq(cause->change.kind, span_of(follows[i].cause)) &&
            span_eq(effect->change.kind, span_of(follows[i].consequence)) &&
            (!follows[i].language_only || cause->change.about_language))
            return true;
    return false;
}

static bool is_explained(const struct clusters *c, size_t effect, uint32_t route)
{
    for (size_t i = 0; i < c->len; i++)
        if (i != effect && explains(&c->at[i], &c->at[effect]) && shows_on(&c->at[i], route))
            return true;
    return false;
}

void clusters_subsume(struct clusters *c)
{
    /* Marked first, removed after: a consequence explains its own consequences all the same. */
    for (size_t i = 0; i < c->len; i++)
        for (size_t m = 0; m < c->at[i].len; m++)
            if (is_explained(c, i, c->at[i].members[m].route))
                c->at[i].members[m].count = 0;
    for (size_t i = 0; i < c->len; i++) {
        size_t kept = 0;
        for (size_t m = 0; m < c->at[i].len; m++)
            if (c->at[i].members[m].count)
                c->at[i].members[kept++] = c->at[i].members[m];
        c->at[i].len = kept;
    }
}

/* ---- writing ---- */

static int by_text(const void *a, const void *b)
{
    return span_cmp(*(const struct span *)a, *(const struct span *)b);
}

static void write_routes(const struct cluster *cluster, const struct comparison *c,
                         struct finding *f, struct arena *arena)
{
    f->routes = arena_calloc(arena, cluster->len, sizeof *f->routes);
    for (size_t i = 0; i < cluster->len; i++)
        f->routes[f->route_count++] =
            arena_copy(arena, routes_name(c->options.routes, cluster->members[i].route));
    qsort(f->routes, f->route_count, sizeof *f->routes, by_text);
    size_t len = 0;
    for (size_t i = 0; i < f->route_count; i++)
        if (i == 0 || !span_eq(f->routes[i], f->routes[i - 1]))
            f->routes[len++] = f->routes[i];
    f->route_count = len;
}

/*
 * Does this evidence show the thing that changed in production? What is new could
 * have been anywhere that fields were compared.
 */
static bool evidence_has(const struct comparison *c, const struct evidence *e,
                         const struct change *change)
{
    const struct facet *f = &c->facets.at[e->facet];
    const struct cohort *cohort = &c->ledger.cohorts[e->cohort];
    if (cohort->uneven)
        return false;
    if (change->facet >= FACETS_MAX)
        return e->facet == FACET_STATUS;
    const struct facet *wanted = &c->facets.at[change->facet];
    if (span_eq(change->production_shape, SPAN("absent")))
        return cohort->status != 0;
    if (f->kind != wanted->kind || !span_eq(f->field, wanted->field))
        return false;
    for (unsigned i = 0; i < e->len; i++)
        if (e->cells[i].production != VALUE_ABSENT)
            return true;
    return false;
}

/* Every route that carries the thing shows the change. */
static bool is_everywhere(const struct cluster *cluster, const struct comparison *c)
{
    for (size_t i = 0; i < c->ledger.evidence_count; i++) {
        const struct evidence *e = &c->ledger.evidence[i];
        uint32_t route = c->ledger.cohorts[e->cohort].route;
        if (evidence_has(c, e, &cluster->change) && !shows_on(cluster, route))
            return false;
    }
    return true;
}

static int by_start(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return x[0] < y[0] ? -1 : x[0] > y[0];
}

/* Different sessions over all members: a session that shows it on two routes counts once. */
static uint64_t count_sessions(const struct cluster *cluster, const struct comparison *c)
{
    uint64_t sum = 0, beyond = 0, most = 0;
    uint32_t(*all)[2] = NULL;
    size_t len = 0, cap = 0;
    for (size_t i = 0; i < cluster->len; i++) {
        const struct member *m = &cluster->members[i];
        most = m->session_count > most ? m->session_count : most;
        if (!m->sessions)
            continue;
        const struct session_ranges *r = &c->ledger.ranges[m->sessions - 1];
        all = array_room(all, &cap, len + r->len, sizeof *all);
        memcpy(all + len, r->at, r->len * sizeof *all);
        len += r->len;
        beyond = r->beyond > beyond ? r->beyond : beyond;
    }
    if (len)
        qsort(all, len, sizeof *all, by_start);
    uint32_t next = 0; /* ordinals below it are counted */
    for (size_t i = 0; i < len; i++) {
        uint32_t from = all[i][0] > next ? all[i][0] : next;
        if (all[i][1] + 1 > from) {
            sum += all[i][1] + 1 - from;
            next = all[i][1] + 1;
        }
    }
    free(all);
    return sum + beyond > most ? sum + beyond : most;
}

static struct span shown_or_shape(struct span shown, struct span shape, struct arena *arena)
{
    return shown.len ? shown : arena_copy(arena, shape);
}

static bool is_of_keys(const struct cluster *cluster)
{
    return span_starts(cluster->change.kind, SPAN("cache.key-"));
}

/* The requests that were split or merged belong together: those of the route that shows it most. */
static void write_key_examples(const struct cluster *cluster, const struct comparison *c,
                               struct finding *f, struct arena *arena)
{
    const struct member *most = &cluster->members[0];
    for (size_t i = 1; i < cluster->len; i++)
        if (cluster->members[i].count > most->count)
            most = &cluster->members[i];
    for (size_t k = 0; k < FINDING_EXAMPLES && most->examples[k]; k++)
        f->examples[f->example_count++] =
            example_shown(&c->examples.at[most->examples[k] - 1], arena);
}

/* "a", or "a and b" where two requests have two keys. What is not shown of them may be all that they
 * differ in. */
static struct span keys_shown(struct span a, struct span b, bool apart, struct arena *arena)
{
    if (!span_eq(a, b))
        return arena_printf(arena, "%.*s and %.*s", SPAN_ARG(a), SPAN_ARG(b));
    return apart ? arena_printf(arena, "%.*s, one for each visitor or value", SPAN_ARG(a)) : a;
}

static void write_values(const struct cluster *cluster, struct finding *f, struct arena *arena)
{
    const struct finding_example *e = f->examples;
    const struct change *change = &cluster->change;
    f->production = shown_or_shape(f->example_count ? e[0].production : SPAN(""),
                                   change->production_shape, arena);
    f->staging =
        shown_or_shape(f->example_count ? e[0].staging : SPAN(""), change->staging_shape, arena);
    if (is_of_keys(cluster) && f->example_count >= 2) {
        bool merge = span_eq(change->kind, SPAN("cache.key-merge"));
        f->production = keys_shown(e[0].production, e[1].production, merge, arena);
        f->staging = keys_shown(e[0].staging, e[1].staging, !merge, arena);
    }
}

static void write_examples(const struct cluster *cluster, const struct comparison *c,
                           struct finding *f, struct arena *arena)
{
    if (is_of_keys(cluster)) {
        write_key_examples(cluster, c, f, arena);
        return;
    }
    for (size_t round = 0; round < FINDING_EXAMPLES; round++)
        for (size_t i = 0; i < cluster->len && f->example_count < FINDING_EXAMPLES; i++) {
            uint32_t number = cluster->members[i].examples[round];
            if (number)
                f->examples[f->example_count++] = example_shown(&c->examples.at[number - 1], arena);
        }
}

static void write_rule(const struct cluster *cluster, const struct comparison *c, struct finding *f,
                       struct arena *arena)
{
    const struct route_rule *rule = routes_rule(c->options.routes, cluster->members[0].route);
    f->segment = arena_copy(arena, rule && rule->segment.ptr ? rule->segment : SPAN(""));
    f->owner = arena_copy(arena, rule && rule->owner.ptr ? rule->owner : SPAN(""));
}

static void write_effect(const struct change *change, struct finding *f, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    strbuf_add_span(&text, change->effect);
    strbuf_addf(&text, " It shows in %.1f %% of the exchanges compared.", 100 * f->traffic_share);
    finding_cache_add_words(&text, f->cache);
    f->effect = arena_copy(arena, strbuf_span(&text));
}

static void write_finding(const struct cluster *cluster, const struct comparison *c,
                          struct findings *findings)
{
    struct finding *f = findings_add(findings);
    struct arena *arena = &findings->arena;
    const struct change *change = &cluster->change;
    write_routes(cluster, c, f, arena);
    bool everywhere = f->route_count > 1 && (change->wide || is_everywhere(cluster, c));
    f->kind = arena_copy(arena, change->kind);
    f->field = arena_copy(arena, change->field);
    f->severity = change->severity;
    f->route = everywhere ? SPAN("*") : f->routes[0];
    f->title = arena_copy(arena, change->title);
    for (size_t i = 0; i < cluster->len; i++)
        f->exchanges += cluster->members[i].count;
    f->sessions = count_sessions(cluster, c);
    f->traffic_share = c->compared ? (double)f->exchanges / (double)c->compared : 0;
    if (f->traffic_share > 1)
        f->traffic_share = 1;
    f->cache = finding_cache_of(cluster, c, arena);
    write_effect(change, f, arena);
    write_examples(cluster, c, f, arena);
    write_rule(cluster, c, f, arena);
    write_values(cluster, f, arena);
    f->id = finding_id(arena, f->kind, f->route, f->field, change->production_shape,
                       change->staging_shape);
}

static void count_differing(const struct cluster *cluster, struct comparison *c)
{
    for (size_t i = 0; i < cluster->len; i++) {
        struct route_count *route = &c->routes[cluster->members[i].route];
        uint64_t sum = 0;
        for (size_t k = 0; k < cluster->len; k++)
            if (cluster->members[k].route == cluster->members[i].route)
                sum += cluster->members[k].count;
        if (sum > route->compared)
            sum = route->compared;
        if (sum > route->differing)
            route->differing = sum;
    }
}

void clusters_write(const struct clusters *c, struct comparison *comparison,
                    struct findings *findings)
{
    for (size_t i = 0; i < c->len; i++) {
        if (!c->at[i].len)
            continue;
        count_differing(&c->at[i], comparison);
        write_finding(&c->at[i], comparison, findings);
    }
}
