#include "canonical.h"

#include <stdlib.h>

void members_add(struct members *m, struct span member)
{
    if (m->len < MEMBERS_MAX && member.len)
        m->at[m->len++] = member;
}

static int by_text(const void *a, const void *b)
{
    return span_cmp(*(const struct span *)a, *(const struct span *)b);
}

void members_write(struct members *m, const char *separator, struct strbuf *out)
{
    if (m->len)
        qsort(m->at, m->len, sizeof *m->at, by_text);
    bool first = true;
    for (size_t i = 0; i < m->len; i++) {
        if (i && span_eq(m->at[i], m->at[i - 1]))
            continue;
        if (!first)
            strbuf_add_str(out, separator);
        strbuf_add_span(out, m->at[i]);
        first = false;
    }
}

void canonical_set(const struct canonical_context *c, struct span value, struct strbuf *out)
{
    struct members m = { .len = 0 };
    while (!span_is_none(value))
        members_add(&m, arena_copy_lower(c->scratch, span_trim(span_cut(&value, ','))));
    members_write(&m, ", ", out);
}
