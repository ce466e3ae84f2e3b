/* Spellings of a path that a cache takes for one. Sections are those of RFC 3986. */
#include "parts.h"

static bool is_unreserved(char c)
{
    return char_is_alpha(c) || char_is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

static char upper_hex(char c)
{
    return c >= 'a' && c <= 'f' ? (char)(c - 32) : c;
}

/* The byte an escape at `at` stands for, or -1. */
static int escaped_byte(struct span s, size_t at)
{
    if (s.ptr[at] != '%' || s.len - at < 3)
        return -1;
    int high = char_hex(s.ptr[at + 1]), low = char_hex(s.ptr[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static size_t undo_escapes(char *to, struct span s, bool all)
{
    size_t len = 0;
    for (size_t i = 0; i < s.len; i++) {
        int byte = escaped_byte(s, i);
        if (byte < 0) {
            to[len++] = s.ptr[i];
            continue;
        }
        if (all || is_unreserved((char)byte)) {
            to[len++] = (char)byte;
        } else {
            to[len++] = '%';
            to[len++] = upper_hex(s.ptr[i + 1]);
            to[len++] = upper_hex(s.ptr[i + 2]);
        }
        i += 2;
    }
    return len;
}

void key_add_percent(struct strbuf *out, struct span s)
{
    strbuf_grew(out, undo_escapes(strbuf_room(out, s.len), s, false));
}

static size_t merge_slashes(char *path, size_t len)
{
    size_t kept = 0;
    for (size_t i = 0; i < len; i++)
        if (path[i] != '/' || kept == 0 || path[kept - 1] != '/')
            path[kept++] = path[i];
    return kept;
}

/* Back to the slash before the last segment of the `len` bytes kept. */
static size_t drop_segment(const char *path, size_t len)
{
    while (len && path[len - 1] != '/')
        len--;
    return len ? len - 1 : 0;
}

/* Section 5.2.4, in place: what is kept is never longer than what is read. */
static size_t remove_dots(char *path, size_t len)
{
    size_t kept = 0, at = 0;
    if (len == 0 || path[0] != '/')
        return len; /* "*" */
    while (at < len) {
        const char *slash = memchr(path + at + 1, '/', len - at - 1);
        size_t end = slash ? (size_t)(slash - path) : len;
        struct span segment = span_make(path + at + 1, end - at - 1);
        bool up = span_eq(segment, SPAN("..")), here = span_eq(segment, SPAN("."));
        if (up)
            kept = drop_segment(path, kept);
        if (!up && !here) {
            memmove(path + kept, path + at, end - at);
            kept += end - at;
        } else if (end == len) {
            path[kept++] = '/'; /* "/a/.." is the folder "/" */
        }
        at = end;
    }
    return kept;
}

static void fold(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        text[i] = char_lower(text[i]);
}

/* Escapes undone may have brought line feeds in. */
static void escape_lines(struct strbuf *out, size_t start)
{
    AUTO(strbuf_release) struct strbuf copy = STRBUF_INIT;
    struct span path = span_from(strbuf_span(out), start);
    if (span_find_char(path, '\n') < 0)
        return;
    strbuf_add_span(&copy, path);
    strbuf_cut(out, start);
    key_add_bytes(out, strbuf_span(&copy));
}

void key_add_path(struct strbuf *out, unsigned bits, struct span path)
{
    if (bits & KEY_PATH_NONE)
        return;
    if (bits == 0) {
        key_add_bytes(out, path);
        return;
    }
    while (bits & KEY_PATH_LEADING && span_starts(path, SPAN("//")))
        path = span_from(path, 1);
    size_t start = out->len, len = path.len;
    char *at = strbuf_room(out, path.len + 1);
    if (bits & (KEY_PATH_PERCENT | KEY_PATH_DECODE))
        len = undo_escapes(at, path, bits & KEY_PATH_DECODE);
    else if (len)
        memcpy(at, path.ptr, len);
    if (bits & KEY_PATH_SLASHES)
        len = merge_slashes(at, len);
    if (bits & KEY_PATH_DOTS)
        len = remove_dots(at, len);
    if (bits & KEY_PATH_TRAILING && len > 1 && at[len - 1] == '/')
        len--;
    if (bits & KEY_PATH_FOLD)
        fold(at, len);
    strbuf_grew(out, len);
    escape_lines(out, start);
}
