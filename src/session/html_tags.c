#include "html_tags.h"
#include "one_of.h"

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static void skip_space(struct span *rest)
{
    while (rest->len && is_space(rest->ptr[0]))
        *rest = span_from(*rest, 1);
}

/* `ends`: of "/", "=", ">". */
static struct span take_until(struct span *rest, const char *ends)
{
    size_t len = 0;
    /* Spaces and all that ends a name or a value come before '?' in ASCII. */
    while (len < rest->len && ((unsigned char)rest->ptr[len] > '>' ||
                               (!is_space(rest->ptr[len]) && !is_one_of(rest->ptr[len], ends))))
        len++;
    struct span taken = span_head(*rest, len);
    *rest = span_from(*rest, len);
    return taken;
}

static void take_value(struct span *rest, struct html_attribute *a)
{
    char quote = rest->len ? rest->ptr[0] : '\0';
    if (quote != '"' && quote != '\'') {
        a->raw = a->quoted = take_until(rest, ">");
        return;
    }
    const char *close = rest->len > 1 ? memchr(rest->ptr + 1, quote, rest->len - 1) : NULL;
    size_t len = close ? (size_t)(close - rest->ptr) + 1 : rest->len;
    a->quoted = span_head(*rest, len);
    a->raw = span_make(rest->ptr + 1, len - 1 - (close != NULL));
    *rest = span_from(*rest, len);
}

/* False at the end of the tag. */
static bool take_attribute(struct span *rest, struct html_attribute *ret)
{
    skip_space(rest);
    while (rest->len && rest->ptr[0] == '/')
        *rest = span_from(*rest, 1), skip_space(rest);
    if (rest->len == 0 || rest->ptr[0] == '>')
        return false;
    struct html_attribute a = { SPAN_NONE, SPAN_NONE, SPAN_NONE };
    a.name = take_until(rest, "=>/");
    skip_space(rest);
    if (rest->len && rest->ptr[0] == '=') {
        *rest = span_from(*rest, 1);
        skip_space(rest);
        take_value(rest, &a);
    }
    *ret = a;
    return true;
}

/* Content up to the end tag: what is in it is no markup. */
static struct span take_content(struct span *rest, struct span name)
{
    struct span text = *rest;
    size_t at = 0;
    while (at < text.len) {
        const char *hit = memchr(text.ptr + at, '<', text.len - at);
        if (!hit)
            break;
        at = (size_t)(hit - text.ptr);
        struct span tag = span_from(text, at + 1);
        if (tag.len > name.len && tag.ptr[0] == '/' && span_istarts(span_from(tag, 1), name)) {
            *rest = span_from(text, at);
            return span_head(text, at);
        }
        at++;
    }
    *rest = SPAN_NONE;
    return text;
}

static bool holds_raw_text(const struct html_tag *tag)
{
    return !tag->closing &&
           (span_ieq(tag->name, SPAN("script")) || span_ieq(tag->name, SPAN("style")));
}

/* *rest stands behind '<'. */
static bool take_tag(struct span *rest, struct html_tag *tag)
{
    struct html_attribute attribute;

    tag->closing = rest->len && rest->ptr[0] == '/';
    struct span name = span_from(*rest, tag->closing);
    if (name.len == 0 || !char_is_alpha(name.ptr[0]))
        return false;
    *rest = name;
    tag->name = take_until(rest, "/>");
    tag->len = 0;
    tag->content = SPAN_NONE;
    while (take_attribute(rest, &attribute))
        if (tag->len < HTML_MAX_ATTRIBUTES)
            tag->at[tag->len++] = attribute;
    *rest = span_from(*rest, 1); /* '>' */
    if (holds_raw_text(tag))
        tag->content = take_content(rest, tag->name);
    return true;
}

bool html_next_tag(struct span *rest, struct html_tag *ret)
{
    while (rest->len) {
        const char *hit = memchr(rest->ptr, '<', rest->len);
        if (!hit)
            break;
        *rest = span_from(*rest, (size_t)(hit - rest->ptr) + 1);
        if (take_tag(rest, ret))
            return true;
    }
    *rest = SPAN_NONE;
    return false;
}

struct span html_attribute_raw(const struct html_tag *tag, const char *name)
{
    for (size_t i = 0; i < tag->len; i++)
        if (span_ieq(tag->at[i].name, span_of(name)))
            return tag->at[i].raw;
    return SPAN_NONE;
}

struct span html_attribute_value(const struct html_tag *tag, const char *name, struct arena *arena)
{
    return html_unescape(html_attribute_raw(tag, name), arena);
}

static const struct {
    struct span name; /* behind '&', with the ';' */
    char means;
} entities[] = {
    { { "amp;", 4 }, '&' },  { { "lt;", 3 }, '<' },    { { "gt;", 3 }, '>' },
    { { "quot;", 5 }, '"' }, { { "apos;", 5 }, '\'' },
};

/* "#43;" or "#x2B;" of one ASCII character. */
static size_t take_numeric(struct span s, char *ret)
{
    unsigned n = 0;
    size_t i = 1;
    bool hex = s.len > 1 && char_lower(s.ptr[1]) == 'x';
    size_t first = i += hex;
    for (; i < s.len && i < first + 6 && char_hex(s.ptr[i]) >= 0; i++) {
        if (!hex && !char_is_digit(s.ptr[i]))
            return 0;
        n = n * (hex ? 16 : 10) + (unsigned)char_hex(s.ptr[i]);
    }
    if (i == first || i >= s.len || s.ptr[i] != ';' || n == 0 || n >= 0x80)
        return 0;
    *ret = (char)n;
    return i + 1;
}

/* Bytes behind the '&' that the entity takes; 0 when it is none we know. */
static size_t take_entity(struct span s, char *ret)
{
    if (s.len && s.ptr[0] == '#')
        return take_numeric(s, ret);
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
        if (span_istarts(s, entities[i].name)) {
            *ret = entities[i].means;
            return entities[i].name.len;
        }
    return 0;
}

struct span html_unescape(struct span raw, struct arena *arena)
{
    if (span_find_char(raw, '&') < 0)
        return raw;
    char *text = arena_alloc(arena, raw.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.ptr[i];
        if (c == '&')
            i += take_entity(span_from(raw, i + 1), &c);
        text[len++] = c;
    }
    text[len] = '\0';
    return span_make(text, len);
}
