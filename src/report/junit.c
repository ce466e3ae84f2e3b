/*
 * junit.xml, as CI systems read it: a suite of gates and a suite of findings. A
 * gate that did not pass and a critical or major finding are failures; the rest
 * are passed cases with their text in system-out.
 */
#include "facts.h"
#include "rehearse/base/text.h"

/*
 * XML 1.0 cannot hold most control characters even escaped; text_add_html writes
 * them as \xNN, so its output is fit for XML too.
 */
static void attribute(struct strbuf *out, const char *name, struct span value)
{
    strbuf_addf(out, " %s=\"", name);
    text_add_html(out, value, TITLE_BYTES);
    strbuf_add_char(out, '"');
}

static void add_gate(struct strbuf *out, const struct gate *gate)
{
    strbuf_add_str(out, "    <testcase classname=\"gates\"");
    attribute(out, "name", gate->name);
    if (gate->outcome == GATE_PASSED) {
        strbuf_add_str(out, "/>\n");
        return;
    }
    strbuf_add_str(out, ">\n      <failure");
    attribute(out, "type", span_of(gate_outcome_name(gate->outcome)));
    attribute(out, "message", gate->reason);
    strbuf_add_str(out, "/>\n    </testcase>\n");
}

static bool is_failure(const struct finding *f)
{
    return f->severity >= SEVERITY_MAJOR && !f->waived;
}

static void add_finding_text(struct strbuf *out, const struct finding *f)
{
    text_add_html(out, f->effect, 1000);
    strbuf_add_str(out, "\nproduction: ");
    text_add_html(out, f->production, VALUE_BYTES);
    strbuf_add_str(out, "\nstaging: ");
    text_add_html(out, f->staging, VALUE_BYTES);
    for (size_t i = 0; i < f->example_count; i++) {
        if (f->examples[i].curl_staging.len == 0)
            continue;
        strbuf_add_char(out, '\n');
        text_add_html(out, f->examples[i].curl_staging, 1000);
    }
}

static void add_finding(struct strbuf *out, const struct finding *f)
{
    bool failure = is_failure(f);
    strbuf_add_str(out, "    <testcase");
    attribute(out, "classname", f->kind);
    AUTO(strbuf_release) struct strbuf name = STRBUF_INIT;
    strbuf_add_span(&name, f->id);
    strbuf_add_char(&name, ' ');
    strbuf_add_span(&name, f->title);
    attribute(out, "name", strbuf_span(&name));
    strbuf_add_str(out, failure ? ">\n      <failure" : ">\n      <system-out>");
    if (failure) {
        attribute(out, "type", span_of(severity_name(f->severity)));
        attribute(out, "message", f->title);
        strbuf_add_char(out, '>');
    }
    add_finding_text(out, f);
    strbuf_add_str(out,
                   failure ? "</failure>\n    </testcase>\n" : "</system-out>\n    </testcase>\n");
}

static void add_suite_head(struct strbuf *out, const char *name, size_t tests, size_t failures)
{
    strbuf_addf(out, "  <testsuite name=\"%s\" tests=\"%zu\" failures=\"%zu\">\n", name, tests,
                failures);
}

static void write_junit(const struct report_facts *facts, struct strbuf *out)
{
    size_t gates_failed = 0, findings_failed = 0;
    const struct verdict *verdict = &facts->verdict;
    for (size_t i = 0; i < verdict->gate_count; i++)
        gates_failed += verdict->gates[i].outcome != GATE_PASSED;
    for (size_t i = 0; i < facts->findings->len; i++)
        findings_failed += is_failure(&facts->findings->at[i]);

    strbuf_add_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
    attribute(out, "name", facts->name);
    strbuf_addf(out, " tests=\"%zu\" failures=\"%zu\">\n",
                verdict->gate_count + facts->findings->len, gates_failed + findings_failed);
    add_suite_head(out, "gates", verdict->gate_count, gates_failed);
    for (size_t i = 0; i < verdict->gate_count; i++)
        add_gate(out, &verdict->gates[i]);
    strbuf_add_str(out, "  </testsuite>\n");
    add_suite_head(out, "findings", facts->findings->len, findings_failed);
    for (size_t i = 0; i < facts->findings->len; i++)
        add_finding(out, &facts->findings->at[i]);
    strbuf_add_str(out, "  </testsuite>\n</testsuites>\n");
}

const struct report_writer report_junit = {
    .file = "junit.xml",
    .summary = "gates and findings as test cases, for CI",
    .write = write_junit,
};
