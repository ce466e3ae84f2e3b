#include "rehearse/session/body_type.h"

#include "places.h"

/* RFC 2046, section 5.1.1: "--", the boundary of at most 70 characters, the end of the line. */
enum { LONGEST_BOUNDARY = 70 };

static struct span multipart_boundary(struct span body)
{
    struct span rest = body;
    struct span line = span_cut(&rest, '\n');
    if (!span_starts(line, SPAN("--")) || !span_ends(line, SPAN("\r")))
        return SPAN_NONE;
    struct span boundary = span_make(line.ptr + 2, line.len - 3);
    bool is_one = boundary.len > 0 && boundary.len <= LONGEST_BOUNDARY &&
                  span_istarts(rest, SPAN("Content-Disposition: form-data"));
    return is_one ? boundary : SPAN_NONE;
}

static bool fits_quotes(struct span boundary)
{
    return span_find_char(boundary, '"') < 0 && span_find_char(boundary, '\\') < 0;
}

struct span body_type_by_look(struct span body, struct arena *arena)
{
    struct span front = span_trim(body);
    if (front.len == 0)
        return SPAN_NONE;
    if (front.ptr[0] == '{' || front.ptr[0] == '[')
        return SPAN("application/json");
    struct span boundary = multipart_boundary(body);
    if (boundary.len && fits_quotes(boundary))
        return arena_printf(arena, "multipart/form-data; boundary=\"%.*s\"", SPAN_ARG(boundary));
    return looks_like_form(front) ? SPAN("application/x-www-form-urlencoded") : SPAN_NONE;
}
