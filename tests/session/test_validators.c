/* What a visitor's conditional requests ask about on staging. */
#include <stdio.h>

#include "rehearse/session/validators.h"
#include "support/check.h"

static void learn(struct validators *v, const char *target, const char *tag, const char *date,
                  int status)
{
    struct arena arena = ARENA_INIT;
    struct http_response response = { .status = status };
    if (tag)
        http_fields_add(&response.fields, &arena, SPAN("ETag"), span_of(tag));
    if (date)
        http_fields_add(&response.fields, &arena, SPAN("Last-Modified"), span_of(date));
    validators_learn(v, span_of(target), &response);
    arena_release(&arena);
}

#define DATE "Sat, 07 Mar 2026 09:15:32 GMT"

static void test_validators__are_those_of_the_last_whole_answer(void **state)
{
    (void)state;
    AUTO(validators_freep) struct validators *v = validators_new();
    learn(v, "/a", "\"1\"", DATE, 200);
    learn(v, "/a", "\"2\"", DATE, 200);
    learn(v, "/a", "\"gone\"", NULL, 404);
    learn(v, "/b", NULL, DATE, 200);
    check_span(validators_find(v, SPAN("/a"), SPAN("If-None-Match"), SPAN("\"x\"")), "\"2\"");
    check_span(validators_find(v, SPAN("/a"), SPAN("If-Modified-Since"), SPAN("x")), DATE);
    check_span(validators_find(v, SPAN("/a"), SPAN("If-Range"), SPAN("\"x\"")), "\"2\"");
    check_span(validators_find(v, SPAN("/a"), SPAN("If-Range"), SPAN("Sat")), DATE);
    check_span(validators_find(v, SPAN("/b"), SPAN("If-Match"), SPAN("\"x\"")), NULL);
    check_span(validators_find(v, SPAN("/c"), SPAN("If-None-Match"), SPAN("\"x\"")), NULL);
}

static void test_validators__forget_what_came_first(void **state)
{
    (void)state;
    AUTO(validators_freep) struct validators *v = validators_new();
    char target[32];
    for (unsigned i = 0; i < 3 * VALIDATORS_MAX; i++) {
        snprintf(target, sizeof target, "/%u", i);
        learn(v, target, "\"t\"", NULL, 200);
    }
    check_span(validators_find(v, span_of(target), SPAN("If-None-Match"), SPAN("")), "\"t\"");
    check_span(validators_find(v, SPAN("/0"), SPAN("If-None-Match"), SPAN("")), NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_validators__are_those_of_the_last_whole_answer),
        cmocka_unit_test(test_validators__forget_what_came_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
