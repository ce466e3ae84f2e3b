/*
 * Compiling a log format whose quotes are off (log_quotes.c): variables and literals
 * apart, then the few things that need to see the whole (two values for one role,
 * values with nothing between them).
 */
#include "log_syntax.h"

#include <stdlib.h>

#include "rehearse/base/mem.h"
#include "rehearse/base/strbuf.h"

enum { STEPS_MAX = 512 };

/* ---- variables and literals ---- */

struct compiler {
    struct log_format *format;
    struct span text;
    const size_t *columns; /* or NULL */
    struct strbuf literal; /* since the last variable */
    struct err *err;
};

static size_t column_of(const struct compiler *c, size_t at)
{
    if (!c->columns)
        return at + 1;
    return at < c->text.len ? c->columns[at] : c->columns[c->text.len - 1] + 1;
}

static struct log_step *last_step(struct compiler *c)
{
    return c->format->len ? &c->format->steps[c->format->len - 1] : NULL;
}

/* What was collected since the last variable is what stands behind it. */
static void end_literal(struct compiler *c)
{
    struct log_step *step = last_step(c);
    struct span literal = arena_copy(&c->format->arena, strbuf_span(&c->literal));
    if (step)
        step->until = literal;
    else
        c->format->head = literal;
    strbuf_clear(&c->literal);
}

/*
 * Two values with nothing between them: fine where the second one begins with a
 * byte that the first cannot hold ($host$request_uri), or where both together are
 * one thing ($uri$is_args$args, %U%q). Returns 1 when `next` is merged into the
 * step before, 0 when it stands for itself, -1 when nobody can tell them apart.
 */
static int join(struct log_step *before, enum role next, struct span variable)
{
    enum role role = before->meaning.role;
    bool query = next == ROLE_QUERY || span_eq(variable, SPAN("$is_args"));
    if ((role == ROLE_DECODED_PATH || role == ROLE_DECODED_TARGET) && query) {
        before->meaning.role = ROLE_DECODED_TARGET;
        return 1;
    }
    if ((role == ROLE_AUTHORITY || role == ROLE_SERVER_NAME || role == ROLE_SERVER_PORT) &&
        (next == ROLE_TARGET || next == ROLE_DECODED_PATH)) {
        before->stop = '/';
        return 0;
    }
    return -1;
}

static int add_variable(struct compiler *c, struct meaning meaning, struct span variable,
                        unsigned inner)
{
    struct log_format *f = c->format;
    struct log_step *before = last_step(c);
    size_t column = column_of(c, (size_t)(variable.ptr - c->text.ptr));
    if (f->len == STEPS_MAX)
        return err_set(c->err, E_LIMIT, "log format: more than %d variables", STEPS_MAX);
    if (before && c->literal.len == 0) {
        int joined = join(before, meaning.role, variable);
        if (joined > 0)
            return 0;
        if (joined < 0)
            return err_set(c->err, E_USAGE,
                           "log format, column %zu: %.*s follows %.*s with nothing between them, "
                           "so where one value ends cannot be told; expected a character there",
                           column, SPAN_ARG(variable), SPAN_ARG(before->variable));
    }
    end_literal(c);
    f->steps = array_room(f->steps, &f->cap, f->len + 1, sizeof *f->steps);
    f->steps[f->len++] = (struct log_step){
        .meaning = meaning,
        .variable = arena_copy(&f->arena, variable),
        .column = column,
        .inner = inner,
    };
    return 0;
}

/* ---- nginx ---- */

static bool is_name_char(char c)
{
    return char_is_alpha(c) || char_is_digit(c) || c == '_';
}

/* $name or ${name} at `at`; *ret_end is behind it. */
static int nginx_at(struct compiler *c, size_t at, size_t *ret_end)
{
    struct span text = c->text;
    bool braces = at + 1 < text.len && text.ptr[at + 1] == '{';
    size_t from = at + 1 + braces, to = from;
    while (to < text.len && is_name_char(text.ptr[to]))
        to++;
    if (to == from)
        return err_set(c->err, E_USAGE,
                       "log format, column %zu: found '$' alone, expected a variable's name "
                       "behind it",
                       column_of(c, at));
    if (braces && (to == text.len || text.ptr[to] != '}'))
        return err_set(c->err, E_USAGE, "log format, column %zu: expected '}' behind \"%.*s\"",
                       column_of(c, to), SPAN_ARG(span_make(text.ptr + at, to - at)));
    struct span name = span_make(text.ptr + from, to - from);
    *ret_end = to + braces;
    return add_variable(c, nginx_variable(name, &c->format->arena),
                        span_make(text.ptr + at, *ret_end - at), /* inner= */ 0);
}

/* ---- Apache ---- */

/* Behind the conditions and modifiers: %!200,304>… */
static size_t skip_modifiers(struct span text, size_t at, bool *ret_final)
{
    while (at < text.len && (text.ptr[at] == '!' || text.ptr[at] == ',' || text.ptr[at] == '<' ||
                             text.ptr[at] == '>' || char_is_digit(text.ptr[at]))) {
        if (text.ptr[at] == '>')
            *ret_final = true;
        at++;
    }
    return at;
}

static unsigned count_char(struct span s, char c)
{
    unsigned n = 0;
    for (size_t i = 0; i < s.len; i++)
        n += s.ptr[i] == c;
    return n;
}

/* Of mod_log_config, mod_logio, mod_ssl, varnishncsa and Fastly. */
static const char apache_directives[] = "aABbcCDefhHiIklLmnoOpPqrRsStTuUvVxX";

static int apache_at(struct compiler *c, size_t at, size_t *ret_end)
{
    struct span text = c->text;
    struct apache_directive d = { .argument = SPAN_NONE };
    size_t p = skip_modifiers(text, at + 1, &d.is_final);
    if (p < text.len && text.ptr[p] == '{') {
        ptrdiff_t close = span_find_char(span_from(text, p), '}');
        if (close < 0)
            return err_set(c->err, E_USAGE,
                           "log format, column %zu: '{' is not closed; expected '}' and a letter",
                           column_of(c, p));
        d.argument = span_make(text.ptr + p + 1, (size_t)close - 1);
        p = skip_modifiers(text, p + (size_t)close + 1, &d.is_final);
    }
    if (p + 1 < text.len && text.ptr[p] == '^' && text.ptr[p + 1] == 't') {
        d.is_trailer = true;
        p += 2;
    }
    if (p == text.len || !char_is_alpha(text.ptr[p]))
        return err_set(c->err, E_USAGE,
                       "log format, column %zu: \"%.*s\" is no directive; expected a letter "
                       "such as in %%h, %%>s or %%{Referer}i",
                       column_of(c, p), SPAN_ARG(span_make(text.ptr + at, p - at)));
    if (!strchr(apache_directives, text.ptr[p]))
        return err_set(c->err, E_USAGE,
                       "log format, column %zu: %%%c is no directive of Apache or varnishncsa; expected one of %s",
                       column_of(c, p), text.ptr[p], apache_directives);
    d.letter = text.ptr[p];
    *ret_end = p + 1;
    struct span variable = span_make(text.ptr + at, p + 1 - at);
    /* %t alone is written in brackets; with a date format it may hold spaces. */
    bool bracketed = d.letter == 't' && span_is_none(d.argument);
    unsigned inner = d.letter == 't' ? count_char(d.argument, ' ') : 0;
    if (bracketed)
        strbuf_add_char(&c->literal, '[');
    int rc = add_variable(c, apache_variable(&d, &c->format->arena), variable, inner);
    if (bracketed)
        strbuf_add_char(&c->literal, ']');
    return rc;
}

/* ---- the whole ---- */

/* $name or ${: what Apache's language cannot hold by chance. */
static bool looks_like_nginx(struct span text)
{
    for (size_t i = 0; i + 1 < text.len; i++)
        if (text.ptr[i] == '$' && (char_is_alpha(text.ptr[i + 1]) || text.ptr[i + 1] == '{'))
            return true;
    return false;
}

static int compile_text(struct compiler *c)
{
    char sign = c->format->is_nginx ? '$' : '%';
    for (size_t at = 0; at < c->text.len;) {
        char ch = c->text.ptr[at];
        int rc = 0;
        if (ch != sign) {
            strbuf_add_char(&c->literal, ch);
            at++;
        } else if (sign == '%' && at + 1 < c->text.len && c->text.ptr[at + 1] == '%') {
            strbuf_add_char(&c->literal, '%');
            at += 2;
        } else {
            rc = sign == '$' ? nginx_at(c, at, &at) : apache_at(c, at, &at);
        }
        if (rc < 0)
            return rc;
    }
    end_literal(c);
    return 0;
}

/* Of several values for one role, `wanted` is the one to believe: the others mean nothing. */
static void prefer(struct log_format *f, enum role role, const char *wanted)
{
    size_t best = f->len;
    for (size_t i = 0; i < f->len; i++)
        if (f->steps[i].meaning.role == role && span_eq(f->steps[i].variable, span_of(wanted)))
            best = i;
    for (size_t i = 0; best < f->len && i < f->len; i++)
        if (i != best && f->steps[i].meaning.role == role)
            f->steps[i].meaning.role = ROLE_NONE;
}

/* What the client got counts, where it is logged beside what the upstream sent. */
static void drop_upstream_twins(struct log_format *f)
{
    for (size_t i = 0; i < f->len; i++)
        for (size_t k = 0; k < f->len; k++)
            if (span_starts(f->steps[i].variable, SPAN("$upstream_http_")) &&
                span_starts(f->steps[k].variable, SPAN("$sent_http_")) &&
                span_ieq(f->steps[i].meaning.name, f->steps[k].meaning.name))
                f->steps[i].meaning.role = ROLE_NONE;
}

static bool is_numeric(enum role role)
{
    return role == ROLE_STATUS || role == ROLE_RESPONSE_BYTES || role == ROLE_SERVER_PORT;
}

/* ROLE_OWN_3 holds the request where a reader of ours takes it apart itself (HAProxy). */
static int check_whole(struct log_format *f, struct err *err)
{
    static const struct {
        enum role role;
        const char *wanted;
    } preferences[] = {
        { ROLE_TIME, "$msec" },  { ROLE_AUTHORITY, "$http_host" },
        { ROLE_DURATION, "%D" }, { ROLE_DURATION, "%{us}T" },
        { ROLE_STATUS, "%>s" },  { ROLE_CACHE, "%{Varnish:handling}x" },
    };
    bool target = false;
    for (size_t i = 0; i < sizeof preferences / sizeof *preferences; i++)
        prefer(f, preferences[i].role, preferences[i].wanted);
    drop_upstream_twins(f);
    for (size_t i = 0; i < f->len; i++) {
        enum role role = f->steps[i].meaning.role;
        if (f->steps[i].until.len == 0 || f->steps[i].until.ptr[0] != ' ')
            f->steps[i].inner = 0;
        /* In JSON a missing value is empty, and no value holds a bare quote. */
        if (i + 1 < f->len && f->escaping != LOG_ESCAPED_JSON) {
            enum role next = f->steps[i + 1].meaning.role;
            f->steps[i].next_is_number = is_numeric(next);
            /* Only what a server has decoded holds spaces. */
            f->steps[i].next_is_version =
                next == ROLE_VERSION && (role == ROLE_DECODED_PATH || role == ROLE_DECODED_TARGET);
        }
        target |= role == ROLE_REQUEST_LINE || role == ROLE_TARGET || role == ROLE_URL ||
                  role == ROLE_DECODED_PATH || role == ROLE_DECODED_TARGET || role == ROLE_OWN_3;
    }
    if (f->len == 0)
        return err_set(err, E_USAGE,
                       "log format: no variable in it; expected nginx's ($request, $status) or "
                       "Apache's (%%r, %%>s)");
    if (!target)
        return err_set(err, E_USAGE,
                       "log format: nothing in it says what was requested; expected $request or "
                       "$request_uri, for Apache %%r or %%U");
    return 0;
}

int log_format_compile_plain(struct log_format **ret, struct span text, const size_t *columns,
                             enum log_escaping escaping, struct err *err)
{
    AUTO(log_format_freep) struct log_format *f = xcalloc(1, sizeof *f);
    if (text.len > LOG_FORMAT_MAX)
        return err_set(err, E_LIMIT, "log format: longer than %d bytes", LOG_FORMAT_MAX);
    f->is_nginx = looks_like_nginx(text);
    /* Braces around it: values escaped in JSON's way, or in nginx's default one, which the reader
     * knows too. */
    f->escaping =
        escaping == LOG_ESCAPED && text.len && text.ptr[0] == '{' ? LOG_ESCAPED_JSON : escaping;
    struct compiler c = {
        .format = f, .text = text, .columns = columns, .literal = STRBUF_INIT, .err = err
    };
    int rc = compile_text(&c);
    strbuf_release(&c.literal);
    if (rc == 0)
        rc = check_whole(f, err);
    if (rc < 0)
        return rc;
    *ret = f;
    f = NULL;
    return 0;
}
