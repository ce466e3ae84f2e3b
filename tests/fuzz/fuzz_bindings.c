/* A hostile page to learn from, then a request of the same bytes to put tokens and an account into.
 */
#include <assert.h>
#include <stdint.h>

#include "rehearse/session/binding.h"
#include "rehearse/session/identity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = { "text/html",
                                         "application/json",
                                         "text/javascript",
                                         "",
                                         "application/x-www-form-urlencoded",
                                         "multipart/form-data; boundary=b" };
    static const struct identity account = { .username = { "ann", 3 }, .password = { "pw", 2 } };
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(bindings_freep) struct bindings *bindings = bindings_new();
    struct exchange x = exchange_blank();

    if (size == 0)
        return 0;
    struct span text = span_make((const char *)data + 1, size - 1);
    struct span type = span_of(types[data[0] % 6]);
    x.request.target = x.request.body = x.response.body = text;
    x.response.status = 200;
    http_fields_add(&x.response.fields, &arena, SPAN("Content-Type"), type);
    http_fields_add(&x.response.fields, &arena, SPAN("Set-Cookie"), text);
    http_fields_add(&x.response.fields, &arena, SPAN("X-CSRF-Token"), text);
    bindings_learn(bindings, &x);

    http_fields_add(&x.request.fields, &arena, SPAN("Content-Type"), type);
    http_fields_add(&x.request.fields, &arena, SPAN("Cookie"), text);
    http_fields_add(&x.request.fields, &arena, SPAN("X-CSRF-Token"),
                    SPAN("p~AAAAAAAAAAAAAAAAAAAAAA"));
    http_fields_add(&x.request.fields, &arena, SPAN("X-Auth-Token"), text);
    bool login = request_is_login(&x.request);
    assert(identity_apply(&account, &x.request, 0, &arena) == login);
    bindings_apply(bindings, &x.request, &arena);
    assert(span_find_char(http_fields_value(&x.request.fields, SPAN("X-CSRF-Token")), '\n') < 0);
    return 0;
}
