#ifndef REHEARSE_TESTS_CAPTURE_DUMP_H
#define REHEARSE_TESTS_CAPTURE_DUMP_H

#include "rehearse/base/strbuf.h"
#include "rehearse/base/text.h"
#include "rehearse/capture/source.h"
#include "rehearse/http/date.h"

/* An item as text, one fact a line, for golden files: what is unknown is left out. */
static inline void dump_span(struct strbuf *out, const char *name, struct span s)
{
    if (span_is_none(s))
        return;
    strbuf_addf(out, "  %s ", name);
    text_add_printable(out, s, 200);
    strbuf_add_char(out, '\n');
}

static inline void dump_fields(struct strbuf *out, char sign, const struct http_fields *fields)
{
    for (uint32_t i = 0; i < fields->len; i++) {
        strbuf_addf(out, "  %c %.*s: ", sign, SPAN_ARG(fields->at[i].name));
        if (span_is_none(fields->at[i].value))
            strbuf_add_str(out, "(absent)");
        text_add_printable(out, fields->at[i].value, 200);
        strbuf_add_char(out, '\n');
    }
}

static inline void dump_number(struct strbuf *out, const char *name, int64_t n)
{
    if (n >= 0)
        strbuf_addf(out, "  %s %lld\n", name, (long long)n);
}

static inline void dump_marks(struct strbuf *out, uint32_t marks)
{
    static const char *const names[] = {
        "all-response-fields",  "all-request-fields", "from-browser-cache", "client-aborted",
        "recorded-304",         "fields-cut",         "preflight",          "credentials-masked",
        "request-body-missing", "response-body-cut",  "body-undecodable",
    };
    if (marks)
        strbuf_add_str(out, "  marks");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (marks >> i & 1)
            strbuf_addf(out, " %s", names[i]);
    if (marks)
        strbuf_add_char(out, '\n');
}

static inline void dump_exchange(struct strbuf *out, const struct exchange *x)
{
    strbuf_addf(out, "%.*s %.*s -> %d\n", SPAN_ARG(x->request.method), SPAN_ARG(x->request.target),
                x->response.status);
    dump_span(out, "scheme", x->request.scheme);
    dump_span(out, "authority", x->request.authority);
    dump_span(out, "version", x->request.version);
    if (x->start_us) {
        strbuf_add_str(out, "  start ");
        iso_time_add(out, x->start_us);
        strbuf_add_char(out, '\n');
    }
    dump_number(out, "duration_us", x->duration_us);
    dump_number(out, "first_byte_us", x->first_byte_us);
    dump_span(out, "client", x->client);
    dump_span(out, "user", x->user);
    dump_span(out, "cache", x->cache);
    dump_number(out, "request_bytes", x->request.body_bytes);
    dump_span(out, "request_body", x->request.body);
    dump_number(out, "response_bytes", x->response.body_bytes);
    dump_fields(out, '>', &x->request.fields);
    dump_fields(out, '<', &x->response.fields);
    dump_marks(out, x->marks);
}

static inline void dump_item(struct strbuf *out, int outcome, const struct source_item *item)
{
    strbuf_addf(out, "%llu: ", (unsigned long long)item->line);
    if (outcome == SOURCE_EXCHANGE) {
        dump_exchange(out, &item->exchange);
        return;
    }
    strbuf_addf(out, "%s: %.*s", outcome == SOURCE_SKIPPED ? "skipped" : "rejected",
                SPAN_ARG(item->reason));
    if (item->column)
        strbuf_addf(out, " at column %llu", (unsigned long long)item->column);
    if (item->detail.len)
        strbuf_addf(out, ": %.*s", SPAN_ARG(item->detail));
    strbuf_add_char(out, '\n');
}

#endif
