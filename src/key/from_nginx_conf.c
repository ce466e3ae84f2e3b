/*
 * The cache directives of an nginx configuration: ngx_http_proxy_module. All of one
 * cache are expected in the file; where blocks disagree on the key, the user chooses.
 */
#include "nginx_variables.h"
#include "rehearse/base/text.h"

enum { WORDS_MAX = 64, CONF_DEPTH_MAX = 64 };

/* A condition is looked at when the file is read: what it is made of may stand behind it. */
struct condition {
    struct nginx_word directive, word;
    enum bypass_scope scope;
    uint32_t block;
};

struct conf {
    struct key_draft draft;
    struct nginx_variables variables;
    struct condition *conditions; /* in the arena */
    size_t condition_len, condition_cap;
    const char *name;
    struct err *err;
    struct nginx_word words[WORDS_MAX]; /* of the directive so far */
    size_t len;
    bool cut; /* it has more words than there is room for, as a long server_name has */
    struct nginx_string key;
    uint32_t key_block; /* around all places where it stands */
    bool has_key, has_cache;
    struct span upstream; /* of proxy_pass */
    bool many_upstreams;
};

static int fault(const struct conf *c, const struct nginx_word *word, const char *expected)
{
    AUTO(strbuf_release) struct strbuf found = STRBUF_INIT;
    text_add_printable(&found, word->text, 60);
    return err_set(c->err, E_FORMAT, "%s:%zu:%zu: found \"%s\", expected %s", c->name, word->line,
                   word->column, found.buf, expected);
}

/* ---- directives ---- */

static int take_key(struct conf *c)
{
    if (c->len != 2)
        return fault(c, &c->words[0], "proxy_cache_key with one string; put it in quotes");
    if (c->has_key && !span_eq(c->key.text, c->words[1].text))
        return err_set(c->err, E_FORMAT,
                       "%s:%zu:%zu: found another proxy_cache_key than on line %zu, expected one: "
                       "give the string itself of the cache that is to be rehearsed",
                       c->name, c->words[1].line, c->words[1].column, c->key.line);
    if (!c->has_key)
        c->key = (struct nginx_string){ c->name, c->words[1].line, c->words[1].column,
                                        c->words[1].text };
    uint32_t block = nginx_block_now(&c->variables);
    c->key_block = c->has_key ? nginx_block_around(&c->variables, c->key_block, block) : block;
    c->has_key = true;
    return 0;
}

static int take_cache(struct conf *c)
{
    c->has_cache |= c->len == 2 && !span_eq(c->words[1].text, SPAN("off"));
    return 0;
}

/* "http://backend/path" proxies to "backend". */
static int take_pass(struct conf *c)
{
    if (c->len != 2)
        return 0;
    struct span rest = c->words[1].text;
    ptrdiff_t slashes = span_find(rest, SPAN("://"));
    if (slashes >= 0)
        rest = span_from(rest, (size_t)slashes + 3);
    struct span host = span_cut(&rest, '/');
    c->many_upstreams |= span_find_char(host, '$') >= 0;
    if (span_is_none(c->upstream))
        c->upstream = host;
    c->many_upstreams |= !span_eq(c->upstream, host);
    return 0;
}

static void note_condition(struct conf *c, const struct condition *condition, struct span why_not)
{
    AUTO(strbuf_release) struct strbuf note = STRBUF_INIT;
    strbuf_addf(&note, "line %zu: %.*s ", condition->word.line,
                SPAN_ARG(condition->directive.text));
    text_add_printable(&note, condition->word.text, 60);
    strbuf_addf(&note, " is not followed (%.*s); say under cache, bypass, which requests it means",
                SPAN_ARG(why_not));
    draft_note(&c->draft, arena_copy(c->draft.arena, strbuf_span(&note)));
}

static const enum bypass_on places[] = {
    [KEY_HEADER] = BYPASS_HEADER,
    [KEY_COOKIE] = BYPASS_COOKIE,
    [KEY_PARAMETER] = BYPASS_PARAMETER,
};

/* Is it made of named inputs of the request only? Then each is a rule by itself. */
static bool is_of_inputs(struct conf *c, struct span text)
{
    struct nginx_piece piece;
    struct key_input input;
    size_t at = 0;
    while (nginx_piece_next(text, &at, &piece))
        if (piece.is_variable && !nginx_variable_input(piece.text, c->draft.arena, &input))
            return false;
    return true;
}

/* The condition holds when the string is neither empty nor "0": each variable by itself. */
static bool add_inputs(struct conf *c, const struct condition *condition)
{
    struct nginx_piece piece;
    struct key_input input;
    struct span text = condition->word.text;
    size_t at = 0;
    while (nginx_piece_next(text, &at, &piece)) {
        struct bypass_rule rule = { .when = BYPASS_TRUTHY,
                                    .scope = condition->scope,
                                    .any_case = true };
        if (!piece.is_variable && span_eq(piece.text, SPAN("0")) && text.len == 1)
            continue;
        if (!piece.is_variable) { /* "1": always */
            rule.on = BYPASS_PATH;
            rule.name = SPAN("*");
        } else {
            nginx_variable_input(piece.text, c->draft.arena, &input);
            rule.on = places[input.place];
            rule.name = input.name;
        }
        if (!draft_add_bypass(&c->draft, rule))
            return false;
    }
    return true;
}

static bool add_condition(struct conf *c, const struct condition *condition)
{
    struct span why_not;
    if (is_of_inputs(c, condition->word.text))
        return add_inputs(c, condition);
    struct bypass_rule rule = { .on = BYPASS_MADE,
                                .when = BYPASS_TRUTHY,
                                .scope = condition->scope,
                                .name = condition->word.text };
    rule.made = nginx_made_of(&c->variables, &condition->word, condition->block, &why_not);
    if (rule.made)
        return draft_add_bypass(&c->draft, rule);
    note_condition(c, condition, why_not);
    return true;
}

static int add_conditions(struct conf *c)
{
    for (size_t i = 0; i < c->condition_len; i++)
        if (!add_condition(c, &c->conditions[i]))
            return fault(c, &c->conditions[i].word, "fewer conditions");
    return 0;
}

static int take_conditions(struct conf *c, enum bypass_scope scope)
{
    for (size_t i = 1; i < c->len; i++) {
        if (c->condition_len == KEY_SOURCE_ITEMS_MAX)
            return fault(c, &c->words[i], "fewer conditions");
        c->conditions = draft_grown(c->draft.arena, c->conditions, c->condition_len,
                                    &c->condition_cap, sizeof *c->conditions);
        c->conditions[c->condition_len++] =
            (struct condition){ c->words[0], c->words[i], scope, nginx_block_now(&c->variables) };
    }
    return 0;
}

static int take_bypass(struct conf *c)
{
    return take_conditions(c, BYPASS_READ);
}

static int take_no_cache(struct conf *c)
{
    return take_conditions(c, BYPASS_STORE);
}

static int take_methods(struct conf *c)
{
    for (size_t i = 1; i < c->len; i++) {
        struct span method = c->words[i].text;
        if (span_eq(method, SPAN("GET")) || span_eq(method, SPAN("HEAD")))
            continue;
        if (!span_eq(method, SPAN("POST")))
            return fault(c, &c->words[i], "GET, HEAD or POST");
        texts_add(&c->draft.methods, c->draft.arena, method);
        draft_note(&c->draft, SPAN("proxy_cache_methods has POST: requests with different bodies "
                                   "share one key unless $request_body is in it"));
    }
    return 0;
}

/* nginx's times: "10m", "1h 30m" without the space, "5" in seconds. */
static bool time_parse(struct span text, int64_t *ret_s)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = { { 'y', 31536000 }, { 'M', 2592000 }, { 'w', 604800 }, { 'd', 86400 },
                  { 'h', 3600 },     { 'm', 60 },      { 's', 1 } };
    int64_t total = 0;
    size_t at = 0;
    while (at < text.len) {
        size_t digits = at, u = 0;
        int64_t n;
        while (digits < text.len && char_is_digit(text.ptr[digits]))
            digits++;
        if (!span_to_i64(span_make(text.ptr + at, digits - at), &n) || n > INT32_MAX)
            return false;
        int64_t each = 1;
        if (digits < text.len) {
            while (u < sizeof units / sizeof *units && units[u].unit != text.ptr[digits])
                u++;
            if (u == sizeof units / sizeof *units)
                return false;
            each = units[u].seconds;
            digits++;
        }
        total += n * each;
        at = digits;
    }
    *ret_s = total;
    return text.len && total <= INT64_C(1) << 40;
}

static int add_valid(struct conf *c, const struct nginx_word *word, int64_t lifetime_s)
{
    uint64_t status;
    struct range_lifetime l = { .first = 100, .last = 999, .lifetime_s = lifetime_s };
    if (!span_eq(word->text, SPAN("any"))) {
        if (!span_to_u64(word->text, &status) || status < 100 || status > 599)
            return fault(c, word, "a status code or any");
        l.first = l.last = (int)status;
    }
    return draft_add_lifetime(&c->draft, l) ? 0 : fault(c, word, "fewer lifetimes");
}

/* proxy_cache_valid [code …] time; without a code: 200, 301 and 302. */
static int take_valid(struct conf *c)
{
    static const int usual[] = { 200, 301, 302 };
    const struct nginx_word *last = &c->words[c->len - 1];
    int64_t lifetime_s;
    if (c->len < 2 || !time_parse(last->text, &lifetime_s))
        return fault(c, last, "proxy_cache_valid with a time such as 10m");
    if (lifetime_s == 0)
        lifetime_s = -1; /* nginx does not store what is valid for no time */
    for (size_t i = 0; c->len == 2 && i < sizeof usual / sizeof *usual; i++)
        if (!draft_add_lifetime(&c->draft,
                                (struct range_lifetime){ usual[i], usual[i], lifetime_s }))
            return fault(c, last, "fewer lifetimes");
    for (size_t i = 1; i + 1 < c->len; i++) {
        int rc = add_valid(c, &c->words[i], lifetime_s);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int take_include(struct conf *c)
{
    draft_note(&c->draft, arena_printf(c->draft.arena, "line %zu: the include is not followed",
                                       c->words[0].line));
    return 0;
}

/* One that nginx has itself, such as $args: the request's own value is taken all the same. */
static int take_set(struct conf *c)
{
    AUTO(strbuf_release) struct strbuf name = STRBUF_INIT;
    if (c->len != 3 || !nginx_has_variable(span_from(c->words[1].text, 1)))
        return 0;
    text_add_printable(&name, c->words[1].text, 60);
    draft_note(&c->draft, arena_printf(c->draft.arena,
                                       "line %zu: set %s is not followed: it is taken as the "
                                       "request has it",
                                       c->words[0].line, name.buf));
    return 0;
}

static const struct {
    const char *name;
    int (*take)(struct conf *c);
} directives[] = {
    { "proxy_cache_key", take_key },
    { "proxy_cache", take_cache },
    { "proxy_pass", take_pass },
    { "proxy_cache_bypass", take_bypass },
    { "proxy_no_cache", take_no_cache },
    { "proxy_cache_methods", take_methods },
    { "proxy_cache_valid", take_valid },
    { "include", take_include },
    { "set", take_set },
};

/* ---- the file ---- */

static int end_directive(struct conf *c)
{
    int rc = 0;
    bool in_map = c->variables.open_map >= 0;
    if (c->len)
        nginx_variables_directive(&c->variables, c->words, c->len);
    for (size_t i = 0; c->len && !in_map && i < sizeof directives / sizeof *directives; i++)
        if (span_eq(c->words[0].text, span_of(directives[i].name)))
            rc = c->cut ? fault(c, &c->words[0], "fewer words behind it") : directives[i].take(c);
    c->len = 0;
    c->cut = false;
    return rc;
}

static int take_token(struct conf *c, enum nginx_token token, const struct nginx_word *word,
                      unsigned *depth)
{
    switch (token) {
    case NGINX_WORD:
        if (c->len < WORDS_MAX)
            c->words[c->len++] = *word;
        else
            c->cut = true;
        return 0;
    case NGINX_SEMICOLON:
        return end_directive(c);
    case NGINX_OPEN:
        nginx_block_opens(&c->variables, c->words, c->len);
        c->len = 0; /* of a block's head nothing more is wanted */
        c->cut = false;
        ++*depth;
        return *depth <= CONF_DEPTH_MAX ? 0 : fault(c, word, "fewer blocks within blocks");
    case NGINX_CLOSE:
        if (c->len)
            return fault(c, &c->words[c->len - 1], "a ';' behind it");
        if (*depth == 0)
            return fault(c, word, "no '}', since no block is open");
        --*depth;
        nginx_block_closes(&c->variables);
        return 0;
    case NGINX_UNCLOSED:
        return fault(c, word, "a quote that is closed");
    case NGINX_END:
        break;
    }
    return 0;
}

static int read_conf(struct conf *c, struct span text)
{
    struct nginx_cursor cursor = nginx_cursor_make(text);
    struct nginx_word word;
    unsigned depth = 0;
    for (;;) {
        enum nginx_token token = nginx_next(&cursor, &word, c->draft.arena);
        if (token == NGINX_END)
            break;
        int rc = take_token(c, token, &word, &depth);
        if (rc < 0)
            return rc;
    }
    if (c->len)
        return fault(c, &c->words[c->len - 1], "a ';' behind it");
    return depth ? fault(c, &word, "a '}' for each block") : 0;
}

static bool same_condition(const struct bypass_rule *a, const struct bypass_rule *b)
{
    return a->on == b->on && a->when == b->when && a->made == b->made && span_eq(a->name, b->name);
}

/* A condition of both directives is one rule: past the cache in and out. */
static void join_conditions(struct key_draft *draft)
{
    size_t kept = 0;
    for (size_t i = 0; i < draft->bypass_len; i++) {
        struct bypass_rule rule = draft->bypasses[i];
        size_t known = 0;
        while (known < kept && !same_condition(&draft->bypasses[known], &rule))
            known++;
        if (known == kept)
            draft->bypasses[kept++] = rule;
        else if (draft->bypasses[known].scope != rule.scope)
            draft->bypasses[known].scope = BYPASS_BOTH;
    }
    draft->bypass_len = kept;
}

int key_from_nginx_conf(struct key_source *ret, const char *name, struct span text,
                        struct arena *arena, struct err *err)
{
    struct key_source source;
    struct conf c = { .name = name, .err = err };
    draft_start(&c.draft, &source, "nginx", arena);
    nginx_variables_start(&c.variables, arena);
    c.key = (struct nginx_string){ name, 1, 1, SPAN(NGINX_DEFAULT_KEY) };
    /* What is compiled of it borrows from it. */
    int rc = read_conf(&c, arena_copy(arena, text));
    if (rc < 0)
        return rc;
    if (!c.has_key && !c.has_cache)
        return err_set(err, E_FORMAT,
                       "%s: found neither proxy_cache_key nor proxy_cache, expected an nginx "
                       "configuration with a cache; includes are not followed, so name the file "
                       "they stand in",
                       name);
    const struct nginx_around around = {
        .variables = &c.variables,
        .block = c.key_block,
        .one_upstream = !span_is_none(c.upstream) && !c.many_upstreams,
    };
    rc = nginx_key_add(&c.draft, &c.key, &around, err);
    if (rc == 0)
        rc = add_conditions(&c);
    if (rc < 0)
        return rc;
    source.title = arena_copy(arena, c.key.text);
    join_conditions(&c.draft);
    draft_finish(&c.draft);
    *ret = source;
    return 0;
}
