#include <math.h>
#include <stdlib.h>

#include "rehearse/base/text.h"
#include "rehearse/report/report.h"
#include "support/check.h"

#define HOSTILE "</code><script>alert(1)</script>\x1b[31m`|@all\xe2\x80\xae\xff]]>&"

struct scene {
    struct findings findings;
    struct gate gates[2];
    struct coverage_line coverage[2];
    struct route_summary routes[1];
    struct report_account accounts[1];
    struct tolerance_line tolerances[2];
    struct span tolerance_routes[1];
    struct report_facts facts;
    struct report_unresolved unresolved;
    struct report_binding binding;
};

static struct scene *scene_new(const char *value, size_t findings)
{
    struct scene *s = calloc(1, sizeof *s);
    struct span v = span_of(value);
    s->findings = (struct findings)FINDINGS_INIT;
    for (size_t i = 0; i < findings; i++) {
        struct finding *f = findings_add(&s->findings);
        *f = (struct finding){
            .id = SPAN("F-0123456789ab"),
            .kind = SPAN("header.removed"),
            .severity = SEVERITY_MAJOR,
            .route = v,
            .field = v,
            .title = v,
            .effect = v,
            .production = v,
            .staging = SPAN_NONE,
            .exchanges = 12,
            .sessions = 3,
            .traffic_share = 0.5,
            .example_count = 1,
        };
        f->examples[0] = (struct finding_example){ .method = SPAN("GET"),
                                                   .url = v,
                                                   .production = v,
                                                   .curl_production = v,
                                                   .curl_staging = v };
    }
    s->gates[0] = (struct gate){ .name = v, .outcome = GATE_FAILED, .reason = v };
    s->coverage[0] = (struct coverage_line){ .what = v, .reason = v, .exchanges = 7 };
    s->routes[0] = (struct route_summary){ .route = v,
                                           .exchanges = 3,
                                           .production_p50_us = NAN,
                                           .production_p95_us = 1500,
                                           .staging_p50_us = 2,
                                           .staging_p95_us = 3 };
    s->accounts[0] = (struct report_account){ .source = v, .outcome = v, .reason = v, .count = 1 };
    s->tolerance_routes[0] = v;
    s->tolerances[0] = (struct tolerance_line){ .field = v,
                                                .sentence = SPAN("Age is there more than once."),
                                                .answers = { 0, 3 },
                                                .value = { SPAN_NONE, v },
                                                .where = { SPAN_NONE, v },
                                                .taken = { SPAN_NONE, SPAN("kept 60 s") },
                                                .is_new = true,
                                                .routes = s->tolerance_routes,
                                                .route_count = 1 };
    s->tolerances[1] = (struct tolerance_line){ .field = SPAN("Expires"),
                                                .sentence = SPAN("Expires is there twice."),
                                                .answers = { 2, 1 },
                                                .value = { SPAN("0"), v },
                                                .where = { SPAN("GET shop.example/b"), v },
                                                .taken = { SPAN("not kept"), SPAN("not kept") } };
    s->unresolved = (struct report_unresolved){ v, 1 };
    s->binding = (struct report_binding){ .request = v, .seq = 4, .source_seq = 3, .sink = v, .source = v };
    s->facts = (struct report_facts){
        .name = v,
        .tool = SPAN("rehearse test"),
        .production = v,
        .staging = v,
        .captured_first_us = 1772874932114000,
        .accounts = s->accounts,
        .account_count = 1,
        .verdict = { .go = findings == 0, .gates = s->gates, .gate_count = 1 },
        .findings = &s->findings,
        .outcomes = { 2, 1, 1, 0 },
        .bindings = { .given = 7,
                      .kept = 2,
                      .missing = 1,
                      .unresolved = &s->unresolved,
                      .unresolved_count = 1,
                      .session = 5,
                      .graph = &s->binding,
                      .graph_count = 1 },
        .summary = { .planned = 10,
                     .sent = 9,
                     .compared = 8,
                     .sessions = 2,
                     .coverage = s->coverage,
                     .coverage_count = 1,
                     .routes = s->routes,
                     .route_count = 1,
                     .tolerances = s->tolerances,
                     .tolerance_count = 2,
                     .tolerances_beyond = 5 },
    };
    return s;
}

static void scene_free(struct scene *s)
{
    findings_release(&s->findings);
    free(s);
}

static void write_by(const char *file, const struct scene *s, struct strbuf *out)
{
    for (size_t i = 0; report_writers[i]->file; i++)
        if (strcmp(report_writers[i]->file, file) == 0)
            report_writers[i]->write(&s->facts, out);
    assert_true(out->len > 0);
}

/* Code spans show their bytes as they are: blank them, so that only what a reader would obey is
 * left. */
static void blank_code_spans(struct strbuf *markdown)
{
    bool inside = false;
    for (size_t i = 0; i < markdown->len; i++) {
        if (markdown->buf[i] == '`' && (i == 0 || markdown->buf[i - 1] != '\\'))
            inside = !inside;
        else if (inside)
            markdown->buf[i] = ' ';
    }
}

static const char *const files[] = { "index.html", "report.md", "findings.json", "junit.xml" };

static void holds(const struct strbuf *out, const char *words)
{
    if (!strstr(out->buf, words))
        fail_msg("\"%s\" is missing", words);
}

static void test_writers__tell_what_was_tolerated_and_what_is_new(void **state)
{
    (void)state;
    struct scene *s = scene_new("value", 0);
    AUTO(strbuf_release)
    struct strbuf html = STRBUF_INIT,
                  markdown = STRBUF_INIT, json = STRBUF_INIT;
    write_by("index.html", s, &html);
    holds(&html, "<h2 id=\"tolerated\">");
    holds(&html, "Age is there more than once. <span class=\"tag major\">new on staging</span>");
    holds(&html, "<td>–<td>3 answers, kept 60 s</tr>");
    holds(&html, "<td>2 answers, not kept<td>1 answer, not kept</tr>");
    holds(&html, "5 times something else was tolerated");
    write_by("report.md", s, &markdown);
    holds(&markdown, "\n## Tolerated\n");
    holds(&markdown, "| Age is there more than once. **new on staging** | `value` in `value` "
                     "| – | 3 answers, kept 60 s |");
    holds(&markdown,
          "| Expires is there twice. | `0` in `GET shop.example/b` | 2 answers, not kept | "
          "1 answer, not kept |");
    write_by("findings.json", s, &json);
    holds(&json, "\"tolerated\":\"Age is there more than once.\",\"new_on_staging\":true");
    holds(&json, "\"staging\":{\"answers\":3,\"value\":\"value\",\"first\":\"value\","
                 "\"taken\":\"kept 60 s\"},\"routes\":[\"value\"],\"more_routes\":false");
    holds(&json, "\"tolerated_beyond\":5");
    scene_free(s);
}

static void test_writers__show_hostile_values_inert(void **state)
{
    (void)state;
    struct scene *s = scene_new(HOSTILE, 2);
    for (size_t i = 0; i < 4; i++) {
        AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
        write_by(files[i], s, &out);
        assert_true(utf8_valid(strbuf_span(&out)));
        assert_null(strchr(out.buf, 0x1b));
        if (strcmp(files[i], "findings.json") == 0)
            continue; /* JSON strings hold anything; the escapes are what counts */
        if (strcmp(files[i], "report.md") == 0)
            blank_code_spans(&out);
        assert_null(strstr(out.buf, "<script"));
        assert_null(strstr(out.buf, "\xe2\x80\xae"));
        assert_null(strstr(out.buf, "]]>"));
    }
    scene_free(s);
}

static void test_writers__same_facts_same_bytes(void **state)
{
    (void)state;
    struct scene *s = scene_new("value", 3);
    for (size_t i = 0; i < 4; i++) {
        AUTO(strbuf_release) struct strbuf once = STRBUF_INIT;
        AUTO(strbuf_release) struct strbuf again = STRBUF_INIT;
        write_by(files[i], s, &once);
        write_by(files[i], s, &again);
        assert_string_equal(once.buf, again.buf);
    }
    scene_free(s);
}

static void test_writers__say_verdict_and_coverage(void **state)
{
    (void)state;
    struct scene *go = scene_new("value", 0);
    struct scene *no = scene_new("value", 1);
    AUTO(strbuf_release) struct strbuf page = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf json = STRBUF_INIT;
    write_by("index.html", go, &page);
    check_contains(page.buf, ">GO</span>");
    check_contains(page.buf, "Of 10 values that an earlier answer of the visit had given");
    check_contains(page.buf, "Resolved: 90.0 %.");
    check_contains(page.buf, "8 of 10 captured exchanges were compared (80.0 %), from 2 sessions. "
                              "1 of these sessions went as in production; of those with a login 0 of 1.");
    write_by("report.md", no, &text);
    check_contains(text.buf, "# NO-GO: value");
    write_by("findings.json", no, &json);
    check_contains(json.buf, "\"verdict\": \"no-go\"");
    check_contains(json.buf, "\"staging\":null");
    scene_free(go);
    scene_free(no);
}

static void test_writers__say_in_the_head_what_was_not_compared_and_why(void **state)
{
    (void)state;
    static const char *const pages[] = { "index.html", "report.md" };
    struct scene *s = scene_new("value", 0);
    s->coverage[0] = (struct coverage_line){ .what = SPAN("exchanges"), .exchanges = 8 };
    s->coverage[1] = (struct coverage_line){ .what = SPAN("exchanges"),
                                             .reason = SPAN("no host"),
                                             .exchanges = 2 };
    s->facts.summary.coverage_count = 2;
    for (size_t i = 0; i < 2; i++) {
        AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
        write_by(pages[i], s, &out);
        const char *said = strstr(out.buf, "Not compared: 2 (no host).");
        const char *gates = strstr(out.buf, "Gates");
        assert_non_null(said);
        assert_true(said < gates);
        check_contains(out.buf, "None: staging treated this traffic as production did.");
        s->facts.summary.compared = 0;
        strbuf_clear(&out);
        write_by(pages[i], s, &out);
        check_contains(out.buf, "None, for nothing was compared.");
        s->facts.summary.compared = 8;
    }
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    report_add_text(&s->facts, &text, 5, false);
    check_contains(text.buf, "  Not compared: 2 (no host).\n");
    scene_free(s);
}

static void test_junit__major_findings_and_failed_gates_are_failures(void **state)
{
    (void)state;
    struct scene *s = scene_new("value", 2);
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    s->findings.at[1].severity = SEVERITY_MINOR;
    write_by("junit.xml", s, &out);
    check_contains(out.buf, "<testsuite name=\"gates\" tests=\"1\" failures=\"1\">");
    check_contains(out.buf, "<testsuite name=\"findings\" tests=\"2\" failures=\"1\">");
    scene_free(s);
}

static void test_markdown__stays_under_60_kb(void **state)
{
    (void)state;
    char *huge = malloc(100001);
    memset(huge, 'x', 100000);
    huge[100000] = '\0';
    struct scene *s = scene_new(huge, 500);
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf page = STRBUF_INIT;
    write_by("report.md", s, &out);
    assert_true(out.len < 60000);
    write_by("index.html", s, &page);
    assert_true(page.len < 4 * 1000 * 1000);
    scene_free(s);
    free(huge);
}

static void test_text__has_no_escape_without_colour(void **state)
{
    (void)state;
    struct scene *s = scene_new(HOSTILE, 20);
    AUTO(strbuf_release) struct strbuf plain = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf colored = STRBUF_INIT;
    report_add_text(&s->facts, &plain, 5, false);
    assert_null(strchr(plain.buf, 0x1b));
    check_contains(plain.buf, "and 15 more findings");
    report_add_text(&s->facts, &colored, 5, true);
    assert_non_null(strchr(colored.buf, 0x1b));
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writers__tell_what_was_tolerated_and_what_is_new),
        cmocka_unit_test(test_writers__show_hostile_values_inert),
        cmocka_unit_test(test_writers__same_facts_same_bytes),
        cmocka_unit_test(test_writers__say_verdict_and_coverage),
        cmocka_unit_test(test_writers__say_in_the_head_what_was_not_compared_and_why),
        cmocka_unit_test(test_junit__major_findings_and_failed_gates_are_failures),
        cmocka_unit_test(test_markdown__stays_under_60_kb),
        cmocka_unit_test(test_text__has_no_escape_without_colour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
