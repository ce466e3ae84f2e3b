#include "undo.h"

/* Of a body, so much is looked at; longer URLs are none that a person would type. */
enum { BODY_LOOKED_AT = 262144, URL_MAX_BYTES = 300 };

struct span undo_of_created(const struct exchange *answered, struct arena *arena)
{
    struct span location = http_fields_value(&answered->response.fields, SPAN("Location"));
    if (answered->response.status != 201 || location.len == 0 || location.len > URL_MAX_BYTES)
        return SPAN_NONE;
    return arena_printf(arena, "DELETE %.*s", SPAN_ARG(location));
}

static bool speaks_of(struct span url, const struct span *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (span_ifind(url, words[i]) >= 0)
            return true;
    return false;
}

static bool removes(struct span url)
{
    static const struct span words[] = { { "remove", 6 }, { "delete", 6 } };
    bool url_like = span_starts(url, SPAN("/")) || span_starts(url, SPAN("?")) ||
                    span_istarts(url, SPAN("http://")) || span_istarts(url, SPAN("https://"));
    return url_like && url.len <= URL_MAX_BYTES && speaks_of(url, words, 2);
}

static bool is_about_cart(struct span url)
{
    static const struct span words[] = {
        { "cart", 4 }, { "basket", 6 }, { "item", 4 }, { "line", 4 }
    };
    return speaks_of(url, words, 4);
}

/* By what stands before the quote: action="…", href="…", or a JSON member. */
static const char *method_before(struct span before)
{
    if (span_ends(before, SPAN("action=")))
        return "POST";
    if (span_ends(before, SPAN("href=")))
        return "GET";
    return "request";
}

/* The next text between two quotes that is no longer than a URL, and all that stands before it in
 * `body`; *rest stands at its end then. */
static bool next_quoted(struct span body, struct span *rest, struct span *ret_before,
                        struct span *ret)
{
    while (rest->len) {
        char quote = rest->ptr[0];
        if (quote != '"' && quote != '\'') {
            *rest = span_from(*rest, 1);
            continue;
        }
        struct span inside = span_head(span_from(*rest, 1), URL_MAX_BYTES + 1);
        ptrdiff_t end = span_find_char(inside, quote);
        if (end < 0) {
            *rest = span_from(*rest, 1);
            continue;
        }
        *ret_before = span_make(body.ptr, (size_t)(rest->ptr - body.ptr));
        *ret = span_head(inside, (size_t)end);
        /* The closing quote may as well open the next one: "a": "/b". */
        *rest = span_from(*rest, (size_t)end + 1);
        return true;
    }
    return false;
}

struct span undo_offered(struct span body, struct arena *arena)
{
    struct span rest = span_head(body, BODY_LOOKED_AT), before, url, best = SPAN_NONE;
    const char *method = NULL;
    while (next_quoted(body, &rest, &before, &url)) {
        if (!removes(url) || (best.len && !is_about_cart(url)))
            continue;
        bool first = best.len == 0;
        if (first || is_about_cart(url)) {
            best = url;
            method = method_before(before);
        }
        if (is_about_cart(best))
            break;
    }
    return best.len ? arena_printf(arena, "%s %.*s", method, SPAN_ARG(best)) : SPAN_NONE;
}
