#include "patch.h"
#include "places.h"
#include "rehearse/http/media_type.h"
#include "rehearse/http/url.h"

struct span form_places(struct span text, const struct places *walk)
{
    AUTO(patch_release) struct patch p = patch_make(text);
    struct span rest = text;
    struct query_item item;

    while (query_next(&rest, &item)) {
        if (span_is_none(item.value))
            continue;
        struct place place = { .kind = PLACE_FORM,
                               .name = url_decode(item.name, true, walk->arena),
                               .value = url_decode(item.value, true, walk->arena) };
        struct span given = walk->visit(walk->ctx, &place);
        if (span_is_none(given))
            continue;
        patch_at(&p, item.value);
        form_encode(&p.out, given);
    }
    return patch_finish(&p, walk->arena);
}

/* The part's own header, up to an empty line; behind it *rest is the content. */
static struct span part_header(struct span *rest)
{
    struct span part = *rest;
    ptrdiff_t end = span_find(part, SPAN("\r\n\r\n"));
    size_t gap = 4;
    if (end < 0) {
        end = span_find(part, SPAN("\n\n"));
        gap = 2;
    }
    if (end < 0) {
        *rest = SPAN_NONE;
        return part;
    }
    *rest = span_from(part, (size_t)end + gap);
    return span_head(part, (size_t)end);
}

/* RFC 7578, section 4.2: Content-Disposition: form-data; name="…". None for files. */
static struct span part_name(struct span header)
{
    while (!span_is_none(header)) {
        struct span value = span_trim(span_cut(&header, '\n'));
        struct span name = span_cut(&value, ':');
        if (!span_ieq(name, SPAN("Content-Disposition")) || span_is_none(value))
            continue;
        if (!span_is_none(media_type_parameter(value, SPAN("filename"))))
            return SPAN_NONE;
        return media_type_parameter(value, SPAN("name"));
    }
    return SPAN_NONE;
}

/* Line breaks would let a value grow parts of its own. */
static bool fits_a_part(struct span value)
{
    return span_find_char(value, '\r') < 0 && span_find_char(value, '\n') < 0;
}

static void visit_part(struct patch *p, struct span part, const struct places *walk)
{
    struct span content = part;
    struct span name = part_name(part_header(&content));
    if (span_is_none(content) || span_is_none(name))
        return;
    if (span_ends(content, SPAN("\r\n")))
        content.len -= 2;
    struct place place = { .kind = PLACE_FORM, .name = name, .value = content };
    struct span given = walk->visit(walk->ctx, &place);
    if (span_is_none(given) || !fits_a_part(given))
        return;
    patch_at(p, content);
    strbuf_add_span(&p->out, given);
}

struct span multipart_places(struct span text, struct span boundary, const struct places *walk)
{
    AUTO(patch_release) struct patch p = patch_make(text);
    AUTO(strbuf_release) struct strbuf line = STRBUF_INIT;

    /* RFC 2046, section 5.1.1: 1 to 70 characters. */
    if (boundary.len == 0 || boundary.len > 70)
        return text;
    strbuf_add_str(&line, "--");
    strbuf_add_span(&line, boundary);
    ptrdiff_t hit = span_find(text, strbuf_span(&line));
    struct span rest = hit < 0 ? SPAN_NONE : span_from(text, (size_t)hit + line.len);
    while (rest.len) {
        hit = span_find(rest, strbuf_span(&line));
        struct span part = hit < 0 ? rest : span_head(rest, (size_t)hit);
        visit_part(&p, part, walk);
        rest = hit < 0 ? SPAN_NONE : span_from(rest, (size_t)hit + line.len);
    }
    return patch_finish(&p, walk->arena);
}
