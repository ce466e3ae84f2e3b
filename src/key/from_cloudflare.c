/*
 * Cloudflare's cache rules: action_parameters of set_cache_settings, in a rule, a
 * ruleset or bare. What they say: reference part A.2.
 */
#include "json_file.h"
#include "rehearse/base/text.h"

enum { EXPRESSION_BYTES = 160 };

struct cloudflare {
    struct key_draft draft;
    struct span title, expression, action;
    unsigned rules; /* with set_cache_settings */
    bool knows_any; /* one member of ours was there */
    bool cache, says_cache;
    /* cache_key */
    bool sort, deception_armor, by_device;
    /* custom_key */
    bool included, excluded, exclude_origin, device, geo, language, resolved;
    enum key_query query;
    struct texts query_names, headers, headers_present, cookies, cookies_present;
    /* edge_ttl */
    struct span mode;
    int64_t default_s;
};

/* ---- custom_key ---- */

/* One side of query_string: ["*"], ["a", "b"], {"all": true} or {"list": [...]}. */
struct names {
    struct texts list;
    bool all;
};

static int read_name_list(struct json_file *f, void *into)
{
    struct names *names = into;
    struct span star;
    if (json_peek(&f->cursor) != JSON_STRING)
        return json_read_texts(f, &names->list);
    struct json_file before = *f;
    int rc = json_read_text(f, &star);
    if (rc == 0 && !span_eq(star, SPAN("*")))
        return json_expected(&before, "\"*\" or a list of names");
    names->all = rc == 0;
    return rc;
}

static int read_query_names(struct json_file *f, void *into)
{
    struct names *names = into;
    const struct json_member members[] = {
        { "all", json_read_bool, &names->all },
        { "list", read_name_list, names },
        { NULL, NULL, NULL },
    };
    int rc = json_peek(&f->cursor) == JSON_OBJECT ? json_read_object(f, members)
                                                  : read_name_list(f, names);
    for (size_t i = 0; rc == 0 && i < names->list.len; i++)
        names->all |= span_eq(names->list.at[i], SPAN("*"));
    return rc;
}

static int read_include(struct json_file *f, void *into)
{
    struct cloudflare *c = into;
    struct names names = { .all = false };
    struct json_file before = *f;
    c->included = true;
    if (c->excluded)
        return json_expected(&before, "include or exclude, not both");
    int rc = read_query_names(f, &names);
    c->query = names.all ? KEY_QUERY_ALL : KEY_QUERY_KEEP;
    c->query_names = names.list;
    return rc;
}

static int read_exclude(struct json_file *f, void *into)
{
    struct cloudflare *c = into;
    struct names names = { .all = false };
    struct json_file before = *f;
    c->excluded = true;
    if (c->included)
        return json_expected(&before, "include or exclude, not both");
    int rc = read_query_names(f, &names);
    c->query = names.all ? KEY_QUERY_NONE : KEY_QUERY_DROP;
    c->query_names = names.list;
    return rc;
}

static int read_query(struct json_file *f, void *into)
{
    struct cloudflare *c = into;
    const struct json_member members[] = {
        { "include", read_include, c },
        { "exclude", read_exclude, c },
        { NULL, NULL, NULL },
    };
    c->knows_any = true;
    return json_read_object(f, members);
}

/* {"accept": ["image/webp", "image/avif"]}: the members' names are the headers'. */
static int read_contains(struct json_file *f, void *into)
{
    struct cloudflare *c = into;
    struct span name;
    if (json_peek(&f->cursor) != JSON_OBJECT || !json_enter_object(&f->cursor))
        return json_expected(f, "an object of header names, each with a list of values");
    while (json_next_member(&f->cursor, &name)) {
        struct texts values = { .len = 0 };
        int rc = json_read_texts(f, &values);
        if (rc < 0)
            return rc;
        if (!draft_add_input(&c->draft,
                             (struct key_input){ .name = json_unescape(name, f->draft->arena),
                                                 .rule = KEY_CONTAINS,
                                                 .values = values.at,
                                                 .value_count = values.len }))
            return json_fault(f, name.ptr, "more headers than any rule has");
    }
    return f->cursor.failed ? json_expected(f, "a member of the object, or its end") : 0;
}

static int read_header(struct json_file *f, void *into)
{
    struct cloudflare *c = into;
    const struct json_member members[] = {
        { "include", json_read_texts, &c->headers },
        { "check_presence", json_read_texts, &c->headers_present },
        { "contains", read_contains, c },
        { "exclude_origin", json_read_bool, &c->exclude_origin },
        { NULL, NULL, NULL },
    };
    c->knows_any = true;
    return json_read_object(f, members);
}

static int read_cookie(struct json_file *f, void *into)
{
    struct cloudflare *c = into;
    const struct json_member members[] = {
        { "include", json_read_texts, &c->cookies },
        { "check_presence", json_read_texts, &c->cookies_present },
        { NULL, NULL, NULL },
    };
    c->knows_any = true;
    return json_read_object(f, members);
}

static int read_user(struct json_file *f, void *into)
{
    struct cloudflare *c = into;
    const struct json_member members[] = {
        { "device_type", json_read_bool, &c->device },
        { "geo", json_read_bool, &c->geo },
        { "lang", json_read_bool, &c->language },
        { NULL, NULL, NULL },
    };
    c->knows_any = true;
    return json_read_object(f, members);
}

static int read_host(struct json_file *f, void *into)
{
    struct cloudflare *c = into;
    const struct json_member members[] = {
        { "resolved", json_read_bool, &c->resolved },
        { NULL, NULL, NULL },
    };
    c->knows_any = true;
    return json_read_object(f, members);
}

static int read_custom_key(struct json_file *f, void *into)
{
    struct cloudflare *c = into;
    const struct json_member members[] = {
        { "query_string", read_query, c }, { "header", read_header, c },
        { "cookie", read_cookie, c },      { "user", read_user, c },
        { "host", read_host, c },          { NULL, NULL, NULL },
    };
    c->knows_any = true;
    return json_read_object(f, members);
}

static int read_cache_key(struct json_file *f, void *into)
{
    struct cloudflare *c = into;
    const struct json_member members[] = {
        { "ignore_query_strings_order", json_read_bool, &c->sort },
        { "cache_deception_armor", json_read_bool, &c->deception_armor },
        { "cache_by_device_type", json_read_bool, &c->by_device },
        { "custom_key", read_custom_key, c },
        { NULL, NULL, NULL },
    };
    c->knows_any = true;
    return json_read_object(f, members);
}

/* ---- edge_ttl ---- */

static int read_mode(struct json_file *f, void *into)
{
    struct json_file before = *f;
    struct span mode;
    int rc = json_read_text(f, &mode);
    if (rc < 0)
        return rc;
    if (!span_eq(mode, SPAN("respect_origin")) && !span_eq(mode, SPAN("override_origin")) &&
        !span_eq(mode, SPAN("bypass_by_default")))
        return json_expected(&before, "respect_origin, override_origin or bypass_by_default");
    *(struct span *)into = mode;
    return 0;
}

struct statuses {
    int64_t single, from, to, value;
};

static int read_range(struct json_file *f, void *into)
{
    struct statuses *s = into;
    const struct json_member members[] = {
        { "from", json_read_seconds, &s->from },
        { "to", json_read_seconds, &s->to },
        { NULL, NULL, NULL },
    };
    s->from = 100; /* either end may be left out */
    s->to = 999;
    return json_read_object(f, members);
}

static bool is_status(int64_t n)
{
    return n >= 100 && n <= 999;
}

/* Seconds, or the words for -1 and 0. */
static int read_status_value(struct json_file *f, void *into)
{
    struct json_file before = *f;
    struct span word;
    if (json_peek(&f->cursor) != JSON_STRING)
        return json_read_seconds(f, into);
    int rc = json_read_text(f, &word);
    if (rc < 0)
        return rc;
    bool no_store = span_eq(word, SPAN("no-store"));
    if (!no_store && !span_eq(word, SPAN("no-cache")))
        return json_expected(&before, "seconds, no-store or no-cache");
    *(int64_t *)into = no_store ? -1 : 0;
    return 0;
}

static int read_status_ttl(struct json_file *f, void *into)
{
    struct cloudflare *c = into;
    struct json_file before = *f;
    struct statuses s = { .single = -1, .from = -1, .to = -1, .value = -2 };
    const struct json_member members[] = {
        { "status_code", json_read_seconds, &s.single },
        { "status_code_value", json_read_seconds, &s.single },
        { "status_code_range", read_range, &s },
        { "value", read_status_value, &s.value },
        { NULL, NULL, NULL },
    };
    int rc = json_read_object(f, members);
    if (rc < 0)
        return rc;
    if (s.single >= 0)
        s.from = s.to = s.single;
    if (!is_status(s.from) || !is_status(s.to) || s.from > s.to || s.value < -1)
        return json_expected(&before, "status_code or status_code_range, 100 to 999, and a value "
                                      "of -1 or more");
    if (!draft_add_lifetime(&c->draft, (struct range_lifetime){ (int)s.from, (int)s.to, s.value }))
        return json_expected(&before, "at most 10000 of them");
    return 0;
}

static int read_status_ttls(struct json_file *f, void *into)
{
    return json_read_array(f, read_status_ttl, into);
}

static int read_edge_ttl(struct json_file *f, void *into)
{
    struct cloudflare *c = into;
    const struct json_member members[] = {
        { "mode", read_mode, &c->mode },
        { "default", json_read_seconds, &c->default_s },
        { "status_code_ttl", read_status_ttls, c },
        { NULL, NULL, NULL },
    };
    c->knows_any = true;
    return json_read_object(f, members);
}

/* ---- rules ---- */

static int read_cache(struct json_file *f, void *into)
{
    struct cloudflare *c = into;
    c->knows_any = c->says_cache = true;
    return json_read_bool(f, &c->cache);
}

static int read_vary(struct json_file *f, void *into)
{
    struct cloudflare *c = into;
    draft_note(&c->draft, SPAN("\"vary\" says how the response's Vary enters the key; it is not "
                               "modelled, Vary is taken as Cloudflare takes it by default"));
    return json_pass_over(f, into);
}

static int read_parameters(struct json_file *f, void *into);
static int read_rules(struct json_file *f, void *into);
static int read_result(struct json_file *f, void *into);

/* Every member that a rule, its parameters or a ruleset may have: none means two things. */
static int read_object(struct json_file *f, struct cloudflare *c, bool root)
{
    const struct json_member members[] = {
        { "result", read_result, c },
        { "rules", read_rules, c },
        { "action", json_read_text, &c->action },
        { "action_parameters", read_parameters, c },
        { "expression", json_read_text, &c->expression },
        { "description", json_read_text, &c->title },
        { "cache", read_cache, c },
        { "cache_key", read_cache_key, c },
        { "edge_ttl", read_edge_ttl, c },
        { "vary", read_vary, c },
        { "custom_key", read_custom_key, c },
        { "ignore_query_strings_order", json_read_bool, &c->sort },
        { "cache_deception_armor", json_read_bool, &c->deception_armor },
        { "cache_by_device_type", json_read_bool, &c->by_device },
        { "query_string", read_query, c },
        { "header", read_header, c },
        { "cookie", read_cookie, c },
        { "user", read_user, c },
        { "host", read_host, c },
        { "browser_ttl", json_pass_over, NULL },
        { "serve_stale", json_pass_over, NULL },
        { "respect_strong_etags", json_pass_over, NULL },
        { "origin_error_page_passthru", json_pass_over, NULL },
        { "origin_cache_control", json_pass_over, NULL },
        { "additional_cacheable_ports", json_pass_over, NULL },
        { "cache_reserve", json_pass_over, NULL },
        { "read_timeout", json_pass_over, NULL },
        { "enabled", json_pass_over, NULL },
        { "logging", json_pass_over, NULL },
        { "id", json_pass_over, NULL },
        { "ref", json_pass_over, NULL },
        { "version", json_pass_over, NULL },
        { "last_updated", json_pass_over, NULL },
        { "name", json_pass_over, NULL },
        { "kind", json_pass_over, NULL },
        { "phase", json_pass_over, NULL },
        { "success", json_pass_over, NULL },
        { "errors", json_pass_over, NULL },
        { "messages", json_pass_over, NULL },
        { NULL, NULL, NULL },
    };
    if (f->cursor.depth > 8)
        return json_expected(f, "a cache rule less deep");
    return root ? json_read_root(f, members) : json_read_object(f, members);
}

static int read_result(struct json_file *f, void *into)
{
    return read_object(f, into, /* root= */ false);
}

static int read_parameters(struct json_file *f, void *into)
{
    return read_object(f, into, /* root= */ false);
}

/* Only rules that set the cache count; a second one is one too many. */
static int read_rule(struct json_file *f, void *into)
{
    struct cloudflare *c = into;
    struct json_file before = *f;
    struct json_cursor look = f->cursor;
    struct span key, action = SPAN_NONE;
    if (json_peek(&look) != JSON_OBJECT)
        return json_expected(f, "a rule");
    json_enter_object(&look);
    while (json_next_member(&look, &key)) {
        struct json_value value = json_take(&look);
        if (span_eq(key, SPAN("action")))
            action = value.raw;
    }
    if (!look.failed && !span_eq(action, SPAN("set_cache_settings")))
        return json_pass_over(f, NULL);
    if (!look.failed && c->rules++)
        return json_expected(&before, "one rule with set_cache_settings: keep the one that is to "
                                      "be rehearsed, and leave the others out");
    return read_object(f, c, /* root= */ false);
}

static int read_rules(struct json_file *f, void *into)
{
    return json_read_array(f, read_rule, into);
}

/* ---- what it means for the key ---- */

static void add_default_inputs(struct cloudflare *c)
{
    const struct key_policy *usual = &key_preset(SPAN("cloudflare"))->policy;
    for (size_t i = 0; i < usual->input_count; i++)
        if (!c->exclude_origin || !span_ieq(usual->inputs[i].name, SPAN("Origin")))
            draft_add_input(&c->draft, usual->inputs[i]);
    for (size_t i = 0; i < usual->unseen_count; i++)
        draft_unseen(&c->draft, usual->unseen[i]);
}

static void add_inputs(struct cloudflare *c, const struct texts *names, struct key_input like)
{
    for (size_t i = 0; i < names->len; i++) {
        like.name = names->at[i];
        draft_add_input(&c->draft, like);
    }
}

static void add_user(struct cloudflare *c)
{
    struct key_draft *d = &c->draft;
    if (c->device || c->by_device)
        draft_add_input(d, (struct key_input){ .name = SPAN("User-Agent"),
                                               .rule = KEY_DEVICE,
                                               .title = SPAN("device") });
    if (c->language)
        draft_add_input(d, (struct key_input){ .name = SPAN("Accept-Language"),
                                               .rule = KEY_FIRST_LANGUAGE,
                                               .title = SPAN("language") });
    if (c->geo) {
        /* Seen only by who recorded behind Cloudflare. */
        draft_add_input(d, (struct key_input){ .name = SPAN("CF-IPCountry") });
        draft_unseen(d, SPAN("the visitor's country"));
    }
    if (c->resolved)
        draft_unseen(d, SPAN("the host that the name resolves to: the visitor's is taken"));
}

static void put_lifetimes(struct cloudflare *c, struct key_source *source)
{
    struct key_lifetimes *l = &source->lifetimes;
    bool bypasses = span_eq(c->mode, SPAN("bypass_by_default"));
    l->overrides_origin = span_eq(c->mode, SPAN("override_origin"));
    l->default_s = bypasses ? 0 : c->default_s;
    l->drops_defaults = bypasses || (l->overrides_origin && c->default_s >= 0);
    /* In any mode: cloudflare-docs, cache rules, "Status code TTL". */
    l->statuses_override = true;
}

/* What the rule says and no forecast heeds, with what that does to the forecast. */
static void note_left_out(struct cloudflare *c)
{
    AUTO(strbuf_release) struct strbuf note = STRBUF_INIT;
    if (c->deception_armor)
        draft_note(&c->draft, SPAN("cache_deception_armor: it keeps out responses whose "
                                   "Content-Type is not what the path's extension says; here they "
                                   "are taken as stored, so hits may be forecast that it refuses"));
    if (!c->expression.len || span_eq(c->expression, SPAN("true")))
        return;
    strbuf_add_str(&note, "the rule's expression, ");
    text_add_printable(&note, c->expression, EXPRESSION_BYTES);
    strbuf_add_str(&note, ": key and lifetimes of the rule are taken for every request, also where "
                          "it does not apply");
    draft_note(&c->draft, arena_copy(c->draft.arena, strbuf_span(&note)));
}

static void put_key(struct cloudflare *c, struct key_source *source)
{
    struct key_policy *p = &source->policy;
    p->scheme = true;
    p->query = c->query;
    p->query_names = c->query_names.at;
    p->query_count = c->query_names.len;
    p->query_sort = p->query_values = c->sort;
    p->cookies = c->cookies.at;
    p->cookie_count = c->cookies.len;
    source->title = c->title;
    source->never_caches = !c->cache;
    source->caches_everything = c->says_cache && c->cache;
    source->deception_armor = c->deception_armor;
    add_default_inputs(c);
    add_inputs(c, &c->headers, (struct key_input){ .rule = KEY_VALUE });
    add_inputs(c, &c->headers_present, (struct key_input){ .rule = KEY_PRESENCE });
    add_inputs(c, &c->cookies_present,
               (struct key_input){ .rule = KEY_PRESENCE, .place = KEY_COOKIE });
    add_user(c);
    put_lifetimes(c, source);
    note_left_out(c);
}

int key_from_cloudflare(struct key_source *ret, const char *name, struct span text,
                        struct arena *arena, struct err *err)
{
    struct key_source source;
    struct cloudflare c = { .cache = true, .default_s = -1 };
    draft_start(&c.draft, &source, "cloudflare", arena);
    struct json_file f = json_file_make(name, text, &c.draft, err);
    int rc = read_object(&f, &c, /* root= */ true);
    if (rc < 0)
        return rc;
    if (c.action.len && !span_eq(c.action, SPAN("set_cache_settings")))
        return err_set(err, E_FORMAT,
                       "%s: found a rule with the action \"%.*s\", expected set_cache_settings",
                       name, SPAN_ARG(c.action));
    if (!c.knows_any)
        return err_set(err, E_FORMAT,
                       "%s: found JSON without \"cache_key\", \"custom_key\", \"edge_ttl\" or "
                       "\"cache\", expected a Cloudflare cache rule (action set_cache_settings)",
                       name);
    put_key(&c, &source);
    draft_finish(&c.draft);
    *ret = source;
    return 0;
}
