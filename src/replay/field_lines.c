#include "field_lines.h"

#include <stdlib.h>

#include "rehearse/base/mem.h"

/* libcurl adds fields of its own unless told not to; ours are the whole truth. */
static const struct {
    struct span name, off;
    bool with_body; /* added to requests with a body only */
} own_fields[] = {
    { { "Accept", 6 }, { "Accept:", 7 }, false },
    { { "Content-Type", 12 }, { "Content-Type:", 13 }, true },
    { { "Expect", 6 }, { "Expect:", 7 }, true },
};
enum { OWN_FIELDS = sizeof own_fields / sizeof *own_fields };

/* Room for all lines, so that none moves once it is there. */
static void make_room(struct field_lines *l, const struct http_fields *fields)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < fields->len; i++)
        bytes += fields->at[i].name.len + fields->at[i].value.len + 3;
    for (size_t i = 0; i < OWN_FIELDS; i++)
        bytes += own_fields[i].off.len + 1;
    strbuf_clear(&l->text);
    strbuf_room(&l->text, bytes);
    l->nodes = array_room(l->nodes, &l->cap, fields->len + OWN_FIELDS, sizeof *l->nodes);
    l->count = 0;
}

/* make_room has made it. */
static void add_line(struct field_lines *l, struct span name, struct span separator,
                     struct span value)
{
    struct curl_slist *node = &l->nodes[l->count++];
    char *at = l->text.buf + l->text.len;
    *node = (struct curl_slist){ .data = at };
    if (node != l->nodes)
        node[-1].next = node;
    at = mempcpy(at, name.ptr, name.len);
    at = mempcpy(at, separator.ptr, separator.len);
    if (value.len)
        at = mempcpy(at, value.ptr, value.len);
    *at++ = '\0';
    strbuf_grew(&l->text, (size_t)(at - node->data));
}

struct curl_slist *field_lines_set(struct field_lines *l, const struct http_fields *fields,
                                   bool body)
{
    make_room(l, fields);
    for (uint32_t i = 0; i < fields->len; i++) {
        /* A semicolon is libcurl's way to write an empty value. */
        const struct http_field *f = &fields->at[i];
        add_line(l, f->name, f->value.len ? SPAN(": ") : SPAN(";"), f->value);
    }
    for (size_t i = 0; i < OWN_FIELDS; i++)
        if ((body || !own_fields[i].with_body) && !http_fields_first(fields, own_fields[i].name))
            add_line(l, own_fields[i].off, SPAN(""), SPAN_NONE);
    return l->count ? l->nodes : NULL;
}

void field_lines_forget(struct field_lines *l)
{
    if (l->text.cap > FIELD_LINES_KEPT)
        strbuf_release(&l->text);
    strbuf_clear(&l->text);
}

void field_lines_release(struct field_lines *l)
{
    strbuf_release(&l->text);
    free(l->nodes);
    *l = (struct field_lines){ .text = STRBUF_INIT };
}
