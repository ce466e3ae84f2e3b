/*
 * Named values in JSON and in scripts, found by their look, "name": "value", and
 * without regard to what is around them: so a document cut in half, a list of
 * documents, a prefix against hijacking (")]}',") or a JSON text inside a string
 * (Next.js page data) show their members too.
 */
#include "one_of.h"
#include "patch.h"
#include "places.h"
#include "rehearse/base/json_cursor.h"
#include "rehearse/base/json_text.h"

enum { MAX_NESTING = 2 }; /* JSON in a string in JSON */

struct reader {
    const char *at, *end;
    bool script; /* bare names, '=' and single quotes too */
};

struct text {
    struct span whole; /* with the quotes */
    struct span raw;   /* between them */
};

/* From the quote on; a text without its end reaches as far as there is text. */
static struct text take_text(struct reader *r)
{
    const char *start = r->at;
    char quote = *r->at++;
    while (r->at < r->end && *r->at != quote) {
        /* A script's text ends with its line: a lost quote does no harm beyond it. */
        if (r->script && *r->at == '\n')
            break;
        r->at += *r->at == '\\' && r->at + 1 < r->end ? 2 : 1;
    }
    struct span raw = span_make(start + 1, (size_t)(r->at - start - 1));
    if (r->at < r->end && *r->at == quote)
        r->at++;
    return (struct text){ span_make(start, (size_t)(r->at - start)), raw };
}

static bool is_name_char(char c)
{
    return char_is_alpha(c) || char_is_digit(c) || c == '_' || c == '$';
}

static struct span take_word(struct reader *r)
{
    const char *start = r->at;
    while (r->at < r->end && is_name_char(*r->at))
        r->at++;
    return span_make(start, (size_t)(r->at - start));
}

static void skip_space(struct reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r'))
        r->at++;
}

static bool take_colon(struct reader *r)
{
    skip_space(r);
    if (r->at == r->end || !(*r->at == ':' || (r->script && *r->at == '=')))
        return false;
    r->at++;
    skip_space(r);
    return true;
}

static struct span take_number(struct reader *r)
{
    const char *start = r->at;
    while (r->at < r->end && (char_is_digit(*r->at) || is_one_of(*r->at, "-+.eE")))
        r->at++;
    return span_make(start, (size_t)(r->at - start));
}

static bool at_quote(const struct reader *r)
{
    return r->at < r->end && (*r->at == '"' || (r->script && *r->at == '\''));
}

static struct span walk_json(struct span text, const struct places *walk, bool script, int depth);

/* A text that holds quotes of its own is read again: as JSON, or as the arguments of a GraphQL
 * query. */
static struct span inside(struct span raw, struct span unescaped, const struct places *walk,
                          int depth)
{
    if (depth >= MAX_NESTING || unescaped.ptr == raw.ptr || span_find_char(unescaped, '"') < 0)
        return SPAN_NONE;
    struct span changed = walk_json(unescaped, walk, true, depth + 1);
    return changed.ptr == unescaped.ptr ? SPAN_NONE : changed;
}

static void put_text(struct patch *p, struct span whole, struct span value)
{
    if (span_is_none(value))
        return;
    patch_at(p, whole);
    json_add_string(&p->out, value);
}

static void visit_text(struct patch *p, struct span name, struct text t, bool script,
                       const struct places *walk, int depth)
{
    struct span value = json_unescape(t.raw, walk->arena);
    struct span given = SPAN_NONE;
    if (!span_is_none(name)) {
        struct place place = { .kind = script ? PLACE_SCRIPT : PLACE_JSON,
                               .name = json_unescape(name, walk->arena),
                               .value = value };
        given = walk->visit(walk->ctx, &place);
    }
    if (span_is_none(given))
        given = inside(t.raw, value, walk, depth);
    put_text(p, t.whole, given);
}

static void visit_number(struct patch *p, struct span name, struct span number, bool script,
                         const struct places *walk)
{
    struct place place = { .kind = script ? PLACE_SCRIPT : PLACE_JSON,
                           .name = json_unescape(name, walk->arena),
                           .value = number };
    put_text(p, number, walk->visit(walk->ctx, &place));
}

/* The reader stands behind a name and its colon. */
static void take_value(struct reader *r, struct patch *p, struct span name,
                       const struct places *walk, int depth)
{
    if (at_quote(r)) {
        visit_text(p, name, take_text(r), r->script, walk, depth);
    } else if ((!r->script || walk->numbers) && r->at < r->end &&
               (*r->at == '-' || char_is_digit(*r->at))) {
        visit_number(p, name, take_number(r), r->script, walk);
    }
}

static struct span walk_json(struct span text, const struct places *walk, bool script, int depth)
{
    AUTO(patch_release) struct patch p = patch_make(text);
    struct reader r = { text.ptr, text.ptr + text.len, script };

    while (r.at < r.end) {
        if (at_quote(&r)) {
            struct text t = take_text(&r);
            if (take_colon(&r))
                take_value(&r, &p, t.raw, walk, depth);
            else
                visit_text(&p, SPAN_NONE, t, script, walk, depth);
        } else if (script && is_name_char(*r.at)) {
            struct span word = take_word(&r);
            if (take_colon(&r))
                take_value(&r, &p, word, walk, depth);
        } else {
            r.at++;
        }
    }
    return patch_finish(&p, walk->arena);
}

struct span json_places(struct span text, const struct places *walk)
{
    return text.len ? walk_json(text, walk, false, 0) : text;
}

struct span script_places(struct span text, const struct places *walk)
{
    return text.len ? walk_json(text, walk, true, 0) : text;
}
