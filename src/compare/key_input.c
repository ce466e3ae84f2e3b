#include "key_input.h"

#include "rehearse/base/strbuf.h"
#include "rehearse/http/cookie.h"
#include "rehearse/http/url.h"
#include "request_class.h"

#define HIDDEN SPAN("an input that the requests do not show")

enum { INPUTS_MAX = 64, KEY_BYTES_MAX = 4096, NAME_BYTES_MAX = 80 };

struct key_inputs key_inputs_of(const struct http_request *r)
{
    return (struct key_inputs){
        .target = r->target,
        .authority = r->authority,
        .language = http_fields_value(&r->fields, SPAN("Accept-Language")),
        .cookies = http_fields_value(&r->fields, SPAN("Cookie")),
        .accept = http_fields_value(&r->fields, SPAN("Accept")),
        .encoding = http_fields_value(&r->fields, SPAN("Accept-Encoding")),
        .agent = http_fields_value(&r->fields, SPAN("User-Agent")),
        .all = &r->fields,
    };
}

/* ---- by the key's own words ---- */

static const struct {
    struct span front; /* of a part of a key, as key_add writes it */
    const char *where;
} parts[] = {
    { { "cookie.", 7 }, "cookie" },
    { { "header.", 7 }, "header" },
    { { "parameter.", 10 }, "query parameter" },
};

/* The next part: key_add ends each by a line feed, which some show as '|'. */
static struct span next_part(struct span *rest)
{
    size_t len = 0;
    while (len < rest->len && rest->ptr[len] != '\n' && rest->ptr[len] != '|')
        len++;
    struct span part = span_trim(span_head(*rest, len));
    *rest = len < rest->len ? span_from(*rest, len + 1) : SPAN_NONE;
    return part;
}

static bool has_part(struct span key, struct span part)
{
    while (!span_is_none(key))
        if (span_eq(next_part(&key), part))
            return true;
    return false;
}

/* "cookie currency" for "cookie.currency=EUR"; SPAN_NONE for a part in other words. */
static struct span named_by(struct span part, struct arena *arena)
{
    struct span name = span_cut(&part, '=');
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (span_starts(name, parts[i].front) && name.len > parts[i].front.len)
            return arena_printf(
                arena, "%s %.*s", parts[i].where,
                SPAN_ARG(span_head(span_from(name, parts[i].front.len), NAME_BYTES_MAX)));
    if (span_eq(name, SPAN("method")) || span_eq(name, SPAN("scheme")))
        return arena_printf(arena, "request %.*s", SPAN_ARG(name));
    return SPAN_NONE;
}

/* The part in our own words that only one of the two keys has: the first, but what tells visitors
 * apart goes before all else. */
static struct span named_part(struct span own, struct span other, struct arena *arena)
{
    struct span first = SPAN_NONE;
    while (!span_is_none(own)) {
        struct span part = next_part(&own);
        struct span named = has_part(other, part) ? SPAN_NONE : named_by(part, arena);
        if (!span_is_none(named) && key_input_is_visitor(named))
            return named;
        first = span_is_none(first) ? named : first;
    }
    return first;
}

static struct span named_by_either(struct span key_a, struct span key_b, struct arena *arena)
{
    struct span of_a = named_part(key_a, key_b, arena), of_b = named_part(key_b, key_a, arena);
    if (span_is_none(of_a) || (!span_is_none(of_b) && key_input_is_visitor(of_b)))
        return of_b;
    return of_a;
}

/* "name=value" in somebody else's words, that only one of the keys has. */
static struct span differing_part(struct span own, struct span other, struct arena *arena)
{
    while (!span_is_none(own)) {
        struct span part = next_part(&own);
        ptrdiff_t equals = span_find_char(part, '=');
        if (equals > 0 && !has_part(other, part))
            return arena_printf(
                arena, "part of the key %.*s",
                SPAN_ARG(span_head(span_head(part, (size_t)equals), NAME_BYTES_MAX)));
    }
    return SPAN_NONE;
}

/* ---- by what the requests do not have in common ---- */

struct input {
    const char *where;       /* "query parameter", "cookie", "header" */
    struct span name, value; /* SPAN_NONE: not there */
};
/* The place of fields that differ often and are rarely in a key. */
static const char other_header[] = "header";

struct inputs {
    struct input at[INPUTS_MAX];
    size_t len;
};

static void add_input(struct inputs *in, const char *where, struct span name, struct span value)
{
    if (in->len < INPUTS_MAX)
        in->at[in->len++] = (struct input){ where, name, value };
}

#define NAME(text)                                                                                 \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

/* Of the connection, of one request alone, or with a place of their own. */
static const struct span other_fields[] = {
    NAME("Accept"),
    NAME("Accept-Encoding"),
    NAME("Accept-Language"),
    NAME("Cache-Control"),
    NAME("Connection"),
    NAME("Content-Length"),
    NAME("Cookie"),
    NAME("Date"),
    NAME("Host"),
    NAME("Keep-Alive"),
    NAME("Pragma"),
    NAME("Priority"),
    NAME("Range"),
    NAME("Referer"),
    NAME("TE"),
    NAME("Traceparent"),
    NAME("Tracestate"),
    NAME("User-Agent"),
    NAME("Via"),
    NAME("X-Forwarded-For"),
    NAME("X-Request-Id"),
};

bool key_field_counts(struct span name)
{
    for (size_t i = 0; i < sizeof other_fields / sizeof *other_fields; i++)
        if (span_ieq(other_fields[i], name))
            return false;
    return !span_istarts(name, SPAN("If-")) && !span_istarts(name, SPAN("Sec-Fetch-"));
}

static void list_fields(struct inputs *in, const struct key_inputs *r)
{
    size_t count = r->all ? r->all->len : r->field_count, listed = 0;
    for (size_t i = 0; i < count && listed < KEY_FIELDS_MAX; i++) {
        struct span name = r->all ? r->all->at[i].name : r->fields[i].name;
        struct span value = r->all ? r->all->at[i].value : r->fields[i].value;
        if (!key_field_counts(name) || span_is_none(value))
            continue;
        add_input(in, other_header, name, span_head(value, KEY_FIELD_BYTES_MAX));
        listed++;
    }
}

static void list_inputs(struct inputs *in, const struct key_inputs *r)
{
    struct url url;
    struct query_item item;
    struct cookie_pair pair;
    in->len = 0;
    add_input(in, "header", SPAN("Accept-Language"), r->language);
    add_input(in, "header", SPAN("Accept"), r->accept);
    add_input(in, "header", SPAN("Accept-Encoding"), r->encoding);
    add_input(in, "header", SPAN("User-Agent"), r->agent);
    add_input(in, "header", SPAN("Host"), r->authority);
    struct span query = url_parse(&url, r->target) ? url.query : SPAN_NONE;
    while (!span_is_none(query) && query_next(&query, &item))
        if (item.name.len)
            add_input(in, "query parameter", item.name,
                      span_is_none(item.value) ? SPAN("") : item.value);
    struct span cookies = r->cookies;
    while (cookie_next(&cookies, &pair))
        add_input(in, "cookie", pair.name, pair.value);
    list_fields(in, r);
}

static struct span value_in(const struct inputs *in, const struct input *like)
{
    for (size_t i = 0; i < in->len; i++)
        if (in->at[i].where == like->where &&
            (like->where == other_header ? span_ieq(in->at[i].name, like->name)
                                         : span_eq(in->at[i].name, like->name)))
            return in->at[i].value;
    return SPAN_NONE;
}

static bool same_value(struct span a, struct span b)
{
    return span_is_none(a) == span_is_none(b) && span_eq(a, b);
}

/* The two keys, and what the two requests hold of one input: does the input show in the keys? */
static bool shows(struct span key_a, struct span key_b, struct span a, struct span b)
{
    bool a_in = !a.len || span_find(key_a, a) >= 0;
    bool b_in = !b.len || span_find(key_b, b) >= 0;
    bool apart = (a.len && span_find(key_b, a) < 0) || (b.len && span_find(key_a, b) < 0);
    return a_in && b_in && apart;
}

struct difference {
    struct span key_a, key_b;
    struct inputs in_a, in_b;
    const struct input *best;
    int best_score;
    unsigned differing; /* inputs, each once; but the fields among them */
    unsigned other;     /* fields without a place of their own */
    const struct input *last_other;
};

static void weigh(struct difference *d, const struct input *input)
{
    struct span a = value_in(&d->in_a, input), b = value_in(&d->in_b, input);
    if (same_value(a, b))
        return;
    bool named = input->name.len >= 3 &&
                 (span_ifind(d->key_a, input->name) >= 0 || span_ifind(d->key_b, input->name) >= 0);
    int score = shows(d->key_a, d->key_b, a, b) ? 3 : named ? 2 : 1;
    bool other = input->where == other_header;
    d->differing += !other;
    d->other += other;
    if (other)
        d->last_other = input;
    if (other && score == 1)
        return;
    if (score > d->best_score) {
        d->best = input;
        d->best_score = score;
    }
}

static void weigh_all(struct difference *d)
{
    for (size_t i = 0; i < d->in_b.len; i++)
        weigh(d, &d->in_b.at[i]);
    for (size_t i = 0; i < d->in_a.len; i++)
        if (span_is_none(value_in(&d->in_b, &d->in_a.at[i])))
            weigh(d, &d->in_a.at[i]);
}

static struct span path_of(struct span target)
{
    return span_cut(&target, '?');
}

static struct span input_text(const struct input *input, struct arena *arena)
{
    struct span name = span_head(input->name, NAME_BYTES_MAX);
    if (input->where == other_header) /* however the visitor spells it */
        name = arena_copy_lower(arena, name);
    return arena_printf(arena, "%s %.*s", input->where, SPAN_ARG(name));
}

struct span key_input_blamed(const struct keyed_request *a, const struct keyed_request *b,
                             struct arena *arena)
{
    struct difference d = { .key_a = span_head(a->key, KEY_BYTES_MAX),
                            .key_b = span_head(b->key, KEY_BYTES_MAX) };
    struct span named = named_by_either(d.key_a, d.key_b, arena);
    if (!span_is_none(named))
        return named;
    list_inputs(&d.in_a, &a->inputs);
    list_inputs(&d.in_b, &b->inputs);
    weigh_all(&d);
    if (d.best_score >= 2)
        return input_text(d.best, arena);
    named = differing_part(d.key_a, d.key_b, arena);
    if (span_is_none(named))
        named = differing_part(d.key_b, d.key_a, arena);
    if (!span_is_none(named))
        return named;
    if (!span_eq(path_of(a->inputs.target), path_of(b->inputs.target)))
        return SPAN("the path");
    if (d.differing == 1 && d.other == 0)
        return input_text(d.best, arena);
    if (d.differing == 0 && d.other == 1)
        return input_text(d.last_other, arena);
    return HIDDEN;
}

bool key_input_is_hidden(struct span input)
{
    return span_eq(input, HIDDEN);
}

static void add_suspect(struct key_suspects *s, bool *too_many, const struct input *input,
                        struct arena *arena)
{
    *too_many |= s->len == KEY_SUSPECTS_MAX;
    if (!*too_many)
        s->at[s->len++] = input_text(input, arena);
}

void key_input_suspects(const struct key_inputs *a, const struct key_inputs *b, struct arena *arena,
                        struct key_suspects *ret)
{
    struct inputs in_a, in_b;
    bool too_many = false;
    *ret = (struct key_suspects){ .len = 0 };
    list_inputs(&in_a, a);
    list_inputs(&in_b, b);
    for (size_t i = 0; i < in_b.len; i++)
        if (!same_value(value_in(&in_a, &in_b.at[i]), value_in(&in_b, &in_b.at[i])))
            add_suspect(ret, &too_many, &in_b.at[i], arena);
    for (size_t i = 0; i < in_a.len; i++)
        if (span_is_none(value_in(&in_b, &in_a.at[i])) && !span_is_none(in_a.at[i].value))
            add_suspect(ret, &too_many, &in_a.at[i], arena);
    if (too_many)
        ret->len = 0;
}

/* ---- words ---- */

static const struct span categories[] = {
    { "query parameter", 15 }, { "cookie", 6 }, { "header", 6 }, { "part of the key", 15 }
};

struct span key_input_category(struct span input)
{
    for (size_t i = 0; i < sizeof categories / sizeof *categories; i++)
        if (span_starts(input, categories[i]) && input.len > categories[i].len)
            return categories[i];
    return input;
}

struct span key_input_name(struct span input)
{
    struct span category = key_input_category(input);
    return category.len < input.len ? span_from(input, category.len + 1) : SPAN("");
}

bool key_input_is_visitor(struct span input)
{
    struct span name = key_input_name(input);
    return span_eq(key_input_category(input), SPAN("cookie"))
               ? cookie_name_is_credential(name)
               : span_ieq(name, SPAN("Authorization")) || span_ieq(name, SPAN("Cookie"));
}
