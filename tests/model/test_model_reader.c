#include "support/fields.h"

#include "rehearse/key/bypass.h"
#include "rehearse/model/model_reader.h"
#include "rehearse/cache/profile.h"

static const struct key_policy whole_url = { 0 };
static const int64_t NOON_US = 1772884800000000; /* Sat, 07 Mar 2026 12:00:00 GMT */

struct bench {
    struct arena arena;
    struct variant_space *space;
    struct model_reader *reader;
    struct model *model;
};

static void open_bench_with(struct bench *b, const struct cache_policy *policy,
                            const struct key_policy *key)
{
    struct model_options options = model_options_of(policy);
    *b = (struct bench){ .space = variant_space_new() };
    b->reader = model_reader_new(
        &(struct model_reader_options){ .policy = policy, .key = key, .space = b->space });
    b->model = model_new(&options, b->space);
}

static void open_bench(struct bench *b, const struct cache_policy *policy)
{
    open_bench_with(b, policy, &whole_url);
}

static void close_bench(struct bench *b)
{
    model_reader_free(b->reader);
    model_free(b->model);
    variant_space_free(b->space);
    arena_release(&b->arena);
}

struct asked {
    double at_s;
    const char *method, *target;
    const char *request, *response; /* field lines */
    int status;
    uint32_t marks; /* besides: all fields are recorded, unless -1 */
    const char *logged;
    bool first; /* of its key, beside what is asked for at 0 */
};

static struct exchange exchange_of(struct bench *b, const struct asked *a)
{
    struct exchange x = exchange_blank();
    x.marks = MARK_ALL_REQUEST_FIELDS | MARK_ALL_RESPONSE_FIELDS | a->marks;
    x.start_us = NOON_US + (int64_t)(a->at_s * 1e6);
    x.duration_us = x.first_byte_us = 1000;
    x.request.method = span_of(a->method ? a->method : "GET");
    x.request.scheme = SPAN("https");
    x.request.authority = SPAN("shop.example");
    x.request.target = span_of(a->target ? a->target : "/a");
    x.request.fields = fields_from(a->request ? a->request : "", &b->arena);
    x.response.status = a->status ? a->status : 200;
    x.response.fields = fields_from(a->response ? a->response : "", &b->arena);
    x.response.body_bytes = 1000;
    x.cache = a->logged ? span_of(a->logged) : SPAN_NONE;
    return x;
}

static enum model_outcome ask(struct bench *b, const struct asked *a)
{
    struct exchange x = exchange_of(b, a);
    struct model_request r;
    const struct model_reading reading = { &x, &x, cache_outcome_of_text(x.cache), 0 };
    assert_true(model_reader_read(b->reader, &reading, &r));
    model_reader_teach(b->reader, b->model);
    if (a->at_s > 0 && !a->first && (r.flags & MODEL_WAS_THERE)) {
        r.flags &= ~(uint32_t)MODEL_WAS_THERE;
        r.age_s = 0;
    }
    return (enum model_outcome)model_step(b->model, &r).outcome;
}

#define ASK(b, expected, ...)                                                                      \
    assert_string_equal(model_outcome_name(ask((b), &(struct asked){ __VA_ARGS__ })),              \
                        model_outcome_name(expected))

static void test_model_reader__age_is_the_edges_own_count(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &cache_policy_rfc);
    /* As recorded behind the edge: the Age of a hit says nothing of what the origin would say. */
    ASK(&b, MODEL_MISS, 0, .response = "Cache-Control: max-age=60\nAge: 0\n", .logged = "MISS");
    ASK(&b, MODEL_HIT, 59, .response = "Cache-Control: max-age=60\nAge: 59\n", .logged = "HIT");
    ASK(&b, MODEL_EXPIRED, 61, .response = "Cache-Control: max-age=60\nAge: 1\n", .logged = "HIT");
    ASK(&b, MODEL_HIT, 119, .response = "Cache-Control: max-age=60\nAge: 59\n", .logged = "HIT");
    /* But one that came with a fetch is another cache's. */
    ASK(&b, MODEL_MISS, 200, .target = "/b", .response = "Cache-Control: max-age=60\nAge: 50\n",
        .logged = "MISS");
    ASK(&b, MODEL_EXPIRED, 211, .target = "/b", .response = "Cache-Control: max-age=60\n");
    close_bench(&b);
}

static void test_model_reader__a_hit_at_the_start_was_there_before(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &cache_policy_rfc);
    ASK(&b, MODEL_HIT, 0, .response = "Cache-Control: max-age=60\nAge: 50\n", .logged = "HIT");
    ASK(&b, MODEL_HIT, 9, .response = "Cache-Control: max-age=60\nAge: 59\n", .logged = "HIT");
    ASK(&b, MODEL_EXPIRED, 11, .response = "Cache-Control: max-age=60\nAge: 1\n", .logged = "HIT");
    /* Its age by Date, which the edge passes on. */
    ASK(&b, MODEL_HIT, 30, .target = "/b", .logged = "HIT", .first = true,
        .response = "Cache-Control: max-age=60\nDate: Sat, 07 Mar 2026 12:00:00 GMT\n");
    ASK(&b, MODEL_EXPIRED, 61, .target = "/b", .logged = "MISS",
        .response = "Cache-Control: max-age=60\nDate: Sat, 07 Mar 2026 12:01:01 GMT\n");
    close_bench(&b);
}

static void test_model_reader__parts_stand_for_the_whole(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &cache_policy_cdn);
    ASK(&b, MODEL_MISS, 0, .response = "Cache-Control: max-age=60\nETag: \"1\"\n");
    ASK(&b, MODEL_HIT, 1, .request = "If-None-Match: \"1\"\n", .status = 304,
        .response = "ETag: \"1\"\n");
    ASK(&b, MODEL_HIT, 2, .method = "HEAD", .response = "Cache-Control: max-age=60\n");
    ASK(&b, MODEL_REVALIDATED, 70, .request = "If-None-Match: \"1\"\n", .status = 304,
        .response = "ETag: \"1\"\n");
    /* The first that is seen of a key is a 304: the edge fetched the whole, and stores it. */
    ASK(&b, MODEL_MISS, 80, .target = "/b", .request = "If-None-Match: \"1\"\n", .status = 304,
        .response = "Cache-Control: max-age=60\nETag: \"1\"\n");
    ASK(&b, MODEL_HIT, 81, .target = "/b", .response = "Cache-Control: max-age=60\n");
    close_bench(&b);
}

/* A 304 for a file of so many bytes stands for all of them; beyond 2 GB to the next kB. */
static void test_model_reader__sizes_are_kept_whatever_they_are(void **state)
{
    (void)state;
    static const int64_t sizes[] = {
        0, 1000, INT64_C(0x7fffff00), INT64_C(5) << 30, (INT64_C(5) << 30) + 1, INT64_MAX
    };
    struct bench b;
    open_bench(&b, &cache_policy_cdn);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct model_request whole, part;
        struct exchange x =
            exchange_of(&b, &(struct asked){ .response = "Cache-Control: max-age=60\n" });
        uint64_t fields = strlen("Cache-Control") + strlen("max-age=60") + 4;
        uint64_t size = (uint64_t)sizes[i] + fields;
        x.response.body_bytes = sizes[i];
        model_reader_read(b.reader, &(struct model_reading){ &x, &x, OUTCOME_MISS, 0 }, &whole);
        assert_int_equal(whole.bytes, size < MODEL_BYTES_MAX ? size : MODEL_BYTES_MAX);
        x.response.status = 304;
        x.response.body_bytes = 0;
        model_reader_read(b.reader, &(struct model_reading){ &x, &x, OUTCOME_HIT, 0 }, &part);
        assert_true(part.bytes >= whole.bytes && part.bytes < whole.bytes + 1024);
        assert_true(whole.bytes > INT32_MAX || part.bytes == whole.bytes);
    }
    close_bench(&b);
}

static void test_model_reader__goes_past_the_cache_in_out_or_both(void **state)
{
    (void)state;
    static const struct bypass_rule rules[] = {
        { .on = BYPASS_COOKIE, .name = { "both", 4 } },
        { .on = BYPASS_COOKIE, .name = { "in", 2 }, .scope = BYPASS_READ },
        { .on = BYPASS_COOKIE, .name = { "out", 3 }, .scope = BYPASS_STORE },
    };
    static const struct key_policy key = { .bypass = rules, .bypass_count = 3 };
    static const char stored[] = "Cache-Control: max-age=60\n";
    struct bench b;
    open_bench_with(&b, &cache_policy_cdn, &key);
    ASK(&b, MODEL_PASS, .at_s = 0, .response = stored, .request = "Cookie: both=1\n");
    ASK(&b, MODEL_UNCACHEABLE, .at_s = 1, .first = true, .response = stored,
        .request = "Cookie: out=1\n");
    ASK(&b, MODEL_MISS, .at_s = 2, .first = true, .response = stored, .request = "Cookie: in=1\n");
    ASK(&b, MODEL_HIT, .at_s = 3, .response = stored);
    ASK(&b, MODEL_HIT, .at_s = 4, .response = stored, .request = "Cookie: out=1\n");
    ASK(&b, MODEL_PASS, .at_s = 5, .response = stored, .request = "Cookie: both=1\n");
    ASK(&b, MODEL_EXPIRED, .at_s = 50, .response = stored, .request = "Cookie: in=1\n");
    ASK(&b, MODEL_HIT, .at_s = 100, .response = stored);
    close_bench(&b);
}

static void test_model_reader__what_is_not_recorded_is_unknown(void **state)
{
    (void)state;
    struct bench b;
    struct exchange x;
    struct model_request r;
    open_bench(&b, &cache_policy_rfc);
    x = exchange_of(&b, &(struct asked){ .response = "Content-Type: text/html\n" });
    x.marks = 0;
    assert_true(model_reader_read(b.reader, &(struct model_reading){ &x, &x, OUTCOME_HIT, 0 }, &r));
    assert_true(r.flags & MODEL_HAS_NO_ANSWER);
    x.response.fields = (struct http_fields){ 0 };
    http_fields_add(&x.response.fields, &b.arena, SPAN("Cache-Control"), SPAN_NONE);
    assert_true(
        model_reader_read(b.reader, &(struct model_reading){ &x, &x, OUTCOME_MISS, 0 }, &r));
    assert_false(r.flags & MODEL_HAS_NO_ANSWER); /* known to be absent */
    struct model_gaps gaps = model_reader_gaps(b.reader);
    assert_int_equal(gaps.requests, 2);
    assert_int_equal(gaps.without_answer, 1);
    assert_int_equal(gaps.without_vary, 1);
    assert_int_equal(gaps.without_request_fields, 2);
    x.marks = MARK_FROM_BROWSER_CACHE;
    assert_false(
        model_reader_read(b.reader, &(struct model_reading){ &x, &x, OUTCOME_MISS, 0 }, &r));
    close_bench(&b);
}

static void test_model_reader__expires_counts_from_date(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &cache_policy_rfc);
    static const char fields[] = "Date: Sat, 07 Mar 2026 12:00:00 GMT\n"
                                 "Expires: Sat, 07 Mar 2026 12:01:00 GMT\n";
    ASK(&b, MODEL_MISS, 0, .response = fields);
    ASK(&b, MODEL_HIT, 59, .response = fields);
    ASK(&b, MODEL_EXPIRED, 61,
        .response = "Date: Sat, 07 Mar 2026 12:01:01 GMT\n"
                    "Expires: Sat, 07 Mar 2026 12:11:01 GMT\n");
    ASK(&b, MODEL_HIT, 600, .response = fields);
    close_bench(&b);
}

static void test_model_reader__profiles_differ(void **state)
{
    (void)state;
    static const struct {
        const char *profile;
        const char *request, *response;
        enum model_outcome first, second;
    } rows[] = {
        { "rfc", "Cookie: a=1\n", "Cache-Control: max-age=60\n", MODEL_MISS, MODEL_HIT },
        { "varnish", "Cookie: a=1\n", "Cache-Control: max-age=60\n", MODEL_PASS, MODEL_PASS },
        { "nginx", "Cookie: a=1\n", "Cache-Control: max-age=60\n", MODEL_MISS, MODEL_HIT },
        { "rfc", NULL, "Cache-Control: max-age=60\nSet-Cookie: a=1\n", MODEL_MISS, MODEL_HIT },
        { "nginx", NULL, "Cache-Control: max-age=60\nSet-Cookie: a=1\n", MODEL_UNCACHEABLE,
          MODEL_UNCACHEABLE },
        { "varnish", NULL, "Content-Type: text/html\n", MODEL_MISS, MODEL_HIT },
        { "nginx", NULL, "Content-Type: text/html\n", MODEL_UNCACHEABLE, MODEL_UNCACHEABLE },
        { "rfc", "Cache-Control: no-cache\n", "Cache-Control: max-age=60\nETag: \"1\"\n",
          MODEL_MISS, MODEL_REVALIDATED },
        { "nginx", "Cache-Control: no-cache\n", "Cache-Control: max-age=60\n", MODEL_MISS,
          MODEL_HIT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bench b;
        open_bench(&b, cache_profile_named(span_of(rows[i].profile))->policy);
        struct asked a = { .request = rows[i].request, .response = rows[i].response };
        check_row(ask(&b, &a) == rows[i].first, rows[i].response);
        a.at_s = 5;
        check_row(ask(&b, &a) == rows[i].second, rows[i].response);
        close_bench(&b);
    }
}

/* Whether a HEAD fills the cache: only where it is fetched as GET. */
static void test_model_reader__head_is_taken_as_the_product_takes_it(void **state)
{
    (void)state;
    static const char stored[] = "Cache-Control: max-age=60\nETag: \"a\"\n";
    static const struct {
        const char *profile;
        bool fills;
        uint32_t flags;
    } rows[] = {
        { "rfc", false, MODEL_ASKS_HEAD | MODEL_HEAD_UPDATES },
        { "nginx", true, 0 },
        { "varnish", true, 0 },
        { "fastly", true, 0 },
        { "akamai", true, 0 },
        { "cloudflare", true, 0 },
        { "squid", false, MODEL_ASKS_HEAD },
        { "apache", false, MODEL_ASKS_HEAD },
        { "haproxy", false, MODEL_ASKS_HEAD },
        { "trafficserver", false, MODEL_ASKS_HEAD },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bench b;
        struct model_request r;
        open_bench(&b, cache_profile_named(span_of(rows[i].profile))->policy);
        struct asked a = {
            .method = "HEAD", .target = "/a.css", .response = stored, .logged = "MISS"
        };
        struct exchange x = exchange_of(&b, &a);
        model_reader_read(b.reader, &(struct model_reading){ &x, &x, OUTCOME_MISS, 0 }, &r);
        check_row(r.flags == rows[i].flags, rows[i].profile);
        check_row(ask(&b, &a) == (rows[i].fills ? MODEL_MISS : MODEL_UNCACHEABLE), rows[i].profile);
        a.method = "GET";
        a.at_s = 1;
        check_row(ask(&b, &a) == (rows[i].fills ? MODEL_HIT : MODEL_MISS), rows[i].profile);
        a.method = "HEAD";
        a.at_s = 2;
        check_row(ask(&b, &a) == MODEL_HIT, rows[i].profile);
        close_bench(&b);
    }
}

static void test_model_reader__nginx_counts_whole_seconds_and_fetches_for_each(void **state)
{
    (void)state;
    struct model_options options = model_options_of(cache_profile_named(SPAN("nginx"))->policy);
    assert_true(options.whole_seconds);
    assert_true(options.no_collapsing);
    assert_true(options.no_validation);
    assert_true(options.no_refresh_behind);
    assert_true(options.first_leads);
    options = model_options_of(cache_profile_named(SPAN("varnish"))->policy);
    assert_false(options.whole_seconds);
    assert_false(options.no_collapsing);
    assert_false(options.no_refresh_behind);
    assert_false(options.first_leads);
}

static void test_model_reader__a_write_makes_its_uri_and_that_of_location_invalid(void **state)
{
    (void)state;
    static const struct {
        const char *profile, *method;
        int status;
        size_t count;
    } rows[] = { { "rfc", "POST", 303, 2 },
                 { "rfc", "GET", 303, 0 },
                 { "rfc", "POST", 500, 0 },
                 { "varnish", "POST", 303, 0 },
                 { "nginx", "POST", 303, 0 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bench b;
        uint64_t places[INVALIDATED_MAX] = { 0 };
        struct model_request r;
        open_bench(&b, cache_profile_named(span_of(rows[i].profile))->policy);
        struct exchange x = exchange_of(&b, &(struct asked){ .method = rows[i].method,
                                                             .target = "/cart/add",
                                                             .response = "Location: /\n",
                                                             .status = rows[i].status });
        struct exchange y = exchange_of(&b, &(struct asked){ .target = "/", .request = "A: b\n" });
        check_row(model_reader_invalidated(b.reader, &x, &x.response, places) == rows[i].count,
                  rows[i].profile);
        model_reader_read(b.reader, &(struct model_reading){ &y, &y, OUTCOME_MISS, 0 }, &r);
        check_row(rows[i].count == 0 || places[1] == r.place, rows[i].profile);
        close_bench(&b);
    }
}

static void test_model_reader__guesses_by_key_then_by_route(void **state)
{
    (void)state;
    struct bench b;
    struct model_request r;
    open_bench(&b, &cache_policy_rfc);
    struct exchange x = exchange_of(&b, &(struct asked){ .target = "/p/1" });
    assert_int_equal(model_reader_guess(b.reader, &x, 3, &r), GUESS_NONE);
    struct exchange y = exchange_of(
        &b, &(struct asked){ .target = "/p/2", .response = "Cache-Control: max-age=60\n" });
    model_reader_read(b.reader, &(struct model_reading){ &y, &y, OUTCOME_MISS, 3 }, &r);
    uint32_t answer = r.answer;
    assert_int_equal(model_reader_guess(b.reader, &x, 3, &r), GUESS_BY_ROUTE);
    assert_int_equal(r.answer, answer);
    assert_int_equal(model_reader_guess(b.reader, &y, 4, &r), GUESS_BY_KEY);
    assert_int_equal(r.answer, answer);
    assert_int_equal(model_reader_guess(b.reader, &x, 4, &r), GUESS_NONE);
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_model_reader__age_is_the_edges_own_count),
        cmocka_unit_test(test_model_reader__a_hit_at_the_start_was_there_before),
        cmocka_unit_test(test_model_reader__parts_stand_for_the_whole),
        cmocka_unit_test(test_model_reader__sizes_are_kept_whatever_they_are),
        cmocka_unit_test(test_model_reader__goes_past_the_cache_in_out_or_both),
        cmocka_unit_test(test_model_reader__what_is_not_recorded_is_unknown),
        cmocka_unit_test(test_model_reader__expires_counts_from_date),
        cmocka_unit_test(test_model_reader__profiles_differ),
        cmocka_unit_test(test_model_reader__head_is_taken_as_the_product_takes_it),
        cmocka_unit_test(test_model_reader__nginx_counts_whole_seconds_and_fetches_for_each),
        cmocka_unit_test(test_model_reader__a_write_makes_its_uri_and_that_of_location_invalid),
        cmocka_unit_test(test_model_reader__guesses_by_key_then_by_route),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
