#include "rehearse/base/nginx_words.h"

#include "rehearse/base/strbuf.h"

struct nginx_cursor nginx_cursor_make(struct span text)
{
    return (struct nginx_cursor){ .text = text, .line = 1 };
}

static bool ends_word(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ';' || c == '{' || c == '}';
}

static void step(struct nginx_cursor *c)
{
    if (c->text.ptr[c->at++] == '\n') {
        c->line++;
        c->line_start = c->at;
    }
}

static void skip_space(struct nginx_cursor *c)
{
    while (c->at < c->text.len) {
        char ch = c->text.ptr[c->at];
        if (ch == '#') {
            while (c->at < c->text.len && c->text.ptr[c->at] != '\n')
                c->at++;
        } else if (ch == ' ' || ch == '\t' || ch == '\r' || ch == '\n') {
            step(c);
        } else {
            return;
        }
    }
}

/* What a backslash and this byte stand for; '\0' when both stand for themselves. */
static char escaped(char c)
{
    static const char pairs[] = "\"\"''\\\\t\tr\rn\n";
    for (size_t i = 0; i + 1 < sizeof pairs; i += 2)
        if (pairs[i] == c)
            return pairs[i + 1];
    return '\0';
}

static struct span undo_escapes(struct span raw, struct arena *arena)
{
    if (span_find_char(raw, '\\') < 0)
        return raw;
    char *text = arena_alloc(arena, raw.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        char stands = raw.ptr[i] == '\\' && i + 1 < raw.len ? escaped(raw.ptr[i + 1]) : '\0';
        text[len++] = stands ? stands : raw.ptr[i];
        i += stands != '\0';
    }
    text[len] = '\0';
    return span_make(text, len);
}

/* Up to the closing quote, or to what ends a bare word; "${name}" keeps its braces. */
static bool walk_word(struct nginx_cursor *c, char quote)
{
    bool in_braces = false;
    while (c->at < c->text.len) {
        char ch = c->text.ptr[c->at];
        if (quote ? ch == quote : ends_word(ch) && !in_braces && ch != '{')
            return true;
        if (!quote && ch == '{') {
            if (c->text.ptr[c->at - 1] != '$')
                return true;
            in_braces = true;
        }
        if (!quote && in_braces && (ch == '}' || ch == '\n'))
            in_braces = false;
        if (ch == '\\' && c->at + 1 < c->text.len)
            step(c);
        step(c);
    }
    return !quote;
}

static enum nginx_token take_word(struct nginx_cursor *c, struct nginx_word *ret,
                                  struct arena *arena)
{
    char quote = c->text.ptr[c->at];
    quote = quote == '"' || quote == '\'' ? quote : '\0';
    c->at += quote != '\0';
    *ret = (struct nginx_word){ SPAN(""), c->line, c->at - c->line_start + 1 };
    size_t start = c->at;
    if (!walk_word(c, quote))
        return NGINX_UNCLOSED;
    ret->text = undo_escapes(span_make(c->text.ptr + start, c->at - start), arena);
    c->at += quote != '\0';
    return NGINX_WORD;
}

enum nginx_token nginx_next(struct nginx_cursor *c, struct nginx_word *ret, struct arena *arena)
{
    skip_space(c);
    *ret = (struct nginx_word){ SPAN_NONE, c->line, c->at - c->line_start + 1 };
    if (c->at >= c->text.len)
        return NGINX_END;
    switch (c->text.ptr[c->at]) {
    case ';':
        c->at++;
        return NGINX_SEMICOLON;
    case '{':
        c->at++;
        return NGINX_OPEN;
    case '}':
        c->at++;
        return NGINX_CLOSE;
    default:
        return take_word(c, ret, arena);
    }
}
