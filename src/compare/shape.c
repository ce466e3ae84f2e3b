#include "shape.h"

#include "rehearse/http/date.h"

static bool is_token_char(char c)
{
    return char_is_alpha(c) || char_is_digit(c) || c == '-' || c == '_' || c == '~';
}

/* Counts over one token: enough to tell a made-up one from a word. */
struct looks {
    unsigned digits, letters, others;
    unsigned turns;      /* digit beside letter */
    unsigned case_turns; /* lower beside upper */
    bool hex;
};

static struct looks look_at(struct span t)
{
    struct looks l = { 0, 0, 0, 0, 0, true };
    for (size_t i = 0; i < t.len; i++) {
        char c = t.ptr[i], before = i ? t.ptr[i - 1] : '\0';
        bool digit = char_is_digit(c), letter = char_is_alpha(c);
        l.digits += digit;
        l.letters += letter;
        l.others += !digit && !letter;
        if ((digit || letter) && char_hex(c) < 0)
            l.hex = false;
        if ((digit && char_is_alpha(before)) || (letter && char_is_digit(before)))
            l.turns++;
        if (letter && char_is_alpha(before) &&
            (char_lower(c) == c) != (char_lower(before) == before))
            l.case_turns++;
    }
    return l;
}

bool shape_token_is_opaque(struct span t)
{
    if (t.len == 24 && span_starts(t, SPAN("p~"))) /* a pseudonym of ours: session/credential.h */
        return true;
    struct looks l = look_at(t);
    if (l.digits + l.letters < 6)
        return false;
    if (l.hex && l.digits && l.letters && l.digits + l.letters >= 8)
        return true;
    if (l.turns >= 4)
        return true;
    if (t.len >= 10 && (l.turns >= 3 || (l.turns >= 2 && l.others == 0)))
        return true;
    if (t.len >= 20 && l.others <= 1 && l.digits && l.letters && l.turns >= 2)
        return true;
    return t.len >= 8 && l.others <= 1 && l.case_turns * 2 >= t.len;
}

static void add_token(struct strbuf *out, struct span token)
{
    if (shape_token_is_opaque(token)) {
        strbuf_add_char(out, '@');
        return;
    }
    for (size_t i = 0; i < token.len; i++) {
        if (!char_is_digit(token.ptr[i]))
            strbuf_add_char(out, token.ptr[i]);
        else if (out->len == 0 || out->buf[out->len - 1] != '#')
            strbuf_add_char(out, '#');
    }
}

/* "#.#" and "#,#" are one number. */
static void join_fraction(struct strbuf *out)
{
    if (out->len >= 3 && out->buf[out->len - 1] == '#' && out->buf[out->len - 3] == '#' &&
        out->buf[out->len - 2] == '.')
        strbuf_cut(out, out->len - 2);
}

void shape_add(struct strbuf *out, struct span value)
{
    int64_t ignored;
    value = span_trim(value);
    if (value.len >= 19 && (http_date_parse(value, &ignored) || iso_time_parse(value, &ignored))) {
        strbuf_add_str(out, "(time)");
        return;
    }
    size_t start = out->len;
    while (value.len) {
        size_t len = 0;
        while (len < value.len && is_token_char(value.ptr[len]))
            len++;
        if (len) {
            add_token(out, span_head(value, len));
            if (out->len - start >= 3)
                join_fraction(out);
        } else {
            strbuf_add_char(out, value.ptr[0]);
            len = 1;
        }
        value = span_from(value, len);
    }
}

bool shape_has_opaque(struct span shape)
{
    return span_find_char(shape, '@') >= 0 || span_find(shape, SPAN("(time)")) >= 0;
}

bool shape_is_plain(struct span shape)
{
    return !shape_has_opaque(shape) && span_find_char(shape, '#') < 0;
}
