/*
 * W3C extended logs: columns named by a #Fields line (CloudFront standard logs,
 * IIS), and CloudFront's real-time logs, which have the columns and no names.
 */
#include "w3c.h"

#include <stdlib.h>

#include "rehearse/base/mem.h"
#include "rehearse/base/strbuf.h"
#include "rehearse/base/text.h"

#include "formats.h"
#include "text_lines.h"

enum { COLUMNS_MAX = 256, SNIFF_LINES = 50 };

#define REQ(path, name)                                                                            \
    {                                                                                              \
        path, JSON_FIELD(ROLE_REQUEST_FIELD, name)                                                 \
    }
#define RES(path, name)                                                                            \
    {                                                                                              \
        path, JSON_FIELD(ROLE_RESPONSE_FIELD, name)                                                \
    }
#define AT(path, role)                                                                             \
    {                                                                                              \
        path, JSON_ROLE(role)                                                                      \
    }
#define SPENT(path, role, unit)                                                                    \
    {                                                                                              \
        path, JSON_TIME(role, unit)                                                                \
    }

/* cs(Host) is the distribution's own domain; what the visitor asked for is x-host-header. */
const struct json_row w3c_cloudfront_rows[] = {
    AT("timestamp", ROLE_TIME),
    AT("timestamp(ms)", ROLE_TIME),
    AT("date", ROLE_DATE),
    AT("time", ROLE_CLOCK),
    AT("c-ip", ROLE_CLIENT),
    AT("cs-method", ROLE_METHOD),
    AT("cs(Host)", ROLE_SERVER_NAME),
    AT("x-host-header", ROLE_AUTHORITY),
    AT("cs-uri-stem", ROLE_PATH),
    AT("cs-uri-query", ROLE_QUERY),
    AT("sc-status", ROLE_STATUS),
    REQ("cs(Referer)", "Referer"),
    REQ("cs(User-Agent)", "User-Agent"),
    REQ("cs(Cookie)", "Cookie"),
    REQ("x-forwarded-for", "X-Forwarded-For"),
    AT("x-edge-result-type", ROLE_CACHE),
    AT("cs-protocol", ROLE_SCHEME),
    AT("cs-protocol-version", ROLE_VERSION),
    SPENT("time-taken", ROLE_DURATION, UNIT_S),
    SPENT("time-to-first-byte", ROLE_FIRST_BYTE, UNIT_S),
    RES("sc-content-type", "Content-Type"),
    AT("sc-content-len", ROLE_RESPONSE_BYTES),
    { NULL, { 0 } },
};

/* The same names with other meanings: cs-host is the visitor's, the stem holds the query. */
static const struct json_row realtime_rows[] = {
    AT("timestamp", ROLE_TIME),
    AT("cs-host", ROLE_AUTHORITY),
    AT("x-host-header", ROLE_SERVER_NAME),
    AT("cs-uri-stem", ROLE_TARGET),
    AT("cs-uri-query", ROLE_NONE),
    REQ("cs-user-agent", "User-Agent"),
    REQ("cs-referer", "Referer"),
    REQ("cs-cookie", "Cookie"),
    REQ("cs-accept-encoding", "Accept-Encoding"),
    REQ("cs-accept", "Accept"),
    { NULL, { 0 } },
};

/* IIS: time-taken is in milliseconds, bytes hold the head too. */
static const struct json_row iis_rows[] = {
    AT("cs-host", ROLE_AUTHORITY),
    AT("cs(Host)", ROLE_AUTHORITY),
    AT("cs-version", ROLE_VERSION),
    AT("cs-username", ROLE_USER),
    AT("s-port", ROLE_SERVER_PORT),
    SPENT("time-taken", ROLE_DURATION, UNIT_MS),
    { NULL, { 0 } },
};

/* The order is fixed; who exports fewer columns names them (--log-format "timestamp c-ip …"). */
static const char realtime_columns[] =
    "timestamp c-ip time-to-first-byte sc-status sc-bytes cs-method cs-protocol cs-host "
    "cs-uri-stem cs-bytes x-edge-location x-edge-request-id x-host-header time-taken "
    "cs-protocol-version c-ip-version cs-user-agent cs-referer cs-cookie cs-uri-query "
    "x-edge-response-result-type x-forwarded-for ssl-protocol ssl-cipher x-edge-result-type "
    "fle-encrypted-fields fle-status sc-content-type sc-content-len sc-range-start sc-range-end "
    "c-port x-edge-detailed-result-type c-country cs-accept-encoding cs-accept "
    "cache-behavior-path-pattern cs-headers cs-header-names cs-headers-count origin-fbl "
    "origin-lbl asn";

struct w3c_source {
    struct source base;
    struct arena names; /* of the columns */
    struct meaning columns[COLUMNS_MAX];
    size_t len;                     /* 0 before a #Fields line */
    size_t len_min;                 /* real-time exports may lack the newest columns */
    const struct json_row *special; /* looked up before the common rows; or NULL */
    struct record_rules rules;
    bool is_realtime, is_iis;
    struct time_memo memo;
    struct record record;
};

/* ---- columns ---- */

static bool find_row(const struct json_row *rows, struct span name, struct meaning *ret)
{
    for (; rows && rows->path; rows++)
        if (span_ieq(name, span_of(rows->path))) {
            *ret = rows->meaning;
            return true;
        }
    return false;
}

/* "cs(Accept-Language)": the request field, "sc(Location)": the response field of that name. */
static struct meaning column_meaning(struct w3c_source *s, struct span name)
{
    struct meaning m = { .role = ROLE_NONE };
    if (find_row(s->special, name, &m) || find_row(w3c_cloudfront_rows, name, &m))
        return m;
    bool sent = span_istarts(name, SPAN("cs("));
    if ((sent || span_istarts(name, SPAN("sc("))) && span_ends(name, SPAN(")")) && name.len > 4) {
        m.role = sent ? ROLE_REQUEST_FIELD : ROLE_RESPONSE_FIELD;
        m.name = arena_copy(&s->names, span_make(name.ptr + 3, name.len - 4));
    }
    return m;
}

static void set_columns(struct w3c_source *s, struct span names)
{
    arena_clear(&s->names);
    s->len = 0;
    size_t at = 0;
    while (at < names.len && s->len < COLUMNS_MAX) {
        size_t end = at;
        while (end < names.len && names.ptr[end] != '\t' && names.ptr[end] != ' ')
            end++;
        if (end > at)
            s->columns[s->len++] = column_meaning(s, span_make(names.ptr + at, end - at));
        at = end + 1;
    }
    s->len_min = s->len;
}

/* #Software and #Fields say how to read on. */
static void directive(struct w3c_source *s, struct span line)
{
    if (s->is_realtime)
        return;
    if (span_istarts(line, SPAN("#Software:"))) {
        s->is_iis = span_ifind(span_head(line, 256), SPAN("Internet Information")) >= 0;
        s->special = s->is_iis ? iis_rows : NULL;
        s->rules.percent_encoded = !s->is_iis;
    } else if (span_istarts(line, SPAN("#Fields:"))) {
        /* IIS behind a log shipper has lost its #Software line, but has these columns. */
        if (span_ifind(line, SPAN(" s-ip")) >= 0) {
            s->is_iis = true;
            s->special = iis_rows;
            s->rules.percent_encoded = false;
        }
        set_columns(s, span_trim(span_from(line, 8)));
    }
}

/* ---- one line ---- */

/* IIS writes spaces as '+', there and nowhere else of use to us. */
static struct span undo_plus(struct span s, struct arena *arena)
{
    if (span_find_char(s, '+') < 0)
        return s;
    char *to = arena_alloc(arena, s.len);
    for (size_t i = 0; i < s.len; i++)
        to[i] = s.ptr[i] == '+' ? ' ' : s.ptr[i];
    return span_make(to, s.len);
}

static int wrong_count(struct w3c_source *s, struct source_item *ret, size_t found)
{
    struct span words =
        arena_printf(s->record.arena, "found %zu columns, expected %zu as the #Fields line names",
                     found, s->len);
    return source_reject(ret, s->record.line.len + 1, SPAN("another number of columns"), words);
}

static int w3c_line(struct w3c_source *s, struct span line, struct source_item *ret,
                    struct arena *arena)
{
    struct record *r = &s->record;
    char between = span_find_char(line, '\t') >= 0 ? '\t' : ' ';
    size_t found = 0;
    struct span rest = line;
    record_begin(r, &s->rules, line, arena);
    if (s->len == 0)
        return record_reject(r, ret, span_head(line, 40), SPAN("no #Fields line before it"),
                             "a #Fields line that names the columns");
    for (; !span_is_none(rest); found++) {
        struct span value = span_cut(&rest, between);
        if (found >= s->len)
            continue;
        const struct meaning *m = &s->columns[found];
        if (s->is_iis && m->role == ROLE_REQUEST_FIELD)
            value = undo_plus(value, arena);
        record_set(r, m, value);
    }
    if (found < s->len_min || found > s->len)
        return wrong_count(s, ret, found);
    return record_finish(r, &s->base, &s->memo, ret);
}

static int w3c_next(struct source *source, struct source_item *ret, struct arena *arena,
                    struct err *err)
{
    struct w3c_source *s = (struct w3c_source *)source;
    struct span line;
    int rc = source_line(source, &line, ret, err);
    if (rc == SOURCE_SKIPPED && line.len)
        directive(s, line);
    return rc == LINE_READY ? w3c_line(s, line, ret, arena) : rc;
}

static void w3c_release(struct source *source)
{
    arena_release(&((struct w3c_source *)source)->names);
}

static const struct source_ops w3c_ops = { w3c_next, w3c_release };

/* ---- opening, detection ---- */

static struct w3c_source *w3c_new(bool realtime, const char *columns)
{
    struct w3c_source *s = xcalloc(1, sizeof *s);
    s->rules = (struct record_rules){ .time_is_end = true, .percent_encoded = true };
    s->is_realtime = realtime;
    if (!realtime)
        return s;
    s->special = realtime_rows;
    set_columns(s, span_of(columns ? columns : realtime_columns));
    if (!columns)
        s->len_min = 14; /* up to time-taken: fewer say too little */
    return s;
}

static int open_named(struct source **ret, struct input *input,
                      const struct source_options *options, const struct source_format *row)
{
    struct w3c_source *s = w3c_new(/* realtime= */ false, NULL);
    source_init(&s->base, &w3c_ops, row, input, options);
    *ret = &s->base;
    return 0;
}

static int open_cloudfront(struct source **ret, struct input *input,
                           const struct source_options *options, struct err *err)
{
    (void)err;
    return open_named(ret, input, options, &format_cloudfront);
}

static int open_w3c(struct source **ret, struct input *input, const struct source_options *options,
                    struct err *err)
{
    (void)err;
    return open_named(ret, input, options, &format_w3c);
}

static int open_realtime(struct source **ret, struct input *input,
                         const struct source_options *options, struct err *err)
{
    struct w3c_source *s = w3c_new(/* realtime= */ true, options->log_format);
    (void)err;
    source_init(&s->base, &w3c_ops, &format_cloudfront_realtime, input, options);
    *ret = &s->base;
    return 0;
}

/* The #Fields line at the head of the file, or none. */
static struct span fields_line(struct span head)
{
    for (int i = 0; i < 10 && !span_is_none(head); i++) {
        struct span line = span_cut(&head, '\n');
        if (span_istarts(line, SPAN("#Fields:")))
            return line;
        if (line.len && line.ptr[0] != '#')
            break;
    }
    return SPAN_NONE;
}

static int sniff_cloudfront(struct span head, struct strbuf *evidence)
{
    if (span_find(fields_line(head), SPAN("x-edge-location")) < 0)
        return 0;
    strbuf_add_str(evidence, "a #Fields line that names x-edge-location");
    return 99;
}

static int sniff_w3c(struct span head, struct strbuf *evidence)
{
    if (span_is_none(fields_line(head)))
        return 0;
    strbuf_add_str(evidence, "a #Fields line");
    return 95;
}

static int sniff_realtime(struct span head, struct strbuf *evidence)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(arena_release) struct arena kept = ARENA_INIT;
    struct exchange first = exchange_blank();
    struct w3c_source *s = w3c_new(/* realtime= */ true, NULL);
    struct span line;
    int fit = 0, lines = 0;
    for (; lines < SNIFF_LINES && head_line(&head, &line); lines++) {
        struct source_item item = { .exchange = exchange_blank() };
        if (span_find_char(line, '\t') >= 0 &&
            w3c_line(s, line, &item, &arena) == SOURCE_EXCHANGE && fit++ == 0)
            first = exchange_copy(&item.exchange, &kept);
        arena_clear(&arena);
    }
    w3c_release(&s->base);
    free(s);
    if (fit == 0)
        return 0;
    record_add_evidence(evidence, fit, lines, &first);
    return 90 * fit / lines;
}

const struct source_format format_cloudfront = { "cloudfront",
                                                 "CloudFront standard logs (W3C, #Fields)",
                                                 sniff_cloudfront, open_cloudfront };
const struct source_format format_cloudfront_realtime = {
    "cloudfront-realtime", "CloudFront real-time logs, columns in their order", sniff_realtime,
    open_realtime
};
const struct source_format format_w3c = { "w3c",
                                          "W3C extended log with a #Fields line (IIS and others)",
                                          sniff_w3c, open_w3c };
