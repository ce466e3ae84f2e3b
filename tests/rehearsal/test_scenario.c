#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "rehearse/base/file.h"
#include "rehearse/rehearsal/scenario.h"
#include "rehearse/rehearsal/units.h"
#include "support/check.h"

/* A folder with one log in it, for scenarios whose files must exist. */
static char folder[] = "/tmp/rehearse-scenario-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    char path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a.log", folder);
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

#define MINIMAL                                                                                    \
    "capture: {from: a.log}\ntargets: {staging: {hosts: {shop.example: \"127.0.0.1:1\"}}}\n"

static int parse(struct scenario **ret, const char *text, struct err *err)
{
    return scenario_parse(ret, "s.yaml", span_of(text), folder, err);
}

static void test_scenario__minimal_gets_every_default(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    AUTO(scenario_freep) struct scenario *s = NULL;
    assert_int_equal(parse(&s, MINIMAL, &err), 0);
    assert_int_equal(s->capture.from_count, 1);
    check_contains(s->capture.from[0], "/a.log");
    assert_string_equal(s->staging.hosts[0].production, "shop.example");
    assert_false(s->staging.mutations);
    assert_true(s->staging.tls_verify);
    assert_int_equal(s->baseline, BASELINE_RECORDED);
    assert_true(s->gate_count > 0);
    check_contains(s->report_folder, folder);
}

static void test_scenario__reads_what_the_design_shows(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    AUTO(scenario_freep) struct scenario *s = NULL;
    int rc = parse(&s,
                   "name: storefront-upgrade\n"
                   "capture: {from: [a.log], format: auto, session: {cookie: [sid], idle_gap: "
                   "10m}, sample: 10%}\n"
                   "targets:\n"
                   "  production: {hosts: {shop.example: shop.example}, baseline: recorded}\n"
                   "  staging:\n"
                   "    hosts: {shop.example: \"shop.staging.test:8443\"}\n"
                   "    connect: {\"shop.staging.test:8443\": \"127.0.0.1:8443\"}\n"
                   "    mutations: allow\n"
                   "identities: {accounts: accounts.csv}\n"
                   "routes: [{match: /products/:id, segment: shop, owner: platform, risk: high, "
                   "stale_at_most: 60s}]\n"
                   "replay: {speed: max, concurrency: 8}\n"
                   "compare: {ignore: [X-Build]}\n"
                   "gates: [{findings: {critical: 0, major: 2}}, {command: \"true\", name: schema "
                   "drift, owner: data}]\n"
                   "report: {dir: out/}\n",
                   &err);
    assert_string_equal(err.text, "");
    assert_int_equal(rc, 0);
    assert_string_equal(s->name, "storefront-upgrade");
    assert_string_equal(s->capture.session_cookies[0], "sid");
    assert_int_equal(s->capture.idle_gap_us, 600000000);
    assert_true(s->capture.sample > 0.099 && s->capture.sample < 0.101);
    assert_true(s->staging.mutations);
    assert_string_equal(s->staging.connect[0].place, "127.0.0.1:8443");
    check_span(s->routes[0].match, "/products/:id");
    assert_int_equal(s->routes[0].stale_at_most_s, 60);
    assert_int_equal(s->gate_count, 2);
    assert_int_equal(s->gates[0].at_most[SEVERITY_MAJOR], 2);
    assert_int_equal(s->gates[0].at_most[SEVERITY_MINOR], -1);
    check_span(s->gates[1].name, "schema drift");
    check_span(s->ignore[0], "X-Build");
}

static void test_scenario__takes_json(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    AUTO(scenario_freep) struct scenario *s = NULL;
    assert_int_equal(parse(&s,
                           "{\"capture\": {\"from\": \"a.log\"}, \"targets\": {\"staging\": "
                           "{\"hosts\": {\"a.example\": \"http://127.0.0.1:1\"}}}}",
                           &err),
                     0);
    assert_string_equal(s->staging.hosts[0].place, "http://127.0.0.1:1");
}

static void test_scenario__errors_name_line_column_and_what_was_expected(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } rows[] = {
        { MINIMAL "gates: [{predicted_hit_ratio: {drop_at_most: 1px}}]\n",
          "s.yaml:3:46: drop_at_most: found \"1px\", expected percentage points such as 1pt or "
          "0.5pt" },
        { MINIMAL "gate: []\n", "s.yaml:3:1: unknown key \"gate\"; did you mean \"gates\"?" },
        { MINIMAL "zzz: 1\n", "s.yaml:3:1: unknown key \"zzz\"; expected one of name, capture" },
        { MINIMAL "replay: {speed: fast}\n",
          "s.yaml:3:17: speed: found \"fast\", expected a number" },
        { MINIMAL "replay: {speed: 0}\n",
          "s.yaml:3:17: speed: found \"0\", expected a factor above 0" },
        { MINIMAL "replay: {timeout: 30}\n", "found \"30\", expected a time such as" },
        { MINIMAL "routes: {a: b}\n", "routes: found a map, expected a list of routes" },
        { MINIMAL "routes: [{match: x}]\n", "expected a route with \"match\"" },
        { MINIMAL "name: a\nname: b\n",
          "s.yaml:4:1: \"name\" is here for the second time (first on line 3)" },
        { MINIMAL "personas: member\n", "a list of personas" },
        { MINIMAL "personas: [stranger]\n", "anonymous, member, expired" },
        { MINIMAL "personas: [member, member]\n", "there is one of this name" },
        { MINIMAL "personas: [{role: admin}]\n", "missing: \"name\"" },
        { MINIMAL "personas: [{name: a, expect: {/a: shut}}]\n", "one of: open, to login" },
        { MINIMAL "personas: [{name: a, flag: {off: x}}]\n", "one header or one cookie" },
        { MINIMAL "personas: [{name: a, cookies: {a: \"b; c\"}}]\n", "without spaces" },
        { MINIMAL "personas: [{name: a, headers: {Host: b}}]\n", "fields other than Host" },
        { "capture: {from: none.log}\n", "none.log: no such file" },
        { "capture: {from: []}\n", "expected a path or a list of paths" },
        { "capture: {from: a.log}\n", "missing: \"targets\"" },
        { "targets: {staging: {hosts: {a: b}}}\n", "missing: \"capture\"" },
        { "targets: {production: {mutations: allow}}\n", "mutations are never sent to production" },
        { "a: [1\n", "not readable as YAML" },
        { "a: &x 1\nb: *x\n", "aliases are not taken here" },
        { "name: x\n%\xff"
          "r\n",
          "s.yaml:2:2: found byte 0xff, expected UTF-8 text" },
        { "just a word\n", "expected a map" },
        { "capture: {from: a.log, strict: yes}\n",
          "strict: found \"yes\", expected true or false" },
        { "capture: {from: a.log, sample: 120%}\n", "expected a share such as" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = ERR_INIT;
        struct scenario *s = NULL;
        assert_int_equal(parse(&s, rows[i].text, &err), E_USAGE);
        check_contains(err.text, rows[i].error);
        assert_null(s);
    }
}

static void test_scenario__what_it_prints_it_reads_back(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    AUTO(scenario_freep) struct scenario *s = NULL;
    AUTO(scenario_freep) struct scenario *again = NULL;
    AUTO(strbuf_release) struct strbuf yaml = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf twice = STRBUF_INIT;
    assert_int_equal(
        parse(&s,
              "capture: {from: a.log, nginx_conf: n.conf, log_name: main, scheme: http, host: h}\n"
              "targets: {staging: {hosts: {shop.example: \"127.0.0.1:1\"}}}\n"
              "gates: [{predicted_hit_ratio: {drop_at_most: 0.5pt}}]\n"
              "replay: {speed: max}\nname: \"a \\\"b\\\"\"\n",
              &err),
        0);
    scenario_add_yaml(s, &yaml);
    check_contains(yaml.buf, "log_name: \"main\"");
    assert_int_equal(scenario_parse(&again, "t.yaml", strbuf_span(&yaml), "", &err), 0);
    scenario_add_yaml(again, &twice);
    assert_string_equal(yaml.buf, twice.buf);
}

static void test_units__durations_and_shares(void **state)
{
    (void)state;
    int64_t us;
    double share;
    assert_true(duration_parse(SPAN("1.5s"), &us) && us == 1500000);
    assert_true(duration_parse(SPAN("2h"), &us) && us == 7200000000);
    assert_false(duration_parse(SPAN("5"), &us));
    assert_false(duration_parse(SPAN("s"), &us));
    assert_false(duration_parse(SPAN("99999999999999999d"), &us));
    assert_true(share_parse(SPAN("10%"), &share) && share > 0.0999 && share < 0.1001);
    assert_true(share_parse(SPAN("1"), &share));
    assert_false(share_parse(SPAN("1.1"), &share));
    assert_false(share_parse(SPAN("-5%"), &share));
    assert_false(share_parse(SPAN("%"), &share));
}

static void test_units__bytes(void **state)
{
    (void)state;
    uint64_t bytes;
    static const struct {
        const char *text;
        uint64_t bytes;
    } rows[] = { { "4096", 4096 },        { "512MB", 512000000 }, { "1.5 GB", 1500000000 },
                 { "2gib", 2147483648u }, { "64m", 67108864 },    { "1k", 1024 } };
    static const char *const wrong[] = { "", "MB", "-1MB", "1 parsec", "99999999TB" };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(bytes_parse(span_of(rows[i].text), &bytes) && bytes == rows[i].bytes,
                  rows[i].text);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        check_row(!bytes_parse(span_of(wrong[i]), &bytes), wrong[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scenario__minimal_gets_every_default),
        cmocka_unit_test(test_scenario__reads_what_the_design_shows),
        cmocka_unit_test(test_scenario__takes_json),
        cmocka_unit_test(test_scenario__errors_name_line_column_and_what_was_expected),
        cmocka_unit_test(test_scenario__what_it_prints_it_reads_back),
        cmocka_unit_test(test_units__durations_and_shares),
        cmocka_unit_test(test_units__bytes),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
