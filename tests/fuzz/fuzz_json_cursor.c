#include "rehearse/base/json_cursor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Depth is bounded by the cursor's own limit. */
static void walk(struct json_cursor *c, struct arena *arena)
{
    struct span key;
    switch (json_peek(c)) {
    case JSON_OBJECT:
        if (!json_enter_object(c))
            return;
        while (json_next_member(c, &key)) {
            json_unescape(key, arena);
            walk(c, arena);
        }
        break;
    case JSON_ARRAY:
        if (!json_enter_array(c))
            return;
        while (json_next_element(c))
            walk(c, arena);
        break;
    default:
        json_unescape(json_take(c).raw, arena);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct span text = span_make((const char *)data, size);
    struct json_cursor walked = json_cursor_make(text);
    struct json_cursor skipped = json_cursor_make(text);
    walk(&walked, &arena);
    json_skip(&skipped);
    /* What can be walked can be skipped, and to the same place. */
    if (!walked.failed && (skipped.failed || skipped.at != walked.at))
        __builtin_trap();
    return 0;
}
