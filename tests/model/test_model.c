#include "support/check.h"

#include "rehearse/base/mem.h"
#include "rehearse/base/random.h"
#include "rehearse/model/model.h"

/* A story: at which second, for which key, which answer; and what the model makes of it. */
struct beat {
    double at_s;
    uint64_t key;
    uint32_t answer;
    enum model_outcome outcome;
    unsigned fetches;
    uint32_t flags;
    uint32_t validator;
};

enum { MINUTE = 1, NOT_STORED, EACH_TIME, MINUTE_AND_STALE, FAILS, COVERS_ERRORS, BY_LANGUAGE };

static void teach(struct model *model)
{
    const int64_t s = 1000000;
    const struct model_answer answers[] = {
        [MINUTE] = { .lifetime_us = 60 * s, .storable = true },
        [NOT_STORED] = { .lifetime_us = 60 * s },
        [EACH_TIME] = { .lifetime_us = 60 * s, .storable = true, .validate = true },
        [MINUTE_AND_STALE] = { .lifetime_us = 60 * s, .stale_us = 30 * s, .storable = true },
        [FAILS] = { .failure = true },
        [COVERS_ERRORS] = { .lifetime_us = 60 * s, .error_us = 30 * s, .storable = true },
        [BY_LANGUAGE] = { .lifetime_us = 60 * s, .vary = 2, .storable = true },
    };
    for (uint32_t i = 0; i < sizeof answers / sizeof *answers; i++)
        model_set_answer(model, i, &answers[i]);
}

static void play_with(const struct model_options *options, const struct beat *beats, size_t count)
{
    AUTO(variant_space_freep) struct variant_space *space = variant_space_new();
    AUTO(model_freep) struct model *model = model_new(options, space);
    teach(model);
    for (size_t i = 0; i < count; i++) {
        const struct beat *b = &beats[i];
        struct model_request r = {
            .at_us = (int64_t)(b->at_s * 1e6),
            .key = b->key,
            .answer = b->answer,
            .fetch_us = 100000,
            .bytes = 1000,
            .flags = b->flags,
            .validator = b->validator,
        };
        struct model_result result = model_step(model, &r);
        if (result.outcome != b->outcome || result.fetches != b->fetches)
            fail_msg("beat %zu at %g s: %s with %u fetches, expected %s with %u", i, b->at_s,
                     model_outcome_name((enum model_outcome)result.outcome), result.fetches,
                     model_outcome_name(b->outcome), b->fetches);
    }
}

#define PLAY(...)                                                                                  \
    do {                                                                                           \
        static const struct beat beats[] = { __VA_ARGS__ };                                        \
        play_with(&(struct model_options){ 0 }, beats, sizeof beats / sizeof *beats);              \
    } while (0)
#define PLAY_WITH(options, ...)                                                                    \
    do {                                                                                           \
        static const struct beat beats[] = { __VA_ARGS__ };                                        \
        play_with(&(options), beats, sizeof beats / sizeof *beats);                                \
    } while (0)

static void test_model__a_lifetime_ends_strictly(void **state)
{
    (void)state;
    /* It came at 0.1 s. */
    PLAY({ 0, 7, MINUTE, MODEL_MISS, 1, 0, 0 }, { 1, 7, MINUTE, MODEL_HIT, 0, 0, 0 },
         { 60.099, 7, MINUTE, MODEL_HIT, 0, 0, 0 }, { 60.1, 7, MINUTE, MODEL_EXPIRED, 1, 0, 0 },
         { 120.1, 7, MINUTE, MODEL_HIT, 0, 0, 0 }, { 120.1, 8, MINUTE, MODEL_MISS, 1, 0, 0 });
}

static void test_model__requests_during_a_fetch_share_it(void **state)
{
    (void)state;
    PLAY({ 0, 7, MINUTE, MODEL_MISS, 1, 0, 0 }, { 0.05, 7, MINUTE, MODEL_COLLAPSED, 0, 0, 0 },
         { 0.05, 8, NOT_STORED, MODEL_UNCACHEABLE, 1, 0, 0 },
         { 0.06, 8, NOT_STORED, MODEL_UNCACHEABLE, 1, 0, 0 });
    PLAY_WITH(((struct model_options){ .no_collapsing = true }),
              { 0, 7, MINUTE, MODEL_MISS, 1, 0, 0 }, { 0.05, 7, MINUTE, MODEL_MISS, 1, 0, 0 },
              { 0.11, 7, MINUTE, MODEL_HIT, 0, 0, 0 });
}

static void test_model__the_same_tag_is_a_revalidation(void **state)
{
    (void)state;
    PLAY({ 0, 7, MINUTE, MODEL_MISS, 1, 0, 5 }, { 70, 7, MINUTE, MODEL_REVALIDATED, 1, 0, 5 },
         { 71, 7, MINUTE, MODEL_HIT, 0, 0, 5 }, { 140, 7, MINUTE, MODEL_EXPIRED, 1, 0, 6 });
    PLAY_WITH(((struct model_options){ .no_validation = true }),
              { 0, 7, MINUTE, MODEL_MISS, 1, 0, 5 }, { 70, 7, MINUTE, MODEL_EXPIRED, 1, 0, 5 });
}

static void test_model__no_cache_asks_each_time(void **state)
{
    (void)state;
    PLAY({ 0, 7, EACH_TIME, MODEL_MISS, 1, 0, 5 }, { 1, 7, EACH_TIME, MODEL_REVALIDATED, 1, 0, 5 },
         { 2, 8, MINUTE, MODEL_MISS, 1, 0, 5 },
         { 3, 8, MINUTE, MODEL_REVALIDATED, 1, MODEL_ASKS_ORIGIN, 5 });
}

static void test_model__stale_while_revalidate_serves_and_refreshes_once(void **state)
{
    (void)state;
    PLAY({ 0, 7, MINUTE_AND_STALE, MODEL_MISS, 1, 0, 0 },
         { 70, 7, MINUTE_AND_STALE, MODEL_STALE_HIT, 1, 0, 0 },
         { 70.05, 7, MINUTE_AND_STALE, MODEL_STALE_HIT, 0, 0, 0 },
         { 70.2, 7, MINUTE_AND_STALE, MODEL_HIT, 0, 0, 0 },
         { 130.2, 7, MINUTE_AND_STALE, MODEL_STALE_HIT, 1, 0, 0 },
         { 230, 7, MINUTE_AND_STALE, MODEL_EXPIRED, 1, 0, 0 });
}

static void test_model__what_a_refresh_may_not_store_is_gone(void **state)
{
    (void)state;
    PLAY({ 0, 7, MINUTE_AND_STALE, MODEL_MISS, 1, 0, 0 },
         { 70, 7, NOT_STORED, MODEL_STALE_HIT, 1, 0, 0 }, { 71, 7, MINUTE, MODEL_MISS, 1, 0, 0 });
}

static void test_model__a_failure_is_covered_while_stale_if_error_lasts(void **state)
{
    (void)state;
    PLAY({ 0, 7, COVERS_ERRORS, MODEL_MISS, 1, 0, 0 }, { 70, 7, FAILS, MODEL_STALE_HIT, 1, 0, 0 },
         { 100, 7, FAILS, MODEL_UNCACHEABLE, 1, 0, 0 });
}

enum { HEAD = MODEL_ASKS_HEAD, HEAD_UPDATES = MODEL_ASKS_HEAD | MODEL_HEAD_UPDATES };

static void test_model__head_is_answered_from_the_store_and_fills_nothing(void **state)
{
    (void)state;
    PLAY({ 0, 7, MINUTE, MODEL_UNCACHEABLE, 1, HEAD_UPDATES, 5 }, /* nothing to store */
         { 1, 7, MINUTE, MODEL_MISS, 1, 0, 5 }, { 2, 7, MINUTE, MODEL_HIT, 0, HEAD, 5 },
         { 70, 7, MINUTE, MODEL_REVALIDATED, 1, HEAD, 5 }, { 71, 7, MINUTE, MODEL_HIT, 0, 0, 5 },
         { 140, 7, MINUTE, MODEL_EXPIRED, 1, HEAD, 6 }, /* another version, and no bytes of it */
         { 141, 7, MINUTE, MODEL_EXPIRED, 1, 0, 6 }, { 142, 7, MINUTE, MODEL_HIT, 0, 0, 6 });
}

/* Section 4.3.5. */
static void test_model__an_answer_to_head_freshens_what_it_agrees_with(void **state)
{
    (void)state;
    enum { ANEW = HEAD_UPDATES | MODEL_ASKS_ORIGIN | MODEL_ASKS_ANEW };
    PLAY({ 0, 7, MINUTE, MODEL_MISS, 1, 0, 0 }, { 70, 7, MINUTE, MODEL_EXPIRED, 1, HEAD, 0 },
         { 71, 7, MINUTE, MODEL_EXPIRED, 1, HEAD_UPDATES, 0 },
         { 72, 7, MINUTE, MODEL_HIT, 0, 0, 0 }, { 80, 8, MINUTE, MODEL_MISS, 1, 0, 5 },
         { 81, 8, MINUTE, MODEL_EXPIRED, 1, ANEW, 6 },
         { 82, 8, MINUTE, MODEL_REVALIDATED, 1, 0, 5 });
    PLAY({ 0, 7, MINUTE_AND_STALE, MODEL_MISS, 1, 0, 5 },
         { 1, 7, MINUTE_AND_STALE, MODEL_EXPIRED, 1, ANEW, 6 },
         { 2, 7, MINUTE_AND_STALE, MODEL_EXPIRED, 1, 0, 6 });
}

static void test_model__a_head_tells_what_was_there_before(void **state)
{
    (void)state;
    PLAY({ 0, 7, MINUTE, MODEL_HIT, 0, HEAD | MODEL_WAS_THERE, 5 },
         { 59, 7, MINUTE, MODEL_HIT, 0, 0, 5 });
}

static void test_model__what_goes_past_leaves_the_store_alone(void **state)
{
    (void)state;
    PLAY({ 0, 7, MINUTE, MODEL_MISS, 1, 0, 0 }, { 1, 7, MINUTE, MODEL_PASS, 1, MODEL_ASKS_PASS, 0 },
         { 2, 7, MINUTE, MODEL_UNKNOWN, 0, MODEL_HAS_NO_ANSWER, 0 },
         { 3, 7, MINUTE, MODEL_HIT, 0, 0, 0 },
         { 6, 8, MINUTE, MODEL_UNCACHEABLE, 1, MODEL_ASKS_NO_STORE, 0 });
}

static void test_model__what_is_invalidated_is_asked_about_under_every_key(void **state)
{
    (void)state;
    AUTO(variant_space_freep) struct variant_space *space = variant_space_new();
    AUTO(model_freep) struct model *model = model_new(&(struct model_options){ 0 }, space);
    teach(model);
    struct model_request a = { .key = 7, .place = 1, .answer = MINUTE, .validator = 5 };
    struct model_request b = { .key = 8, .place = 1, .answer = MINUTE };
    struct model_request c = { .key = 9, .place = 2, .answer = MINUTE };
    model_step(model, &a);
    model_step(model, &b);
    model_step(model, &c);
    model_invalidate(model, 1, 1000000);
    a.at_us = b.at_us = c.at_us = 2000000;
    assert_int_equal(model_step(model, &a).outcome, MODEL_REVALIDATED);
    assert_int_equal(model_step(model, &b).outcome, MODEL_EXPIRED);
    assert_int_equal(model_step(model, &c).outcome, MODEL_HIT);
    assert_int_equal(model_step(model, &a).outcome, MODEL_HIT);
}

static void test_model__a_cache_of_whole_seconds_counts_the_last_one(void **state)
{
    (void)state;
    PLAY_WITH(((struct model_options){ .whole_seconds = true }),
              { 0.5, 7, MINUTE, MODEL_MISS, 1, 0, 0 }, { 60.99, 7, MINUTE, MODEL_HIT, 0, 0, 0 },
              { 61, 7, MINUTE, MODEL_EXPIRED, 1, 0, 0 });
}

static void test_model__an_age_from_further_back_shortens_the_lifetime(void **state)
{
    (void)state;
    AUTO(variant_space_freep) struct variant_space *space = variant_space_new();
    AUTO(model_freep) struct model *model = model_new(&(struct model_options){ 0 }, space);
    teach(model);
    struct model_request r = { .key = 7, .answer = MINUTE, .age_s = 50 };
    assert_int_equal(model_step(model, &r).outcome, MODEL_MISS);
    r.at_us = 9999999;
    assert_int_equal(model_step(model, &r).outcome, MODEL_HIT);
    r.at_us = 10000000;
    assert_int_equal(model_step(model, &r).outcome, MODEL_EXPIRED);
}

/* ---- variants ---- */

static uint32_t asker(struct variant_space *space, const char *language, struct arena *arena)
{
    struct http_request request = { .method = SPAN("GET") };
    if (language)
        http_fields_add(&request.fields, arena, SPAN("Accept-Language"), span_of(language));
    return variant_space_asker(space, &request);
}

static void test_model__vary_keeps_variants_apart(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(variant_space_freep) struct variant_space *space = variant_space_new();
    struct span name = SPAN("accept-language");
    assert_int_equal(variant_space_set(space, &(struct vary){ .names = &name, .len = 1 }), 2);
    AUTO(model_freep) struct model *model = model_new(&(struct model_options){ 0 }, space);
    teach(model);
    static const struct {
        const char *language;
        enum model_outcome outcome;
    } rows[] = { { "de", MODEL_MISS },  { "en", MODEL_MISS }, { NULL, MODEL_MISS },
                 { "de", MODEL_HIT },   { "en", MODEL_HIT },  { NULL, MODEL_HIT },
                 { " de ", MODEL_HIT }, { "", MODEL_MISS } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct model_request r = { .at_us = (int64_t)i * 1000000,
                                   .key = 7,
                                   .answer = BY_LANGUAGE,
                                   .asker = asker(space, rows[i].language, &arena) };
        assert_int_equal(model_step(model, &r).outcome, rows[i].outcome);
    }
    assert_int_equal(model_size(model).objects, 4);
}

static void test_model__the_stored_vary_selects_whatever_the_next_answer_would_say(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(variant_space_freep) struct variant_space *space = variant_space_new();
    struct span name = SPAN("accept-language");
    variant_space_set(space, &(struct vary){ .names = &name, .len = 1 });
    AUTO(model_freep) struct model *model = model_new(&(struct model_options){ 0 }, space);
    teach(model);
    struct model_request r = { .key = 7, .answer = MINUTE, .asker = asker(space, "de", &arena) };
    assert_int_equal(model_step(model, &r).outcome, MODEL_MISS);
    r.at_us = 1000000;
    r.answer = BY_LANGUAGE;
    r.asker = asker(space, "en", &arena);
    assert_int_equal(model_step(model, &r).outcome, MODEL_HIT);
}

/*
 * Room for three, a page in three languages, two other pages; nginx keeps the first
 * variant in use whichever is asked for, and finds no other one without it.
 */
static void test_model__the_first_variant_may_lead_to_the_others(void **state)
{
    (void)state;
    static const struct {
        const char *language; /* NULL: another page, which does not vary */
        uint64_t key;
        enum model_outcome apart, led;
    } rows[] = {
        { "de", 7, MODEL_MISS, MODEL_MISS }, /* the first */
        { "en", 7, MODEL_MISS, MODEL_MISS },
        { NULL, 8, MODEL_MISS, MODEL_MISS },
        { "en", 7, MODEL_HIT, MODEL_HIT },   /* which is a use of the first, where that leads */
        { NULL, 9, MODEL_MISS, MODEL_MISS }, /* in the place of the first; of 8, where it leads */
        { "de", 7, MODEL_MISS, MODEL_HIT },
        { "en", 7, MODEL_HIT, MODEL_HIT },
        { NULL, 10, MODEL_MISS, MODEL_MISS },
        { NULL, 11, MODEL_MISS, MODEL_MISS },
        { NULL, 12, MODEL_MISS, MODEL_MISS },
        { "en", 7, MODEL_MISS, MODEL_MISS }, /* the first now */
        { "de", 7, MODEL_MISS, MODEL_MISS },
    };
    struct span name = SPAN("accept-language");
    for (int leads = 0; leads < 2; leads++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        AUTO(variant_space_freep) struct variant_space *space = variant_space_new();
        variant_space_set(space, &(struct vary){ .names = &name, .len = 1 });
        const struct model_options options = { .capacity_objects = 3, .first_leads = leads };
        AUTO(model_freep) struct model *model = model_new(&options, space);
        teach(model);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            struct model_request r = { .at_us = (int64_t)i * 1000000,
                                       .key = rows[i].key,
                                       .answer = rows[i].language ? BY_LANGUAGE : MINUTE,
                                       .asker = asker(space, rows[i].language, &arena) };
            enum model_outcome found = (enum model_outcome)model_step(model, &r).outcome;
            if (found != (leads ? rows[i].led : rows[i].apart))
                fail_msg("row %zu, leads %d: %s", i, leads, model_outcome_name(found));
        }
    }
}

/* A variant that is still there, but not to be found: its key's first one went before it. */
static void test_model__no_variant_is_found_without_the_one_that_leads(void **state)
{
    (void)state;
    struct span name = SPAN("accept-language");
    static const char *const languages[] = { "de", "en", "fr", "en" };
    for (int leads = 0; leads < 2; leads++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        AUTO(variant_space_freep) struct variant_space *space = variant_space_new();
        variant_space_set(space, &(struct vary){ .names = &name, .len = 1 });
        const struct model_options options = { .capacity_objects = 2,
                                               .eviction = EVICTION_FIFO,
                                               .first_leads = leads };
        AUTO(model_freep) struct model *model = model_new(&options, space);
        teach(model);
        for (size_t i = 0; i < 3; i++)
            model_step(model,
                       &(struct model_request){ .at_us = (int64_t)i * 1000000,
                                                .key = 7,
                                                .answer = BY_LANGUAGE,
                                                .asker = asker(space, languages[i], &arena) });
        struct model_request r = { .at_us = 3000000,
                                   .key = 7,
                                   .answer = BY_LANGUAGE,
                                   .asker = asker(space, languages[3], &arena) };
        assert_int_equal(model_step(model, &r).outcome, leads ? MODEL_MISS : MODEL_HIT);
        r.at_us = 4000000; /* and now the first, which is found */
        assert_int_equal(model_step(model, &r).outcome, MODEL_HIT);
    }
}

static void test_variant_space__more_names_than_it_knows_match_nothing(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(variant_space_freep) struct variant_space *space = variant_space_new();
    for (int i = 0; i < 40; i++) {
        struct span name = arena_printf(&arena, "x-%02d", i);
        uint32_t set = variant_space_set(space, &(struct vary){ .names = &name, .len = 1 });
        assert_int_equal(set == VARIANT_SET_NONE_MATCHES, i >= VARIANT_NAMES_MAX);
    }
    assert_int_equal(variant_space_set(space, &(struct vary){ .any = true }),
                     VARIANT_SET_NONE_MATCHES);
    assert_int_equal(variant_space_set(space, &(struct vary){ 0 }), 0);
}

/* ---- capacity ---- */

static double ratio_of(enum model_eviction eviction, const uint64_t *keys, size_t count,
                       uint64_t most)
{
    AUTO(variant_space_freep) struct variant_space *space = variant_space_new();
    const struct model_options options = { .capacity_bytes = most * 1000, .eviction = eviction };
    AUTO(model_freep) struct model *model = model_new(&options, space);
    struct model_counts counts = { 0 };
    model_set_answer(model, 0,
                     &(struct model_answer){ .lifetime_us = INT64_MAX, .storable = true });
    for (size_t i = 0; i < count; i++) {
        struct model_request r = { .at_us = (int64_t)i, .key = keys[i], .bytes = 1000 };
        model_count(&counts, model_step(model, &r), r.bytes);
        assert_true(model_size(model).bytes <= most * 1000);
    }
    assert_int_equal(model_size(model).peak_objects, most);
    return model_hit_ratio(&counts);
}

static void test_eviction__keeps_within_the_capacity_and_above_fifo_on_skewed_traffic(void **state)
{
    (void)state;
    enum { REQUESTS = 60000, KEYS = 5000, ROOM = 250 };
    AUTO(freep) uint64_t *keys = xcalloc(REQUESTS, sizeof *keys);
    struct random random = { 11 };
    double ratios[EVICTIONS];
    for (size_t i = 0; i < REQUESTS; i++) {
        double unit = random_unit(&random);
        keys[i] = 1 + (uint64_t)(unit * unit * unit * KEYS) * UINT64_C(0x9e3779b97f4a7c15);
    }
    for (int i = 0; i < EVICTIONS; i++)
        ratios[i] = ratio_of((enum model_eviction)i, keys, REQUESTS, ROOM);
    assert_true(ratios[EVICTION_LRU] > ratios[EVICTION_FIFO] + 0.01);
    assert_true(ratios[EVICTION_SIEVE] > ratios[EVICTION_LRU] + 0.02);
    assert_true(ratios[EVICTION_S3FIFO] > ratios[EVICTION_LRU] + 0.02);
    assert_true(ratios[EVICTION_TINYLFU] > ratios[EVICTION_LRU] + 0.02);
    assert_true(ratios[EVICTION_LFU] > ratios[EVICTION_LRU]);
}

/* The oldest, the least asked for: told apart by one look at who is gone. */
static void test_eviction__who_goes(void **state)
{
    (void)state;
    static const struct {
        enum model_eviction eviction;
        uint64_t gone; /* of 1 2 3 1 1 2, when 4 comes into room for three */
    } rows[] = {
        { EVICTION_LRU, 3 }, { EVICTION_FIFO, 1 }, { EVICTION_LFU, 3 }, { EVICTION_SIEVE, 3 }
    };
    static const uint64_t keys[] = { 1, 2, 3, 1, 1, 2, 4 };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(variant_space_freep) struct variant_space *space = variant_space_new();
        const struct model_options options = { .capacity_objects = 3,
                                               .eviction = rows[i].eviction };
        AUTO(model_freep) struct model *model = model_new(&options, space);
        teach(model);
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
            model_step(model, &(struct model_request){ .at_us = (int64_t)k * 1000000,
                                                       .key = keys[k],
                                                       .answer = MINUTE });
        struct model_request r = { .at_us = 8000000, .key = rows[i].gone, .answer = MINUTE };
        check_row(model_step(model, &r).outcome == MODEL_MISS,
                  model_eviction_name(rows[i].eviction));
        assert_int_equal(model_size(model).evicted, 2);
    }
}

static void test_eviction__names_are_read_back(void **state)
{
    (void)state;
    for (int i = 0; i < EVICTIONS; i++) {
        enum model_eviction found;
        assert_true(
            model_eviction_parse(span_of(model_eviction_name((enum model_eviction)i)), &found));
        assert_int_equal(found, i);
    }
    assert_false(model_eviction_parse(SPAN("clock"), &(enum model_eviction){ 0 }));
}

static void test_model__large_objects_count_in_full(void **state)
{
    (void)state;
    const uint64_t gb = UINT64_C(1) << 30;
    for (int i = 0; i < EVICTIONS; i++) {
        AUTO(variant_space_freep) struct variant_space *space = variant_space_new();
        const struct model_options options = { .capacity_bytes = 20 * gb,
                                               .eviction = (enum model_eviction)i,
                                               .object_overhead_bytes = 1 };
        AUTO(model_freep) struct model *model = model_new(&options, space);
        teach(model);
        struct model_request r = { .key = 7, .answer = MINUTE, .bytes = 6 * gb };
        model_step(model, &r);
        assert_int_equal(model_size(model).bytes, 6 * gb + 1);
        r.key = 8;
        r.bytes = 7 * gb;
        model_step(model, &r);
        r.key = 9; /* there is no room for all three */
        model_step(model, &r);
        assert_int_equal(model_size(model).evicted, 1);
        assert_int_equal(model_size(model).objects, 2);
        assert_true(model_size(model).bytes <= 20 * gb && model_size(model).bytes > 12 * gb);
    }
    AUTO(variant_space_freep) struct variant_space *space = variant_space_new();
    AUTO(model_freep) struct model *model = model_new(&(struct model_options){ 0 }, space);
    teach(model);
    model_step(model, &(struct model_request){ .key = 7, .answer = MINUTE, .bytes = UINT64_MAX });
    assert_int_equal(model_size(model).bytes, MODEL_BYTES_MAX);
}

static void test_model__an_object_larger_than_the_cache_is_not_kept(void **state)
{
    (void)state;
    for (int i = 0; i < EVICTIONS; i++) {
        AUTO(variant_space_freep) struct variant_space *space = variant_space_new();
        const struct model_options options = { .capacity_bytes = 100,
                                               .eviction = (enum model_eviction)i };
        AUTO(model_freep) struct model *model = model_new(&options, space);
        teach(model);
        struct model_request r = { .key = 7, .answer = MINUTE, .bytes = UINT64_MAX };
        model_step(model, &r);
        assert_int_equal(model_size(model).objects, 0);
        assert_int_equal(model_step(model, &r).outcome, MODEL_MISS);
    }
}

static void test_model__many_at_once_are_answered_as_one_by_one(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    AUTO(variant_space_freep) struct variant_space *space = variant_space_new();
    const struct model_options options = { .capacity_objects = 100 };
    AUTO(model_freep) struct model *one = model_new(&options, space);
    AUTO(model_freep) struct model *many = model_new(&options, space);
    AUTO(freep) struct model_request *requests = xcalloc(COUNT, sizeof *requests);
    AUTO(freep) struct model_result *results = xcalloc(COUNT, sizeof *results);
    struct random random = { 3 };
    teach(one);
    teach(many);
    for (size_t i = 0; i < COUNT; i++)
        requests[i] = (struct model_request){ .at_us = (int64_t)i * 100000,
                                              .key = random_below(&random, 200),
                                              .answer = 1 + (uint32_t)random_below(&random, 6) };
    model_run(many, requests, COUNT, results);
    for (size_t i = 0; i < COUNT; i++)
        assert_int_equal(model_step(one, &requests[i]).outcome, results[i].outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_model__a_lifetime_ends_strictly),
        cmocka_unit_test(test_model__requests_during_a_fetch_share_it),
        cmocka_unit_test(test_model__the_same_tag_is_a_revalidation),
        cmocka_unit_test(test_model__no_cache_asks_each_time),
        cmocka_unit_test(test_model__stale_while_revalidate_serves_and_refreshes_once),
        cmocka_unit_test(test_model__what_a_refresh_may_not_store_is_gone),
        cmocka_unit_test(test_model__a_failure_is_covered_while_stale_if_error_lasts),
        cmocka_unit_test(test_model__head_is_answered_from_the_store_and_fills_nothing),
        cmocka_unit_test(test_model__an_answer_to_head_freshens_what_it_agrees_with),
        cmocka_unit_test(test_model__a_head_tells_what_was_there_before),
        cmocka_unit_test(test_model__what_goes_past_leaves_the_store_alone),
        cmocka_unit_test(test_model__what_is_invalidated_is_asked_about_under_every_key),
        cmocka_unit_test(test_model__a_cache_of_whole_seconds_counts_the_last_one),
        cmocka_unit_test(test_model__an_age_from_further_back_shortens_the_lifetime),
        cmocka_unit_test(test_model__vary_keeps_variants_apart),
        cmocka_unit_test(test_model__the_stored_vary_selects_whatever_the_next_answer_would_say),
        cmocka_unit_test(test_model__the_first_variant_may_lead_to_the_others),
        cmocka_unit_test(test_model__no_variant_is_found_without_the_one_that_leads),
        cmocka_unit_test(test_variant_space__more_names_than_it_knows_match_nothing),
        cmocka_unit_test(test_eviction__keeps_within_the_capacity_and_above_fifo_on_skewed_traffic),
        cmocka_unit_test(test_eviction__who_goes),
        cmocka_unit_test(test_eviction__names_are_read_back),
        cmocka_unit_test(test_model__large_objects_count_in_full),
        cmocka_unit_test(test_model__an_object_larger_than_the_cache_is_not_kept),
        cmocka_unit_test(test_model__many_at_once_are_answered_as_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
