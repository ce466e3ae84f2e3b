#ifndef REHEARSE_BASE_STRBUF_H
#define REHEARSE_BASE_STRBUF_H

#include "rehearse/base/auto.h"
#include "rehearse/base/span.h"

/*
 * Bytes that grow. Always terminated behind `len`, so buf serves as a C string
 * when it holds no NUL. Out of memory ends the program: sizes that come from a
 * capture or a server meet a stated maximum before they get here.
 */
struct strbuf {
    char *buf; /* owned; never NULL after STRBUF_INIT */
    size_t len;
    size_t cap;
};

extern char strbuf_empty[1];
#define STRBUF_INIT                                                                                \
    {                                                                                              \
        strbuf_empty, 0, 0                                                                         \
    }

void strbuf_release(struct strbuf *sb);
/* Ready for reuse; keeps its memory. */
void strbuf_clear(struct strbuf *sb);
/* Room for `extra` more bytes; returns where they go. Set the length with strbuf_grew(). */
char *strbuf_room(struct strbuf *sb, size_t extra);
void strbuf_grew(struct strbuf *sb, size_t by);

void strbuf_add(struct strbuf *sb, const void *bytes, size_t len);
void strbuf_add_span(struct strbuf *sb, struct span s);
void strbuf_add_str(struct strbuf *sb, const char *text);
void strbuf_add_char(struct strbuf *sb, char c);
void strbuf_addf(struct strbuf *sb, const char *format, ...) PRINTF(2, 3);
/* Decimal, fast. */
void strbuf_add_u64(struct strbuf *sb, uint64_t n);
void strbuf_add_i64(struct strbuf *sb, int64_t n);
/* Cut to `len`, which must not exceed what there is. */
void strbuf_cut(struct strbuf *sb, size_t len);
/* The terminated bytes, now the caller's to free(); sb is empty again. */
char *strbuf_detach(struct strbuf *sb);

static inline struct span strbuf_span(const struct strbuf *sb)
{
    return span_make(sb->buf, sb->len);
}

#endif
