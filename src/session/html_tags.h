#ifndef REHEARSE_SESSION_HTML_TAGS_H
#define REHEARSE_SESSION_HTML_TAGS_H

#include "rehearse/base/arena.h"
#include "rehearse/base/strbuf.h"

/*
 * The start and end tags of a page, one after the other, with the places of their
 * attributes in the text. No tree and no repair: what is looked for (inputs, meta
 * tags, forms, links, scripts) stands in tags of its own, and a page that is
 * rewritten must keep every other byte. Tags in comments count: secrets stand there too.
 */
enum { HTML_MAX_ATTRIBUTES = 32 };

struct html_attribute {
    struct span name;
    struct span raw;    /* value as it stands, without quotes; SPAN_NONE when there is none */
    struct span quoted; /* with its quotes, where it has any */
};

struct html_tag {
    struct span name;
    bool closing;
    size_t len;
    struct html_attribute at[HTML_MAX_ATTRIBUTES]; /* the first ones */
    struct span content; /* of script and style: up to the end tag; else SPAN_NONE */
};

/* The next tag; *rest goes on behind it. False at the end. */
bool html_next_tag(struct span *rest, struct html_tag *ret);
/* The value as it stands, SPAN_NONE when absent. Names are compared case-folded. */
struct span html_attribute_raw(const struct html_tag *tag, const char *name);
/* The same with its entities undone. */
struct span html_attribute_value(const struct html_tag *tag, const char *name, struct arena *arena);
/* Undo the entities that encoders write; others stay. Itself when it has none. */
struct span html_unescape(struct span raw, struct arena *arena);

#endif
