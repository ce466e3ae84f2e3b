#include "form_query.h"

#include <stdlib.h>

#include "rehearse/base/text.h"
#include "rehearse/http/url.h"

/*
 * How many bytes the decoder of the WHATWG's encoding standard takes for one U+FFFD:
 * the front of a sequence, as far as it could have become one.
 */
static size_t broken_length(struct span s)
{
    unsigned char first = (unsigned char)s.ptr[0];
    unsigned char low = 0x80, high = 0xbf;
    size_t most = first < 0xe0 || first > 0xf4 ? 1 : first < 0xf0 ? 2 : 3; /* one short of whole */
    size_t len = 1;
    low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : low;
    high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : high;
    while (len < most && len < s.len) {
        unsigned char c = (unsigned char)s.ptr[len];
        if (c < low || c > high)
            break;
        low = 0x80;
        high = 0xbf;
        len++;
    }
    return len;
}

/* "UTF-8 decode without BOM": what is no UTF-8 becomes U+FFFD. */
static struct span as_utf8(struct span s, struct arena *arena)
{
    if (utf8_valid(s))
        return s;
    char *out = arena_alloc(arena, s.len * 3);
    size_t len = 0;
    while (s.len) {
        size_t good = utf8_length(s);
        memcpy(out + len, good ? s.ptr : "\xef\xbf\xbd", good ? good : 3);
        len += good ? good : 3;
        s = span_from(s, good ? good : broken_length(s));
    }
    return span_make(out, len);
}

struct span form_decode(struct span s, struct arena *arena)
{
    return as_utf8(url_decode(s, /* plus= */ true, arena), arena);
}

static size_t count_pieces(struct span query)
{
    size_t count = 1;
    for (size_t i = 0; i < query.len; i++)
        count += query.ptr[i] == '&';
    return count;
}

struct form_query form_query_parse(struct span query, struct arena *arena)
{
    struct form_query pairs = { 0 };
    if (query.len == 0)
        return pairs;
    pairs.at = arena_alloc(arena, count_pieces(query) * sizeof *pairs.at);
    while (!span_is_none(query)) {
        struct span value = span_cut(&query, '&');
        if (value.len == 0)
            continue;
        struct span name = span_cut(&value, '=');
        pairs.at[pairs.len] = (struct form_pair){
            .name = form_decode(name, arena),
            .value = span_is_none(value) ? SPAN("") : form_decode(value, arena),
            .place = pairs.len,
        };
        pairs.len++;
    }
    return pairs;
}

/* The draft sorts by UTF-16 code units; for telling whether two lists are equal any order will do.
 */
static int by_name(const void *a, const void *b)
{
    const struct form_pair *left = a, *right = b;
    int order = span_cmp(left->name, right->name);
    return order ? order : (left->place > right->place) - (left->place < right->place);
}

void form_query_sort(struct form_query *query)
{
    if (query->len > 1)
        qsort(query->at, query->len, sizeof *query->at, by_name);
}
