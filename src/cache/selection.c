#include "rehearse/cache/vary.h"
#include "rehearse/http/token.h"

/*
 * The variant that a stored response is of, against the one a request asks for:
 * field by field, byte by byte, as RFC 9111 section 4.1 lets values be compared.
 * Nothing is copied: two readers walk the two requests' values side by side.
 */

/* The lines of one field as one value, joined, trimmed, without white space around commas. */
struct reader {
    const struct http_request *request;
    struct span name;
    bool first_line_only;
    bool raw; /* as it came, lines joined with ", " */
    bool is_cookie, started, quoted, after_comma;
    uint32_t line; /* the next field to look at */
    bool host;     /* Host is kept apart from the fields */
    struct span value;
    unsigned joint; /* bytes of the joint still to come */
};

static bool next_line(struct reader *r)
{
    const struct http_fields *fields = &r->request->fields;
    while (r->line < fields->len) {
        const struct http_field *f = &fields->at[r->line++];
        if (span_is_none(f->value) || f->name.len != r->name.len || !span_ieq(f->name, r->name))
            continue;
        r->value = span_trim(f->value);
        return true;
    }
    if (r->started || r->host || !span_ieq(r->name, SPAN("Host")) ||
        span_is_none(r->request->authority))
        return false;
    r->host = true;
    r->value = span_trim(r->request->authority);
    return true;
}

static struct reader reader_of(const struct http_request *request, struct span name, unsigned how)
{
    struct reader r = { .request = request,
                        .name = name,
                        .raw = how & VARY_BYTES,
                        .first_line_only = how & VARY_FIRST_LINE };
    r.is_cookie = span_ieq(name, SPAN("Cookie"));
    r.started = next_line(&r);
    return r;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

/* White space that the syntax lets go: behind a comma, or before one. */
static void pass_space(struct reader *r)
{
    size_t n = 0;
    while (n < r->value.len && is_space(r->value.ptr[n]))
        n++;
    if (n && (r->after_comma || (n < r->value.len && r->value.ptr[n] == ',')))
        r->value = span_from(r->value, n);
}

/* Cookie lines join with "; " (RFC 9113 section 8.2.3), all others with ",". -1 at the end. */
static int next_byte(struct reader *r)
{
    if (r->joint) {
        r->joint--;
        return ' ';
    }
    if (!r->quoted && !r->is_cookie && !r->raw)
        pass_space(r);
    if (r->value.len) {
        char c = r->value.ptr[0];
        r->value = span_from(r->value, 1);
        r->quoted ^= c == '"';
        r->after_comma = c == ',' && !r->quoted;
        return (unsigned char)c;
    }
    if (!r->started || r->first_line_only || !next_line(r))
        return -1;
    r->joint = r->is_cookie || r->raw ? 1 : 0;
    r->after_comma = true;
    r->quoted = false;
    return r->is_cookie ? ';' : ',';
}

/* One value against another. */
static bool same_value(const struct http_request *asked, const struct http_request *request,
                       struct span name, unsigned how)
{
    struct reader a = reader_of(asked, name, how);
    struct reader b = reader_of(request, name, how);
    bool fold = how & VARY_CASE;
    int x, y;
    if (a.started != b.started)
        return false;
    do {
        x = next_byte(&a);
        y = next_byte(&b);
        if (x != y && !(fold && char_lower((char)x) == char_lower((char)y)))
            return false;
    } while (x >= 0);
    return true;
}

/* Accept-Language, where the cache knows that case, and without weights order, say nothing. */
#define LANGUAGES_MAX 32
struct languages {
    struct {
        struct span tag;
        int64_t weight; /* in thousandths */
    } at[LANGUAGES_MAX];
    size_t len;
    bool weighted, too_many;
};

static void add_language(struct languages *l, struct span item)
{
    struct span parameters = item;
    struct span tag = span_trim(span_cut(&parameters, ';'));
    int64_t weight = 1000;
    if (tag.len == 0)
        return;
    if (l->len == LANGUAGES_MAX) {
        l->too_many = true;
        return;
    }
    if (!span_is_none(parameters)) {
        struct span value = parameters;
        span_cut(&value, '=');
        l->weighted = true;
        if (!span_to_scaled(span_trim(value), 3, &weight))
            weight = 0;
    }
    l->at[l->len].tag = tag;
    l->at[l->len++].weight = weight;
}

static void read_languages(struct languages *l, const struct http_request *request)
{
    l->len = 0;
    l->weighted = l->too_many = false;
    for (uint32_t i = 0; i < request->fields.len; i++) {
        const struct http_field *f = &request->fields.at[i];
        struct span rest = f->value;
        if (!span_ieq(f->name, SPAN("Accept-Language")))
            continue;
        while (!span_is_none(rest))
            add_language(l, span_cut(&rest, ','));
    }
}

static bool tags_equal(struct span a, struct span b, unsigned how)
{
    return how & VARY_LANGUAGE_CASE ? span_ieq(a, b) : span_eq(a, b);
}

/* Every language of `a` with its weight is in `b`. */
static bool languages_in(const struct languages *a, const struct languages *b, unsigned how)
{
    for (size_t i = 0; i < a->len; i++) {
        bool found = false;
        for (size_t k = 0; k < b->len && !found; k++)
            found =
                tags_equal(a->at[i].tag, b->at[k].tag, how) && a->at[i].weight == b->at[k].weight;
        if (!found)
            return false;
    }
    return true;
}

static bool languages_in_turn(const struct languages *a, const struct languages *b, unsigned how)
{
    for (size_t i = 0; i < a->len; i++)
        if (!tags_equal(a->at[i].tag, b->at[i].tag, how) || a->at[i].weight != b->at[i].weight)
            return false;
    return true;
}

/* The language wanted more than all others; SPAN_NONE when several are. */
static struct span language_wanted(const struct languages *l)
{
    struct span best = SPAN_NONE;
    int64_t weight = 0;
    for (size_t i = 0; i < l->len; i++) {
        if (l->at[i].weight < weight || l->at[i].weight == 0)
            continue;
        best = l->at[i].weight == weight ? SPAN_NONE : l->at[i].tag;
        weight = l->at[i].weight;
    }
    return best;
}

static bool same_languages(const struct cache_policy *policy, const struct http_fields *response,
                           const struct http_request *asked, const struct http_request *request)
{
    struct languages a, b;
    unsigned how = policy->vary_normalises;
    read_languages(&a, asked);
    read_languages(&b, request);
    if (a.too_many || b.too_many || a.len == 0 || b.len == 0)
        return false;
    if (how & VARY_LANGUAGE_SELECT) {
        struct span wanted = language_wanted(&b);
        struct span stored = http_fields_value(response, SPAN("Content-Language"));
        if (wanted.len && span_ieq(wanted, span_trim(stored)))
            return true;
    }
    if (a.len != b.len)
        return false;
    if (how & VARY_LANGUAGE_ORDER)
        return languages_in(&a, &b, how) && languages_in(&b, &a, how);
    return languages_in_turn(&a, &b, how);
}

static bool name_listed(const struct cache_policy *policy, struct span name)
{
    for (size_t i = 0; i < policy->vary_name_count; i++)
        if (span_ieq(policy->vary_names[i], name))
            return true;
    return false;
}

/* This cache packs and unpacks by itself. */
static bool encoding_does_not_select(const struct cache_policy *policy,
                                     const struct http_fields *response)
{
    return policy->vary_normalises & VARY_ENCODING_NEVER ||
           (policy->vary_normalises & VARY_ENCODING_PLAIN &&
            !http_fields_first(response, SPAN("Content-Encoding")));
}

static bool name_selects(const struct cache_policy *policy, const struct http_fields *response,
                         const struct http_request *asked, const struct http_request *request,
                         struct span name)
{
    if (policy->vary == VARY_IGNORED && !name_listed(policy, name))
        return true;
    if (span_eq(name, SPAN("*")))
        return policy->vary_star != VARY_STAR_MATCHES_NOTHING; /* "*" alone was never stored */
    if (span_ieq(name, SPAN("Accept-Encoding")) && encoding_does_not_select(policy, response))
        return true;
    if (!http_is_token(name) || same_value(asked, request, name, policy->vary_normalises))
        return true;
    const unsigned languages =
        VARY_LANGUAGE_CASE | VARY_LANGUAGE_ORDER | VARY_LANGUAGE_SELECT | VARY_LANGUAGE_SPACE;
    return policy->vary_normalises & languages && span_ieq(name, SPAN("Accept-Language")) &&
           same_languages(policy, response, asked, request);
}

bool vary_selects(const struct cache_policy *policy, const struct http_fields *response,
                  const struct http_request *asked, const struct http_request *request)
{
    size_t names = 0;
    for (uint32_t i = 0; i < response->len; i++) {
        struct span rest = response->at[i].value;
        if (response->at[i].name.len != 4 || !span_ieq(response->at[i].name, SPAN("Vary")))
            continue;
        while (!span_is_none(rest)) {
            struct span name = span_trim(span_cut(&rest, ','));
            if (name.len == 0)
                continue;
            if (++names > VARY_NAMES_MAX || !name_selects(policy, response, asked, request, name))
                return false;
        }
    }
    return true;
}
