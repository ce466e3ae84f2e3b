/* Structured fields: the walk ends, and a valid list walks without failure. */
#include <assert.h>

#include "rehearse/http/structured.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(struct span text, bool dictionary)
{
    struct sf_cursor c = sf_cursor_make(text);
    struct sf_member m, inner;
    while (dictionary ? sf_next_dictionary_member(&c, &m) : sf_next_list_member(&c, &m)) {
        sf_parameter(m.parameters, SPAN("a"));
        if (m.value.type != SF_INNER_LIST)
            continue;
        struct sf_cursor items = sf_cursor_make(m.value.text);
        while (sf_next_inner_item(&items, &inner))
            ;
        assert(!items.failed);
    }
    assert(c.failed == !(dictionary ? sf_dictionary_valid(text) : sf_list_valid(text)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = span_make((const char *)data, size);
    struct sf_member m;
    walk(text, false);
    walk(text, true);
    sf_item(text, &m);
    return 0;
}
