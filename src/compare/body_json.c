/*
 * The skeleton of a JSON document: the path of every member, and under it the type
 * of its value. null has a path and no type, so a member that may be null is no
 * difference where production shows both. Keys that are data (ids, numbers) are "*".
 */
#include "body.h"

#include "rehearse/base/json_cursor.h"
#include "segment.h"

enum { MEMBER_DEPTH_MAX = 24, KEY_MAX = 80 };

static void read_value(struct skeleton_builder *b, struct json_cursor *c, uint32_t path,
                       unsigned depth);

static struct span key_name(struct span key)
{
    return segment_kind_of(key) == SEGMENT_WORD && key.len ? span_head(key, KEY_MAX) : SPAN("*");
}

static void read_object(struct skeleton_builder *b, struct json_cursor *c, uint32_t path,
                        unsigned depth)
{
    struct span key;
    if (!json_enter_object(c))
        return;
    while (json_next_member(c, &key)) {
        uint32_t member = skeleton_add(b, path, key_name(key));
        if (member == UINT32_MAX || depth >= MEMBER_DEPTH_MAX)
            json_skip(c);
        else
            read_value(b, c, member, depth + 1);
    }
}

static void read_array(struct skeleton_builder *b, struct json_cursor *c, uint32_t path,
                       unsigned depth)
{
    if (!json_enter_array(c))
        return;
    uint32_t element = skeleton_add(b, path, SPAN("[]"));
    while (json_next_element(c)) {
        if (element == UINT32_MAX || depth >= MEMBER_DEPTH_MAX)
            json_skip(c);
        else
            read_value(b, c, element, depth + 1);
    }
}

/* Depth is bounded by MEMBER_DEPTH_MAX; below it values are skipped whole. */
static void read_value(struct skeleton_builder *b, struct json_cursor *c, uint32_t path,
                       unsigned depth)
{
    switch (json_peek(c)) {
    case JSON_OBJECT:
        read_object(b, c, path, depth);
        return;
    case JSON_ARRAY:
        read_array(b, c, path, depth);
        return;
    case JSON_STRING:
        skeleton_add(b, path, SPAN("(string)"));
        break;
    case JSON_NUMBER:
        skeleton_add(b, path, SPAN("(number)"));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        skeleton_add(b, path, SPAN("(boolean)"));
        break;
    default:
        break;
    }
    json_skip(c);
}

bool skeleton_of_json(struct skeleton_builder *b, struct span body)
{
    if (!body.len || body.len > BODY_BYTES_MAX)
        return false;
    struct json_cursor c = json_cursor_make(body);
    if (json_peek(&c) == JSON_NONE)
        return false;
    uint32_t root = skeleton_add(b, UINT32_MAX, SPAN("$"));
    if (root != UINT32_MAX)
        read_value(b, &c, root, 0);
    return !c.failed;
}
