#include "change_parts.h"

struct change change_make(const char *kind, enum finding_severity severity, struct span field,
                          struct sides shapes, struct span title, const char *effect)
{
    return (struct change){ .kind = span_of(kind),
                            .severity = severity,
                            .field = field,
                            .production_shape = shapes.production,
                            .staging_shape = shapes.staging,
                            .title = title,
                            .effect = span_of(effect),
                            .facet = FACETS_MAX };
}

struct sides change_values(const struct difference_at *d)
{
    const struct facets *f = &d->comparison->facets;
    return (struct sides){ facet_text(f, d->cell->production), facet_text(f, d->cell->staging) };
}

const struct facet *change_facet(const struct difference_at *d)
{
    return &d->comparison->facets.at[d->evidence->facet];
}

/* Members of one side's value that the other does not have, joined again. */
static struct span members_without(struct span own, struct span other, const char *separator,
                                   struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    struct span sep = span_of(separator);
    while (own.len) {
        ptrdiff_t at = span_find(own, sep);
        struct span one = at < 0 ? own : span_head(own, (size_t)at);
        own = at < 0 ? SPAN("") : span_from(own, (size_t)at + sep.len);
        bool found = false;
        for (struct span rest = other; rest.len && !found;) {
            ptrdiff_t end = span_find(rest, sep);
            found = span_eq(one, end < 0 ? rest : span_head(rest, (size_t)end));
            rest = end < 0 ? SPAN("") : span_from(rest, (size_t)end + sep.len);
        }
        if (found)
            continue;
        if (out.len)
            strbuf_add_str(&out, separator);
        strbuf_add_span(&out, one);
    }
    return arena_copy(arena, strbuf_span(&out));
}

struct sides change_differing(struct sides v, const char *separator, struct arena *arena)
{
    return (struct sides){ members_without(v.production, v.staging, separator, arena),
                           members_without(v.staging, v.production, separator, arena) };
}

struct span change_title_of(struct span field, struct sides m, struct arena *arena)
{
    struct span lost = span_head(m.production, 160), new = span_head(m.staging, 160);
    if (lost.len && new.len)
        return arena_printf(arena, "%.*s: %.*s became %.*s", SPAN_ARG(field), SPAN_ARG(lost),
                            SPAN_ARG(new));
    return lost.len ? arena_printf(arena, "%.*s lost %.*s", SPAN_ARG(field), SPAN_ARG(lost))
                    : arena_printf(arena, "%.*s gained %.*s", SPAN_ARG(field), SPAN_ARG(new));
}
