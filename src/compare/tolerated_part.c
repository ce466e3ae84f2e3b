/* What of an answer may have to be tolerated at all. */
#include "rehearse/base/hash.h"
#include "rehearse/cache/field_kind.h"
#include "rehearse/http/date.h"
#include "tolerated.h"

/* In the form that nothing is to be said of; another one counts as it stands. */
static bool is_plain(enum field_kind kind, struct span value)
{
    enum { IMF_FIXDATE_BYTES = 29, AGE_DIGITS_MAX = 9 };
    unsigned oddities;
    uint64_t n;
    int64_t s;
    switch (kind) {
    case FIELD_AGE:
        return value.len <= AGE_DIGITS_MAX && span_to_u64(value, &n);
    case FIELD_DATE:
    case FIELD_EXPIRES:
    case FIELD_LAST_MODIFIED:
        return value.len == IMF_FIXDATE_BYTES && http_date_read(value, 0, &s, &oddities) &&
               !oddities;
    case FIELD_ETAG:
        return value.len && value.ptr[value.len - 1] == '"';
    default:
        return false;
    }
}

/* May a cache, or cache_faults_of, read a field of that name? */
static bool is_read(struct span name, enum field_kind kind)
{
    static const struct span others[] = {
        { "Cache-Groups", 12 },
        { "Cache-Status", 12 },
        { "No-Vary-Search", 14 },
        { "X-Accel-Expires", 15 },
    };
    if (kind != FIELD_OTHER)
        return true;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (name.len == others[i].len && span_ieq(name, others[i]))
            return true;
    return name.len > 8 && span_ieq(span_from(name, name.len - 8), SPAN("-Control"));
}

uint64_t tolerated_part(const struct http_field *field)
{
    enum field_kind kind = field_kind_of(field->name);
    if (span_is_none(field->value) || !is_read(field->name, kind))
        return 0;
    if (is_plain(kind, field->value))
        return 1 + (uint64_t)kind;
    return hash_mix(hash64(field->name), hash64(field->value)) | 1;
}
