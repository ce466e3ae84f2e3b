/*
 * Matching lines. The hot loop of an import: for combined logs, eight searches of
 * a few bytes each.
 */
#include "log_format.h"

#include <stdlib.h>

#include "rehearse/base/json_cursor.h"

void log_format_free(struct log_format *format)
{
    if (!format)
        return;
    arena_release(&format->arena);
    free(format->steps);
    free(format);
}

/* Is the byte at `p` escaped by an odd number of backslashes, counted down to `from`? */
static bool is_escaped(const char *p, const char *from)
{
    size_t slashes = 0;
    while (p > from && p[-1] == '\\') {
        p--;
        slashes++;
    }
    return slashes & 1;
}

static bool ends_here(const struct log_step *step, const char *hit, const char *from,
                      const char *end, bool escapes)
{
    size_t len = step->until.len;
    if ((size_t)(end - hit) < len || (len > 1 && memcmp(hit, step->until.ptr, len) != 0))
        return false;
    if (step->next_is_number && (hit + len == end || (!char_is_digit(hit[len]) && hit[len] != '-')))
        return false;
    if (step->next_is_version &&
        ((size_t)(end - hit) < len + 4 || memcmp(hit + len, "HTTP", 4) != 0))
        return false;
    return !(escapes && *hit == '"' && is_escaped(hit, from));
}

/* Where the value that starts at `p` ends, or NULL. */
static const char *find_end(const struct log_step *step, const char *p, const char *end,
                            bool escapes)
{
    const char *from = p;
    unsigned inner = step->inner;
    if (step->stop)
        return memchr(p, step->stop, (size_t)(end - p));
    if (step->until.len == 0)
        return end;
    for (;;) {
        const char *hit = p < end ? memchr(p, step->until.ptr[0], (size_t)(end - p)) : NULL;
        if (!hit)
            return NULL;
        if (ends_here(step, hit, from, end, escapes)) {
            if (inner == 0)
                return hit;
            inner--;
        }
        p = hit + 1;
    }
}

/* The last value ends where the line does, whatever quotes it holds: who writes them unescaped is
 * read too. */
static const char *find_last_end(const struct log_step *step, const char *p, const char *end)
{
    size_t len = step->until.len;
    if ((size_t)(end - p) < len || (len && memcmp(end - len, step->until.ptr, len) != 0))
        return NULL;
    end -= len;
    /* "5120 and more": a longer format, of which this one is the front. */
    if (step->meaning.role == ROLE_RESPONSE_BYTES && end > p && !char_is_digit(end[-1]) &&
        end[-1] != '-')
        return NULL;
    return end;
}

static char c_escape(char c)
{
    static const char pairs[] = "n\nt\tr\rb\bf\fv\v\"\"\\\\a\a''";
    for (size_t i = 0; i + 1 < sizeof pairs; i += 2)
        if (pairs[i] == c)
            return pairs[i + 1];
    return '\0';
}

/* \xHH in either case of hex, and C's escapes; a backslash before anything else stays. */
static struct span undo_escapes(struct span s, struct arena *arena)
{
    char *text = arena_alloc(arena, s.len);
    char *to = text;
    for (size_t i = 0; i < s.len; i++) {
        size_t left = s.len - i;
        char plain = '\0';
        if (s.ptr[i] != '\\' || left < 2) {
            *to++ = s.ptr[i];
        } else if (left >= 4 && s.ptr[i + 1] == 'x' && char_hex(s.ptr[i + 2]) >= 0 &&
                   char_hex(s.ptr[i + 3]) >= 0) {
            *to++ = (char)(char_hex(s.ptr[i + 2]) << 4 | char_hex(s.ptr[i + 3]));
            i += 3;
        } else if ((plain = c_escape(s.ptr[i + 1])) != '\0') {
            *to++ = plain;
            i++;
        } else {
            *to++ = '\\';
        }
    }
    return span_make(text, (size_t)(to - text));
}

static void put_value(const struct log_format *f, struct record *r, const struct meaning *m,
                      struct span value, bool escapes)
{
    if (!escapes || m->role == ROLE_NONE || span_find_char(value, '\\') < 0) {
        record_set(r, m, value);
        return;
    }
    struct span plain = f->escaping == LOG_ESCAPED_JSON ? json_unescape(value, r->arena)
                                                        : undo_escapes(value, r->arena);
    record_set_unescaped(r, m, plain, value);
}

static bool mismatch(struct log_mismatch *why, size_t at, struct span expected,
                     struct span variable)
{
    *why = (struct log_mismatch){ at, expected, variable };
    return false;
}

bool log_format_match(const struct log_format *f, struct record *r, struct log_mismatch *ret_why)
{
    struct span line = r->line;
    const char *p = line.ptr, *end = line.ptr + line.len;
    if (!span_starts(line, f->head))
        return mismatch(ret_why, 0, f->head, SPAN_NONE);
    p += f->head.len;
    bool escapes = f->escaping != LOG_NOT_ESCAPED && span_find_char(line, '\\') >= 0;
    char before = f->head.len ? p[-1] : '\0';
    for (size_t i = 0; i < f->len; i++) {
        const struct log_step *step = &f->steps[i];
        /* Columns padded to a width (squid). */
        if (before == ' ')
            while (p < end && *p == ' ')
                p++;
        const char *stop =
            i + 1 == f->len ? find_last_end(step, p, end) : find_end(step, p, end, escapes);
        if (!stop)
            return mismatch(ret_why, (size_t)(p - line.ptr),
                            step->stop ? span_make(&step->stop, 1) : step->until, step->variable);
        put_value(f, r, &step->meaning, span_make(p, (size_t)(stop - p)), escapes);
        p = stop + (step->stop ? 0 : step->until.len);
        before = step->until.len ? p[-1] : '\0';
    }
    return true;
}
