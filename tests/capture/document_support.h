#ifndef REHEARSE_TESTS_DOCUMENT_SUPPORT_H
#define REHEARSE_TESTS_DOCUMENT_SUPPORT_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support/check.h"
#include "rehearse/base/file.h"
#include "rehearse/base/text.h"
#include "rehearse/capture/source.h"

/* Every item of a source as text, for golden files and for looking at. */
enum { SHOWN_BODY = 400 };

static const struct {
    uint32_t bit;
    const char *name;
} mark_names[] = {
    { MARK_ALL_RESPONSE_FIELDS, "all-response-fields" },
    { MARK_ALL_REQUEST_FIELDS, "all-request-fields" },
    { MARK_FROM_BROWSER_CACHE, "from-browser-cache" },
    { MARK_CLIENT_ABORTED, "client-aborted" },
    { MARK_RECORDED_304, "recorded-304" },
    { MARK_FIELDS_CUT, "fields-cut" },
    { MARK_PREFLIGHT, "preflight" },
    { MARK_CREDENTIALS_MASKED, "credentials-masked" },
    { MARK_REQUEST_BODY_MISSING, "request-body-missing" },
    { MARK_RESPONSE_BODY_CUT, "response-body-cut" },
    { MARK_BODY_UNDECODABLE, "body-undecodable" },
};

static inline void add_text(struct strbuf *out, const char *label, struct span s)
{
    if (span_is_none(s))
        return;
    strbuf_addf(out, "  %s ", label);
    text_add_printable(out, s, SHOWN_BODY);
    strbuf_add_char(out, '\n');
}

static inline void add_fields(struct strbuf *out, const char *label,
                              const struct http_fields *fields)
{
    for (uint32_t i = 0; i < fields->len; i++) {
        strbuf_addf(out, "  %s ", label);
        text_add_printable(out, fields->at[i].name, SHOWN_BODY);
        strbuf_add_str(out, ": ");
        text_add_printable(out, fields->at[i].value, SHOWN_BODY);
        strbuf_add_char(out, '\n');
    }
}

static inline void add_body(struct strbuf *out, const char *label, struct span body, int64_t bytes)
{
    if (span_is_none(body) && bytes < 0)
        return;
    strbuf_addf(out, "  %s %" PRId64 " bytes", label, bytes);
    if (!span_is_none(body)) {
        strbuf_add_str(out, ": \"");
        text_add_printable(out, body, SHOWN_BODY);
        strbuf_add_char(out, '"');
    }
    strbuf_add_char(out, '\n');
}

static inline void add_exchange(struct strbuf *out, const struct exchange *x, uint64_t session)
{
    const struct http_request *q = &x->request;

    strbuf_addf(out,
                " exchange, session %" PRIu64 ", start %" PRId64 ", first byte %" PRId64
                ", duration %" PRId64 "\n  marks",
                session, x->start_us, x->first_byte_us, x->duration_us);
    for (size_t i = 0; i < sizeof mark_names / sizeof *mark_names; i++)
        if (x->marks & mark_names[i].bit)
            strbuf_addf(out, " %s", mark_names[i].name);
    strbuf_addf(out, "\n  > %.*s %.*s://%.*s ", SPAN_ARG(q->method), SPAN_ARG(q->scheme),
                SPAN_ARG(q->authority));
    text_add_printable(out, q->target, SHOWN_BODY);
    strbuf_addf(out, " %.*s\n", SPAN_ARG(q->version));
    add_fields(out, ">", &q->fields);
    add_body(out, "> body", q->body, q->body_bytes);
    strbuf_addf(out, "  < %d %.*s\n", x->response.status, SPAN_ARG(x->response.version));
    add_fields(out, "<", &x->response.fields);
    add_body(out, "< body", x->response.body, x->response.body_bytes);
    add_text(out, "client", x->client);
    add_text(out, "note", x->note);
}

/* Session hashes are shown as 1, 2, … in order of appearance. */
struct session_names {
    uint64_t seen[64];
    size_t len;
};

static inline uint64_t session_name(struct session_names *names, uint64_t session)
{
    if (session == 0)
        return 0;
    for (size_t i = 0; i < names->len; i++)
        if (names->seen[i] == session)
            return i + 1;
    if (names->len < 64)
        names->seen[names->len++] = session;
    return names->len;
}

static inline void add_item(struct strbuf *out, int outcome, const struct source_item *item,
                            struct session_names *names)
{
    strbuf_addf(out, "#%" PRIu64 " line %" PRIu64, item->entry, item->line);
    if (outcome == SOURCE_EXCHANGE) {
        add_exchange(out, &item->exchange, session_name(names, item->exchange.session));
        return;
    }
    if (item->column)
        strbuf_addf(out, " column %" PRIu64, item->column);
    strbuf_addf(out, " %s: ", outcome == SOURCE_SKIPPED ? "skipped" : "rejected");
    text_add_printable(out, item->reason, SHOWN_BODY);
    if (item->detail.len) {
        strbuf_add_str(out, "; ");
        text_add_printable(out, item->detail, SHOWN_BODY);
    }
    strbuf_add_char(out, '\n');
}

/* All items of the file, as text; a failure of the source is its last line. */
static inline void items_of(struct strbuf *out, const char *path, const char *format)
{
    struct source_options options = { .format = format };
    AUTO(strbuf_release) struct strbuf evidence = STRBUF_INIT;
    AUTO(source_closep) struct source *source = NULL;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct session_names names = { .len = 0 };
    struct err err = ERR_INIT;
    struct source_item item;
    int outcome = source_open(&source, path, &options, &evidence, &err);

    while (outcome >= 0) {
        arena_clear(&arena);
        outcome = source_next(source, &item, &arena, &err);
        if (outcome <= SOURCE_END)
            break;
        add_item(out, outcome, &item, &names);
    }
    if (outcome < 0)
        strbuf_addf(out, "failed: %s\n", err.text);
}

/* The same for bytes in memory. */
static inline void items_of_bytes(struct strbuf *out, struct span bytes, const char *format)
{
    char path[64];
    int fd = memfd_create("items", 0);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.ptr, bytes.len), (ssize_t)bytes.len);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    items_of(out, path, format);
    close(fd);
}

/* How often `needle` stands in `text`. */
static inline uint64_t count(struct span text, struct span needle)
{
    uint64_t n = 0;
    for (ptrdiff_t at; (at = span_find(text, needle)) >= 0; n++)
        text = span_from(text, (size_t)at + needle.len);
    return n;
}

static inline void fail_at_first_difference(const char *name, struct span got, struct span expected)
{
    for (unsigned line = 1;; line++) {
        struct span a = span_cut(&got, '\n');
        struct span b = span_cut(&expected, '\n');
        if (!span_eq(a, b) || span_is_none(got) || span_is_none(expected))
            fail_msg("%s.items:%u: expected\n%.*s\ngot\n%.*s", name, line, SPAN_ARG(b),
                     SPAN_ARG(a));
    }
}

/*
 * fixtures/<folder>/<name> gives exactly <name>.items beside it. With REHEARSE_WRITE
 * set in the environment the file is written instead, to be read and then committed.
 */
static inline void check_golden(const char *folder, const char *name, const char *format)
{
    AUTO(strbuf_release) struct strbuf items = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf golden = STRBUF_INIT;
    char path[1024];
    char golden_path[1100];
    struct err err = ERR_INIT;

    snprintf(path, sizeof path, "%s/%s/%s", FIXTURES, folder, name);
    snprintf(golden_path, sizeof golden_path, "%s.items", path);
    items_of(&items, path, format);
    if (getenv("REHEARSE_WRITE"))
        assert_int_equal(file_write(golden_path, strbuf_span(&items), 0644, &err), 0);
    if (file_read(&golden, golden_path, 1 << 20, &err) < 0)
        fail_msg("%s", err.text);
    if (!span_eq(strbuf_span(&items), strbuf_span(&golden)))
        fail_at_first_difference(name, strbuf_span(&items), strbuf_span(&golden));
}

static inline void check_detected(const char *folder, const char *name, const char *format)
{
    struct source_options options = { .format = NULL };
    AUTO(strbuf_release) struct strbuf evidence = STRBUF_INIT;
    AUTO(source_closep) struct source *source = NULL;
    char path[1024];
    struct err err = ERR_INIT;

    snprintf(path, sizeof path, "%s/%s/%s", FIXTURES, folder, name);
    if (source_open(&source, path, &options, &evidence, &err) < 0)
        fail_msg("%s", err.text);
    if (strcmp(source_format_name(source), format) != 0)
        fail_msg("%s is taken for %s", name, evidence.buf);
}

#endif
