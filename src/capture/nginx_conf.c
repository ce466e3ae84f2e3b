/*
 * The log formats of an nginx configuration. Blocks are walked through, not understood.
 */
#include "nginx_conf.h"

#include <glob.h>
#include <stdlib.h>

#include "rehearse/base/file.h"
#include "rehearse/base/mem.h"
#include "rehearse/base/nginx_words.h"
#include "rehearse/base/strbuf.h"
#include "rehearse/base/text.h"

#include "log_syntax.h"

enum { CONF_MAX = 4 * 1024 * 1024, DEPTH_MAX = 10, FILES_MAX = 500, WORDS_MAX = 1024 };

struct definition {
    struct span name, text;
    enum log_escaping escaping;
    const char *file;
    size_t line;
};

struct access_log {
    struct span path, format;
};

struct conf {
    struct arena arena;
    struct span folder;             /* what includes are relative to */
    struct definition *definitions; /* owned, as are the logs */
    size_t definitions_len, definitions_cap;
    struct access_log *logs;
    size_t logs_len, logs_cap;
    unsigned depth, files;
};

/* One file being read. */
struct reader {
    struct conf *conf;
    const char *file;
    struct nginx_cursor cursor;
    struct span words[WORDS_MAX]; /* of the directive so far; as long as the file's text */
    size_t len;
    size_t first_line; /* where the directive began */
};

static int read_conf(struct conf *conf, const char *path, struct err *err);

static void conf_release(struct conf *conf)
{
    arena_release(&conf->arena);
    free(conf->definitions);
    free(conf->logs);
}

/* ---- directives ---- */

/* log_format name [escape=…] string …; the strings are joined with nothing between. */
static int take_log_format(struct reader *r, struct err *err)
{
    struct conf *conf = r->conf;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    struct definition d = { .file = r->file, .line = r->first_line };
    if (r->len < 3)
        return err_set(err, E_USAGE, "%s, line %zu: log_format needs a name and a string", r->file,
                       r->first_line);
    d.name = arena_copy(&conf->arena, r->words[1]);
    for (size_t i = 2; i < r->len; i++) {
        if (i > 2 || !span_starts(r->words[i], SPAN("escape=")))
            strbuf_add_span(&text, r->words[i]);
        else if (!log_escaping_named(span_from(r->words[i], 7), &d.escaping))
            return err_set(err, E_USAGE,
                           "%s, line %zu: found \"%.*s\", expected escape=default, json or none",
                           r->file, r->first_line, SPAN_ARG(r->words[i]));
    }
    d.text = arena_copy(&conf->arena, strbuf_span(&text));
    conf->definitions = array_room(conf->definitions, &conf->definitions_cap,
                                   conf->definitions_len + 1, sizeof *conf->definitions);
    conf->definitions[conf->definitions_len++] = d;
    return 0;
}

static void take_access_log(struct reader *r)
{
    struct conf *conf = r->conf;
    struct access_log log = { .format = SPAN("combined") };
    if (r->len < 2 || span_eq(r->words[1], SPAN("off")))
        return;
    log.path = arena_copy(&conf->arena, r->words[1]);
    if (r->len > 2 && span_find_char(r->words[2], '=') < 0)
        log.format = arena_copy(&conf->arena, r->words[2]);
    conf->logs = array_room(conf->logs, &conf->logs_cap, conf->logs_len + 1, sizeof *conf->logs);
    conf->logs[conf->logs_len++] = log;
}

/* A file that is not there is passed over: the configuration may be a copy from another machine. */
static int take_include(struct reader *r, struct err *err)
{
    struct conf *conf = r->conf;
    glob_t found = { 0 };
    int rc = 0;
    if (r->len != 2)
        return 0;
    struct span name = r->words[1];
    struct span pattern =
        name.len && name.ptr[0] == '/'
            ? name
            : arena_printf(&conf->arena, "%.*s/%.*s", SPAN_ARG(conf->folder), SPAN_ARG(name));
    pattern = arena_copy(&conf->arena, pattern);
    if (conf->depth >= DEPTH_MAX)
        return err_set(err, E_LIMIT, "%s, line %zu: includes more than %d files deep", r->file,
                       r->first_line, DEPTH_MAX);
    if (glob(pattern.ptr, 0, NULL, &found) != 0) {
        globfree(&found);
        return 0;
    }
    for (size_t i = 0; rc == 0 && i < found.gl_pathc; i++)
        rc = read_conf(conf, found.gl_pathv[i], err);
    globfree(&found);
    return rc;
}

static int end_directive(struct reader *r, struct err *err)
{
    int rc = 0;
    if (r->len) {
        if (span_eq(r->words[0], SPAN("log_format")))
            rc = take_log_format(r, err);
        else if (span_eq(r->words[0], SPAN("access_log")))
            take_access_log(r);
        else if (span_eq(r->words[0], SPAN("include")))
            rc = take_include(r, err);
    }
    r->len = 0;
    return rc;
}

/* ---- files ---- */

static int take_token(struct reader *r, enum nginx_token token, const struct nginx_word *word,
                      struct err *err)
{
    switch (token) {
    case NGINX_WORD:
        if (r->len == 0)
            r->first_line = word->line;
        if (r->len < WORDS_MAX)
            r->words[r->len++] = word->text;
        return 0;
    case NGINX_OPEN:
    case NGINX_CLOSE:
        r->len = 0; /* a block's head is no directive of ours */
        return 0;
    case NGINX_SEMICOLON:
        return end_directive(r, err);
    case NGINX_UNCLOSED:
        return err_set(err, E_USAGE, "%s, line %zu: the quote is not closed", r->file, word->line);
    case NGINX_END:
        break;
    }
    return 0;
}

static int read_text(struct reader *r, struct err *err)
{
    struct nginx_word word;
    enum nginx_token token;
    int rc = 0;
    while (rc == 0 && (token = nginx_next(&r->cursor, &word, &r->conf->arena)) != NGINX_END)
        rc = take_token(r, token, &word, err);
    return rc;
}

static int read_conf(struct conf *conf, const char *path, struct err *err)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    if (++conf->files > FILES_MAX)
        return err_set(err, E_LIMIT, "%s: more than %d files included", path, FILES_MAX);
    int rc = file_read(&text, path, CONF_MAX, err);
    if (rc < 0)
        return rc;
    struct reader *r = xcalloc(1, sizeof *r);
    r->conf = conf;
    r->file = arena_copy(&conf->arena, span_of(path)).ptr;
    r->cursor = nginx_cursor_make(strbuf_span(&text));
    conf->depth++;
    rc = read_text(r, err);
    conf->depth--;
    free(r);
    return rc;
}

/* ---- choosing ---- */

/* Defined without being written (ngx_http_log_module). */
#define COMBINED                                                                                   \
    "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent "             \
    "\"$http_referer\" \"$http_user_agent\""

static const struct definition *find(const struct conf *conf, struct span name)
{
    static const struct definition combined = {
        .name = { "combined", 8 },
        .text = { COMBINED, sizeof COMBINED - 1 },
        .file = "nginx",
    };
    for (size_t i = 0; i < conf->definitions_len; i++)
        if (span_eq(conf->definitions[i].name, name))
            return &conf->definitions[i];
    return span_eq(name, combined.name) ? &combined : NULL;
}

static struct span base_name(struct span path)
{
    ptrdiff_t slash = span_rfind_char(path, '/');
    return slash < 0 ? path : span_from(path, (size_t)slash + 1);
}

/* "access.log" is where "access.log-20260307.gz" came from. */
static struct span format_of_log(const struct conf *conf, struct span log_path)
{
    struct span best = SPAN_NONE, name = base_name(log_path);
    size_t longest = 0;
    for (size_t i = 0; i < conf->logs_len; i++) {
        struct span written = base_name(conf->logs[i].path);
        if (written.len > longest && span_starts(name, written)) {
            best = conf->logs[i].format;
            longest = written.len;
        }
    }
    return best;
}

static struct span agreed_format(const struct conf *conf)
{
    for (size_t i = 1; i < conf->logs_len; i++)
        if (!span_eq(conf->logs[i].format, conf->logs[0].format))
            return SPAN_NONE;
    return conf->logs_len ? conf->logs[0].format : SPAN_NONE;
}

static int ambiguous(const struct conf *conf, const char *path, struct err *err)
{
    AUTO(strbuf_release) struct strbuf names = STRBUF_INIT;
    for (size_t i = 0; i < conf->definitions_len; i++) {
        if (i)
            strbuf_add_str(&names, ", ");
        text_add_printable(&names, conf->definitions[i].name, 64);
    }
    if (conf->definitions_len == 0)
        return err_set(err, E_NOT_FOUND, "%s: no log_format in it, nor in what it includes", path);
    return err_set(err, E_USAGE, "%s: which log_format? Name one of %s", path, names.buf);
}

static int choose(const struct definition **ret, const struct conf *conf, const char *path,
                  const char *name, const char *log_path, struct err *err)
{
    struct span wanted = span_of(name);
    if (span_is_none(wanted))
        wanted = format_of_log(conf, span_of(log_path));
    if (span_is_none(wanted))
        wanted = agreed_format(conf);
    if (span_is_none(wanted) && conf->definitions_len == 1)
        wanted = conf->definitions[0].name;
    if (span_is_none(wanted))
        return ambiguous(conf, path, err);
    *ret = find(conf, wanted);
    if (!*ret)
        return err_set(err, E_NOT_FOUND, "%s: no log_format named \"%.*s\" in it", path,
                       SPAN_ARG(wanted));
    return 0;
}

int nginx_conf_log_format(struct log_format **ret, const char *path, const char *name,
                          const char *log_path, struct err *err)
{
    struct conf conf = { .arena = ARENA_INIT };
    const struct definition *d = NULL;
    struct span slash = span_of(path);
    ptrdiff_t at = span_rfind_char(slash, '/');
    conf.folder = at < 0 ? SPAN(".") : span_head(slash, (size_t)at);
    int rc = read_conf(&conf, path, err);
    if (rc == 0)
        rc = choose(&d, &conf, path, name, log_path, err);
    if (rc == 0) {
        rc = log_format_compile_plain(ret, d->text, NULL, d->escaping, err);
        if (rc < 0)
            err_prefix(err, rc, "%s, line %zu: log_format %.*s", d->file, d->line,
                       SPAN_ARG(d->name));
    }
    conf_release(&conf);
    return rc;
}
