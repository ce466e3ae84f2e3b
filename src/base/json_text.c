#include "rehearse/base/json_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "rehearse/base/text.h"

static void add_escaped(struct strbuf *out, unsigned char c)
{
    switch (c) {
    case '"':
        strbuf_add_str(out, "\\\"");
        break;
    case '\\':
        strbuf_add_str(out, "\\\\");
        break;
    case '\n':
        strbuf_add_str(out, "\\n");
        break;
    case '\t':
        strbuf_add_str(out, "\\t");
        break;
    case '\r':
        strbuf_add_str(out, "\\r");
        break;
    default:
        strbuf_addf(out, "\\u%04x", (unsigned)c);
    }
}

void json_add_string(struct strbuf *out, struct span s)
{
    strbuf_add_char(out, '"');
    while (s.len) {
        unsigned char c = (unsigned char)s.ptr[0];
        unsigned len = utf8_length(s);
        if (len == 0)
            strbuf_add_str(out, "\\ufffd");
        else if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f)
            add_escaped(out, c);
        else if (c == 0xc2 && (unsigned char)s.ptr[1] < 0xa0) /* U+0080 to U+009F: terminals obey them */
            strbuf_addf(out, "\\u%04x", (unsigned)(unsigned char)s.ptr[1]);
        else
            strbuf_add(out, s.ptr, len);
        s = span_from(s, len ? len : 1);
    }
    strbuf_add_char(out, '"');
}

void json_add_string_or_null(struct strbuf *out, struct span s)
{
    if (span_is_none(s))
        strbuf_add_str(out, "null");
    else
        json_add_string(out, s);
}

void json_add_key(struct strbuf *out, bool *first, const char *key)
{
    if (!*first)
        strbuf_add_char(out, ',');
    *first = false;
    json_add_string(out, span_of(key));
    strbuf_add_char(out, ':');
}

void json_add_double(struct strbuf *out, double d)
{
    if (!isfinite(d)) {
        strbuf_add_str(out, "null");
        return;
    }
    char text[40];
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, d);
        if (strtod(text, NULL) == d)
            break;
    }
    strbuf_add_str(out, text);
}

void json_member_string(struct strbuf *out, bool *first, const char *key, struct span value)
{
    json_add_key(out, first, key);
    json_add_string(out, value);
}

void json_member_string_or_null(struct strbuf *out, bool *first, const char *key, struct span value)
{
    json_add_key(out, first, key);
    json_add_string_or_null(out, value);
}

void json_member_u64(struct strbuf *out, bool *first, const char *key, uint64_t n)
{
    json_add_key(out, first, key);
    strbuf_add_u64(out, n);
}

void json_member_double(struct strbuf *out, bool *first, const char *key, double d)
{
    json_add_key(out, first, key);
    json_add_double(out, d);
}
