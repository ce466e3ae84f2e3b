#include "observe.h"

#include "rehearse/base/hash.h"
#include "rehearse/cache/cache_status.h"
#include "rehearse/http/cookie_role.h"
#include "set_cookie.h"
#include "shape.h"

bool exchange_knows_field(const struct exchange *x, struct span name)
{
    return (x->marks & MARK_ALL_RESPONSE_FIELDS) ||
           http_fields_first(&x->response.fields, name) != NULL;
}

const struct seen *observed_find(const struct observed *o, uint16_t facet)
{
    return o->stamp[facet] == o->round ? &o->at[o->place[facet]] : NULL;
}

static void observed_add(struct observed *o, struct seen seen)
{
    if (o->stamp[seen.facet] == o->round) {
        o->at[o->place[seen.facet]] = seen;
        return;
    }
    if (o->len >= SEEN_MAX)
        return;
    o->stamp[seen.facet] = o->round;
    o->place[seen.facet] = (uint8_t)o->len;
    o->at[o->len++] = seen;
}

static bool is_ignored(const struct observer *o, struct span name)
{
    for (size_t i = 0; i < o->ignore_count; i++)
        if (span_ieq(o->ignore[i], name))
            return true;
    return false;
}

static void add_canonical(const struct observe_scope *s, const struct facet *facet,
                          struct span value, struct strbuf *out)
{
    struct canonical_context c = { s->production, s->side_staging ? s->staging : s->production,
                                   s->scratch };
    switch (facet->meaning->how) {
    case FIELD_PRESENCE:
        strbuf_add_str(out, "present");
        break;
    case FIELD_ENCODING:
        strbuf_add_str(out, span_ieq(span_trim(value), SPAN("identity")) ? "identity" : "coded");
        break;
    case FIELD_CANONICAL:
    case FIELD_LOCATION:
        facet->meaning->canonical(&c, value, out);
        break;
    default:
        shape_add(out, value);
    }
}

static struct seen evaluate(struct observer *o, const struct observe_scope *s, uint16_t facet,
                            struct span value)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    const struct asked asked = { &s->production->request, &s->staging->request };
    struct span plain = s->side_staging
                            ? translate(o->translator, &asked, value, s->scratch)
                            : translate_production(o->translator, &asked, value, s->scratch);
    add_canonical(s, &o->facets->at[facet], plain, &text);
    return (struct seen){ facet, facet_value(o->facets, facet, strbuf_span(&text)),
                          (uint32_t)hash64(plain), value };
}

/* By either of its names: with TLS it may have a prefix. */
static bool brings_cookie(struct span line, struct span name)
{
    struct span base = cookie_base_name(name);
    struct cookie_pair pair;
    while (cookie_next(&line, &pair))
        if (span_eq(cookie_base_name(pair.name), base))
            return true;
    return false;
}

static void see_cookie(struct observer *o, const struct observe_scope *s, struct span line,
                       struct observed *ret)
{
    struct set_cookie cookie;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    struct canonical_context c = { s->production, s->side_staging ? s->staging : s->production,
                                   s->scratch };
    if (!set_cookie_parse(&cookie, line) || !cookie.name.len)
        return;
    struct span name = arena_copy(s->scratch, cookie.name);
    bool had = false, has = false;
    for (int side = 0; side < 2; side++) {
        const struct http_request *r = side ? &s->staging->request : &s->production->request;
        for (uint32_t i = 0; i < r->fields.len; i++) {
            const struct http_field *f = &r->fields.at[i];
            if (f->name.len == 6 && span_ieq(f->name, SPAN("Cookie")) &&
                brings_cookie(f->value, name))
                *(side ? &has : &had) = true;
        }
    }
    if (had != has) /* the visitors stand differently: what each is given says nothing */
        return;
    uint16_t facet = facet_of_cookie(o->facets, name, had);
    if (facet == FACET_NONE)
        return;
    set_cookie_attributes(&c, &cookie, &text);
    uint32_t value = facet_value(o->facets, facet, strbuf_span(&text));
    observed_add(ret, (struct seen){ facet, value, value, facet_text(o->facets, value) });
}

/* Location and Set-Cookie mean something only beside their request: not remembered. */
static bool depends_on_request(const struct facet *facet)
{
    return facet->meaning->how == FIELD_LOCATION || facet->meaning->how == FIELD_COOKIE;
}

static bool is_wanted(const struct observe_scope *s, const struct facet *facet)
{
    switch (facet->meaning->how) {
    case FIELD_CACHE:
    case FIELD_IGNORED:
        return false;
    case FIELD_LOCATION:
        return s->redirect;
    case FIELD_ENCODING:
        return s->same_coding;
    default:
        return true;
    }
}

static uint64_t line_key(const struct http_field *f, bool staging)
{
    uint64_t h = f->id ? hash_mix(1, f->id) : hash_mix(hash64(f->name), hash64(f->value));
    return hash_mix(h, staging) | 1;
}

static void see_repeated(struct observer *o, const struct observe_scope *s,
                         const struct http_fields *fields, struct span name, uint16_t facet,
                         struct observed *ret)
{
    struct span joined = http_fields_joined(fields, name, s->scratch);
    observed_add(ret, evaluate(o, s, facet, span_is_none(joined) ? SPAN("") : joined));
}

static bool tells_of_cache(struct span name)
{
    return cache_field_is_observation(name) || span_ieq(name, SPAN("X-Cache-Key")) ||
           span_ieq(name, SPAN("X-True-Cache-Key")) || span_ieq(name, SPAN("Fastly-Debug-Digest"));
}

static const struct name_memo *name_of(struct observer *o, struct span name)
{
    uint64_t key = hash64(name) | 1;
    struct name_memo *memo = &o->names[(key >> 20) & (NAME_MEMO - 1)];
    if (memo->key != key)
        *memo = (struct name_memo){
            .key = key,
            .of_cache = tells_of_cache(name),
            .is_date = span_ieq(name, SPAN("Date")),
            .facet = is_ignored(o, name) ? FACET_NONE : facet_of_field(o->facets, name),
        };
    return memo;
}

static void see_line(struct observer *o, const struct observe_scope *s,
                     const struct http_fields *fields, const struct http_field *f,
                     struct observed *ret)
{
    const struct name_memo *name = name_of(o, f->name);
    uint16_t facet = name->facet;
    ret->of_cache |= name->of_cache;
    if (facet == FACET_NONE && !name->is_date)
        return;
    uint64_t key = line_key(f, s->side_staging);
    if (name->is_date)
        ret->date_key = key;
    if (facet != FACET_NONE && o->facets->at[facet].meaning->how == FIELD_CACHE) {
        ret->cache_key = hash_mix(ret->cache_key, key);
        ret->has_expires |= f->name.len == 7;
    }
    if (facet == FACET_NONE || !is_wanted(s, &o->facets->at[facet]))
        return;
    if (o->facets->at[facet].meaning->how == FIELD_COOKIE) {
        see_cookie(o, s, f->value, ret);
        return;
    }
    if (observed_find(ret, facet)) {
        see_repeated(o, s, fields, f->name, facet, ret);
        return;
    }
    key = hash_mix(key, s->asked_key) | 1;
    struct line_memo *memo = &o->memo[(key >> 20) & (LINE_MEMO - 1)];
    if (memo->key == key) {
        observed_add(ret, (struct seen){ facet, memo->value, memo->raw, f->value });
        return;
    }
    struct seen seen = evaluate(o, s, facet, f->value);
    if (!depends_on_request(&o->facets->at[facet]))
        *memo = (struct line_memo){ key, seen.value, seen.raw };
    observed_add(ret, seen);
}

void observe_response(struct observer *o, const struct observe_scope *s, struct observed *ret)
{
    const struct exchange *x = s->side_staging ? s->staging : s->production;
    ret->round++;
    ret->len = 0;
    ret->cache_key = ret->date_key = 0;
    ret->has_expires = ret->of_cache = false;
    for (uint32_t i = 0; i < x->response.fields.len; i++)
        if (!span_is_none(x->response.fields.at[i].value))
            see_line(o, s, &x->response.fields, &x->response.fields.at[i], ret);
}
