#include "name_set.h"
#include "rehearse/cache/decision.h"
#include "rehearse/cache/directives.h"
#include "rehearse/cache/validation.h"
#include "rehearse/http/date.h"
#include "rehearse/http/etag.h"

/* The fields that go out, and those that are kept. Section numbers are those of RFC 9111. */

static bool any_of(struct span name, const struct span *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (span_ieq(name, names[i]))
            return true;
    return false;
}

#define ANY_OF(name, table) any_of(name, table, sizeof(table) / sizeof *(table))

/* Of the connection by its own name; what Connection names besides is looked up apart. */
static bool is_of_connection(struct span name)
{
    static const struct http_fields none = { 0 };
    return !field_is_stored(&none, name);
}

/* RFC 9110 section 13.1.5: only a strong tag guards a range. */
static bool guards_range(struct span tag)
{
    struct etag read;
    return tag.len && etag_parse(&read, tag) && !read.weak;
}

struct http_fields cache_forward_fields(const struct cache_policy *policy,
                                        const struct http_request *request,
                                        const struct cache_decision *decision,
                                        const struct stored_response *stored, struct arena *arena)
{
    static const struct span conditions[] = {
        { "If-None-Match", 13 },
        { "If-Modified-Since", 17 },
        { "If-Range", 8 },
        { "Range", 5 },
    };
    /* What one client asks, or is, does not belong to a request of the cache (section 4.3.1). */
    static const struct span personal[] = {
        { "Authorization", 13 },
        { "Cache-Control", 13 },
        { "Pragma", 6 },
    };
    struct name_set hop = name_set_listed(&request->fields, SPAN("Connection"), arena);
    struct http_fields out = { 0 };
    bool own = stored && (decision->step == CACHE_VALIDATE || decision->step == CACHE_COMPLETE);
    bool bare =
        own || decision->own_request || (policy->strips_conditions && decision->step != CACHE_PASS);
    for (uint32_t i = 0; i < request->fields.len; i++) {
        const struct http_field *f = &request->fields.at[i];
        if (span_is_none(f->value) || is_of_connection(f->name) || name_set_has(&hop, f->name) ||
            (bare && ANY_OF(f->name, conditions)) ||
            (decision->own_request && ANY_OF(f->name, personal)) ||
            (policy->strips_authorization && span_ieq(f->name, SPAN("Authorization"))))
            continue;
        http_fields_add(&out, arena, f->name, f->value);
    }
    if (policy->surrogate_capability.len)
        http_fields_set(&out, arena, SPAN("Surrogate-Capability"), policy->surrogate_capability);
    if (!own)
        return out;
    struct span tag = http_fields_value(&stored->response->fields, SPAN("ETag"));
    struct span modified = http_fields_value(&stored->response->fields, SPAN("Last-Modified"));
    if (decision->step == CACHE_COMPLETE) {
        struct span range = decision->last < 0
                                ? arena_printf(arena, "bytes=%lld-", (long long)decision->first)
                                : arena_printf(arena, "bytes=%lld-%lld", (long long)decision->first,
                                               (long long)decision->last);
        http_fields_add(&out, arena, SPAN("Range"), range);
        if (guards_range(tag))
            http_fields_add(&out, arena, SPAN("If-Range"), tag);
        return out;
    }
    if (tag.len)
        http_fields_add(&out, arena, SPAN("If-None-Match"), tag);
    if (modified.len)
        http_fields_add(&out, arena, SPAN("If-Modified-Since"), modified);
    return out;
}

struct span cache_forward_method(const struct cache_policy *policy,
                                 const struct http_request *request,
                                 const struct cache_decision *decision)
{
    bool whole = decision->own_request || (policy->head_is_get && decision->step != CACHE_PASS);
    return whole && span_eq(request->method, SPAN("HEAD")) ? SPAN("GET") : request->method;
}

/* The names that Connection, no-cache="…" and private="…" keep out of the store. */
static struct name_set kept_out(const struct cache_policy *policy, const struct http_fields *fields,
                                struct arena *arena)
{
    struct obeyed_directives obeyed = directives_obeyed(policy, fields);
    const struct directive_fields *lists[] = { &obeyed.d.no_cache_fields,
                                               &obeyed.d.private_fields };
    struct name_set set = { 0 };
    if (!policy->keeps_connection_named)
        set = name_set_listed(fields, SPAN("Connection"), arena);
    for (size_t i = 0; i < 2 && !(policy->ignores_response & RESPONSE_FIELD_LISTS); i++)
        for (unsigned k = 0; k < lists[i]->len; k++)
            name_set_add(&set, lists[i]->lists[k], arena);
    name_set_close(&set);
    return set;
}

struct http_fields cache_fields_to_store(const struct cache_policy *policy,
                                         const struct http_fields *fields, struct arena *arena)
{
    struct name_set out_of_store = kept_out(policy, fields, arena);
    struct http_fields out = { 0 };
    for (uint32_t i = 0; i < fields->len; i++) {
        const struct http_field *f = &fields->at[i];
        if (span_is_none(f->value) || is_of_connection(f->name) ||
            name_set_has(&out_of_store, f->name) ||
            (policy->drops_set_cookie && span_ieq(f->name, SPAN("Set-Cookie"))))
            continue;
        http_fields_add(&out, arena, f->name, f->value);
    }
    return out;
}

/*
 * How old it is counts from the exchange that freshened it (section 4.2.3): an Age
 * or Date of an earlier one says nothing any more, even where the new one has none.
 */
static bool says_how_old(struct span name)
{
    return span_ieq(name, SPAN("Age")) || span_ieq(name, SPAN("Date"));
}

/* The tag that the stored bytes came with is theirs, whatever a 304 calls them. */
static bool is_updated(const struct cache_policy *policy, bool has_tag, struct span name)
{
    if (policy->update_by_304 == UPDATE_NOTHING)
        return says_how_old(name) && !policy->sends_no_age;
    if (policy->update_by_304 == UPDATE_EVERYTHING)
        return !span_ieq(name, SPAN("Content-Length"));
    return field_is_refreshed(name) && !(has_tag && span_ieq(name, SPAN("ETag")));
}

struct http_fields cache_fields_update(const struct cache_policy *policy,
                                       const struct http_fields *stored,
                                       const struct http_fields *fresh, struct arena *arena)
{
    struct http_fields taken = cache_fields_to_store(policy, fresh, arena);
    struct name_set replaced = name_set_of(&taken, arena);
    bool has_tag = http_fields_first(stored, SPAN("ETag"));
    struct http_fields out = { 0 };
    for (uint32_t i = 0; i < stored->len; i++) {
        struct span name = stored->at[i].name;
        if (says_how_old(name))
            continue;
        if (!is_updated(policy, has_tag, name) || !name_set_has(&replaced, name))
            http_fields_add(&out, arena, name, stored->at[i].value);
    }
    for (uint32_t i = 0; i < taken.len; i++)
        if (is_updated(policy, has_tag, taken.at[i].name))
            http_fields_add(&out, arena, taken.at[i].name, taken.at[i].value);
    return out;
}

static struct http_fields whole_fields(const struct http_fields *stored, struct arena *arena)
{
    struct http_fields out = { 0 };
    for (uint32_t i = 0; i < stored->len; i++)
        http_fields_add(&out, arena, stored->at[i].name, stored->at[i].value);
    return out;
}

static void say_range(struct http_fields *out, const struct cache_decision *d, struct arena *arena)
{
    struct span range =
        d->complete < 0
            ? arena_printf(arena, "bytes %lld-%lld/*", (long long)d->first, (long long)d->last)
            : arena_printf(arena, "bytes %lld-%lld/%lld", (long long)d->first, (long long)d->last,
                           (long long)d->complete);
    http_fields_set(out, arena, SPAN("Content-Range"), range);
    http_fields_set(out, arena, SPAN("Content-Length"),
                    arena_printf(arena, "%lld", (long long)(d->to - d->from)));
}

static struct http_fields only(const struct http_fields *stored, const struct span *names,
                               size_t count, struct arena *arena)
{
    struct http_fields out = { 0 };
    for (uint32_t i = 0; i < stored->len; i++)
        if (any_of(stored->at[i].name, names, count))
            http_fields_add(&out, arena, stored->at[i].name, stored->at[i].value);
    return out;
}

/* RFC 9110 section 15.4.5. */
static struct http_fields not_modified_fields(const struct http_fields *stored, struct arena *arena)
{
    static const struct span kept[] = {
        { "Cache-Control", 13 }, { "Content-Location", 16 }, { "Date", 4 }, { "ETag", 4 },
        { "Expires", 7 },        { "Last-Modified", 13 },    { "Vary", 4 },
    };
    return only(stored, kept, sizeof kept / sizeof *kept, arena);
}

/* RFC 9110 section 15.5.17: of the representation only its length is told. */
static struct http_fields unsatisfiable_fields(const struct http_fields *stored, int64_t complete,
                                               struct arena *arena)
{
    static const struct span kept[] = { { "Date", 4 }, { "Vary", 4 } };
    struct http_fields out = only(stored, kept, sizeof kept / sizeof *kept, arena);
    if (complete >= 0)
        http_fields_add(&out, arena, SPAN("Content-Range"),
                        arena_printf(arena, "bytes */%lld", (long long)complete));
    http_fields_add(&out, arena, SPAN("Content-Length"), SPAN("0"));
    return out;
}

/*
 * Section 4 asks for Age where the origin was not; and its presence says that it was
 * not asked (section 5.1), so a response that it has just confirmed goes without.
 */
static void say_age(struct http_fields *out, const struct cache_decision *d, struct arena *arena)
{
    int64_t age = d->age_s > DELTA_MAX ? DELTA_MAX : d->age_s;
    if (d->settled && age == 0)
        http_fields_remove(out, SPAN("Age"));
    else
        http_fields_set(out, arena, SPAN("Age"), arena_printf(arena, "%lld", (long long)age));
}

/* By IANA's list, as far as it is of use: what is below the last of a class has a name. */
static bool is_registered(int status)
{
    static const int last[] = { 0, 104, 226, 308, 451, 511 };
    return status >= 100 && status < 600 && status <= last[status / 100];
}

/* What this cache says beyond the RFC, or against it. */
static void say_own(struct http_fields *out, const struct cache_policy *policy,
                    const struct cache_decision *decision, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf date = STRBUF_INIT;
    if (policy->sends_own_date) {
        http_date_add(&date, decision->now_s);
        http_fields_set(out, arena, SPAN("Date"), arena_copy(arena, strbuf_span(&date)));
    }
    if (policy->warns_of_stale && decision->age_s >= decision->lifetime_s)
        http_fields_add(out, arena, SPAN("Warning"), SPAN("110 - \"Response is Stale\""));
    if (policy->strips_surrogate_control)
        http_fields_remove(out, SPAN("Surrogate-Control"));
    if (policy->strips_content_range && decision->step != CACHE_PART)
        http_fields_remove(out, SPAN("Content-Range"));
}

struct http_fields cache_answer_fields(const struct cache_policy *policy,
                                       const struct stored_response *stored,
                                       const struct cache_decision *decision, struct arena *arena,
                                       int *ret_status)
{
    const struct http_fields *fields = &stored->response->fields;
    struct http_fields out;
    *ret_status = stored->response->status;
    switch (decision->step) {
    case CACHE_NOT_MODIFIED:
        out = not_modified_fields(fields, arena);
        *ret_status = 304;
        break;
    case CACHE_UNSATISFIABLE:
        out = unsatisfiable_fields(fields, decision->complete, arena);
        *ret_status = 416;
        break;
    case CACHE_PART:
        out = whole_fields(fields, arena);
        say_range(&out, decision, arena);
        *ret_status = 206;
        break;
    default:
        out = whole_fields(fields, arena);
    }
    if (policy->unknown_status_is_500 && !is_registered(*ret_status))
        *ret_status = 500;
    if (!policy->sends_no_age)
        say_age(&out, decision, arena);
    say_own(&out, policy, decision, arena);
    return out;
}
