/* Texts for people, with what may be a secret masked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "one_of.h"
#include "rehearse/base/mem.h"
#include "rehearse/session/credential.h"
#include "rehearse/session/secret_signs.h"
#include "shape.h"

enum { SHORTEST_RANDOM = 12 };

/* Per byte of the text: is it part of a secret? */
struct marking {
    struct span text;
    bool *hidden; /* owned */
};

static void mark(struct marking *m, struct span value)
{
    size_t from = (size_t)(value.ptr - m->text.ptr);
    memset(m->hidden + from, true, value.len);
}

static void on_sighting(void *ctx, const struct secret_sighting *s)
{
    mark(ctx, s->value);
}

static bool is_word_char(char c)
{
    return char_is_alpha(c) || char_is_digit(c) || is_one_of(c, "_-%+~") || (unsigned char)c >= 0x80;
}

static void mark_random_words(struct marking *m)
{
    size_t from = 0;
    for (size_t at = 0; at <= m->text.len; at++) {
        if (at < m->text.len && is_word_char(m->text.ptr[at]))
            continue;
        struct span word = span_make(m->text.ptr + from, at - from);
        if (word.len >= SHORTEST_RANDOM && looks_random(word) && !is_pseudonym(word))
            mark(m, word);
        from = at + 1;
    }
}

void secrets_mask(struct strbuf *out, struct span text)
{
    struct marking m = { .text = text };
    if (text.len == 0)
        return;
    m.hidden = xcalloc(text.len, sizeof *m.hidden);
    secret_signs_by_look(text, on_sighting, &m);
    secret_signs_by_name(text, on_sighting, &m);
    mark_random_words(&m);
    for (size_t at = 0; at < text.len; at++)
        if (!m.hidden[at])
            strbuf_add_char(out, text.ptr[at]);
        else if (at == 0 || !m.hidden[at - 1])
            strbuf_add_str(out, "***");
    free(m.hidden);
}

/* From the first quote to the last: what is quoted may hold quotes itself. */
void secrets_mask_err(struct err *err)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    struct span text = span_of(err ? err->text : "");
    ptrdiff_t first = span_find_char(text, '"'), last = span_rfind_char(text, '"');
    if (first < 0 || last <= first)
        return;
    strbuf_add_span(&out, span_head(text, (size_t)first));
    secrets_mask(&out, span_make(text.ptr + first, (size_t)(last - first)));
    strbuf_add_span(&out, span_from(text, (size_t)last));
    err_set(err, err->code, "%s", out.buf);
}
