#include "facet.h"

#include "rehearse/base/hash.h"
#include "rehearse/http/cookie_role.h"
#include "shape.h"

void facets_init(struct facets *f)
{
    memset(f, 0, sizeof *f);
    static const struct {
        enum facet_kind kind;
        const char *field;
    } fixed[] = {
        { FACET_STATUS, "" },
        { FACET_LOCATION, "Location" },
        { FACET_TRANSPORT, "" },
        { FACET_LOOP, "Location" },
        { FACET_STORED, "Cache-Control" },
        { FACET_LIFETIME, "Cache-Control" },
        { FACET_CACHE_TEXT, "Cache-Control" },
        { FACET_LANGUAGE, "html lang" },
    };
    for (size_t i = 0; i < FACET_FIXED; i++)
        f->at[i] = (struct facet){ .kind = fixed[i].kind, .field = span_of(fixed[i].field) };
    f->at[FACET_LOCATION].meaning = field_meaning_of(SPAN("Location"));
    f->len = FACET_FIXED;
    strset_add(&f->values, SPAN(""));
    strset_add(&f->values, SPAN("(many values)"));
    strset_add(&f->values, SPAN("(another of many values)"));
}

void facets_release(struct facets *f)
{
    map_release(&f->by_name);
    map_release(&f->used);
    strset_release(&f->values);
    arena_release(&f->arena);
}

/* "x-powered-by" and "X-POWERED-BY" print as "X-Powered-By". */
static struct span title_case(struct arena *arena, struct span name)
{
    struct span copy = arena_copy_lower(arena, span_head(name, 100));
    char *text = arena_alloc(arena, copy.len + 1);
    bool first = true;
    for (size_t i = 0; i < copy.len; i++) {
        char c = copy.ptr[i];
        text[i] = first && char_is_alpha(c) ? (char)(c - 32) : c;
        first = c == '-';
    }
    return span_make(text, copy.len);
}

static uint16_t add_facet(struct facets *f, uint64_t *number, struct facet made)
{
    if (f->len >= FACETS_MAX) {
        *number = FACET_NONE;
        return FACET_NONE;
    }
    f->at[f->len] = made;
    *number = f->len;
    return (uint16_t)f->len++;
}

static uint64_t name_key(struct span name)
{
    char low[256];
    size_t len = name.len < sizeof low ? name.len : sizeof low;
    for (size_t i = 0; i < len; i++)
        low[i] = char_lower(name.ptr[i]);
    return hash64_seeded(span_make(low, len), 11);
}

uint16_t facet_of_field(struct facets *f, struct span name)
{
    bool made;
    uint64_t *number = map_put(&f->by_name, name_key(name), 0, &made);
    if (!made)
        return (uint16_t)*number;
    const struct field_meaning *meaning = field_meaning_of(name);
    if (meaning->how == FIELD_IGNORED || f->by_name.len > 4 * FACETS_MAX) {
        *number = FACET_NONE;
        return FACET_NONE;
    }
    struct span field = meaning->name.len ? meaning->name : title_case(&f->arena, name);
    return add_facet(f, number,
                     (struct facet){ .kind = FACET_FIELD, .field = field, .meaning = meaning });
}

/* Names that carry a token ("csrf-3f9a12bc") are one cookie by their shape. */
uint16_t facet_of_cookie(struct facets *f, struct span name, bool carried)
{
    bool made;
    AUTO(strbuf_release) struct strbuf shape = STRBUF_INIT;
    struct span base = cookie_base_name(name); /* what it is called with TLS and without */
    shape_add(&shape, span_head(base, 128));
    bool opaque = shape_has_opaque(strbuf_span(&shape));
    struct span key = opaque ? strbuf_span(&shape) : span_head(base, 128);
    uint64_t *number = map_put(&f->by_name, hash64_seeded(key, carried ? 13 : 12), 0, &made);
    if (!made)
        return (uint16_t)*number;
    return add_facet(f, number,
                     (struct facet){ .kind = FACET_COOKIE,
                                     .carried = carried,
                                     .field = arena_copy(&f->arena,
                                                         opaque ? key : span_head(name, 128)) });
}

uint32_t facet_value(struct facets *f, uint16_t facet, struct span text)
{
    AUTO(strbuf_release) struct strbuf cut = STRBUF_INIT;
    if (text.len > VALUE_BYTES_MAX) {
        strbuf_add_span(&cut, span_head(text, VALUE_BYTES_MAX));
        strbuf_addf(&cut, "… %016llx", (unsigned long long)hash64(text));
        text = strbuf_span(&cut);
    }
    uint32_t known = strset_find(&f->values, text.len ? text : SPAN(" "));
    if (known != STRSET_ABSENT && map_get(&f->used, hash_mix(facet, known)))
        return known;
    if (f->at[facet].values >= VALUES_PER_FACET)
        return VALUE_MANY;
    known = strset_add(&f->values, text.len ? text : SPAN(" "));
    map_put(&f->used, hash_mix(facet, known), 1, NULL);
    f->at[facet].values++;
    return known;
}

struct span facet_text(const struct facets *f, uint32_t value)
{
    return strset_text(&f->values, value);
}
