#include "gor_reader.h"

#include <assert.h>
#include <stdlib.h>

#include "rehearse/base/mem.h"

#define SEPARATOR SPAN("\n\xF0\x9F\x90\xB5\xF0\x9F\x99\x88\xF0\x9F\x99\x89\n")

enum {
    HEADER_MAX = 256, /* bytes of a header line; ids are 24 or 40 */
    ID_MAX = 128,
};

struct gor_reader {
    gor_read *read;
    void *ctx; /* borrowed */
    struct strbuf held;
    size_t at;     /* into held: where the next record begins */
    uint64_t line; /* of `at`, from 1 */
    uint64_t number;
    bool ended; /* the input has */
    /* So that no byte is searched twice: no separator begins before `clear_to`; one does at
     * `separator`. */
    size_t clear_to;
    size_t separator;
    bool separator_known;
};

struct gor_reader *gor_reader_new(gor_read *read, void *ctx)
{
    struct gor_reader *r = xcalloc(1, sizeof *r);
    r->read = read;
    r->ctx = ctx;
    r->held = (struct strbuf)STRBUF_INIT;
    r->line = 1;
    return r;
}

void gor_reader_free(struct gor_reader *r)
{
    if (!r)
        return;
    strbuf_release(&r->held);
    free(r);
}

static bool is_id(struct span id)
{
    for (size_t i = 0; i < id.len; i++)
        if (!char_is_digit(id.ptr[i]) && !char_is_alpha(id.ptr[i]) && id.ptr[i] != '-')
            return false;
    return id.len > 0 && id.len <= ID_MAX;
}

bool gor_header_parse(struct gor_record *ret, struct span line)
{
    struct span rest = span_trim(line);
    struct span type = span_cut(&rest, ' ');
    struct span id = span_cut(&rest, ' ');
    struct span time = span_cut(&rest, ' ');
    int64_t start_ns;
    int64_t latency_ns;

    if (type.len != 1 || type.ptr[0] < '1' || type.ptr[0] > '3' || !is_id(id) ||
        !span_to_i64(time, &start_ns) || start_ns < 0)
        return false;
    if (!span_is_none(rest) && !span_to_i64(rest, &latency_ns))
        return false;
    ret->type = (enum gor_type)(type.ptr[0] - '0');
    ret->id = id;
    ret->start_us = start_ns / 1000;
    ret->latency_us = span_is_none(rest) || latency_ns < 0 ? -1 : latency_ns / 1000;
    return true;
}

/* Old records are moved out once they are half of what is held, so each byte moves about once. */
static void compact(struct gor_reader *r)
{
    if (r->at == 0 || r->at < r->held.len / 2)
        return;
    memmove(r->held.buf, r->held.buf + r->at, r->held.len - r->at);
    strbuf_cut(&r->held, r->held.len - r->at);
    r->clear_to = r->clear_to > r->at ? r->clear_to - r->at : 0;
    r->separator_known = r->separator_known && r->separator >= r->at;
    r->separator -= r->separator_known ? r->at : 0;
    r->at = 0;
}

/* More of the input, or `ended`. */
static int fill(struct gor_reader *r, struct err *err)
{
    struct span chunk;
    int rc = r->read(r->ctx, &chunk, err);

    if (rc > 0)
        strbuf_add_span(&r->held, chunk);
    r->ended = rc == 0;
    return rc < 0 ? rc : 0;
}

static struct span held_from(const struct gor_reader *r, size_t from)
{
    return span_from(strbuf_span(&r->held), from);
}

/* Where the first separator at or behind `at` begins, or the end of what there is to see. */
static int find_separator(struct gor_reader *r, size_t *ret, bool *ret_found, struct err *err)
{
    r->separator_known = r->separator_known && r->separator >= r->at;
    for (;;) {
        size_t from = r->clear_to > r->at ? r->clear_to : r->at;
        ptrdiff_t hit = r->separator_known ? (ptrdiff_t)(r->separator - from)
                                           : span_find(held_from(r, from), SEPARATOR);
        r->separator_known = hit >= 0;
        r->separator = hit >= 0 ? from + (size_t)hit : 0;
        r->clear_to = hit >= 0 ? r->separator : from;
        *ret_found = hit >= 0;
        *ret = hit >= 0 ? r->separator : r->held.len;
        if (hit >= 0 || r->ended || r->held.len - r->at > GOR_MAX_RECORD)
            return 0;
        if (r->held.len - from > SEPARATOR.len)
            r->clear_to = r->held.len - SEPARATOR.len;
        int rc = fill(r, err);
        if (rc < 0)
            return rc;
    }
}

/* The length of the head with its empty line, or 0. */
static size_t head_length(struct span message)
{
    struct span rest = message;

    while (!span_is_none(rest)) {
        struct span line = span_cut(&rest, '\n');
        if (!span_is_none(rest) && (line.len == 0 || span_eq(line, SPAN("\r"))))
            return (size_t)(rest.ptr - message.ptr);
    }
    return 0;
}

/* A quick look, before there are fields: the first Content-Length line; -1 when there is none. */
static int64_t content_length(struct span head)
{
    while (!span_is_none(head)) {
        struct span line = span_cut(&head, '\n');
        struct span value = line;
        uint64_t length;
        if (!span_ieq(span_cut(&value, ':'), SPAN("Content-Length")))
            continue;
        return span_to_u64(span_trim(value), &length) && length <= GOR_MAX_RECORD ? (int64_t)length
                                                                                  : -1;
    }
    return -1;
}

static bool separator_at(const struct gor_reader *r, size_t at)
{
    return at <= r->held.len && span_starts(held_from(r, at), SEPARATOR);
}

/*
 * Content-Length against the separator found first: where the message ends. A HEAD
 * response or one cut by its recorder has a length and not the bytes, so the
 * length is believed only where a separator, or the end of the file, stands behind.
 */
static int settle_end(struct gor_reader *r, size_t message, size_t head, size_t *end,
                      bool *ret_confirmed, struct err *err)
{
    int64_t length = head ? content_length(span_head(held_from(r, message), head)) : -1;
    size_t by_length = message + head + (size_t)(length < 0 ? 0 : length);

    *ret_confirmed = false;
    if (length < 0)
        return 0;
    while (by_length > *end && !r->ended && r->held.len < by_length + SEPARATOR.len) {
        int rc = fill(r, err);
        if (rc < 0)
            return rc;
    }
    bool at_end = r->ended && (by_length == r->held.len || by_length + 1 == r->held.len);
    if (separator_at(r, by_length) || at_end) {
        *end = by_length;
        *ret_confirmed = true;
    }
    return 0;
}

/* As strict as writers are, for this one is looked for among the bytes of bodies. */
static bool looks_like_header(struct span line)
{
    struct gor_record record;

    if (line.len > HEADER_MAX || !gor_header_parse(&record, line) || record.id.len < 16)
        return false;
    for (size_t i = 0; i < record.id.len; i++)
        if (char_hex(record.id.ptr[i]) < 0)
            return false;
    return record.start_us > 1000 * 1000 * INT64_C(1000000);
}

/* Where inside a message the next record begins without a separator, or 0. */
static size_t find_lost_separator(struct span message)
{
    struct span rest = message;

    while (!span_is_none(rest)) {
        struct span line = span_cut(&rest, '\n');
        if (line.ptr > message.ptr && line.len && line.ptr[0] >= '1' && line.ptr[0] <= '3' &&
            looks_like_header(line))
            return (size_t)(line.ptr - message.ptr);
    }
    return 0;
}

static uint64_t count_lines(struct span s)
{
    uint64_t lines = 0;
    for (const char *at = s.ptr; s.len && (at = memchr(at, '\n', s.len - (size_t)(at - s.ptr)));) {
        lines++;
        if (++at == s.ptr + s.len)
            break;
    }
    return lines;
}

static void move_to(struct gor_reader *r, size_t to)
{
    r->line += count_lines(span_head(held_from(r, r->at), to - r->at));
    r->at = to;
}

static int fault(struct gor_record *ret, const char *what, const char *expected)
{
    ret->fault = what;
    ret->expected = expected;
    return 1;
}

/* Too large to hold: pass over it up to the next separator, in constant memory. */
static int pass_over(struct gor_reader *r, struct err *err)
{
    for (;;) {
        ptrdiff_t hit = span_find(held_from(r, r->at), SEPARATOR);
        if (hit >= 0) {
            move_to(r, r->at + (size_t)hit + SEPARATOR.len);
            return 0;
        }
        size_t keep = r->ended ? 0 : SEPARATOR.len;
        if (r->held.len - r->at > keep)
            move_to(r, r->held.len - keep);
        if (r->ended)
            return 0;
        compact(r);
        int rc = fill(r, err);
        if (rc < 0)
            return rc;
    }
}

/* Empty lines between records are nothing. */
static int skip_blank(struct gor_reader *r, struct err *err)
{
    for (;;) {
        while (r->at < r->held.len && (r->held.buf[r->at] == '\n' || r->held.buf[r->at] == '\r'))
            move_to(r, r->at + 1);
        if (r->at < r->held.len || r->ended)
            return 0;
        compact(r);
        int rc = fill(r, err);
        if (rc < 0)
            return rc;
    }
}

/* The record from `at` to `end`, which is where its separator stands, or the end of the file. */
static int take_record(struct gor_reader *r, struct gor_record *ret, size_t end, bool separated,
                       struct err *err)
{
    struct span whole = span_head(held_from(r, r->at), end - r->at);
    ptrdiff_t line_end = span_find_char(span_head(whole, HEADER_MAX), '\n');
    size_t next = separated ? end + SEPARATOR.len : end;
    bool confirmed;

    if (line_end < 0 || !gor_header_parse(ret, span_head(whole, (size_t)line_end))) {
        move_to(r, next);
        ret->column = 1;
        return fault(ret, "no GoReplay record header",
                     "expected \"<1, 2 or 3> <id> <nanoseconds> <latency>\"");
    }
    size_t header = r->at;
    size_t message = header + (size_t)line_end + 1;
    struct span body = span_head(held_from(r, message), end - message);
    size_t lost = find_lost_separator(body);
    size_t head = head_length(lost ? span_head(body, lost) : body);
    int rc = settle_end(r, message, head, &end, &confirmed, err);
    if (rc < 0)
        return rc;
    /* What was held may have moved: point into it anew. */
    gor_header_parse(ret, span_head(held_from(r, header), (size_t)line_end));
    ret->message = span_head(held_from(r, message), end - message);
    if (confirmed)
        next = separator_at(r, end) ? end + SEPARATOR.len : r->held.len;
    else if (lost)
        next = message + lost;
    move_to(r, next);
    if (lost && !confirmed)
        return fault(ret, "no separator behind the record",
                     "expected a line of three monkeys (U+1F435 U+1F648 U+1F649) before the next "
                     "record's header");
    if (!separated && !confirmed && span_trim(span_from(ret->message, head)).len + (head == 0))
        return fault(ret, "the file ends inside a record", "expected the rest of the message");
    return 1;
}

int gor_reader_next(struct gor_reader *r, struct gor_record *ret, struct err *err)
{
    size_t end;
    bool separated;

    compact(r);
    int rc = skip_blank(r, err);
    if (rc < 0)
        return rc;
    if (r->at == r->held.len)
        return 0;
    *ret = (struct gor_record){ .line = r->line, .number = ++r->number, .latency_us = -1 };
    rc = find_separator(r, &end, &separated, err);
    if (rc < 0)
        return rc;
    if (end - r->at > GOR_MAX_RECORD) {
        rc = pass_over(r, err);
        return rc < 0 ? rc
                      : fault(ret, "record is too large", "expected at most 64 MB in a record");
    }
    return take_record(r, ret, end, separated, err);
}
