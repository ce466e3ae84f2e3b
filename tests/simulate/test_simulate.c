#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/fields.h"

#include "rehearse/base/file.h"
#include "rehearse/cache/profile.h"
#include "rehearse/key/bypass.h"
#include "rehearse/key/key_source.h"
#include "rehearse/simulate/simulate.h"
#include "rehearse/store/store.h"

static const int64_t NOON_US = 1772884800000000;
static const struct key_policy whole_url = { 0 };
static char folder[] = "/tmp/rehearse-simulate-XXXXXX";
static char capture_path[64], run_path[64];

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(capture_path, sizeof capture_path, "%s/a.capture", folder);
    snprintf(run_path, sizeof run_path, "%s/a.run", folder);
    return 0;
}

static int remove_files(void **state)
{
    (void)state;
    store_remove(capture_path);
    store_remove(run_path);
    return 0;
}

static int remove_folder(void **state)
{
    remove_files(state);
    return rmdir(folder);
}

struct line {
    uint64_t session;
    double at_s;
    const char *target, *fields, *logged;
};

static void put(struct store *store, const struct line *line, uint32_t seq)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct exchange x = exchange_blank();
    struct err err = ERR_INIT;
    x.session = line->session;
    x.seq = x.planned = seq;
    x.marks = MARK_ALL_RESPONSE_FIELDS | MARK_ALL_REQUEST_FIELDS;
    x.start_us = NOON_US + (int64_t)(line->at_s * 1e6);
    x.duration_us = 1000;
    x.request.method = SPAN("GET");
    x.request.scheme = SPAN("https");
    x.request.authority = SPAN("shop.example");
    x.request.target = span_of(line->target);
    x.response.status = 200;
    x.response.body_bytes = 1000;
    x.response.fields = fields_from(line->fields, &arena);
    x.cache = line->logged ? span_of(line->logged) : SPAN_NONE;
    assert_int_equal(store_put_exchange(store, &x, 1, &err), 0);
}

static void write_file(const char *path, enum store_kind kind, const struct line *lines,
                       size_t count)
{
    struct store *store;
    struct err err = ERR_INIT;
    uint32_t seqs[8] = { 0 };
    assert_int_equal(store_create(&store, path, kind, true, &err), 0);
    for (size_t i = 0; i < count; i++)
        put(store, &lines[i], seqs[lines[i].session % 8]++);
    assert_int_equal(store_finish(store, &err), 0);
    store_close(store);
}

static struct simulate_options options_of(const struct cache_policy *policy)
{
    struct simulate_cache cache = { .name = policy->name, .policy = policy, .key = &whole_url };
    return (struct simulate_options){ .production = capture_path, .caches = { cache, cache } };
}

static void run(const struct simulate_options *options, struct simulation *ret)
{
    struct err err = ERR_INIT;
    if (simulate(options, ret, &err) < 0)
        fail_msg("%s", err.text);
}

#define MINUTE "Cache-Control: max-age=60\n"

/* Three visitors at once; in order of time: miss, hit, hit, hit, expired. */
static const struct line overlapping[] = {
    { 1, 0, "/a", MINUTE, "MISS" },  { 1, 50, "/a", MINUTE, "HIT" },
    { 2, 10, "/a", MINUTE, "HIT" },  { 2, 71, "/a", MINUTE, "EXPIRED" },
    { 3, 20, "/a", MINUTE, "MISS" }, /* which the model cannot understand */
};

static void test_simulate__sessions_meet_in_one_cache_in_order_of_time(void **state)
{
    (void)state;
    AUTO(simulation_release) struct simulation s = { 0 };
    write_file(capture_path, STORE_CAPTURE, overlapping, 5);
    struct simulate_options options = options_of(&cache_policy_rfc);
    run(&options, &s);
    const uint64_t *outcomes = s.total.production.outcomes;
    assert_int_equal(s.total.production.requests, 5);
    assert_int_equal(outcomes[MODEL_MISS], 1);
    assert_int_equal(outcomes[MODEL_HIT], 3);
    assert_int_equal(outcomes[MODEL_EXPIRED], 1);
    assert_int_equal(s.route_count, 1);
    check_span(s.routes[0].route, "/a");
}

static void test_simulate__the_log_checks_the_model(void **state)
{
    (void)state;
    AUTO(simulation_release) struct simulation s = { 0 };
    write_file(capture_path, STORE_CAPTURE, overlapping, 5);
    struct simulate_options options = options_of(&cache_policy_rfc);
    run(&options, &s);
    const struct simulate_check *check = &s.total.check;
    assert_int_equal(check->requests, 5);
    assert_int_equal(check->both_hit, 2);
    assert_int_equal(check->only_model_hit, 1);
    assert_int_equal(check->only_log_hit, 0);
    assert_int_equal(check->neither_hit, 2);
    assert_true(fabs(simulate_check_error(check) - 20) < 1e-9);
}

static void test_simulate__what_was_not_logged_is_said(void **state)
{
    (void)state;
    AUTO(simulation_release) struct simulation s = { 0 };
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    const struct line lines[] = { { 1, 0, "/a", MINUTE, NULL }, { 1, 1, "/a", MINUTE, NULL } };
    write_file(capture_path, STORE_CAPTURE, lines, 2);
    struct simulate_options options = options_of(&cache_policy_rfc);
    run(&options, &s);
    assert_int_equal(s.total.check.requests, 0);
    simulation_add_text(&s, &text, 10);
    check_contains(text.buf, "logged no hits or misses");
    check_contains(text.buf, "50.00 %");
}

static void test_simulate__no_answers_are_no_forecast_of_nothing(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    struct simulation s = { .caches = { { .name = "x", .key = &whole_url },
                                        { .name = "x", .key = &whole_url } } };
    s.total.production.requests = s.total.production.outcomes[MODEL_UNKNOWN] = 3;
    s.total.staging.requests = s.total.staging.fetches = s.total.staging.outcomes[MODEL_MISS] = 3;
    simulation_add_text(&s, &text, 10);
    check_contains(text.buf, "requests to the origin               –             3\n");
    check_contains(text.buf, "unknown                              3             0\n");
}

static void test_simulate__staging_answers_the_same_requests(void **state)
{
    (void)state;
    AUTO(simulation_release) struct simulation s = { 0 };
    const struct line staging[] = { { 1, 1000, "/a", "Cache-Control: no-store\n", NULL },
                                    { 1, 1001, "/a", MINUTE, NULL },
                                    { 2, 1000, "/a", MINUTE, NULL } };
    write_file(capture_path, STORE_CAPTURE, overlapping, 5);
    write_file(run_path, STORE_RUN, staging, 3);
    struct simulate_options options = options_of(&cache_policy_rfc);
    options.staging = run_path;
    run(&options, &s);
    assert_int_equal(s.pairing.own, 3);
    assert_int_equal(s.pairing.same_key, 2); /* session 2's second, and session 3 */
    /* 0 s is not stored; 10 s is a miss, 20 and 50 s hits, at 71 s it has expired. */
    const uint64_t *outcomes = s.total.staging.outcomes;
    assert_int_equal(outcomes[MODEL_UNCACHEABLE], 1);
    assert_int_equal(outcomes[MODEL_MISS], 1);
    assert_int_equal(outcomes[MODEL_HIT], 2);
    assert_int_equal(outcomes[MODEL_EXPIRED], 1);
    assert_int_equal(s.total.production.outcomes[MODEL_HIT], 3);
}

static void test_simulate__a_changed_field_is_taken_for_staging_on_its_route(void **state)
{
    (void)state;
    const struct line lines[] = { { 1, 0, "/a", MINUTE, NULL },
                                  { 1, 1, "/a", MINUTE, NULL },
                                  { 1, 2, "/b", MINUTE, NULL },
                                  { 1, 3, "/b", MINUTE, NULL } };
    static const struct {
        const char *route, *value;
        uint64_t hits;
    } rows[] = {
        { "", "private", 0 }, { "/a", "private", 1 }, { "/c", "private", 2 }, { "", NULL, 0 }
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(simulation_release) struct simulation s = { 0 };
        const struct simulate_change change = { span_of(rows[i].route), SPAN("cache-control"),
                                                span_of(rows[i].value) };
        write_file(capture_path, STORE_CAPTURE, lines, 4);
        struct simulate_options options = options_of(&cache_policy_rfc);
        options.changes = &change;
        options.change_count = 1;
        run(&options, &s);
        assert_int_equal(s.total.production.outcomes[MODEL_HIT], 2);
        assert_int_equal(s.total.staging.outcomes[MODEL_HIT], rows[i].hits);
        remove_files(NULL);
    }
}

static void test_simulate__nodes_know_nothing_of_each_other(void **state)
{
    (void)state;
    AUTO(simulation_release) struct simulation one = { 0 };
    AUTO(simulation_release) struct simulation many = { 0 };
    struct store *store;
    struct err err = ERR_INIT;
    assert_int_equal(store_create(&store, capture_path, STORE_CAPTURE, true, &err), 0);
    for (uint32_t i = 0; i < 100; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct exchange x = exchange_blank();
        x.session = i + 1;
        x.marks = MARK_ALL_RESPONSE_FIELDS | MARK_ALL_REQUEST_FIELDS;
        x.start_us = NOON_US + i * 10000;
        x.request.method = SPAN("GET");
        x.request.authority = SPAN("shop.example");
        x.request.target = SPAN("/a");
        x.response.status = 200;
        x.response.fields = fields_from(MINUTE, &arena);
        x.client = arena_printf(&arena, "192.0.2.%u", i);
        assert_int_equal(store_put_exchange(store, &x, 1, &err), 0);
    }
    assert_int_equal(store_finish(store, &err), 0);
    store_close(store);
    struct simulate_options options = options_of(&cache_policy_rfc);
    run(&options, &one);
    options.caches[0].nodes = 4;
    run(&options, &many);
    assert_int_equal(one.total.production.outcomes[MODEL_MISS], 1);
    assert_true(many.total.production.outcomes[MODEL_MISS] >= 4);
    assert_true(many.total.production.fetches > many.total.staging.fetches);
}

/* What visitors with these request fields would be told; all ask for the same page. */
static void simulate_visitors(const char *const *fields, size_t count, const char *response,
                              struct simulate_options *options, struct simulation *ret)
{
    struct store *store;
    struct err err = ERR_INIT;
    assert_int_equal(store_create(&store, capture_path, STORE_CAPTURE, true, &err), 0);
    for (size_t i = 0; i < count; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct exchange x = exchange_blank();
        x.session = i + 1;
        x.marks = MARK_ALL_RESPONSE_FIELDS | MARK_ALL_REQUEST_FIELDS;
        x.start_us = NOON_US + (int64_t)i * 1000000;
        x.request.method = SPAN("GET");
        x.request.authority = SPAN("shop.example");
        x.request.target = SPAN("/a");
        x.request.fields = fields_from(fields[i], &arena);
        x.response.status = 200;
        x.response.fields = fields_from(response, &arena);
        assert_int_equal(store_put_exchange(store, &x, 1, &err), 0);
    }
    assert_int_equal(store_finish(store, &err), 0);
    store_close(store);
    run(options, ret);
}

static struct simulate_options options_of_profile(const char *name)
{
    const struct cache_profile *profile = cache_profile_named(span_of(name));
    struct simulate_options options = options_of(profile->policy);
    for (int side = 0; side < 2; side++) {
        options.caches[side].name = profile->name.ptr;
        options.caches[side].key = &key_preset(profile->name)->policy;
    }
    return options;
}

static void test_simulate__says_by_which_rule_requests_pass(void **state)
{
    (void)state;
    AUTO(simulation_release) struct simulation s = { 0 };
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf json = STRBUF_INIT;
    static const char *const fields[] = { "Cookie: a=1\n", "Authorization: Basic eDp5\n",
                                          "Cookie: a=2\n", "" };
    struct simulate_options options = options_of_profile("varnish");
    simulate_visitors(fields, 4, MINUTE, &options, &s);
    assert_int_equal(s.reason_count, 2);
    assert_int_equal(s.reasons[0].requests[0], 2);
    simulation_add_text(&s, &text, 10);
    check_contains(text.buf, "Not answered from the cache, by rule; of all requests\n"
                             "    production       staging\n"
                             "       50.00 %       50.00 %  passed: the request carries Cookie "
                             "(Varnish's builtin VCL)\n"
                             "       25.00 %       25.00 %  passed: the request carries "
                             "Authorization (Varnish's builtin VCL)\n");
    simulation_add_json(&s, &json);
    check_contains(json.buf, "\"not_from_cache\": [\n  {\"outcome\":\"passed\",\"rule\":"
                             "\"B-P1\",\"text\":\"the request carries Cookie (Varnish's builtin "
                             "VCL)\",\"production\":2,\"staging\":2}");
}

static void test_simulate__says_by_which_rule_answers_are_not_stored(void **state)
{
    (void)state;
    AUTO(simulation_release) struct simulation s = { 0 };
    static const char *const fields[] = { "", "Cache-Control: no-store\n", "Cookie: sid=1\n" };
    static const struct bypass_rule rules[] = {
        { .on = BYPASS_COOKIE, .scope = BYPASS_STORE, .name = { "sid", 3 } },
    };
    static const struct key_policy own = { .bypass = rules, .bypass_count = 1 };
    struct simulate_options options = options_of_profile("rfc");
    options.caches[0].key = &own;
    simulate_visitors(fields, 3, "Cache-Control: private\n", &options, &s);
    assert_int_equal(s.reason_count, 3);
    static const struct {
        const char *text;
        uint64_t requests[2];
    } rows[] = {
        { "private keeps it out of shared caches (Cache-Control, RFC 9111 section 5.2.2.7)",
          { 1, 2 } },
        { "The request said no-store (Cache-Control, RFC 9111 section 5.2.1.5)", { 1, 1 } },
        { "cookie \"sid\" is there (the cache's rules)", { 1, 0 } },
    };
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(s.reasons[i].fate, SIMULATE_NOT_STORED);
        check_span(s.reasons[i].text, rows[i].text);
        assert_int_equal(s.reasons[i].requests[0], rows[i].requests[0]);
        assert_int_equal(s.reasons[i].requests[1], rows[i].requests[1]);
    }
}

static void test_simulate__says_what_makes_a_request_ask_the_origin(void **state)
{
    (void)state;
    AUTO(simulation_release) struct simulation s = { 0 };
    static const char *const fields[] = { "", "Cookie: sid=1\n", "Cache-Control: max-age=0\n", "" };
    static const struct bypass_rule rules[] = {
        { .on = BYPASS_COOKIE, .scope = BYPASS_READ, .name = { "sid", 3 } },
    };
    static const struct key_policy own = { .bypass = rules, .bypass_count = 1 };
    struct simulate_options options = options_of_profile("rfc");
    options.caches[0].key = options.caches[1].key = &own;
    simulate_visitors(fields, 4, MINUTE, &options, &s);
    assert_int_equal(s.reason_count, 2);
    assert_string_equal(simulate_fate_name(s.reasons[0].fate), "asked the origin");
    check_span(s.reasons[0].text, "The request asks for the origin's own answer: no-cache, "
                                  "max-age=0 or a reload (Cache-Control, RFC 9111 section 5.2.1)");
    check_span(s.reasons[1].text, "cookie \"sid\" is there (the cache's rules)");
}

static void test_simulate__says_what_of_the_key_s_file_is_left_out(void **state)
{
    (void)state;
    AUTO(simulation_release) struct simulation s = { 0 };
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf json = STRBUF_INIT;
    static const char *const fields[] = { "" };
    static const struct span notes[] = { { "the expression", 14 } };
    struct simulate_options options = options_of_profile("cloudflare");
    for (int side = 0; side < 2; side++) {
        options.caches[side].name_from_key = true;
        options.caches[side].notes = notes;
        options.caches[side].note_count = 1;
    }
    simulate_visitors(fields, 1, MINUTE, &options, &s);
    simulation_add_text(&s, &text, 10);
    check_contains(text.buf, "; cache: cloudflare (as the key is its; --profile names another)\n"
                             "  not taken into account: the expression\n"
                             "  the key also holds what no request shows: the scheme towards");
    simulation_add_json(&s, &json);
    check_contains(json.buf, "\"profile_from_key\":true,\"not_taken_into_account\":[\"the "
                             "expression\"]");
}

static void test_simulate__a_warm_cache_is_told_by_its_hits_unless_cold_is_asked_for(void **state)
{
    (void)state;
    AUTO(simulation_release) struct simulation warm = { 0 };
    AUTO(simulation_release) struct simulation cold = { 0 };
    const struct line lines[] = {
        { 1, 0, "/a", MINUTE "Age: 30\n", "HIT" },
        { 1, 29, "/a", MINUTE "Age: 59\n", "HIT" },
        { 1, 31, "/a", MINUTE "Age: 0\n", "MISS" },
    };
    write_file(capture_path, STORE_CAPTURE, lines, 3);
    struct simulate_options options = options_of(&cache_policy_rfc);
    run(&options, &warm);
    assert_int_equal(warm.total.check.both_hit, 2);
    assert_int_equal(warm.total.check.neither_hit, 1);
    options.cold = true;
    run(&options, &cold);
    assert_int_equal(cold.total.check.only_log_hit, 1);
}

/* Session 1 is read first, and its hit at 10 s follows session 2's miss at 5 s. */
static void test_simulate__first_is_who_asked_first_not_who_was_read_first(void **state)
{
    (void)state;
    AUTO(simulation_release) struct simulation s = { 0 };
    const struct line lines[] = { { 1, 0, "/b", MINUTE, "MISS" },
                                  { 1, 10, "/a", MINUTE, "HIT" },
                                  { 2, 5, "/a", MINUTE, "MISS" } };
    const struct line staging[] = { { 1, 0, "/b", MINUTE, NULL },
                                    { 1, 10, "/a", MINUTE, NULL },
                                    { 2, 5, "/a", "Cache-Control: no-store\n", NULL } };
    write_file(capture_path, STORE_CAPTURE, lines, 3);
    write_file(run_path, STORE_RUN, staging, 3);
    struct simulate_options options = options_of(&cache_policy_rfc);
    options.staging = run_path;
    run(&options, &s);
    assert_int_equal(s.total.check.both_hit, 1);
    assert_int_equal(s.total.staging.outcomes[MODEL_HIT], 0);
    assert_int_equal(s.total.staging.outcomes[MODEL_MISS], 2);
}

static void test_simulate__json_is_the_same_every_time_and_names_its_parts(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf first = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf again = STRBUF_INIT;
    write_file(capture_path, STORE_CAPTURE, overlapping, 5);
    struct simulate_options options = options_of(&cache_policy_rfc);
    options.moments = 2;
    for (int i = 0; i < 2; i++) {
        AUTO(simulation_release) struct simulation s = { 0 };
        run(&options, &s);
        simulation_add_json(&s, i ? &again : &first);
    }
    assert_string_equal(first.buf, again.buf);
    check_contains(first.buf, "\"error_points\":20");
    check_contains(first.buf, "\"over_time\"");
    check_contains(first.buf, "\"origin_requests\":2");
}

static void test_simulate__a_capture_is_no_run(void **state)
{
    (void)state;
    AUTO(simulation_release) struct simulation s = { 0 };
    struct err err = ERR_INIT;
    write_file(capture_path, STORE_CAPTURE, overlapping, 5);
    struct simulate_options options = options_of(&cache_policy_rfc);
    options.staging = capture_path;
    assert_int_equal(simulate(&options, &s, &err), E_USAGE);
    check_contains(err.text, "is a capture");
}

static void test_simulate__a_run_of_another_capture_is_refused(void **state)
{
    (void)state;
    AUTO(simulation_release) struct simulation s = { 0 };
    struct err err = ERR_INIT;
    const struct line other[] = { { 7, 0, "/a", MINUTE, NULL } };
    write_file(capture_path, STORE_CAPTURE, overlapping, 5);
    write_file(run_path, STORE_RUN, other, 1);
    struct simulate_options options = options_of(&cache_policy_rfc);
    options.staging = run_path;
    assert_int_equal(simulate(&options, &s, &err), E_USAGE);
    check_contains(err.text, "holds no answer to any request");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_simulate__sessions_meet_in_one_cache_in_order_of_time,
                                  remove_files),
        cmocka_unit_test_teardown(test_simulate__the_log_checks_the_model, remove_files),
        cmocka_unit_test_teardown(test_simulate__what_was_not_logged_is_said, remove_files),
        cmocka_unit_test_teardown(test_simulate__no_answers_are_no_forecast_of_nothing,
                                  remove_files),
        cmocka_unit_test_teardown(test_simulate__staging_answers_the_same_requests, remove_files),
        cmocka_unit_test_teardown(test_simulate__a_changed_field_is_taken_for_staging_on_its_route,
                                  remove_files),
        cmocka_unit_test_teardown(test_simulate__nodes_know_nothing_of_each_other, remove_files),
        cmocka_unit_test_teardown(test_simulate__says_by_which_rule_requests_pass, remove_files),
        cmocka_unit_test_teardown(test_simulate__says_by_which_rule_answers_are_not_stored,
                                  remove_files),
        cmocka_unit_test_teardown(test_simulate__says_what_makes_a_request_ask_the_origin,
                                  remove_files),
        cmocka_unit_test_teardown(test_simulate__says_what_of_the_key_s_file_is_left_out,
                                  remove_files),
        cmocka_unit_test_teardown(
            test_simulate__a_warm_cache_is_told_by_its_hits_unless_cold_is_asked_for, remove_files),
        cmocka_unit_test_teardown(test_simulate__first_is_who_asked_first_not_who_was_read_first,
                                  remove_files),
        cmocka_unit_test_teardown(test_simulate__json_is_the_same_every_time_and_names_its_parts,
                                  remove_files),
        cmocka_unit_test_teardown(test_simulate__a_capture_is_no_run, remove_files),
        cmocka_unit_test_teardown(test_simulate__a_run_of_another_capture_is_refused, remove_files),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
