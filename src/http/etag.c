#include "rehearse/http/etag.h"

/* How long the tag at the front is; a comma may stand inside its quotes. */
static size_t tag_length(struct span s)
{
    bool quoted = false;
    size_t i = 0;
    for (; i < s.len; i++) {
        if (s.ptr[i] == '"')
            quoted = !quoted;
        else if (s.ptr[i] == ',' && !quoted)
            break;
    }
    return i;
}

bool etag_parse(struct etag *ret, struct span text)
{
    struct etag tag = { 0 };
    text = span_trim(text);
    /* "W/" is case-sensitive (section 8.8.3). */
    if (span_starts(text, SPAN("W/"))) {
        tag.weak = true;
        text = span_from(text, 2);
    }
    bool quoted = text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"';
    tag.unquoted = !quoted;
    tag.opaque = quoted ? span_make(text.ptr + 1, text.len - 2) : text;
    if (!quoted && text.len == 0)
        return false;
    *ret = tag;
    return true;
}

bool etag_next(struct span *rest, struct etag *ret)
{
    while (!span_is_none(*rest)) {
        struct span whole = *rest;
        size_t len = tag_length(whole);
        *rest = len < whole.len ? span_from(whole, len + 1) : SPAN_NONE;
        if (etag_parse(ret, span_head(whole, len)))
            return true;
    }
    return false;
}

bool etag_weak_eq(const struct etag *a, const struct etag *b)
{
    return span_eq(a->opaque, b->opaque);
}

bool etag_strong_eq(const struct etag *a, const struct etag *b)
{
    return !a->weak && !b->weak && span_eq(a->opaque, b->opaque);
}
