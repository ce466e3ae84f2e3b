#include "rehearse/base/strbuf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "rehearse/base/mem.h"

char strbuf_empty[1] = "";

void strbuf_release(struct strbuf *sb)
{
    if (sb->cap)
        free(sb->buf);
    *sb = (struct strbuf)STRBUF_INIT;
}

void strbuf_clear(struct strbuf *sb)
{
    sb->len = 0;
    if (sb->cap)
        sb->buf[0] = '\0';
}

char *strbuf_room(struct strbuf *sb, size_t extra)
{
    if (sb->len + extra + 1 > sb->cap)
        sb->buf = array_room(sb->cap ? sb->buf : NULL, &sb->cap, sb->len + extra + 1, 1);
    return sb->buf + sb->len;
}

void strbuf_grew(struct strbuf *sb, size_t by)
{
    assert(sb->len + by < sb->cap);
    sb->len += by;
    sb->buf[sb->len] = '\0';
}

void strbuf_add(struct strbuf *sb, const void *bytes, size_t len)
{
    if (len == 0)
        return;
    memcpy(strbuf_room(sb, len), bytes, len);
    strbuf_grew(sb, len);
}

void strbuf_add_span(struct strbuf *sb, struct span s)
{
    strbuf_add(sb, s.ptr, s.len);
}

void strbuf_add_str(struct strbuf *sb, const char *text)
{
    strbuf_add(sb, text, strlen(text));
}

void strbuf_add_char(struct strbuf *sb, char c)
{
    *strbuf_room(sb, 1) = c;
    strbuf_grew(sb, 1);
}

void strbuf_addf(struct strbuf *sb, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(len >= 0);

    char *room = strbuf_room(sb, (size_t)len);
    va_start(args, format);
    vsnprintf(room, (size_t)len + 1, format, args);
    va_end(args);
    strbuf_grew(sb, (size_t)len);
}

void strbuf_add_u64(struct strbuf *sb, uint64_t n)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + n % 10);
        n /= 10;
    } while (n);
    strbuf_add(sb, digits + at, sizeof digits - at);
}

void strbuf_add_i64(struct strbuf *sb, int64_t n)
{
    if (n < 0)
        strbuf_add_char(sb, '-');
    strbuf_add_u64(sb, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
}

void strbuf_cut(struct strbuf *sb, size_t len)
{
    assert(len <= sb->len);
    sb->len = len;
    if (sb->cap)
        sb->buf[len] = '\0';
}

char *strbuf_detach(struct strbuf *sb)
{
    strbuf_room(sb, 0);
    sb->buf[sb->len] = '\0';
    char *taken = sb->buf;
    *sb = (struct strbuf)STRBUF_INIT;
    return taken;
}
