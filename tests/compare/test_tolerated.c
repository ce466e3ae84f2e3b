/* What was tolerated is counted alike whether an answer was met before or not. */
#include <stdlib.h>

#include "rehearse/base/random.h"
#include "rehearse/cache/faults.h"
#include "rehearse/cache/policy.h"
#include "support/check.h"
#include "tolerated.h"

static const struct {
    const char *name, *value;
} lines[] = {
    { "Cache-Control", "max-age=60" },
    { "Cache-Control", "max-age=\"60\"" },
    { "Cache-Control", "max-age=60, max-age=5" },
    { "Cache-Control", "no-store, max-age=soon" },
    { "CDN-Cache-Control", "max-age=\"" },
    { "Surrogate-Control", "max-age=1, max-age=2" },
    { "Age", "5" },
    { "age", "7" },
    { "Age", "1, 2" },
    { "Age", "x" },
    { "Date", "Sun, 06 Nov 1994 08:49:37 GMT" },
    { "Date", "Sun, 06 Nov 1994 08:49:38 GMT" },
    { "Date", "Sunday, 06-Nov-94 08:49:37 GMT" },
    { "Date", "Sun, 36 Nov 1994 08:49:37 GMT" },
    { "Expires", "Sun, 06 Nov 1994 08:49:37 GMT" },
    { "Expires", "0" },
    { "Last-Modified", "Tue Nov  8 08:49:37 1994" },
    { "ETag", "\"a\"" },
    { "ETag", "\"b\"" },
    { "ETag", "b" },
    { "Vary", "Accept" },
    { "Vary", "a b" },
    { "Set-Cookie", "a=b; Max-Age=soon" },
    { "Set-Cookie", "=" },
    { "Cache-Status", "a; hit; ttl=x" },
    { "Cache-Status", "\"" },
    { "Cache-Groups", "a" },
    { "No-Vary-Search", "params=(" },
    { "Content-Type", "text/html" },
    { "X-Request-Id", "Age" },
};
#define LINES (sizeof lines / sizeof *lines)

static void add_lines(struct exchange *x, struct random *random, struct arena *arena, bool numbered)
{
    for (uint64_t left = random_below(random, 6); left; left--) {
        uint32_t n = (uint32_t)random_below(random, LINES);
        http_fields_add(&x->response.fields, arena, span_of(lines[n].name),
                        span_of(lines[n].value));
        x->response.fields.at[x->response.fields.len - 1].id = numbered ? n + 1 : 0;
    }
}

struct expected {
    struct cache_fault fault;
    uint64_t answers[2];
};

static void expect(struct expected *all, size_t *len, const struct cache_policy *policy,
                   const struct exchange *x, int side)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct cache_fault faults[CACHE_FAULTS_MAX];
    size_t count = cache_faults_of(policy, &x->response, &arena, faults, CACHE_FAULTS_MAX);
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        while (at < *len && (all[at].fault.sentence != faults[i].sentence ||
                             !span_eq(all[at].fault.field, faults[i].field)))
            at++;
        if (at == *len)
            all[(*len)++] = (struct expected){ .fault = faults[i] };
        all[at].answers[side]++;
    }
}

static void check(const struct cache_policy *policy, bool numbered)
{
    enum { PAIRS = 20000 };
    AUTO(arena_release) struct arena arena = ARENA_INIT, scratch = ARENA_INIT;
    struct tolerances *t = calloc(1, sizeof *t);
    struct expected all[TOLERATED_MAX];
    struct random random = { 7 };
    size_t len = 0;
    for (uint32_t i = 0; i < PAIRS; i++) {
        struct exchange x[2] = { exchange_blank(), exchange_blank() };
        for (int side = 0; side < 2; side++) {
            x[side].response.status = 200;
            x[side].marks = MARK_ALL_RESPONSE_FIELDS;
            add_lines(&x[side], &random, &arena, numbered);
            expect(all, &len, policy ? policy : &cache_policy_cdn, &x[side], side);
        }
        const struct tolerated_pair pair = { { &x[0], &x[1] }, { policy, policy }, i % 40 };
        tolerances_add(t, &pair, &scratch);
    }
    assert_int_equal(t->len, len);
    assert_true(len > 12 && t->beyond == 0);
    for (size_t i = 0; i < len; i++) {
        assert_true(t->at[i].sentence == all[i].fault.sentence);
        assert_true(span_eq(t->at[i].field, all[i].fault.field));
        for (int side = 0; side < 2; side++)
            assert_int_equal(t->at[i].side[side].answers, all[i].answers[side]);
        assert_true(t->at[i].unseen == 0 && t->at[i].more_routes);
    }
    tolerances_release(t);
    free(t);
}

static void test_tolerances__count_what_was_met_before_as_what_was_not(void **state)
{
    (void)state;
    check(NULL, false);
    check(NULL, true);
    check(&cache_policy_optimal, true);
    check(&cache_policy_rfc, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tolerances__count_what_was_met_before_as_what_was_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
