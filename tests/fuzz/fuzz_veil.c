/*
 * One text in every place of an exchange that is read. A value planted under a
 * secret name must be gone afterwards, whatever stands around it.
 */
#include <assert.h>
#include <stdint.h>

#include "rehearse/session/credential.h"
#include "rehearse/session/grouping.h"

static const char planted[] = "Pl4nt3dS3cr3tV4lu3";

static struct exchange exchange_with(struct span text, struct span type, struct arena *arena)
{
    struct exchange x = exchange_blank();
    x.request.method = SPAN("POST");
    x.request.target = text;
    x.request.body = x.response.body = text;
    http_fields_add(&x.request.fields, arena, SPAN("Content-Type"), type);
    http_fields_add(&x.request.fields, arena, SPAN("Cookie"), text);
    http_fields_add(&x.request.fields, arena, SPAN("Authorization"), text);
    http_fields_add(&x.request.fields, arena, SPAN("X-Api-Key"), span_of(planted));
    http_fields_add(&x.response.fields, arena, SPAN("Content-Type"), type);
    http_fields_add(&x.response.fields, arena, SPAN("Set-Cookie"), text);
    http_fields_add(&x.response.fields, arena, SPAN("Location"), text);
    return x;
}

static void check_gone(struct span part)
{
    assert(span_find(part, span_of(planted)) < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = { "text/html",
                                         "application/json",
                                         "text/javascript",
                                         "",
                                         "application/x-www-form-urlencoded",
                                         "multipart/form-data; boundary=b" };
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(veil_freep) struct veil *veil = NULL;
    AUTO(grouping_freep) struct grouping *grouping = grouping_new(NULL);
    struct veil_options options = { .key = { 1 } };

    if (size == 0 || veil_new(&veil, &options, NULL) != 0)
        return 0;
    struct span type = span_of(types[data[0] % 6]);
    struct exchange x = exchange_with(span_make((const char *)data + 1, size - 1), type, &arena);
    x.session = grouping_place(grouping, &x).session;
    assert(x.session != 0);
    veil_exchange(veil, &x, &arena);
    check_gone(x.request.target);
    check_gone(x.request.body);
    check_gone(x.response.body);
    for (uint32_t i = 0; i < x.request.fields.len; i++)
        check_gone(x.request.fields.at[i].value);
    for (uint32_t i = 0; i < x.response.fields.len; i++)
        check_gone(x.response.fields.at[i].value);
    return 0;
}
