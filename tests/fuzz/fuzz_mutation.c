/* Signs and classes of mutations: any request has a class, and a whole GraphQL document never
 * trips. */
#include <assert.h>

#include "rehearse/http/method.h"
#include "rehearse/http/mutation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* First line: method, target, Content-Type, X-HTTP-Method, cut by spaces; behind it the body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct span body = span_make((const char *)data, size);
    struct span line = span_cut(&body, '\n');
    struct http_request request = { .method = span_cut(&line, ' '), .body = body };
    request.target = span_cut(&line, ' ');
    http_fields_add(&request.fields, &arena, SPAN("Content-Type"), span_cut(&line, ' '));
    http_fields_add(&request.fields, &arena, SPAN("X_HTTP_Method"), line);
    const char *sign = request_mutates(&request);
    struct mutation m = request_mutation(&request);
    assert(sign || method_is_safe(request.method));
    assert(m.class >= 0 && m.class < MUTATION_CLASSES && m.why);
    return 0;
}
