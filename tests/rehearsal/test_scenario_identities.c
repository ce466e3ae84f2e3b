#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "rehearse/base/file.h"
#include "rehearse/rehearsal/scenario.h"
#include "support/check.h"

static char folder[] = "/tmp/rehearse-identities-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    char path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a.log", folder);
    setenv("REHEARSE_TEST_SECRET", "s3:&", 1);
    return file_write(path, SPAN("x\n"), 0600, NULL);
}

static int remove_folder(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof path, "%s/a.log", folder);
    unlink(path);
    return rmdir(folder);
}

static int parse(struct scenario **ret, const char *identities, struct err *err)
{
    char text[4096];
    snprintf(text, sizeof text,
             "capture: {from: a.log}\ntargets: {staging: {hosts: {a: \"127.0.0.1:1\"}}}\n%s\n",
             identities);
    return scenario_parse(ret, "s.yaml", span_of(text), folder, err);
}

static void test_identities__every_kind_of_step_is_read(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    AUTO(scenario_freep) struct scenario *s = NULL;
    int rc = parse(
        &s,
        "identities:\n"
        "  accounts: accounts.csv\n"
        "  sessions: all\n"
        "  login:\n"
        "    steps:\n"
        "      - {form: /login, fields: {tenant: \"${tenant}\"}, cookie: sid}\n"
        "      - oidc: https://shop.example/sso\n"
        "      - get: /csrf\n"
        "      - post: /api/login\n"
        "        headers: {X-A: b}\n"
        "        json: {user: \"${username}\", n: 1, deep: [true, \"1\", {p: \"${password}\"}]}\n"
        "        token: data.jwt\n"
        "        header: X-Auth-Token\n"
        "        refresh: /api/refresh\n"
        "      - {oauth: /token, grant: client_credentials, scope: a b,\n"
        "         client: {id: app, secret: \"${env:REHEARSE_TEST_SECRET}\", by: body}}\n"
        "      - {certificate: \"certs/${username}.pem\", key: k.pem}\n"
        "      - basic\n",
        &err);
    if (rc < 0)
        fail_msg("%s", err.text);
    const struct login_step *step = s->login.steps;
    assert_int_equal(s->login.count, 7);
    assert_true(s->identities_for_all);
    check_contains(s->accounts, "/accounts.csv");

    assert_int_equal(step[0].kind, LOGIN_FORM);
    check_span(step[0].url, "/login");
    check_span(step[0].cookie, "sid");
    check_span(step[0].items[0].name, "tenant");
    check_span(step[0].items[0].value, "${tenant}");
    assert_int_equal(step[1].kind, LOGIN_OIDC);
    check_span(step[1].url, "https://shop.example/sso");
    assert_int_equal(step[2].kind, LOGIN_REQUEST);
    check_span(step[2].method, "GET");
    assert_false(step[2].wants_login);
    assert_int_equal(step[3].kind, LOGIN_REQUEST);
    check_span(step[3].method, "POST");
    check_span(step[3].body,
               "{\"user\":\"${username}\",\"n\":1,\"deep\":[true,\"1\",{\"p\":\"${password}\"}]}");
    check_span(step[3].content_type, "application/json");
    check_span(step[3].token, "data.jwt");
    check_span(step[3].header, "X-Auth-Token");
    check_span(step[3].refresh, "/api/refresh");
    check_span(step[3].fields[0].name, "X-A");
    assert_int_equal(step[4].kind, LOGIN_OAUTH);
    assert_int_equal(step[4].grant, GRANT_CLIENT_CREDENTIALS);
    check_span(step[4].client_secret, "s3:&");
    assert_true(step[4].client_in_body);
    assert_int_equal(step[5].kind, LOGIN_CERTIFICATE);
    assert_true(span_ends(step[5].certificate, SPAN("/certs/${username}.pem")));
    assert_int_equal(step[6].kind, LOGIN_BASIC);
}

static void test_identities__accounts_can_be_made(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    AUTO(scenario_freep) struct scenario *s = NULL;
    int rc = parse(&s,
                   "identities: {accounts: {register: {steps: [{form: /join}]}, count: 20}, "
                   "login: {steps: [{form: /login}]}}",
                   &err);
    if (rc < 0)
        fail_msg("%s", err.text);
    assert_int_equal(s->accounts_made, 20);
    assert_true(s->registration.registers);
    assert_null(s->accounts);

    AUTO(strbuf_release) struct strbuf yaml = STRBUF_INIT;
    scenario_add_yaml(s, &yaml);
    check_contains(yaml.buf, "identities: {\"accounts\": {\"register\": ");
}

static void test_identities__errors_name_the_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } rows[] = {
        { "identities: {account: a}", "s.yaml:3:14: unknown key \"account\"" },
        { "identities: {accounts: [a]}",
          "s.yaml:3:24: accounts: found a list, expected the path of a CSV file" },
        { "identities: {accounts: {count: 3}}",
          "s.yaml:3:24: missing: \"register\" with the steps" },
        { "identities: {accounts: {register: {steps: [{form: /j}]}}}", "expected \"count\"" },
        { "identities: {login: {}}", "\"steps\" of the login" },
        { "identities: {login: {steps: []}}", "expected a list with at least one step" },
        { "identities: {login: {steps: [{cookie: a}]}}", "expected a step with one of form," },
        { "identities: {login: {steps: [{form: /a, oidc: /b}]}}", "expected a step with one of" },
        { "identities: {login: {steps: [{form: /a, json: {a: b}}]}}",
          "a step \"form\" does not take all of the words beside it" },
        { "identities: {login: {steps: [{post: /a, json: {a: b}, fields: {a: b}}]}}",
          "expected one of fields and json in a step" },
        { "identities: {login: {steps: [{form: login}]}}",
          "s.yaml:3:37: form: found \"login\", expected a path such as" },
        { "identities: {login: {steps: [{form: /a, fields: [b]}]}}", "expected a map of names" },
        { "identities: {login: {steps: [{oauth: /a, grant: code}]}}",
          "expected password or client_credentials" },
        { "identities: {login: {steps: [{oauth: /a, client: {secret: x}}]}}",
          "\"id\" of the client" },
        { "identities: {login: {steps: [{oauth: /a, client: {id: "
          "\"${env:REHEARSE_NOT_THERE}\"}}]}}",
          "s.yaml:3:56: ${env:REHEARSE_NOT_THERE}: the environment has no such variable" },
        { "identities: {login: {steps: [{form: /a}]}}", "\"accounts\" for a login that needs one" },
        { "identities: {sessions: some}",
          "s.yaml:3:24: sessions: found \"some\", expected logged_in, or all" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = ERR_INIT;
        AUTO(scenario_freep) struct scenario *s = NULL;
        check_row(parse(&s, rows[i].text, &err) == E_USAGE, rows[i].text);
        check_contains(err.text, rows[i].error);
    }
}

static void test_identities__options_speak_the_same_words(void **state)
{
    (void)state;
    static const char *const steps[] = { "get: /csrf", "{post: /in, json: {p: \"${password}\"}}",
                                         "basic" };
    struct err err = ERR_INIT;
    AUTO(scenario_freep) struct scenario *s = scenario_new();
    if (scenario_set_identities(s, "my accounts.csv", steps, 3, &err) < 0)
        fail_msg("%s", err.text);
    assert_string_equal(s->accounts, "my accounts.csv");
    assert_int_equal(s->login.count, 3);
    assert_int_equal(s->login.steps[2].kind, LOGIN_BASIC);

    static const char *const wrong[] = { "from: /login" };
    AUTO(scenario_freep) struct scenario *other = scenario_new();
    assert_int_equal(scenario_set_identities(other, "a.csv", wrong, 1, &err), E_USAGE);
    check_contains(err.text, "--login:1:");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identities__every_kind_of_step_is_read),
        cmocka_unit_test(test_identities__accounts_can_be_made),
        cmocka_unit_test(test_identities__errors_name_the_place),
        cmocka_unit_test(test_identities__options_speak_the_same_words),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
