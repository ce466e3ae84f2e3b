/* The scenario's words for a cache key. */
#include "scenario_key.h"

#include "rehearse/base/file.h"

/* ---- where the key starts from ---- */

typedef int source_fn(struct key_source *ret, const char *name, struct span text,
                      struct arena *arena, struct err *err);

static int read_source(struct reader *r, const struct yaml_node *node, source_fn *read,
                       struct key_source *source)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    const char *path;
    int rc = read_path(r, node, &path);
    if (rc < 0)
        return rc;
    rc = file_read(&text, path, KEY_SOURCE_MAX, r->err);
    if (rc == 0)
        rc = read(source, path, arena_copy(&r->scenario->arena, strbuf_span(&text)),
                  &r->scenario->arena, r->err);
    if (rc < 0)
        err_prefix(r->err, rc, "%s:%u:%u", r->name, node->line, node->column);
    return rc < 0 ? E_USAGE : 0;
}

/* The string itself, where it holds a variable; else the configuration it stands in. */
static int read_nginx(struct reader *r, const struct yaml_node *node, struct key_source *source)
{
    if (node->kind != YAML_SCALAR || span_find_char(node->text, '$') < 0)
        return read_source(r, node, key_from_text, source);
    /* Quoted as nginx wants it where it has spaces; a quote in the scenario is YAML's. */
    struct span key = arena_printf(&r->scenario->arena, "\"%.*s\"", SPAN_ARG(node->text));
    if (span_find_char(node->text, '"') >= 0)
        key = node->text;
    int rc = key_from_nginx(source, "proxy_cache_key", key, &r->scenario->arena, r->err);
    if (rc < 0)
        err_prefix(r->err, rc, "%s:%u:%u", r->name, node->line, node->column);
    return rc < 0 ? E_USAGE : 0;
}

static int read_any(struct reader *r, const struct yaml_node *node, struct key_source *source)
{
    return read_source(r, node, key_from_text, source);
}

static int read_cloudfront(struct reader *r, const struct yaml_node *node,
                           struct key_source *source)
{
    return read_source(r, node, key_from_cloudfront, source);
}

static int read_cloudflare(struct reader *r, const struct yaml_node *node,
                           struct key_source *source)
{
    return read_source(r, node, key_from_cloudflare, source);
}

static int read_preset(struct reader *r, const struct yaml_node *node, struct key_source *source)
{
    AUTO(strbuf_release) struct strbuf names = STRBUF_INIT;
    const struct key_source *preset = node->kind == YAML_SCALAR ? key_preset(node->text) : NULL;
    if (!preset) {
        strbuf_add_str(&names, "one of ");
        key_preset_names_add(&names);
        return expected(r, node, names.buf);
    }
    *source = *preset;
    return 0;
}

static const struct {
    const char *key;
    int (*read)(struct reader *r, const struct yaml_node *node, struct key_source *source);
} starts[] = {
    { "from", read_any },      { "cloudfront", read_cloudfront },
    { "nginx", read_nginx },   { "cloudflare", read_cloudflare },
    { "preset", read_preset },
};

static int read_start(struct reader *r, const struct yaml_node *node, struct key_source *source)
{
    const struct yaml_node *first = NULL;
    for (const struct yaml_node *n = node->children; n; n = n->next)
        for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
            if (!span_eq(n->key, span_of(starts[i].key)))
                continue;
            if (first)
                return err_set(r->err, E_USAGE,
                               "%s:%u:%u: found \"%.*s\" beside \"%.*s\", expected one place that "
                               "the key comes from",
                               r->name, n->key_line, n->key_column, SPAN_ARG(n->key),
                               SPAN_ARG(first->key));
            int rc = starts[i].read(r, n, source);
            if (rc < 0)
                return rc;
            first = n;
        }
    return 0;
}

bool key_has_start(const struct yaml_node *node)
{
    for (const struct yaml_node *n = node ? node->children : NULL; n; n = n->next)
        for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
            if (span_eq(n->key, span_of(starts[i].key)))
                return true;
    return false;
}

/* Read before the others: it is what they refine. */
static int read_already(struct reader *r, const struct yaml_node *node, void *into)
{
    (void)r;
    (void)node;
    (void)into;
    return 0;
}

/* ---- words that are bits ---- */

struct bit_word {
    const char *word;
    unsigned bit;
};

static int read_bits(struct reader *r, const struct yaml_node *node, const struct bit_word *words,
                     const char *what, unsigned *ret)
{
    struct span_list list;
    unsigned bits = 0;
    int rc = read_spans(r, node, &list);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < list.len; i++) {
        const struct bit_word *w = words;
        while (w->word && !span_eq(list.at[i], span_of(w->word)))
            w++;
        if (!w->word)
            return expected(r, node, what);
        bits |= w->bit;
    }
    *ret = bits;
    return 0;
}

static int read_key_path(struct reader *r, const struct yaml_node *node, void *into)
{
    static const struct bit_word words[] = {
        { "case", KEY_PATH_FOLD },
        { "percent", KEY_PATH_PERCENT },
        { "decode", KEY_PATH_DECODE },
        { "dots", KEY_PATH_DOTS },
        { "slashes", KEY_PATH_SLASHES },
        { "trailing_slash", KEY_PATH_TRAILING },
        { "leading_slashes", KEY_PATH_LEADING },
        { "none", KEY_PATH_NONE },
        { NULL, 0 },
    };
    return read_bits(r, node, words,
                     "case, percent, decode, dots, slashes, leading_slashes or trailing_slash: "
                     "which spellings are "
                     "the same; or none",
                     into);
}

/* ---- query ---- */

enum { SPELT_PERCENT = 1u << 0, SPELT_CASE = 1u << 1, SPELT_EMPTY = 1u << 2 };

static int read_query_spelling(struct reader *r, const struct yaml_node *node, void *into)
{
    static const struct bit_word words[] = {
        { "percent", SPELT_PERCENT },
        { "case", SPELT_CASE },
        { "empty", SPELT_EMPTY },
        { NULL, 0 },
    };
    struct key_policy *policy = into;
    unsigned bits;
    int rc =
        read_bits(r, node, words, "percent, case or empty: which spellings are the same", &bits);
    if (rc < 0)
        return rc;
    policy->query_percent = bits & SPELT_PERCENT;
    policy->query_fold = bits & SPELT_CASE;
    policy->query_empty = bits & SPELT_EMPTY;
    return 0;
}

static int read_query_sort(struct reader *r, const struct yaml_node *node, void *into)
{
    struct key_policy *policy = into;
    policy->query_values = is_word(node, "values");
    if (!policy->query_values)
        return read_bool(r, node, &policy->query_sort);
    policy->query_sort = true;
    return 0;
}

static int read_query(struct reader *r, const struct yaml_node *node, void *into)
{
    struct key_policy *policy = into;
    struct span_list keep = { NULL, 0 }, drop = { NULL, 0 };
    const struct member members[] = {
        { "keep", read_spans, &keep },
        { "drop", read_spans, &drop },
        { "sort", read_query_sort, policy },
        { "same", read_query_spelling, policy },
        { NULL, NULL, NULL },
    };
    if (is_word(node, "all") || is_word(node, "none")) {
        policy->query = is_word(node, "all") ? KEY_QUERY_ALL : KEY_QUERY_NONE;
        return 0;
    }
    if (node->kind == YAML_SCALAR)
        return expected(r, node, "all, none, or a map with keep or drop");
    int rc = read_map(r, node, members);
    if (rc < 0)
        return rc;
    if (keep.at && drop.at)
        return expected(r, node, "keep or drop, not both");
    if (keep.at || drop.at) {
        policy->query = keep.at ? KEY_QUERY_KEEP : KEY_QUERY_DROP;
        policy->query_names = keep.at ? keep.at : drop.at;
        policy->query_count = keep.len + drop.len;
    }
    return 0;
}

/* ---- the rest ---- */

static int read_hosts(struct reader *r, const struct yaml_node *node, void *into)
{
    struct key_policy *policy = into;
    if (node->kind != YAML_MAP)
        return expected(r, node, "a map of host names and the name each stands for");
    struct key_host *hosts =
        arena_calloc(&r->scenario->arena, count_children(node) + 1, sizeof *hosts);
    size_t len = 0;
    for (const struct yaml_node *n = node->children; n; n = n->next, len++) {
        hosts[len].name = n->key;
        int rc = read_span(r, n, &hosts[len].stands);
        if (rc < 0)
            return rc;
    }
    policy->hosts = hosts;
    policy->host_count = len;
    return 0;
}

static int read_host(struct reader *r, const struct yaml_node *node, void *into)
{
    struct key_policy *policy = into;
    bool in_key;
    int rc = read_bool(r, node, &in_key);
    if (rc == 0)
        policy->ignore_host = !in_key;
    return rc;
}

static int read_method(struct reader *r, const struct yaml_node *node, void *into)
{
    struct key_policy *policy = into;
    bool in_key;
    int rc = read_bool(r, node, &in_key);
    if (rc == 0)
        policy->method = in_key ? KEY_METHOD_YES : KEY_METHOD_NO;
    return rc;
}

static bool has(const struct yaml_node *node, const char *key)
{
    for (const struct yaml_node *n = node->children; n; n = n->next)
        if (span_eq(n->key, span_of(key)))
            return true;
    return false;
}

/* What the product has in its key stays, unless headers or cookies are said: then those are all. */
static int keep_inputs(struct reader *r, const struct yaml_node *node, struct key_words *w)
{
    for (size_t i = 0; i < w->policy->input_count; i++) {
        enum key_place place = w->policy->inputs[i].place;
        if ((place == KEY_HEADER && has(node, "headers")) ||
            (place == KEY_COOKIE && has(node, "cookies")))
            continue;
        int rc = key_words_add(r, node, w, w->policy->inputs[i]);
        if (rc < 0)
            return rc;
    }
    return 0;
}

int read_key(struct reader *r, const struct yaml_node *node, void *into)
{
    struct key_source *source = into;
    struct key_policy *policy = &source->policy;
    struct key_words w = { .policy = policy };
    const struct member members[] = {
        { "from", read_already, NULL },
        { "cloudfront", read_already, NULL },
        { "cloudflare", read_already, NULL },
        { "nginx", read_already, NULL },
        { "preset", read_already, NULL },
        { "query", read_query, policy },
        { "headers", read_key_headers, &w },
        { "device", read_key_device, &w },
        { "cookies", read_key_cookies, &w },
        { "hosts", read_hosts, policy },
        { "host", read_host, policy },
        { "path", read_key_path, &policy->path },
        { "scheme", read_bool, &policy->scheme },
        { "method", read_method, policy },
        { NULL, NULL, NULL },
    };
    if (node->kind != YAML_MAP)
        return expected(r, node, "a map: query, headers, cookies, …, or from with a file");
    int rc = read_start(r, node, source);
    if (rc == 0)
        rc = keep_inputs(r, node, &w);
    if (rc == 0)
        rc = read_map(r, node, members);
    if (rc < 0)
        return rc;
    policy->inputs = w.inputs;
    policy->input_count = w.len;
    return 0;
}
