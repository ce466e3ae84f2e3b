#include "rehearse/cache/directives.h"

#include "reading.h"
#include "rehearse/http/field.h"
#include "rehearse/http/structured.h"

/* One directive as it stands. */
struct directive {
    struct span name;
    struct span value; /* quotes taken off; SPAN_NONE without '=' */
    struct span rest;  /* what stands behind the value: from a ';' on; SPAN_NONE */
    bool quoted;
    bool spaced; /* white space around '=' */
};

/*
 * One row a directive: which part of struct directives it sets, and how its
 * value is read. Section numbers are those of RFC 9111 where no other is named.
 */
typedef void read_directive(const struct reading *r, void *part, const struct directive *from);

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

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
    struct span name = span_cut(&value, '=');
    *ret = (struct directive){ .name = span_trim(name) };
    if (span_is_none(value))
        return ret->name.len > 0;
    if ((name.len && is_space(name.ptr[name.len - 1])) || (value.len && is_space(value.ptr[0])))
        ret->spaced = true;
    value = span_trim(value);
    if (value.len && value.ptr[0] == '"') {
        ret->quoted = true;
        size_t len = http_quoted_length(value, &closed);
        ret->rest = span_from(value, len);
        value = span_make(value.ptr + 1, len - 1 - closed);
    }
    ret->value = value;
    return ret->name.len > 0;
}

/* Cut the next directive off *rest, empty ones passed over; false when *rest holds no more. */
static bool next_directive(struct span *rest, struct directive *ret, unsigned *faults)
{
    while (!span_is_none(*rest))
        if (take_directive(rest, ret, faults))
            return true;
    return false;
}

/* delta-seconds, section 1.2.2: digits; what is too large is 2147483648. False: no number. */
static bool number_of(struct span digits, int64_t *ret_s, unsigned *faults)
{
    int64_t n = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (!char_is_digit(digits.ptr[i]))
            return false;
        n = n > DELTA_MAX ? n : n * 10 + (digits.ptr[i] - '0');
    }
    if (n > DELTA_MAX) {
        *faults |= DIRECTIVE_OVERFLOW;
        n = DELTA_MAX;
    }
    *ret_s = n;
    return digits.len > 0;
}

/* As strtol(3) would: the digits in front; below zero is none. */
static struct span digits_in_front(struct span text)
{
    size_t n = 0;
    if (text.len > 1 && text.ptr[0] == '-' && char_is_digit(text.ptr[1]))
        return SPAN("0");
    if (text.len > 1 && text.ptr[0] == '+')
        text = span_from(text, 1);
    while (n < text.len && char_is_digit(text.ptr[n]))
        n++;
    return span_head(text, n);
}

/* What 32 bits with a sign make of it; what is below zero then is no number. */
static bool wrapped(struct span digits, int64_t *ret_s)
{
    uint64_t n;
    if (!span_to_u64(digits, &n))
        return false;
    *ret_s = (int64_t)(n & UINT32_MAX);
    return *ret_s <= INT32_MAX;
}

static struct delta bad_number(const struct reading *r, struct span text)
{
    struct delta delta = { .given = true };
    r->d->faults |= DIRECTIVE_BAD_NUMBER;
    switch (r->policy->bad_number) {
    case BAD_NUMBER_DIGITS:
        delta.given = delta.valid = number_of(digits_in_front(text), &delta.s, &r->d->faults);
        break;
    case BAD_NUMBER_DECIMAL: {
        double decimal;
        if (span_to_double(text, &decimal) && decimal >= 0)
            delta.valid = number_of(digits_in_front(text), &delta.s, &r->d->faults);
        break;
    }
    case BAD_NUMBER_ANY_DIGITS:
        while (text.len && !char_is_digit(text.ptr[0]) && text.ptr[0] != '-')
            text = span_from(text, 1);
        delta.given = delta.valid = number_of(digits_in_front(text), &delta.s, &r->d->faults);
        break;
    case BAD_NUMBER_IGNORED:
        delta.given = false;
        break;
    case BAD_NUMBER_STALE: /* section 4.2.1 */
    case BAD_NUMBER_NO_CACHE:
        break;
    }
    return delta;
}

static struct delta delta_of(const struct reading *r, struct span text)
{
    struct delta delta = { .given = true, .valid = true };
    if (r->policy->seconds_wrap && digits_in_front(text).len == text.len)
        return wrapped(text, &delta.s) ? delta : bad_number(r, SPAN("-1"));
    return number_of(text, &delta.s, &r->d->faults) ? delta : bad_number(r, text);
}

/* Section 4.2.1: of several, the first; caches differ. */
static void set_delta(const struct reading *r, struct delta *part, struct delta read)
{
    if (!read.given)
        return;
    if (part->given) {
        r->d->faults |= DIRECTIVE_DUPLICATE;
        bool later = r->policy->repeated == REPEATED_LAST ||
                     (r->policy->repeated == REPEATED_LAST_LINE && r->line != part->line) ||
                     (r->policy->repeated == REPEATED_SMALLEST && read.s < part->s) ||
                     (r->policy->repeated == REPEATED_LARGEST && read.s > part->s);
        if (!later)
            return;
    }
    *part = read;
    part->line = r->line;
}

static void read_seconds(const struct reading *r, void *part, const struct directive *from)
{
    if (from->quoted)
        r->d->faults |= DIRECTIVE_QUOTED_NUMBER;
    set_delta(r, part,
              from->quoted && r->policy->quotes_spoil_number ? bad_number(r, SPAN("\""))
                                                             : delta_of(r, from->value));
}

/* RFC 5861: without a number there is no window, so the directive says nothing. */
static void read_window(const struct reading *r, void *part, const struct directive *from)
{
    if (from->value.len == 0)
        r->d->faults |= DIRECTIVE_NO_WINDOW;
    else
        read_seconds(r, part, from);
}

/* Section 5.2.1.2: without a number, a response of any staleness will do. */
static void read_max_stale(const struct reading *r, void *part, const struct directive *from)
{
    if (span_is_none(from->value))
        set_delta(r, part, (struct delta){ .given = true, .valid = true, .s = INT64_MAX });
    else
        read_seconds(r, part, from);
}

static void read_flag(const struct reading *r, void *part, const struct directive *from)
{
    bool *flag = part;
    if (!span_is_none(from->value))
        r->d->faults |= DIRECTIVE_NEEDLESS_VALUE;
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

static void read_no_cache(const struct reading *r, void *part, const struct directive *from)
{
    struct directives *d = r->d;
    (void)part;
    read_qualified(d, from, &d->no_cache, &d->no_cache_fields);
}

static void read_private(const struct reading *r, void *part, const struct directive *from)
{
    struct directives *d = r->d;
    (void)part;
    read_qualified(d, from, &d->is_private, &d->private_fields);
}

static void read_content(const struct reading *r, void *part, const struct directive *from)
{
    (void)r;
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
    /* Surrogate-Control. */
    { { "content", 7 }, PART(content), read_content },
    { { "no-store-remote", 15 }, PART(no_store_remote), read_flag },
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
        if (name.len == known[i].name.len && span_ieq(name, known[i].name))
            return &known[i];
    return NULL;
}

static bool is_lower_case(struct span name)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] != char_lower(name.ptr[i]))
            return false;
    return true;
}

static bool is_known_to(const struct cache_policy *policy, const struct known_directive *k,
                        const struct directive *from)
{
    return k && !(from->spaced && policy->spaces_spoil_directive) &&
           (!policy->names_in_lower_case || is_lower_case(from->name));
}

static void read_one(const struct reading *r, const struct directive *from)
{
    const struct known_directive *k = find_known(from->name);
    if (from->spaced)
        r->d->faults |= DIRECTIVE_SPACED;
    if (k && k->part == offsetof(struct directives, s_maxage) && r->policy->s_maxage_is_max_age)
        k = find_known(SPAN("max-age"));
    if (is_known_to(r->policy, k, from))
        k->read(r, (char *)r->d + k->part, from);
    else
        note_unknown(r->d, from->name);
}

void directives_note_conflict(struct directives *d)
{
    bool lifetime =
        (d->max_age.valid && d->max_age.s > 0) || (d->s_maxage.valid && d->s_maxage.s > 0);
    bool closed = d->no_store || d->is_private;
    if ((d->is_public && closed) || (lifetime && (d->no_store || d->no_cache)))
        d->faults |= DIRECTIVE_CONFLICT;
}

static void read_cache_control(const struct reading *r, struct span value)
{
    struct directive one;
    while (next_directive(&value, &one, &r->d->faults))
        read_one(r, &one);
}

/*
 * Surrogate-Control may name the surrogate that a directive is for behind ';'. What
 * is for us by name replaces what is for all, so it is read in a second round.
 */
enum surrogate_round { FOR_ALL, FOR_US };

static bool is_of_round(const struct reading *r, struct span target, enum surrogate_round round)
{
    struct span own = r->policy->surrogate_name;
    if (round == FOR_ALL)
        return target.len == 0 || span_is_none(own);
    return target.len && !span_is_none(own) && span_ieq(target, own);
}

/* max-age=N+M: fresh for N seconds, and M more stale. */
static void read_surrogate_directive(const struct reading *r, struct directive *one)
{
    const struct known_directive *k = find_known(one->name);
    if (k && k->part == offsetof(struct directives, max_age)) {
        struct span extra = one->value;
        one->value = span_cut(&extra, '+');
        if (!span_is_none(extra))
            set_delta(r, &r->d->stale_while_revalidate, delta_of(r, extra));
    }
    read_one(r, one);
}

static void forget(struct directives *d, struct span name)
{
    const struct known_directive *k = find_known(name);
    if (!k)
        return;
    memset((char *)d + k->part, 0, k->size);
    if (k->part == offsetof(struct directives, max_age))
        d->stale_while_revalidate = (struct delta){ 0 };
}

/* The part behind ';', taken off the directive. */
static struct span cut_target(struct directive *one)
{
    struct span target;
    if (one->quoted) {
        target = one->rest;
        span_cut(&target, ';');
    } else if (span_is_none(one->value)) {
        target = one->name;
        one->name = span_trim(span_cut(&target, ';'));
    } else {
        target = one->value;
        one->value = span_trim(span_cut(&target, ';'));
    }
    return span_trim(target);
}

static void read_surrogate(const struct reading *r, struct span value, enum surrogate_round round)
{
    struct directive one;
    while (next_directive(&value, &one, &r->d->faults)) {
        if (!is_of_round(r, cut_target(&one), round))
            continue;
        if (round == FOR_US)
            forget(r->d, one.name);
        read_surrogate_directive(r, &one);
    }
}

void directives_read_ours(const struct reading *r, struct span value)
{
    read_surrogate(r, value, FOR_US);
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
static void read_targeted_member(const struct reading *r, const struct sf_member *member)
{
    struct directives *d = r->d;
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
        k->read(r, (char *)d + k->part, &one);
    else
        d->faults |= DIRECTIVE_WRONG_TYPE;
}

static void read_targeted(const struct reading *r, struct span value)
{
    struct directives *d = r->d;
    struct sf_cursor c = sf_cursor_make(value);
    struct sf_member member;
    if (!sf_dictionary_valid(value)) {
        d->faults |= DIRECTIVE_NOT_STRUCTURED;
        return;
    }
    while (sf_next_dictionary_member(&c, &member)) {
        d->present = true; /* an empty field is as if it were not there */
        read_targeted_member(r, &member);
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

void directives_read_line(const struct reading *r, struct span value,
                          enum directive_dialect dialect)
{
    switch (dialect) {
    case DIALECT_CACHE_CONTROL:
        r->d->present = true;
        read_cache_control(r, value);
        break;
    case DIALECT_SURROGATE:
        r->d->present = true;
        read_surrogate(r, value, FOR_ALL);
        break;
    case DIALECT_TARGETED:
        read_targeted(r, value);
        break;
    }
}
