/* The section `personas`: what each entry becomes. */
#include "rehearse/rehearsal/scenario.h"
#include "support/check.h"

#define MINIMAL "capture: {from: /dev/null}\ntargets: {staging: {hosts: {a: b}}}\n"

static struct scenario *parsed(const char *personas)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    struct scenario *s;
    struct err err = ERR_INIT;
    strbuf_addf(&text, MINIMAL "personas: %s\n", personas);
    if (scenario_parse(&s, "test.yaml", strbuf_span(&text), "", &err) < 0)
        fail_msg("%s", err.text);
    return s;
}

static void test_personas__known_names_are_what_they_say(void **state)
{
    (void)state;
    AUTO(scenario_freep) struct scenario *s = parsed("[anonymous, member, tampered, googlebot]");
    assert_int_equal(s->persona_count, 4);
    assert_false(s->personas[0].logs_in);
    assert_true(s->personas[1].logs_in);
    assert_int_equal(s->personas[2].credentials, CREDENTIALS_TAMPERED);
    check_span(s->personas[3].bot, "Googlebot");
}

static void test_personas__are_what_they_bring(void **state)
{
    (void)state;
    AUTO(scenario_freep)
    struct scenario *s =
        parsed("[{name: german, headers: {Accept-Language: de-AT}}, {name: admin, role: staff},"
               " {name: crawler, user_agent: Crawler/1}, {name: pink, cookies: {theme: pink}, as: "
               "member}]");
    assert_int_equal(s->personas[0].kind, PERSONA_LOCALE);
    check_span(s->personas[0].language, "de");
    assert_int_equal(s->personas[1].kind, PERSONA_MEMBER);
    assert_true(s->personas[1].logs_in);
    assert_int_equal(s->personas[2].kind, PERSONA_BOT);
    check_span(s->personas[2].bot, "Crawler/1");
    assert_int_equal(s->personas[3].kind, PERSONA_OTHER);
    assert_true(s->personas[3].logs_in);
}

static void test_personas__a_flag_asks_twice(void **state)
{
    (void)state;
    AUTO(scenario_freep)
    struct scenario *s =
        parsed("[{name: kill, flag: {header: {X-Kill: \"1\"}, off: \"0\"}, cookies: {a: b},"
               " expect: {/pay: hidden}, expect_off: {/pay: open}},"
               " {name: beta, flag: {cookie: {beta: on}}}]");
    assert_int_equal(s->persona_count, 4);
    check_span(s->personas[0].name, "kill on");
    check_span(s->personas[0].fields[0].value, "1");
    check_span(s->personas[0].cookies[0].name, "a");
    check_span(s->personas[0].expect[0].outcome, "hidden");
    check_span(s->personas[1].name, "kill off");
    check_span(s->personas[1].fields[0].value, "0");
    check_span(s->personas[1].expect[0].outcome, "open");
    assert_int_equal(s->personas[2].cookie_count, 1);
    assert_int_equal(s->personas[3].cookie_count, 0);
}

static void test_personas__none_is_not_the_usual_ones(void **state)
{
    (void)state;
    AUTO(scenario_freep) struct scenario *s = parsed("[]");
    assert_non_null(s->personas_given);
    assert_int_equal(s->persona_count, 0);
}

static void test_personas__a_known_name_takes_expectations(void **state)
{
    (void)state;
    AUTO(scenario_freep)
    struct scenario *s = parsed("[{name: another, expect: {/orders/:id: hidden}}]");
    assert_int_equal(s->personas[0].kind, PERSONA_ANOTHER);
    check_span(s->personas[0].expect[0].route, "/orders/:id");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_personas__known_names_are_what_they_say),
        cmocka_unit_test(test_personas__are_what_they_bring),
        cmocka_unit_test(test_personas__a_flag_asks_twice),
        cmocka_unit_test(test_personas__none_is_not_the_usual_ones),
        cmocka_unit_test(test_personas__a_known_name_takes_expectations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
