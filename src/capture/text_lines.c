#include "text_lines.h"

#include <assert.h>
#include <stdlib.h>

#include "rehearse/base/mem.h"
#include "rehearse/base/strbuf.h"
#include "rehearse/base/text.h"
#include "rehearse/http/date.h"

#include "log_syntax.h"

enum { SNIFF_LINES = 50, SYSLOG_FRONT_MAX = 256 };

struct text_source {
    struct source base;
    const struct text_format *format; /* rules and fix-ups */
    struct record_rules rules;
    struct log_format *compiled[TEXT_FORMATS_MAX]; /* owned */
    struct time_memo memo;
    struct record record; /* here and not on the stack: it is large and used a million times */
};

/* ---- lines ---- */

int source_line(struct source *source, struct span *ret, struct source_item *item, struct err *err)
{
    bool cut = false;
    int rc = input_line(source->input, ret, &cut, err);
    if (rc <= 0)
        return rc;
    item->line = input_line_number(source->input);
    if (cut)
        return source_reject(item, ret->len + 1, SPAN("the line is cut"),
                             SPAN("longer than 4 MB, or the compressed stream breaks off in it"));
    if (ret->len == 0)
        return source_skip(item, SPAN("an empty line"));
    if (ret->ptr[0] == '#')
        return source_skip(item, SPAN("a comment"));
    return LINE_READY;
}

/* "Mar  7 10:15:32 " */
static bool is_syslog_date(struct span s)
{
    return s.len > 16 && date_month(span_head(s, 3)) && s.ptr[3] == ' ' && s.ptr[6] == ' ' &&
           s.ptr[9] == ':' && s.ptr[12] == ':' && s.ptr[15] == ' ';
}

/*
 * The line behind a syslog prefix (RFC 3164 "<190>Mar  7 10:15:32 web nginx: " with or
 * without the number, RFC 5424 "<190>1 … - - "); the line itself where there is none.
 */
static struct span syslog_front(struct span line)
{
    size_t at = 1;
    if (line.len == 0 || (line.ptr[0] != '<' && !is_syslog_date(line)))
        return line;
    while (at < line.len && at < 5 && char_is_digit(line.ptr[at]))
        at++;
    bool numbered = line.ptr[0] == '<' && at < line.len && line.ptr[at] == '>';
    if (!numbered && line.ptr[0] == '<')
        return line;
    bool newer = numbered && span_starts(span_from(line, at + 1), SPAN("1 "));
    struct span between = newer ? SPAN(" - - ") : SPAN(": ");
    ptrdiff_t hit = span_find(span_head(line, SYSLOG_FRONT_MAX), between);
    return hit < 0 ? line : span_from(line, (size_t)hit + between.len);
}

bool head_line(struct span *head, struct span *ret)
{
    while (head->len) {
        bool whole = span_find_char(*head, '\n') >= 0;
        struct span line = span_cut(head, '\n');
        if (line.len && line.ptr[line.len - 1] == '\r')
            line.len--;
        /* The front of a large file ends somewhere in a line; that of a small one may lack its LF.
         */
        if (line.len == 0 || line.ptr[0] == '#' || (!whole && line.len > 8192))
            continue;
        *ret = line;
        return true;
    }
    return false;
}

/* ---- one line ---- */

static int no_match(struct record *r, const struct log_mismatch *why, struct source_item *ret)
{
    AUTO(strbuf_release) struct strbuf words = STRBUF_INIT;
    strbuf_add_str(&words, "found \"");
    text_add_printable(&words, span_from(r->line, why->at), 60);
    strbuf_add_str(&words, "\", expected ");
    if (!span_is_none(why->variable))
        strbuf_addf(&words, "%.*s to be followed by ", SPAN_ARG(why->variable));
    if (why->expected.len) {
        strbuf_add_char(&words, '\'');
        text_add_printable(&words, why->expected, 60);
        strbuf_add_char(&words, '\'');
    } else {
        strbuf_add_str(&words, "the end of the line");
    }
    return source_reject(ret, (uint64_t)why->at + 1, SPAN("not a line of this format"),
                         arena_copy(r->arena, strbuf_span(&words)));
}

static int text_line(struct text_source *s, struct span line, struct source_item *ret,
                     struct arena *arena)
{
    struct log_mismatch first = { 0 }, why = { 0 };
    bool matched = false;
    line = s->format && s->format->front ? s->format->front(line) : syslog_front(line);
    for (size_t i = 0; !matched && i < TEXT_FORMATS_MAX && s->compiled[i]; i++) {
        record_begin(&s->record, &s->rules, line, arena);
        matched = log_format_match(s->compiled[i], &s->record, &why);
        if (i == 0)
            first = why;
    }
    if (!matched && s->format && s->format->is_message && s->format->is_message(line))
        return source_skip(ret, SPAN("a message of the server, no request"));
    if (!matched)
        return no_match(&s->record, &first, ret);
    if (s->format && s->format->fix) {
        int rc = s->format->fix(&s->record, &s->base.options, ret);
        if (rc)
            return rc;
    }
    return record_finish(&s->record, &s->base, &s->memo, ret);
}

static int text_next(struct source *source, struct source_item *ret, struct arena *arena,
                     struct err *err)
{
    struct span line;
    int rc = source_line(source, &line, ret, err);
    if (rc != LINE_READY)
        return rc;
    struct text_source *s = (struct text_source *)source;
    rc = text_line(s, line, ret, arena);
    /* The column is one of the whole line, whatever was cut off its front. */
    if (rc == SOURCE_REJECTED && ret->column)
        ret->column += (uint64_t)(s->record.line.ptr - line.ptr);
    return rc;
}

static void text_release(struct source *source)
{
    struct text_source *s = (struct text_source *)source;
    for (size_t i = 0; i < TEXT_FORMATS_MAX; i++)
        log_format_free(s->compiled[i]);
}

static const struct source_ops text_ops = { text_next, text_release };

/* ---- opening ---- */

static void compile_all(struct text_source *s, const struct text_format *format)
{
    s->format = format;
    s->rules = format->rules;
    for (size_t i = 0; i < TEXT_FORMATS_MAX && format->strings[i]; i++) {
        int rc = log_format_compile_plain(&s->compiled[i], span_of(format->strings[i]), NULL,
                                          format->escaping, NULL);
        assert(rc == 0); /* the strings are ours */
    }
}

int text_open(struct source **ret, const struct text_format *format,
              const struct source_format *row, struct input *input,
              const struct source_options *options)
{
    struct text_source *s = xcalloc(1, sizeof *s);
    compile_all(s, format);
    source_init(&s->base, &text_ops, row, input, options);
    *ret = &s->base;
    return 0;
}

int text_open_compiled(struct source **ret, struct log_format *compiled,
                       const struct source_format *row, struct input *input,
                       const struct source_options *options)
{
    struct text_source *s = xcalloc(1, sizeof *s);
    s->compiled[0] = compiled;
    s->rules.time_is_end = compiled->is_nginx;
    source_init(&s->base, &text_ops, row, input, options);
    *ret = &s->base;
    return 0;
}

/* ---- detection ---- */

int text_sniff(const struct text_format *format, struct span head, struct strbuf *evidence)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(arena_release) struct arena kept = ARENA_INIT;
    struct exchange first = exchange_blank();
    struct text_source *s = xcalloc(1, sizeof *s);
    struct span line;
    int fit = 0, lines = 0;
    compile_all(s, format);
    for (; lines < SNIFF_LINES && head_line(&head, &line); lines++) {
        struct source_item item = { .exchange = exchange_blank() };
        int outcome = text_line(s, line, &item, &arena);
        fit += outcome != SOURCE_REJECTED || s->record.bad_request;
        if (outcome == SOURCE_EXCHANGE && span_is_none(first.request.method))
            first = exchange_copy(&item.exchange, &kept);
        arena_clear(&arena);
    }
    text_release(&s->base);
    free(s);
    if (span_is_none(first.request.method))
        return 0;
    record_add_evidence(evidence, fit, lines, &first);
    return format->certainty * fit / lines;
}
