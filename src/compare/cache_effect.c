#include "cache_effect.h"

#include "canonical.h"
#include "field_meaning.h"
#include "rehearse/cache/freshness.h"
#include "rehearse/cache/storability.h"

/*
 * What CDNs have in common, less two things: Set-Cookie is a finding of its own,
 * and a lifetime nobody wrote down is a cache's guess.
 */
static struct cache_policy policy(void)
{
    struct cache_policy p = cache_policy_cdn;
    p.set_cookie_forbids_storing = false;
    p.heuristic_percent = 0;
    return p;
}

struct cache_effect cache_effect_of(const struct http_request *request,
                                    const struct http_response *response, int64_t received_s)
{
    struct cache_policy p = policy();
    if (!storability_of(&p, request, response).storable)
        return (struct cache_effect){ KEEPS_NOT, 0, true };
    struct freshness f = freshness_on_arrival(&p, response, received_s);
    bool served = f.lifetime_s > 0 || f.stale_while_revalidate_s > 0;
    return (struct cache_effect){
        .keeps = served && !f.must_validate ? KEEPS_FRESH : KEEPS_VALIDATING,
        .lifetime_s = f.lifetime_s,
        .exact = f.source == FRESHNESS_S_MAXAGE || f.source == FRESHNESS_MAX_AGE,
    };
}

struct span cache_keeps_name(enum cache_keeps keeps)
{
    switch (keeps) {
    case KEEPS_FRESH:
        return SPAN("kept");
    case KEEPS_VALIDATING:
        return SPAN("validated each time");
    default:
        return SPAN("not kept");
    }
}

static bool is_cache_text_field(struct span name)
{
    return name.len >= 13 && field_meaning_of(name)->how == FIELD_CACHE;
}

void cache_text(const struct http_response *response, struct arena *scratch, struct strbuf *out)
{
    struct members m = { .len = 0 };
    for (uint32_t i = 0; i < response->fields.len; i++) {
        const struct http_field *f = &response->fields.at[i];
        if (span_is_none(f->value) || !is_cache_text_field(f->name))
            continue;
        struct span rest = arena_copy_lower(scratch, f->value);
        bool plain = span_ieq(f->name, SPAN("Cache-Control"));
        while (!span_is_none(rest)) {
            struct span one = span_trim(span_cut(&rest, ','));
            if (!plain && one.len)
                one = arena_printf(scratch, "%.*s: %.*s", SPAN_ARG(f->name), SPAN_ARG(one));
            members_add(&m, one);
        }
    }
    members_write(&m, ", ", out);
}

void cache_display(const struct http_response *response, struct strbuf *out)
{
    size_t start = out->len;
    for (uint32_t i = 0; i < response->fields.len; i++) {
        const struct http_field *f = &response->fields.at[i];
        if (span_is_none(f->value) || field_meaning_of(f->name)->how != FIELD_CACHE)
            continue;
        if (out->len > start)
            strbuf_add_str(out, "; ");
        strbuf_add_span(out, f->name);
        strbuf_add_str(out, ": ");
        strbuf_add_span(out, span_head(f->value, 300));
    }
    if (out->len == start)
        strbuf_add_str(out, "no Cache-Control");
}
