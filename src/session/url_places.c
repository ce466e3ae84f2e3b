/*
 * name=value items wherever a URL may hold them: query, fragment (OAuth's implicit
 * flow), ;jsessionid=… in the path, URLs inside of URLs. Works on any text with
 * URLs in it, so Link, Refresh and href attributes need no parser of their own.
 */
#include "one_of.h"
#include "patch.h"
#include "places.h"
#include "rehearse/http/url.h"

enum {
    MAX_NESTING = 2, /* ?next=%2Flogin%3Freturn%3D… */
    MAX_INSIDE = 8,  /* items looked for in the unencoded rest of one value */
};

static bool ends_name(char c)
{
    return is_one_of(c, "?&#;/=<>\"' \t\r\n");
}

/* The name in front of text[equals], not reaching before `from`. */
static struct span name_before(struct span text, size_t from, size_t equals)
{
    size_t start = equals;
    while (start > from && !ends_name(text.ptr[start - 1]))
        start--;
    return span_make(text.ptr + start, equals - start);
}

/* A path parameter ends where the path goes on; a query value takes what comes up to '&'. */
static struct span value_behind(struct span text, size_t equals, bool in_path)
{
    size_t end = equals + 1;
    while (end < text.len && !is_one_of(text.ptr[end], "&#<>\"' \t\r\n") &&
           !(in_path && is_one_of(text.ptr[end], ";?/")))
        end++;
    return span_make(text.ptr + equals + 1, end - equals - 1);
}

static struct span walk_text(struct span text, const struct places *walk, int depth);

/* A URL, encoded, as the value of an item. */
static struct span inside(struct span decoded, const struct places *walk, int depth)
{
    if (depth >= MAX_NESTING || span_find_char(decoded, '=') < 0)
        return SPAN_NONE;
    struct span changed = walk_text(decoded, walk, depth + 1);
    return changed.ptr == decoded.ptr ? SPAN_NONE : changed;
}

/* True when the item got a new value. */
static bool visit_item(struct patch *p, struct span name, struct span raw,
                       const struct places *walk, int depth)
{
    struct place place = { .kind = PLACE_QUERY,
                           .name = url_decode(name, false, walk->arena),
                           .value = url_decode(raw, true, walk->arena) };
    struct span given = walk->visit(walk->ctx, &place);
    if (span_is_none(given) && place.value.ptr != raw.ptr)
        given = inside(place.value, walk, depth);
    if (span_is_none(given))
        return false;
    patch_at(p, raw);
    url_encode(&p->out, given);
    return true;
}

static struct span walk_text(struct span text, const struct places *walk, int depth)
{
    AUTO(patch_release) struct patch p = patch_make(text);
    size_t from = 0, value_end = 0;
    unsigned inner = 0;

    while (from < text.len) {
        const char *hit = memchr(text.ptr + from, '=', text.len - from);
        if (!hit)
            break;
        size_t equals = (size_t)(hit - text.ptr);
        struct span name = name_before(text, from, equals);
        bool in_path = name.ptr > text.ptr && name.ptr[-1] == ';';
        struct span value = value_behind(text, equals, in_path);
        from = equals + 1;
        /* A value that stays may hold a URL as it is: look on inside of it, but not for ever. */
        inner = from < value_end ? inner + 1 : 0;
        value_end = from + value.len;
        if (inner >= MAX_INSIDE ||
            (name.len && value.len && visit_item(&p, name, value, walk, depth)))
            from = value_end;
    }
    return patch_finish(&p, walk->arena);
}

struct span url_places(struct span text, const struct places *walk)
{
    if (span_find_char(text, '=') < 0)
        return text;
    return walk_text(text, walk, 0);
}
