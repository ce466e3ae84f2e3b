#include "html_tags.h"
#include "patch.h"
#include "places.h"
#include "rehearse/base/text.h"

struct page {
    struct patch patch;
    const struct places *walk;
    struct span action; /* of the form that is open; SPAN_NONE outside */
};

static void release_page(struct page *page)
{
    patch_release(&page->patch);
}

static const struct html_attribute *find(const struct html_tag *tag, const char *name)
{
    for (size_t i = 0; i < tag->len; i++)
        if (span_ieq(tag->at[i].name, span_of(name)) && !span_is_none(tag->at[i].raw))
            return &tag->at[i];
    return NULL;
}

static void put(struct page *page, const struct html_attribute *a, struct span value)
{
    patch_at(&page->patch, a->quoted);
    strbuf_add_char(&page->patch.out, '"');
    text_escape_html(&page->patch.out, value);
    strbuf_add_char(&page->patch.out, '"');
}

/* Shows the attribute as the value of `place`; true when it got another. */
static bool visit(struct page *page, const struct html_attribute *a, struct place place)
{
    place.value = html_unescape(a->raw, page->walk->arena);
    struct span given = page->walk->visit(page->walk->ctx, &place);
    if (!span_is_none(given))
        put(page, a, given);
    return !span_is_none(given);
}

static bool visit_input(struct page *page, const struct html_tag *tag,
                        const struct html_attribute *a)
{
    if (!span_ieq(tag->name, SPAN("input")) || !span_ieq(a->name, SPAN("value")))
        return false;
    struct span name = html_attribute_value(tag, "name", page->walk->arena);
    struct span type = html_attribute_raw(tag, "type");
    if (name.len == 0)
        return false;
    return visit(page, a,
                 (struct place){ .kind = PLACE_INPUT,
                                 .name = name,
                                 .action = page->action,
                                 .hidden = span_ieq(type, SPAN("hidden")) });
}

static bool visit_meta(struct page *page, const struct html_tag *tag,
                       const struct html_attribute *a)
{
    if (!span_ieq(tag->name, SPAN("meta")) || !span_ieq(a->name, SPAN("content")))
        return false;
    const struct html_attribute *name = find(tag, "name");
    if (!name)
        name = find(tag, "property");
    if (!name)
        return false;
    return visit(
        page, a,
        (struct place){ .kind = PLACE_META, .name = html_unescape(name->raw, page->walk->arena) });
}

static bool visit_data(struct page *page, const struct html_attribute *a)
{
    if (!span_istarts(a->name, SPAN("data-")))
        return false;
    return visit(page, a, (struct place){ .kind = PLACE_META, .name = span_from(a->name, 5) });
}

/* Any other attribute may hold a URL: href, src, action, srcset, hx-get, … */
static void visit_url(struct page *page, const struct html_attribute *a)
{
    if (page->walk->skip_urls)
        return;
    struct span changed = url_places(a->raw, page->walk);
    if (changed.ptr == a->raw.ptr)
        return;
    /* Still in the coding of the page: only items were replaced. */
    patch_at(&page->patch, a->raw);
    strbuf_add_span(&page->patch.out, changed);
}

static void visit_attributes(struct page *page, const struct html_tag *tag)
{
    for (size_t i = 0; i < tag->len; i++) {
        const struct html_attribute *a = &tag->at[i];
        if (span_is_none(a->raw))
            continue;
        if (!visit_input(page, tag, a) && !visit_meta(page, tag, a) && !visit_data(page, a))
            visit_url(page, a);
    }
}

static void visit_script(struct page *page, const struct html_tag *tag)
{
    if (span_is_none(tag->content))
        return;
    struct span changed = script_places(tag->content, page->walk);
    if (changed.ptr == tag->content.ptr)
        return;
    patch_at(&page->patch, tag->content);
    strbuf_add_span(&page->patch.out, changed);
}

static void note_form(struct page *page, const struct html_tag *tag)
{
    if (!span_ieq(tag->name, SPAN("form")))
        return;
    page->action = SPAN_NONE;
    if (tag->closing)
        return;
    struct span action = html_attribute_value(tag, "action", page->walk->arena);
    page->action = span_is_none(action) ? SPAN("") : action;
}

struct span html_places(struct span text, const struct places *walk)
{
    AUTO(release_page)
    struct page page = { .patch = patch_make(text), .walk = walk, .action = SPAN_NONE };
    struct span rest = text;
    struct html_tag tag;

    while (html_next_tag(&rest, &tag)) {
        note_form(&page, &tag);
        visit_attributes(&page, &tag);
        visit_script(&page, &tag);
    }
    return patch_finish(&page.patch, walk->arena);
}
