/* A scenario as the file somebody would have written. Values are quoted as JSON strings, which YAML
 * takes. */
#include <math.h>

#include "rehearse/base/json_text.h"
#include "rehearse/rehearsal/scenario.h"
#include "scenario_safety.h"
#include "yaml_tree.h"

static void add_quoted(struct strbuf *out, const char *text)
{
    json_add_string(out, span_of(text));
}

static void add_line(struct strbuf *out, const char *indent, const char *key, const char *value)
{
    if (!value)
        return;
    strbuf_addf(out, "%s%s: ", indent, key);
    add_quoted(out, value);
    strbuf_add_char(out, '\n');
}

static void add_list(struct strbuf *out, const char *key, const char *const *texts)
{
    if (!texts)
        return;
    strbuf_addf(out, "%s: [", key);
    for (size_t i = 0; texts[i]; i++) {
        if (i)
            strbuf_add_str(out, ", ");
        add_quoted(out, texts[i]);
    }
    strbuf_add_str(out, "]\n");
}

static void add_places(struct strbuf *out, const char *key, const struct scenario_place *places,
                       size_t count)
{
    if (count == 0)
        return;
    strbuf_addf(out, "    %s:\n", key);
    for (size_t i = 0; i < count; i++) {
        strbuf_add_str(out, "      ");
        add_quoted(out, places[i].production);
        strbuf_add_str(out, ": ");
        add_quoted(out, places[i].place);
        strbuf_add_char(out, '\n');
    }
}

static void add_target(struct strbuf *out, const char *name, const struct scenario_target *t)
{
    strbuf_addf(out, "  %s:\n", name);
    add_places(out, "hosts", t->hosts, t->host_count);
    add_places(out, "connect", t->connect, t->connect_count);
    if (!t->tls_verify || t->tls_ca) {
        strbuf_addf(out, "    tls: {verify: %s", t->tls_verify ? "true" : "false");
        if (t->tls_ca) {
            strbuf_add_str(out, ", ca: ");
            add_quoted(out, t->tls_ca);
        }
        strbuf_add_str(out, "}\n");
    }
    if (!t->http2)
        strbuf_add_str(out, "    http2: false\n");
}

static void add_capture(struct strbuf *out, const struct scenario *s)
{
    strbuf_add_str(out, "capture:\n");
    add_list(out, "  from", s->capture.from);
    strbuf_add_str(out, "  format: ");
    add_quoted(out, s->capture.format ? s->capture.format : "auto");
    strbuf_add_char(out, '\n');
    add_line(out, "  ", "log_format", s->capture.log_format);
    add_line(out, "  ", "nginx_conf", s->capture.nginx_conf);
    add_line(out, "  ", "log_name", s->capture.log_name);
    add_line(out, "  ", "fields", s->capture.field_map);
    add_line(out, "  ", "scheme", s->capture.scheme);
    add_line(out, "  ", "host", s->capture.host);
    if (s->capture.session_cookies) {
        strbuf_add_str(out, "  session: {");
        add_list(out, "cookie", s->capture.session_cookies);
        strbuf_cut(out, out->len - 1);
        strbuf_add_str(out, "}\n");
    }
    if (s->capture.sample < 1)
        strbuf_addf(out, "  sample: %g\n", s->capture.sample);
}

static void add_gates(struct strbuf *out, const struct scenario *s)
{
    strbuf_add_str(out, "gates:\n");
    for (size_t i = 0; i < s->gate_count; i++) {
        const struct gate *gate = &s->gates[i];
        switch (gate->kind) {
        case GATE_FINDINGS:
            strbuf_add_str(out, "  - findings: {");
            for (int sev = SEVERITY_CRITICAL, first = 1; sev >= SEVERITY_INFO; sev--) {
                if (gate->at_most[sev] < 0)
                    continue;
                strbuf_addf(out, "%s%s: %lld", first ? "" : ", ",
                            severity_name((enum finding_severity)sev),
                            (long long)gate->at_most[sev]);
                first = 0;
            }
            strbuf_add_str(out, "}\n");
            break;
        case GATE_COVERAGE:
            strbuf_addf(out, "  - coverage: {at_least: %g}\n", gate->least);
            break;
        case GATE_FAILURES:
            strbuf_addf(out, "  - failures: {at_most: %g}\n", gate->most);
            break;
        case GATE_HIT_RATIO:
            strbuf_addf(out, "  - predicted_hit_ratio: {drop_at_most: %gpt}\n", gate->drop * 100);
            break;
        case GATE_COMMAND:
            strbuf_add_str(out, "  - command: ");
            json_add_string(out, gate->command);
            strbuf_add_char(out, '\n');
            break;
        }
    }
}

/* A node as it was written, in one line: the section's own words, whatever they were read as. */
static void add_node(struct strbuf *out, const struct yaml_node *node)
{
    static const char brackets[][2] = { [YAML_LIST] = { '[', ']' }, [YAML_MAP] = { '{', '}' } };
    if (node->kind == YAML_SCALAR) {
        bool word = node->plain &&
                    (span_eq(node->text, SPAN("true")) || span_eq(node->text, SPAN("false")));
        if (word)
            strbuf_add_span(out, node->text);
        else
            json_add_string(out, node->text);
        return;
    }
    strbuf_add_char(out, brackets[node->kind][0]);
    for (const struct yaml_node *n = node->children; n; n = n->next) {
        if (n != node->children)
            strbuf_add_str(out, ", ");
        if (node->kind == YAML_MAP) {
            json_add_string(out, n->key);
            strbuf_add_str(out, ": ");
        }
        add_node(out, n); /* no deeper than YAML_MAX_DEPTH */
    }
    strbuf_add_char(out, brackets[node->kind][1]);
}

void scenario_add_yaml(const struct scenario *s, struct strbuf *out)
{
    add_line(out, "", "name", s->name);
    add_capture(out, s);
    strbuf_add_str(out, "targets:\n  production:\n    baseline: ");
    add_quoted(out, s->baseline == BASELINE_RECORDED ? "recorded"
                    : s->baseline == BASELINE_LIVE   ? "live"
                                                     : s->baseline_file);
    strbuf_add_char(out, '\n');
    add_places(out, "hosts", s->production.hosts, s->production.host_count);
    scenario_add_known_production(out, s);
    add_target(out, "staging", &s->staging);
    scenario_add_safety(out, s);
    if (s->identities_given) {
        strbuf_add_str(out, "identities: ");
        add_node(out, s->identities_given);
        strbuf_add_char(out, '\n');
    } else if (s->accounts) {
        strbuf_add_str(out, "identities: {accounts: ");
        add_quoted(out, s->accounts);
        strbuf_add_str(out, "}\n");
    }
    if (s->personas_given) {
        strbuf_add_str(out, "personas: ");
        add_node(out, s->personas_given);
        strbuf_add_char(out, '\n');
    }
    if (s->cache_given) {
        strbuf_add_str(out, "cache: ");
        add_node(out, s->cache_given);
        strbuf_add_char(out, '\n');
    }
    if (s->replay.speed <= 0)
        strbuf_add_str(out, "replay: {speed: max}\n");
    else if (fabs(s->replay.speed - 1) > 1e-9)
        strbuf_addf(out, "replay: {speed: %g}\n", s->replay.speed);
    add_gates(out, s);
    strbuf_add_str(out, "report: {dir: ");
    add_quoted(out, s->report_folder);
    strbuf_add_str(out, "}\n");
}
