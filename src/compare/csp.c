/*
 * Content-Security-Policy (CSP level 3, section 2.2): directives separated by ';',
 * the first of a name counts, sources in any order. Nonces change with every
 * render and hashes with every build; that there is one is what stays.
 */
#include "canonical.h"

static struct span without_secret(struct span source)
{
    static const struct span volatile_sources[] = {
        { "'nonce-", 7 },
        { "'sha256-", 8 },
        { "'sha384-", 8 },
        { "'sha512-", 8 },
    };
    for (size_t i = 0; i < sizeof volatile_sources / sizeof *volatile_sources; i++)
        if (span_istarts(source, volatile_sources[i]))
            return i == 0 ? SPAN("'nonce'") : SPAN("'hash'");
    return source;
}

static struct span next_word(struct span *rest)
{
    *rest = span_trim(*rest);
    size_t len = 0;
    while (len < rest->len && rest->ptr[len] != ' ' && rest->ptr[len] != '\t')
        len++;
    struct span word = span_head(*rest, len);
    *rest = span_from(*rest, len);
    return word;
}

static void write_directive(const struct canonical_context *c, struct span directive,
                            struct strbuf *out)
{
    struct members sources = { .len = 0 };
    strbuf_add_span(out, arena_copy_lower(c->scratch, next_word(&directive)));
    for (struct span word = next_word(&directive); word.len; word = next_word(&directive))
        members_add(&sources, without_secret(word));
    if (sources.len)
        strbuf_add_char(out, ' ');
    members_write(&sources, " ", out);
}

static bool has_name(const struct members *m, struct span name)
{
    for (size_t i = 0; i < m->len; i++)
        if (span_starts(m->at[i], name) &&
            (m->at[i].len == name.len || m->at[i].ptr[name.len] == ' '))
            return true;
    return false;
}

void canonical_csp(const struct canonical_context *c, struct span value, struct strbuf *out)
{
    struct members directives = { .len = 0 };
    AUTO(strbuf_release) struct strbuf one = STRBUF_INIT;
    while (!span_is_none(value)) {
        struct span directive = span_trim(span_cut(&value, ';'));
        if (!directive.len)
            continue;
        strbuf_clear(&one);
        write_directive(c, directive, &one);
        struct span name = strbuf_span(&one);
        name = span_cut(&name, ' ');
        if (!has_name(&directives, name))
            members_add(&directives, arena_copy(c->scratch, strbuf_span(&one)));
    }
    members_write(&directives, "; ", out);
}

void canonical_policy(const struct canonical_context *c, struct span value, struct strbuf *out)
{
    struct members directives = { .len = 0 };
    (void)c;
    while (!span_is_none(value))
        members_add(&directives, span_trim(span_cut(&value, ',')));
    members_write(&directives, "; ", out);
}
