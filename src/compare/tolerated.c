#include "tolerated.h"

#include <stdlib.h>
#include <string.h>

#include "cache_effect.h"
#include "example.h"
#include "observe.h"
#include "rehearse/base/hash.h"
#include "rehearse/cache/faults.h"

void tolerances_release(struct tolerances *t)
{
    arena_release(&t->arena);
    memset(t, 0, sizeof *t);
}

/* ---- counting ---- */

static struct tolerated *find(struct tolerances *t, const struct cache_fault *fault)
{
    for (size_t i = 0; i < t->len; i++)
        if (t->at[i].sentence == fault->sentence && span_eq(t->at[i].field, fault->field))
            return &t->at[i];
    if (t->len == TOLERATED_MAX)
        return NULL;
    struct tolerated *made = &t->at[t->len++];
    *made = (struct tolerated){ .field = arena_copy(&t->arena, fault->field),
                                .sentence = fault->sentence };
    for (int side = 0; side < 2; side++)
        made->side[side].value = made->side[side].where = made->side[side].taken = SPAN_NONE;
    return made;
}

static void add_route(struct tolerated *told, uint32_t route)
{
    for (uint32_t i = 0; i < told->route_len; i++)
        if (told->routes[i] == route)
            return;
    if (told->route_len < TOLERATED_ROUTES_MAX)
        told->routes[told->route_len++] = route;
    else
        told->more_routes = true;
}

/* All its lines, as they stood. */
static struct span value_of(const struct http_fields *fields, struct span name, struct arena *arena)
{
    enum { VALUE_BYTES = 300 };
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    for (uint32_t i = 0; i < fields->len && text.len < VALUE_BYTES; i++) {
        if (!span_ieq(fields->at[i].name, name) || span_is_none(fields->at[i].value))
            continue;
        if (text.len)
            strbuf_add_str(&text, ", ");
        strbuf_add_span(&text, span_head(fields->at[i].value, VALUE_BYTES));
    }
    return text.len ? value_shown(strbuf_span(&text), arena) : SPAN_NONE;
}

/* "kept 60 s", "not kept" */
static struct span taken_by(const struct cache_policy *policy, const struct exchange *x,
                            struct arena *arena)
{
    const struct cache_effect e =
        cache_effect_of(policy, &x->request, &x->response, x->start_us / 1000000);
    if (e.keeps != KEEPS_FRESH)
        return cache_keeps_name(e.keeps);
    return arena_printf(arena, "kept %lld s", (long long)e.lifetime_s);
}

static void set_first(struct tolerances *t, struct tolerated *told, int side,
                      const struct tolerated_pair *pair)
{
    const struct exchange *x = pair->answer[side];
    const struct http_request *r = &pair->answer[0]->request;
    told->side[side].value = value_of(&x->response.fields, told->field, &t->arena);
    told->side[side].taken = taken_by(pair->policy[side], x, &t->arena);
    told->side[side].where =
        arena_printf(&t->arena, "%.*s %.*s%.*s", SPAN_ARG(span_head(r->method, 32)),
                     SPAN_ARG(span_head(r->authority, 200)),
                     SPAN_ARG(value_shown(span_head(r->target, 200), &t->arena)));
}

/* ---- what was met before ---- */

static uint64_t part_remembered(struct tolerated_line *lines, const struct http_field *field)
{
    struct tolerated_line *line = &lines[field->id & (TOLERATED_LINES - 1)];
    if (!field->id)
        return tolerated_part(field);
    if (line->id != field->id)
        *line = (struct tolerated_line){ field->id, tolerated_part(field) };
    return line->part;
}

/* Equal keys, equal faults: made of every line that may have one, in order. */
static uint64_t key_of_answer(struct tolerances *t, const struct http_fields *fields, int side)
{
    uint64_t key = 1 + (uint64_t)side;
    for (uint32_t i = 0; i < fields->len; i++) {
        uint64_t part = part_remembered(t->lines[side], &fields->at[i]);
        key = part ? hash_mix(key, part) : key;
    }
    return key | 1;
}

/* ---- one answer ---- */

static void count(struct tolerated *told, const struct tolerated_pair *pair, int side)
{
    told->side[side].answers++;
    if (side && !exchange_knows_field(pair->answer[0], told->field))
        told->unseen++;
    add_route(told, pair->route);
}

/* False: more than are remembered, or one that found no room. */
static bool look_at(struct tolerances *t, const struct tolerated_pair *pair, int side,
                    struct arena *scratch, struct tolerated_answer *ret)
{
    const struct cache_policy *policy = pair->policy[side];
    struct cache_fault faults[CACHE_FAULTS_MAX];
    size_t len = cache_faults_of(policy ? policy : &cache_policy_cdn, &pair->answer[side]->response,
                                 scratch, faults, CACHE_FAULTS_MAX);
    bool whole = len <= TOLERATED_AT_ONCE;
    for (size_t i = 0; i < len; i++) {
        struct tolerated *told = find(t, &faults[i]);
        if (!told) {
            t->beyond++;
            whole = false;
            continue;
        }
        if (!told->side[side].answers)
            set_first(t, told, side, pair);
        count(told, pair, side);
        if (whole)
            ret->at[ret->len++] = (uint16_t)(told - t->at);
    }
    return whole;
}

static void add_side(struct tolerances *t, const struct tolerated_pair *pair, int side,
                     struct arena *scratch)
{
    uint64_t key = key_of_answer(t, &pair->answer[side]->response.fields, side);
    struct tolerated_answer *known = &t->answers[(key >> 20) & (TOLERATED_ANSWERS - 1)];
    struct tolerated_answer found = { .key = key };
    if (known->key != key) {
        if (look_at(t, pair, side, scratch, &found))
            *known = found;
        return;
    }
    for (uint8_t i = 0; i < known->len; i++)
        count(&t->at[known->at[i]], pair, side);
}

void tolerances_add(struct tolerances *t, const struct tolerated_pair *pair, struct arena *scratch)
{
    for (int side = 0; side < 2; side++)
        add_side(t, pair, side, scratch);
}

/* ---- telling ---- */

static int by_weight(const void *a, const void *b)
{
    const struct tolerance_line *x = a, *y = b;
    uint64_t of_x = x->answers[0] + x->answers[1], of_y = y->answers[0] + y->answers[1];
    if (x->is_new != y->is_new)
        return x->is_new ? -1 : 1;
    if (of_x != of_y)
        return of_x > of_y ? -1 : 1;
    int order = span_cmp(x->field, y->field);
    return order ? order : span_cmp(x->sentence, y->sentence);
}

static struct span copy(struct span text, struct arena *arena)
{
    return span_is_none(text) ? text : arena_copy(arena, text);
}

static struct tolerance_line line_of(const struct tolerated *told, const struct routes *routes,
                                     struct arena *arena)
{
    struct tolerance_line line = {
        .field = copy(told->field, arena),
        .sentence = span_of(told->sentence),
        .is_new = told->side[0].answers == 0 && told->unseen < told->side[1].answers,
        .routes = arena_calloc(arena, told->route_len + 1, sizeof *line.routes),
        .route_count = told->route_len,
        .more_routes = told->more_routes,
    };
    for (int side = 0; side < 2; side++) {
        line.answers[side] = told->side[side].answers;
        line.value[side] = copy(told->side[side].value, arena);
        line.where[side] = copy(told->side[side].where, arena);
        line.taken[side] = copy(told->side[side].taken, arena);
    }
    for (uint32_t i = 0; i < told->route_len; i++)
        line.routes[i] = copy(routes_name(routes, told->routes[i]), arena);
    return line;
}

struct tolerance_line *tolerances_lines(const struct tolerances *t, const struct routes *routes,
                                        struct arena *arena)
{
    struct tolerance_line *lines = arena_calloc(arena, t->len + 1, sizeof *lines);
    for (size_t i = 0; i < t->len; i++)
        lines[i] = line_of(&t->at[i], routes, arena);
    if (t->len)
        qsort(lines, t->len, sizeof *lines, by_weight);
    return lines;
}
