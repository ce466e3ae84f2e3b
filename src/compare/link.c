/*
 * Link (RFC 8288, section 3): a set of targets with their relations. Names of
 * built files carry hashes: targets are compared by shape.
 */
#include "canonical.h"

#include "shape.h"

/* Cut at `c` outside <…> and quotes. */
static struct span cut_outside(struct span *rest, char c)
{
    struct span whole = *rest;
    bool quoted = false, in_target = false;
    for (size_t i = 0; i < whole.len; i++) {
        char at = whole.ptr[i];
        if (quoted && at == '\\')
            i++;
        else if (at == '"' && !in_target)
            quoted = !quoted;
        else if (!quoted && (at == '<' || at == '>'))
            in_target = at == '<';
        else if (at == c && !quoted && !in_target) {
            *rest = span_from(whole, i + 1);
            return span_head(whole, i);
        }
    }
    *rest = SPAN_NONE;
    return whole;
}

static struct span link_value(const struct canonical_context *c, struct span link)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    struct members parameters = { .len = 0 };
    shape_add(&out, cut_outside(&link, ';'));
    while (!span_is_none(link))
        members_add(&parameters, span_trim(cut_outside(&link, ';')));
    if (parameters.len)
        strbuf_add_str(&out, "; ");
    members_write(&parameters, "; ", &out);
    return arena_copy(c->scratch, strbuf_span(&out));
}

void canonical_link(const struct canonical_context *c, struct span value, struct strbuf *out)
{
    struct members links = { .len = 0 };
    while (!span_is_none(value)) {
        struct span link = span_trim(cut_outside(&value, ','));
        if (link.len)
            members_add(&links, link_value(c, link));
    }
    members_write(&links, ", ", out);
}
