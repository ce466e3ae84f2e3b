/* One pass over a response's fields: what of it the rules would look at, as a hash. */
#include "model_block.h"

#include "rehearse/cache/field_kind.h"
#include "rehearse/base/hash.h"
#include "rehearse/http/date.h"

/* Targeted fields and what products read beside Cache-Control: all end so, but for nginx's. */
static bool is_control(struct span name)
{
    struct span end = SPAN("-control");
    return (name.len > end.len && span_ieq(span_from(name, name.len - end.len), end)) ||
           span_ieq(name, SPAN("X-Accel-Expires"));
}

static void add_text(struct model_block *b, struct span name, struct span value)
{
    b->hash = hash_mix(b->hash, name.len);
    b->hash = hash_mix(b->hash, hash64(value));
}

/* A weak tag and its strong twin name the same content to a cache that asks about it. */
static uint32_t tag_of(struct span etag)
{
    if (span_starts(etag, SPAN("W/")))
        etag = span_from(etag, 2);
    return (uint32_t)hash64(etag) | 1;
}

static void add_moment(struct model_block *b, enum field_kind kind, struct span value)
{
    int64_t s;
    bool valid = http_date_parse(value, &s);
    switch (kind) {
    case FIELD_DATE:
        b->date_given = valid;
        b->date_s = valid ? s : 0;
        break;
    case FIELD_EXPIRES:
        b->expires_given = true;
        b->expires_s = valid ? s : INT64_MIN;
        break;
    default: /* Last-Modified */
        b->modified_given = valid;
        b->modified_s = valid ? s : 0;
        if (!b->etag_given && value.len)
            b->validator = (uint32_t)hash64(value) | 1;
    }
}

static void add_line(struct model_block *b, const struct http_field *f)
{
    enum field_kind kind = field_kind_of(f->name);
    bool control = kind == FIELD_CACHE_CONTROL || kind == FIELD_SURROGATE_CONTROL ||
                   (kind == FIELD_OTHER && is_control(f->name));
    b->control_known |= control || kind == FIELD_EXPIRES;
    b->vary_known |= kind == FIELD_VARY;
    b->set_cookie_known |= kind == FIELD_SET_COOKIE;
    if (span_is_none(f->value))
        return;
    if (control) {
        add_text(b, f->name, f->value);
        b->lifetime_given |= span_ifind(f->value, SPAN("max")) >= 0;
    } else if (kind == FIELD_VARY || kind == FIELD_PRAGMA) {
        add_text(b, f->name, f->value);
    } else if (kind == FIELD_SET_COOKIE) {
        b->hash = hash_mix(b->hash, FIELD_SET_COOKIE); /* that it is there counts, not its value */
    } else if (kind == FIELD_ETAG) {
        b->etag_given = true;
        b->weak = span_starts(f->value, SPAN("W/"));
        b->validator = tag_of(f->value);
    } else if (kind == FIELD_DATE || kind == FIELD_EXPIRES || kind == FIELD_LAST_MODIFIED) {
        add_moment(b, kind, f->value);
    } else if (kind == FIELD_AGE) {
        uint64_t age;
        b->age_s = span_to_u64(f->value, &age) && age < UINT32_MAX ? (int64_t)age : 0;
    }
}

/* To about 0.4 %: heuristic lifetimes differ from response to response, and need not so exactly. */
static int64_t coarse(int64_t s)
{
    int64_t step = 1;
    while (s / step >= 512)
        step *= 2;
    return s / step * step;
}

static int64_t difference(int64_t later, int64_t earlier)
{
    int64_t d;
    return earlier == INT64_MIN || __builtin_sub_overflow(later, earlier, &d) ? INT64_MIN : d;
}

/* What hangs on moments: how far Expires lies behind Date, and Date behind Last-Modified. */
static void add_moments(struct model_block *b)
{
    if (b->etag_given ||
        b->modified_given) /* some caches store nothing that they cannot ask about */
        b->hash = hash_mix(b->hash, 3);
    if (b->expires_given)
        b->hash = hash_mix(b->hash, (uint64_t)difference(b->expires_s, b->date_s) ^ 1);
    if (b->modified_given && !b->lifetime_given && !b->expires_given) {
        int64_t age = difference(b->date_s, b->modified_s);
        b->hash = hash_mix(b->hash, (uint64_t)coarse(age > 0 ? age : 0) ^ 2);
    }
}

struct model_block model_block_of(const struct http_response *response, int status, uint64_t asked,
                                  int64_t received_s)
{
    struct model_block b = { .hash = hash_mix(asked, (uint64_t)status) };
    for (uint32_t i = 0; i < response->fields.len; i++)
        add_line(&b, &response->fields.at[i]);
    if (!b.date_given)
        b.date_s = received_s - b.age_s;
    add_moments(&b);
    return b;
}
