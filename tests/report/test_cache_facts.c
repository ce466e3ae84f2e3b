/* Findings about caches in every writer: why, and what the forecast says. */
#include "rehearse/report/report.h"
#include "support/check.h"

#define HOSTILE "</code><script>alert(1)</script>\x1b[31m|"

static const struct finding_cache lifetime = {
    .stored = { { "kept", 4 }, { "not kept", 8 } },
    .lifetime_s = { 60, -1 },
    .why = { { { "B-F1", 4 },
               { "Cache-Control", 13 },
               { "RFC 9111 section 4.2.1", 22 },
               { "s-maxage.", 9 } },
             { { "B-S4", 4 },
               { HOSTILE, sizeof HOSTILE - 1 },
               { "", 0 },
               { HOSTILE, sizeof HOSTILE - 1 } } },
    .route = { 1000, { 900, 0 }, { 100, 1000 }, { 7, 7 } },
    .total = { 4000, { 3000, 2100 }, { 1000, 1900 }, { 20, 20 } },
    .objects = { 3, 120 },
};

static void write_by(const char *file, const struct report_facts *facts, struct strbuf *out)
{
    for (size_t i = 0; report_writers[i]->file; i++)
        if (strcmp(report_writers[i]->file, file) == 0)
            report_writers[i]->write(facts, out);
    assert_true(out->len > 0);
}

struct scene {
    struct findings findings;
    struct note_line note;
    struct report_facts facts;
};

static void scene_open(struct scene *s)
{
    memset(s, 0, sizeof *s);
    struct finding *f = findings_add(&s->findings);
    *f = (struct finding){ .id = SPAN("F-0123456789ab"),
                           .kind = SPAN("cache.storability"),
                           .severity = SEVERITY_MAJOR,
                           .route = SPAN("/a"),
                           .title = SPAN("title"),
                           .effect = SPAN("effect"),
                           .cache = &lifetime };
    s->note = (struct note_line){ SPAN("Production does it too."), 12 };
    s->facts.name = s->facts.tool = s->facts.production = s->facts.staging = SPAN("x");
    s->facts.findings = &s->findings;
    s->facts.summary.compared = 4000;
    s->facts.summary.notes = &s->note;
    s->facts.summary.note_count = 1;
    s->facts.summary.forecast = lifetime.total;
    s->facts.summary.forecast_share = 0.5;
}

static void test_cache__page_and_markdown_say_why_and_how_much(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    AUTO(strbuf_release) struct strbuf page = STRBUF_INIT, text = STRBUF_INIT;
    write_by("index.html", &s.facts, &page);
    check_contains(page.buf, "s-maxage. (RFC 9111 section 4.2.1, rule B-F1)");
    check_contains(page.buf, "<td>hits, here<td class=\"n\">90.0 %<td class=\"n\">0.0 %");
    check_contains(
        page.buf, "<td>requests to the origin, in total<td class=\"n\">1,000<td class=\"n\">1,900");
    check_contains(page.buf, "<td>lifetime<td class=\"n\">60 s<td class=\"n\">–");
    check_contains(page.buf, "Production does it too.");
    check_contains(page.buf, "Computed from a sample of the paths, 50 % of the requests.");
    assert_null(strstr(page.buf, "<script>alert"));
    assert_null(strchr(page.buf, 0x1b));
    write_by("report.md", &s.facts, &text);
    check_contains(text.buf, "- why, on production: s-maxage. (RFC 9111 section 4.2.1, rule B-F1)");
    check_contains(text.buf, "| hits | 75.0 % | 52.5 % |");
    check_contains(text.buf, "Production does it too. (12 exchanges)");
    assert_null(strstr(text.buf, "<script>"));
    findings_release(&s.findings);
}

static void test_cache__json_holds_every_number(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    AUTO(strbuf_release) struct strbuf json = STRBUF_INIT;
    write_by("findings.json", &s.facts, &json);
    check_contains(json.buf, "\"stored\":\"kept\"");
    check_contains(json.buf, "\"lifetime_s\":null");
    check_contains(json.buf, "\"rule\":\"B-S4\"");
    check_contains(json.buf, "\"hit_ratio\":0.525");
    check_contains(json.buf, "\"origin_requests\":1900");
    check_contains(json.buf, "\"splits_alone\":null");
    check_contains(json.buf, "{\"before\": 3, \"after\": 120}");
    check_contains(json.buf, "\"cache_forecast_share\":0.5");
    assert_null(strchr(json.buf, 0x1b));
    findings_release(&s.findings);
}

static void test_cache__nothing_is_said_where_nothing_is_known(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    s.findings.at[0].cache = NULL;
    s.facts.summary.forecast.requests = 0;
    s.facts.summary.note_count = 0;
    AUTO(strbuf_release) struct strbuf page = STRBUF_INIT, json = STRBUF_INIT;
    write_by("index.html", &s.facts, &page);
    assert_null(strstr(page.buf, "shared cache"));
    write_by("findings.json", &s.facts, &json);
    check_contains(json.buf, "\"cache\":null");
    check_contains(json.buf, "\"cache_forecast\":null");
    findings_release(&s.findings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cache__page_and_markdown_say_why_and_how_much),
        cmocka_unit_test(test_cache__json_holds_every_number),
        cmocka_unit_test(test_cache__nothing_is_said_where_nothing_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
