#include "rehearse/cache/directives.h"

#include "rehearse/http/field.h"
#include "rehearse/http/structured.h"

/*
 * One row a directive: which part of struct directives it sets, and how its
 * value is read. Section numbers are those of RFC 9111 where no other is named.
 */
typedef void read_directive(struct directives *d, void *part, const struct directive *from);

/* Section 5.2: token [ "=" ( token / quoted-string ) ], between commas that are not quoted. */
static bool take_directive(struct span *rest, struct directive *ret, unsigned *faults)
{
    struct span whole = *rest;
    bool closed = true;
    size_t i = 0;
    while (i < whole.len && whole.ptr[i] != ',')
        i += whole.ptr[i] == '"' ? http_quoted_length(span_from(whole, i), &closed) : 1;
    *rest = i < whole.len ? span_from(whole, i + 1) : SPAN_NONE;
    if (!closed)
        *faults |= DIRECTIVE_OPEN_QUOTE;

    struct span value = span_head(whole, i);
    *ret = (struct directive){ .name = span_trim(span_cut(&value, '=')) };
    if (span_is_none(value))
        return ret->name.len > 0;
    value = span_trim(value);
    if (value.len && value.ptr[0] == '"') {
        ret->quoted = true;
        size_t len = http_quoted_length(value, &closed);
        value = span_make(value.ptr + 1, len - 1 - closed);
    }
    ret->value = value;
    return ret->name.len > 0;
}

static bool next_directive(struct span *rest, struct directive *ret, unsigned *faults)
{
    while (!span_is_none(*rest))
        if (take_directive(rest, ret, faults))
            return true;
    return false;
}

bool directive_next(struct span *rest, struct directive *ret)
{
    unsigned faults = 0;
    return next_directive(rest, ret, &faults);
}

/* delta-seconds, section 1.2.2: digits; what is too large is 2147483648. */
static struct delta delta_of(struct span digits, unsigned *faults)
{
    struct delta delta = { .given = true };
    int64_t n = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (!char_is_digit(digits.ptr[i])) {
            *faults |= DIRECTIVE_BAD_NUMBER;
            return delta;
        }
        n = n > DELTA_MAX ? n : n * 10 + (digits.ptr[i] - '0');
    }
    if (digits.len == 0) {
        *faults |= DIRECTIVE_BAD_NUMBER;
        return delta;
    }
    if (n > DELTA_MAX) {
        *faults |= DIRECTIVE_OVERFLOW;
        n = DELTA_MAX;
    }
    delta.valid = true;
    delta.s = n;
    return delta;
}

/* Section 4.2.1: of several, the first. */
static void set_delta(struct directives *d, struct delta *part, struct delta read)
{
    if (part->given) {
        d->faults |= DIRECTIVE_DUPLICATE;
        return;
    }
    *part = read;
}

static void read_seconds(struct directives *d, void *part, const struct directive *from)
{
    if (from->quoted)
        d->faults |= DIRECTIVE_QUOTED_NUMBER;
    set_delta(d, part, delta_of(from->value, &d->faults));
}

/* RFC 5861: without a number there is no window, so the directive says nothing. */
static void read_window(struct directives *d, void *part, const struct directive *from)
{
    if (from->value.len == 0)
        d->faults |= DIRECTIVE_NO_WINDOW;
    else
        read_seconds(d, part, from);
}

/* Section 5.2.1.2: without a number, a response of any staleness will do. */
static void read_max_stale(struct directives *d, void *part, const struct directive *from)
{
    if (span_is_none(from->value))
        set_delta(d, part, (struct delta){ .given = true, .valid = true, .s = INT64_MAX });
    else
        read_seconds(d, part, from);
}

static void read_flag(struct directives *d, void *part, const struct directive *from)
{
    bool *flag = part;
    if (!span_is_none(from->value))
        d->faults |= DIRECTIVE_NEEDLESS_VALUE;
    *flag = true;
}

/*
 * Sections 5.2.2.4 and 5.2.2.7: with a list of field names only those are meant.
 * When there are more lists than we keep, the directive counts as unqualified:
 * the stricter reading.
 */
static void read_qualified(struct directives *d, const struct directive *from, bool *unqualified,
                           struct directive_fields *fields)
{
    if (from->value.len == 0 || fields->len == DIRECTIVE_FIELD_LISTS) {
        *unqualified = true;
        return;
    }
    if (!from->quoted)
        d->faults |= DIRECTIVE_UNQUOTED_FIELDS;
    fields->lists[fields->len++] = from->value;
}

static void read_no_cache(struct directives *d, void *part, const struct directive *from)
{
    (void)part;
    read_qualified(d, from, &d->no_cache, &d->no_cache_fields);
}

static void read_private(struct directives *d, void *part, const struct directive *from)
{
    (void)part;
    read_qualified(d, from, &d->is_private, &d->private_fields);
}

static void read_content(struct directives *d, void *part, const struct directive *from)
{
    (void)d;
    struct span *content = part;
    *content = from->value;
}

#define PART(member) offsetof(struct directives, member), sizeof(((struct directives *)0)->member)

static const struct known_directive {
    struct span name;
    size_t part, size; /* in struct directives */
    read_directive *read;
} known[] = {
    { { "max-age", 7 }, PART(max_age), read_seconds },
    { { "s-maxage", 8 }, PART(s_maxage), read_seconds },
    { { "no-cache", 8 }, PART(no_cache), read_no_cache },
    { { "no-store", 8 }, PART(no_store), read_flag },
    { { "private", 7 }, PART(is_private), read_private },
    { { "public", 6 }, PART(is_public), read_flag },
    { { "must-revalidate", 15 }, PART(must_revalidate), read_flag },
    { { "proxy-revalidate", 16 }, PART(proxy_revalidate), read_flag },
    { { "must-understand", 15 }, PART(must_understand), read_flag },
    { { "no-transform", 12 }, PART(no_transform), read_flag },
    { { "immutable", 9 }, PART(immutable), read_flag }, /* RFC 8246 */
    { { "stale-while-revalidate", 22 }, PART(stale_while_revalidate), read_window },
    { { "stale-if-error", 14 }, PART(stale_if_error), read_window },
    { { "max-stale", 9 }, PART(max_stale), read_max_stale },
    { { "min-fresh", 9 }, PART(min_fresh), read_seconds },
    { { "only-if-cached", 14 }, PART(only_if_cached), read_flag },
    { { "content", 7 }, PART(content), read_content }, /* Surrogate-Control */
};

static void note_unknown(struct directives *d, struct span name)
{
    if (d->unknown_len < DIRECTIVES_UNKNOWN)
        d->unknown[d->unknown_len] = name;
    d->unknown_len++;
}

static const struct known_directive *find_known(struct span name)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (span_ieq(name, known[i].name))
            return &known[i];
    return NULL;
}

static void read_one(struct directives *d, const struct directive *from)
{
    const struct known_directive *k = find_known(from->name);
    if (k)
        k->read(d, (char *)d + k->part, from);
    else
        note_unknown(d, from->name);
}

static void note_conflict(struct directives *d)
{
    bool lifetime =
        (d->max_age.valid && d->max_age.s > 0) || (d->s_maxage.valid && d->s_maxage.s > 0);
    bool closed = d->no_store || d->is_private;
    if ((d->is_public && closed) || (lifetime && (d->no_store || d->no_cache)))
        d->faults |= DIRECTIVE_CONFLICT;
}

static void read_cache_control(struct directives *d, struct span value)
{
    struct directive one;
    while (next_directive(&value, &one, &d->faults))
        read_one(d, &one);
}

/* Surrogate-Control may name the surrogate it is for behind ';'; we read it as meant for us. */
static struct span without_target(struct span s)
{
    return span_trim(span_cut(&s, ';'));
}

/* max-age=N+M: fresh for N seconds, and M more stale. */
static void read_surrogate(struct directives *d, struct span value)
{
    struct directive one;
    while (next_directive(&value, &one, &d->faults)) {
        one.name = without_target(one.name);
        if (!one.quoted)
            one.value = without_target(one.value);
        if (span_ieq(one.name, SPAN("max-age"))) {
            struct span extra = one.value;
            one.value = span_cut(&extra, '+');
            if (!span_is_none(extra))
                set_delta(d, &d->stale_while_revalidate, delta_of(extra, &d->faults));
        }
        read_one(d, &one);
    }
}

/* Does the value have a type the directive can take? Others are not used (RFC 9213 section 2.1). */
static bool type_fits(const struct known_directive *k, const struct sf_value *value)
{
    if (k->read == read_seconds || k->read == read_window)
        return value->type == SF_INTEGER;
    if (k->read == read_no_cache || k->read == read_private)
        return value->type == SF_STRING || value->type == SF_TOKEN || value->number == 1;
    return value->type == SF_BOOLEAN && value->number == 1;
}

/* In a dictionary the last of a name counts (RFC 9651 section 3.2), so each forgets the one before.
 */
static void read_targeted_member(struct directives *d, const struct sf_member *member)
{
    struct directive one = { .name = member->key, .quoted = member->value.type == SF_STRING };
    const struct known_directive *k = find_known(one.name);
    if (!k) {
        note_unknown(d, one.name);
        return;
    }
    if (member->value.type != SF_BOOLEAN)
        one.value = member->value.text;
    memset((char *)d + k->part, 0, k->size);
    if (type_fits(k, &member->value))
        k->read(d, (char *)d + k->part, &one);
}

static void read_targeted(struct directives *d, struct span value)
{
    struct sf_cursor c = sf_cursor_make(value);
    struct sf_member member;
    if (!sf_dictionary_valid(value)) {
        d->faults |= DIRECTIVE_NOT_STRUCTURED;
        return;
    }
    while (sf_next_dictionary_member(&c, &member)) {
        d->present = true; /* an empty field is as if it were not there */
        read_targeted_member(d, &member);
    }
}

enum directive_dialect directive_dialect_of(struct span field_name)
{
    if (span_ieq(field_name, SPAN("Surrogate-Control")))
        return DIALECT_SURROGATE;
    struct span suffix = SPAN("-Cache-Control");
    bool longer = field_name.len > suffix.len;
    return longer && span_ieq(span_from(field_name, field_name.len - suffix.len), suffix)
               ? DIALECT_TARGETED
               : DIALECT_CACHE_CONTROL;
}

void directives_read(struct directives *d, struct span value, enum directive_dialect dialect)
{
    switch (dialect) {
    case DIALECT_CACHE_CONTROL:
        d->present = true;
        read_cache_control(d, value);
        break;
    case DIALECT_SURROGATE:
        d->present = true;
        read_surrogate(d, value);
        break;
    case DIALECT_TARGETED:
        read_targeted(d, value);
        break;
    }
    note_conflict(d);
}

struct directives directives_of(const struct http_fields *fields, struct span field_name)
{
    enum directive_dialect dialect = directive_dialect_of(field_name);
    struct directives d = { 0 };
    for (uint32_t i = 0; i < fields->len; i++)
        if (!span_is_none(fields->at[i].value) && span_ieq(fields->at[i].name, field_name))
            directives_read(&d, fields->at[i].value, dialect);
    /* One line that is no dictionary spoils the field (RFC 9651 section 4.2). */
    if (d.faults & DIRECTIVE_NOT_STRUCTURED)
        d = (struct directives){ .faults = DIRECTIVE_NOT_STRUCTURED };
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
static bool read_if_there(struct obeyed_directives *obeyed, const struct http_fields *response,
                          struct span field)
{
    if (!http_fields_first(response, field))
        return false;
    obeyed->field = field;
    obeyed->d = directives_of(response, field);
    return obeyed->d.present;
}

struct obeyed_directives directives_obeyed(const struct cache_policy *policy,
                                           const struct http_fields *response)
{
    struct obeyed_directives obeyed = { .targeted = true };
    for (size_t i = 0; i < policy->target_count; i++)
        if (read_if_there(&obeyed, response, policy->targets[i]))
            return obeyed;
    /* content="ESI/1.0" alone speaks of processing, not of caching. */
    if (policy->reads_surrogate_control &&
        read_if_there(&obeyed, response, SPAN("Surrogate-Control")) &&
        (obeyed.d.max_age.given || obeyed.d.no_store))
        return obeyed;
    obeyed.targeted = false;
    obeyed.field = SPAN("Cache-Control");
    obeyed.d = directives_of(response, obeyed.field);
    return obeyed;
}
