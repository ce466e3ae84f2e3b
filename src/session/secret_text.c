/*
 * Secrets by the name beside them, in texts of any kind: name=value of URLs, forms and
 * logs, "name": "value" of JSON and scripts (also with the quotes escaped, as JSON in
 * JSON has them), Name: value of header lines, Cookie lines.
 */
#include <string.h>

#include "one_of.h"
#include "rehearse/http/cookie.h"
#include "rehearse/http/cookie_role.h"
#include "rehearse/session/secret_signs.h"
#include "secret_names.h"
#include "shape.h"

enum {
    LONGEST_NAME = 64,
    LONGEST_VALUE = 256, /* what is longer is judged by its front */
    SHORTEST_VALUE = 4,
    LONGEST_LINE = 16384, /* of cookies */
};

struct reading {
    struct span text;
    struct secret_names *names;
    secret_sighting_fn *fn;
    void *ctx;
    size_t value_until;   /* what was found is not looked into */
    size_t cookies_until; /* a line within a line is not read again: hostile texts have thousands */
};

static void see(const struct reading *r, enum secret_sign sign, struct span name, struct span value)
{
    const struct secret_sighting s = { sign, name, value, (size_t)(value.ptr - r->text.ptr) };
    r->fn(r->ctx, &s);
}

static bool is_name_char(char c)
{
    return char_is_alpha(c) || char_is_digit(c) || is_one_of(c, "_-.$[]");
}

/* A quote as pages write it, at the end of `text`. */
static size_t entity_length(struct span text)
{
    static const char *const quotes[] = { "&quot;", "&#34;", "&#39;", "&#x27;" };
    for (size_t i = 0; i < sizeof quotes / sizeof *quotes; i++)
        if (span_ends(text, span_of(quotes[i])))
            return strlen(quotes[i]);
    return 0;
}

/* The name that ends at `end`, with its quotes left away. */
static struct span name_before(const struct reading *r, size_t end, bool *ret_quoted)
{
    size_t last = end;
    while (last > 0 && end - last < 4 && r->text.ptr[last - 1] == ' ')
        last--;
    size_t from = last;
    if (from > 0 && r->text.ptr[from - 1] == ';')
        from -= entity_length(span_head(r->text, from));
    while (from > 0 && is_one_of(r->text.ptr[from - 1], "\"'\\"))
        from--;
    *ret_quoted = from < last;
    last = from;
    while (from > 0 && last - from < LONGEST_NAME && is_name_char(r->text.ptr[from - 1]))
        from--;
    return span_make(r->text.ptr + from, last - from);
}

/* By table: a hostile text has this asked a thousand times for each of its bytes. */
static bool ends_value(char c, bool quoted)
{
    enum { ALWAYS = 1, UNQUOTED = 2 };
    static const uint8_t ends[256] = {
        ['\0'] = ALWAYS,  ['"'] = ALWAYS,   ['\''] = ALWAYS,  ['\\'] = ALWAYS,  ['<'] = ALWAYS,
        ['>'] = ALWAYS,   ['\r'] = ALWAYS,  ['\n'] = ALWAYS,  ['`'] = ALWAYS,   ['&'] = ALWAYS,
        [' '] = UNQUOTED, [';'] = UNQUOTED, [','] = UNQUOTED, [')'] = UNQUOTED, ['}'] = UNQUOTED,
        [']'] = UNQUOTED, ['|'] = UNQUOTED,
    };
    uint8_t when = ends[(unsigned char)c];
    return when == ALWAYS || (when == UNQUOTED && !quoted);
}

/* From `at`, over spaces and quotes, to where a value ends. */
static struct span value_at(const struct reading *r, size_t at, bool *ret_quoted)
{
    struct span rest = span_from(r->text, at);
    size_t front = 0, end;
    while (front < rest.len && front < 4 && rest.ptr[front] == ' ')
        front++;
    size_t quotes = front;
    while (quotes < rest.len && is_one_of(rest.ptr[quotes], "\"'\\"))
        quotes++;
    if (span_starts(span_from(rest, quotes), SPAN("&#34;")) ||
        span_starts(span_from(rest, quotes), SPAN("&#39;")))
        quotes += 5;
    if (span_starts(span_from(rest, quotes), SPAN("&quot;")))
        quotes += 6;
    *ret_quoted = quotes > front;
    end = quotes;
    while (end < rest.len && end - quotes < LONGEST_VALUE && !ends_value(rest.ptr[end], *ret_quoted))
        end++;
    return span_make(rest.ptr + quotes, end - quotes);
}

/* Our own numbers: hashes of sessions in every report, the number of a run. */
static bool is_own_number(struct span name, struct span value)
{
    bool session = span_ieq(name, SPAN("session")) || span_eq(name, SPAN("bindings.session"));
    bool nonce = span_eq(name, SPAN("run.nonce"));
    bool fits = session ? value.len == 16 : nonce && value.len <= 20;
    for (size_t i = 0; fits && i < value.len; i++)
        fits = char_is_digit(value.ptr[i]) ||
               (session && value.ptr[i] >= 'a' && value.ptr[i] <= 'f');
    return fits;
}

/* Prose and code have such names too: without quotes or '=' only what looks drawn counts. */
static bool is_secret(const struct reading *r, struct span name, struct span value, bool quoted,
                      bool equals)
{
    if (value.len < SHORTEST_VALUE || is_masked(value) || is_own_number(name, value))
        return false;
    bool is_header = secret_field(r->names, name) == FIELD_SECRET;
    switch (secret_name(r->names, name)) {
    case SECRET_YES:
        break;
    case SECRET_IF_RANDOM:
        return looks_random(value) && value.len >= 12;
    case SECRET_NO:
    case SECRET_PERSONAL:
    case SECRET_USER:
        if (!is_header)
            return false;
        return looks_random(value);
    }
    bool words = span_find_char(value, ' ') >= 0;
    return looks_random(value) || ((quoted || equals) && !words && !char_is_digit(name.ptr[0]));
}

static void look_at_pair(struct reading *r, size_t at)
{
    bool name_quoted, quoted, equals = r->text.ptr[at] == '=';
    struct span name = name_before(r, at, &name_quoted);
    if (name.len < 3 || name.len >= LONGEST_NAME)
        return;
    if (secret_name(r->names, name) == SECRET_NO && secret_field(r->names, name) != FIELD_SECRET)
        return; /* most names; values may be long */
    struct span value = value_at(r, at + 1, &quoted);
    if (is_secret(r, name, value, quoted && (equals || name_quoted), equals)) {
        see(r, SIGN_NAMED, name, value);
        r->value_until = (size_t)(value.ptr - r->text.ptr) + value.len;
    }
}

static void look_at_cookies(const struct reading *r, struct span line, bool first_only)
{
    struct cookie_pair pair;
    while (cookie_next(&line, &pair)) {
        enum cookie_role role = cookie_role(pair.name);
        bool harmless = role == COOKIE_VARIANT || role == COOKIE_STICKINESS ||
                        role == COOKIE_BOT || role == COOKIE_ANALYTICS;
        bool counts = role == COOKIE_SESSION || role == COOKIE_CSRF || looks_random(pair.value);
        if (!harmless && counts && pair.value.len >= SHORTEST_VALUE && !is_masked(pair.value))
            see(r, SIGN_COOKIE, pair.name, pair.value);
        if (first_only)
            return;
    }
}

/* "Cookie: a=b; c=d" up to the end of the line or of the quotes around it. */
static void look_at_cookie_line(struct reading *r, size_t at)
{
    static const struct {
        struct span name;
        bool sets;
    } lines[] = { { { "set-cookie", 10 }, true }, { { "cookie", 6 }, false } };
    struct span before = span_head(r->text, at);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct span name = lines[i].name;
        while (before.len && is_one_of(before.ptr[before.len - 1], "\"'\\"))
            before = span_head(before, before.len - 1);
        if (before.len < name.len || !span_ieq(span_from(before, before.len - name.len), name))
            continue;
        struct span line = span_from(r->text, at + 1);
        size_t front = 0, end;
        while (front < line.len && is_one_of(line.ptr[front], " \"'\\["))
            front++;
        for (end = front; end < line.len && end - front < LONGEST_LINE &&
                          !is_one_of(line.ptr[end], "\"'\r\n<\\") && line.ptr[end];
             end++)
            ;
        look_at_cookies(r, span_make(line.ptr + front, end - front), lines[i].sets);
        r->cookies_until = at + 1 + end;
        return;
    }
}

void secret_signs_by_name(struct span text, secret_sighting_fn *fn, void *ctx)
{
    struct reading r = { text, secret_names_new(NULL), fn, ctx, 0, 0 };
    for (size_t at = 1; at < text.len; at++) {
        char c = text.ptr[at];
        if ((c == '=' || c == ':') && at >= r.value_until)
            look_at_pair(&r, at);
        if (c == ':' && at >= r.cookies_until)
            look_at_cookie_line(&r, at);
    }
    secret_names_free(r.names);
}
