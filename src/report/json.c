/*
 * findings.json: {version, verdict, gates, summary, findings: […]}, for programs.
 * The field names are those of DESIGN.md and do not change within a version.
 */
#include "bindings.h"
#include "facts.h"
#include "rehearse/base/json_text.h"
#include "rehearse/http/date.h"
#include "rehearse/report/doors.h"

static void add_time(struct strbuf *out, bool *first, const char *key, int64_t us)
{
    json_add_key(out, first, key);
    if (us == 0) {
        strbuf_add_str(out, "null");
        return;
    }
    AUTO(strbuf_release) struct strbuf iso = STRBUF_INIT;
    iso_time_add(&iso, us);
    json_add_string(out, strbuf_span(&iso));
}

static void add_gates(struct strbuf *out, const struct verdict *verdict)
{
    strbuf_add_char(out, '[');
    for (size_t i = 0; i < verdict->gate_count; i++) {
        const struct gate *gate = &verdict->gates[i];
        bool first = true;
        strbuf_add_str(out, i ? ",\n  {" : "\n  {");
        json_member_string(out, &first, "name", gate->name);
        json_member_string(out, &first, "owner", gate->owner);
        json_member_string(out, &first, "outcome", span_of(gate_outcome_name(gate->outcome)));
        json_member_string(out, &first, "reason", gate->reason);
        strbuf_add_char(out, '}');
    }
    strbuf_add_str(out, "]");
}

static void add_accounts(struct strbuf *out, const struct report_account *accounts, size_t count)
{
    strbuf_add_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        bool first = true;
        strbuf_add_str(out, i ? ",\n    {" : "\n    {");
        json_member_string(out, &first, "source", accounts[i].source);
        json_member_string(out, &first, "outcome", accounts[i].outcome);
        json_member_string(out, &first, "reason", accounts[i].reason);
        json_member_u64(out, &first, "count", accounts[i].count);
        strbuf_add_char(out, '}');
    }
    strbuf_add_char(out, ']');
}

static void add_coverage(struct strbuf *out, const struct comparison_summary *s)
{
    strbuf_add_char(out, '[');
    for (size_t i = 0; i < s->coverage_count; i++) {
        bool first = true;
        strbuf_add_str(out, i ? ",\n    {" : "\n    {");
        json_member_string(out, &first, "what", s->coverage[i].what);
        json_member_string(out, &first, "reason", s->coverage[i].reason);
        json_member_u64(out, &first, "exchanges", s->coverage[i].exchanges);
        strbuf_add_char(out, '}');
    }
    strbuf_add_char(out, ']');
}

static void add_routes(struct strbuf *out, const struct comparison_summary *s)
{
    strbuf_add_char(out, '[');
    for (size_t i = 0; i < s->route_count; i++) {
        const struct route_summary *route = &s->routes[i];
        bool first = true;
        strbuf_add_str(out, i ? ",\n    {" : "\n    {");
        json_member_string(out, &first, "route", route->route);
        json_member_u64(out, &first, "exchanges", route->exchanges);
        json_member_u64(out, &first, "compared", route->compared);
        json_member_u64(out, &first, "differing", route->differing);
        json_member_double(out, &first, "production_p50_us", route->production_p50_us);
        json_member_double(out, &first, "production_p95_us", route->production_p95_us);
        json_member_double(out, &first, "staging_p50_us", route->staging_p50_us);
        json_member_double(out, &first, "staging_p95_us", route->staging_p95_us);
        strbuf_add_char(out, '}');
    }
    strbuf_add_char(out, ']');
}

static void add_forecast(struct strbuf *out, const struct cache_forecast *f)
{
    static const char *const sides[] = { "production", "staging" };
    bool first = true;
    if (!f->requests) {
        strbuf_add_str(out, "null");
        return;
    }
    strbuf_add_char(out, '{');
    json_member_u64(out, &first, "requests", f->requests);
    for (int side = 0; side < 2; side++) {
        bool inner = true;
        json_add_key(out, &first, sides[side]);
        strbuf_add_char(out, '{');
        json_member_u64(out, &inner, "hits", f->hits[side]);
        json_member_double(out, &inner, "hit_ratio", (double)f->hits[side] / (double)f->requests);
        json_member_u64(out, &inner, "origin_requests", f->origin_requests[side]);
        json_member_u64(out, &inner, "objects", f->objects[side]);
        strbuf_add_char(out, '}');
    }
    strbuf_add_char(out, '}');
}

static void add_cache_side(struct strbuf *out, const struct finding_cache *cache, int side)
{
    const struct finding_reason *why = &cache->why[side];
    bool first = true, inner = true;
    strbuf_add_char(out, '{');
    json_member_string(out, &first, "stored", cache->stored[side]);
    json_add_key(out, &first, "lifetime_s");
    if (cache->lifetime_s[side] < 0)
        strbuf_add_str(out, "null");
    else
        strbuf_add_i64(out, cache->lifetime_s[side]);
    json_add_key(out, &first, "why");
    strbuf_add_char(out, '{');
    json_member_string(out, &inner, "rule", why->rule);
    json_member_string(out, &inner, "field", why->field);
    json_member_string(out, &inner, "section", why->section);
    json_member_string(out, &inner, "sentence", why->sentence);
    strbuf_add_str(out, "}}");
}

static void add_cache(struct strbuf *out, const struct finding_cache *cache)
{
    static const char *const sides[] = { "production", "staging" };
    bool first = true, inner = true;
    if (!cache) {
        strbuf_add_str(out, "null");
        return;
    }
    strbuf_add_char(out, '{');
    for (int side = 0; side < 2; side++) {
        json_add_key(out, &first, sides[side]);
        add_cache_side(out, cache, side);
    }
    json_add_key(out, &first, "forecast");
    strbuf_add_char(out, '{');
    json_add_key(out, &inner, "here");
    add_forecast(out, &cache->route);
    json_add_key(out, &inner, "total");
    add_forecast(out, &cache->total);
    json_add_key(out, &inner, "splits_alone");
    add_forecast(out, &cache->alone);
    strbuf_add_str(out, "}");
    json_add_key(out, &first, "objects");
    if (cache->objects[0])
        strbuf_addf(out, "{\"before\": %llu, \"after\": %llu}",
                    (unsigned long long)cache->objects[0], (unsigned long long)cache->objects[1]);
    else
        strbuf_add_str(out, "null");
    strbuf_add_char(out, '}');
}

static void add_notes(struct strbuf *out, const struct comparison_summary *s)
{
    strbuf_add_char(out, '[');
    for (size_t i = 0; i < s->note_count; i++) {
        bool first = true;
        strbuf_add_str(out, i ? ",\n    {" : "\n    {");
        json_member_string(out, &first, "text", s->notes[i].text);
        json_member_u64(out, &first, "exchanges", s->notes[i].exchanges);
        strbuf_add_char(out, '}');
    }
    strbuf_add_char(out, ']');
}

static void add_tolerated_side(struct strbuf *out, const struct tolerance_line *line, int side)
{
    bool first = true;
    strbuf_add_char(out, '{');
    json_member_u64(out, &first, "answers", line->answers[side]);
    json_member_string_or_null(out, &first, "value", line->value[side]);
    json_member_string_or_null(out, &first, "first", line->where[side]);
    json_member_string_or_null(out, &first, "taken", line->taken[side]);
    strbuf_add_char(out, '}');
}

static void add_tolerance(struct strbuf *out, const struct tolerance_line *line)
{
    bool first = true;
    strbuf_add_char(out, '{');
    json_member_string(out, &first, "field", line->field);
    json_member_string(out, &first, "tolerated", line->sentence);
    json_add_key(out, &first, "new_on_staging");
    strbuf_add_str(out, line->is_new ? "true" : "false");
    json_add_key(out, &first, "production");
    add_tolerated_side(out, line, 0);
    json_add_key(out, &first, "staging");
    add_tolerated_side(out, line, 1);
    json_add_key(out, &first, "routes");
    strbuf_add_char(out, '[');
    for (size_t i = 0; i < line->route_count; i++) {
        strbuf_add_str(out, i ? "," : "");
        json_add_string(out, line->routes[i]);
    }
    strbuf_add_char(out, ']');
    json_add_key(out, &first, "more_routes");
    strbuf_add_str(out, line->more_routes ? "true}" : "false}");
}

static void add_tolerances(struct strbuf *out, const struct comparison_summary *s)
{
    strbuf_add_char(out, '[');
    for (size_t i = 0; i < s->tolerance_count; i++) {
        strbuf_add_str(out, i ? ",\n    " : "\n    ");
        add_tolerance(out, &s->tolerances[i]);
    }
    strbuf_add_char(out, ']');
}

static void add_summary(struct strbuf *out, const struct report_facts *facts)
{
    const struct comparison_summary *s = &facts->summary;
    bool first = true;
    strbuf_add_char(out, '{');
    json_member_string(out, &first, "name", facts->name);
    json_member_string(out, &first, "tool", facts->tool);
    json_member_string(out, &first, "production", facts->production);
    json_member_string(out, &first, "staging", facts->staging);
    add_time(out, &first, "captured_from", facts->captured_first_us);
    add_time(out, &first, "captured_to", facts->captured_last_us);
    add_time(out, &first, "replayed_from", facts->replayed_first_us);
    add_time(out, &first, "replayed_to", facts->replayed_last_us);
    json_member_u64(out, &first, "planned", s->planned);
    json_member_u64(out, &first, "sent", s->sent);
    json_member_u64(out, &first, "compared", s->compared);
    json_member_u64(out, &first, "failed", facts->failed);
    json_member_u64(out, &first, "sessions", s->sessions);
    json_member_u64(out, &first, "sessions_as_in_production", facts->outcomes.as_in_production);
    json_member_u64(out, &first, "members", facts->outcomes.members);
    json_member_u64(out, &first, "members_as_in_production",
                    facts->outcomes.members_as_in_production);
    json_add_key(out, &first, "coverage");
    add_coverage(out, s);
    json_add_key(out, &first, "notes");
    add_notes(out, s);
    json_add_key(out, &first, "cache_forecast");
    add_forecast(out, &s->forecast);
    json_member_double(out, &first, "cache_forecast_share", s->forecast_share);
    json_add_key(out, &first, "tolerated");
    add_tolerances(out, s);
    json_member_u64(out, &first, "tolerated_beyond", s->tolerances_beyond);
    bindings_add_json(out, &first, &facts->bindings);
    json_add_key(out, &first, "imported");
    add_accounts(out, facts->accounts, facts->account_count);
    json_add_key(out, &first, "skipped");
    add_accounts(out, facts->skipped, facts->skipped_count);
    json_add_key(out, &first, "routes");
    add_routes(out, s);
    strbuf_add_char(out, '}');
}

static void add_example(struct strbuf *out, const struct finding_example *example)
{
    bool first = true;
    AUTO(strbuf_release) struct strbuf session = STRBUF_INIT;
    strbuf_addf(&session, "%016llx", (unsigned long long)example->session);
    strbuf_add_char(out, '{');
    json_member_string(out, &first, "session", strbuf_span(&session));
    json_member_u64(out, &first, "seq", example->seq);
    json_member_string(out, &first, "method", example->method);
    json_member_string(out, &first, "url", example->url);
    json_member_string_or_null(out, &first, "production", example->production);
    json_member_string_or_null(out, &first, "staging", example->staging);
    json_member_string(out, &first, "curl_production", example->curl_production);
    json_member_string(out, &first, "curl_staging", example->curl_staging);
    strbuf_add_char(out, '}');
}

static void add_finding(struct strbuf *out, const struct finding *f)
{
    bool first = true;
    strbuf_add_char(out, '{');
    json_member_string(out, &first, "id", f->id);
    json_member_string(out, &first, "kind", f->kind);
    json_member_string(out, &first, "severity", span_of(severity_name(f->severity)));
    json_member_string(out, &first, "route", f->route);
    json_add_key(out, &first, "routes");
    strbuf_add_char(out, '[');
    for (size_t i = 0; i < f->route_count; i++) {
        if (i)
            strbuf_add_char(out, ',');
        json_add_string(out, f->routes[i]);
    }
    strbuf_add_char(out, ']');
    json_member_string(out, &first, "segment", f->segment);
    json_member_string(out, &first, "owner", f->owner);
    json_member_string(out, &first, "field", f->field);
    json_member_string(out, &first, "title", f->title);
    json_member_string(out, &first, "effect", f->effect);
    json_member_string_or_null(out, &first, "production", f->production);
    json_member_string_or_null(out, &first, "staging", f->staging);
    json_member_u64(out, &first, "exchanges", f->exchanges);
    json_member_u64(out, &first, "sessions", f->sessions);
    json_member_double(out, &first, "traffic_share", f->traffic_share);
    json_add_key(out, &first, "cache");
    add_cache(out, f->cache);
    json_add_key(out, &first, "examples");
    strbuf_add_char(out, '[');
    for (size_t i = 0; i < f->example_count; i++) {
        strbuf_add_str(out, i ? ",\n    " : "\n    ");
        add_example(out, &f->examples[i]);
    }
    strbuf_add_char(out, ']');
    json_add_key(out, &first, "waived");
    strbuf_add_str(out, f->waived ? "true}" : "false}");
}

static void write_json(const struct report_facts *facts, struct strbuf *out)
{
    strbuf_add_str(out, "{\"version\": 1,\n \"verdict\": ");
    json_add_string(out, facts->verdict.go ? SPAN("go") : SPAN("no-go"));
    strbuf_add_str(out, ",\n \"gates\": ");
    add_gates(out, &facts->verdict);
    strbuf_add_str(out, ",\n \"summary\": ");
    add_summary(out, facts);
    strbuf_add_str(out, ",\n \"leaks\": ");
    leaks_add_json(out, facts->leaks);
    strbuf_add_str(out, ",\n \"ledger\": ");
    write_ledger_add_json(out, facts->ledger);
    if (facts->gates) {
        strbuf_add_str(out, ",\n  \"doors\": ");
        doors_add_json(facts->gates, out);
    }
    strbuf_add_str(out, ",\n \"findings\": [");
    for (size_t i = 0; i < facts->findings->len; i++) {
        strbuf_add_str(out, i ? ",\n  " : "\n  ");
        add_finding(out, &facts->findings->at[i]);
    }
    strbuf_add_str(out, "]}\n");
}

const struct report_writer report_json = {
    .file = "findings.json",
    .summary = "verdict, gates, summary and findings for programs",
    .write = write_json,
};
