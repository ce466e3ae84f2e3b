#include "rehearse/cache/vary.h"

#include <stdlib.h>

#include "rehearse/http/token.h"

static int by_text(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    return span_cmp(*x, *y);
}

/* An upper bound for the members of one line. */
static size_t count_members(struct span value)
{
    size_t n = 1;
    for (size_t i = 0; i < value.len; i++)
        n += value.ptr[i] == ',';
    return n;
}

static size_t count_all(const struct http_fields *response)
{
    size_t n = 0;
    for (uint32_t i = 0; i < response->len; i++)
        if (span_ieq(response->at[i].name, SPAN("Vary")))
            n += count_members(response->at[i].value);
    return n;
}

static void take_line(struct vary *vary, struct span rest, struct arena *arena)
{
    while (!span_is_none(rest)) {
        struct span name = span_trim(span_cut(&rest, ','));
        if (span_eq(name, SPAN("*")))
            vary->any = true;
        else if (http_is_token(name))
            vary->names[vary->len++] = arena_copy_lower(arena, name);
    }
}

static void sort_once_each(struct vary *vary)
{
    size_t kept = 0;
    if (vary->len)
        qsort(vary->names, vary->len, sizeof *vary->names, by_text);
    for (size_t i = 0; i < vary->len; i++)
        if (kept == 0 || !span_eq(vary->names[kept - 1], vary->names[i]))
            vary->names[kept++] = vary->names[i];
    vary->len = kept;
}

struct vary vary_of(const struct http_fields *response, struct arena *arena)
{
    struct vary vary = { 0 };
    size_t most = count_all(response);
    if (most == 0)
        return vary;
    vary.names = arena_alloc(arena, most * sizeof *vary.names);
    for (uint32_t i = 0; i < response->len; i++)
        if (span_ieq(response->at[i].name, SPAN("Vary")))
            take_line(&vary, response->at[i].value, arena);
    sort_once_each(&vary);
    return vary;
}

bool vary_eq(const struct vary *a, const struct vary *b)
{
    if (a->any || b->any)
        return a->any == b->any;
    if (a->len != b->len)
        return false;
    for (size_t i = 0; i < a->len; i++)
        if (!span_eq(a->names[i], b->names[i]))
            return false;
    return true;
}

/* One byte of a value; line breaks and '\' escaped, so that no value can pose as two lines. */
static void add_byte(struct strbuf *out, char c)
{
    if (c == '\n')
        strbuf_add_str(out, "\\n");
    else if (c == '\\')
        strbuf_add_str(out, "\\\\");
    else
        strbuf_add_char(out, c);
}

/* Section 4.1 lets white space go where the syntax does: around commas, outside of quotes. */
static void add_value(struct strbuf *out, struct span value)
{
    bool quoted = false;
    size_t floor = out->len;
    value = span_trim(value);
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (c == '"')
            quoted = !quoted;
        bool after_comma = out->len > floor && out->buf[out->len - 1] == ',';
        if (!quoted && (c == ' ' || c == '\t') && after_comma)
            continue;
        while (!quoted && c == ',' && out->len > floor &&
               (out->buf[out->len - 1] == ' ' || out->buf[out->len - 1] == '\t'))
            strbuf_cut(out, out->len - 1);
        add_byte(out, c);
    }
}

/* Cookie lines join with "; " (RFC 9113 section 8.2.3), all others with ",". */
static void add_field(struct strbuf *out, struct span name, const struct http_request *request)
{
    bool is_cookie = span_eq(name, SPAN("cookie"));
    bool present = false;
    for (uint32_t i = 0; i < request->fields.len; i++) {
        const struct http_field *f = &request->fields.at[i];
        if (span_is_none(f->value) || !span_ieq(f->name, name))
            continue;
        strbuf_add_str(out, !present ? "=" : is_cookie ? "; " : ",");
        add_value(out, f->value);
        present = true;
    }
    /* Host is kept apart from the fields. */
    if (!present && span_eq(name, SPAN("host")) && !span_is_none(request->authority)) {
        strbuf_add_char(out, '=');
        add_value(out, request->authority);
    }
}

void variant_key_add(struct strbuf *out, const struct vary *vary,
                     const struct http_request *request)
{
    for (size_t i = 0; i < vary->len; i++) {
        strbuf_add_span(out, vary->names[i]);
        add_field(out, vary->names[i], request);
        strbuf_add_char(out, '\n');
    }
}
