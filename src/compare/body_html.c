/*
 * The skeleton of an HTML page: the path of every element, told apart by what an
 * author wrote to tell it apart (id, first class, name, type). What a build or a
 * render makes up (hashed classes, chunk names, nonces) is left out. libxml2 reads
 * it as browsers do, forgiving; nothing is fetched and no entity is expanded.
 */
#include "body.h"

#include <libxml/HTMLparser.h>
#include <libxml/tree.h>

#include "shape.h"

enum { ELEMENT_DEPTH_MAX = 40, ELEMENTS_MAX = 200000, PIECE_MAX = 80 };

/* Parts of the page's machinery rather than of the page. */
static const struct span passed_over[] = {
    { "style", 5 }, { "noscript", 8 }, { "template", 8 }, { "br", 2 }, { "wbr", 3 },
};
/* Their inside is a drawing or a foreign document. */
static const struct span closed_elements[] = {
    { "svg", 3 },
    { "math", 4 },
    { "iframe", 6 },
    { "object", 6 },
};

static bool is_one_of(struct span name, const struct span *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (span_eq(name, list[i]))
            return true;
    return false;
}

static struct span attribute(const xmlNode *node, const char *name)
{
    for (const xmlAttr *a = node->properties; a; a = a->next)
        if (xmlStrcasecmp(a->name, (const xmlChar *)name) == 0 && a->children &&
            a->children->type == XML_TEXT_NODE && a->children->content)
            return span_of((const char *)a->children->content);
    return SPAN_NONE;
}

/* A name an author chose, digits as '#'; nothing for one that a machine made up. */
static bool add_name(struct strbuf *out, const char *before, struct span name, const char *after)
{
    AUTO(strbuf_release) struct strbuf shape = STRBUF_INIT;
    if (!name.len || name.len > 64)
        return false;
    shape_add(&shape, name);
    struct span text = strbuf_span(&shape);
    if (shape_has_opaque(text) || span_find(text, SPAN("__")) >= 0 ||
        span_find_char(text, ':') >= 0)
        return false;
    strbuf_add_str(out, before);
    strbuf_add_span(out, text);
    strbuf_add_str(out, after);
    return true;
}

static struct span first_class(struct span classes)
{
    classes = span_trim(classes);
    return span_cut(&classes, ' ');
}

static bool is_plain_script(struct span type)
{
    return !type.len || span_ifind(type, SPAN("javascript")) >= 0 || span_ieq(type, SPAN("module"));
}

static bool is_build_link(struct span rel)
{
    return span_ifind(rel, SPAN("style")) >= 0 || span_ifind(rel, SPAN("pre")) >= 0 ||
           span_ifind(rel, SPAN("icon")) >= 0;
}

/* False: the element is left out, and its inside too. */
static bool describe(const xmlNode *node, struct strbuf *piece)
{
    struct span name = span_of((const char *)node->name);
    if (is_one_of(name, passed_over, sizeof passed_over / sizeof *passed_over))
        return false;
    if (span_eq(name, SPAN("script")) && is_plain_script(attribute(node, "type")))
        return false;
    if (span_eq(name, SPAN("link")) && is_build_link(attribute(node, "rel")))
        return false;
    strbuf_add_span(piece, span_head(name, 24));
    if (!add_name(piece, "#", attribute(node, "id"), ""))
        add_name(piece, ".", first_class(attribute(node, "class")), "");
    if (!add_name(piece, "[name=", attribute(node, "name"), "]"))
        add_name(piece, "[property=", attribute(node, "property"), "]");
    add_name(piece, "[type=", attribute(node, "type"), "]");
    add_name(piece, "[rel=", attribute(node, "rel"), "]");
    if (piece->len > PIECE_MAX)
        strbuf_cut(piece, PIECE_MAX);
    return true;
}

static void note_language(struct skeleton_builder *b, const xmlNode *node)
{
    struct span lang = attribute(node, "lang");
    if (span_is_none(b->language) && lang.len && lang.len < 36 &&
        xmlStrEqual(node->name, (const xmlChar *)"html"))
        b->language = arena_copy(&b->dictionary->texts.arena, lang);
}

static void walk(struct skeleton_builder *b, const xmlNode *node, uint32_t parent, unsigned depth,
                 unsigned *left)
{
    AUTO(strbuf_release) struct strbuf piece = STRBUF_INIT;
    for (; node && *left; node = node->next) {
        if (node->type != XML_ELEMENT_NODE)
            continue;
        --*left;
        note_language(b, node);
        strbuf_clear(&piece);
        if (!describe(node, &piece))
            continue;
        uint32_t path = skeleton_add(b, parent, strbuf_span(&piece));
        if (path == UINT32_MAX || depth >= ELEMENT_DEPTH_MAX)
            continue;
        struct span name = span_of((const char *)node->name);
        if (!is_one_of(name, closed_elements, sizeof closed_elements / sizeof *closed_elements))
            walk(b, node->children, path, depth + 1, left);
    }
}

bool skeleton_of_html(struct skeleton_builder *b, struct span body)
{
    unsigned left = ELEMENTS_MAX;
    if (!body.len || body.len > BODY_BYTES_MAX)
        return false;
    htmlDocPtr doc = htmlReadMemory(body.ptr, (int)body.len, NULL, "UTF-8",
                                    HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                                        HTML_PARSE_NONET | HTML_PARSE_NOIMPLIED);
    if (!doc)
        return false;
    walk(b, doc->children, UINT32_MAX, 0, &left);
    xmlFreeDoc(doc);
    return true;
}
