/*
 * nginx's proxy_cache_key: a string of variables. What they hold: nginx.org, "Alphabetical
 * index of variables"; the key's own rules: reference part A.6.
 */
#include "nginx.h"
#include "nginx_variables.h"
#include "rehearse/base/nginx_words.h"
#include "rehearse/base/text.h"

/* ---- pieces ---- */

static bool is_name_char(char c)
{
    return char_is_alpha(c) || char_is_digit(c) || c == '_';
}

/* Behind a '$' at `at`: the name, braces off, and how many bytes it took; empty for a lone '$'. */
static struct span take_name(struct span text, size_t at, size_t *ret_taken)
{
    size_t start = at, end;
    bool braces = at < text.len && text.ptr[at] == '{';
    start += braces;
    for (end = start; end < text.len && is_name_char(text.ptr[end]); end++)
        ;
    bool closed = !braces || (end < text.len && text.ptr[end] == '}');
    if (!closed)
        end = start;
    *ret_taken = closed ? end - at + braces : 0;
    return span_make(text.ptr + start, end - start);
}

bool nginx_piece_next(struct span text, size_t *at, struct nginx_piece *ret)
{
    size_t taken;
    if (*at >= text.len)
        return false;
    *ret = (struct nginx_piece){ .offset = *at };
    if (text.ptr[*at] == '$') {
        ret->text = take_name(text, *at + 1, &taken);
        ret->is_variable = ret->text.len;
        if (ret->is_variable) {
            *at += 1 + taken;
            return true;
        }
    }
    size_t end = *at + 1;
    while (end < text.len && text.ptr[end] != '$')
        end++;
    ret->text = span_make(text.ptr + *at, end - *at);
    *at = end;
    return true;
}

/* ---- variables ---- */

/* What a key is made of beside named inputs. */
enum {
    USES_SCHEME = 1u << 0,
    USES_HOST = 1u << 1,
    USES_UPSTREAM = 1u << 2,
    USES_RAW_URI = 1u << 3,
    USES_URI = 1u << 4,
    USES_ARGS = 1u << 5,
    USES_IS_ARGS = 1u << 6,
    USES_METHOD = 1u << 7,
    USES_NOTHING = 1u << 8, /* the same in every request of one server */
    USES_UNSEEN = 1u << 9,  /* differs between requests, and no request shows it */
};

static const struct {
    const char *name;
    unsigned uses;
} variables[] = {
    { "scheme", USES_SCHEME },
    { "https", USES_SCHEME },
    { "host", USES_HOST },
    { "http_host", USES_HOST },
    { "proxy_host", USES_UPSTREAM },
    { "proxy_port", USES_UPSTREAM },
    { "request_uri", USES_RAW_URI },
    { "uri", USES_URI },
    { "document_uri", USES_URI },
    { "args", USES_ARGS },
    { "query_string", USES_ARGS },
    { "is_args", USES_IS_ARGS },
    { "request_method", USES_METHOD },
    { "request", USES_METHOD | USES_RAW_URI | USES_UNSEEN },
    { "server_name", USES_NOTHING },
    { "server_port", USES_NOTHING },
    { "server_addr", USES_NOTHING },
    { "hostname", USES_NOTHING },
    { "nginx_version", USES_NOTHING },
    { "document_root", USES_NOTHING },
    { "realpath_root", USES_NOTHING },
    { "request_filename", USES_URI },
    { "proxy_add_x_forwarded_for", USES_UNSEEN },
    { "remote_addr", USES_UNSEEN },
    { "binary_remote_addr", USES_UNSEEN },
    { "remote_port", USES_UNSEEN },
    { "realip_remote_addr", USES_UNSEEN },
    { "server_protocol", USES_UNSEEN },
    { "http2", USES_UNSEEN },
    { "http3", USES_UNSEEN },
    { "slice_range", USES_UNSEEN },
    { "request_id", USES_UNSEEN },
    { "request_body", USES_UNSEEN },
    { "request_length", USES_UNSEEN },
    { "msec", USES_UNSEEN },
    { "time_iso8601", USES_UNSEEN },
    { "time_local", USES_UNSEEN },
    { "connection", USES_UNSEEN },
    { "connection_requests", USES_UNSEEN },
    { "uid_got", USES_UNSEEN },
    { "uid_set", USES_UNSEEN },
};

/* Modules whose variables begin alike. */
static const char *const unseen_families[] = { "ssl_", "geoip_", "geoip2_", "proxy_protocol_" };

static unsigned uses_of(struct span name)
{
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        if (span_eq(name, span_of(variables[i].name)))
            return variables[i].uses;
    for (size_t i = 0; i < sizeof unseen_families / sizeof *unseen_families; i++)
        if (span_starts(name, span_of(unseen_families[i])))
            return USES_UNSEEN;
    return 0;
}

/* "accept_language" is the header accept-language: names are compared in any case. */
static struct span header_name(struct span variable, struct arena *arena)
{
    struct span copy = arena_copy(arena, variable);
    char *name = arena_alloc(arena, copy.len + 1);
    for (size_t i = 0; i < copy.len; i++)
        name[i] = copy.ptr[i] == '_' ? '-' : char_lower(copy.ptr[i]);
    name[copy.len] = '\0';
    return span_make(name, copy.len);
}

bool nginx_variable_input(struct span variable, struct arena *arena, struct key_input *ret)
{
    *ret = (struct key_input){ .rule = KEY_TEXT };
    if (span_starts(variable, SPAN("arg_")) && variable.len > 4) {
        ret->place = KEY_PARAMETER;
        ret->name = arena_copy(arena, span_from(variable, 4));
        ret->any_case = true;
    } else if (span_starts(variable, SPAN("cookie_")) && variable.len > 7) {
        ret->place = KEY_COOKIE;
        ret->name = arena_copy(arena, span_from(variable, 7));
        ret->any_case = true;
    } else if (span_starts(variable, SPAN("http_")) && variable.len > 5 &&
               !span_eq(variable, SPAN("http_host"))) {
        ret->name = header_name(span_from(variable, 5), arena);
    } else if (span_eq(variable, SPAN("remote_user"))) {
        ret->name = SPAN("Authorization"); /* its credentials name the user */
    } else if (span_eq(variable, SPAN("content_type"))) {
        ret->name = SPAN("Content-Type");
    } else if (span_eq(variable, SPAN("content_length"))) {
        ret->name = SPAN("Content-Length");
    } else {
        return false;
    }
    return true;
}

bool nginx_has_variable(struct span variable)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct key_input unused;
    return uses_of(variable) || nginx_variable_input(variable, &arena, &unused);
}

/* ---- the key ---- */

static void put_path_and_query(struct key_policy *policy, unsigned uses)
{
    if (!(uses & (USES_RAW_URI | USES_URI)))
        policy->path = KEY_PATH_NONE;
    else if (!(uses & USES_RAW_URI))
        policy->path = KEY_PATH_DECODE | KEY_PATH_SLASHES | KEY_PATH_DOTS;
    policy->query = uses & (USES_RAW_URI | USES_ARGS) ? KEY_QUERY_ALL : KEY_QUERY_NONE;
    policy->query_empty = !(uses & USES_RAW_URI); /* $is_args is empty for "/p?" */
}

static void put_uses(struct key_draft *draft, unsigned uses, bool one_upstream)
{
    struct key_policy *policy = &draft->source->policy;
    put_path_and_query(policy, uses);
    policy->scheme = uses & USES_SCHEME;
    policy->method = uses & USES_METHOD ? KEY_METHOD_YES : KEY_METHOD_NO;
    policy->ignore_host = !(uses & USES_HOST) && (one_upstream || !(uses & USES_UPSTREAM));
    if (uses & USES_UPSTREAM && !(uses & USES_HOST) && !one_upstream)
        draft_unseen(draft, SPAN("$proxy_host, the upstream's name: each host is taken to have an "
                                 "upstream of its own"));
    if (uses & USES_IS_ARGS && policy->query == KEY_QUERY_NONE)
        draft_unseen(draft, SPAN("$is_args without $args: whether there is a query"));
}

enum { PLAIN_DEPTH_MAX = 16 };

/* A key string being read; what a plain set makes is read as if it stood there. */
struct key_reading {
    struct key_draft *draft;
    const struct nginx_string *key;
    const struct nginx_around *around;
    size_t offset;    /* in the key, of the variable that is being read */
    struct span read; /* that variable, whatever it is made of */
    unsigned uses, depth;
    size_t pieces;
    struct err *err;
};

static int unknown_variable(const struct key_reading *k, struct span why_not)
{
    AUTO(strbuf_release) struct strbuf name = STRBUF_INIT;
    const struct nginx_string *key = k->key;
    text_add_printable(&name, k->read, 60);
    if (span_is_none(why_not))
        return err_set(
            k->err, E_FORMAT,
            "%s:%zu:%zu: found $%s, expected a variable that nginx has by itself: what a map, set "
            "or capture makes is not followed from the string alone; give the configuration, or "
            "say in the scenario under cache, key (headers, cookies, query) what it is made of",
            key->name, key->line, key->column + k->offset, name.buf);
    return err_set(k->err, E_FORMAT,
                   "%s:%zu:%zu: found $%s, which cannot be followed: %.*s; say in the scenario "
                   "under cache, key (headers, cookies, query) what it is made of",
                   key->name, key->line, key->column + k->offset, name.buf, SPAN_ARG(why_not));
}

static int too_many(const struct key_reading *k)
{
    return err_set(k->err, E_LIMIT, "%s:%zu:%zu: more than %d variables in one key", k->key->name,
                   k->key->line, k->key->column, KEY_SOURCE_ITEMS_MAX);
}

/* What a map or sets under conditions make of the request, as one input. */
static int add_made(struct key_reading *k, struct span variable)
{
    struct arena *arena = k->draft->arena;
    struct span why_not = SPAN_NONE;
    struct key_input input = { .name = arena_copy(arena, variable),
                               .place = KEY_MADE,
                               .rule = KEY_TEXT };
    if (!k->around->variables)
        return unknown_variable(k, SPAN_NONE);
    const struct nginx_word word = { .text = arena_printf(arena, "${%.*s}", SPAN_ARG(variable)),
                                     .line = k->key->line };
    input.made = nginx_made_of(k->around->variables, &word, k->around->block, &why_not);
    if (!input.made)
        return unknown_variable(k, why_not);
    return draft_add_input(k->draft, input) ? 0 : too_many(k);
}

static int add_own(struct key_reading *k, struct span variable)
{
    struct key_input input;
    if (nginx_variable_input(variable, k->draft->arena, &input))
        return draft_add_input(k->draft, input) ? 0 : too_many(k);
    unsigned uses = uses_of(variable);
    if (uses & USES_UNSEEN)
        draft_unseen(k->draft, arena_printf(k->draft->arena, "$%.*s", SPAN_ARG(variable)));
    k->uses |= uses;
    return 0;
}

static int add_pieces(struct key_reading *k, struct span text, size_t order)
{
    const struct nginx_word *plain = NULL;
    struct nginx_piece piece;
    size_t at = 0, own = 0;
    while (nginx_piece_next(text, &at, &piece)) {
        int rc;
        if (!piece.is_variable)
            continue; /* the same in every key */
        if (++k->pieces > KEY_SOURCE_ITEMS_MAX)
            return too_many(k);
        if (k->depth == 0) {
            k->offset = piece.offset;
            k->read = piece.text;
        }
        if (k->around->variables && k->depth < PLAIN_DEPTH_MAX)
            plain =
                nginx_plain_set(k->around->variables, piece.text, k->around->block, order, &own);
        if (nginx_has_variable(piece.text)) {
            rc = add_own(k, piece.text);
        } else if (plain) {
            k->depth++;
            rc = add_pieces(k, plain->text, own);
            k->depth--;
        } else {
            rc = add_made(k, piece.text);
        }
        if (rc < 0)
            return rc;
    }
    return 0;
}

int nginx_key_add(struct key_draft *draft, const struct nginx_string *key,
                  const struct nginx_around *around, struct err *err)
{
    struct key_reading k = { .draft = draft, .key = key, .around = around, .err = err };
    if (key->text.len == 0)
        return err_set(err, E_FORMAT, "%s:%zu:%zu: found an empty key, expected one such as \"%s\"",
                       key->name, key->line, key->column, NGINX_DEFAULT_KEY);
    int rc = add_pieces(&k, key->text, SIZE_MAX);
    if (rc == 0)
        put_uses(draft, k.uses, around->one_upstream);
    return rc;
}

int key_from_nginx(struct key_source *ret, const char *name, struct span text, struct arena *arena,
                   struct err *err)
{
    struct key_source source;
    struct key_draft draft;
    struct nginx_word word, more;
    struct nginx_cursor cursor = nginx_cursor_make(text);
    draft_start(&draft, &source, "nginx", arena);
    enum nginx_token token = nginx_next(&cursor, &word, arena);
    if (token == NGINX_UNCLOSED)
        return err_set(err, E_FORMAT, "%s:%zu:%zu: found a quote that nothing closes", name,
                       word.line, word.column - 1);
    if (token != NGINX_WORD)
        return err_set(err, E_FORMAT,
                       "%s:%zu:%zu: found no string, expected a proxy_cache_key such as \"%s\"",
                       name, word.line, word.column, NGINX_DEFAULT_KEY);
    if (nginx_next(&cursor, &more, arena) != NGINX_END)
        return err_set(err, E_FORMAT,
                       "%s:%zu:%zu: found more behind the key, expected one string; put it in "
                       "quotes",
                       name, more.line, more.column);
    struct nginx_string key = { name, word.line, word.column, word.text };
    int rc = nginx_key_add(&draft, &key, &(struct nginx_around){ .variables = NULL }, err);
    if (rc < 0)
        return rc;
    source.title = arena_copy(arena, word.text);
    draft_finish(&draft);
    *ret = source;
    return 0;
}
