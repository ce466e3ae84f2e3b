/*
 * A message of any bytes, as an answer and as a request: each place's text leads back
 * to its value, and what is written to a place stands there.
 */
#include <assert.h>
#include <stdint.h>

#include "rehearse/session/value_place.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LOOKED_AT = 24 }; /* places of a message: each is looked for again */

struct walk {
    const struct exchange *x;
    struct http_request *request;
    struct arena *arena;
    size_t ordinal;
    struct value_names names;
    struct span sinks[LOOKED_AT], values[LOOKED_AT];
};

static bool on_source(void *ctx, const struct value_at *at)
{
    struct walk *w = ctx;
    struct value_wanted wanted = { .place = value_names_next(&w->names, at), .literal = at->value };
    value_sources_find(w->x, &wanted, 1, w->arena);
    assert(span_eq(wanted.value, at->value) && wanted.holds);
    return ++w->ordinal < LOOKED_AT;
}

static struct span on_sink(void *ctx, const struct value_at *at)
{
    struct walk *w = ctx;
    if (w->ordinal == LOOKED_AT)
        return SPAN_NONE;
    w->sinks[w->ordinal] = arena_copy(w->arena, value_names_next(&w->names, at));
    w->values[w->ordinal++] = arena_copy(w->arena, at->value);
    return SPAN_NONE;
}

static void check_sink(struct walk *w, size_t i)
{
    struct http_request copy = *w->request;
    struct value_change change = { .sink = w->sinks[i], .value = SPAN("4711") };
    copy.fields = (struct http_fields){ 0 };
    for (uint32_t f = 0; f < w->request->fields.len; f++)
        http_fields_add(&copy.fields, w->arena, w->request->fields.at[f].name,
                        w->request->fields.at[f].value);
    value_sinks_change(&copy, &change, 1, w->arena);
    assert(span_eq(change.was, w->values[i]));
    value_sinks_change(&copy, &change, 1, w->arena);
    assert(span_eq(change.was, SPAN("4711")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = { "text/html",
                                         "application/json",
                                         "text/x-component",
                                         "",
                                         "application/x-www-form-urlencoded",
                                         "multipart/form-data; boundary=b",
                                         "text/xml" };
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct exchange x = exchange_blank();
    if (size == 0 || size > 4096)
        return 0;
    struct span rest = span_make((const char *)data + 1, size - 1);
    struct span type = span_of(types[data[0] % 7]);
    struct span line = span_cut(&rest, '\n');
    x.request.target = line.len ? line : SPAN("/");
    x.request.body = x.response.body = rest;
    http_fields_add(&x.request.fields, &arena, SPAN("Content-Type"), type);
    http_fields_add(&x.request.fields, &arena, SPAN("Cookie"), line);
    http_fields_add(&x.response.fields, &arena, SPAN("Content-Type"), type);
    http_fields_add(&x.response.fields, &arena, SPAN("Location"), line);
    http_fields_add(&x.response.fields, &arena, SPAN("Set-Cookie"), line);
    http_fields_add(&x.response.fields, &arena, SPAN(VALUE_CLAIM_FIELD), line);
    struct walk w = { .x = &x, .request = &x.request, .arena = &arena, .names = VALUE_NAMES_INIT };
    value_sources(&x, on_source, &w, &arena);
    w.ordinal = 0;
    value_names_clear(&w.names);
    value_sinks(&x.request, on_sink, &w, &arena);
    for (size_t i = 0; i < w.ordinal; i++)
        check_sink(&w, i);
    value_claims_keep(&x, &arena);
    value_names_release(&w.names);
    return 0;
}
