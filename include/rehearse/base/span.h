#ifndef REHEARSE_BASE_SPAN_H
#define REHEARSE_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Borrowed bytes: pointer and length, passed by value, never freed, not
 * terminated. ptr == NULL says "there is none"; an empty value has len 0 and a
 * pointer. Valid as long as whatever it was borrowed from.
 */
struct span {
    const char *ptr;
    size_t len;
};

#define SPAN_NONE ((struct span){ NULL, 0 })
/* From a string literal. */
#define SPAN(literal) ((struct span){ "" literal "", sizeof(literal) - 1 })
/* For printf's "%.*s". */
#define SPAN_ARG(s) (int)((s).len > 4096 ? 4096 : (s).len), (s).ptr ? (s).ptr : ""

static inline struct span span_make(const char *ptr, size_t len)
{
    return (struct span){ ptr, len };
}

/* NULL gives SPAN_NONE. */
static inline struct span span_of(const char *text)
{
    return (struct span){ text, text ? strlen(text) : 0 };
}

static inline bool span_is_none(struct span s)
{
    return s.ptr == NULL;
}

static inline bool span_eq(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* ASCII case folded, as HTTP names are compared. */
bool span_ieq(struct span a, struct span b);
/* Byte order, a prefix first; for sorting. */
int span_cmp(struct span a, struct span b);
bool span_starts(struct span s, struct span prefix);
bool span_istarts(struct span s, struct span prefix);
bool span_ends(struct span s, struct span suffix);
/* The first place of `needle` in `s`, or -1. */
ptrdiff_t span_find(struct span s, struct span needle);
ptrdiff_t span_ifind(struct span s, struct span needle);
ptrdiff_t span_find_char(struct span s, char c);
ptrdiff_t span_rfind_char(struct span s, char c);
/* What is left from `from` on; empty when past the end. */
struct span span_from(struct span s, size_t from);
/* At most `len` bytes of the front. */
struct span span_head(struct span s, size_t len);
/* Without spaces, tabs, CR and LF at both ends. */
struct span span_trim(struct span s);
/*
 * Cut the front of *rest at the first `c`: the part before it comes back, *rest
 * becomes what is behind it. Without `c` all of it comes back and *rest is none.
 */
struct span span_cut(struct span *rest, char c);
/* Decimal digits only, the whole span; false when not a number or too large. */
bool span_to_u64(struct span s, uint64_t *ret);
/* As above with an optional leading '-'. */
bool span_to_i64(struct span s, int64_t *ret);
/* A plain decimal number such as 12, 0.034, -1, 1772874932.114, 1e3. */
bool span_to_double(struct span s, double *ret);
/* A decimal number scaled by 10^scale and cut: ("1.5", 6) is 1500000. No floating point. */
bool span_to_scaled(struct span s, unsigned scale, int64_t *ret);

static inline char char_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static inline bool char_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool char_is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* 0 to 15, or -1. */
static inline int char_hex(char c)
{
    if (char_is_digit(c))
        return c - '0';
    c = char_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

#endif
