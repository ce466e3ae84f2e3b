/* What becomes of recorded values on their way through staging's answers. */
#include "rehearse/session/bound_values.h"
#include <stdio.h>

#include "support/check.h"

struct scene {
    struct bound_values *values;
    struct bound bounds[4];
    size_t count;
    struct arena arena;
    char missing[200];
};

static void add(struct scene *s, uint32_t seq, const char *sink, uint32_t source_seq,
                const char *source, const char *recorded)
{
    s->bounds[s->count++] = (struct bound){ .seq = seq,
                                            .source_seq = source_seq,
                                            .sink = span_of(sink),
                                            .source = span_of(source),
                                            .recorded = span_of(recorded) };
}

static void begin(struct scene *s)
{
    s->values = bound_values_new(s->bounds, s->count);
}

static void close_scene(struct scene *s)
{
    bound_values_free(s->values);
    arena_release(&s->arena);
}

static void answer(struct scene *s, uint32_t seq, const char *type, const char *location,
                   const char *body)
{
    struct exchange x = exchange_blank();
    x.planned = seq;
    x.request.method = SPAN("GET");
    x.request.target = SPAN("/asked");
    x.response.status = location ? 302 : 200;
    http_fields_add(&x.response.fields, &s->arena, SPAN("Content-Type"), span_of(type));
    if (location)
        http_fields_add(&x.response.fields, &s->arena, SPAN("Location"), span_of(location));
    x.response.body = span_of(body);
    bound_values_learn(s->values, seq, &x, &s->arena);
}

static void note(void *ctx, const struct bound *bound)
{
    struct scene *s = ctx;
    snprintf(s->missing, sizeof s->missing, "%.*s", SPAN_ARG(bound->sink));
}

static struct bound_counts ask(struct scene *s, uint32_t seq, const char *method,
                               const char *target, const char *expected)
{
    struct http_request request = { .method = span_of(method), .target = span_of(target) };
    s->missing[0] = '\0';
    struct bound_counts counts = bound_values_apply(s->values, seq, &request, note, s, &s->arena);
    char got[200];
    snprintf(got, sizeof got, "%.*s", SPAN_ARG(request.target));
    assert_string_equal(got, expected);
    return counts;
}

static void test_bound__number_of_staging_goes_where_productions_stood(void **state)
{
    (void)state;
    struct scene s = { .count = 0 };
    add(&s, 1, "path:2", 0, "json:/cart/id", "1007");
    begin(&s);
    answer(&s, 0, "application/json", NULL, "{\"cart\": {\"id\": 88001}}");
    assert_int_equal(ask(&s, 1, "GET", "/carts/1007/lines", "/carts/88001/lines").given, 1);
    close_scene(&s);
}

static void test_bound__value_that_staging_names_too_stays(void **state)
{
    (void)state;
    struct scene s = { .count = 0 };
    add(&s, 1, "path:2", 0, "link:/products/{}#1", "17");
    begin(&s);
    answer(&s, 0, "text/html", NULL, "<a href=/products/3>a</a><a href=/products/17>b</a>");
    assert_int_equal(ask(&s, 1, "GET", "/products/17", "/products/17").kept, 1);
    close_scene(&s);
}

static void test_bound__fewer_of_a_kind_on_staging_give_the_first(void **state)
{
    (void)state;
    struct scene s = { .count = 0 };
    add(&s, 1, "path:2", 0, "link:/lines/{}/remove#1[3]", "1003");
    begin(&s);
    answer(&s, 0, "text/html", NULL, "<form action=/lines/55/remove></form>");
    ask(&s, 1, "POST", "/lines/1003/remove", "/lines/55/remove");
    close_scene(&s);
}

static void test_bound__what_one_request_learned_serves_another(void **state)
{
    (void)state;
    struct scene s = { .count = 0 };
    add(&s, 2, "path:2", 0, "json:/id", "1007");
    add(&s, 4, "path:2", 3, "json:/id", "1007"); /* staging's answer to 3 does not have it */
    begin(&s);
    answer(&s, 0, "application/json", NULL, "{\"id\": 5}");
    ask(&s, 2, "GET", "/lines/1007", "/lines/5");
    answer(&s, 3, "application/json", NULL, "{}");
    ask(&s, 4, "GET", "/lines/1007", "/lines/5");
    close_scene(&s);
}

static void test_bound__value_that_staging_never_gave_is_named(void **state)
{
    (void)state;
    struct scene s = { .count = 0 };
    add(&s, 1, "path:2", 0, "json:/id", "1007");
    add(&s, 2, "path:2", 0, "json:/token", "p~AAAAAAAAAAAAAAAAAAAAAA");
    begin(&s);
    answer(&s, 0, "application/json", NULL, "{}");
    assert_int_equal(ask(&s, 1, "GET", "/lines/1007", "/lines/1007").missing, 1);
    assert_string_equal(s.missing, "path:2");
    /* Tokens are known by name too: that may still find it. */
    assert_int_equal(ask(&s, 2, "GET", "/t/p~AAAAAAAAAAAAAAAAAAAAAA", "/t/p~AAAAAAAAAAAAAAAAAAAAAA").missing, 0);
    assert_string_equal(s.missing, "");
    close_scene(&s);
}

static void test_bound__redirect_gives_the_number(void **state)
{
    (void)state;
    struct scene s = { .count = 0 };
    add(&s, 1, "path:2", 0, "location:/orders/{}#1", "0a1b2c3d-0000-4000-8000-000000000001");
    begin(&s);
    answer(&s, 0, "text/html", "/orders/ffffffff-0000-4000-8000-000000000009", "");
    ask(&s, 1, "GET", "/orders/0a1b2c3d-0000-4000-8000-000000000001", "/orders/ffffffff-0000-4000-8000-000000000009");
    close_scene(&s);
}

static void test_bound__by_shape_takes_what_came_after_the_write(void **state)
{
    (void)state;
    struct scene s = { .count = 0 };
    add(&s, 1, "path:9", BOUND_BY_SHAPE, "link:/none/{}#1", "x"); /* a write that changes nothing */
    add(&s, 3, "path:2", BOUND_BY_SHAPE, "link:/lines/{}/remove#1", "1007");
    add(&s, 4, "path:2", BOUND_BY_SHAPE, "link:/lines/{}/remove#1", "1008");
    begin(&s);
    answer(&s, 0, "text/html", NULL, "<form action=/lines/40/remove></form>");
    ask(&s, 1, "POST", "/cart/add", "/cart/add");
    answer(&s, 2, "text/html", NULL, "<form action=/lines/40/remove></form><form action=/lines/41/remove></form>");
    ask(&s, 3, "POST", "/lines/1007/remove", "/lines/41/remove");
    /* What was there before the session wrote may be somebody else's work: read, never changed. */
    assert_int_equal(ask(&s, 4, "POST", "/lines/1008/remove", "/lines/1008/remove").missing, 1);
    ask(&s, 4, "GET", "/lines/1008/remove", "/lines/40/remove");
    close_scene(&s);
}

static void test_bound__by_shape_takes_ids_of_objects_and_none_twice(void **state)
{
    (void)state;
    struct scene s = { .count = 0 };
    add(&s, 0, "path:9", BOUND_BY_SHAPE, "link:/none/{}#1", "x");
    add(&s, 2, "path:3", BOUND_BY_SHAPE, "link:/api/lines/{}/#1", "1007");
    add(&s, 3, "path:3", BOUND_BY_SHAPE, "link:/api/lines/{}/#1", "1008");
    add(&s, 4, "path:3", BOUND_BY_SHAPE, "link:/api/lines/{}/#1", "1009");
    begin(&s);
    ask(&s, 0, "POST", "/cart/add", "/cart/add");
    answer(&s, 1, "application/json", NULL,
           "{\"cart\": {\"id\": 3, \"lines\": [{\"id\": 41, \"product\": 7}, {\"line_id\": 42}]}}");
    ask(&s, 2, "PATCH", "/api/lines/1007/", "/api/lines/41/");
    ask(&s, 3, "PATCH", "/api/lines/1008/", "/api/lines/42/");
    assert_int_equal(ask(&s, 4, "PATCH", "/api/lines/1009/", "/api/lines/1009/").missing, 1);
    close_scene(&s);
}

static void test_bound__recorded_values_are_read_from_the_requests(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct exchange x[2] = { exchange_blank(), exchange_blank() };
    x[0].seq = 4;
    x[0].request.method = x[1].request.method = SPAN("GET");
    x[0].request.target = SPAN("/lines/1007?token=abc");
    x[1].seq = 5;
    x[1].request.target = SPAN("/");
    struct bound bounds[3] = {
        { .seq = 4, .sink = SPAN("path:2") },
        { .seq = 4, .sink = SPAN("query:token") },
        { .seq = 5, .sink = SPAN("path:3") },
    };
    bounds_read_recorded(bounds, 3, x, 2, &arena);
    assert_true(span_eq(bounds[0].recorded, SPAN("1007")));
    assert_true(span_eq(bounds[1].recorded, SPAN("abc")));
    assert_true(span_is_none(bounds[2].recorded));
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bound__number_of_staging_goes_where_productions_stood),
        cmocka_unit_test(test_bound__value_that_staging_names_too_stays),
        cmocka_unit_test(test_bound__fewer_of_a_kind_on_staging_give_the_first),
        cmocka_unit_test(test_bound__what_one_request_learned_serves_another),
        cmocka_unit_test(test_bound__value_that_staging_never_gave_is_named),
        cmocka_unit_test(test_bound__redirect_gives_the_number),
        cmocka_unit_test(test_bound__by_shape_takes_what_came_after_the_write),
        cmocka_unit_test(test_bound__by_shape_takes_ids_of_objects_and_none_twice),
        cmocka_unit_test(test_bound__recorded_values_are_read_from_the_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
