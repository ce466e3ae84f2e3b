/* What may go out, and what may not: one row a request. */
#include "check.h"
#include "guard.h"

enum where { STAGING, STAGING_READ_ONLY, PRODUCTION, SAME_NAME, SAME_NAME_ELSEWHERE };

static struct target *make(enum where where)
{
    struct err err = ERR_INIT;
    struct target *target =
        target_new(where == PRODUCTION ? "production" : "staging", where == PRODUCTION);
    bool same = where == PRODUCTION || where == SAME_NAME || where == SAME_NAME_ELSEWHERE;
    assert_int_equal(target_add_host(target, "shop.example",
                                     same ? "https://shop.example" : "http://127.0.0.1:8080", &err),
                     0);
    if (where == SAME_NAME_ELSEWHERE)
        assert_int_equal(target_add_connect(target, "shop.example:443", "127.0.0.1:8443", &err), 0);
    if (where != PRODUCTION && where != STAGING_READ_ONLY)
        assert_int_equal(target_set_mutations(target, MUTATIONS_ALLOW, &err), 0);
    return target;
}

struct row {
    const char *about;
    enum where where;
    const char *method, *scheme, *authority, *target;
    enum guard_word word;
};

static const struct row rows[] = {
    { "a GET to staging", STAGING, "GET", "http", "127.0.0.1:8080", "/a", GUARD_SEND },
    { "a POST where mutations are allowed", STAGING, "POST", "http", "127.0.0.1:8080", "/cart",
      GUARD_SEND },
    { "a POST where they are not", STAGING_READ_ONLY, "POST", "http", "127.0.0.1:8080", "/cart",
      GUARD_SKIP },
    { "a GET that acts, where they are not", STAGING_READ_ONLY, "GET", "http", "127.0.0.1:8080",
      "/logout", GUARD_SKIP },
    { "an unknown method where they are not", STAGING_READ_ONLY, "FROBNICATE", "http",
      "127.0.0.1:8080", "/a", GUARD_SKIP },
    { "a host that is not in the map", STAGING, "GET", "https", "shop.example", "/a", GUARD_SKIP },
    { "another port of the same host", STAGING, "GET", "http", "127.0.0.1:8081", "/a", GUARD_SKIP },
    { "a scheme that is not HTTP", STAGING, "GET", "ftp", "127.0.0.1:8080", "/a", GUARD_SKIP },
    { "a GET to production", PRODUCTION, "GET", "https", "shop.example", "/a", GUARD_SEND },
    { "a POST to production", PRODUCTION, "POST", "https", "shop.example", "/a", GUARD_SKIP },
    { "a DELETE to production", PRODUCTION, "DELETE", "https", "shop.example", "/a", GUARD_SKIP },
    { "a GET that acts on production", PRODUCTION, "GET", "https", "shop.example", "/logout",
      GUARD_SKIP },
    { "a POST to staging that bears production's name", SAME_NAME, "POST", "https", "shop.example",
      "/a", GUARD_SKIP },
    { "the same with its port written", SAME_NAME, "POST", "https", "shop.example:443", "/a",
      GUARD_SKIP },
    { "the same, but connected elsewhere", SAME_NAME_ELSEWHERE, "POST", "https", "shop.example",
      "/a", GUARD_SEND },
    { "a tunnel", STAGING, "CONNECT", "http", "127.0.0.1:8080", "/a", GUARD_SKIP },
    { "a second request in the target", STAGING, "GET", "http", "127.0.0.1:8080",
      "/a HTTP/1.1\r\nX: y", GUARD_SKIP },
    { "an absolute target", STAGING, "GET", "http", "127.0.0.1:8080", "http://shop.example/",
      GUARD_SKIP },
    { "an empty target", STAGING, "GET", "http", "127.0.0.1:8080", "", GUARD_SKIP },
    { "a method with a space", STAGING, "GET /b", "http", "127.0.0.1:8080", "/a", GUARD_SKIP },
};

static struct http_request request_of(const struct row *row)
{
    return (struct http_request){ .method = span_of(row->method),
                                  .scheme = span_of(row->scheme),
                                  .authority = span_of(row->authority),
                                  .target = span_of(row->target) };
}

static void test_guard__says_to_each_request_what_the_table_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct guard_limits limits = { .error_budget = 2 };
        struct target *target = make(rows[i].where);
        struct guard *guard = guard_new(target, &limits);
        struct http_request wire = request_of(&rows[i]);
        struct guard_decision decision = guard_check(guard, &wire);
        check_row(decision.word == rows[i].word, rows[i].about);
        check_row((decision.reason == NULL) == (decision.word == GUARD_SEND), rows[i].about);
        guard_free(guard);
        target_free(target);
    }
}

static void test_safe_only__refuses_what_the_target_would_allow(void **state)
{
    (void)state;
    struct guard_limits limits = { .error_budget = 2, .safe_only = true };
    struct target *target = make(STAGING);
    struct guard *guard = guard_new(target, &limits);
    struct http_request wire = request_of(&rows[1]);
    assert_int_equal(guard_check(guard, &wire).word, GUARD_SKIP);
    guard_free(guard);
    target_free(target);
}

/* ---- classes ---- */

static enum guard_word word_of(struct guard *guard, const char *method, const char *target)
{
    const struct row row = {
        .method = method, .scheme = "http", .authority = "127.0.0.1:8080", .target = target
    };
    struct http_request wire = request_of(&row);
    return guard_check(guard, &wire).word;
}

static void test_a_class_that_is_refused__is_skipped_and_named(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct guard_limits limits = { .error_budget = 2 };
    struct target *target = make(STAGING);
    assert_int_equal(target_set_class(target, MUTATION_PAYMENT, MUTATIONS_REFUSE, &err), 0);
    struct guard *guard = guard_new(target, &limits);
    assert_int_equal(word_of(guard, "POST", "/cart/add"), GUARD_SEND);
    assert_int_equal(word_of(guard, "POST", "/checkout"), GUARD_SKIP);
    assert_int_equal(word_of(guard, "PUT", "/orders/1"), GUARD_SKIP);
    assert_int_equal(word_of(guard, "GET", "/orders/1"), GUARD_SEND);
    const struct row row = {
        .method = "POST", .scheme = "http", .authority = "127.0.0.1:8080", .target = "/pay"
    };
    struct http_request wire = request_of(&row);
    assert_string_equal(guard_check(guard, &wire).reason,
                        "guard: the target refuses payment requests");
    guard_free(guard);
    target_free(target);
}

static void test_a_login__goes_with_any_mutation_and_with_none_not(void **state)
{
    (void)state;
    for (int any = 0; any < 2; any++) {
        struct err err = ERR_INIT;
        struct arena arena = ARENA_INIT;
        struct guard_limits limits = { .error_budget = 2 };
        struct target *target = make(STAGING_READ_ONLY);
        if (any)
            assert_int_equal(target_set_class(target, MUTATION_CART, MUTATIONS_ALLOW, &err), 0);
        struct guard *guard = guard_new(target, &limits);
        const struct row row = {
            .method = "POST", .scheme = "http", .authority = "127.0.0.1:8080", .target = "/login"
        };
        struct http_request wire = request_of(&row);
        http_fields_add(&wire.fields, &arena, SPAN("Content-Type"),
                        SPAN("application/x-www-form-urlencoded"));
        wire.body = SPAN("username=a&password=b");
        assert_int_equal(guard_check(guard, &wire).word, any ? GUARD_SEND : GUARD_SKIP);
        assert_int_equal(word_of(guard, "POST", "/account/address"), GUARD_SKIP);
        guard_free(guard);
        target_free(target);
        arena_release(&arena);
    }
}

static void test_write_budget__counts_what_went_out_before(void **state)
{
    (void)state;
    struct guard_limits limits = { .error_budget = 2, .writes_before = 3 };
    struct target *target = make(STAGING);
    target_set_write_budget(target, 5);
    struct guard *guard = guard_new(target, &limits);
    assert_int_equal(word_of(guard, "POST", "/a"), GUARD_SEND);
    assert_int_equal(word_of(guard, "GET", "/a"), GUARD_SEND);
    assert_int_equal(word_of(guard, "DELETE", "/a"), GUARD_SEND);
    assert_int_equal(word_of(guard, "POST", "/a"), GUARD_SKIP);
    assert_int_equal(word_of(guard, "GET", "/a"), GUARD_SEND);
    assert_int_equal(guard_writes(guard), 5);
    guard_free(guard);
    target_free(target);
}

static void test_a_field_that_ends_its_line__is_not_sent(void **state)
{
    (void)state;
    static const char *const values[] = { "a\r\nX-Evil: 1", "a\nb", "a\rb" };
    struct guard_limits limits = { .error_budget = 2 };
    struct target *target = make(STAGING);
    struct guard *guard = guard_new(target, &limits);
    for (size_t i = 0; i < 3; i++) {
        struct arena arena = ARENA_INIT;
        struct http_request wire = request_of(&rows[0]);
        http_fields_add(&wire.fields, &arena, SPAN("X-Good"), span_of(values[i]));
        check_row(guard_check(guard, &wire).word == GUARD_SKIP, values[i]);
        arena_release(&arena);
    }
    guard_free(guard);
    target_free(target);
}

static void test_request_budget__stops_the_run_when_it_is_used_up(void **state)
{
    (void)state;
    struct guard_limits limits = { .error_budget = 2, .request_budget = 2 };
    struct target *target = make(STAGING);
    struct guard *guard = guard_new(target, &limits);
    struct http_request wire = request_of(&rows[0]), refused = request_of(&rows[5]);
    assert_int_equal(guard_check(guard, &wire).word, GUARD_SEND);
    assert_int_equal(guard_check(guard, &refused).word, GUARD_SKIP); /* costs nothing */
    assert_int_equal(guard_check(guard, &wire).word, GUARD_SEND);
    assert_int_equal(guard_check(guard, &wire).word, GUARD_STOP);
    assert_non_null(guard_stopped(guard));
    guard_free(guard);
    target_free(target);
}

static void test_error_budget__looks_at_the_last_thousand(void **state)
{
    (void)state;
    struct guard_limits limits = { .error_budget = 0.5 };
    struct target *target = make(STAGING);
    struct guard *guard = guard_new(target, &limits);
    for (unsigned i = 0; i < ERROR_WINDOW_MIN - 1; i++)
        guard_note_outcome(guard, "refused");
    assert_null(guard_stopped(guard)); /* too few to say */
    guard_free(guard);
    guard = guard_new(target, &limits);
    for (unsigned i = 0; i < 5000; i++)
        guard_note_outcome(guard, NULL);
    for (unsigned i = 0; i < ERROR_WINDOW / 2; i++)
        guard_note_outcome(guard, "refused");
    assert_null(guard_stopped(guard));
    guard_note_outcome(guard, "refused");
    assert_non_null(guard_stopped(guard));
    guard_free(guard);
    target_free(target);
}

static void test_kill_switch__stops_what_comes_after_it(void **state)
{
    (void)state;
    volatile int stop = 0;
    struct guard_limits limits = { .error_budget = 2, .stop = &stop };
    struct target *target = make(STAGING);
    struct guard *guard = guard_new(target, &limits);
    struct http_request wire = request_of(&rows[0]);
    assert_int_equal(guard_check(guard, &wire).word, GUARD_SEND);
    stop = 1;
    assert_int_equal(guard_check(guard, &wire).word, GUARD_STOP);
    stop = 0;
    assert_int_equal(guard_check(guard, &wire).word, GUARD_STOP); /* for good */
    guard_free(guard);
    target_free(target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_guard__says_to_each_request_what_the_table_says),
        cmocka_unit_test(test_safe_only__refuses_what_the_target_would_allow),
        cmocka_unit_test(test_a_class_that_is_refused__is_skipped_and_named),
        cmocka_unit_test(test_a_login__goes_with_any_mutation_and_with_none_not),
        cmocka_unit_test(test_write_budget__counts_what_went_out_before),
        cmocka_unit_test(test_a_field_that_ends_its_line__is_not_sent),
        cmocka_unit_test(test_request_budget__stops_the_run_when_it_is_used_up),
        cmocka_unit_test(test_error_budget__looks_at_the_last_thousand),
        cmocka_unit_test(test_kill_switch__stops_what_comes_after_it),
    };
    return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
