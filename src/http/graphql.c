#include "graphql.h"

#include "mutation_words.h"

enum { NESTING_MAX = 100000 };

struct scan {
    struct span rest;
};

static bool is_name_char(char c)
{
    return char_is_alpha(c) || char_is_digit(c) || c == '_';
}

/* Behind a string: """block""" or "one line" with escapes. */
static struct span behind_string(struct span s)
{
    static const struct span block = { "\"\"\"", 3 };
    if (span_starts(s, block)) {
        ptrdiff_t end = span_find(span_from(s, 3), block);
        return end < 0 ? span_from(s, s.len) : span_from(s, (size_t)end + 6);
    }
    size_t i = 1;
    while (i < s.len && s.ptr[i] != '"' && s.ptr[i] != '\n')
        i += s.ptr[i] == '\\' ? 2 : 1;
    return span_from(s, i + 1);
}

static struct span behind_comment(struct span s)
{
    size_t i = 0;
    while (i < s.len && s.ptr[i] != '\n' && s.ptr[i] != '\r')
        i++;
    return span_from(s, i);
}

/* The next token that matters: a name, or one of {}(). False at the end. */
static bool next_token(struct scan *scan, struct span *ret)
{
    while (scan->rest.len) {
        char c = scan->rest.ptr[0];
        if (c == '"') {
            scan->rest = behind_string(scan->rest);
        } else if (c == '#') {
            scan->rest = behind_comment(scan->rest);
        } else if (is_name_char(c)) {
            size_t len = 1;
            while (len < scan->rest.len && is_name_char(scan->rest.ptr[len]))
                len++;
            *ret = span_head(scan->rest, len);
            scan->rest = span_from(scan->rest, len);
            return true;
        } else {
            *ret = span_head(scan->rest, 1);
            scan->rest = span_from(scan->rest, 1);
            if (memchr("{}()", c, 4))
                return true;
        }
    }
    return false;
}

enum kind { KIND_NONE, KIND_QUERY, KIND_CHANGE, KIND_FRAGMENT };

static enum kind kind_of(struct span word)
{
    if (span_eq(word, SPAN("query")))
        return KIND_QUERY;
    if (span_eq(word, SPAN("mutation")) || span_eq(word, SPAN("subscription")))
        return KIND_CHANGE;
    return span_eq(word, SPAN("fragment")) ? KIND_FRAGMENT : KIND_NONE;
}

struct graphql_reading graphql_read(struct span document, struct span operation)
{
    struct graphql_reading reading = { true, MUTATION_OTHER };
    struct scan scan = { document };
    struct span token;
    enum kind kind = KIND_NONE;
    bool named = false, meant = true;
    unsigned braces = 0, parentheses = 0;

    while (next_token(&scan, &token)) {
        bool name = is_name_char(token.ptr[0]);
        if (token.ptr[0] == '(' && parentheses < NESTING_MAX)
            parentheses++;
        else if (token.ptr[0] == ')' && parentheses)
            parentheses--;
        else if (parentheses)
            continue;
        else if (token.ptr[0] == '{' && braces < NESTING_MAX)
            braces++;
        else if (token.ptr[0] == '}' && braces) {
            if (--braces == 0)
                kind = KIND_NONE;
        } else if (name && braces == 0 && kind == KIND_NONE) {
            kind = kind_of(token);
            named = false;
            meant = operation.len == 0;
            /* Without a name it can only be the one that is meant. */
            if (kind == KIND_CHANGE && meant)
                reading.reads_only = false;
        } else if (name && braces == 0 && !named) {
            named = true;
            meant |= span_eq(token, operation);
            if (kind == KIND_CHANGE && meant) {
                reading.reads_only = false;
                reading.class = graver(reading.class, words_class(token));
            }
        } else if (name && braces == 1 && kind == KIND_CHANGE && (meant || !named)) {
            reading.reads_only = false;
            reading.class = graver(reading.class, words_class(token));
        }
    }
    return reading;
}

bool graphql_is_document(struct span text)
{
    struct scan scan = { text };
    struct span token;
    if (span_starts(text, SPAN("\xEF\xBB\xBF")))
        scan.rest = span_from(text, 3);
    return next_token(&scan, &token) && (token.ptr[0] == '{' || kind_of(token) != KIND_NONE) &&
           span_find_char(text, '{') >= 0;
}
