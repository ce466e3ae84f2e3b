/*
 * XML bodies (SOAP, XML-RPC, feeds): an element that holds text alone is a place, named
 * by its local name.
 */
#include "html_tags.h"
#include "patch.h"
#include "places.h"
#include "rehearse/base/text.h"

static struct span local_name(struct span name)
{
    ptrdiff_t colon = span_rfind_char(name, ':');
    return span_from(name, (size_t)(colon + 1));
}

/* "</name>" at the front, and nothing read beyond it. */
static bool ends_here(struct span rest, const struct html_tag *tag)
{
    struct html_tag next;
    struct span ahead = span_head(rest, tag->name.len + 3);
    return html_next_tag(&ahead, &next) && next.closing && span_eq(next.name, tag->name);
}

/* No secret is as long; the limit keeps a text of openings without an end linear. */
enum { CDATA_MAX = 4096 };

static struct span cdata_behind(const struct html_tag *tag, struct span rest)
{
    struct span inner = span_from(rest, sizeof "<![CDATA[" - 1);
    ptrdiff_t end = span_find(span_head(inner, CDATA_MAX), SPAN("]]>"));
    if (end < 0 || !ends_here(span_from(inner, (size_t)end + 3), tag))
        return SPAN_NONE;
    return span_head(inner, (size_t)end);
}

/* What stands between a start tag and the end tag right behind it; SPAN_NONE when that is something else. */
static struct span text_behind(const struct html_tag *tag, struct span rest)
{
    if (tag->closing)
        return SPAN_NONE;
    if (span_starts(rest, SPAN("<![CDATA[")))
        return cdata_behind(tag, rest);
    ptrdiff_t end = span_find_char(rest, '<');
    if (end <= 0 || !ends_here(span_from(rest, (size_t)end), tag))
        return SPAN_NONE;
    return span_trim(span_head(rest, (size_t)end));
}

struct span xml_places(struct span text, const struct places *walk)
{
    AUTO(patch_release) struct patch patch = patch_make(text);
    struct span rest = text;
    struct html_tag tag;
    while (html_next_tag(&rest, &tag)) {
        struct span raw = text_behind(&tag, rest);
        if (raw.len == 0)
            continue;
        const struct place place = {
            .kind = PLACE_FORM,
            .name = local_name(tag.name),
            .value = html_unescape(raw, walk->arena),
        };
        struct span given = walk->visit(walk->ctx, &place);
        if (span_is_none(given))
            continue;
        patch_at(&patch, raw);
        text_escape_html(&patch.out, given);
    }
    return patch_finish(&patch, walk->arena);
}
