#include "translate.h"

#include <stdlib.h>

static int longest_first(const void *a, const void *b)
{
    const struct host_pair *x = a, *y = b;
    if (x->staging.len != y->staging.len)
        return x->staging.len > y->staging.len ? -1 : 1;
    return span_cmp(x->staging, y->staging);
}

void translator_init(struct translator *t, const struct comparison_options *options,
                     struct arena *arena)
{
    *t = (struct translator){ NULL, 0, options->staging_scheme };
    t->hosts = arena_calloc(arena, options->host_count, sizeof *t->hosts);
    for (size_t i = 0; i < options->host_count; i++)
        if (options->hosts[i].staging.len && options->hosts[i].production.len)
            t->hosts[t->count++] = options->hosts[i];
    if (t->count)
        qsort(t->hosts, t->count, sizeof *t->hosts, longest_first);
}

static bool is_host_char(char c)
{
    return char_is_alpha(c) || char_is_digit(c) || c == '-' || c == '.';
}

/* "shop.test" is not in "my-shop.test" nor in "shop.test.example". */
static bool stands_alone(struct span text, size_t at, size_t len)
{
    if (at && is_host_char(text.ptr[at - 1]))
        return at >= 1 && text.ptr[at - 1] == '.' && at == 1;
    size_t end = at + len;
    return end >= text.len || !is_host_char(text.ptr[end]) ||
           (text.ptr[end] == '.' && end + 1 == text.len);
}

struct hit {
    size_t at;
    const struct host_pair *host;
};

static bool next_hit(const struct translator *t, struct span text, size_t from, struct hit *ret)
{
    ret->host = NULL;
    for (size_t i = 0; i < t->count; i++) {
        size_t at = from;
        for (;;) {
            ptrdiff_t found = span_find(span_from(text, at), t->hosts[i].staging);
            if (found < 0)
                break;
            at += (size_t)found;
            if (stands_alone(text, at, t->hosts[i].staging.len)) {
                if (!ret->host || at < ret->at)
                    *ret = (struct hit){ at, &t->hosts[i] };
                break;
            }
            at++;
        }
    }
    return ret->host != NULL;
}

bool translate_needed(const struct translator *t, struct span text)
{
    struct hit hit;
    return next_hit(t, text, 0, &hit);
}

/* Staging without TLS says http:// where production says https://. */
static void fix_scheme(const struct translator *t, struct strbuf *out)
{
    struct span done = strbuf_span(out);
    if (!span_ieq(t->staging_scheme, SPAN("http")) || !span_ends(done, SPAN("http://")))
        return;
    if (done.len > 7 && char_is_alpha(done.ptr[done.len - 8]))
        return;
    strbuf_cut(out, done.len - 3);
    strbuf_add_str(out, "s://");
}

struct span translate(const struct translator *t, struct span text, struct arena *arena)
{
    struct hit hit;
    size_t from = 0;
    if (!text.len || !next_hit(t, text, 0, &hit))
        return text;
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    do {
        strbuf_add(&out, text.ptr + from, hit.at - from);
        fix_scheme(t, &out);
        strbuf_add_span(&out, hit.host->production);
        from = hit.at + hit.host->staging.len;
    } while (next_hit(t, text, from, &hit));
    strbuf_add_span(&out, span_from(text, from));
    return arena_copy(arena, strbuf_span(&out));
}
