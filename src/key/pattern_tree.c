/* The text of a regular expression as a tree. */
#include "pattern_tree.h"

enum { DEPTH_MAX = 40 };

struct parser {
    struct span text;
    size_t at;
    bool any_case;
    unsigned depth, groups;
    struct span names[PATTERN_GROUPS_MAX];
    struct arena *arena;
    struct pattern_fault fault; /* `what` is set: it has failed */
};

static void *fail(struct parser *p, size_t at, const char *what)
{
    if (!p->fault.what)
        p->fault = (struct pattern_fault){ at, what };
    return NULL;
}

static struct node *new_node(struct parser *p, enum node_kind kind)
{
    struct node *node = arena_calloc(p->arena, 1, sizeof *node);
    node->kind = kind;
    return node;
}

static bool more(const struct parser *p)
{
    return p->at < p->text.len;
}

static char peek(const struct parser *p)
{
    return more(p) ? p->text.ptr[p->at] : '\0';
}

static bool take(struct parser *p, const char *text)
{
    struct span wanted = span_of(text);
    if (!span_starts(span_from(p->text, p->at), wanted))
        return false;
    p->at += wanted.len;
    return true;
}

/* ---- sets of bytes ---- */

bool pattern_is_word(unsigned char c)
{
    return char_is_alpha((char)c) || char_is_digit((char)c) || c == '_';
}

static bool is_digit(unsigned char c)
{
    return char_is_digit((char)c);
}

static bool is_space(unsigned char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_blank(unsigned char c)
{
    return c == ' ' || c == '\t';
}

static const struct {
    char letter;
    bool (*has)(unsigned char c);
} classes[] = { { 'd', is_digit }, { 'w', pattern_is_word }, { 's', is_space }, { 'h', is_blank } };

static void add_class(struct byte_set *set, bool (*has)(unsigned char c), bool wanted)
{
    for (unsigned c = 0; c < 256; c++)
        if (has((unsigned char)c) == wanted)
            byte_set_add(set, (unsigned char)c);
}

/* \d, \W and their kin. */
static bool take_class(struct byte_set *set, char letter)
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (classes[i].letter != char_lower(letter))
            continue;
        add_class(set, classes[i].has, letter == classes[i].letter);
        return true;
    }
    return false;
}

/* Behind "\x": two digits at most, or any in braces. */
static unsigned char take_hex(struct parser *p)
{
    int value = 0;
    bool braces = take(p, "{");
    for (int i = 0; i < 2 && char_hex(peek(p)) >= 0 && more(p); i++, p->at++)
        value = value * 16 + char_hex(peek(p));
    if (braces && !take(p, "}"))
        fail(p, p->at, "a byte above \\xff");
    return (unsigned char)value;
}

/* A byte that stands for itself or is written by an escape; the backslash is taken. */
static bool take_escaped_byte(struct parser *p, unsigned char *ret)
{
    static const char letters[] = "ntrfae", bytes[] = "\n\t\r\f\a\x1b";
    char c = peek(p);
    if (!more(p)) {
        fail(p, p->at, "a backslash at the end");
        return false;
    }
    p->at++;
    if (c == 'x') {
        *ret = take_hex(p);
        return true;
    }
    for (size_t i = 0; letters[i]; i++)
        if (letters[i] == c) {
            *ret = (unsigned char)bytes[i];
            return true;
        }
    *ret = (unsigned char)c;
    if (!char_is_alpha(c) && !char_is_digit(c))
        return true;
    fail(p, p->at - 2,
         char_is_digit(c) ? "a reference back to a group" : "an escape that is not followed");
    return false;
}

static void fold_set(struct byte_set *set)
{
    for (unsigned char c = 'a'; c <= 'z'; c++) {
        unsigned char upper = (unsigned char)(c - 32);
        if (byte_set_has(set, c) || byte_set_has(set, upper)) {
            byte_set_add(set, c);
            byte_set_add(set, upper);
        }
    }
}

static struct node *set_node(struct parser *p, struct byte_set *set, bool inverted)
{
    struct node *node = new_node(p, NODE_SET);
    if (p->any_case)
        fold_set(set);
    for (int i = 0; inverted && i < 4; i++)
        set->bits[i] = ~set->bits[i];
    node->set = set;
    return node;
}

static struct node *byte_node(struct parser *p, unsigned char c)
{
    struct byte_set *set = arena_calloc(p->arena, 1, sizeof *set);
    byte_set_add(set, c);
    return set_node(p, set, false);
}

/* [:alpha:] and its kin; the '[' is taken. */
static bool take_posix(struct parser *p, struct byte_set *set)
{
    static const struct {
        const char *name;
        const char *bytes; /* pairs: from, to */
    } names[] = {
        { ":alpha:]", "azAZ" },   { ":digit:]", "09" },     { ":alnum:]", "azAZ09" },
        { ":lower:]", "az" },     { ":upper:]", "AZ" },     { ":xdigit:]", "afAF09" },
        { ":space:]", "  \t\r" }, { ":blank:]", "  \t\t" }, { ":word:]", "azAZ09__" },
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!take(p, names[i].name))
            continue;
        for (const char *b = names[i].bytes; *b; b += 2)
            for (int c = b[0]; c <= b[1]; c++)
                byte_set_add(set, (unsigned char)c);
        return true;
    }
    return false;
}

/* One member of a class: a byte into *ret, or more than one into the set. */
static bool take_member(struct parser *p, struct byte_set *set, unsigned char *ret)
{
    char c = peek(p);
    p->at++;
    if (c == '[' && peek(p) == ':') {
        if (!take_posix(p, set))
            fail(p, p->at, "a class that is not known");
        return false;
    }
    if (c == '\\' && more(p) && take_class(set, peek(p))) {
        p->at++;
        return false;
    }
    if (c == '\\' && take(p, "b")) {
        *ret = '\b';
        return true;
    }
    *ret = (unsigned char)c;
    return c != '\\' || take_escaped_byte(p, ret);
}

/* The '[' is taken. */
static struct node *take_set(struct parser *p)
{
    struct byte_set *set = arena_calloc(p->arena, 1, sizeof *set);
    size_t start = p->at - 1;
    bool inverted = take(p, "^"), first = true;
    while (more(p) && !p->fault.what && (first || peek(p) != ']')) {
        unsigned char from, to;
        first = false;
        if (!take_member(p, set, &from))
            continue;
        to = from;
        if (peek(p) == '-' && p->at + 1 < p->text.len && p->text.ptr[p->at + 1] != ']') {
            size_t dash = p->at++;
            if (!take_member(p, set, &to) || to < from)
                return fail(p, dash, "a range that runs from no byte to another");
        }
        for (unsigned c = from; c <= to; c++)
            byte_set_add(set, (unsigned char)c);
    }
    if (!take(p, "]"))
        return fail(p, start, "a '[' that nothing closes");
    return set_node(p, set, inverted);
}

/* ---- atoms ---- */

static struct node *take_either(struct parser *p);

static struct node *place_node(struct parser *p, enum code_kind code)
{
    struct node *node = new_node(p, NODE_AT);
    node->code = code;
    return node;
}

static struct node *take_escape(struct parser *p)
{
    static const struct {
        char letter;
        enum code_kind code;
    } places[] = { { 'b', CODE_WORD_EDGE },
                   { 'B', CODE_INSIDE },
                   { 'A', CODE_START },
                   { 'Z', CODE_END },
                   { 'z', CODE_VERY_END } };
    struct byte_set *set = arena_calloc(p->arena, 1, sizeof *set);
    unsigned char c;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (more(p) && places[i].letter == peek(p)) {
            p->at++;
            return place_node(p, places[i].code);
        }
    if (more(p) && take_class(set, peek(p))) {
        p->at++;
        return set_node(p, set, false);
    }
    return take_escaped_byte(p, &c) ? byte_node(p, c) : NULL;
}

/* Behind "(?<", "(?P<" or "(?'". */
static bool take_name(struct parser *p, char end, unsigned group)
{
    size_t start = p->at;
    while (more(p) && pattern_is_word((unsigned char)peek(p)))
        p->at++;
    struct span name = span_make(p->text.ptr + start, p->at - start);
    if (!name.len || name.len > PATTERN_NAME_MAX || peek(p) != end) {
        fail(p, start, "a group's name that is none");
        return false;
    }
    p->at++;
    if (group < PATTERN_GROUPS_MAX)
        p->names[group] = name;
    return true;
}

/* What stands behind "(?"; false on a fault. */
static bool take_group_kind(struct parser *p, bool *ret_captures)
{
    *ret_captures = false;
    if (take(p, ":"))
        return true;
    if (take(p, "i:")) {
        p->any_case = true;
        return true;
    }
    bool lookbehind = p->at + 1 < p->text.len && peek(p) == '<' &&
                      (p->text.ptr[p->at + 1] == '=' || p->text.ptr[p->at + 1] == '!');
    if (!lookbehind && (take(p, "P<") || take(p, "<"))) {
        *ret_captures = true;
        return take_name(p, '>', p->groups);
    }
    if (take(p, "'")) {
        *ret_captures = true;
        return take_name(p, '\'', p->groups);
    }
    fail(p, p->at - 2, "a group that looks around, goes back or sets an option");
    return false;
}

/* The '(' is taken. */
static struct node *take_group(struct parser *p)
{
    size_t start = p->at - 1;
    bool captures = true, any_case = p->any_case;
    if (take(p, "?i)")) { /* up to the end of the group that it stands in */
        p->any_case = true;
        return new_node(p, NODE_EMPTY);
    }
    if (++p->depth > DEPTH_MAX)
        return fail(p, start, "groups within groups, more of them than are followed");
    if (take(p, "?") && !take_group_kind(p, &captures))
        return NULL;
    if (peek(p) == '*')
        return fail(p, start, "a verb such as (*UTF8)");
    struct node *node = new_node(p, NODE_GROUP);
    node->group = captures ? p->groups++ : 0;
    node->child = take_either(p);
    p->any_case = any_case;
    p->depth--;
    if (node->child && !take(p, ")"))
        return fail(p, start, "a '(' that nothing closes");
    return node->child ? node : NULL;
}

static struct node *any_node(struct parser *p)
{
    struct byte_set *set = arena_calloc(p->arena, 1, sizeof *set);
    byte_set_add(set, '\n');
    return set_node(p, set, /* inverted= */ true);
}

static struct node *take_atom(struct parser *p)
{
    char c = peek(p);
    p->at++;
    switch (c) {
    case '^':
        return place_node(p, CODE_START);
    case '$':
        return place_node(p, CODE_END);
    case '.':
        return any_node(p);
    case '[':
        return take_set(p);
    case '(':
        return take_group(p);
    case '\\':
        return take_escape(p);
    case '*':
    case '+':
    case '?':
        return fail(p, p->at - 1, "nothing to be repeated");
    default:
        return byte_node(p, (unsigned char)c);
    }
}

/* ---- repetition, sequence, alternatives ---- */

static bool take_number(struct parser *p, int *ret)
{
    size_t start = p->at;
    *ret = 0;
    while (char_is_digit(peek(p)) && p->at - start < 6)
        *ret = *ret * 10 + (p->text.ptr[p->at++] - '0');
    return p->at > start;
}

/* "{2}", "{2,}", "{2,5}"; anything else in braces stands for itself. */
static bool take_braces(struct parser *p, int *ret_least, int *ret_most)
{
    size_t start = p->at;
    bool fits = take(p, "{") && take_number(p, ret_least);
    *ret_most = *ret_least;
    if (fits && take(p, ",") && !take_number(p, ret_most))
        *ret_most = FOREVER;
    if (fits && take(p, "}"))
        return true;
    p->at = start;
    return false;
}

static bool take_quantifier(struct parser *p, int *ret_least, int *ret_most)
{
    static const struct {
        const char *sign;
        int least, most;
    } signs[] = { { "*", 0, FOREVER }, { "+", 1, FOREVER }, { "?", 0, 1 } };
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (take(p, signs[i].sign)) {
            *ret_least = signs[i].least;
            *ret_most = signs[i].most;
            return true;
        }
    return take_braces(p, ret_least, ret_most);
}

static struct node *take_repeated(struct parser *p)
{
    int least = 1, most = 1;
    struct node *atom = take_atom(p);
    size_t start = p->at;
    if (!atom || !take_quantifier(p, &least, &most))
        return atom;
    if (least > REPEAT_MAX || most > REPEAT_MAX || (most != FOREVER && most < least))
        return fail(p, start, "a repetition that is too large, or runs backwards");
    struct node *node = new_node(p, NODE_REPEAT);
    node->child = atom;
    node->least = least;
    node->most = most;
    node->lazy = take(p, "?");
    if (peek(p) == '+' || peek(p) == '*')
        return fail(p, p->at, "a repetition that gives nothing back");
    return node;
}

static struct node *take_sequence(struct parser *p)
{
    struct node *all = new_node(p, NODE_SEQUENCE), **end = &all->child;
    while (more(p) && peek(p) != '|' && peek(p) != ')') {
        *end = take_repeated(p);
        if (!*end)
            return NULL;
        end = &(*end)->next;
    }
    return all;
}

static struct node *take_either(struct parser *p)
{
    struct node *all = new_node(p, NODE_EITHER), **end = &all->child;
    do {
        *end = take_sequence(p);
        if (!*end)
            return NULL;
        end = &(*end)->next;
    } while (take(p, "|"));
    return all;
}

bool pattern_tree_of(struct span text, bool any_case, struct arena *arena, struct pattern_tree *ret,
                     struct pattern_fault *ret_fault)
{
    struct parser p = { .text = text, .any_case = any_case, .groups = 1, .arena = arena };
    const struct node *root = NULL;
    if (text.len > PATTERN_BYTES_MAX)
        fail(&p, 0, "a pattern that is too long");
    else
        root = take_either(&p);
    if (root && more(&p))
        fail(&p, p.at, "a ')' that closes nothing");
    *ret_fault = p.fault;
    if (!root || p.fault.what)
        return false;
    *ret = (struct pattern_tree){ .root = root, .groups = p.groups };
    memcpy(ret->names, p.names, sizeof ret->names);
    return true;
}
