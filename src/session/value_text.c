#include "value_text.h"

#include "json_trail.h"
#include "places.h"
#include "rehearse/base/hash.h"
#include "rehearse/http/url.h"

enum inside {
    NAME,          /* KIND:NAME */
    POINTER,       /* json: */
    NUMBER,        /* path: */
    PART_OF_URL,   /* KIND:TEMPLATE#N */
    NAME_AT_URL,   /* input: */
    NAME_AT_PLACE, /* claim: */
};

static const struct {
    const char *word;
    enum inside inside;
} kinds[VALUE_PLACE_KINDS] = {
    [VALUE_HEADER] = { "header", NAME },
    [VALUE_COOKIE] = { "cookie", NAME },
    [VALUE_LOCATION] = { "location", PART_OF_URL },
    [VALUE_JSON] = { "json", POINTER },
    [VALUE_INPUT] = { "input", NAME_AT_URL },
    [VALUE_META] = { "meta", NAME },
    [VALUE_DATA] = { "data", NAME },
    [VALUE_LINK] = { "link", PART_OF_URL },
    [VALUE_SCRIPT] = { "script", NAME },
    [VALUE_CLAIM] = { "claim", NAME_AT_PLACE },
    [VALUE_PATH] = { "path", NUMBER },
    [VALUE_QUERY] = { "query", NAME },
    [VALUE_FORM] = { "form", NAME },
    [VALUE_PART] = { "part", NAME },
};

const char *value_place_word(enum value_place_kind kind)
{
    return kinds[kind].word;
}

/* ---- writing ---- */

static void add_escaped(struct strbuf *out, struct span name)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] == '@')
            strbuf_add_str(out, "%40");
        else if (name.ptr[i] == '%')
            strbuf_add_str(out, "%25");
        else
            strbuf_add_char(out, name.ptr[i]);
}

void value_at_add_text(struct strbuf *out, const struct value_at *at)
{
    strbuf_add_str(out, kinds[at->kind].word);
    strbuf_add_char(out, ':');
    switch (kinds[at->kind].inside) {
    case NAME:
        strbuf_add_span(out, at->name);
        break;
    case POINTER:
        json_trail_add_pointer(out, at->trail);
        break;
    case NUMBER:
        strbuf_add_u64(out, at->part);
        break;
    case PART_OF_URL:
        value_add_template(out, at->url);
        strbuf_add_char(out, '#');
        strbuf_add_u64(out, at->part);
        break;
    case NAME_AT_URL:
        add_escaped(out, at->name);
        strbuf_add_char(out, '@');
        value_add_template(out, at->url);
        break;
    case NAME_AT_PLACE:
        add_escaped(out, at->name);
        strbuf_add_char(out, '@');
        strbuf_add_span(out, at->url);
        break;
    }
}

bool value_at_is_nameable(const struct value_at *at)
{
    enum inside inside = kinds[at->kind].inside;
    bool by_name = inside == NAME || inside == NAME_AT_URL || inside == NAME_AT_PLACE;
    return (!by_name || at->name.len) && at->name.len <= VALUE_LONGEST_NAME;
}

/* A name of its own that would be read as [N]: items[0]. */
static bool ends_like_nth(struct span text)
{
    uint64_t n;
    ptrdiff_t open = span_rfind_char(text, '[');
    return open >= 0 && text.ptr[text.len - 1] == ']' &&
           span_to_u64(span_make(text.ptr + open + 1, text.len - (size_t)open - 2), &n);
}

void value_place_add_nth(struct strbuf *out, uint64_t nth)
{
    if (nth > 1 || ends_like_nth(strbuf_span(out)))
        strbuf_addf(out, "[%llu]", (unsigned long long)nth);
}

struct span value_at_leaf(const struct value_at *at)
{
    if (at->kind != VALUE_JSON)
        return place_leaf(at->name);
    for (unsigned i = at->trail->depth; i-- > 0;)
        if (at->trail->at[i].key.len)
            return at->trail->at[i].key;
    return SPAN("");
}

uint64_t value_text_hash(struct span text)
{
    char folded[VALUE_LONGEST_NAME + 16];
    if (!span_starts(text, SPAN("header:")) || text.len > sizeof folded)
        return hash64(text);
    for (size_t i = 0; i < text.len; i++)
        folded[i] = char_lower(text.ptr[i]);
    return hash64(span_make(folded, text.len));
}

/* ---- reading ---- */

static bool take_kind(struct span *rest, enum value_place_kind *ret)
{
    struct span behind = *rest;
    struct span word = span_cut(&behind, ':');
    if (span_is_none(behind))
        return false;
    for (int i = 0; i < VALUE_PLACE_KINDS; i++)
        if (span_eq(word, span_of(kinds[i].word))) {
            *rest = behind;
            *ret = (enum value_place_kind)i;
            return true;
        }
    return false;
}

/* [N] at the end; 1 without one. */
static uint64_t take_nth(struct span *text)
{
    uint64_t n;
    ptrdiff_t open = span_rfind_char(*text, '[');
    if (open < 0 || text->ptr[text->len - 1] != ']')
        return 1;
    struct span inner = span_make(text->ptr + open + 1, text->len - (size_t)open - 2);
    if (!span_to_u64(inner, &n) || n == 0)
        return 1;
    *text = span_head(*text, (size_t)open);
    return n;
}

static bool take_part(struct value_place *place, struct span rest)
{
    ptrdiff_t hash = span_rfind_char(rest, '#');
    if (hash < 0 || !span_to_u64(span_from(rest, (size_t)hash + 1), &place->part))
        return false;
    place->url = span_head(rest, (size_t)hash);
    return place->part > 0;
}

static bool take_name_at(struct value_place *place, struct span rest, struct arena *arena)
{
    struct span name = span_cut(&rest, '@');
    place->name = url_decode(name, false, arena);
    place->url = rest;
    return !span_is_none(rest);
}

static bool take_claim(struct value_place *place, struct span rest, struct arena *arena)
{
    struct value_place inner;
    place->nth = 1;
    if (!take_name_at(place, rest, arena))
        return false;
    place->inner = place->url;
    place->url = SPAN_NONE;
    /* One token in another is nobody's format. */
    return value_place_parse(&inner, place->inner, arena) && inner.kind != VALUE_CLAIM;
}

bool value_place_parse(struct value_place *ret, struct span text, struct arena *arena)
{
    struct value_place place = { .name = SPAN(""), .url = SPAN_NONE, .inner = SPAN_NONE };
    struct span whole = text;
    if (text.len == 0 || !take_kind(&text, &place.kind))
        return false;
    place.base = whole;
    if (kinds[place.kind].inside == NAME_AT_PLACE) {
        *ret = place;
        /* Not nested further: the check above stops it. */
        return span_find(text, SPAN("@claim:")) < 0 && take_claim(ret, text, arena);
    }
    place.nth = text.len ? take_nth(&text) : 1;
    place.base = span_head(whole, (size_t)(text.ptr - whole.ptr) + text.len);
    bool good = true;
    switch (kinds[place.kind].inside) {
    case NAME:
        place.name = text;
        good = text.len > 0;
        break;
    case POINTER:
        place.name = text;
        good = text.len == 0 || text.ptr[0] == '/';
        break;
    case NUMBER:
        good = span_to_u64(text, &place.part) && place.part > 0;
        break;
    case PART_OF_URL:
        good = take_part(&place, text);
        break;
    case NAME_AT_URL:
        good = take_name_at(&place, text, arena);
        break;
    case NAME_AT_PLACE:
        break;
    }
    *ret = place;
    return good;
}

/* ---- holding one against the other ---- */

static bool template_is(struct span template, struct span url, struct template_memo *memo)
{
    if (span_is_none(url))
        return template.len == 0;
    if (memo->url.ptr != url.ptr || memo->url.len != url.len) {
        memo->url = url;
        strbuf_clear(&memo->text);
        value_add_template(&memo->text, url);
    }
    return span_eq(strbuf_span(&memo->text), template);
}

bool value_place_is(const struct value_place *place, const struct value_at *at,
                    struct template_memo *memo)
{
    if (place->kind != at->kind)
        return false;
    switch (kinds[place->kind].inside) {
    case NAME:
        return place->kind == VALUE_HEADER ? span_ieq(place->name, at->name)
                                           : span_eq(place->name, at->name);
    case POINTER:
        return json_trail_is(at->trail, place->name);
    case NUMBER:
        return place->part == at->part;
    case PART_OF_URL:
        return place->part == at->part && template_is(place->url, at->url, memo);
    case NAME_AT_URL:
        return span_eq(place->name, at->name) && template_is(place->url, at->url, memo);
    case NAME_AT_PLACE:
        return span_eq(place->name, at->name) && span_eq(place->inner, at->url);
    }
    return false;
}
