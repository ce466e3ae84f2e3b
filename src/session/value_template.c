#include "value_template.h"

#include "one_of.h"
#include "rehearse/http/url.h"
#include "rehearse/session/credential.h"
#include "shape.h"

enum {
    LONGEST_WORD = 24,
    LONGEST_LOOK = 256, /* of a segment with escapes: the front tells */
};

/* ---- identifiers ---- */

static size_t count_digits(struct span s)
{
    size_t digits = 0;
    for (size_t i = 0; i < s.len; i++)
        digits += char_is_digit(s.ptr[i]);
    return digits;
}

static bool all_digits_from(struct span s, size_t from)
{
    for (size_t i = from; i < s.len; i++)
        if (!char_is_digit(s.ptr[i]))
            return false;
    return from < s.len;
}

/* "v2", "v1.3" */
static bool is_version(struct span s)
{
    if (s.len < 2 || char_lower(s.ptr[0]) != 'v')
        return false;
    for (size_t i = 1; i < s.len; i++)
        if (!char_is_digit(s.ptr[i]) && s.ptr[i] != '.')
            return false;
    return true;
}

/* What stands before a file's extension; all of it where there is none: "1.5". */
static struct span stem_of(struct span s)
{
    ptrdiff_t dot = span_rfind_char(s, '.');
    if (dot <= 0 || s.len - (size_t)dot < 2 || s.len - (size_t)dot > 6 ||
        !char_is_alpha(s.ptr[(size_t)dot + 1]))
        return s;
    return span_head(s, (size_t)dot);
}

/* An answer in a format ("17.json"), as against a file somebody named ("logo2.png"). */
static bool is_format(struct span extension)
{
    static const char *const names[] = { ".json", ".xml", ".html", ".htm", ".pdf", ".csv" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (span_ieq(extension, span_of(names[i])))
            return true;
    return false;
}

static bool has_separator(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (is_one_of(s.ptr[i], "-_:."))
            return true;
    return false;
}

static bool is_identifier(struct span part, bool is_file)
{
    size_t digits = count_digits(part);
    if (part.len == 0 || is_version(part))
        return false;
    if (digits == part.len || is_pseudonym(part) || looks_random(part))
        return true;
    if (is_file || digits == 0)
        return false;
    /* "c17" and "ord-9" are; "oauth2" and "2fa" are words. */
    return digits >= 2 || has_separator(part) ||
           (char_is_alpha(part.ptr[0]) && all_digits_from(part, 1));
}

/* "blue%20shoes" has no digits. */
static struct span without_escapes(struct span s, char *buffer, size_t size)
{
    size_t len = 0;
    for (size_t i = 0; i < s.len && len < size; i++) {
        buffer[len++] = s.ptr[i];
        if (s.ptr[i] == '%' && s.len - i > 2 && char_hex(s.ptr[i + 1]) >= 0 &&
            char_hex(s.ptr[i + 2]) >= 0)
            i += 2;
    }
    return span_make(buffer, len);
}

struct span url_identifier(struct span segment)
{
    char plain[LONGEST_LOOK];
    struct span stem = is_pseudonym(segment) ? segment : stem_of(segment);
    bool is_file = stem.len < segment.len && !is_format(span_from(segment, stem.len));
    struct span look =
        span_find_char(stem, '%') < 0 ? stem : without_escapes(stem, plain, sizeof plain);
    return is_identifier(look, is_file) && !is_version(segment) ? stem : SPAN_NONE;
}

bool value_is_identifier(struct span part)
{
    return !span_is_none(url_identifier(part));
}

/* A word that means something by itself: ?tab=reviews, ?step=. */
static bool is_word(struct span s)
{
    if (s.len > LONGEST_WORD || is_pseudonym(s))
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (!char_is_alpha(s.ptr[i]) && s.ptr[i] != '-' && s.ptr[i] != '_')
            return false;
    return !looks_random(s);
}

/* ---- walks ---- */

struct walk {
    struct strbuf *out; /* or NULL */
    struct url_part *parts;
    unsigned len;
};

static void add_variable(struct walk *w, struct span raw, struct span name)
{
    if (w->len < URL_MAX_PARTS) {
        if (w->parts)
            w->parts[w->len] = (struct url_part){ raw, name };
        w->len++;
    }
    if (w->out)
        strbuf_add_str(w->out, "{}");
}

static void walk_path(struct walk *w, struct span path)
{
    size_t at = 0;
    while (at < path.len) {
        size_t end = at;
        while (end < path.len && path.ptr[end] != '/' && path.ptr[end] != ';')
            end++;
        struct span segment = span_make(path.ptr + at, end - at);
        struct span variable = url_identifier(segment);
        if (!span_is_none(variable))
            add_variable(w, variable, SPAN_NONE);
        if (w->out)
            strbuf_add_span(w->out, span_from(segment, variable.len));
        /* A path parameter (;jsessionid=…) is not looked at. */
        while (end < path.len && path.ptr[end] != '/')
            end++;
        if (end < path.len && w->out)
            strbuf_add_char(w->out, '/');
        at = end + 1;
    }
}

static void walk_query(struct walk *w, struct span query)
{
    struct query_item item;
    char before = '?';
    while (query_next(&query, &item)) {
        if (w->out) {
            strbuf_add_char(w->out, before);
            strbuf_add_span(w->out, item.name);
        }
        before = '&';
        if (span_is_none(item.value))
            continue;
        if (w->out)
            strbuf_add_char(w->out, '=');
        if (!is_word(item.value))
            add_variable(w, item.value, item.name);
        else if (w->out)
            strbuf_add_span(w->out, item.value);
    }
}

static void walk_target(struct walk *w, struct span target)
{
    ptrdiff_t hash = span_find_char(target, '#');
    if (hash >= 0)
        target = span_head(target, (size_t)hash);
    struct span query = target;
    walk_path(w, span_cut(&query, '?'));
    if (query.len)
        walk_query(w, query);
}

unsigned url_parts(struct span target, struct url_part *ret)
{
    struct walk w = { NULL, ret, 0 };
    if (target.len <= URL_LONGEST)
        walk_target(&w, target);
    return w.len;
}

void value_add_template(struct strbuf *out, struct span target)
{
    struct walk w = { out, NULL, 0 };
    if (target.len <= URL_LONGEST)
        walk_target(&w, target);
}

/* ---- links ---- */

/* "mailto:", "data:": a scheme without "//" leads nowhere. */
static bool has_other_scheme(struct span link)
{
    for (size_t i = 0; i < link.len; i++) {
        if (link.ptr[i] == ':')
            return i > 0;
        if (!char_is_alpha(link.ptr[i]) && link.ptr[i] != '-' && link.ptr[i] != '+')
            return false;
    }
    return false;
}

/* Behind scheme://authority; "/" when nothing follows. */
static struct span behind_authority(struct span rest)
{
    size_t at = 0;
    while (at < rest.len && !is_one_of(rest.ptr[at], "/?#"))
        at++;
    return at < rest.len && rest.ptr[at] == '/' ? span_from(rest, at) : SPAN("/");
}

struct span link_target(struct span link, struct span base, struct arena *arena)
{
    link = span_trim(link);
    if (link.len == 0 || link.len > URL_LONGEST || link.ptr[0] == '#')
        return SPAN_NONE;
    if (link.ptr[0] == '/')
        return link.len > 1 && link.ptr[1] == '/' ? behind_authority(span_from(link, 2)) : link;
    if (span_istarts(link, SPAN("https://")))
        return behind_authority(span_from(link, 8));
    if (span_istarts(link, SPAN("http://")))
        return behind_authority(span_from(link, 7));
    if (has_other_scheme(link) || base.len > URL_LONGEST)
        return SPAN_NONE;
    return url_resolve(base, link, arena);
}
