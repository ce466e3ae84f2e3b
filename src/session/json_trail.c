#include "json_trail.h"

#include "one_of.h"
#include "patch.h"
#include "rehearse/base/json_cursor.h"
#include "rehearse/base/json_text.h"

struct reader {
    const char *at, *end;
    uint64_t depth; /* levels open; the trail holds the first VALUE_DEEPEST */
    struct json_trail trail;
    struct patch patch;
    json_trail_fn *visit;
    void *ctx;
};

static void release(struct reader *r)
{
    patch_release(&r->patch);
}

/* The level that is open, NULL outside of all and beyond the limit. */
static struct json_step *level(struct reader *r)
{
    return r->depth && r->depth <= VALUE_DEEPEST ? &r->trail.at[r->depth - 1] : NULL;
}

static void open_level(struct reader *r, bool is_array)
{
    r->depth++;
    r->trail.depth = r->depth < VALUE_DEEPEST ? (unsigned)r->depth : VALUE_DEEPEST;
    struct json_step *step = level(r);
    if (step)
        *step = (struct json_step){ is_array ? SPAN_NONE : SPAN(""), 0 };
}

static void close_level(struct reader *r)
{
    if (r->depth)
        r->depth--;
    r->trail.depth = r->depth < VALUE_DEEPEST ? (unsigned)r->depth : VALUE_DEEPEST;
}

static void next_element(struct reader *r)
{
    struct json_step *step = level(r);
    if (step && span_is_none(step->key))
        step->index++;
    else if (step)
        step->key = SPAN("");
}

/* From the quote on, the quotes not counted. A text without its end reaches as far as there is
 * text. */
static struct span take_string(struct reader *r)
{
    const char *start = ++r->at;
    while (r->at < r->end && *r->at != '"')
        r->at += *r->at == '\\' && r->at + 1 < r->end ? 2 : 1;
    struct span raw = span_make(start, (size_t)(r->at - start));
    if (r->at < r->end)
        r->at++;
    return raw;
}

static bool take_colon(struct reader *r)
{
    const char *at = r->at;
    while (at < r->end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
        at++;
    if (at == r->end || *at != ':')
        return false;
    r->at = at + 1;
    return true;
}

static bool is_number(struct span s)
{
    double d;
    return s.len && (char_is_digit(s.ptr[0]) || s.ptr[0] == '-') &&
           char_is_digit(s.ptr[s.len - 1]) && span_to_double(s, &d);
}

static void show(struct reader *r, struct span raw, bool is_string)
{
    if (r->depth > VALUE_DEEPEST)
        return;
    struct span given = r->visit(r->ctx, &r->trail, raw, is_string);
    if (span_is_none(given))
        return;
    if (is_string) {
        /* With its quotes; the last one is missing where the text is cut. */
        const char *end = raw.ptr + raw.len + (raw.ptr + raw.len < r->end);
        patch_at(&r->patch, span_make(raw.ptr - 1, (size_t)(end - raw.ptr) + 1));
    } else {
        patch_at(&r->patch, raw);
    }
    if (!is_string && is_number(given))
        strbuf_add_span(&r->patch.out, given);
    else
        json_add_string(&r->patch.out, given);
}

static void take_text(struct reader *r)
{
    struct span raw = take_string(r);
    struct json_step *step = level(r);
    if (step && !span_is_none(step->key) && take_colon(r))
        step->key = raw;
    else
        show(r, raw, /* is_string= */ true);
}

static void take_number(struct reader *r)
{
    const char *start = r->at;
    while (r->at < r->end && (char_is_digit(*r->at) || is_one_of(*r->at, "-+.eE")))
        r->at++;
    show(r, span_make(start, (size_t)(r->at - start)), /* is_string= */ false);
}

static void step(struct reader *r)
{
    char c = *r->at;
    switch (c) {
    case '"':
        take_text(r);
        return;
    case '{':
    case '[':
        open_level(r, c == '[');
        break;
    case '}':
    case ']':
        close_level(r);
        break;
    case ',':
        next_element(r);
        break;
    default:
        if (c == '-' || char_is_digit(c)) {
            take_number(r);
            return;
        }
    }
    r->at++;
}

struct span json_trail_walk(struct span text, json_trail_fn *visit, void *ctx, struct arena *arena)
{
    AUTO(release) struct reader r;

    r.at = text.ptr;
    r.end = text.ptr + text.len;
    r.depth = 0;
    r.trail.depth = 0; /* the steps are set as their levels open */
    r.patch = patch_make(text);
    r.visit = visit;
    r.ctx = ctx;
    while (r.at < r.end)
        step(&r);
    return patch_finish(&r.patch, arena);
}

/* ---- pointers ---- */

static void add_token(struct strbuf *out, struct span key)
{
    for (size_t i = 0; i < key.len; i++)
        if (key.ptr[i] == '~')
            strbuf_add_str(out, "~0");
        else if (key.ptr[i] == '/')
            strbuf_add_str(out, "~1");
        else
            strbuf_add_char(out, key.ptr[i]);
}

static void add_step(struct strbuf *out, const struct json_step *step)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    strbuf_add_char(out, '/');
    if (span_is_none(step->key))
        strbuf_add_u64(out, step->index);
    else
        add_token(out, json_unescape(step->key, &arena));
}

void json_trail_add_pointer(struct strbuf *out, const struct json_trail *trail)
{
    for (unsigned i = 0; i < trail->depth; i++)
        add_step(out, &trail->at[i]);
}

/* Without a copy where the key has nothing to escape, which is nearly always. */
static bool step_is(const struct json_step *step, struct span token)
{
    uint64_t n;
    if (span_is_none(step->key)) /* "01" is a key */
        return span_to_u64(token, &n) && n == step->index &&
               (token.len == 1 || token.ptr[0] != '0');
    if (span_find_char(step->key, '\\') < 0 && span_find_char(step->key, '~') < 0 &&
        span_find_char(step->key, '/') < 0)
        return span_eq(step->key, token);
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    add_step(&text, step);
    return span_eq(span_from(strbuf_span(&text), 1), token);
}

bool json_trail_is(const struct json_trail *trail, struct span pointer)
{
    if (trail->depth == 0)
        return pointer.len == 0;
    if (pointer.len == 0 || pointer.ptr[0] != '/')
        return false;
    struct span rest = span_from(pointer, 1);
    for (unsigned i = 0; i < trail->depth; i++) {
        if (span_is_none(rest) || !step_is(&trail->at[i], span_cut(&rest, '/')))
            return false;
    }
    return span_is_none(rest);
}
