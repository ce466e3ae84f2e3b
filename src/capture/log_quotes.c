/*
 * A log format as the user has it, in his configuration or alone: quotes off, as nginx's
 * and Apache's configuration readers do it. log_syntax.c compiles the rest.
 */
#include "log_syntax.h"

#include <stdlib.h>

#include "rehearse/base/mem.h"
#include "rehearse/base/strbuf.h"

/* The format without its quotes, and where each byte of it stood. */
struct plain {
    struct strbuf text;
    size_t *columns; /* owned */
    size_t cap;
    enum log_escaping escaping;
};

static void plain_add(struct plain *plain, char c, size_t column)
{
    plain->columns =
        array_room(plain->columns, &plain->cap, plain->text.len + 1, sizeof *plain->columns);
    plain->columns[plain->text.len] = column;
    strbuf_add_char(&plain->text, c);
}

/* nginx's and Apache's readers agree on these; other backslashes stay. */
static char config_escape(char c)
{
    static const char pairs[] = "\"\"''\\\\t\tn\nr\r";
    for (size_t i = 0; i + 1 < sizeof pairs; i += 2)
        if (pairs[i] == c)
            return pairs[i + 1];
    return '\0';
}

/* Copy [at, to) of `text`, escapes undone. */
static void plain_add_part(struct plain *plain, struct span text, size_t at, size_t to)
{
    while (at < to) {
        char c = text.ptr[at];
        char plain_char = c == '\\' && at + 1 < to ? config_escape(text.ptr[at + 1]) : '\0';
        plain_add(plain, plain_char ? plain_char : c, at + 1);
        at += plain_char ? 2 : 1;
    }
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t skip_blanks(struct span text, size_t at)
{
    while (at < text.len && is_blank(text.ptr[at]))
        at++;
    return at;
}

static size_t word_end(struct span text, size_t at)
{
    while (at < text.len && !is_blank(text.ptr[at]) && text.ptr[at] != ';')
        at++;
    return at;
}

/* The closing quote of the part that opens at `at`; text.len when there is none. */
static size_t quote_end(struct span text, size_t at)
{
    char quote = text.ptr[at++];
    while (at < text.len && text.ptr[at] != quote)
        at += text.ptr[at] == '\\' && at + 1 < text.len ? 2 : 1;
    return at;
}

/* Behind "log_format main", "LogFormat" or "CustomLog path"; 0 when it is none of these. */
static size_t skip_directive(struct span text)
{
    static const struct {
        struct span name;
        unsigned words; /* to skip behind it */
    } directives[] = {
        { { "log_format", 10 }, 1 },
        { { "LogFormat", 9 }, 0 },
        { { "CustomLog", 9 }, 1 },
    };
    for (size_t i = 0; i < sizeof directives / sizeof *directives; i++) {
        size_t at = directives[i].name.len;
        if (!span_istarts(text, directives[i].name) || at >= text.len || !is_blank(text.ptr[at]))
            continue;
        for (unsigned word = 0; word < directives[i].words; word++)
            at = word_end(text, skip_blanks(text, at));
        return at;
    }
    return 0;
}

bool log_escaping_named(struct span name, enum log_escaping *ret)
{
    static const struct {
        struct span name;
        enum log_escaping escaping;
    } names[] = {
        { { "default", 7 }, LOG_ESCAPED },
        { { "json", 4 }, LOG_ESCAPED_JSON },
        { { "none", 4 }, LOG_NOT_ESCAPED },
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (span_eq(name, names[i].name)) {
            *ret = names[i].escaping;
            return true;
        }
    return false;
}

static bool has_variable(struct span word)
{
    return span_find_char(word, '$') >= 0 || span_find_char(word, '%') >= 0;
}

/* Quoted parts and words, joined. False: this is no configuration syntax, but a bare string. */
static bool unquote_parts(struct plain *plain, struct span text, size_t at)
{
    for (;;) {
        at = skip_blanks(text, at);
        if (at == text.len || text.ptr[at] == ';')
            return plain->text.len > 0;
        if (text.ptr[at] == '\'' || text.ptr[at] == '"') {
            size_t end = quote_end(text, at);
            if (end == text.len)
                return false;
            plain_add_part(plain, text, at + 1, end);
            at = end + 1;
            if (at < text.len && !is_blank(text.ptr[at]) && text.ptr[at] != ';')
                return false;
            continue;
        }
        size_t end = word_end(text, at);
        struct span word = span_make(text.ptr + at, end - at);
        if (span_starts(word, SPAN("escape="))) {
            if (!log_escaping_named(span_from(word, 7), &plain->escaping))
                return false;
        } else if (plain->text.len == 0) {
            plain_add_part(plain, text, at, end);
        } else if (has_variable(word)) {
            return false;
        } /* else: Apache's nickname behind the format */
        at = end;
    }
}

static void plain_clear(struct plain *plain)
{
    strbuf_clear(&plain->text);
    plain->escaping = LOG_ESCAPED;
}

static void plain_release(struct plain *plain)
{
    strbuf_release(&plain->text);
    free(plain->columns);
}

int log_format_compile(struct log_format **ret, struct span text, struct err *err)
{
    struct plain plain = { .text = STRBUF_INIT };
    size_t front = skip_blanks(text, 0);
    size_t end = text.len;
    struct span all = span_from(text, front);
    size_t behind = skip_directive(all);
    bool quoted = all.len && (all.ptr[0] == '"' || all.ptr[0] == '\'');
    int rc = E_USAGE;
    if (text.len > LOG_FORMAT_MAX)
        return err_set(err, E_LIMIT, "log format: longer than %d bytes", LOG_FORMAT_MAX);
    while (end > front && is_blank(text.ptr[end - 1]))
        end--;
    if ((behind || quoted) && unquote_parts(&plain, text, front + behind))
        rc = log_format_compile_plain(ret, strbuf_span(&plain.text), plain.columns, plain.escaping,
                                      err);
    else if (behind)
        rc = err_set(err, E_USAGE,
                     "log format: the directive's string is not closed by its "
                     "quote, or something follows it; expected \"…\" or '…'");
    else
        quoted = false;
    if (rc < 0 && !behind) {
        /* A bare string may begin with a quote too: "$request" $status */
        struct err second = ERR_INIT;
        plain_clear(&plain);
        plain_add_part(&plain, text, front, end);
        int bare = log_format_compile_plain(ret, strbuf_span(&plain.text), plain.columns,
                                            LOG_ESCAPED, &second);
        if (bare == 0 || !quoted)
            rc = bare < 0 ? err_set(err, second.code, "%s", second.text) : 0;
    }
    plain_release(&plain);
    return rc;
}
