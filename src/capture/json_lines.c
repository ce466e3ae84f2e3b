/*
 * Logs of one JSON object a line, also behind a syslog prefix. Every format here
 * is a preset; the reader is the same.
 */
#include "json_lines.h"

#include <stdlib.h>

#include "rehearse/base/json_cursor.h"
#include "rehearse/base/mem.h"
#include "rehearse/base/strbuf.h"

#include "formats.h"
#include "text_lines.h"

enum { SYSLOG_FRONT_MAX = 512, SNIFF_LINES = 50, SIGN_BYTES = 16 * 1024 };

struct json_source {
    struct source base;
    struct json_level *level; /* owned */
    struct record_rules rules;
    struct time_memo memo;
    struct record record;
};

/* ---- one line ---- */

/* json_peek reads a whole number to name its type; this looks at one byte. */
static bool is_before(struct json_cursor *c, char open, enum json_type type)
{
    return c->at < c->end && (*c->at == open || *c->at <= ' ') && json_peek(c) == type;
}

/* A value as text: what JSON calls null, true and left out has to look like a log's '-' and words.
 */
static struct span value_text(struct json_value v, struct arena *arena)
{
    switch (v.type) {
    case JSON_STRING:
        return json_unescape(v.raw, arena);
    case JSON_NUMBER:
    case JSON_TRUE:
    case JSON_FALSE:
    case JSON_BARE:
        return v.raw;
    default:
        return SPAN("");
    }
}

static void put_scalar(struct record *r, const struct meaning *m, struct json_value v)
{
    struct span text = value_text(v, r->arena);
    struct meaning meant = *m;
    /* "request" holds the request line in some logs, the method alone in others. */
    if (m->role == ROLE_REQUEST_LINE && text.len && span_find_char(text, ' ') < 0)
        meant.role = ROLE_METHOD;
    record_set_unescaped(r, &meant, text, v.raw);
}

static void put_named(struct record *r, enum role role, struct span name, struct span value)
{
    if (role == ROLE_REQUEST_FIELDS || role == ROLE_REQUEST_FIELD)
        record_add_request_field(r, name, value);
    else if (role == ROLE_RESPONSE_FIELDS || role == ROLE_RESPONSE_FIELD)
        record_add_response_field(r, name, value);
    else
        record_add_cookie(r, name, value);
}

/* "name": "value", or "name": ["value", …] with a line each. */
static void take_named(struct json_cursor *c, struct record *r, enum role role, struct span name)
{
    if (!is_before(c, '[', JSON_ARRAY)) {
        struct json_value v = json_take(c);
        if (v.type != JSON_OBJECT && v.type != JSON_NULL)
            put_named(r, role, name, value_text(v, r->arena));
        return;
    }
    json_enter_array(c);
    while (json_next_element(c))
        put_named(r, role, name, value_text(json_take(c), r->arena));
}

static void take_named_object(struct json_cursor *c, struct record *r, enum role role)
{
    struct span name;
    if (!is_before(c, '{', JSON_OBJECT)) {
        json_skip(c);
        return;
    }
    json_enter_object(c);
    while (json_next_member(c, &name))
        take_named(c, r, role, json_unescape(name, r->arena));
}

/* The first element of an array stands for it where one value is wanted. */
static void take_scalar(struct json_cursor *c, struct record *r, const struct meaning *m)
{
    bool taken = false;
    if (!is_before(c, '[', JSON_ARRAY)) {
        put_scalar(r, m, json_take(c));
        return;
    }
    json_enter_array(c);
    while (json_next_element(c)) {
        if (taken)
            json_skip(c);
        else
            put_scalar(r, m, json_take(c));
        taken = true;
    }
}

/* The rest of sent_http_cache_control: nginx writes the field's hyphens as underscores. */
static struct span hyphened(struct span name, struct arena *arena)
{
    if (span_find_char(name, '_') < 0)
        return name;
    char *to = arena_alloc(arena, name.len);
    for (size_t i = 0; i < name.len; i++)
        to[i] = name.ptr[i] == '_' ? '-' : name.ptr[i];
    return span_make(to, name.len);
}

static void take_value(struct json_cursor *c, struct record *r, const struct meaning *m,
                       struct span prefix_rest)
{
    switch (m->role) {
    case ROLE_NONE:
        json_skip(c);
        break;
    case ROLE_REQUEST_FIELDS:
    case ROLE_RESPONSE_FIELDS:
    case ROLE_REQUEST_COOKIES:
        if (span_is_none(prefix_rest))
            take_named_object(c, r, m->role);
        else if (m->role == ROLE_REQUEST_COOKIES)
            take_named(c, r, m->role, prefix_rest);
        else
            take_named(c, r, m->role, hyphened(prefix_rest, r->arena));
        break;
    case ROLE_RESPONSE_FIELD:
        if (is_before(c, '[', JSON_ARRAY))
            take_named(c, r, m->role, m->name);
        else
            take_scalar(c, r, m);
        break;
    default:
        take_scalar(c, r, m);
        break;
    }
}

/* As deep as the field map is, which has a limit of its own. */
static void walk(struct json_cursor *c, const struct json_level *level, struct record *r)
{
    struct span name, rest;
    if (!json_enter_object(c))
        return;
    while (json_next_member(c, &name)) {
        const struct json_node *node = json_level_find(level, name, &rest);
        if (!node)
            json_skip(c);
        else if (node->inner && is_before(c, '{', JSON_OBJECT))
            walk(c, node->inner, r);
        else
            take_value(c, r, &node->meaning, rest);
    }
}

/* Behind a syslog prefix, if there is one; none when no object begins. */
static struct span object_of(struct span line)
{
    if (line.len && line.ptr[0] == '{')
        return line;
    ptrdiff_t brace = span_find_char(span_head(line, SYSLOG_FRONT_MAX), '{');
    return brace < 0 ? SPAN_NONE : span_from(line, (size_t)brace);
}

static bool says_nothing(const struct record *r)
{
    static const enum role signs[] = { ROLE_REQUEST_LINE, ROLE_METHOD,       ROLE_TARGET, ROLE_URL,
                                       ROLE_PATH,         ROLE_DECODED_PATH, ROLE_STATUS };
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (!span_is_none(record_value(r, signs[i])))
            return false;
    return true;
}

static int json_line(struct json_source *s, struct span line, struct source_item *ret,
                     struct arena *arena)
{
    struct record *r = &s->record;
    struct span object = object_of(line);
    record_begin(r, &s->rules, line, arena);
    if (span_is_none(object))
        return record_reject(r, ret, line, SPAN("not a JSON object"), "a line that begins with {");
    struct json_cursor c = json_cursor_make(object);
    walk(&c, s->level, r);
    if (c.failed)
        return record_reject(r, ret, span_make(c.at, (size_t)(c.end - c.at)), SPAN("damaged JSON"),
                             "JSON to go on, up to the closing }");
    struct span behind = span_trim(span_make(c.at, (size_t)(c.end - c.at)));
    if (behind.len && !span_eq(behind, SPAN(",")))
        return record_reject(r, ret, behind, SPAN("more than one JSON object"),
                             "the end of the line");
    if (says_nothing(r))
        return source_skip(ret, SPAN("a message of the server, no request"));
    return record_finish(r, &s->base, &s->memo, ret);
}

static int json_next(struct source *source, struct source_item *ret, struct arena *arena,
                     struct err *err)
{
    struct span line;
    int rc = source_line(source, &line, ret, err);
    if (rc != LINE_READY)
        return rc;
    return json_line((struct json_source *)source, line, ret, arena);
}

static void json_release(struct source *source)
{
    json_level_free(((struct json_source *)source)->level);
}

static const struct source_ops json_ops = { json_next, json_release };

/* ---- opening, detection ---- */

static int add_rows(struct json_source *s, const struct json_preset *preset, struct err *err)
{
    s->level = xcalloc(1, sizeof *s->level);
    s->rules = preset->rules;
    for (const struct json_row *row = preset->rows; row->path; row++) {
        int rc = json_level_add(s->level, span_of(row->path), &row->meaning, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* The user's map is laid over the preset's, or stands alone where there is none. */
static int open_preset(struct source **ret, const struct json_preset *preset,
                       const struct source_format *row, struct input *input,
                       const struct source_options *options, struct err *err)
{
    struct json_source *s = xcalloc(1, sizeof *s);
    int rc = add_rows(s, preset, err);
    if (rc == 0 && options->field_map)
        rc = json_level_add_map(s->level, span_of(options->field_map), err);
    if (rc < 0) {
        json_release(&s->base);
        free(s);
        return rc;
    }
    source_init(&s->base, &json_ops, row, input, options);
    *ret = &s->base;
    return 0;
}

/* The sign that is in the first lines of JSON; "" when none is asked for, NULL when none is there.
 */
static const char *sign_in(const struct json_preset *preset, struct span head)
{
    struct span line, whole = head;
    if (!head_line(&head, &line) || span_is_none(object_of(line)))
        return NULL;
    if (!preset->signs)
        return "";
    for (size_t i = 0; preset->signs[i]; i++)
        if (span_find(span_head(whole, SIGN_BYTES), span_of(preset->signs[i])) >= 0)
            return preset->signs[i];
    return NULL;
}

static int sniff_preset(const struct json_preset *preset, struct span head, struct strbuf *evidence)
{
    const char *sign = sign_in(preset, head);
    if (!sign)
        return 0;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(arena_release) struct arena kept = ARENA_INIT;
    struct exchange first = exchange_blank();
    struct json_source *s = xcalloc(1, sizeof *s);
    struct span line;
    int fit = 0, lines = 0;
    if (add_rows(s, preset, NULL) == 0)
        for (; lines < SNIFF_LINES && head_line(&head, &line); lines++) {
            struct source_item item = { .exchange = exchange_blank() };
            int outcome = json_line(s, line, &item, &arena);
            fit += outcome != SOURCE_REJECTED || s->record.bad_request;
            if (outcome == SOURCE_EXCHANGE && span_is_none(first.request.method))
                first = exchange_copy(&item.exchange, &kept);
            arena_clear(&arena);
        }
    json_release(&s->base);
    free(s);
    if (span_is_none(first.request.method))
        return 0;
    record_add_evidence(evidence, fit, lines, &first);
    if (*sign)
        strbuf_addf(evidence, "; %s is in them", sign + (*sign == '"'));
    return preset->certainty * fit / lines;
}

static const struct json_row no_rows[] = { { NULL, { 0 } } };

/* With a field map the user says it all; without, the common names are tried. */
static int open_json(struct source **ret, struct input *input, const struct source_options *options,
                     struct err *err);

static int sniff_json(struct span head, struct strbuf *evidence)
{
    return sniff_preset(&preset_any, head, evidence);
}

const struct source_format format_json = {
    .name = "json",
    .summary = "JSON lines, with a field map (role=dotted.path,…) or common names",
    .sniff = sniff_json,
    .open = open_json,
};

static int open_json(struct source **ret, struct input *input, const struct source_options *options,
                     struct err *err)
{
    struct json_preset bare = preset_any;
    if (options->field_map)
        bare.rows = no_rows;
    return open_preset(ret, &bare, &format_json, input, options, err);
}

/* The two functions of a row, which know their preset by name. */
#define JSON_FORMAT(id, row, called, words)                                                        \
    static int sniff_##id(struct span head, struct strbuf *evidence)                               \
    {                                                                                              \
        return sniff_preset(&preset_##id, head, evidence);                                         \
    }                                                                                              \
    static int open_##id(struct source **ret, struct input *input,                                 \
                         const struct source_options *options, struct err *err)                    \
    {                                                                                              \
        return open_preset(ret, &preset_##id, &row, input, options, err);                          \
    }                                                                                              \
    const struct source_format row = { called, words, sniff_##id, open_##id }

JSON_FORMAT(nginx, format_nginx_json, "nginx-json", "nginx, escape=json, by common names");
JSON_FORMAT(varnishncsa, format_varnishncsa_json, "varnishncsa-json",
            "varnishncsa -j, by common names");
JSON_FORMAT(haproxy, format_haproxy_json, "haproxy-json",
            "HAProxy JSON log-format, by common names");
JSON_FORMAT(caddy, format_caddy, "caddy", "Caddy 2 access log");
JSON_FORMAT(traefik, format_traefik_json, "traefik-json", "Traefik access log, JSON");
JSON_FORMAT(envoy, format_envoy_json, "envoy-json", "Envoy and Istio access log, JSON");
JSON_FORMAT(cloudfront, format_cloudfront_json, "cloudfront-json",
            "CloudFront standard logs v2, JSON");
JSON_FORMAT(cloudflare, format_cloudflare, "cloudflare", "Cloudflare Logpush http_requests");
JSON_FORMAT(fastly, format_fastly, "fastly", "Fastly JSON logs, by common names");
JSON_FORMAT(akamai, format_akamai, "akamai", "Akamai DataStream 2, JSON");
JSON_FORMAT(gcp, format_gcp, "gcp", "Google Cloud load balancer (Cloud Logging)");
