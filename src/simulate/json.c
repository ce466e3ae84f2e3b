/* simulation.json, for programs. Names do not change within a version. */
#include <math.h>

#include "rehearse/base/json_text.h"
#include "rehearse/http/date.h"
#include "rehearse/simulate/simulate.h"

static void add_time(struct strbuf *out, bool *first, const char *key, int64_t us)
{
    AUTO(strbuf_release) struct strbuf iso = STRBUF_INIT;
    iso_time_add(&iso, us);
    json_member_string(out, first, key, strbuf_span(&iso));
}

static void add_counts(struct strbuf *out, const struct model_counts *c)
{
    bool first = true;
    strbuf_add_char(out, '{');
    json_member_double(out, &first, "hit_ratio", model_hit_ratio(c));
    json_member_u64(out, &first, "origin_requests", c->fetches);
    json_member_u64(out, &first, "hit_bytes", c->hit_bytes);
    json_member_u64(out, &first, "fetched_bytes", c->fetched_bytes);
    json_add_key(out, &first, "outcomes");
    strbuf_add_char(out, '{');
    first = true;
    for (int i = 0; i < MODEL_OUTCOMES; i++)
        json_member_u64(out, &first, model_outcome_name((enum model_outcome)i), c->outcomes[i]);
    strbuf_add_str(out, "}}");
}

static void add_check(struct strbuf *out, const struct simulate_check *check)
{
    bool first = true;
    if (!check->requests) {
        strbuf_add_str(out, "null");
        return;
    }
    strbuf_add_char(out, '{');
    json_member_u64(out, &first, "requests", check->requests);
    json_member_double(out, &first, "logged", simulate_check_log(check));
    json_member_double(out, &first, "model", simulate_check_model(check));
    json_member_double(out, &first, "error_points", simulate_check_error(check));
    json_member_u64(out, &first, "both_hit", check->both_hit);
    json_member_u64(out, &first, "only_model_hit", check->only_model_hit);
    json_member_u64(out, &first, "only_log_hit", check->only_log_hit);
    json_member_u64(out, &first, "neither_hit", check->neither_hit);
    strbuf_add_char(out, '}');
}

static void add_route(struct strbuf *out, const struct simulate_route *route)
{
    bool first = true;
    strbuf_add_char(out, '{');
    json_member_string_or_null(out, &first, "route", route->route);
    json_member_u64(out, &first, "requests", route->production.requests);
    json_add_key(out, &first, "check");
    add_check(out, &route->check);
    json_add_key(out, &first, "production");
    add_counts(out, &route->production);
    json_add_key(out, &first, "staging");
    add_counts(out, &route->staging);
    strbuf_add_char(out, '}');
}

static void add_texts(struct strbuf *out, const struct span *texts, size_t count)
{
    strbuf_add_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        strbuf_add_str(out, i ? ", " : "");
        json_add_string_or_null(out, texts[i]);
    }
    strbuf_add_char(out, ']');
}

static void add_reasons(struct strbuf *out, const struct simulation *s)
{
    strbuf_add_char(out, '[');
    for (size_t i = 0; i < s->reason_count; i++) {
        const struct simulate_reason *r = &s->reasons[i];
        bool first = true;
        strbuf_add_str(out, i ? ",\n  {" : "\n  {");
        json_member_string_or_null(out, &first, "outcome", span_of(simulate_fate_name(r->fate)));
        json_member_string_or_null(out, &first, "rule", span_of(r->rule));
        json_member_string_or_null(out, &first, "text", r->text);
        json_member_u64(out, &first, "production", r->requests[0]);
        json_member_u64(out, &first, "staging", r->requests[1]);
        strbuf_add_char(out, '}');
    }
    strbuf_add_char(out, ']');
}

static void add_cache(struct strbuf *out, const struct simulate_cache *cache,
                      const struct model_size *size)
{
    bool first = true;
    strbuf_add_char(out, '{');
    json_member_string_or_null(out, &first, "profile", span_of(cache->name));
    json_member_string_or_null(out, &first, "eviction",
                               span_of(model_eviction_name(cache->model.eviction)));
    json_member_u64(out, &first, "capacity_bytes", cache->model.capacity_bytes);
    json_member_u64(out, &first, "nodes", cache->nodes ? cache->nodes : 1);
    json_member_u64(out, &first, "objects_at_most", size->peak_objects);
    json_member_u64(out, &first, "bytes_at_most", size->peak_bytes);
    json_member_u64(out, &first, "evicted", size->evicted);
    json_add_key(out, &first, "profile_from_key");
    strbuf_add_str(out, cache->name_from_key ? "true" : "false");
    json_add_key(out, &first, "not_taken_into_account");
    add_texts(out, cache->notes, cache->note_count);
    json_add_key(out, &first, "not_shown_by_requests");
    add_texts(out, cache->key ? cache->key->unseen : NULL,
              cache->key ? cache->key->unseen_count : 0);
    strbuf_add_char(out, '}');
}

static double share(uint64_t part, uint64_t whole)
{
    return whole ? (double)part / (double)whole : (double)NAN;
}

static void add_moments(struct strbuf *out, const struct simulation *s)
{
    strbuf_add_char(out, '[');
    for (size_t i = 0; i < s->moment_count; i++) {
        const struct simulate_moment *m = &s->moments[i];
        bool first = true;
        strbuf_add_str(out, i ? ",\n  {" : "\n  {");
        json_member_u64(out, &first, "requests", m->requests);
        json_member_double(out, &first, "logged", share(m->logged_hits, m->logged));
        json_member_double(out, &first, "production", share(m->hits[0], m->known[0]));
        json_member_double(out, &first, "staging", share(m->hits[1], m->known[1]));
        strbuf_add_char(out, '}');
    }
    strbuf_add_char(out, ']');
}

static void add_gaps(struct strbuf *out, const struct simulation *s)
{
    bool first = true;
    strbuf_add_char(out, '{');
    json_member_u64(out, &first, "without_answer", s->gaps.without_answer);
    json_member_u64(out, &first, "without_vary", s->gaps.without_vary);
    json_member_u64(out, &first, "without_set_cookie", s->gaps.without_set_cookie);
    json_member_u64(out, &first, "without_request_fields", s->gaps.without_request_fields);
    json_member_u64(out, &first, "answered_in_browser", s->not_seen);
    json_member_u64(out, &first, "staging_own", s->pairing.own);
    json_member_u64(out, &first, "staging_as_same_key", s->pairing.same_key);
    json_member_u64(out, &first, "staging_as_route", s->pairing.as_route);
    json_member_u64(out, &first, "staging_as_production", s->pairing.as_production);
    strbuf_add_char(out, '}');
}

void simulation_add_json(const struct simulation *s, struct strbuf *out)
{
    bool first = true;
    strbuf_add_char(out, '{');
    json_member_u64(out, &first, "version", 1);
    json_member_string_or_null(out, &first, "production", s->production);
    json_member_string_or_null(out, &first, "staging", s->staging);
    add_time(out, &first, "from", s->first_us);
    add_time(out, &first, "to", s->last_us);
    strbuf_add_str(out, ",\n \"caches\": {\"production\": ");
    add_cache(out, &s->caches[0], &s->sizes[0]);
    strbuf_add_str(out, ", \"staging\": ");
    add_cache(out, &s->caches[1], &s->sizes[1]);
    strbuf_add_str(out, "},\n \"total\": ");
    add_route(out, &s->total);
    strbuf_add_str(out, ",\n \"not_from_cache\": ");
    add_reasons(out, s);
    strbuf_add_str(out, ",\n \"assumptions\": ");
    add_gaps(out, s);
    strbuf_add_str(out, ",\n \"routes\": [");
    for (size_t i = 0; i < s->route_count; i++) {
        strbuf_add_str(out, i ? ",\n  " : "\n  ");
        add_route(out, &s->routes[i]);
    }
    strbuf_add_str(out, "],\n \"over_time\": ");
    add_moments(out, s);
    strbuf_add_str(out, "}\n");
}
