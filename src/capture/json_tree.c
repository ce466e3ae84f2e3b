#include "json_tree.h"

#include <math.h>

cJSON *tree_parse(struct span text, size_t *ret_at)
{
    const char *end = text.ptr;
    /* The NUL behind is counted in: cJSON asks for it to know that nothing follows. */
    cJSON *tree = cJSON_ParseWithLengthOpts(text.ptr, text.len + 1, &end, 1);

    if (!tree)
        *ret_at = end && end >= text.ptr ? (size_t)(end - text.ptr) : 0;
    return tree;
}

const cJSON *tree_member(const cJSON *object, const char *name)
{
    return cJSON_IsObject(object) ? cJSON_GetObjectItemCaseSensitive(object, name) : NULL;
}

struct span tree_text(const cJSON *object, const char *name)
{
    const cJSON *value = tree_member(object, name);
    return cJSON_IsString(value) ? span_of(value->valuestring) : SPAN_NONE;
}

struct span tree_scalar_copy(const cJSON *value, struct arena *arena)
{
    if (cJSON_IsString(value))
        return arena_copy(arena, span_of(value->valuestring));
    if (cJSON_IsNumber(value))
        return arena_printf(arena, "%.17g", value->valuedouble);
    if (cJSON_IsBool(value))
        return cJSON_IsTrue(value) ? SPAN("true") : SPAN("false");
    return SPAN_NONE;
}

struct span tree_text_copy(const cJSON *object, const char *name, struct arena *arena)
{
    return tree_scalar_copy(tree_member(object, name), arena);
}

bool tree_number(const cJSON *object, const char *name, double *ret)
{
    const cJSON *value = tree_member(object, name);
    double number;

    if (cJSON_IsNumber(value))
        number = value->valuedouble;
    else if (!cJSON_IsString(value) || !span_to_double(span_of(value->valuestring), &number))
        return false;
    if (!isfinite(number))
        return false;
    *ret = number;
    return true;
}

int64_t tree_count(const cJSON *object, const char *name)
{
    double number;
    if (!tree_number(object, name, &number) || number < 0 || number > 9007199254740992.0)
        return -1;
    return (int64_t)number;
}

bool tree_is_true(const cJSON *object, const char *name)
{
    return cJSON_IsTrue(tree_member(object, name));
}

const char *tree_type(const cJSON *value)
{
    if (!value)
        return "nothing";
    switch (value->type & 0xff) {
    case cJSON_Object:
        return "an object";
    case cJSON_Array:
        return "an array";
    case cJSON_String:
        return "a string";
    case cJSON_Number:
        return "a number";
    case cJSON_NULL:
        return "null";
    default:
        return "a boolean";
    }
}
