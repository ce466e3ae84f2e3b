#include "rehearse/http/cookie.h"

#include "rehearse/http/date.h"

/* Sections without a name are those of RFC 6265bis. */
enum {
    MAX_PAIR_BYTES = 4096,      /* section 5.6: name and value together */
    MAX_ATTRIBUTE_BYTES = 1024, /* section 5.6: a longer attribute value is passed over */
};

/* Section 5.6, step 1: controls other than tab spoil the whole line. */
static bool has_control(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return true;
    }
    return false;
}

/* Name and value of one pair; without '=' all of it is the value. */
static struct cookie_pair split_pair(struct span text)
{
    struct span value = text;
    struct span name = span_cut(&value, '=');
    if (span_is_none(value))
        return (struct cookie_pair){ SPAN(""), span_trim(text) };
    return (struct cookie_pair){ span_trim(name), span_trim(value) };
}

static void take_expires(struct set_cookie *c, struct span value)
{
    int64_t s;
    c->expires = value;
    /* A date that cannot be read is as if the attribute were not there: an earlier one stands. */
    if (cookie_date_parse(value, &s)) {
        c->has_expires = true;
        c->expires_s = s;
    }
}

static void take_max_age(struct set_cookie *c, struct span value)
{
    bool negative = value.len && value.ptr[0] == '-';
    struct span digits = span_from(value, negative);
    if (digits.len == 0)
        return;
    for (size_t i = 0; i < digits.len; i++)
        if (!char_is_digit(digits.ptr[i]))
            return;
    int64_t s;
    if (!span_to_i64(digits, &s))
        s = INT64_MAX; /* more seconds than fit: far enough */
    c->has_max_age = true;
    c->max_age_s = negative ? -s : s;
}

static void take_domain(struct set_cookie *c, struct span value)
{
    if (value.len && value.ptr[0] == '.')
        value = span_from(value, 1);
    c->domain = value.len ? value : SPAN_NONE;
}

static void take_path(struct set_cookie *c, struct span value)
{
    /* Section 5.6.4: anything else means the default path. */
    c->path = value.len && value.ptr[0] == '/' ? value : SPAN_NONE;
}

static void take_same_site(struct set_cookie *c, struct span value)
{
    c->same_site = SAME_SITE_UNKNOWN;
    for (int s = SAME_SITE_NONE; s <= SAME_SITE_STRICT; s++)
        if (span_ieq(value, span_of(same_site_name((enum same_site)s))))
            c->same_site = (enum same_site)s;
}

static void take_secure(struct set_cookie *c, struct span value)
{
    (void)value;
    c->secure = true;
}

static void take_http_only(struct set_cookie *c, struct span value)
{
    (void)value;
    c->http_only = true;
}

static void take_partitioned(struct set_cookie *c, struct span value)
{
    (void)value;
    c->partitioned = true;
}

/* Sections 5.6.1 to 5.6.7. The last attribute of a name wins. */
static const struct {
    struct span name;
    void (*take)(struct set_cookie *c, struct span value);
} attributes[] = {
    { { "Expires", 7 }, take_expires },    { { "Max-Age", 7 }, take_max_age },
    { { "Domain", 6 }, take_domain },      { { "Path", 4 }, take_path },
    { { "Secure", 6 }, take_secure },      { { "HttpOnly", 8 }, take_http_only },
    { { "SameSite", 8 }, take_same_site }, { { "Partitioned", 11 }, take_partitioned },
};

static void take_attribute(struct set_cookie *c, struct span attribute)
{
    struct span value = attribute;
    struct span name = span_trim(span_cut(&value, '='));
    value = span_is_none(value) ? SPAN("") : span_trim(value);
    if (value.len > MAX_ATTRIBUTE_BYTES)
        return;
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
        if (span_ieq(name, attributes[i].name))
            attributes[i].take(c, value);
}

bool set_cookie_parse(struct set_cookie *ret, struct span line)
{
    struct set_cookie c = { 0 };
    struct span rest = line;

    if (has_control(line))
        return false;
    struct cookie_pair pair = split_pair(span_cut(&rest, ';'));
    if (pair.name.len + pair.value.len == 0 || pair.name.len + pair.value.len > MAX_PAIR_BYTES)
        return false;
    c.name = pair.name;
    c.value = pair.value;
    while (!span_is_none(rest))
        take_attribute(&c, span_cut(&rest, ';'));
    *ret = c;
    return true;
}

/* Section 5.1.1: delimiter = %x09 / %x20-2F / %x3B-40 / %x5B-60 / %x7B-7E. */
static bool is_date_delimiter(char c)
{
    return c == '\t' || (c >= ' ' && c <= '/') || (c >= ';' && c <= '@') ||
           (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

/* `min` to `max` digits at the front, then the end or no digit; how many, or 0. */
static size_t front_number(struct span s, size_t min, size_t max, unsigned *ret)
{
    size_t len = 0;
    unsigned n = 0;
    while (len < s.len && len < max && char_is_digit(s.ptr[len]))
        n = n * 10 + (unsigned)(s.ptr[len++] - '0');
    if (len < min || (len < s.len && char_is_digit(s.ptr[len])))
        return 0;
    *ret = n;
    return len;
}

struct cookie_date {
    bool has_time, has_day, has_month, has_year;
    unsigned hour, minute, second, day, month, year;
};

static bool take_time(struct cookie_date *d, struct span token)
{
    unsigned part[3];
    for (int i = 0; i < 3; i++) {
        size_t len = front_number(token, 1, 2, &part[i]);
        if (len == 0)
            return false;
        token = span_from(token, len);
        if (i < 2 && (token.len == 0 || token.ptr[0] != ':'))
            return false;
        token = i < 2 ? span_from(token, 1) : token;
    }
    d->hour = part[0];
    d->minute = part[1];
    d->second = part[2];
    return true;
}

/* Each token is tried as time, day, month and year, in this order, while that part is missing. */
static void take_date_token(struct cookie_date *d, struct span token)
{
    if (!d->has_time && take_time(d, token))
        d->has_time = true;
    else if (!d->has_day && front_number(token, 1, 2, &d->day))
        d->has_day = true;
    else if (!d->has_month && date_month(span_head(token, 3))) {
        d->month = date_month(span_head(token, 3));
        d->has_month = true;
    } else if (!d->has_year && front_number(token, 2, 4, &d->year))
        d->has_year = true;
}

static bool cookie_date_s(struct cookie_date d, int64_t *ret_s)
{
    if (!d.has_time || !d.has_day || !d.has_month || !d.has_year)
        return false;
    if (d.year >= 70 && d.year <= 99)
        d.year += 1900;
    else if (d.year < 70)
        d.year += 2000;
    if (d.day < 1 || d.day > 31 || d.year < 1601 || d.hour > 23 || d.minute > 59 || d.second > 59)
        return false;
    /* The date must exist: 30 February is none (step 7). */
    int64_t days = date_days(d.year, d.month, d.day);
    unsigned next_month = d.month % 12 + 1;
    if (days >= date_days((int64_t)d.year + (d.month == 12), next_month, 1))
        return false;
    *ret_s = days * 86400 + (int64_t)d.hour * 3600 + (int64_t)d.minute * 60 + d.second;
    return true;
}

bool cookie_date_parse(struct span s, int64_t *ret_s)
{
    struct cookie_date d = { 0 };
    size_t i = 0;

    while (i < s.len) {
        size_t start = i;
        while (i < s.len && !is_date_delimiter(s.ptr[i]))
            i++;
        if (i > start)
            take_date_token(&d, span_make(s.ptr + start, i - start));
        else
            i++;
    }
    return cookie_date_s(d, ret_s);
}

bool set_cookie_prefix_holds(const struct set_cookie *c)
{
    /* A nameless cookie is sent back as its value alone, which could pose as a prefixed name. */
    struct span shown = c->name.len ? c->name : c->value;
    bool secure_prefix = span_istarts(shown, SPAN("__Secure-"));
    bool host_prefix = span_istarts(shown, SPAN("__Host-"));
    if (!secure_prefix && !host_prefix)
        return true;
    if (c->name.len == 0 || !c->secure)
        return false;
    return !host_prefix || (span_is_none(c->domain) && span_eq(c->path, SPAN("/")));
}

bool cookie_next(struct span *rest, struct cookie_pair *ret)
{
    while (!span_is_none(*rest)) {
        struct span part = span_trim(span_cut(rest, ';'));
        if (part.len == 0)
            continue;
        *ret = split_pair(part);
        return true;
    }
    return false;
}

struct span cookie_value(struct span line, struct span name)
{
    struct cookie_pair pair;
    while (cookie_next(&line, &pair))
        if (span_eq(pair.name, name))
            return pair.value;
    return SPAN_NONE;
}

const char *same_site_name(enum same_site s)
{
    static const char *const names[] = {
        [SAME_SITE_ABSENT] = "absent", [SAME_SITE_NONE] = "None",       [SAME_SITE_LAX] = "Lax",
        [SAME_SITE_STRICT] = "Strict", [SAME_SITE_UNKNOWN] = "unknown",
    };
    return names[s];
}
