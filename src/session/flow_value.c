#include "flow_value.h"

#include "json_trail.h"
#include "one_of.h"
#include "rehearse/base/hash.h"
#include "rehearse/session/credential.h"
#include "shape.h"
#include "value_template.h"

enum {
    LONG_NUMBER = 7, /* digits: nobody has an order number of a million by chance */
    LONG_MIX = 8,
    DIGITS_OF_LONG_MIX = 5,
    SHORTEST_FIT = 4, /* letters of the noun that is the end of another one */
};

enum worth value_worth(struct span value)
{
    size_t digits = 0, dots = 0, others = 0;

    if (value.len == 0 || value.len > VALUE_LONGEST)
        return WORTH_NOTHING;
    if (is_pseudonym(value))
        return WORTH_STRONG;
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if (c <= ' ' || c == 0x7f)
            return WORTH_NOTHING;
        digits += char_is_digit((char)c);
        dots += c == '.' || c == ',' || c == '-';
        others += char_is_alpha((char)c) || c >= 0x80;
    }
    if (digits == value.len)
        return value.len >= LONG_NUMBER ? WORTH_STRONG : WORTH_WEAK;
    if (looks_random(value))
        return WORTH_STRONG;
    if (digits == 0 || (others == 0 && dots && digits + dots == value.len && dots < 2))
        return WORTH_NOTHING; /* a word; a price, "-1" */
    return value.len >= LONG_MIX && digits >= DIGITS_OF_LONG_MIX ? WORTH_STRONG : WORTH_WEAK;
}

/* ---- nouns ---- */

static const char *const id_words[] = { "identifier", "number", "token", "uuid", "guid",
                                        "code",       "key",    "ids",   "ref",  "num",
                                        "id",         "no",     "nr" };
static const char *const empty_words[] = {
    "value", "v",     "self", "href", "url",    "data",
    "name",  "index", "item", "node", "result", "attribute"
};

static struct span text_of(const struct noun *n)
{
    return span_make(n->text, n->len);
}

static void strip_id_word(struct noun *n)
{
    for (size_t i = 0; i < sizeof id_words / sizeof *id_words; i++) {
        struct span word = span_of(id_words[i]);
        if (!span_ends(text_of(n), word))
            continue;
        n->len = (unsigned char)(n->len - word.len);
        n->is_id = true;
        return;
    }
}

/* "lines" and "line", "entries" and "entry", "addresses" and "address". */
static void strip_plural(struct noun *n)
{
    struct span text = text_of(n);
    if (span_ends(text, SPAN("ies")) && n->len > 4) {
        n->len = (unsigned char)(n->len - 2);
        n->text[n->len - 1] = 'y';
    } else if (span_ends(text, SPAN("sses"))) {
        n->len = (unsigned char)(n->len - 2);
    } else if (span_ends(text, SPAN("s")) && !span_ends(text, SPAN("ss")) && n->len > 2) {
        n->len--;
    }
}

static bool is_empty_word(struct span text)
{
    for (size_t i = 0; i < sizeof empty_words / sizeof *empty_words; i++)
        if (span_eq(text, span_of(empty_words[i])))
            return true;
    return false;
}

struct noun noun_of_name(struct span name)
{
    struct noun n = { 0 };
    for (size_t i = 0; i < name.len && n.len < LONGEST_NOUN; i++)
        if (char_is_alpha(name.ptr[i]) || char_is_digit(name.ptr[i]))
            n.text[n.len++] = char_lower(name.ptr[i]);
    strip_id_word(&n);
    strip_plural(&n);
    if (is_empty_word(text_of(&n)))
        n.len = 0;
    return n;
}

/* The nearest segment in front of text.ptr[at] that is no identifier. */
static struct noun noun_before(struct span path, size_t at)
{
    while (at > 0) {
        size_t end = at - 1; /* the slash */
        size_t start = end;
        while (start > 0 && path.ptr[start - 1] != '/')
            start--;
        struct span segment = span_make(path.ptr + start, end - start);
        if (segment.len && !value_is_identifier(segment))
            return noun_of_name(segment);
        at = start;
    }
    return (struct noun){ 0 };
}

static struct span path_of(struct span target)
{
    size_t end = 0;
    while (end < target.len && target.ptr[end] != '?' && target.ptr[end] != '#')
        end++;
    return span_head(target, end < URL_LONGEST ? end : URL_LONGEST);
}

/* What a target is about: its last word. */
static struct noun noun_of_target(struct span target)
{
    struct span path = path_of(target);
    return noun_before(path, path.len + 1);
}

static struct noun noun_of_segment(struct span target, uint32_t part)
{
    struct span path = path_of(target);
    size_t at = 0;
    while (part > 0 && at < path.len)
        part -= path.ptr[at++] == '/';
    return noun_before(path, at);
}

static struct noun noun_of_part(struct span url, uint32_t part)
{
    struct url_part parts[URL_MAX_PARTS];
    unsigned len = url_parts(url, parts);
    if (part == 0 || part > len)
        return (struct noun){ 0 };
    const struct url_part *p = &parts[part - 1];
    if (!span_is_none(p->name))
        return noun_of_name(p->name);
    return noun_before(path_of(url), (size_t)(p->raw.ptr - url.ptr));
}

/* "id" says nothing by itself: what is around it does. */
static struct noun noun_of_trail(const struct json_trail *trail)
{
    struct noun n = { 0 };
    bool is_id = false;
    for (unsigned i = trail->depth; n.len == 0 && i-- > 0;)
        if (trail->at[i].key.len) {
            n = noun_of_name(trail->at[i].key);
            is_id |= n.is_id;
        }
    n.is_id = is_id;
    return n;
}

/* cart[id], cart.id: what is in front of the innermost name. */
static struct noun noun_of_nested(struct span name)
{
    struct noun n = noun_of_name(name);
    bool is_id = n.is_id;
    while (n.len == 0 && name.len) {
        size_t len = name.len;
        while (len && !is_one_of(name.ptr[len - 1], "[."))
            len--;
        name = span_head(name, len ? len - 1 : 0);
        n = noun_of_name(name);
        is_id |= n.is_id;
    }
    n.is_id = is_id;
    return n;
}

static struct noun noun_of_own_name(const struct value_at *at, struct span target)
{
    switch (at->kind) {
    case VALUE_PATH:
        return noun_of_segment(target, at->part);
    case VALUE_LINK:
    case VALUE_LOCATION:
        return noun_of_part(at->url, at->part);
    case VALUE_JSON:
        return noun_of_trail(at->trail);
    case VALUE_FORM:
    case VALUE_PART:
    case VALUE_INPUT: {
        struct noun leaf = noun_of_name(value_at_leaf(at));
        return leaf.len ? leaf : noun_of_nested(at->name);
    }
    default:
        return noun_of_name(value_at_leaf(at));
    }
}

struct noun noun_of_place(const struct value_at *at, struct span target)
{
    struct noun n = noun_of_own_name(at, target);
    if (n.len == 0) {
        bool is_id = n.is_id;
        n = noun_of_target(at->kind == VALUE_INPUT && at->url.len ? at->url : target);
        n.is_id = is_id;
    }
    return n;
}

bool noun_fits(const struct noun *a, const struct noun *b)
{
    if (a->len == 0 || b->len == 0)
        return false;
    const struct noun *shorter = a->len <= b->len ? a : b;
    const struct noun *longer = a->len <= b->len ? b : a;
    return span_ends(text_of(longer), text_of(shorter)) &&
           (shorter->len == longer->len || shorter->len >= SHORTEST_FIT);
}

uint64_t noun_hash(const struct noun *noun)
{
    return hash64(text_of(noun));
}

/* ---- builds ---- */

bool belongs_to_a_build(struct span target)
{
    static const struct span files[] = {
        { "js", 2 },    { "css", 3 },          { "png", 3 },  { "jpg", 3 },  { "svg", 3 },
        { "woff2", 5 }, { "gif", 3 },          { "webp", 4 }, { "avif", 4 }, { "ico", 3 },
        { "jpeg", 4 },  { "mjs", 3 },          { "map", 3 },  { "ttf", 3 },  { "woff", 4 },
        { "wasm", 4 },  { "webmanifest", 11 },
    };
    struct span path = path_of(target);
    ptrdiff_t dot = span_rfind_char(path, '.');
    struct span extension = dot < 0 ? SPAN("") : span_from(path, (size_t)dot + 1);
    for (size_t i = 0; extension.len && i < sizeof files / sizeof *files; i++)
        if (span_eq(extension, files[i]))
            return true;
    return span_find(path, SPAN("/_next/")) >= 0 || span_find(path, SPAN("/_nuxt/")) >= 0;
}
