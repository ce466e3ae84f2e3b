#include "rehearse/http/cookie.h"

#include "rehearse/http/date.h"
#include "rehearse/http/token.h"

/* Sections without a name are those of RFC 6265bis. */
enum {
    MAX_PAIR_BYTES = 4096,      /* section 5.6: name and value together */
    MAX_ATTRIBUTE_BYTES = 1024, /* section 5.6: a longer attribute value is passed over */
};

const char *set_cookie_fault_sentence(unsigned fault)
{
    static const char *const sentences[SET_COOKIE_FAULTS] = {
        "The cookie has no name; browsers send its value alone.",
        "The name holds bytes that RFC 6265bis does not let servers send; browsers keep it as it "
        "is.",
        "The value holds bytes that RFC 6265bis does not let servers send (space, comma, quote, "
        "backslash, beyond ASCII); browsers keep it as it is.",
        "An attribute comes twice; the last one counts.",
        "An attribute's value is longer than 1024 bytes; browsers pass over the attribute.",
        "An attribute is not known; browsers pass over it.",
        "Secure, HttpOnly or Partitioned has a value; it says nothing.",
        "Expires is not in the form of HTTP; browsers can read it.",
        "Expires is no date; browsers pass over the attribute.",
        "Max-Age is no number; browsers pass over the attribute.",
        "Max-Age is negative, which servers must not send; it deletes the cookie.",
        "Max-Age is longer than 400 days; browsers cut it to 400 days.",
        "Domain begins with a dot; it is dropped.",
        "Domain is empty; it is as if it were not there.",
        "Path does not begin with a slash; the folder of the request's path is taken.",
        "SameSite has a value other than Strict, Lax and None; browsers apply their default.",
    };
    for (unsigned i = 0; i < SET_COOKIE_FAULTS; i++)
        if (fault == 1u << i)
            return sentences[i];
    return "";
}

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

/* cookie-octet of section 4.1.1, in quotes or not. */
static bool is_plain_value(struct span s)
{
    if (s.len >= 2 && s.ptr[0] == '"' && s.ptr[s.len - 1] == '"')
        s = span_make(s.ptr + 1, s.len - 2);
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c <= ' ' || c > '~' || c == '"' || c == ',' || c == ';' || c == '\\')
            return false;
    }
    return true;
}

static void take_pair(struct set_cookie *c, struct cookie_pair pair)
{
    c->name = pair.name;
    c->value = pair.value;
    if (pair.name.len == 0)
        c->faults |= SET_COOKIE_NO_NAME;
    else if (!http_is_token(pair.name))
        c->faults |= SET_COOKIE_BAD_NAME;
    if (!is_plain_value(pair.value))
        c->faults |= SET_COOKIE_BAD_VALUE;
}

static void take_expires(struct set_cookie *c, struct span value)
{
    int64_t s;
    unsigned oddities;
    c->expires = value;
    /* A date that cannot be read is as if the attribute were not there: an earlier one stands. */
    if (!cookie_date_parse(value, &s)) {
        c->faults |= SET_COOKIE_BAD_EXPIRES;
        return;
    }
    c->has_expires = true;
    c->expires_s = s;
    if (!http_date_read(value, s, &s, &oddities) || oddities)
        c->faults |= SET_COOKIE_LOOSE_EXPIRES;
}

static bool is_digits(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!char_is_digit(s.ptr[i]))
            return false;
    return s.len > 0;
}

static void take_max_age(struct set_cookie *c, struct span value)
{
    bool negative = value.len && value.ptr[0] == '-';
    struct span digits = span_from(value, negative);
    if (!is_digits(digits)) {
        c->faults |= SET_COOKIE_BAD_MAX_AGE;
        return;
    }
    int64_t s;
    if (!span_to_i64(digits, &s))
        s = INT64_MAX; /* more seconds than fit: far enough */
    c->has_max_age = true;
    c->max_age_s = negative ? -s : s;
    if (negative)
        c->faults |= SET_COOKIE_NEGATIVE_AGE;
    else if (s > COOKIE_LONGEST_LIFE_S)
        c->faults |= SET_COOKIE_LONG_AGE;
}

static void take_domain(struct set_cookie *c, struct span value)
{
    if (value.len && value.ptr[0] == '.') {
        c->faults |= SET_COOKIE_DOMAIN_DOT;
        value = span_from(value, 1);
    }
    if (value.len == 0)
        c->faults |= SET_COOKIE_EMPTY_DOMAIN;
    c->domain = value.len ? value : SPAN_NONE;
}

static void take_path(struct set_cookie *c, struct span value)
{
    /* Section 5.6.4: anything else means the default path. */
    bool absolute = value.len && value.ptr[0] == '/';
    c->path = absolute ? value : SPAN_NONE;
    if (!absolute)
        c->faults |= SET_COOKIE_BAD_PATH;
}

static void take_same_site(struct set_cookie *c, struct span value)
{
    c->same_site = SAME_SITE_UNKNOWN;
    for (int s = SAME_SITE_NONE; s <= SAME_SITE_STRICT; s++)
        if (span_ieq(value, span_of(same_site_name((enum same_site)s))))
            c->same_site = (enum same_site)s;
    if (c->same_site == SAME_SITE_UNKNOWN)
        c->faults |= SET_COOKIE_BAD_SAME_SITE;
}

static void note_flag_value(struct set_cookie *c, struct span value)
{
    if (value.len)
        c->faults |= SET_COOKIE_FLAG_VALUE;
}

static void take_secure(struct set_cookie *c, struct span value)
{
    note_flag_value(c, value);
    c->secure = true;
}

static void take_http_only(struct set_cookie *c, struct span value)
{
    note_flag_value(c, value);
    c->http_only = true;
}

static void take_partitioned(struct set_cookie *c, struct span value)
{
    note_flag_value(c, value);
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

/* `seen` has a bit for each row of `attributes` that came. */
static void take_attribute(struct set_cookie *c, struct span attribute, unsigned *seen)
{
    struct span value = attribute;
    struct span name = span_trim(span_cut(&value, '='));
    value = span_is_none(value) ? SPAN("") : span_trim(value);
    if (value.len > MAX_ATTRIBUTE_BYTES) {
        c->faults |= SET_COOKIE_LONG_ATTRIBUTE;
        return;
    }
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++) {
        if (!span_ieq(name, attributes[i].name))
            continue;
        if (*seen >> i & 1)
            c->faults |= SET_COOKIE_REPEATED;
        *seen |= 1u << i;
        attributes[i].take(c, value);
        return;
    }
    if (name.len)
        c->faults |= SET_COOKIE_UNKNOWN_ATTRIBUTE;
}

/* Section 5.6, step 5, and section 5.7, step 2. */
static const char *refuse_pair(struct cookie_pair pair)
{
    if (pair.name.len + pair.value.len == 0)
        return "name and value are both empty";
    if (pair.name.len + pair.value.len > MAX_PAIR_BYTES)
        return "name and value are longer than 4096 bytes";
    return NULL;
}

const char *set_cookie_refusal(struct span line)
{
    if (has_control(line))
        return "there is a control byte in the line";
    return refuse_pair(split_pair(span_cut(&line, ';')));
}

bool set_cookie_parse(struct set_cookie *ret, struct span line)
{
    struct set_cookie c = { 0 };
    struct span rest = line;
    unsigned seen = 0;

    if (has_control(line))
        return false;
    struct cookie_pair pair = split_pair(span_cut(&rest, ';'));
    if (refuse_pair(pair))
        return false;
    take_pair(&c, pair);
    while (!span_is_none(rest))
        take_attribute(&c, span_cut(&rest, ';'), &seen);
    *ret = c;
    return true;
}

/*
 * Section 5.7, steps 20 to 22; __Http- and __Host-Http- are of the text that follows it
 * (draft-ietf-httpbis-layered-cookies). A name may begin with two of them.
 */
static const struct {
    struct span prefix;
    bool http_only, host;
    const char *broken;
} prefixes[] = {
    { { "__Secure-", 9 }, false, false, "a __Secure- cookie needs Secure" },
    { { "__Host-", 7 }, false, true, "a __Host- cookie needs Secure, Path=/ and no Domain" },
    { { "__Http-", 7 }, true, false, "a __Http- cookie needs Secure and HttpOnly" },
    { { "__Host-Http-", 12 },
      true,
      true,
      "a __Host-Http- cookie needs Secure, HttpOnly, Path=/ and no Domain" },
};

const char *set_cookie_broken_promise(const struct set_cookie *c)
{
    /* A nameless cookie is sent back as its value alone, which could pose as a prefixed name. */
    struct span shown = c->name.len ? c->name : c->value;
    bool host = span_is_none(c->domain) && span_eq(c->path, SPAN("/"));
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        if (!span_istarts(shown, prefixes[i].prefix))
            continue;
        if (c->name.len == 0)
            return "a cookie without a name has a value that poses as a prefixed name";
        if (!c->secure || (prefixes[i].http_only && !c->http_only) || (prefixes[i].host && !host))
            return prefixes[i].broken;
    }
    return NULL;
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
