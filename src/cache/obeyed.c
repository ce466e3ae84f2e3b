#include "obeyed.h"

#include "reading.h"

/* Which field's directives a cache obeys. Sections are those of RFC 9213 where no other is named.
 */

/* The RFC's own way. */
static const struct cache_policy plain = { .name = "rfc9111" };

static void read_field(struct reading *r, const struct http_fields *fields, struct span name,
                       enum directive_dialect dialect)
{
    for (uint32_t i = 0; i < fields->len; i++)
        if (!span_is_none(fields->at[i].value) && fields->at[i].name.len == name.len &&
            span_ieq(fields->at[i].name, name)) {
            r->line++;
            directives_read_line(r, fields->at[i].value, dialect);
        }
    for (uint32_t i = 0; i < fields->len && dialect == DIALECT_SURROGATE; i++)
        if (!span_is_none(fields->at[i].value) && fields->at[i].name.len == name.len &&
            span_ieq(fields->at[i].name, name))
            directives_read_ours(r, fields->at[i].value);
    directives_note_conflict(r->d);
    /* One line that is no dictionary spoils the field (RFC 9651 section 4.2). */
    if (r->d->faults & DIRECTIVE_NOT_STRUCTURED)
        *r->d = (struct directives){ .faults = DIRECTIVE_NOT_STRUCTURED };
}

struct directives directives_of(const struct http_fields *fields, struct span field_name)
{
    struct directives d = { 0 };
    struct reading r = { &d, &plain, 0 };
    read_field(&r, fields, field_name, directive_dialect_of(field_name));
    return d;
}

bool directive_fields_have(const struct directive_fields *fields, struct span name)
{
    for (unsigned i = 0; i < fields->len; i++) {
        struct span rest = fields->lists[i];
        while (!span_is_none(rest))
            if (span_ieq(span_trim(span_cut(&rest, ',')), name))
                return true;
    }
    return false;
}

/* Most responses carry none of the fields in front: a look is cheaper than a reading. */
static bool read_if_there(struct obeyed_directives *obeyed, const struct cache_policy *policy,
                          const struct http_fields *response, struct span field,
                          enum directive_dialect dialect)
{
    struct reading r = { &obeyed->d, policy, 0 };
    unsigned earlier = obeyed->d.faults; /* of fields that could not be used */
    if (!http_fields_first(response, field))
        return false;
    if (obeyed->d.present || earlier)
        obeyed->d = (struct directives){ 0 };
    obeyed->field = field;
    read_field(&r, response, field, dialect);
    obeyed->d.faults |= earlier;
    return obeyed->d.present;
}

static bool one_in_front(struct obeyed_directives *obeyed, const struct cache_policy *policy,
                         const struct http_fields *response)
{
    enum directive_dialect targeted =
        policy->targets_are_lenient ? DIALECT_CACHE_CONTROL : DIALECT_TARGETED;
    for (size_t i = 0; i < policy->target_count; i++) {
        struct span field = policy->targets[i];
        bool surrogate = directive_dialect_of(field) == DIALECT_SURROGATE;
        if (read_if_there(obeyed, policy, response, field,
                          surrogate ? DIALECT_SURROGATE : targeted))
            return true;
    }
    /* content="ESI/1.0" alone speaks of processing, not of caching. */
    return policy->reads_surrogate_control &&
           read_if_there(obeyed, policy, response, SPAN("Surrogate-Control"), DIALECT_SURROGATE) &&
           (obeyed->d.max_age.given || ((obeyed->d.no_store || obeyed->d.no_store_remote) &&
                                        !(policy->ignores_response & RESPONSE_NO_STORE)));
}

void directives_obey(struct obeyed_directives *ret, const struct cache_policy *policy,
                     const struct http_fields *response, bool more)
{
    memset(ret, 0, sizeof *ret);
    ret->targeted = more && one_in_front(ret, policy, response);
    if (ret->targeted)
        return;
    if (!read_if_there(ret, policy, response, SPAN("Cache-Control"), DIALECT_CACHE_CONTROL))
        ret->d = (struct directives){ .faults = ret->d.faults };
    ret->field = SPAN("Cache-Control");
}

struct obeyed_directives directives_obeyed(const struct cache_policy *policy,
                                           const struct http_fields *response)
{
    struct obeyed_directives obeyed;
    directives_obey(&obeyed, policy, response, true);
    return obeyed;
}
