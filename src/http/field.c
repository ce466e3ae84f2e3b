#include "rehearse/http/field.h"

#include "rehearse/base/strbuf.h"
#include "rehearse/http/token.h"

enum { FIRST_FIELDS = 16 };

void http_fields_add(struct http_fields *fields, struct arena *arena, struct span name,
                     struct span value)
{
    if (fields->len == fields->cap) {
        uint32_t cap = fields->cap ? fields->cap * 2 : FIRST_FIELDS;
        struct http_field *at = arena_alloc(arena, cap * sizeof *at);
        if (fields->len)
            memcpy(at, fields->at, fields->len * sizeof *at);
        fields->at = at;
        fields->cap = cap;
    }
    fields->at[fields->len++] = (struct http_field){ .name = name, .value = value };
}

const struct http_field *http_fields_first(const struct http_fields *fields, struct span name)
{
    for (uint32_t i = 0; i < fields->len; i++)
        if (span_ieq(fields->at[i].name, name))
            return &fields->at[i];
    return NULL;
}

struct span http_fields_value(const struct http_fields *fields, struct span name)
{
    const struct http_field *field = http_fields_first(fields, name);
    return field ? field->value : SPAN_NONE;
}

/* How many lines of that name hold a value, and how long they are together. */
static unsigned count_lines(const struct http_fields *fields, struct span name,
                            struct span *ret_first, size_t *ret_bytes)
{
    unsigned lines = 0;
    *ret_bytes = 0;
    *ret_first = SPAN_NONE;
    for (uint32_t i = 0; i < fields->len; i++) {
        const struct http_field *f = &fields->at[i];
        if (span_is_none(f->value) || !span_ieq(f->name, name))
            continue;
        if (lines++ == 0)
            *ret_first = f->value;
        *ret_bytes += f->value.len + 2;
    }
    return lines;
}

struct span http_fields_joined(const struct http_fields *fields, struct span name,
                               struct arena *arena)
{
    struct span first;
    size_t bytes;
    if (count_lines(fields, name, &first, &bytes) < 2)
        return first;

    char *text = arena_alloc(arena, bytes + 1);
    size_t at = 0;
    bool joins = false; /* a first line may be empty, and still counts as one */
    for (uint32_t i = 0; i < fields->len; i++) {
        const struct http_field *f = &fields->at[i];
        if (span_is_none(f->value) || !span_ieq(f->name, name))
            continue;
        if (joins) {
            text[at++] = ',';
            text[at++] = ' ';
        }
        joins = true;
        if (f->value.len)
            memcpy(text + at, f->value.ptr, f->value.len);
        at += f->value.len;
    }
    text[at] = '\0';
    return span_make(text, at);
}

unsigned http_fields_remove(struct http_fields *fields, struct span name)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < fields->len; i++)
        if (!span_ieq(fields->at[i].name, name))
            fields->at[kept++] = fields->at[i];
    unsigned removed = fields->len - kept;
    fields->len = kept;
    return removed;
}

void http_fields_set(struct http_fields *fields, struct arena *arena, struct span name,
                     struct span value)
{
    uint32_t kept = 0;
    bool placed = false;
    for (uint32_t i = 0; i < fields->len; i++) {
        struct http_field f = fields->at[i];
        if (span_ieq(f.name, name)) {
            if (placed)
                continue;
            placed = true;
            f = (struct http_field){ .name = name, .value = value };
        }
        fields->at[kept++] = f;
    }
    fields->len = kept;
    if (!placed)
        http_fields_add(fields, arena, name, value);
}

/* A line without its ending, and how many bytes it took with it. */
static struct span take_line(struct span text, size_t *ret_taken)
{
    ptrdiff_t newline = span_find_char(text, '\n');
    struct span line = newline < 0 ? text : span_head(text, (size_t)newline);
    *ret_taken = newline < 0 ? text.len : (size_t)newline + 1;
    if (line.len && line.ptr[line.len - 1] == '\r')
        line.len--;
    return line;
}

static bool starts_folded(struct span text)
{
    return text.len && (text.ptr[0] == ' ' || text.ptr[0] == '\t');
}

/* RFC 9112 section 5.2: a folded line is read as one, each fold as a space. */
static struct span unfold(struct span value, struct span text, struct arena *arena,
                          size_t *ret_taken)
{
    AUTO(strbuf_release) struct strbuf whole = STRBUF_INIT;
    size_t used = 0;

    strbuf_add_span(&whole, span_trim(value));
    while (starts_folded(span_from(text, used))) {
        size_t taken;
        struct span line = take_line(span_from(text, used), &taken);
        struct span part = span_trim(line);
        if (whole.len && part.len)
            strbuf_add_char(&whole, ' ');
        strbuf_add_span(&whole, part);
        used += taken;
    }
    *ret_taken = used;
    return arena_copy(arena, strbuf_span(&whole));
}

ptrdiff_t http_fields_parse(struct http_fields *ret, struct span text, struct arena *arena,
                            size_t *ret_bad)
{
    size_t at = 0;

    while (at < text.len) {
        size_t taken;
        struct span line = take_line(span_from(text, at), &taken);
        if (line.len == 0)
            return (ptrdiff_t)(at + taken);

        /* No space before the colon (RFC 9112 section 5.1): two readers may disagree on it. */
        struct span value = line;
        struct span name = span_cut(&value, ':');
        if (span_is_none(value) || !http_is_token(name)) {
            *ret_bad = at;
            return -1;
        }
        at += taken;
        value = span_trim(value);
        if (starts_folded(span_from(text, at))) {
            value = unfold(value, span_from(text, at), arena, &taken);
            at += taken;
        }
        http_fields_add(ret, arena, name, value);
    }
    return (ptrdiff_t)at;
}

size_t http_quoted_length(struct span s, bool *ret_closed)
{
    *ret_closed = true;
    for (size_t i = 1; i < s.len; i++) {
        if (s.ptr[i] == '\\')
            i++;
        else if (s.ptr[i] == '"')
            return i + 1;
    }
    *ret_closed = false;
    return s.len;
}
