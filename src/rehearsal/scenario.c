/* The scenario file: which keys there are and where their values go. */
#include "rehearse/rehearsal/scenario.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "rehearse/base/file.h"
#include "rehearse/base/mem.h"
#include "scenario_cache.h"
#include "scenario_identities.h"
#include "scenario_personas.h"
#include "scenario_safety.h"
#include "rehearse/rehearsal/units.h"

struct scenario *scenario_new(void)
{
    struct scenario *s = xcalloc(1, sizeof *s);
    s->name = "rehearsal";
    s->capture.sample = 1;
    s->staging.tls_verify = s->production.tls_verify = true;
    s->staging.http2 = s->production.http2 = true;
    s->baseline_rate = 5;
    s->replay.speed = 1;
    s->report_folder = "report";
    for (int side = 0; side < 2; side++) {
        s->caches[side].policy = cache_policy_cdn;
        s->caches[side].key.lifetimes =
            (struct key_lifetimes){ .min_s = -1, .default_s = -1, .max_s = -1 };
    }
    s->gate_command_us = 600 * (int64_t)1000000;
    return s;
}

void scenario_free(struct scenario *scenario)
{
    if (!scenario)
        return;
    arena_release(&scenario->arena);
    free(scenario);
}

/* ---- capture ---- */

static int add_from(struct scenario *s, const glob_t *found)
{
    const char **grown =
        arena_calloc(&s->arena, s->capture.from_count + found->gl_pathc + 1, sizeof *grown);
    if (s->capture.from_count)
        memcpy(grown, s->capture.from, s->capture.from_count * sizeof *grown);
    for (size_t i = 0; i < found->gl_pathc; i++)
        grown[s->capture.from_count++] = arena_copy(&s->arena, span_of(found->gl_pathv[i])).ptr;
    s->capture.from = grown;
    return 0;
}

static int read_one_from(struct reader *r, const struct yaml_node *node)
{
    const char *pattern;
    glob_t found = { 0 };
    int rc = read_path(r, node, &pattern);
    if (rc < 0)
        return rc;
    if (glob(pattern, 0, NULL, &found) != 0)
        rc = err_set(r->err, E_USAGE, "%s:%u:%u: %s: no such file", r->name, node->line,
                     node->column, pattern);
    else
        rc = add_from(r->scenario, &found);
    globfree(&found);
    return rc;
}

static int read_from(struct reader *r, const struct yaml_node *node, void *into)
{
    (void)into;
    if (node->kind == YAML_SCALAR)
        return read_one_from(r, node);
    if (node->kind != YAML_LIST || !node->children)
        return expected(r, node, "a path or a list of paths");
    for (const struct yaml_node *n = node->children; n; n = n->next) {
        int rc = read_one_from(r, n);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int read_session(struct reader *r, const struct yaml_node *node, void *into)
{
    struct scenario *s = into;
    const struct member members[] = {
        { "cookie", read_texts, &s->capture.session_cookies },
        { "idle_gap", read_duration, &s->capture.idle_gap_us },
        { NULL, NULL, NULL },
    };
    return read_map(r, node, members);
}

static int read_capture(struct reader *r, const struct yaml_node *node, void *into)
{
    struct scenario *s = into;
    const struct member members[] = {
        { "from", read_from, s },
        { "format", read_text, &s->capture.format },
        { "log_format", read_text, &s->capture.log_format },
        { "nginx_conf", read_path, &s->capture.nginx_conf },
        { "log_name", read_text, &s->capture.log_name },
        { "fields", read_text, &s->capture.field_map },
        { "scheme", read_text, &s->capture.scheme },
        { "host", read_text, &s->capture.host },
        { "session", read_session, s },
        { "sample", read_share, &s->capture.sample },
        { "secrets", read_texts, &s->capture.secrets },
        { "strict", read_bool, &s->capture.strict },
        { "keep_secrets", read_bool, &s->capture.keep_secrets },
        { "secrets_key", read_path, &s->capture.secrets_key },
        { NULL, NULL, NULL },
    };
    int rc = read_map(r, node, members);
    if (rc < 0)
        return rc;
    if (s->capture.format && strcmp(s->capture.format, "auto") == 0)
        s->capture.format = NULL;
    return s->capture.from_count ? 0 : missing(r, node, "\"from\" with the files to import");
}

/* ---- targets ---- */

struct places {
    struct scenario_place **list;
    size_t *count;
};

static int read_places(struct reader *r, const struct yaml_node *node, void *into)
{
    const struct places *places = into;
    size_t count = 0;
    if (node->kind != YAML_MAP)
        return expected(r, node, "a map of names and where they live");
    for (const struct yaml_node *n = node->children; n; n = n->next)
        count++;
    struct scenario_place *list = arena_calloc(&r->scenario->arena, count + 1, sizeof *list);
    size_t i = 0;
    for (const struct yaml_node *n = node->children; n; n = n->next, i++) {
        list[i].production = n->key.ptr;
        int rc = read_text(r, n, &list[i].place);
        if (rc < 0)
            return rc;
    }
    *places->list = list;
    *places->count = count;
    return 0;
}

static int read_tls(struct reader *r, const struct yaml_node *node, void *into)
{
    struct scenario_target *t = into;
    const struct member members[] = {
        { "verify", read_bool, &t->tls_verify },
        { "ca", read_path, &t->tls_ca },
        { NULL, NULL, NULL },
    };
    return read_map(r, node, members);
}

static int read_baseline(struct reader *r, const struct yaml_node *node, void *into)
{
    struct scenario *s = into;
    if (node->kind != YAML_SCALAR)
        return expected(r, node, "recorded, live, or the path of a baseline file");
    if (span_eq(node->text, SPAN("recorded"))) {
        s->baseline = BASELINE_RECORDED;
        return 0;
    }
    if (span_eq(node->text, SPAN("live"))) {
        s->baseline = BASELINE_LIVE;
        return 0;
    }
    s->baseline = BASELINE_FILE;
    return read_path(r, node, &s->baseline_file);
}

static int read_production(struct reader *r, const struct yaml_node *node, void *into)
{
    struct scenario *s = into;
    struct scenario_target *t = &s->production;
    struct places hosts = { &t->hosts, &t->host_count };
    struct places connect = { &t->connect, &t->connect_count };
    const struct member members[] = {
        { "hosts", read_places, &hosts },   { "connect", read_places, &connect },
        { "baseline", read_baseline, s },   { "rate", read_number, &s->baseline_rate },
        { "mutations", read_mutations, t }, { "tls", read_tls, t },
        { "http2", read_bool, &t->http2 },  { "addresses", read_production_addresses, s },
        { "certificates", read_production_certificates, s },
        { NULL, NULL, NULL },
    };
    t->given = true;
    return read_map(r, node, members);
}

static int read_staging(struct reader *r, const struct yaml_node *node, void *into)
{
    struct scenario *s = into;
    struct scenario_target *t = &s->staging;
    struct places hosts = { &t->hosts, &t->host_count };
    struct places connect = { &t->connect, &t->connect_count };
    const struct member members[] = {
        { "hosts", read_places, &hosts },   { "connect", read_places, &connect },
        { "mutations", read_mutations, t }, { "tls", read_tls, t },
        { "http2", read_bool, &t->http2 },  { "write_budget", read_write_budget, t },
        { "proxy", read_proxy, t },
        { "shared_with_production", read_shared_with_production, s },
        { NULL, NULL, NULL },
    };
    t->given = true;
    int rc = read_map(r, node, members);
    if (rc < 0)
        return rc;
    return t->host_count
               ? 0
               : missing(r, node, "\"hosts\": which production name lives where on staging");
}

static int read_targets(struct reader *r, const struct yaml_node *node, void *into)
{
    struct scenario *s = into;
    const struct member members[] = {
        { "production", read_production, s },
        { "staging", read_staging, s },
        { NULL, NULL, NULL },
    };
    int rc = read_map(r, node, members);
    if (rc < 0)
        return rc;
    return s->staging.given ? 0 : missing(r, node, "\"staging\", the place to replay against");
}

/* ---- the rest ---- */

static int read_speed(struct reader *r, const struct yaml_node *node, void *into)
{
    if (node->kind == YAML_SCALAR && span_eq(node->text, SPAN("max"))) {
        *(double *)into = 0;
        return 0;
    }
    int rc = read_number(r, node, into);
    if (rc == 0 && *(double *)into == 0)
        return expected(r, node, "a factor above 0, or max");
    return rc;
}

static int read_replay(struct reader *r, const struct yaml_node *node, void *into)
{
    struct scenario *s = into;
    const struct member members[] = {
        { "speed", read_speed, &s->replay.speed },
        { "rate", read_number, &s->replay.rate },
        { "concurrency", read_count, &s->replay.concurrency },
        { "shards", read_count, &s->replay.shards },
        { "seed", read_u64, &s->replay.seed },
        { "timeout", read_duration, &s->replay.timeout_us },
        { "error_budget", read_share, &s->replay.error_budget },
        { NULL, NULL, NULL },
    };
    return read_map(r, node, members);
}

static int read_one_route(struct reader *r, const struct yaml_node *node, struct route_rule *rule)
{
    int64_t stale_us = -1;
    const struct member members[] = {
        { "match", read_span, &rule->match },          { "segment", read_span, &rule->segment },
        { "owner", read_span, &rule->owner },          { "risk", read_span, &rule->risk },
        { "stale_at_most", read_duration, &stale_us }, { NULL, NULL, NULL },
    };
    int rc = read_map(r, node, members);
    if (rc < 0)
        return rc;
    rule->stale_at_most_s = stale_us < 0 ? -1 : stale_us / 1000000;
    if (rule->match.len == 0 || rule->match.ptr[0] != '/')
        return expected(r, node, "a route with \"match\", a path such as /products/:id");
    return 0;
}

static int read_routes(struct reader *r, const struct yaml_node *node, void *into)
{
    struct scenario *s = into;
    size_t count = 0;
    if (node->kind != YAML_LIST)
        return expected(r, node, "a list of routes");
    for (const struct yaml_node *n = node->children; n; n = n->next)
        count++;
    s->routes = arena_calloc(&s->arena, count + 1, sizeof *s->routes);
    for (const struct yaml_node *n = node->children; n; n = n->next) {
        int rc = read_one_route(r, n, &s->routes[s->route_count]);
        if (rc < 0)
            return rc;
        s->route_count++;
    }
    return 0;
}

static int read_ignore(struct reader *r, const struct yaml_node *node, void *into)
{
    struct scenario *s = into;
    struct span_list names;
    int rc = read_field_names(r, node, &names);
    if (rc < 0)
        return rc;
    s->ignore = names.at;
    s->ignore_count = names.len;
    return 0;
}

static int read_compare(struct reader *r, const struct yaml_node *node, void *into)
{
    const struct member members[] = {
        { "ignore", read_ignore, into },
        { "waivers", read_not_yet, into },
        { NULL, NULL, NULL },
    };
    return read_map(r, node, members);
}

static int read_limit(struct reader *r, const struct yaml_node *node, void *into)
{
    uint64_t n;
    int rc = read_u64(r, node, &n);
    if (rc == 0)
        *(int64_t *)into = (int64_t)(n > INT64_MAX ? INT64_MAX : n);
    return rc;
}

static int read_findings_gate(struct reader *r, const struct yaml_node *node, void *into)
{
    struct gate *gate = into;
    const struct member members[] = {
        { "critical", read_limit, &gate->at_most[SEVERITY_CRITICAL] },
        { "major", read_limit, &gate->at_most[SEVERITY_MAJOR] },
        { "minor", read_limit, &gate->at_most[SEVERITY_MINOR] },
        { "info", read_limit, &gate->at_most[SEVERITY_INFO] },
        { NULL, NULL, NULL },
    };
    gate->kind = GATE_FINDINGS;
    gate->name = SPAN("findings");
    return read_map(r, node, members);
}

static int read_coverage_gate(struct reader *r, const struct yaml_node *node, void *into)
{
    struct gate *gate = into;
    const struct member members[] = { { "at_least", read_share, &gate->least },
                                      { NULL, NULL, NULL } };
    gate->kind = GATE_COVERAGE;
    gate->name = SPAN("coverage");
    return read_map(r, node, members);
}

static int read_failures_gate(struct reader *r, const struct yaml_node *node, void *into)
{
    struct gate *gate = into;
    const struct member members[] = { { "at_most", read_share, &gate->most },
                                      { NULL, NULL, NULL } };
    gate->kind = GATE_FAILURES;
    gate->name = SPAN("failures");
    return read_map(r, node, members);
}

static int read_points(struct reader *r, const struct yaml_node *node, void *into)
{
    if (node->kind != YAML_SCALAR || !points_parse(node->text, into))
        return expected(r, node, "percentage points such as 1pt or 0.5pt");
    return 0;
}

static int read_hit_ratio_gate(struct reader *r, const struct yaml_node *node, void *into)
{
    struct gate *gate = into;
    const struct member members[] = { { "drop_at_most", read_points, &gate->drop },
                                      { NULL, NULL, NULL } };
    gate->kind = GATE_HIT_RATIO;
    gate->name = SPAN("predicted hit ratio");
    return read_map(r, node, members);
}

static int read_command_gate(struct reader *r, const struct yaml_node *node, void *into)
{
    struct gate *gate = into;
    gate->kind = GATE_COMMAND;
    return read_span(r, node, &gate->command);
}

static int read_one_gate(struct reader *r, const struct yaml_node *node, struct gate *gate)
{
    struct span name = SPAN_NONE;
    const struct member members[] = {
        { "findings", read_findings_gate, gate },
        { "coverage", read_coverage_gate, gate },
        { "failures", read_failures_gate, gate },
        { "command", read_command_gate, gate },
        { "name", read_span, &name },
        { "owner", read_span, &gate->owner },
        { "predicted_hit_ratio", read_hit_ratio_gate, gate },
        { NULL, NULL, NULL },
    };
    *gate = (struct gate){ .at_most = { -1, -1, -1, -1 }, .most = 1 };
    int rc = read_map(r, node, members);
    if (rc < 0)
        return rc;
    if (!span_is_none(name))
        gate->name = name;
    else if (gate->kind == GATE_COMMAND)
        gate->name = gate->command;
    return gate->name.len
               ? 0
               : missing(r, node,
                         "a gate: findings, coverage, failures, predicted_hit_ratio or command");
}

static int read_gates(struct reader *r, const struct yaml_node *node, void *into)
{
    struct scenario *s = into;
    size_t count = 0;
    if (node->kind != YAML_LIST || !node->children)
        return expected(r, node, "a list of gates");
    for (const struct yaml_node *n = node->children; n; n = n->next)
        count++;
    s->gates = arena_calloc(&s->arena, count, sizeof *s->gates);
    for (const struct yaml_node *n = node->children; n; n = n->next) {
        int rc = read_one_gate(r, n, &s->gates[s->gate_count]);
        if (rc < 0)
            return rc;
        s->gate_count++;
    }
    return 0;
}

static int read_report(struct reader *r, const struct yaml_node *node, void *into)
{
    struct scenario *s = into;
    const struct member members[] = { { "dir", read_path, &s->report_folder },
                                      { NULL, NULL, NULL } };
    return read_map(r, node, members);
}

static int read_scenario(struct reader *r, const struct yaml_node *root)
{
    struct scenario *s = r->scenario;
    const struct member members[] = {
        { "name", read_text, &s->name }, { "capture", read_capture, s },
        { "targets", read_targets, s },  { "identities", read_identities, s },
        { "personas", read_personas, s }, { "routes", read_routes, s },
        { "cache", read_cache, s },      { "replay", read_replay, s },
        { "compare", read_compare, s },  { "gates", read_gates, s },
        { "report", read_report, s },    { NULL, NULL, NULL },
    };
    int rc = read_map(r, root, members);
    if (rc < 0)
        return rc;
    if (!s->capture.from_count)
        return missing(r, root, "\"capture\" with the traffic to replay");
    if (!s->staging.given)
        return missing(r, root, "\"targets\" with the staging to replay against");
    if (s->identities_are_theirs && !s->capture.keep_secrets)
        return missing(r, root, "\"keep_secrets: true\" under capture for identities.secrets");
    if (s->baseline == BASELINE_LIVE && !s->production.host_count)
        return missing(r, root, "\"targets.production.hosts\" for a live baseline");
    return 0;
}

static void put_defaults(struct scenario *s, const char *folder)
{
    put_production_names(s);
    if (!s->gate_count) {
        s->gates = arena_calloc(&s->arena, 4, sizeof *s->gates);
        s->gate_count = verdict_default_gates(s->gates, 4);
    }
    if (strcmp(s->report_folder, "report") == 0 && folder[0])
        s->report_folder = arena_printf(&s->arena, "%s/report", folder).ptr;
}

int scenario_parse(struct scenario **ret, const char *name, struct span text, const char *folder,
                   struct err *err)
{
    AUTO(scenario_freep) struct scenario *s = scenario_new();
    struct yaml_node *root;
    int rc = yaml_tree_parse(&root, name, text, &s->arena, err);
    if (rc < 0)
        return rc;
    s->path = arena_copy(&s->arena, span_of(name)).ptr;
    struct reader r = { .name = name, .folder = folder, .scenario = s, .err = err };
    rc = read_scenario(&r, root);
    if (rc < 0)
        return rc;
    put_defaults(s, folder);
    *ret = s;
    s = NULL; /* handed over */
    return 0;
}

int scenario_load(struct scenario **ret, const char *path, struct err *err)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf folder = STRBUF_INIT;
    int rc = file_read(&text, path, YAML_MAX_BYTES, err);
    if (rc < 0)
        return rc;
    const char *slash = strrchr(path, '/');
    if (slash)
        strbuf_add(&folder, path, slash == path ? 1 : (size_t)(slash - path));
    return scenario_parse(ret, path, strbuf_span(&text), folder.buf, err);
}
