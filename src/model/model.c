#include "rehearse/model/model.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "eviction.h"
#include "model_table.h"
#include "rehearse/base/hash.h"
#include "rehearse/base/map.h"
#include "rehearse/base/mem.h"

/* Section numbers without a name are those of RFC 9111. */

static const int64_t SECOND_US = 1000000;

struct model {
    struct model_options options;
    const struct variant_space *space; /* borrowed */
    struct model_answer *answers;      /* owned */
    size_t answer_len, answer_cap;
    struct model_table table;
    bool limited; /* there is a capacity: only then are objects kept in order */
    struct eviction eviction;
    int64_t now_us;
    struct map invalidated; /* place: when */
    uint64_t bytes, peak_bytes, peak_objects, evicted;
};

struct model_options model_options_of(const struct cache_policy *policy)
{
    return (struct model_options){
        .no_collapsing = policy->never_collapses,
        .no_validation = policy->never_validates,
        .no_refresh_behind = policy->refreshes_in_front,
        /* That the last second counts is to be seen only by who counts in whole ones. */
        .whole_seconds = policy->lifetime_is_inclusive,
        .first_leads = policy->first_variant_leads,
    };
}

struct model *model_new(const struct model_options *options, const struct variant_space *space)
{
    struct model *m = xcalloc(1, sizeof *m);
    m->options = *options;
    m->space = space;
    m->now_us = INT64_MIN;
    m->limited = options->capacity_bytes || options->capacity_objects;
    model_table_init(&m->table);
    if (m->limited)
        eviction_init(&m->eviction, options->eviction, &m->table,
                      options->capacity_bytes ? options->capacity_bytes : options->capacity_objects,
                      !options->capacity_bytes);
    return m;
}

void model_free(struct model *model)
{
    if (!model)
        return;
    if (model->limited)
        eviction_release(&model->eviction);
    model_table_release(&model->table);
    map_release(&model->invalidated);
    free(model->answers);
    free(model);
}

void model_set_answer(struct model *model, uint32_t number, const struct model_answer *answer)
{
    size_t need = (size_t)number + 1;
    model->answers = array_room(model->answers, &model->answer_cap, need, sizeof *model->answers);
    for (; model->answer_len < need; model->answer_len++)
        model->answers[model->answer_len] = (struct model_answer){ 0 };
    model->answers[number] = *answer;
}

uint32_t model_answer_count(const struct model *model)
{
    return (uint32_t)model->answer_len;
}

static const struct model_answer *answer_of(const struct model *m, uint32_t number)
{
    assert(number < m->answer_len);
    return &m->answers[number];
}

/* ---- what is stored ---- */

static void drop(struct model *m, uint32_t number)
{
    m->bytes -= object_bytes(object_at(&m->table, number));
    if (m->limited)
        eviction_drop(&m->eviction, number);
    model_table_remove(&m->table, number);
}

static bool too_full(const struct model *m, uint64_t bytes, uint64_t objects)
{
    const struct model_options *o = &m->options;
    return (o->capacity_bytes && m->bytes + bytes > o->capacity_bytes) ||
           (o->capacity_objects && m->table.objects + objects > o->capacity_objects);
}

/* For so much more. */
static void make_room(struct model *m, uint64_t bytes, uint64_t objects)
{
    while (m->table.objects && too_full(m, bytes, objects)) {
        drop(m, m->eviction.kind->victim(&m->eviction));
        m->evicted++;
    }
}

/* How old what is fetched for it is when it comes. */
static uint32_t age_of(const struct model_request *r)
{
    return r->flags & MODEL_WAS_THERE ? 0 : r->age_s;
}

static int64_t end_of_freshness(const struct model *m, const struct model_answer *answer,
                                int64_t there_us, uint32_t age_s)
{
    int64_t until, left = answer->lifetime_us - (int64_t)age_s * SECOND_US;
    if (answer->validate || left <= 0)
        return there_us;
    if (m->options.whole_seconds)
        there_us += SECOND_US - there_us % SECOND_US;
    return __builtin_add_overflow(there_us, left, &until) ? INT64_MAX : until;
}

/* What this request fetches comes to lie in `number`. */
static void fill(struct model *m, uint32_t number, const struct model_request *r)
{
    struct object *o = object_at(&m->table, number);
    const struct model_answer *answer = answer_of(m, r->answer);
    o->there_us = m->now_us + r->fetch_us;
    o->fresh_until_us = end_of_freshness(m, answer, o->there_us, age_of(r));
    o->answer = r->answer;
    o->validator = r->validator;
    o->refreshing = false;
}

static uint64_t size_of(const struct model *m, const struct model_request *r)
{
    uint64_t bytes, most = MODEL_BYTES_MAX;
    bool over = __builtin_add_overflow(r->bytes, m->options.object_overhead_bytes, &bytes);
    return over || bytes > most ? most : bytes;
}

static void set_size(struct model *m, uint32_t number, uint64_t bytes)
{
    struct object *o = object_at(&m->table, number);
    m->bytes += bytes - object_bytes(o);
    if (m->limited)
        eviction_resize(&m->eviction, number, bytes);
    else
        object_set_bytes(o, bytes);
}

static void note_peak(struct model *m)
{
    if (m->bytes > m->peak_bytes)
        m->peak_bytes = m->bytes;
    if (m->table.objects > m->peak_objects)
        m->peak_objects = m->table.objects;
}

/* NULL when it is larger than the cache. */
static struct object *add(struct model *m, uint64_t key, uint32_t variant,
                          const struct model_request *r)
{
    uint64_t bytes = size_of(m, r);
    make_room(m, bytes, 1);
    if (too_full(m, bytes, 1))
        return NULL;
    uint32_t number = model_table_add(&m->table, key);
    object_at(&m->table, number)->variant = variant;
    fill(m, number, r);
    if (m->limited)
        m->eviction.kind->add(&m->eviction, number);
    set_size(m, number, bytes);
    note_peak(m);
    return object_at(&m->table, number);
}

/* ---- finding ---- */

/*
 * The first object of a key lies under the key itself and says by which fields the
 * key varies (the latest response counts); others lie under the key and their
 * variant. Without a first one, the request's own answer says it; where the first one
 * leads to the others, none is found without it.
 */
struct place {
    uint64_t key;     /* where it lies, or is to lie */
    uint32_t variant; /* what a first one would be */
    uint32_t found;   /* 0: nothing */
    uint32_t first;   /* the key's first one; 0: none */
    bool unmatchable; /* Vary: * and its kin */
};

static struct place find(const struct model *m, const struct model_request *r)
{
    uint32_t own = answer_of(m, r->answer)->vary;
    uint32_t first = model_table_find(&m->table, r->key);
    if (!first && own == 0)
        return (struct place){ .key = r->key };
    uint32_t set = own;
    bool led = first || !m->options.first_leads;
    if (first)
        set = answer_of(m, object_at(&m->table, first)->answer)->vary;
    if (set == 0)
        return (struct place){ .key = r->key, .found = first, .first = first };
    if (set == VARIANT_SET_NONE_MATCHES)
        return (struct place){ .key = r->key, .first = first, .unmatchable = true };
    uint32_t variant = variant_space_of(m->space, set, r->asker);
    if (first && object_at(&m->table, first)->variant == variant)
        return (struct place){ .key = r->key, .variant = variant, .found = first, .first = first };
    uint64_t key = hash_mix(r->key, variant);
    uint32_t other = led ? model_table_find(&m->table, key) : 0;
    return (struct place){ first || other ? key : r->key, variant, other, first, false };
}

/* ---- the step ---- */

static struct model_result result(enum model_outcome outcome)
{
    bool served = outcome == MODEL_HIT || outcome == MODEL_STALE_HIT ||
                  outcome == MODEL_COLLAPSED || outcome == MODEL_UNKNOWN;
    return (struct model_result){ (uint8_t)outcome, served ? 0 : 1 };
}

static bool may_store(const struct model *m, const struct model_request *r)
{
    const struct model_answer *answer = answer_of(m, r->answer);
    return answer->storable && answer->vary != VARIANT_SET_NONE_MATCHES &&
           !(r->flags & MODEL_ASKS_NO_STORE);
}

/* The variant is named by the answer's own fields when they are others than those it was sought by.
 */
static struct model_result fetch_new(struct model *m, const struct model_request *r,
                                     const struct place *place)
{
    int64_t now_us = m->now_us, until = now_us;
    if (!may_store(m, r))
        return result(MODEL_UNCACHEABLE);
    if (r->flags & MODEL_WAS_THERE)
        until = end_of_freshness(m, answer_of(m, r->answer), now_us, r->age_s);
    if (r->flags & MODEL_ASKS_HEAD && until <= now_us)
        return result(MODEL_UNCACHEABLE);
    uint32_t own = answer_of(m, r->answer)->vary;
    uint32_t variant =
        place->key == r->key && own ? variant_space_of(m->space, own, r->asker) : place->variant;
    struct object *o = add(m, place->key, variant, r);
    if (!o || until <= now_us)
        return result(MODEL_MISS);
    o->there_us = now_us;
    o->fresh_until_us = until;
    return result(MODEL_HIT);
}

static void touch(struct model *m, uint32_t number)
{
    if (m->limited)
        m->eviction.kind->hit(&m->eviction, number);
}

/* What was fetched behind a stale answer has come. False: it may not be stored, and there is none
 * now. */
static bool land(struct model *m, uint32_t number)
{
    struct object *o = object_at(&m->table, number);
    const struct model_answer *answer = answer_of(m, o->next_answer);
    o->refreshing = false;
    if (answer->failure)
        return true; /* RFC 5861: what is there stays */
    if (!answer->storable) {
        drop(m, number);
        return false;
    }
    o->answer = o->next_answer;
    o->fresh_until_us = end_of_freshness(m, answer, o->there_us, o->next_age_s);
    return true;
}

static struct model_result serve_stale(struct model *m, uint32_t number,
                                       const struct model_request *r)
{
    struct object *o = object_at(&m->table, number);
    struct model_result stale = result(MODEL_STALE_HIT);
    touch(m, number);
    if (o->refreshing)
        return stale;
    stale.fetches = 1;
    if (m->options.no_refresh_behind)
        stale.outcome = o->validator && o->validator == r->validator && !m->options.no_validation
                            ? MODEL_REVALIDATED
                            : MODEL_EXPIRED;
    o->refreshing = true;
    /* The cache asks for itself: what keeps this visitor's answer out does not keep out that one.
     */
    o->next_answer = r->flags & MODEL_ASKS_NO_STORE ? o->answer : r->answer;
    o->next_age_s = age_of(r);
    o->validator = r->validator;
    o->there_us = m->now_us + r->fetch_us;
    return stale;
}

/* The next request asks the origin, whatever windows there are. */
static void outdate(struct model *m, struct object *o)
{
    const struct model_answer *answer = answer_of(m, o->answer);
    int64_t window = answer->stale_us > answer->error_us ? answer->stale_us : answer->error_us;
    if (o->fresh_until_us > m->now_us - window)
        o->fresh_until_us = m->now_us - window;
}

/* A HEAD went to the origin; `same`: it came back as 304. Only a GET brings another content. */
static struct model_result ask_by_head(struct model *m, uint32_t number,
                                       const struct model_request *r, bool same)
{
    struct object *o = object_at(&m->table, number);
    bool updates = r->flags & MODEL_HEAD_UPDATES;
    uint32_t validator = o->validator;
    touch(m, number);
    if (same || (updates && (!r->validator || r->validator == validator))) {
        fill(m, number, r);
        o->validator = validator;
    } else if (updates) {
        outdate(m, o);
    }
    return result(same ? MODEL_REVALIDATED : MODEL_EXPIRED);
}

/* It is there and stale: the origin is asked (section 4.3), and what it says takes its place. */
static struct model_result ask_origin(struct model *m, uint32_t number,
                                      const struct model_request *r)
{
    struct object *o = object_at(&m->table, number);
    const struct model_answer *answer = answer_of(m, r->answer);
    if (answer->failure && m->now_us < o->fresh_until_us + answer_of(m, o->answer)->error_us) {
        touch(m, number);
        return (struct model_result){ MODEL_STALE_HIT, 1 };
    }
    bool same = !m->options.no_validation && o->validator && o->validator == r->validator &&
                !(r->flags & MODEL_ASKS_ANEW);
    if (!may_store(m, r)) {
        /* The request says nothing of what is stored. */
        if (!(r->flags & (MODEL_ASKS_NO_STORE | MODEL_ASKS_HEAD)))
            drop(m, number);
        return result(MODEL_UNCACHEABLE);
    }
    if (r->flags & MODEL_ASKS_HEAD)
        return ask_by_head(m, number, r, same);
    fill(m, number, r);
    touch(m, number);
    set_size(m, number, size_of(m, r));
    make_room(m, 0, 0);
    note_peak(m);
    return result(same ? MODEL_REVALIDATED : MODEL_EXPIRED);
}

static bool is_invalidated(const struct model *m, const struct object *o, uint64_t place)
{
    const uint64_t *at_us = m->invalidated.len && place ? map_get(&m->invalidated, place) : NULL;
    return at_us && o->there_us <= (int64_t)*at_us;
}

void model_invalidate(struct model *model, uint64_t place, int64_t at_us)
{
    *map_put(&model->invalidated, place, 0, NULL) = (uint64_t)at_us;
}

static struct model_result answer_found(struct model *m, uint32_t number,
                                        const struct model_request *r)
{
    const struct object *o = object_at(&m->table, number);
    const struct model_answer *answer = answer_of(m, o->answer);
    bool must_ask =
        answer->validate || (r->flags & MODEL_ASKS_ORIGIN) || is_invalidated(m, o, r->place);
    if (m->now_us < o->there_us && !o->refreshing) { /* its first fetch is under way */
        if (m->options.no_collapsing || must_ask)
            return result(MODEL_MISS);
        touch(m, number);
        return result(MODEL_COLLAPSED);
    }
    if (must_ask)
        return ask_origin(m, number, r);
    if (m->now_us < o->fresh_until_us) {
        touch(m, number);
        return result(MODEL_HIT);
    }
    /* A difference, so that no sum can overflow: both are moments of the traffic. */
    if (m->now_us - o->fresh_until_us < answer->stale_us)
        return serve_stale(m, number, r);
    return ask_origin(m, number, r);
}

struct model_result model_step(struct model *m, const struct model_request *r)
{
    if (r->at_us > m->now_us)
        m->now_us = r->at_us;
    if (r->flags & MODEL_HAS_NO_ANSWER)
        return result(MODEL_UNKNOWN);
    if (r->flags & MODEL_ASKS_PASS)
        return result(MODEL_PASS);
    if (m->limited && m->eviction.kind->seen)
        m->eviction.kind->seen(&m->eviction, r->key);
    struct place place = find(m, r);
    if (place.found && object_at(&m->table, place.found)->refreshing &&
        object_at(&m->table, place.found)->there_us <= m->now_us && !land(m, place.found))
        place = find(m, r);
    if (m->options.first_leads && place.first && place.first != place.found)
        touch(m, place.first);
    if (place.found)
        return answer_found(m, place.found, r);
    if (place.unmatchable)
        return result(MODEL_MISS);
    return fetch_new(m, r, &place);
}

void model_run(struct model *m, const struct model_request *requests, size_t count,
               struct model_result *ret)
{
    enum { NEAR = 4, FAR = 10 };
    for (size_t i = 0; i < count; i++) {
        if (i + FAR < count)
            model_table_fetch_place(&m->table, requests[i + FAR].key);
        if (i + NEAR < count)
            model_table_fetch_object(&m->table, requests[i + NEAR].key);
        ret[i] = model_step(m, &requests[i]);
    }
}

/* ---- what it says of itself ---- */

struct model_size model_size(const struct model *m)
{
    return (struct model_size){
        .objects = m->table.objects,
        .bytes = m->bytes,
        .peak_objects = m->peak_objects,
        .peak_bytes = m->peak_bytes,
        .evicted = m->evicted,
        .memory = model_table_memory(&m->table) + m->answer_cap * sizeof *m->answers,
    };
}

const char *model_outcome_name(enum model_outcome outcome)
{
    static const char *const names[MODEL_OUTCOMES] = {
        [MODEL_HIT] = "hit",
        [MODEL_STALE_HIT] = "stale hit",
        [MODEL_COLLAPSED] = "collapsed",
        [MODEL_REVALIDATED] = "revalidated",
        [MODEL_EXPIRED] = "expired",
        [MODEL_MISS] = "miss",
        [MODEL_UNCACHEABLE] = "uncacheable",
        [MODEL_PASS] = "pass",
        [MODEL_UNKNOWN] = "unknown",
    };
    return names[outcome];
}

bool model_outcome_is_hit(enum model_outcome outcome)
{
    return outcome <= MODEL_REVALIDATED;
}

void model_count(struct model_counts *counts, struct model_result r, uint64_t bytes)
{
    counts->requests++;
    counts->outcomes[r.outcome]++;
    counts->fetches += r.fetches;
    if (model_outcome_is_hit((enum model_outcome)r.outcome))
        counts->hit_bytes += bytes;
    else if (r.outcome != MODEL_UNKNOWN)
        counts->fetched_bytes += bytes;
}

void model_counts_add(struct model_counts *into, const struct model_counts *more)
{
    into->requests += more->requests;
    for (size_t i = 0; i < MODEL_OUTCOMES; i++)
        into->outcomes[i] += more->outcomes[i];
    into->fetches += more->fetches;
    into->hit_bytes += more->hit_bytes;
    into->fetched_bytes += more->fetched_bytes;
}

double model_hit_ratio(const struct model_counts *counts)
{
    uint64_t hits = 0, known = counts->requests - counts->outcomes[MODEL_UNKNOWN];
    for (int i = 0; i < MODEL_OUTCOMES; i++)
        if (model_outcome_is_hit((enum model_outcome)i))
            hits += counts->outcomes[i];
    return known ? (double)hits / (double)known : (double)NAN;
}
